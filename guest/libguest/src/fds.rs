//! File descriptors: what the program was given as such.

use core::slice;

use guest_rt::io_2020::{OpenFlags, file, node};
use guest_rt::startup::USE_FOR_STDIO;
use guest_rt::{Handle, Startup, debug, process, socket};
use zx_abi::{HandleType, ObjectType, Result, Rights, Status};

use crate::locked::Locked;

/// Descriptors, at most (`FDIO_MAX_FD`).
const MAX_FD: usize = 1024;
/// Descriptors that are standard streams.
const STDIO: usize = 3;
/// Return code of a process whose descriptors cannot be.
const FAILURE_CODE: i64 = -1;

/// What is behind a descriptor.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fd {
    None,
    /// A socket, used as a pipe.
    Pipe(Handle),
    /// The debug log.
    Log(Handle),
    /// The memory of a file.
    Vmo(Handle),
    /// A file, directory or service of `fuchsia.io`.
    Node(Handle),
}

static FDS: Locked<[Fd; MAX_FD]> = Locked::new([Fd::None; MAX_FD]);

/// Makes descriptors of the message's handles. What is none leaves its number free.
pub fn adopt(startup: &mut Startup) {
    let mut for_stdio = Fd::None;
    while let Some((info, handle)) = startup.take_any(HandleType::FileDescriptor) {
        let fd = open(handle).unwrap_or(Fd::None);
        let number = usize::from(info.arg() & !USE_FOR_STDIO);
        if info.arg() & USE_FOR_STDIO != 0 {
            for_stdio = fd;
        }
        let set = FDS.with(|fds| match fds.get_mut(number) {
            Some(place) if *place == Fd::None => {
                *place = fd;
                true
            }
            _ => false,
        });
        if !set {
            guest_rt::eprintln!("bad bootstrap message: file descriptor {number}");
            process::exit(FAILURE_CODE);
        }
    }
    FDS.with(|fds| {
        fds.iter_mut().take(STDIO).filter(|fd| **fd == Fd::None).for_each(|fd| *fd = for_stdio);
    });
}

/// Finds out what a handle is, and asks the server of a node.
fn open(handle: Handle) -> Result<Fd> {
    let object_type = handle.basic_info().map(|info| ObjectType::from_raw(info.object_type));
    match object_type? {
        Some(ObjectType::Socket) => Ok(Fd::Pipe(handle)),
        Some(ObjectType::Log) => Ok(Fd::Log(handle)),
        Some(ObjectType::Vmo) => Ok(Fd::Vmo(handle)),
        Some(ObjectType::Channel) => match node::describe(handle) {
            Ok(mut info) if info.kind == node::NodeKind::Pipe => {
                handle.close();
                info.handles.take().map(Fd::Pipe)
            }
            Ok(_) => Ok(Fd::Node(handle)),
            Err(status) => {
                handle.close();
                Err(status)
            }
        },
        _ => {
            handle.close();
            Err(Status::INVALID_ARGS)
        }
    }
}

/// Says goodbye to the servers of nodes. A node that stands for several descriptors has one.
pub fn close() {
    let fds = FDS.with(|fds| core::mem::replace(fds, [Fd::None; MAX_FD]));
    for (number, &fd) in fds.iter().enumerate() {
        if let Fd::Node(handle) = fd
            && !fds.iter().take(number).any(|&earlier| earlier == fd)
        {
            node::close(handle);
        }
    }
}

fn get(fd: u32) -> Fd {
    FDS.with(|fds| fds.get(fd as usize).copied().unwrap_or(Fd::None))
}

/// Another handle to what is behind a descriptor, for another process (lib/fdio/fd.h). Returns a
/// status: INVALID_ARGS if it is not open, NOT_SUPPORTED if that cannot be cloned.
///
/// # Safety
/// `out` is valid for the write.
// SAFETY: programs declare it with this signature.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fdio_fd_clone(fd: u32, out: *mut u32) -> i32 {
    let cloned = match get(fd) {
        Fd::Pipe(handle) | Fd::Log(handle) => handle.duplicate(Rights::SAME_RIGHTS),
        Fd::Node(handle) => node::clone(handle, OpenFlags::CLONE_SAME_RIGHTS),
        Fd::Vmo(_) => Err(Status::NOT_SUPPORTED),
        // A standard stream is open, even if it leads nowhere.
        Fd::None if (fd as usize) < STDIO => Err(Status::NOT_SUPPORTED),
        Fd::None => Err(Status::INVALID_ARGS),
    };
    match cloned {
        Ok(handle) => {
            // SAFETY: the caller's promise.
            unsafe { out.write(handle.into_raw()) };
            Status::OK.into_raw()
        }
        Err(status) => status.into_raw(),
    }
}

/// Writes to a descriptor, and returns a status. A standard stream that was not given is the
/// kernel's console.
///
/// # Safety
/// The bytes have this size.
// SAFETY: programs declare it with this signature.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn guest_write(fd: u32, bytes: *const u8, size: usize) -> i32 {
    // SAFETY: the caller's promise.
    let bytes = unsafe { slice::from_raw_parts(bytes, size) };
    let written = match get(fd) {
        Fd::Pipe(handle) => socket::write_all(handle, bytes),
        Fd::Log(handle) => debug::log(handle, bytes),
        Fd::Node(handle) => file::write_all(handle, bytes),
        Fd::Vmo(_) => Err(Status::NOT_SUPPORTED),
        Fd::None if (fd as usize) < STDIO => debug::write(bytes),
        Fd::None => Err(Status::BAD_HANDLE),
    };
    written.err().unwrap_or(Status::OK).into_raw()
}
