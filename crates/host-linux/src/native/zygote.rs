//! The helper process that guests are forked from, and the messages to it.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::MemfdFlags;
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};
use rustix::time::Timespec;

use crate::native::guest;
use crate::native::host;

/// How long the zygote and a new guest may take to answer.
pub const PATIENCE: Timespec = Timespec { tv_sec: 10, tv_nsec: 0 };

/// A running zygote. Dropping it ends it and those guests that are left.
#[derive(Debug)]
pub struct Zygote {
    child: Child,
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
        // Neither a fork nor a search: posix_spawn of the memfd's path.
        let child = Command::new(format!("/proc/self/fd/{}", file.as_raw_fd()))
            .arg0("zirconia-zygote")
            .env_clear()
            .stdin(Stdio::from(theirs))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self { child, socket })
    }

    /// Forks a guest that has the control area `control`.
    pub fn fork(&self, control: BorrowedFd<'_>) -> io::Result<Forked> {
        let (socket, theirs) = pair()?;
        send(&self.socket, &[0; 8], &[control, theirs.as_fd()])?;
        drop(theirs);
        let (pid, pidfd) = receive(&self.socket)?;
        let pid = i32::try_from(pid).ok().filter(|pid| *pid > 0);
        let (Some(pid), Some(pidfd)) = (pid, pidfd) else {
            return Err(io::Error::other("the zygote could not fork"));
        };
        let (_, listener) = receive(&socket)?;
        let listener = listener.ok_or_else(|| io::Error::other("the guest has no listener"))?;
        Ok(Forked { pid, pidfd, socket, listener })
    }
}

impl Drop for Zygote {
    fn drop(&mut self) {
        // It is our child, not yet waited for: the id is still its own.
        let _ = self.child.kill();
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
    while let Err(errno) = poll(&mut waits, Some(&PATIENCE)) {
        if errno != Errno::INTR {
            return Err(errno.into());
        }
    }
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
