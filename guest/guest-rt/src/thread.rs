//! Threads.

use zx_abi::{INFO_THREAD, InfoThread, PROP_REGISTER_FS, Result, Status};

use crate::{Handle, Owned, syscalls};

/// What a thread begins with. It gets both arguments and never returns.
pub type Entry = extern "C" fn(u64, u64) -> !;

/// Creates a thread.
///
/// # Errors
/// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED (no MANAGE_THREAD), NO_MEMORY.
pub fn create(process: Handle, name: &[u8]) -> Result<Owned> {
    let mut thread = 0;
    // SAFETY: the name has the size passed, and `thread` is valid for the write.
    Status::ok(unsafe {
        syscalls::thread_create(process.into_raw(), name.as_ptr(), name.len(), 0, &mut thread)
    })?;
    Ok(Owned::new(Handle::from_raw(thread)))
}

/// Starts a thread of this process on a stack that ends at `stack_end`, a multiple of 16.
///
/// # Safety
/// The stack is writable, is nobody else's, and stays until the thread has ended.
///
/// # Errors
/// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED (no MANAGE_THREAD), BAD_STATE (started before).
pub unsafe fn start(
    thread: Handle,
    entry: Entry,
    stack_end: usize,
    arg1: u64,
    arg2: u64,
) -> Result {
    // As after a call: functions expect the place of a return address below the alignment.
    let stack = stack_end - size_of::<usize>();
    // SAFETY: `entry` has the C ABI; the rest is the caller's promise.
    Status::ok(unsafe {
        syscalls::thread_start(thread.into_raw(), entry as usize, stack, arg1, arg2)
    })
}

/// What a thread begins with besides.
#[derive(Clone, Copy, Debug, Default)]
pub struct Registers {
    /// The thread pointer.
    pub tp: u64,
    /// The register of the shadow call stack; of x86-64, which has none, r15.
    pub abi_reg: u64,
}

/// As [`start`], with more registers. Not in 2020.
///
/// # Safety
/// As there; the thread pointer is that of a thread control block, which stays.
///
/// # Errors
/// As there; INVALID_ARGS for what the registers cannot hold, NOT_SUPPORTED where there is no such call.
pub unsafe fn start_with(
    thread: Handle,
    entry: Entry,
    stack_end: usize,
    (arg1, arg2): (u64, u64),
    Registers { tp, abi_reg }: Registers,
) -> Result {
    let stack = stack_end - size_of::<usize>();
    // SAFETY: as in `start`.
    Status::ok(unsafe {
        syscalls::thread_start_regs(
            thread.into_raw(),
            entry as usize,
            stack,
            arg1,
            arg2,
            tp,
            abi_reg,
        )
    })
}

/// Ends the calling thread.
pub fn exit() -> ! {
    // SAFETY: takes no pointer; nothing of the thread is left to run.
    match unsafe { syscalls::thread_exit() } {}
}

/// What a thread is doing (`ZX_THREAD_STATE_*`).
///
/// # Errors
/// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED (no INSPECT).
pub fn state(thread: Handle) -> Result<u32> {
    thread.info::<InfoThread>(INFO_THREAD).map(|info| info.state)
}

/// Sets the thread pointer of the calling thread, to which the handle must be.
///
/// # Safety
/// The pointer is that of a thread control block, which stays.
///
/// # Errors
/// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED (no SET_PROPERTY, or another thread), INVALID_ARGS (no
/// address).
pub unsafe fn set_thread_pointer(thread: Handle, pointer: u64) -> Result {
    let bytes = pointer.to_le_bytes();
    // SAFETY: the bytes have the size passed; the caller's promise.
    Status::ok(unsafe {
        syscalls::object_set_property(
            thread.into_raw(),
            PROP_REGISTER_FS,
            bytes.as_ptr(),
            bytes.len(),
        )
    })
}
