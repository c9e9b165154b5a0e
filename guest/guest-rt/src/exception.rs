//! Exception channels, and what comes through them.

use zerocopy::{FromBytes, IntoBytes};
use zx_abi::{
    ExceptionInfo, ExceptionState, PROP_EXCEPTION_STATE, Result, Signals, Status,
    THREAD_STATE_GENERAL_REGS, TIME_INFINITE, X86_64Registers,
};

use crate::{Handle, Owned, channel, syscalls};

/// Creates the exception channel of a task; `options` as `zx_task_create_exception_channel` has them.
///
/// # Errors
/// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED, INVALID_ARGS, BAD_STATE (dead), ALREADY_BOUND, NO_MEMORY.
pub fn create_channel(task: Handle, options: u32) -> Result<Owned> {
    let mut channel = 0;
    // SAFETY: `channel` is valid for the write.
    Status::ok(unsafe {
        syscalls::task_create_exception_channel(task.into_raw(), options, &mut channel)
    })?;
    Ok(Owned::new(Handle::from_raw(channel)))
}

/// Waits for the next exception.
///
/// # Errors
/// PEER_CLOSED once the task is dead; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED.
pub fn receive(channel: Handle) -> Result<(ExceptionInfo, Owned)> {
    channel.wait(Signals::READABLE | Signals::PEER_CLOSED, TIME_INFINITE)?;
    let (mut bytes, mut handles) = ([0; size_of::<ExceptionInfo>()], [Handle::INVALID]);
    let (message, handles) = channel::read(channel, &mut bytes, &mut handles)?;
    let info = ExceptionInfo::read_from_bytes(message).map_err(|_| Status::IO_DATA_INTEGRITY)?;
    let exception = handles.first().ok_or(Status::IO_DATA_INTEGRITY)?;
    Ok((info, Owned::new(*exception)))
}

/// The thread of an exception.
///
/// # Errors
/// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED, NO_MEMORY.
pub fn thread(exception: Handle) -> Result<Owned> {
    let mut thread = 0;
    // SAFETY: `thread` is valid for the write.
    Status::ok(unsafe { syscalls::exception_get_thread(exception.into_raw(), &mut thread) })?;
    Ok(Owned::new(Handle::from_raw(thread)))
}

/// Says what becomes of the thread once the handle is closed.
///
/// # Errors
/// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED, INVALID_ARGS.
pub fn set_state(exception: Handle, state: ExceptionState) -> Result {
    let bytes = (state as u32).to_le_bytes();
    // SAFETY: the bytes have the size passed.
    Status::ok(unsafe {
        syscalls::object_set_property(
            exception.into_raw(),
            PROP_EXCEPTION_STATE,
            bytes.as_ptr(),
            bytes.len(),
        )
    })
}

/// The general registers of a thread that is in an exception, or suspended.
///
/// # Errors
/// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED, BAD_STATE.
pub fn registers(thread: Handle) -> Result<X86_64Registers> {
    let mut registers = X86_64Registers::default();
    let bytes = registers.as_mut_bytes();
    // SAFETY: the bytes are as many as is passed, and every value of them is a register's.
    Status::ok(unsafe {
        syscalls::thread_read_state(
            thread.into_raw(),
            THREAD_STATE_GENERAL_REGS,
            bytes.as_mut_ptr(),
            bytes.len(),
        )
    })?;
    Ok(registers)
}

/// Changes them.
///
/// # Errors
/// As [`registers`]; INVALID_ARGS for what no program can have.
pub fn set_registers(thread: Handle, registers: &X86_64Registers) -> Result {
    let bytes = registers.as_bytes();
    // SAFETY: the bytes are as many as is passed.
    Status::ok(unsafe {
        syscalls::thread_write_state(
            thread.into_raw(),
            THREAD_STATE_GENERAL_REGS,
            bytes.as_ptr(),
            bytes.len(),
        )
    })
}

/// Raises an exception of this program's own for the debuggers of its jobs; `code` from
/// [`EXCP_USER_CODE_USER0`](zx_abi::EXCP_USER_CODE_USER0) on.
///
/// # Errors
/// None that a program of the newest ABI can make.
pub fn raise(code: u32, data: u32) -> Result {
    let details =
        zx_abi::ExceptionDetails { synth_code: code, synth_data: data, ..Default::default() };
    // SAFETY: the details are as large as the kernel reads.
    Status::ok(unsafe {
        syscalls::thread_raise_exception(
            zx_abi::EXCEPTION_TARGET_JOB_DEBUGGER,
            zx_abi::EXCP_USER,
            details.as_bytes().as_ptr(),
        )
    })
}
