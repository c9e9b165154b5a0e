//! Why a program cannot be linked.

use core::fmt;

use guest_rt::bytes::Lossy;
use guest_rt::processargs::MessageError;
use zx_abi::Status;

/// What is wrong with one object: the executable or a library.
#[derive(Clone, Copy, Debug)]
pub enum ObjectError {
    /// It is not what can be loaded.
    Bad(&'static str),
    /// A call failed.
    Failed(&'static str, Status),
    /// The loader service has no such library.
    NotFound(Status),
    /// There is a relocation of a type that is not known.
    Relocation(u32),
    /// It wants a fixed place in each thread for a variable of what is loaded too late for that.
    StaticTls,
}

impl fmt::Display for ObjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bad(what) => f.write_str(what),
            Self::Failed(what, status) => write!(f, "{what} failed: {status}"),
            Self::NotFound(status) => write!(f, "{status}"),
            Self::Relocation(kind) => write!(f, "relocation of unknown type {kind}"),
            Self::StaticTls => f.write_str("initial-exec TLS of a library that is loaded late"),
        }
    }
}

/// Why linking ends.
pub enum Error<'a> {
    /// The linker's message is none.
    Message(MessageError),
    /// The message lacks a handle.
    NoHandle(&'static str),
    /// Something is wrong with the object of this name, which another one needs.
    Object { name: &'a [u8], needed_by: Option<&'a [u8]>, error: ObjectError },
    /// No image defines a symbol that this one wants.
    Symbol { object: &'a [u8], name: &'a [u8] },
    /// So many symbols or libraries were not found, each of which has been named.
    Missing(usize),
    /// It is not loaded yet, and was not to be.
    NotLoaded(&'a [u8]),
    /// No image that is searched defines this name.
    NoSymbol(&'a [u8]),
    /// It is no library.
    Handle(usize),
    /// A call that is of no object failed.
    Failed(&'static str, Status),
}

impl fmt::Display for Error<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(error) => write!(f, "bad bootstrap message: {error}"),
            Self::NoHandle(name) => write!(f, "bad bootstrap message: no {name}"),
            Self::Object { name, needed_by, error } => {
                if let ObjectError::NotFound(_) = error {
                    f.write_str("Error loading shared library ")?;
                }
                write!(f, "{}: {error}", Lossy(name))?;
                match needed_by {
                    Some(by) => write!(f, " (needed by {})", Lossy(by)),
                    None => Ok(()),
                }
            }
            Self::Symbol { object, name } => {
                write!(f, "Error relocating {}: {}: symbol not found", Lossy(object), Lossy(name))
            }
            Self::Missing(count) => write!(f, "{count} not found"),
            Self::NotLoaded(name) => write!(f, "Library {} is not already loaded", Lossy(name)),
            Self::NoSymbol(name) => write!(f, "Symbol not found: {}", Lossy(name)),
            Self::Handle(handle) => write!(f, "Invalid library handle {handle:#x}"),
            Self::Failed(what, status) => write!(f, "{what} failed: {status}"),
        }
    }
}
