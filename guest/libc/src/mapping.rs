//! sys/mman.h, over VMOs.

use core::ffi::{c_int, c_void};
use core::ptr;

use guest_rt::{memory, syscalls};
use zx_abi::{PAGE_SIZE, Result, Status, VmOptions};

use crate::{errno, extensions, startup};

const PROT_READ: c_int = 1;
const PROT_WRITE: c_int = 2;
const PROT_EXEC: c_int = 4;
const MAP_SHARED: c_int = 1;
const MAP_PRIVATE: c_int = 2;
const MAP_FIXED: c_int = 0x10;
const MAP_ANON: c_int = 0x20;

const FAILED: *mut c_void = ptr::without_provenance_mut(usize::MAX);

/// What a mapping with this protection allows. Zircon has none that can only be written.
fn permissions(protection: c_int) -> VmOptions {
    let mut options = VmOptions::empty();
    options.set(VmOptions::PERM_READ, protection & (PROT_READ | PROT_WRITE) != 0);
    options.set(VmOptions::PERM_WRITE, protection & PROT_WRITE != 0);
    options.set(VmOptions::PERM_EXECUTE, protection & PROT_EXEC != 0);
    options
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mmap(
    address: *mut c_void,
    size: usize,
    protection: c_int,
    flags: c_int,
    fd: c_int,
    offset: i64,
) -> *mut c_void {
    // SAFETY: the caller's promise, for what MAP_FIXED replaces.
    match unsafe { map(address as usize, size, protection, flags, fd, offset) } {
        Ok(address) => address as *mut c_void,
        Err(error) => {
            errno::set(error);
            FAILED
        }
    }
}

/// # Safety
/// Nobody uses what MAP_FIXED replaces.
unsafe fn map(
    address: usize,
    size: usize,
    protection: c_int,
    flags: c_int,
    fd: c_int,
    offset: i64,
) -> core::result::Result<usize, c_int> {
    let size = size.checked_next_multiple_of(PAGE_SIZE as usize).ok_or(errno::ENOMEM)?;
    let kind = flags & (MAP_SHARED | MAP_PRIVATE);
    let aligned = offset >= 0 && (offset as u64).is_multiple_of(PAGE_SIZE);
    if size == 0 || !aligned || kind == 0 || kind == MAP_SHARED | MAP_PRIVATE {
        return Err(errno::EINVAL);
    }
    let mut options = permissions(protection);
    let mut place = 0;
    if flags & MAP_FIXED != 0 {
        options |= VmOptions::SPECIFIC_OVERWRITE;
        place = address.checked_sub(root_base()?).ok_or(errno::ENOMEM)?;
    }
    let mut mapped = 0;
    let status = if flags & MAP_ANON != 0 {
        let vmo = memory::create_vmo(size as u64).map_err(errno::of_status)?;
        // A name is for people: without one all the same is well.
        let _ = vmo.set_name(b"mmap");
        // SAFETY: `mapped` is valid for the write; the caller's promise.
        let status = unsafe {
            syscalls::vmar_map(
                startup::root_vmar().into_raw(),
                options.bits(),
                place as u64,
                vmo.into_raw(),
                0,
                size,
                &mut mapped,
            )
        };
        vmo.close();
        status
    } else {
        let map_file = extensions::map_file().ok_or(errno::ENODEV)?;
        // SAFETY: as above.
        unsafe { map_file(place, size, options.bits(), flags, fd, offset, &mut mapped) }
    };
    match Status::from_raw(status) {
        Status::OK => Ok(mapped),
        Status::NO_RESOURCES => Err(errno::ENOMEM),
        Status::BAD_HANDLE => Err(errno::EBADF),
        Status::NOT_SUPPORTED => Err(errno::ENODEV),
        status => Err(errno::of_status(status)),
    }
}

/// Where the address space begins.
fn root_base() -> core::result::Result<usize, c_int> {
    startup::root_vmar().vmar_info().map(|info| info.base as usize).map_err(errno::of_status)
}

/// Sets `errno` by a result.
fn answer(result: Result) -> c_int {
    match result {
        Ok(()) => 0,
        Err(status) => errno::fail(errno::of_status(status)),
    }
}

fn pages(address: *mut c_void, size: usize) -> Option<(usize, usize)> {
    let address = address as usize;
    let size = size.checked_next_multiple_of(PAGE_SIZE as usize)?;
    (address.is_multiple_of(PAGE_SIZE as usize)).then_some((address, size))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn munmap(address: *mut c_void, size: usize) -> c_int {
    let Some((address, size)) = pages(address, size).filter(|&(_, size)| size != 0) else {
        return errno::fail(errno::EINVAL);
    };
    // SAFETY: the caller's promise.
    answer(unsafe { memory::unmap(startup::root_vmar(), address, size) })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mprotect(address: *mut c_void, size: usize, protection: c_int) -> c_int {
    let Some((address, size)) = pages(address, size) else { return errno::fail(errno::EINVAL) };
    if size == 0 {
        return 0;
    }
    // SAFETY: the caller's promise.
    answer(unsafe { memory::protect(startup::root_vmar(), permissions(protection), address, size) })
}

/// Advice, which is taken by doing nothing.
#[unsafe(no_mangle)]
extern "C" fn madvise(_address: *mut c_void, _size: usize, _advice: c_int) -> c_int {
    0
}

#[unsafe(no_mangle)]
extern "C" fn posix_madvise(_address: *mut c_void, _size: usize, _advice: c_int) -> c_int {
    0
}

#[unsafe(no_mangle)]
extern "C" fn msync(_address: *mut c_void, _size: usize, _flags: c_int) -> c_int {
    0
}
