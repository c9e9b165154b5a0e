//! What is to be done for a new process.

use alloc::vec::Vec;
use core::ffi::{CStr, c_char, c_int};

use guest_rt::processargs::HandleInfo;
use guest_rt::{Handle, Owned};
use zx_abi::{HandleType, Status};

use super::{CLONE_UTC_CLOCK, Failure, REFUSED, Result, list};
use crate::{descriptor, handle};

const CLONE_FD: u32 = 1;
const TRANSFER_FD: u32 = 2;
const ADD_NS_ENTRY: u32 = 3;
const ADD_HANDLE: u32 = 4;
const SET_NAME: u32 = 5;
const CLONE_DIR: u32 = 6;

/// `fdio_spawn_action_t`
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Action {
    action: u32,
    reserved: u32,
    /// Two descriptors, a pointer, or an id and a handle.
    first: [u32; 2],
    /// A handle, where the pointer has one.
    second: u64,
}

const _: () = assert!(size_of::<Action>() == 24);

/// A descriptor that is transferred: it is closed, whatever comes of it.
pub struct Transfer(Option<c_int>);

impl Transfer {
    /// Its number.
    pub fn fd(&self) -> c_int {
        self.0.unwrap_or(-1)
    }

    /// Gives out the handle behind it.
    pub fn take(&mut self) -> Result<Owned, Status> {
        handle::transfer_fd(self.0.take().ok_or(Status::INVALID_ARGS)?)
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        if let Some(fd) = self.0 {
            // One that is not open is no worse then.
            let _ = descriptor::remove(fd);
        }
    }
}

/// An action, with what it has.
pub enum Work<'a> {
    CloneFd(c_int, c_int),
    TransferFd(Transfer, c_int),
    AddName(&'a [u8], Owned),
    AddHandle(HandleInfo, Owned),
    SetName(&'a [u8]),
    CloneDirectory(&'a [u8]),
    /// What is not known, and ignored.
    Nothing,
    /// What lacks what it takes.
    Invalid,
}

/// Takes actions over, all of them before any is refused.
///
/// # Safety
/// There are so many, unless the pointer is null; their pointers are null or strings.
pub unsafe fn take<'a>(actions: *const Action, count: usize) -> Result<Vec<Work<'a>>> {
    // SAFETY: the caller's promise.
    let actions = unsafe { list(actions, count) }.ok_or(REFUSED)?;
    // SAFETY: the caller's promise.
    Ok(actions.iter().map(|&action| unsafe { Work::take(action) }).collect())
}

impl<'a> Work<'a> {
    /// # Safety
    /// Its pointer is null or a string.
    unsafe fn take(action: Action) -> Self {
        let [low, high] = action.first;
        let fds = (low.cast_signed(), high.cast_signed());
        let pointer = (u64::from(high) << 32 | u64::from(low)) as *const c_char;
        // SAFETY: the caller's promise.
        let text = || unsafe { (!pointer.is_null()).then(|| CStr::from_ptr(pointer).to_bytes()) };
        let owned = |raw: u32| Owned::new(Handle::from_raw(raw));
        let present = |handle: &Owned| handle.get() != Handle::INVALID;
        let work = match action.action {
            CLONE_FD => Some(Self::CloneFd(fds.0, fds.1)),
            TRANSFER_FD => Some(Self::TransferFd(Transfer(Some(fds.0)), fds.1)),
            ADD_NS_ENTRY => {
                let handle = owned(action.second as u32);
                text().filter(|_| present(&handle)).map(|path| Self::AddName(path, handle))
            }
            ADD_HANDLE => {
                let handle = owned(high);
                present(&handle).then(|| Self::AddHandle(HandleInfo::from_raw(low), handle))
            }
            SET_NAME => text().map(Self::SetName),
            CLONE_DIR => text()
                .filter(|path| path.starts_with(b"/") && (path.len() == 1 || !path.ends_with(b"/")))
                .map(Self::CloneDirectory),
            _ => Some(Self::Nothing),
        };
        work.unwrap_or(Self::Invalid)
    }

    /// Checks what can be known before anything is done.
    pub fn check(&self, flags: u32) -> Result {
        match self {
            Self::Invalid => Err(REFUSED),
            Self::AddHandle(info, _)
                if *info == HandleInfo::new(HandleType::ClockUtc, 0)
                    && flags & CLONE_UTC_CLOCK != 0 =>
            {
                let message = "a UTC clock cannot be both cloned and added as a handle";
                Err(Failure { status: Status::INVALID_ARGS, message: message.into() })
            }
            _ => Ok(()),
        }
    }
}
