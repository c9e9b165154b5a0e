//! Facts about the system, which the vDSO knows by itself, and random bytes.

use core::slice;

use crate::syscalls;

/// How many processors there are at most.
pub fn num_cpus() -> u32 {
    // SAFETY: takes no pointer.
    unsafe { syscalls::system_get_num_cpus() }
}

/// Bytes of physical memory.
pub fn physmem() -> u64 {
    // SAFETY: takes no pointer.
    unsafe { syscalls::system_get_physmem() }
}

/// The system's version.
pub fn version() -> &'static [u8] {
    // SAFETY: takes no pointer; the text is part of the vDSO, which is never unmapped.
    unsafe {
        let view = syscalls::system_get_version_string();
        slice::from_raw_parts(view.data, view.length)
    }
}

/// Fills the buffer with random bytes.
pub fn random(buffer: &mut [u8]) {
    // SAFETY: the buffer has the size passed.
    unsafe { syscalls::cprng_draw(buffer.as_mut_ptr(), buffer.len()) }
}
