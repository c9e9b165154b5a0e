//! What a process is given at its start.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicBool, Ordering};

use zx_abi::{CHANNEL_MAX_MSG_BYTES, CHANNEL_MAX_MSG_HANDLES, HandleType, Status};

use crate::processargs::{HandleInfo, Message, MessageError, Strings};
use crate::{Handle, channel};

/// Bit in the argument of a `FileDescriptor` handle that serves as standard input, output and error,
/// as far as these have none of their own (`FDIO_FLAG_USE_FOR_STDIO`).
pub const USE_FOR_STDIO: u16 = 0x8000;

/// Room for the largest bootstrap message. It lives in .bss, so that a small one costs one page.
#[repr(C, align(8))]
struct Buffer {
    bytes: [u8; CHANNEL_MAX_MSG_BYTES as usize],
    handles: [Handle; CHANNEL_MAX_MSG_HANDLES as usize],
}

struct Once {
    taken: AtomicBool,
    buffer: UnsafeCell<Buffer>,
}

// SAFETY: `taken` gives the buffer to one caller only.
unsafe impl Sync for Once {}

static BUFFER: Once = Once {
    taken: AtomicBool::new(false),
    buffer: UnsafeCell::new(Buffer {
        bytes: [0; CHANNEL_MAX_MSG_BYTES as usize],
        handles: [Handle::INVALID; CHANNEL_MAX_MSG_HANDLES as usize],
    }),
};

/// The buffer, for the first caller.
fn take_buffer() -> Option<&'static mut Buffer> {
    if BUFFER.taken.swap(true, Ordering::Relaxed) {
        return None;
    }
    // SAFETY: only the first caller arrives here.
    Some(unsafe { &mut *BUFFER.buffer.get() })
}

/// The contents of the bootstrap message, and the vDSO's base.
///
/// The handles belong to the program; those it leaves are closed when the process ends.
pub struct Startup {
    message: Message<'static>,
    handles: &'static mut [Handle],
    vdso_base: usize,
}

impl Startup {
    /// Reads the bootstrap message, once in the life of a process.
    ///
    /// # Errors
    /// [`MessageError::Read`] if the channel cannot be read or was read before (BAD_STATE),
    /// others if the message is not a bootstrap message.
    pub fn read(bootstrap: Handle, vdso_base: usize) -> Result<Self, MessageError> {
        let buffer = take_buffer().ok_or(MessageError::Read(Status::BAD_STATE))?;
        let (bytes, handles) = channel::read(bootstrap, &mut buffer.bytes, &mut buffer.handles)
            .map_err(MessageError::Read)?;
        let message = Message::parse(bytes, handles.len())?;
        Ok(Self { message, handles, vdso_base })
    }

    /// The arguments; the first one names the program.
    pub fn args(&self) -> Strings<'static> {
        self.message.args()
    }

    /// The environment, `NAME=VALUE` by convention.
    pub fn environ(&self) -> Strings<'static> {
        self.message.environ()
    }

    /// The namespace paths.
    pub fn names(&self) -> Strings<'static> {
        self.message.names()
    }

    /// The startup handles in the message's order. Those taken are invalid.
    pub fn handles(&self) -> impl Iterator<Item = (HandleInfo, Handle)> {
        self.message.handle_infos().zip(self.handles.iter().copied())
    }

    /// Takes a handle out.
    pub fn take(&mut self, handle_type: HandleType, arg: u16) -> Option<Handle> {
        self.take_info(HandleInfo::new(handle_type, arg))
    }

    /// Takes the handle of this info out.
    pub fn take_info(&mut self, info: HandleInfo) -> Option<Handle> {
        self.message
            .handle_infos()
            .zip(&mut *self.handles)
            .find(|(other, handle)| *other == info && **handle != Handle::INVALID)
            .map(|(_, handle)| core::mem::replace(handle, Handle::INVALID))
    }

    /// Takes the first handle of this type out, whatever its argument.
    pub fn take_any(&mut self, handle_type: HandleType) -> Option<(HandleInfo, Handle)> {
        let first = self.handles().find(|(info, handle)| {
            info.handle_type() == Some(handle_type) && *handle != Handle::INVALID
        });
        let (info, _) = first?;
        self.take_info(info).map(|handle| (info, handle))
    }

    /// Leaves the handles that are also in a list of as many; where that has another, somebody has
    /// taken it.
    pub fn retain(&mut self, left: &[u32]) {
        for (handle, &left) in self.handles.iter_mut().zip(left) {
            *handle = Handle::from_raw(left);
        }
    }

    /// The handle of this type and argument, which stays here.
    pub fn get(&self, handle_type: HandleType, arg: u16) -> Option<Handle> {
        let info = HandleInfo::new(handle_type, arg);
        self.handles()
            .find(|(other, handle)| *other == info && *handle != Handle::INVALID)
            .map(|(_, handle)| handle)
    }

    /// The handle that serves as standard input (0), output (1) or error (2).
    pub fn stdio(&self, number: u16) -> Option<Handle> {
        let by_flag = || {
            self.handles()
                .find(|(info, _)| {
                    info.handle_type() == Some(HandleType::FileDescriptor)
                        && info.arg() & USE_FOR_STDIO != 0
                })
                .map(|(_, handle)| handle)
        };
        self.get(HandleType::FileDescriptor, number).or_else(by_flag)
    }

    /// Where the vDSO is mapped.
    pub fn vdso_base(&self) -> usize {
        self.vdso_base
    }
}
