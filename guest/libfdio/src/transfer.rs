//! Reading and writing: unistd.h, sys/uio.h.

use alloc::vec::Vec;
use core::ffi::{c_int, c_void};
use core::slice;

use zx_abi::SOCKET_CAPACITY;

use crate::descriptor;
use crate::errno::{EINVAL, Result, answer};
use crate::object::Which;

/// `struct iovec`
#[repr(C)]
pub struct Iovec {
    pub start: *mut c_void,
    pub size: usize,
}

/// Parts of a transfer, at most (`IOV_MAX`).
const MAX_PARTS: c_int = 1024;

/// # Safety
/// There are so many parts.
unsafe fn parts<'a>(parts: *const Iovec, count: c_int) -> Result<&'a [Iovec]> {
    if !(0..=MAX_PARTS).contains(&count) {
        return Err(EINVAL);
    }
    // SAFETY: the caller's promise.
    Ok(if count == 0 { &[] } else { unsafe { slice::from_raw_parts(parts, count as usize) } })
}

/// An offset in a file.
fn at(offset: i64) -> Result<Which> {
    u64::try_from(offset).map(Which::At).map_err(|_| EINVAL)
}

/// Transfers one part after the other, as long as each is transferred as a whole. Only what goes
/// wrong at the start is an error.
fn transfer(
    list: &[Iovec],
    which: Which,
    mut act: impl FnMut(&Iovec, Which) -> Result<usize>,
) -> Result<isize> {
    let mut total = 0;
    for part in list.iter().filter(|part| part.size != 0) {
        match act(part, which.after(total)) {
            Ok(size) => {
                total += size;
                if size < part.size {
                    break;
                }
            }
            Err(error) if total == 0 => return Err(error),
            Err(_) => break,
        }
    }
    Ok(total as isize)
}

/// How many bytes the parts of a message have, which is written and read as a whole.
///
/// # Errors
/// EINVAL, if a socket never has room for them.
fn message_size(list: &[Iovec]) -> Result<usize> {
    let size = list.iter().try_fold(0, |size: usize, part| size.checked_add(part.size));
    size.filter(|&size| size <= SOCKET_CAPACITY).ok_or(EINVAL)
}

/// Reads bytes into parts.
///
/// # Safety
/// There are so many parts, and each is as large as it says.
pub unsafe fn read_parts(
    fd: c_int,
    list: *const Iovec,
    count: c_int,
    which: Which,
) -> Result<isize> {
    let object = descriptor::get(fd)?;
    // SAFETY: the caller's promise.
    let list = unsafe { parts(list, count) }?;
    if list.len() > 1 && object.keeps_messages() {
        let mut message = alloc::vec![0; message_size(list).unwrap_or(SOCKET_CAPACITY)];
        let size = object.read(which, &mut message)?;
        let mut rest = &message[..size];
        for part in list.iter().filter(|part| part.size != 0) {
            let (piece, after) = rest.split_at(rest.len().min(part.size));
            // SAFETY: the caller's promise.
            unsafe {
                part.start.cast::<u8>().copy_from_nonoverlapping(piece.as_ptr(), piece.len());
            }
            rest = after;
        }
        return Ok(size as isize);
    }
    let mut begun = false;
    transfer(list, which, |part, which| {
        // Only for the first part something is waited for.
        if begun && !object.has_input() {
            return Ok(0);
        }
        begun = true;
        // SAFETY: the caller's promise.
        let buffer = unsafe { slice::from_raw_parts_mut(part.start.cast::<u8>(), part.size) };
        object.read(which, buffer)
    })
}

/// Writes the bytes of parts.
///
/// # Safety
/// There are so many parts, and each is as large as it says.
pub unsafe fn write_parts(
    fd: c_int,
    list: *const Iovec,
    count: c_int,
    which: Which,
) -> Result<isize> {
    let object = descriptor::get(fd)?;
    // SAFETY: the caller's promise.
    let list = unsafe { parts(list, count) }?;
    let bytes = |part: &Iovec| match part.size {
        // Its address may be none.
        0 => &[],
        // SAFETY: the caller's promise.
        size => unsafe { slice::from_raw_parts(part.start.cast::<u8>(), size) },
    };
    if list.len() > 1 && object.keeps_messages() {
        let mut message = Vec::with_capacity(message_size(list)?);
        list.iter().for_each(|part| message.extend_from_slice(bytes(part)));
        return object.write(which, &message).map(|size| size as isize);
    }
    transfer(list, which, |part, which| object.write(which, bytes(part)))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn read(fd: c_int, buffer: *mut c_void, size: usize) -> isize {
    let part = Iovec { start: buffer, size };
    // SAFETY: the caller's promise.
    unsafe { readv(fd, &part, 1) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn write(fd: c_int, bytes: *const c_void, size: usize) -> isize {
    let part = Iovec { start: bytes.cast_mut(), size };
    // SAFETY: the caller's promise.
    unsafe { writev(fd, &part, 1) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn readv(fd: c_int, list: *const Iovec, count: c_int) -> isize {
    // SAFETY: the caller's promise.
    answer(unsafe { read_parts(fd, list, count, Which::Next) })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn writev(fd: c_int, list: *const Iovec, count: c_int) -> isize {
    // SAFETY: the caller's promise.
    answer(unsafe { write_parts(fd, list, count, Which::Next) })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pread(fd: c_int, buffer: *mut c_void, size: usize, offset: i64) -> isize {
    let part = Iovec { start: buffer, size };
    // SAFETY: the caller's promise.
    unsafe { preadv(fd, &part, 1, offset) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pwrite(fd: c_int, bytes: *const c_void, size: usize, offset: i64) -> isize {
    let part = Iovec { start: bytes.cast_mut(), size };
    // SAFETY: the caller's promise.
    unsafe { pwritev(fd, &part, 1, offset) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn preadv(fd: c_int, list: *const Iovec, count: c_int, offset: i64) -> isize {
    // SAFETY: the caller's promise.
    answer(at(offset).and_then(|which| unsafe { read_parts(fd, list, count, which) }))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pwritev(fd: c_int, list: *const Iovec, count: c_int, offset: i64) -> isize {
    // SAFETY: the caller's promise.
    answer(at(offset).and_then(|which| unsafe { write_parts(fd, list, count, which) }))
}
