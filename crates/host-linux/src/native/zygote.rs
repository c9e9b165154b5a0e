//! The helper process that guests are forked from, and the messages to it.

use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::MemfdFlags;
use rustix::io::{Errno, retry_on_intr};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, Shutdown, SocketFlags, SocketType, recvmsg, sendmsg, shutdown,
    socketpair,
};
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, kill_process_group, pidfd_send_signal, waitid,
};
use rustix::time::Timespec;

use crate::host_error::{HostError, Step};
use crate::native::guest::{self, Features, Walls};
use crate::native::host;
use crate::native::layout::failure;

/// Nobody has the other end of its socket any more.
const GONE: HostError = HostError::Ended { step: Step::Helper };

/// Linux drops a descriptor that a message brings and there is no room for.
const NO_DESCRIPTOR: HostError =
    HostError::Refused { step: Step::GuestProcess, errno: libc::EMFILE };

/// How long the zygote and a new guest may take to answer.
pub const PATIENCE: Timespec = Timespec { tv_sec: 10, tv_nsec: 0 };

/// How long it may take Linux to close all that a process had that ends.
const GRACE: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };

/// For what may be no child of ours, or not any more.
pub const EXITED_BY_NOW: WaitIdOptions = WaitIdOptions::EXITED.union(WaitIdOptions::NOHANG);

/// A running zygote. Dropping it ends it and those guests that are left.
#[derive(Debug)]
pub struct Zygote {
    pidfd: OwnedFd,
    /// Until it is to end.
    socket: Option<OwnedFd>,
    walls: Walls,
}

/// A process that the zygote forked, still empty but for our own pages.
#[derive(Debug)]
pub struct Forked {
    pub pidfd: OwnedFd,
    /// Where the service thread receives memory.
    pub socket: OwnedFd,
}

impl Zygote {
    /// Starts a zygote, which ends with the calling thread, behind all walls that the host grants.
    ///
    /// # Errors
    /// What the host refuses.
    pub fn spawn() -> Result<Self, HostError> {
        // Some filters end a process for calls that they do not allow.
        match Self::spawn_behind(true) {
            Err(HostError::Ended { step: Step::Helper }) => Self::spawn_behind(false),
            other => other,
        }
    }

    fn spawn_behind(all_walls: bool) -> Result<Self, HostError> {
        let features = Features {
            bases: host::lets_programs_set_bases(),
            landlock: host::landlock(),
            all_walls,
        };
        let program = guest::executable(features);
        let file = executable_memfd(&program).map_err(|errno| Step::HelperFile.refused(errno))?;
        let (socket, theirs) = pair()?;
        // Neither a fork nor a search: posix_spawn of the memfd's path. It closes what else it
        // inherits.
        let mut parent = Command::new(format!("/proc/self/fd/{}", file.as_raw_fd()))
            .arg0("zirconia-zygote")
            .env_clear()
            .stdin(Stdio::from(theirs))
            .spawn()
            .map_err(|error| Step::Helper.refused(error))?;
        let first = first_message(&socket);
        if first.is_err() {
            end_all(&mut parent, &socket);
        } else {
            // It ends when it has forked the zygote.
            let _ = parent.wait();
        }
        let (walls, pidfd) = first?;
        let walls = if all_walls { walls } else { walls.without_risky() };
        let zygote = Self { pidfd, socket: Some(socket), walls };
        walls.check_needed()?;
        Ok(zygote)
    }

    /// Whether it still runs, as far as is known.
    pub fn is_there(&self) -> bool {
        self.socket.as_ref().is_some_and(|socket| !has_hung_up(socket, &Timespec::default()))
    }

    /// The walls that it is behind.
    pub fn walls(&self) -> Walls {
        self.walls
    }

    /// Forks a guest that has the control area `control`. Comes with its listener.
    ///
    /// # Errors
    /// What the host refuses; [`Step::Helper`] if this zygote is of no more use.
    pub fn fork(&self, control: BorrowedFd<'_>) -> Result<(Forked, OwnedFd), HostError> {
        self.fork_within(&PATIENCE, control)
    }

    fn fork_within(
        &self,
        patience: &Timespec,
        control: BorrowedFd<'_>,
    ) -> Result<(Forked, OwnedFd), HostError> {
        let zygote = self.socket.as_ref().ok_or(GONE)?;
        let (socket, theirs) = pair()?;
        send(zygote, &[0; 8], &[control, theirs.as_fd()]).map_err(|errno| match errno {
            Errno::PIPE | Errno::CONNRESET | Errno::AGAIN => Step::Helper.refused(errno),
            _ => Step::Socket.refused(errno),
        })?;
        drop(theirs);
        let mut word = [0; 8];
        match receive(&socket, patience, &mut word) {
            Ok((_, descriptors)) => match (i64::from_le_bytes(word), descriptors) {
                (failure @ ..0, _) => Err(failed(failure)),
                (_, Some([pidfd, listener])) => Ok((Forked { pidfd, socket }, listener)),
                (_, None) => Err(NO_DESCRIPTOR),
            },
            // Or only the guest is gone.
            Err(GONE) if !has_hung_up(zygote, &GRACE) => {
                Err(HostError::Ended { step: Step::GuestProcess })
            }
            Err(error) => Err(error),
        }
    }

    /// Ends it, and waits for its end.
    ///
    /// # Errors
    /// If it does not end.
    pub fn end(&mut self, patience: &Timespec) -> Result<(), HostError> {
        // Not by its id, which is reused if other code of this process has waited for any child. If
        // it cannot be killed, it ends with its socket.
        let _ = pidfd_send_signal(&self.pidfd, Signal::KILL);
        self.socket = None;
        let mut waits = [PollFd::new(&self.pidfd, PollFlags::IN)];
        let ended = retry_on_intr(|| poll(&mut waits, Some(patience)))
            .map_err(|errno| Step::Wait.refused(errno))?;
        if ended == 0 {
            return Err(HostError::TimedOut { step: Step::Kill });
        }
        // Other code of this process may have waited for it.
        let _ = waitid(WaitId::PidFd(self.pidfd.as_fd()), EXITED_BY_NOW);
        Ok(())
    }
}

impl Drop for Zygote {
    fn drop(&mut self) {
        // Who wants to know ends it.
        if self.socket.is_some() {
            let _ = self.end(&PATIENCE);
        }
    }
}

/// Ends what the host has started and, if there is one already, the zygote, which is in its process
/// group, and waits for their ends.
fn end_all(parent: &mut Child, socket: &OwnedFd) {
    let group = Pid::from_child(parent);
    let _ = parent.kill();
    let _ = kill_process_group(group, Signal::KILL);
    // What cannot be killed ends without a host that it could tell anything, or is left to itself.
    let _ = shutdown(socket, Shutdown::Write);
    if has_hung_up(socket, &PATIENCE) {
        let next = || waitid(WaitId::Pgid(Some(group)), WaitIdOptions::EXITED);
        while retry_on_intr(next).is_ok() {}
        // It may have had no group of its own yet.
        let _ = parent.wait();
    }
}

fn executable_memfd(program: &[u8]) -> rustix::io::Result<OwnedFd> {
    let name = c"zirconia-zygote";
    let file = match rustix::fs::memfd_create(name, MemfdFlags::CLOEXEC | MemfdFlags::EXEC) {
        // Before Linux 6.3.
        Err(Errno::INVAL) => rustix::fs::memfd_create(name, MemfdFlags::CLOEXEC),
        other => other,
    }?;
    let mut rest = program;
    while !rest.is_empty() {
        rest = &rest[rustix::io::write(&file, rest)?..];
    }
    Ok(file)
}

fn pair() -> Result<(OwnedFd, OwnedFd), HostError> {
    socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
        .map_err(|errno| Step::Socket.refused(errno))
}

/// Sends a message with descriptors, 128 at most.
pub fn send(
    socket: &OwnedFd,
    bytes: &[u8],
    descriptors: &[BorrowedFd<'_>],
) -> rustix::io::Result<()> {
    let mut space = [MaybeUninit::uninit();
        rustix::cmsg_space!(ScmRights(crate::native::layout::message::MAX_DESCRIPTORS))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !ancillary.push(SendAncillaryMessage::ScmRights(descriptors)) {
        return Err(Errno::MSGSIZE);
    }
    let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
    sendmsg(socket, &[IoSlice::new(bytes)], &mut ancillary, flags)?;
    Ok(())
}

/// Receives what a new zygote says of itself.
fn first_message(socket: &OwnedFd) -> Result<(Walls, OwnedFd), HostError> {
    let mut bytes = [0; Walls::LEN];
    match receive(socket, &PATIENCE, &mut bytes)? {
        (Walls::LEN, Some([pidfd])) => Ok((Walls::from_bytes(&bytes), pidfd)),
        (Walls::LEN, None) => Err(NO_DESCRIPTOR),
        _ => Err(failed(bytes.first_chunk().map_or(-1, |word| i64::from_le_bytes(*word)))),
    }
}

/// Receives a message of a zygote or a new guest: how long it is, and its descriptors if all are there.
fn receive<const COUNT: usize>(
    socket: &OwnedFd,
    patience: &Timespec,
    bytes: &mut [u8],
) -> Result<(usize, Option<[OwnedFd; COUNT]>), HostError> {
    let refused = |errno: Errno| Step::Socket.refused(errno);
    let mut waits = [PollFd::new(socket, PollFlags::IN)];
    if retry_on_intr(|| poll(&mut waits, Some(patience))).map_err(refused)? == 0 {
        return Err(HostError::TimedOut { step: Step::Helper });
    }
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let flags = RecvFlags::CMSG_CLOEXEC | RecvFlags::DONTWAIT;
    let received =
        recvmsg(socket, &mut [IoSliceMut::new(bytes)], &mut ancillary, flags).map_err(refused)?;
    if received.bytes < 8 {
        return Err(GONE);
    }
    let descriptors = ancillary.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(descriptors) => Some(descriptors),
        _ => None,
    });
    let descriptors: Vec<_> = descriptors.flatten().collect();
    Ok((received.bytes, descriptors.try_into().ok()))
}

/// Whether the other end is closed, after a while at most.
fn has_hung_up(socket: &OwnedFd, patience: &Timespec) -> bool {
    let mut waits = [PollFd::new(socket, PollFlags::empty())];
    // If the host does not say, it is nothing to wait for.
    retry_on_intr(|| poll(&mut waits, Some(patience))).map_or(true, |count| count > 0)
}

/// What a number below 0 says of a guest or a zygote in the making: what it was at, and the error number.
fn failed(number: i64) -> HostError {
    let number = number.unsigned_abs();
    let step = match number & !u64::from(failure::ERRNO) {
        failure::CONTROL => Step::ControlArea,
        failure::LISTENER => Step::Listener,
        failure::HELPER => Step::Helper,
        _ => Step::GuestProcess,
    };
    HostError::Refused { step, errno: (number as u32 & failure::ERRNO) as i32 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::control::Control;
    use crate::native::listener::Listener;

    #[test]
    fn a_guest_ends_with_its_listener() {
        let zygote = Zygote::spawn().unwrap();
        let (_control, memfd) = Control::new().unwrap();
        let (forked, listener) = zygote.fork(memfd.as_fd()).unwrap();
        let (listener, _) = Listener::new(listener, host::listener_wakes_at_end());
        listener.receive().unwrap();
        drop(listener);
        let mut waits = [PollFd::new(&forked.pidfd, PollFlags::IN)];
        assert_eq!(poll(&mut waits, Some(&PATIENCE)), Ok(1));
    }

    /// The process of a guest's first ring.
    fn first_ring(listener: OwnedFd) -> u32 {
        let (listener, _) = Listener::new(listener, host::listener_wakes_at_end());
        listener.receive().unwrap().tid
    }

    /// The process of a pidfd.
    fn process(pidfd: &OwnedFd) -> u32 {
        let path = format!("/proc/self/fdinfo/{}", pidfd.as_raw_fd());
        let info = std::fs::read_to_string(path).unwrap();
        info.lines().find_map(|line| line.strip_prefix("Pid:\t")).unwrap().parse().unwrap()
    }

    #[test]
    fn an_answer_that_comes_late_is_taken_for_no_other() {
        let zygote = Zygote::spawn().unwrap();
        let (_control, memfd) = Control::new().unwrap();
        pidfd_send_signal(&zygote.pidfd, Signal::STOP).unwrap();
        let late = zygote.fork_within(&Timespec::default(), memfd.as_fd());
        assert_eq!(late.unwrap_err(), HostError::TimedOut { step: Step::Helper });
        pidfd_send_signal(&zygote.pidfd, Signal::CONT).unwrap();
        let (forked, listener) = zygote.fork(memfd.as_fd()).unwrap();
        // Which ends with its listener.
        let guest = process(&forked.pidfd);
        assert_eq!(first_ring(listener), guest);
    }

    #[test]
    fn a_zygote_that_has_ended_is_of_no_more_use() {
        let mut zygote = Zygote::spawn().unwrap();
        let (_control, memfd) = Control::new().unwrap();
        pidfd_send_signal(&zygote.pidfd, Signal::KILL).unwrap();
        assert_eq!(zygote.fork(memfd.as_fd()).unwrap_err().step(), Step::Helper);
        zygote.end(&PATIENCE).unwrap();
        assert_eq!(zygote.fork(memfd.as_fd()).unwrap_err(), GONE);
    }

    #[test]
    fn a_number_below_0_says_at_what_and_why() {
        let refused = |step, errno| HostError::Refused { step, errno };
        assert_eq!(failed(-11), refused(Step::GuestProcess, libc::EAGAIN));
        assert_eq!(failed(-0x1000 - 12), refused(Step::ControlArea, libc::ENOMEM));
        assert_eq!(failed(-0x2000 - 1), refused(Step::Listener, libc::EPERM));
        // Whatever it is, it is no success.
        assert_eq!(failed(i64::MIN).step(), Step::GuestProcess);
    }
}
