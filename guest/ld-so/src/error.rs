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
}

impl fmt::Display for ObjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bad(what) => f.write_str(what),
            Self::Failed(what, status) => write!(f, "{what} failed: {status}"),
            Self::NotFound(status) => write!(f, "cannot be loaded: {status}"),
            Self::Relocation(kind) => write!(f, "relocation of unknown type {kind}"),
        }
    }
}

/// Why linking ends.
pub enum Error {
    /// The linker's message is none.
    Message(MessageError),
    /// The message lacks a handle.
    Handle(&'static str),
    /// Something is wrong with the object of this name, which another one needs.
    Object { name: &'static [u8], needed_by: Option<&'static [u8]>, error: ObjectError },
    /// So many symbols or libraries were not found, each of which has been named.
    Missing(usize),
    /// A call that is of no object failed.
    Failed(&'static str, Status),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(error) => write!(f, "bad bootstrap message: {error}"),
            Self::Handle(name) => write!(f, "bad bootstrap message: no {name}"),
            Self::Object { name, needed_by: None, error } => write!(f, "{}: {error}", Lossy(name)),
            Self::Object { name, needed_by: Some(by), error } => {
                write!(f, "{}: {error} (needed by {})", Lossy(name), Lossy(by))
            }
            Self::Missing(count) => write!(f, "{count} not found"),
            Self::Failed(what, status) => write!(f, "{what} failed: {status}"),
        }
    }
}
