//! Counters that are descriptors, by which threads wake each other out of `poll`: sys/eventfd.h.

use core::ffi::{c_int, c_uint};

use guest_rt::lock::Mutex;
use guest_rt::{Handle, Owned, event};
use zx_abi::{Signals, Status};

use crate::descriptor;
use crate::errno::{EBADF, EINVAL, Result, answer, done};
use crate::object::{Kind, Object, Which};
use crate::open::{O_CLOEXEC, O_NONBLOCK};

const EFD_SEMAPHORE: c_int = 1;
/// What the `libc` crate calls `EFD_CLOEXEC`; to C it is `O_CLOEXEC`.
const EFD_CLOEXEC: c_int = 0x8_0000;

/// The largest value.
const MAX: u64 = u64::MAX - 1;
const SIZE: usize = size_of::<u64>();

const fn user(index: u32) -> Signals {
    Signals::from_bits_retain(Signals::USER_0.bits() << index)
}

struct State {
    value: u64,
    /// Writers that wait for room, or are about to.
    waiting: usize,
}

/// A counter. What can be done with it is told by signals of an event.
pub struct Counter {
    event: Owned,
    state: Mutex<State>,
    /// Whether reading takes 1, and not all.
    is_semaphore: bool,
}

impl Counter {
    /// It can be read.
    pub const READABLE: Signals = user(0);
    /// It can be written, 1 at least.
    pub const WRITABLE: Signals = user(1);
    /// It was read since something had no room.
    const TAKEN: Signals = user(2);

    fn new(value: u64, is_semaphore: bool) -> Result<Self, Status> {
        let event = Owned::new(event::create()?);
        let readable = if value > 0 { Self::READABLE } else { Signals::empty() };
        event.get().signal(Signals::empty(), readable | Self::WRITABLE)?;
        Ok(Self { event, state: Mutex::new(State { value, waiting: 0 }), is_semaphore })
    }

    /// The event that tells.
    pub fn event(&self) -> Handle {
        self.event.get()
    }

    /// Takes what a read is to have, if there is anything.
    fn take(&self) -> Result<Option<u64>, Status> {
        self.state.with(|State { value, .. }| {
            let taken = if self.is_semaphore { (*value).min(1) } else { *value };
            if taken == 0 {
                return Ok(None);
            }
            *value -= taken;
            let ended = if *value == 0 { Self::READABLE } else { Signals::empty() };
            self.event().signal(ended, Self::WRITABLE | Self::TAKEN)?;
            Ok(Some(taken))
        })
    }

    /// Adds to the value, if there is room. Who `waits` for that calls [`Self::waited`] afterwards.
    fn add(&self, added: u64, waits: bool) -> Result<bool, Status> {
        self.state.with(|State { value, waiting }| {
            let Some(sum) = value.checked_add(added).filter(|&sum| sum <= MAX) else {
                if waits {
                    if *waiting == 0 {
                        self.event().signal(Self::TAKEN, Signals::empty())?;
                    }
                    // Others might miss what they are about to wait for.
                    *waiting += 1;
                }
                return Ok(false);
            };
            *value = sum;
            let begun = if sum > 0 { Self::READABLE } else { Signals::empty() };
            let ended = if sum == MAX { Self::WRITABLE } else { Signals::empty() };
            self.event().signal(ended, begun)?;
            Ok(true)
        })
    }

    /// A writer waits no more.
    fn waited(&self) {
        self.state.with(|state| state.waiting -= 1);
    }

    /// Reads it, and waits until a deadline while it is 0.
    ///
    /// # Errors
    /// INVALID_ARGS for fewer than 8 bytes; TIMED_OUT.
    pub fn read_until(&self, buffer: &mut [u8], deadline: i64) -> Result<usize, Status> {
        let buffer = buffer.get_mut(..SIZE).ok_or(Status::INVALID_ARGS)?;
        loop {
            if let Some(value) = self.take()? {
                buffer.copy_from_slice(&value.to_le_bytes());
                return Ok(SIZE);
            }
            self.event().wait(Self::READABLE, deadline)?;
        }
    }

    /// Adds what is written, and waits until a deadline while it would be too much.
    ///
    /// # Errors
    /// INVALID_ARGS for fewer than 8 bytes, and for 2^64 - 1; TIMED_OUT.
    pub fn write_until(&self, bytes: &[u8], deadline: i64) -> Result<usize, Status> {
        let bytes = bytes.first_chunk().ok_or(Status::INVALID_ARGS)?;
        let added = u64::from_le_bytes(*bytes);
        if added > MAX {
            return Err(Status::INVALID_ARGS);
        }
        let waits = deadline > 0;
        while !self.add(added, waits)? {
            if !waits {
                return Err(Status::TIMED_OUT);
            }
            let taken = self.event().wait(Self::TAKEN, deadline);
            self.waited();
            taken?;
        }
        Ok(SIZE)
    }
}

#[unsafe(no_mangle)]
extern "C" fn eventfd(value: c_uint, flags: c_int) -> c_int {
    let create = || {
        if flags & !(EFD_SEMAPHORE | EFD_CLOEXEC | O_CLOEXEC | O_NONBLOCK) != 0 {
            return Err(EINVAL);
        }
        let counter = Counter::new(value.into(), flags & EFD_SEMAPHORE != 0)?;
        let object = Object::new(Kind::Counter(counter));
        object.set_nonblocking(flags & O_NONBLOCK != 0);
        descriptor::insert(object, 0, flags & (EFD_CLOEXEC | O_CLOEXEC) != 0)
    };
    answer(create())
}

/// Does something with a descriptor that is a counter.
fn with<T>(fd: c_int, act: impl FnOnce(&Object) -> Result<T>) -> Result<T> {
    let object = descriptor::get(fd)?;
    if matches!(object.kind, Kind::Counter(_)) { act(&object) } else { Err(EBADF) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn eventfd_read(fd: c_int, out: *mut u64) -> c_int {
    let mut value = [0; SIZE];
    let read = with(fd, |object| object.read(Which::Next, &mut value));
    // SAFETY: the caller's promise.
    done(read.map(|_| unsafe { out.write(u64::from_le_bytes(value)) }))
}

#[unsafe(no_mangle)]
extern "C" fn eventfd_write(fd: c_int, value: u64) -> c_int {
    done(with(fd, |object| object.write(Which::Next, &value.to_le_bytes())).map(drop))
}
