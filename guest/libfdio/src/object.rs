//! What is behind descriptors.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use guest_rt::lock::Mutex;
use guest_rt::{Handle, Owned, debug, socket, time};
use zx_abi::{ObjectType, Signals, Status, TIME_INFINITE};

use crate::counter::Counter;
use crate::errno::{EAGAIN, EINVAL, EISDIR, ESPIPE, Result};
use crate::local::Local;
use crate::remote::Remote;

/// What a descriptor leads to. Several lead to the same object after `dup`.
pub struct Object {
    pub kind: Kind,
    /// `O_NONBLOCK`
    nonblocking: AtomicBool,
    /// `SO_RCVTIMEO`
    pub read_timeout: Timeout,
    /// `SO_SNDTIMEO`
    pub write_timeout: Timeout,
}

/// How long a call waits at most, in nanoseconds; 0 is without end.
#[derive(Default)]
pub struct Timeout(AtomicI64);

impl Timeout {
    pub fn get(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    pub fn set(&self, nanoseconds: i64) {
        self.0.store(nanoseconds, Ordering::Relaxed);
    }

    /// Until when a call waits that begins now.
    fn deadline(&self) -> i64 {
        match self.get() {
            0 => TIME_INFINITE,
            nanoseconds => time::deadline_after(nanoseconds),
        }
    }
}

/// Which bytes a call is about, and whether it waits for them.
#[derive(Clone, Copy)]
pub enum Which {
    /// Those that follow. It waits as long as the object says.
    Next,
    /// Those that follow, without waiting.
    NextAtOnce,
    /// Those at an offset.
    At(u64),
}

impl Which {
    /// Those behind so many of these.
    pub fn after(self, size: usize) -> Self {
        match self {
            Self::At(offset) => Self::At(offset + size as u64),
            next => next,
        }
    }

    fn offset(self) -> Option<u64> {
        match self {
            Self::At(offset) => Some(offset),
            _ => None,
        }
    }
}

/// The kinds of objects.
pub enum Kind {
    /// A socket, used as a pipe.
    Pipe(Owned),
    /// What `eventfd` makes.
    Counter(Counter),
    /// The debug log; what is written waits there for the end of its line.
    Log(Owned, Mutex<alloc::vec::Vec<u8>>),
    /// A standard stream that leads nowhere.
    Null,
    /// A file or directory that another process serves.
    Remote(Remote),
    /// A directory that nobody serves.
    Local(Local),
}

impl Object {
    /// An object whose calls wait.
    pub fn new(kind: Kind) -> Arc<Self> {
        Arc::new(Self {
            kind,
            nonblocking: AtomicBool::default(),
            read_timeout: Timeout::default(),
            write_timeout: Timeout::default(),
        })
    }

    /// Makes an object of a handle, whatever it is, as `fdio_fd_create` does.
    pub fn from_handle(handle: Owned) -> Result<Arc<Self>, Status> {
        let object_type = ObjectType::from_raw(handle.get().basic_info()?.object_type);
        let kind = match object_type {
            Some(ObjectType::Socket) => Kind::Pipe(handle),
            Some(ObjectType::Log) => Kind::Log(handle, Mutex::new(alloc::vec::Vec::new())),
            Some(ObjectType::Channel) => Kind::Remote(Remote::from_channel(handle)?),
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

    /// Whether each write is read as a whole, whatever parts it is in.
    pub fn keeps_messages(&self) -> bool {
        matches!(&self.kind, Kind::Pipe(socket) if socket::is_datagram(socket.get()))
    }

    /// Whether reading gives something at once.
    pub fn has_input(&self) -> bool {
        match &self.kind {
            Kind::Pipe(socket) => socket.get().wait(Signals::READABLE, 0).is_ok(),
            Kind::Counter(counter) => counter.event().wait(Counter::READABLE, 0).is_ok(),
            _ => true,
        }
    }

    /// Reads bytes. 0 means the end.
    pub fn read(&self, which: Which, buffer: &mut [u8]) -> Result<usize> {
        match &self.kind {
            Kind::Remote(remote) => Ok(remote.read(which.offset(), buffer)?),
            Kind::Local(_) => Err(EISDIR),
            _ if which.offset().is_some() => Err(ESPIPE),
            Kind::Pipe(socket) => {
                let deadline = self.deadline(which, &self.read_timeout);
                in_time(socket::read_until(socket.get(), buffer, deadline))
            }
            Kind::Counter(counter) => {
                in_time(counter.read_until(buffer, self.deadline(which, &self.read_timeout)))
            }
            Kind::Log(..) | Kind::Null => Ok(0),
        }
    }

    /// Writes as many bytes as there is room for, at least one.
    pub fn write(&self, which: Which, bytes: &[u8]) -> Result<usize> {
        match &self.kind {
            Kind::Remote(remote) => return Ok(remote.write(which.offset(), bytes)?),
            Kind::Local(_) => return Err(EISDIR),
            _ if which.offset().is_some() => return Err(ESPIPE),
            Kind::Pipe(socket) => {
                let deadline = self.deadline(which, &self.write_timeout);
                return in_time(socket::write_until(socket.get(), bytes, deadline));
            }
            Kind::Counter(counter) => {
                let deadline = self.deadline(which, &self.write_timeout);
                return in_time(counter.write_until(bytes, deadline));
            }
            Kind::Log(log, pending) => write_lines(log.get(), pending, bytes)?,
            Kind::Null => {}
        }
        Ok(bytes.len())
    }

    /// Until when a call waits that has this timeout.
    fn deadline(&self, which: Which, timeout: &Timeout) -> i64 {
        let waits = !self.is_nonblocking() && !matches!(which, Which::NextAtOnce);
        if waits { timeout.deadline() } else { 0 }
    }

    /// What another process serves, if it is that.
    ///
    /// # Errors
    /// EINVAL: for what is no file there is no such thing.
    pub fn remote(&self) -> Result<&Remote> {
        match &self.kind {
            Kind::Remote(remote) => Ok(remote),
            _ => Err(EINVAL),
        }
    }

    /// Closes it with its last descriptor, and tells whether what was written has arrived.
    pub fn close(self: Arc<Self>) -> Result {
        match Arc::into_inner(self) {
            Some(Self { kind: Kind::Remote(remote), .. }) => Ok(remote.close()?),
            _ => Ok(()),
        }
    }

    /// The handle behind it, if nobody else uses it.
    ///
    /// # Errors
    /// The object, if somebody does, or there is none.
    pub fn into_handle(self: Arc<Self>) -> Result<Handle, Arc<Self>> {
        let object = Arc::try_unwrap(self)?;
        Ok(match object.kind {
            Kind::Pipe(handle) | Kind::Log(handle, _) => handle.into_inner(),
            Kind::Remote(remote) => remote.into_channel(),
            kind => return Err(Arc::new(Self { kind, ..object })),
        })
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

/// A wait that ends without anything fails with EAGAIN.
fn in_time(result: Result<usize, Status>) -> Result<usize> {
    result.map_err(|status| match status {
        Status::TIMED_OUT => EAGAIN,
        status => status.into(),
    })
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
