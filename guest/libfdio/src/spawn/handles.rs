//! The handles of a new process.

use alloc::vec::Vec;
use core::ffi::c_int;

use guest_rt::Owned;
use guest_rt::processargs::HandleInfo;
use guest_rt::startup::USE_FOR_STDIO;
use zx_abi::{HandleType, Status};

use super::action::Work;
use super::{Result, Step};
use crate::descriptor::MAX_FD;
use crate::handle;
use crate::text::written;

/// Handles, in the order in which the process gets them.
#[derive(Default)]
pub struct Handles {
    list: Vec<(Owned, HandleInfo)>,
    /// Descriptors that it has among them.
    fds: Vec<u16>,
}

impl Handles {
    /// Adds the only one of its type.
    pub fn add(&mut self, handle: Owned, handle_type: HandleType) {
        self.list.push((handle, HandleInfo::new(handle_type, 0)));
    }

    /// Adds what an action gives.
    pub fn act(&mut self, index: usize, work: Work<'_>) -> Result {
        match work {
            Work::CloneFd(local, target) => {
                let what = written(format_args!(
                    "cannot clone descriptor {local} to {target} (action {index})"
                ));
                let added = self.add_fd(target, || handle::clone_fd(local));
                added.step(&what)
            }
            Work::TransferFd(mut local, target) => {
                let fd = local.fd();
                let what = written(format_args!(
                    "cannot transfer descriptor {fd} to {target} (action {index})"
                ));
                self.add_fd(target, || local.take()).step(&what)
            }
            Work::AddHandle(info, handle) => {
                if info.handle_type() == Some(HandleType::FileDescriptor) {
                    let what = written(format_args!(
                        "cannot add descriptor {} (action {index})",
                        info.arg()
                    ));
                    self.reserve(info.arg().into()).step(&what)?;
                }
                self.list.push((handle, info));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Adds clones of the standard streams that nothing has given, as far as that is possible.
    pub fn clone_stdio(&mut self) -> Result {
        for fd in 0..3 {
            if self.fds.contains(&fd) {
                continue;
            }
            match self.add_fd(fd.into(), || handle::clone_fd(fd.into())) {
                Ok(()) | Err(Status::INVALID_ARGS | Status::NOT_SUPPORTED) => {}
                Err(status) => {
                    return Err(status)
                        .step(&written(format_args!("cannot clone descriptor {fd}")));
                }
            }
        }
        Ok(())
    }

    /// All of them.
    pub fn into_list(self) -> Vec<(Owned, HandleInfo)> {
        self.list
    }

    fn add_fd(
        &mut self,
        target: c_int,
        make: impl FnOnce() -> Result<Owned, Status>,
    ) -> Result<(), Status> {
        let arg = self.reserve(target)?;
        self.list.push((make()?, HandleInfo::new(HandleType::FileDescriptor, arg)));
        Ok(())
    }

    /// Reserves a descriptor's number.
    fn reserve(&mut self, target: c_int) -> Result<u16, Status> {
        let target = u16::try_from(target).map_err(|_| Status::OUT_OF_RANGE)?;
        let fd = target & !USE_FOR_STDIO;
        if usize::from(fd) >= MAX_FD {
            return Err(Status::OUT_OF_RANGE);
        }
        if self.fds.contains(&fd) {
            return Err(Status::ALREADY_EXISTS);
        }
        self.fds.push(fd);
        Ok(target)
    }
}
