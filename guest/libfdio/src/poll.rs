//! Waiting for descriptors: poll.h, sys/select.h.

use alloc::vec::Vec;
use core::ffi::{c_int, c_short, c_ulong, c_void};
use core::slice;

use guest_rt::{Handle, object, time};
use zx_abi::{Signals, Status, TIME_INFINITE, WaitItem};

use crate::counter::Counter;
use crate::descriptor::{self, MAX_FD};
use crate::errno::{EBADF, EINVAL, ENOSYS, Result, answer};
use crate::object::Kind;
use crate::times::{Timespec, Timeval};

const POLLIN: c_short = 1;
const POLLOUT: c_short = 4;
const POLLHUP: c_short = 0x10;
const POLLNVAL: c_short = 0x20;
const POLLRDNORM: c_short = 0x40;
const POLLWRNORM: c_short = 0x100;

/// What says that something can be read, and that something can be written: nothing is urgent, so
/// that there is no difference between the names.
const READ: c_short = POLLIN | POLLRDNORM;
const WRITE: c_short = POLLOUT | POLLWRNORM;

/// `struct pollfd`
#[repr(C)]
struct PollFd {
    fd: c_int,
    events: c_short,
    returned: c_short,
}

#[unsafe(no_mangle)]
unsafe extern "C" fn poll(list: *mut PollFd, count: c_ulong, milliseconds: c_int) -> c_int {
    // SAFETY: the caller's promise.
    answer(unsafe { wait_for(list, count, Some(i64::from(milliseconds) * 1_000_000)) })
}

/// Without a mask of signals, which there are none of.
#[unsafe(no_mangle)]
unsafe extern "C" fn ppoll(
    list: *mut PollFd,
    count: c_ulong,
    timeout: *const Timespec,
    mask: *const c_void,
) -> c_int {
    let wait = || {
        if !mask.is_null() {
            return Err(ENOSYS);
        }
        // SAFETY: the caller's promise.
        let timeout = unsafe { timeout.as_ref() }.map(Timespec::duration).transpose()?;
        // SAFETY: the caller's promise.
        unsafe { wait_for(list, count, timeout) }
    };
    answer(wait())
}

/// Waits so many nanoseconds at most; for ever, if it is nothing or less than 0.
///
/// # Safety
/// There are so many entries.
unsafe fn wait_for(list: *mut PollFd, count: c_ulong, timeout: Option<i64>) -> Result<c_int> {
    if count > MAX_FD as c_ulong {
        return Err(EINVAL);
    }
    let list = match count {
        0 => &mut [][..],
        // SAFETY: the caller's promise.
        _ => unsafe { slice::from_raw_parts_mut(list, count as usize) },
    };
    wait(list, deadline(timeout))
}

fn deadline(timeout: Option<i64>) -> i64 {
    match timeout {
        Some(timeout @ 0..) => time::deadline_after(timeout),
        _ => TIME_INFINITE,
    }
}

/// Waits until something can be said of a descriptor, and says it.
fn wait(list: &mut [PollFd], deadline: i64) -> Result<c_int> {
    // The objects stay while they are waited for.
    let mut objects = Vec::new();
    let mut items = Vec::new();
    let mut ready = 0;
    for (index, entry) in list.iter_mut().enumerate() {
        entry.returned = 0;
        if entry.fd < 0 {
            continue;
        }
        let Ok(object) = descriptor::get(entry.fd) else {
            entry.returned = POLLNVAL;
            ready += 1;
            continue;
        };
        if let Some((handle, meanings)) = told(&object.kind) {
            items.push((index, meanings, meanings.item(handle, entry.events)));
            objects.push(object);
        } else {
            // Files never make one wait.
            entry.returned = entry.events & (READ | WRITE);
            ready += c_int::from(entry.returned != 0);
        }
    }
    let deadline = if ready > 0 { 0 } else { deadline };
    let (entries, mut items): (Vec<_>, Vec<_>) =
        items.into_iter().map(|(index, meanings, item)| ((index, meanings), item)).unzip();
    match object::wait_many(&mut items, deadline) {
        Ok(()) | Err(Status::TIMED_OUT) => {}
        Err(status) => return Err(status.into()),
    }
    for ((index, meanings), item) in entries.into_iter().zip(items) {
        let Some(entry) = list.get_mut(index) else { continue };
        entry.returned = meanings.events(Signals::from_bits_retain(item.pending), entry.events);
        ready += c_int::from(entry.returned != 0);
    }
    Ok(ready)
}

/// What an object's signals mean.
#[derive(Clone, Copy)]
struct Meanings {
    read: Signals,
    write: Signals,
    hangup: Signals,
}

const SOCKET: Meanings = Meanings {
    read: Signals::READABLE.union(Signals::PEER_CLOSED).union(Signals::SOCKET_PEER_WRITE_DISABLED),
    write: Signals::WRITABLE.union(Signals::SOCKET_WRITE_DISABLED),
    hangup: Signals::PEER_CLOSED,
};
const COUNTER: Meanings =
    Meanings { read: Counter::READABLE, write: Counter::WRITABLE, hangup: Signals::empty() };

/// What tells that something can be read and written, and how; nothing where nobody ever waits.
fn told(kind: &Kind) -> Option<(Handle, Meanings)> {
    match kind {
        Kind::Pipe(socket) => Some((socket.get(), SOCKET)),
        Kind::Counter(counter) => Some((counter.event(), COUNTER)),
        _ => None,
    }
}

impl Meanings {
    /// What to wait for, where these events are asked for.
    fn item(self, handle: Handle, events: c_short) -> WaitItem {
        let mut signals = self.hangup;
        if events & READ != 0 {
            signals |= self.read;
        }
        if events & WRITE != 0 {
            signals |= self.write;
        }
        WaitItem { handle: handle.into_raw(), waitfor: signals.bits(), pending: 0 }
    }

    /// What is said of signals, where these events are asked for.
    fn events(self, signals: Signals, asked: c_short) -> c_short {
        let mut events = 0;
        if signals.intersects(self.read) {
            events |= READ & asked;
        }
        if signals.intersects(self.write) {
            events |= WRITE & asked;
        }
        if signals.intersects(self.hangup) {
            events |= POLLHUP;
        }
        events
    }
}

/// `fd_set`
#[repr(C)]
pub struct FdSet([u64; MAX_FD / 64]);

impl FdSet {
    fn contains(&self, fd: usize) -> bool {
        self.0[fd / 64] & 1 << (fd % 64) != 0
    }

    fn remove(&mut self, fd: usize) {
        self.0[fd / 64] &= !(1 << (fd % 64));
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn select(
    count: c_int,
    read: *mut FdSet,
    write: *mut FdSet,
    except: *mut FdSet,
    timeout: *const Timeval,
) -> c_int {
    let select = || {
        // SAFETY: the caller's promise.
        let timeout = unsafe { timeout.as_ref() }.map(Timeval::duration).transpose()?;
        // SAFETY: the caller's promise.
        unsafe { select_for(count, read, write, except, timeout) }
    };
    answer(select())
}

/// Without a mask of signals, which there are none of.
#[unsafe(no_mangle)]
unsafe extern "C" fn pselect(
    count: c_int,
    read: *mut FdSet,
    write: *mut FdSet,
    except: *mut FdSet,
    timeout: *const Timespec,
    mask: *const c_void,
) -> c_int {
    let select = || {
        if !mask.is_null() {
            return Err(ENOSYS);
        }
        // SAFETY: the caller's promise.
        let timeout = unsafe { timeout.as_ref() }.map(Timespec::duration).transpose()?;
        // SAFETY: the caller's promise.
        unsafe { select_for(count, read, write, except, timeout) }
    };
    answer(select())
}

/// # Safety
/// The sets are null or sets.
unsafe fn select_for(
    count: c_int,
    read: *mut FdSet,
    write: *mut FdSet,
    except: *mut FdSet,
    timeout: Option<i64>,
) -> Result<c_int> {
    const POLLERR: c_short = 8;
    let count = usize::try_from(count).ok().filter(|&count| count <= MAX_FD).ok_or(EINVAL)?;
    // SAFETY: the caller's promise.
    let mut sets =
        unsafe { [(read.as_mut(), POLLIN), (write.as_mut(), POLLOUT), (except.as_mut(), POLLERR)] };
    let mut list: Vec<_> = (0..count)
        .filter_map(|fd| {
            let wanted =
                sets.iter().filter(|(set, _)| set.as_ref().is_some_and(|set| set.contains(fd)));
            let events = wanted.fold(0, |events, (_, event)| events | event);
            (events != 0).then_some(PollFd { fd: fd as c_int, events, returned: 0 })
        })
        .collect();
    // A descriptor that is none is said before there is waiting for others.
    for entry in &list {
        descriptor::get(entry.fd)?;
    }
    wait(&mut list, deadline(timeout))?;
    let mut ready = 0;
    for entry in list {
        if entry.returned & POLLNVAL != 0 {
            return Err(EBADF);
        }
        for (set, event) in &mut sets {
            let Some(set) = set else { continue };
            let fd = entry.fd as usize;
            // Who hangs up can be read to the end.
            let happened = entry.returned & (*event | if *event == POLLIN { POLLHUP } else { 0 });
            match set.contains(fd) {
                true if happened != 0 => ready += 1,
                true => set.remove(fd),
                false => {}
            }
        }
    }
    Ok(ready)
}
