//! Telling a program of its images (`dl_iterate_phdr` of link.h).

use core::ffi::{c_char, c_int, c_void};
use core::ptr;

use crate::elf::{PT_GNU_STACK, ProgramHeader};
use crate::global;
use crate::late_tls;
use crate::module::TlsSegment;
use crate::modules::PROGRAM;
use crate::tls;

/// `dl_phdr_info`
#[repr(C)]
pub struct ImageInfo {
    bias: u64,
    /// NUL-terminated.
    name: *const c_char,
    headers: *const c_void,
    header_count: u16,
    /// How many images have come, and how many gone.
    adds: u64,
    subs: u64,
    tls_module: usize,
    /// Of the calling thread; null if it has none yet.
    tls_data: *mut c_void,
}

/// What is told of an image. It ends the iteration unless it returns 0.
pub type Callback =
    unsafe extern "C" fn(info: *mut ImageInfo, size: usize, data: *mut c_void) -> c_int;

/// Tells `callback` of each image, and returns what it returned last.
///
/// # Safety
/// The thread pointer is set, and the callback may be called with `data`.
// SAFETY: exported to libc.so, which declares it with this signature.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dl_iterate(callback: Callback, data: *mut c_void) -> c_int {
    let Some(linked) = global::linked() else { return 0 };
    let modules = linked.modules.view();
    let mut returned = 0;
    for index in modules.all() {
        let Some(module) = modules.get(index) else { continue };
        let headers = module.headers;
        let tls_data = match module.tls {
            Some(TlsSegment { offset: Some(offset), .. }) => {
                tls::pointer().wrapping_sub(offset) as *mut c_void
            }
            Some(_) => late_tls::find(index).map_or(ptr::null_mut(), <*mut u8>::cast),
            None => ptr::null_mut(),
        };
        let mut info = ImageInfo {
            bias: module.image.bias,
            name: module.name.as_ptr().cast(),
            headers: module.image.bias.wrapping_add(headers.address) as *const c_void,
            header_count: (headers.size / size_of::<ProgramHeader>() as u64) as u16,
            adds: modules.loaded().end as u64,
            subs: 0,
            tls_module: if module.tls.is_some() { index } else { 0 },
            tls_data,
        };
        // SAFETY: the caller's promise.
        returned = unsafe { callback(&mut info, size_of::<ImageInfo>(), data) };
        if returned != 0 {
            break;
        }
    }
    returned
}

/// How large the program wants its stack (PT_GNU_STACK); 0 if it does not say. Nobody needs a
/// thread pointer to ask.
// SAFETY: exported to libc.so, which declares it with this signature.
#[unsafe(no_mangle)]
pub extern "C" fn dl_stack_size() -> usize {
    let size = || {
        let program = global::linked()?.modules.view().get(PROGRAM)?;
        let headers = program.headers;
        let count = headers.size / size_of::<ProgramHeader>() as u64;
        (0..count)
            .filter_map(|index| program.image.read_at::<ProgramHeader>(headers.address, index))
            .find(|header| header.kind == PT_GNU_STACK)
            .map(|header| header.memsz as usize)
    };
    size().unwrap_or(0)
}
