//! The helper process that guests are forked from, and the messages to it.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::MemfdFlags;
use rustix::io::{Errno, retry_on_intr};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};
use rustix::process::{Pid, PidfdFlags, Signal};
use rustix::time::Timespec;

use crate::native::guest;
use crate::native::host;

/// How long the zygote and a new guest may take to answer.
pub const PATIENCE: Timespec = Timespec { tv_sec: 10, tv_nsec: 0 };

/// A running zygote. Dropping it ends it and those guests that are left.
#[derive(Debug)]
pub struct Zygote {
    child: Child,
    pidfd: OwnedFd,
    socket: OwnedFd,
}

/// A process that the zygote forked, still empty but for our own pages.
#[derive(Debug)]
pub struct Forked {
    /// Its process id, and the service thread's id.
    pub pid: i32,
    pub pidfd: OwnedFd,
    /// Where the service thread receives memory.
    pub socket: OwnedFd,
    pub listener: OwnedFd,
}

/// Why there is no new guest.
#[derive(Debug, thiserror::Error)]
pub enum ForkError {
    /// The zygote does not answer; a new one may.
    #[error("the zygote is gone: {0}")]
    Zygote(io::Error),
    #[error("the zygote could not fork: {result}")]
    Refused { result: i64 },
    #[error("the guest did not get ready: {0}")]
    Guest(io::Error),
    #[error("the guest has no listener")]
    NoListener,
    #[error("the host has no room: {0}")]
    Host(#[from] rustix::io::Errno),
    #[error("the host has no room: {0}")]
    Thread(io::Error),
}

impl Zygote {
    /// Starts a zygote, which ends with the calling thread.
    pub fn spawn() -> io::Result<Self> {
        let program = guest::executable(host::lets_programs_set_bases());
        let file = executable_memfd()?;
        let mut rest = &program[..];
        while !rest.is_empty() {
            rest = &rest[rustix::io::write(&file, rest)?..];
        }
        let (socket, theirs) = pair()?;
        // Neither a fork nor a search: posix_spawn of the memfd's path. The zygote closes what else
        // it inherits.
        let mut child = Command::new(format!("/proc/self/fd/{}", file.as_raw_fd()))
            .arg0("zirconia-zygote")
            .env_clear()
            .stdin(Stdio::from(theirs))
            .spawn()?;
        let id = Pid::from_child(&child);
        match rustix::process::pidfd_open(id, PidfdFlags::empty()) {
            Ok(pidfd) => Ok(Self { child, pidfd, socket }),
            Err(errno) => {
                // Without its socket it ends by itself.
                drop(socket);
                child.wait()?;
                Err(errno.into())
            }
        }
    }

    /// Forks a guest that has the control area `control`.
    pub fn fork(&self, control: BorrowedFd<'_>) -> Result<Forked, ForkError> {
        let (socket, theirs) = pair().map_err(ForkError::Guest)?;
        send(&self.socket, &[0; 8], &[control, theirs.as_fd()]).map_err(ForkError::Zygote)?;
        drop(theirs);
        let (pid, pidfd) = receive(&self.socket).map_err(ForkError::Zygote)?;
        let (Ok(pid @ 1..), Some(pidfd)) = (i32::try_from(pid), pidfd) else {
            return Err(ForkError::Refused { result: pid });
        };
        let (_, listener) = receive(&socket).map_err(ForkError::Guest)?;
        let listener = listener.ok_or(ForkError::NoListener)?;
        Ok(Forked { pid, pidfd, socket, listener })
    }
}

impl Drop for Zygote {
    fn drop(&mut self) {
        // Not by its id, which is reused if other code of this process has waited for any child.
        let _ = rustix::process::pidfd_send_signal(&self.pidfd, Signal::KILL);
        let _ = self.child.wait();
    }
}

fn executable_memfd() -> io::Result<OwnedFd> {
    let name = c"zirconia-zygote";
    Ok(match rustix::fs::memfd_create(name, MemfdFlags::CLOEXEC | MemfdFlags::EXEC) {
        // Before Linux 6.3.
        Err(Errno::INVAL) => rustix::fs::memfd_create(name, MemfdFlags::CLOEXEC),
        other => other,
    }?)
}

fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?)
}

/// Sends a message with descriptors, 128 at most.
pub fn send(socket: &OwnedFd, bytes: &[u8], descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit();
        rustix::cmsg_space!(ScmRights(crate::native::layout::message::MAX_DESCRIPTORS))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !ancillary.push(SendAncillaryMessage::ScmRights(descriptors)) {
        return Err(io::Error::other("too many descriptors for a message"));
    }
    let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
    sendmsg(socket, &[IoSlice::new(bytes)], &mut ancillary, flags)?;
    Ok(())
}

/// Receives a word, perhaps with a descriptor.
fn receive(socket: &OwnedFd) -> io::Result<(i64, Option<OwnedFd>)> {
    let mut waits = [PollFd::new(socket, PollFlags::IN)];
    retry_on_intr(|| poll(&mut waits, Some(&PATIENCE)))?;
    let mut word = [0; 8];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let flags = RecvFlags::CMSG_CLOEXEC | RecvFlags::DONTWAIT;
    let received = recvmsg(socket, &mut [IoSliceMut::new(&mut word)], &mut ancillary, flags)?;
    if received.bytes != word.len() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let descriptor = ancillary.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
        _ => None,
    });
    Ok((i64::from_le_bytes(word), descriptor))
}
