//! Waiting for descriptors: poll.h.

use alloc::vec::Vec;
use core::ffi::{c_int, c_short, c_ulong};
use core::slice;

use guest_rt::{Handle, object, time};
use zx_abi::{Signals, Status, TIME_INFINITE, WaitItem};

use crate::descriptor::{self, MAX_FD};
use crate::errno::{EINVAL, Result, answer};
use crate::object::Kind;

const POLLIN: c_short = 1;
const POLLOUT: c_short = 4;
const POLLHUP: c_short = 0x10;
const POLLNVAL: c_short = 0x20;

/// `struct pollfd`
#[repr(C)]
struct PollFd {
    fd: c_int,
    events: c_short,
    returned: c_short,
}

#[unsafe(no_mangle)]
unsafe extern "C" fn poll(list: *mut PollFd, count: c_ulong, milliseconds: c_int) -> c_int {
    if count > MAX_FD as c_ulong {
        return answer(Err(EINVAL));
    }
    let list = match count {
        0 => &mut [][..],
        // SAFETY: the caller's promise.
        _ => unsafe { slice::from_raw_parts_mut(list, count as usize) },
    };
    let deadline = match milliseconds {
        ..0 => TIME_INFINITE,
        _ => time::deadline_after(i64::from(milliseconds) * 1_000_000),
    };
    answer(wait(list, deadline))
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
        if let Kind::Pipe(socket) = &object.kind {
            items.push((index, item(socket.get(), entry.events)));
            objects.push(object);
        } else {
            // Files never make one wait.
            entry.returned = entry.events & (POLLIN | POLLOUT);
            ready += c_int::from(entry.returned != 0);
        }
    }
    let deadline = if ready > 0 { 0 } else { deadline };
    let (indices, mut items): (Vec<_>, Vec<_>) = items.into_iter().unzip();
    match object::wait_many(&mut items, deadline) {
        Ok(()) | Err(Status::TIMED_OUT) => {}
        Err(status) => return Err(status.into()),
    }
    for (index, item) in indices.into_iter().zip(items) {
        let Some(entry) = list.get_mut(index) else { continue };
        entry.returned = events(Signals::from_bits_retain(item.pending), entry.events);
        ready += c_int::from(entry.returned != 0);
    }
    Ok(ready)
}

const END: Signals = Signals::PEER_CLOSED.union(Signals::SOCKET_PEER_WRITE_DISABLED);

fn item(socket: Handle, events: c_short) -> WaitItem {
    let mut signals = Signals::PEER_CLOSED;
    if events & POLLIN != 0 {
        signals |= Signals::READABLE | END;
    }
    if events & POLLOUT != 0 {
        signals |= Signals::WRITABLE | Signals::SOCKET_WRITE_DISABLED;
    }
    WaitItem { handle: socket.into_raw(), waitfor: signals.bits(), pending: 0 }
}

/// What is said of signals, where these events are asked for.
fn events(signals: Signals, asked: c_short) -> c_short {
    let mut events = 0;
    if signals.intersects(Signals::READABLE | END) {
        events |= POLLIN & asked;
    }
    if signals.intersects(Signals::WRITABLE | Signals::SOCKET_WRITE_DISABLED) {
        events |= POLLOUT & asked;
    }
    if signals.contains(Signals::PEER_CLOSED) {
        events |= POLLHUP;
    }
    events
}
