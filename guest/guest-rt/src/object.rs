//! Calls on any object.

use core::mem::ManuallyDrop;

use zerocopy::{FromBytes, IntoBytes};
use zx_abi::{
    INFO_HANDLE_BASIC, INFO_PROCESS, INFO_VMAR, InfoHandleBasic, InfoProcess, InfoVmar,
    MAX_NAME_LEN, PROP_NAME, PROP_REGISTER_FS, PROP_REGISTER_GS, Result, Rights, Signals, Status,
    WaitItem,
};

use crate::syscalls;

/// A handle's value. A copy is the same handle; only [`Handle::close`] closes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct Handle(u32);

impl Handle {
    /// `ZX_HANDLE_INVALID`: no handle.
    pub const INVALID: Self = Self(zx_abi::HANDLE_INVALID);

    /// Wraps a raw `zx_handle_t`.
    pub const fn from_raw(raw: u32) -> Self {
        Self(raw)
    }

    /// The raw `zx_handle_t`.
    pub const fn into_raw(self) -> u32 {
        self.0
    }

    /// Closes the handle. Closing none is fine; a value that is no handle is a policy matter.
    pub fn close(self) {
        // SAFETY: takes no pointer.
        unsafe { syscalls::handle_close(self.0) };
    }

    /// The handle's `ZX_INFO_HANDLE_BASIC`.
    ///
    /// # Errors
    /// BAD_HANDLE.
    pub fn basic_info(self) -> Result<InfoHandleBasic> {
        self.info(INFO_HANDLE_BASIC)
    }

    /// The handle's `ZX_INFO_PROCESS`.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED (no INSPECT).
    pub fn process_info(self) -> Result<InfoProcess> {
        self.info(INFO_PROCESS)
    }

    /// The handle's `ZX_INFO_VMAR`.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED (no INSPECT).
    pub fn vmar_info(self) -> Result<InfoVmar> {
        self.info(INFO_VMAR)
    }

    pub(crate) fn info<T: FromBytes + IntoBytes>(self, topic: u32) -> Result<T> {
        let mut info = T::new_zeroed();
        let buffer = info.as_mut_bytes();
        // SAFETY: the buffer has the size passed; null leaves the counts out.
        Status::ok(unsafe {
            syscalls::object_get_info(
                self.0,
                topic,
                buffer.as_mut_ptr(),
                buffer.len(),
                core::ptr::null_mut(),
                core::ptr::null_mut(),
            )
        })?;
        Ok(info)
    }

    /// Waits until one of the signals is there, and returns all that are. The deadline is in
    /// nanoseconds of the monotonic clock.
    ///
    /// # Errors
    /// TIMED_OUT, BAD_HANDLE, ACCESS_DENIED (no WAIT), CANCELED.
    pub fn wait(self, signals: Signals, deadline: i64) -> Result<Signals> {
        let mut observed = 0;
        // SAFETY: `observed` is valid for the write.
        Status::ok(unsafe {
            syscalls::object_wait_one(self.0, signals.bits(), deadline, &mut observed)
        })?;
        Ok(Signals::from_bits_retain(observed))
    }

    /// Another handle to the same object, with these rights.
    ///
    /// # Errors
    /// BAD_HANDLE, INVALID_ARGS (rights not held), ACCESS_DENIED (no DUPLICATE).
    pub fn duplicate(self, rights: Rights) -> Result<Self> {
        let mut out = 0;
        // SAFETY: `out` is valid for the write.
        Status::ok(unsafe { syscalls::handle_duplicate(self.0, rights.bits(), &mut out) })?;
        Ok(Self(out))
    }

    /// Closes this handle for a new one to the same object, with these rights.
    ///
    /// # Errors
    /// BAD_HANDLE, INVALID_ARGS (rights not held; this handle is closed all the same).
    pub fn replace(self, rights: Rights) -> Result<Self> {
        let mut out = 0;
        // SAFETY: `out` is valid for the write.
        Status::ok(unsafe { syscalls::handle_replace(self.0, rights.bits(), &mut out) })?;
        Ok(Self(out))
    }

    /// Clears and sets user signals.
    ///
    /// # Errors
    /// BAD_HANDLE, ACCESS_DENIED (no SIGNAL), INVALID_ARGS (not user signals).
    pub fn signal(self, clear: Signals, set: Signals) -> Result {
        // SAFETY: takes no pointer.
        Status::ok(unsafe { syscalls::object_signal(self.0, clear.bits(), set.bits()) })
    }

    /// The object's name, NUL-padded.
    ///
    /// # Errors
    /// BAD_HANDLE, ACCESS_DENIED (no GET_PROPERTY), WRONG_TYPE.
    pub fn name(self) -> Result<[u8; MAX_NAME_LEN]> {
        let mut name = [0; MAX_NAME_LEN];
        // SAFETY: the buffer has the size passed.
        Status::ok(unsafe {
            syscalls::object_get_property(self.0, PROP_NAME, name.as_mut_ptr(), name.len())
        })?;
        Ok(name)
    }

    /// Names the object. The kernel keeps 31 bytes, up to a NUL.
    ///
    /// # Errors
    /// BAD_HANDLE, ACCESS_DENIED (no SET_PROPERTY), WRONG_TYPE.
    pub fn set_name(self, name: &[u8]) -> Result {
        // SAFETY: the bytes have the size passed.
        Status::ok(unsafe {
            syscalls::object_set_property(self.0, PROP_NAME, name.as_ptr(), name.len())
        })
    }

    /// A property that is a number (`ZX_PROP_*`).
    ///
    /// # Errors
    /// BAD_HANDLE, ACCESS_DENIED (no GET_PROPERTY), WRONG_TYPE, INVALID_ARGS (no such property).
    pub fn property(self, property: u32) -> Result<u64> {
        let mut value = [0; size_of::<u64>()];
        // SAFETY: the buffer has the size passed.
        Status::ok(unsafe {
            syscalls::object_get_property(self.0, property, value.as_mut_ptr(), value.len())
        })?;
        Ok(u64::from_le_bytes(value))
    }

    /// Sets a property that is a number and harmless: no register.
    ///
    /// # Errors
    /// BAD_HANDLE, ACCESS_DENIED (no SET_PROPERTY), WRONG_TYPE, INVALID_ARGS (no such property or
    /// value, or a register).
    pub fn set_property(self, property: u32, value: u64) -> Result {
        if matches!(property, PROP_REGISTER_FS | PROP_REGISTER_GS) {
            return Err(Status::INVALID_ARGS);
        }
        let value = value.to_le_bytes();
        // SAFETY: the bytes have the size passed.
        Status::ok(unsafe {
            syscalls::object_set_property(self.0, property, value.as_ptr(), value.len())
        })
    }
}

/// Waits until one of the signals of one of the items is there, and writes all that are into each
/// item. The deadline is in nanoseconds of the monotonic clock.
///
/// # Errors
/// TIMED_OUT, OUT_OF_RANGE (more than 64 items), BAD_HANDLE, ACCESS_DENIED (no WAIT), CANCELED.
pub fn wait_many(items: &mut [WaitItem], deadline: i64) -> Result {
    // SAFETY: there are as many items as passed.
    Status::ok(unsafe { syscalls::object_wait_many(items.as_mut_ptr(), items.len(), deadline) })
}

/// A handle that is closed when it is dropped.
#[derive(Debug)]
pub struct Owned(Handle);

impl Owned {
    /// Becomes the owner of a handle.
    pub const fn new(handle: Handle) -> Self {
        Self(handle)
    }

    /// The handle, which stays owned.
    pub const fn get(&self) -> Handle {
        self.0
    }

    /// Gives the handle away.
    pub fn into_inner(self) -> Handle {
        ManuallyDrop::new(self).0
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        self.0.close();
    }
}
