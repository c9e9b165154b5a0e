//! Reading and writing: unistd.h, sys/uio.h.

use core::ffi::{c_int, c_void};
use core::slice;

use crate::descriptor;
use crate::errno::{EINVAL, Result, answer};

/// `struct iovec`
#[repr(C)]
pub struct Iovec {
    start: *mut c_void,
    size: usize,
}

/// Parts of a transfer, at most (`IOV_MAX`).
const MAX_PARTS: c_int = 1024;

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

/// # Safety
/// There are so many parts.
unsafe fn parts<'a>(parts: *const Iovec, count: c_int) -> Result<&'a [Iovec]> {
    if !(0..=MAX_PARTS).contains(&count) {
        return Err(EINVAL);
    }
    // SAFETY: the caller's promise.
    Ok(if count == 0 { &[] } else { unsafe { slice::from_raw_parts(parts, count as usize) } })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn readv(fd: c_int, list: *const Iovec, count: c_int) -> isize {
    let read = || {
        let object = descriptor::get(fd)?;
        // SAFETY: the caller's promise.
        let first = unsafe { parts(list, count)? }.iter().find(|part| part.size != 0);
        // What would go into others may have to be waited for: fewer bytes are as good.
        let Some(part) = first else { return Ok(0) };
        // SAFETY: the caller's promise.
        let buffer = unsafe { slice::from_raw_parts_mut(part.start.cast(), part.size) };
        object.read(buffer).map(|size| size as isize)
    };
    answer(read())
}

#[unsafe(no_mangle)]
unsafe extern "C" fn writev(fd: c_int, list: *const Iovec, count: c_int) -> isize {
    let write = || {
        let object = descriptor::get(fd)?;
        let mut total = 0;
        // SAFETY: the caller's promise.
        for part in unsafe { parts(list, count)? }.iter().filter(|part| part.size != 0) {
            // SAFETY: the caller's promise.
            let bytes = unsafe { slice::from_raw_parts(part.start.cast::<u8>(), part.size) };
            match object.write(bytes) {
                Ok(size) => {
                    total += size;
                    if size < bytes.len() {
                        break;
                    }
                }
                Err(error) if total == 0 => return Err(error),
                Err(_) => break,
            }
        }
        Ok(total as isize)
    };
    answer(write())
}
