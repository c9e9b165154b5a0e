//! What is behind descriptors.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicBool, Ordering};

use guest_rt::io::node::{self, NodeKind};
use guest_rt::lock::Mutex;
use guest_rt::{Handle, Owned, debug, socket};
use zx_abi::{ObjectType, Signals, Status};

use crate::errno::{EAGAIN, EBADF, EISDIR, Errno, Result};
use crate::remote::Remote;

/// What a descriptor leads to. Several lead to the same object after `dup`.
pub struct Object {
    pub kind: Kind,
    /// `O_NONBLOCK`
    nonblocking: AtomicBool,
}

/// The kinds of objects.
pub enum Kind {
    /// A socket, used as a pipe.
    Pipe(Owned),
    /// The debug log; what is written waits there for the end of its line.
    Log(Owned, Mutex<alloc::vec::Vec<u8>>),
    /// A standard stream that leads nowhere.
    Null,
    /// A file or directory that another process serves.
    Remote(Remote),
}

impl Object {
    /// An object whose calls wait.
    pub fn new(kind: Kind) -> Arc<Self> {
        Arc::new(Self { kind, nonblocking: AtomicBool::new(false) })
    }

    /// Makes an object of a handle, whatever it is, as `fdio_fd_create` does.
    pub fn from_handle(handle: Owned) -> Result<Arc<Self>, Status> {
        let object_type = ObjectType::from_raw(handle.get().basic_info()?.object_type);
        let kind = match object_type {
            Some(ObjectType::Socket) => Kind::Pipe(handle),
            Some(ObjectType::Log) => Kind::Log(handle, Mutex::new(alloc::vec::Vec::new())),
            Some(ObjectType::Channel) => {
                let mut info = node::describe(handle.get())?;
                if info.kind == NodeKind::Pipe {
                    Kind::Pipe(Owned::new(info.handles.take()?))
                } else {
                    Kind::Remote(Remote::new(handle, info.kind))
                }
            }
            _ => return Err(Status::NOT_SUPPORTED),
        };
        Ok(Self::new(kind))
    }

    /// Whether calls fail with EAGAIN that would wait.
    pub fn is_nonblocking(&self) -> bool {
        self.nonblocking.load(Ordering::Relaxed)
    }

    /// Sets `O_NONBLOCK`.
    pub fn set_nonblocking(&self, nonblocking: bool) {
        self.nonblocking.store(nonblocking, Ordering::Relaxed);
    }

    /// Reads what is there. 0 means the end.
    pub fn read(&self, buffer: &mut [u8]) -> Result<usize> {
        match &self.kind {
            Kind::Pipe(socket) => {
                let gone = Signals::PEER_CLOSED | Signals::SOCKET_PEER_WRITE_DISABLED;
                self.check(socket.get(), Signals::READABLE | gone)?;
                Ok(socket::read(socket.get(), buffer)?)
            }
            Kind::Log(..) | Kind::Null => Ok(0),
            Kind::Remote(remote) => remote.read(buffer),
        }
    }

    /// Writes as much as there is room for, at least a byte.
    pub fn write(&self, bytes: &[u8]) -> Result<usize> {
        match &self.kind {
            Kind::Pipe(socket) => {
                if self.is_nonblocking() {
                    return Ok(socket::write(socket.get(), bytes)?);
                }
                socket::write_all(socket.get(), bytes)?;
            }
            Kind::Log(log, pending) => write_lines(log.get(), pending, bytes)?,
            Kind::Null => {}
            Kind::Remote(remote) => return remote.write(bytes),
        }
        Ok(bytes.len())
    }

    /// Fails with EAGAIN if it is not to wait for any of the signals.
    fn check(&self, handle: Handle, signals: Signals) -> Result {
        if self.is_nonblocking() && handle.wait(signals, 0) == Err(Status::TIMED_OUT) {
            return Err(EAGAIN);
        }
        Ok(())
    }

    /// The file or directory, if it is one.
    pub fn remote(&self) -> Result<&Remote, Errno> {
        match &self.kind {
            Kind::Remote(remote) => Ok(remote),
            _ => Err(EBADF),
        }
    }

    /// The file, if it is one.
    pub fn file(&self) -> Result<&Remote, Errno> {
        let remote = self.remote()?;
        if remote.is_directory() { Err(EISDIR) } else { Ok(remote) }
    }

    /// Says what is left to say before the process ends.
    pub fn flush(&self) {
        if let Kind::Log(log, pending) = &self.kind {
            pending.with(|pending| {
                if !pending.is_empty() {
                    // Nobody is left to be told.
                    let _ = debug::log(log.get(), pending);
                    pending.clear();
                }
            });
        }
    }
}

/// Lines that nobody ends are records at this size.
const MAX_PENDING: usize = 4096;

/// Writes whole lines into the log, and keeps the rest.
fn write_lines(
    log: Handle,
    pending: &Mutex<alloc::vec::Vec<u8>>,
    bytes: &[u8],
) -> Result<(), Status> {
    pending.with(|pending| {
        pending.extend_from_slice(bytes);
        let end = match pending.iter().rposition(|&byte| byte == b'\n') {
            Some(newline) => newline + 1,
            None if pending.len() >= MAX_PENDING => pending.len(),
            None => return Ok(()),
        };
        let written = debug::log(log, pending.get(..end).unwrap_or_default());
        pending.drain(..end);
        written
    })
}
