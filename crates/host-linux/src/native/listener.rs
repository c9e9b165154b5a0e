//! The host's end of the doorbell: seccomp user notifications (linux/seccomp.h).

use std::os::fd::OwnedFd;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::{Result, retry_on_intr};
use rustix::ioctl::{IntegerSetter, Opcode, Updater, ioctl, opcode};

/// `struct seccomp_notif`
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Notification {
    pub id: u64,
    /// The thread, as the kernel knows it.
    pub tid: u32,
    flags: u32,
    pub number: i32,
    architecture: u32,
    /// The address after the `syscall` instruction.
    pub pointer: u64,
    /// rdi, rsi, rdx, r10, r8, r9
    pub args: [u64; 6],
}

/// `struct seccomp_notif_resp`
#[repr(C)]
struct Answer {
    id: u64,
    value: i64,
    error: i32,
    flags: u32,
}

const RECEIVE: Opcode = opcode::read_write::<Notification>(b'!', 0);
const SEND: Opcode = opcode::read_write::<Answer>(b'!', 1);
const SET_FLAGS: Opcode = opcode::write::<u64>(b'!', 4);

/// SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP: waking one side hands it this side's processor.
const SYNC_WAKE_UP: usize = 1;

/// SECCOMP_USER_NOTIF_FLAG_CONTINUE
const CONTINUE: u32 = 1;

/// The listener of a guest process.
#[derive(Debug)]
pub struct Listener {
    descriptor: OwnedFd,
    /// Waiting for a call also ends with the last thread that could make one (Linux 6.11).
    wakes_at_end: bool,
}

impl Listener {
    /// Takes a listener over. Also says whether waking is synchronous: before Linux 6.6 it is not,
    /// and calls take longer.
    pub fn new(descriptor: OwnedFd, wakes_at_end: bool) -> (Self, bool) {
        // SAFETY: SECCOMP_IOCTL_NOTIF_SET_FLAGS takes the flags themselves.
        let set =
            unsafe { ioctl(&descriptor, IntegerSetter::<SET_FLAGS>::new_usize(SYNC_WAKE_UP)) };
        let synchronous = set.is_ok();
        (Self { descriptor, wakes_at_end }, synchronous)
    }

    /// Waits for the next ring. `None` once every thread that could ring has ended.
    pub fn receive(&self) -> Option<Notification> {
        loop {
            if !self.wakes_at_end && self.has_ended(None) {
                return None;
            }
            let mut notification = Notification::default();
            // SAFETY: SECCOMP_IOCTL_NOTIF_RECV fills a zeroed `struct seccomp_notif`.
            let received =
                unsafe { ioctl(&self.descriptor, Updater::<RECEIVE, _>::new(&mut notification)) };
            match received {
                Ok(()) => return Some(notification),
                // We were interrupted, or the caller was before we looked, or no thread is left.
                Err(_) => {
                    if self.has_ended(Some(&rustix::time::Timespec::default())) {
                        return None;
                    }
                }
            }
        }
    }

    /// Lets the caller go on with `value` in rax.
    ///
    /// # Errors
    /// NOENT if the call was interrupted or its thread is gone.
    pub fn answer(&self, id: u64, value: u64) -> Result<()> {
        self.send(Answer { id, value: value as i64, error: 0, flags: 0 })
    }

    /// Lets the caller make the call that it has rung with.
    ///
    /// # Errors
    /// As [`Self::answer`].
    pub fn allow(&self, id: u64) -> Result<()> {
        self.send(Answer { id, value: 0, error: 0, flags: CONTINUE })
    }

    fn send(&self, mut answer: Answer) -> Result<()> {
        // SAFETY: SECCOMP_IOCTL_NOTIF_SEND reads a `struct seccomp_notif_resp`.
        unsafe { ioctl(&self.descriptor, Updater::<SEND, _>::new(&mut answer)) }
    }

    /// Whether there is a ring that nobody has received.
    pub fn has_ring(&self) -> bool {
        let mut waits = [PollFd::new(&self.descriptor, PollFlags::IN)];
        let now = rustix::time::Timespec::default();
        retry_on_intr(|| poll(&mut waits, Some(&now))).is_ok()
            && waits[0].revents().contains(PollFlags::IN)
    }

    /// Waits until there is a ring or no thread left to make one; says whether it is the latter. No
    /// signal ends the wait: receiving, which comes next, might never end.
    fn has_ended(&self, timeout: Option<&rustix::time::Timespec>) -> bool {
        let mut waits = [PollFd::new(&self.descriptor, PollFlags::IN)];
        match retry_on_intr(|| poll(&mut waits, timeout)) {
            Ok(_) => waits[0].revents().contains(PollFlags::HUP),
            // No ring can come any more.
            Err(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::interrupt::interrupted;

    #[test]
    fn signals_do_not_end_the_wait_for_the_end() {
        // As with a listener, its other end is what hangs up.
        let (descriptor, other) = rustix::pipe::pipe().unwrap();
        let listener = Listener { descriptor, wakes_at_end: false };
        assert!(interrupted(move || listener.has_ended(None), || drop(other)));
    }
}
