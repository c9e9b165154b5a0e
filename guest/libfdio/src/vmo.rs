//! Content of files as VMOs (lib/fdio/io.h), and their mappings.

use alloc::sync::Arc;
use alloc::vec;
use core::ffi::c_int;

use guest_rt::io::{MAX_TRANSFER, VmoFlags, attributes, file};
use guest_rt::{Handle, Owned, memory, syscalls};
use zx_abi::{Status, VmOptions};

use crate::object::Object;
use crate::{descriptor, status};

unsafe extern "C" {
    safe fn zx_vmar_root_self() -> u32;
}

/// The file that a descriptor leads to.
fn file_of(fd: c_int) -> Result<(Arc<Object>, Handle), Status> {
    let object = descriptor::get(fd).map_err(|_| Status::BAD_HANDLE)?;
    let file = object.remote().map_err(|_| Status::NOT_SUPPORTED)?.file()?;
    Ok((object, file))
}

fn get(fd: c_int, flags: VmoFlags) -> Result<Owned, Status> {
    let (_object, file) = file_of(fd)?;
    file::backing_memory(file, flags)
}

const CLONE: VmoFlags = VmoFlags::READ.union(VmoFlags::PRIVATE_CLONE);

/// A copy of what the file holds now, made here if its server makes none.
fn copy(fd: c_int) -> Result<Owned, Status> {
    get(fd, CLONE).or_else(|_| read_all(fd))
}

fn read_all(fd: c_int) -> Result<Owned, Status> {
    let (_object, file) = file_of(fd)?;
    let size = attributes::get(file)?.content_size;
    let vmo = Owned::new(memory::create_vmo(size)?);
    let mut buffer = vec![0; MAX_TRANSFER];
    let mut done = 0;
    while done < size {
        let room = usize::try_from(size - done).map_or(MAX_TRANSFER, |left| left.min(MAX_TRANSFER));
        let part = buffer.get_mut(..room).ok_or(Status::INTERNAL)?;
        let count = file::read(file, Some(done), part)?;
        if count == 0 {
            break;
        }
        memory::write_vmo(vmo.get(), done, part.get(..count).ok_or(Status::IO)?)?;
        done += count as u64;
    }
    Ok(vmo)
}

/// # Safety
/// `out` is valid for the write.
unsafe fn give(vmo: Result<Owned, Status>, out: *mut u32) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { status::give(vmo.map(|vmo| vmo.into_inner().into_raw()), out) }
}

/// A copy of what the file holds now.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_get_vmo_copy(fd: c_int, out: *mut u32) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { give(copy(fd), out) }
}

/// A copy that the file's server makes.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_get_vmo_clone(fd: c_int, out: *mut u32) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { give(get(fd, CLONE), out) }
}

/// The file's very own.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_get_vmo_exact(fd: c_int, out: *mut u32) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { give(get(fd, VmoFlags::READ | VmoFlags::SHARED_BUFFER), out) }
}

/// A copy that can be executed.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_get_vmo_exec(fd: c_int, out: *mut u32) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { give(get(fd, CLONE | VmoFlags::EXECUTE), out) }
}

/// Maps a file for libc.so's `mmap`: at an offset of the root VMAR, so many bytes, with
/// `zx_vm_option_t` and flags of `mmap`. Hands out the address, and returns a status.
///
/// # Safety
/// `out` is valid for the write, and nobody uses what the mapping replaces.
#[unsafe(no_mangle)]
unsafe extern "C" fn _mmap_file(
    place: usize,
    size: usize,
    options: u32,
    flags: c_int,
    fd: c_int,
    offset: u64,
    out: *mut usize,
) -> i32 {
    const MAP_PRIVATE: c_int = 2;
    let options = VmOptions::from_bits_retain(options);
    let wanted = [
        (options.contains(VmOptions::PERM_READ), VmoFlags::READ),
        (options.contains(VmOptions::PERM_WRITE), VmoFlags::WRITE),
        (options.contains(VmOptions::PERM_EXECUTE), VmoFlags::EXECUTE),
        (flags & MAP_PRIVATE != 0, VmoFlags::PRIVATE_CLONE),
    ];
    let wanted = wanted.iter().filter(|(is_wanted, _)| *is_wanted);
    let map = || {
        let vmo = get(fd, wanted.map(|(_, flag)| *flag).collect())?;
        // What the file has no bytes for faults, as it does elsewhere.
        let options = options | VmOptions::ALLOW_FAULTS;
        // SAFETY: the caller's promise.
        Status::ok(unsafe {
            syscalls::vmar_map(
                zx_vmar_root_self(),
                options.bits(),
                place as u64,
                vmo.get().into_raw(),
                offset,
                size,
                out,
            )
        })
    };
    status::of(map())
}
