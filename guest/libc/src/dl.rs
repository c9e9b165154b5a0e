//! Images: link.h, and what compilers call.

use core::arch::naked_asm;
use core::ffi::{c_char, c_int, c_void};
use core::ptr;

use crate::linker;

/// `dl_phdr_info`
#[repr(C)]
pub struct ImageInfo {
    pub bias: u64,
    pub name: *const c_char,
    pub headers: *const ProgramHeader,
    pub header_count: u16,
    pub adds: u64,
    pub subs: u64,
    pub tls_module: usize,
    pub tls_data: *mut c_void,
}

/// `Elf64_Phdr`
#[derive(Clone, Copy)]
#[repr(C)]
pub struct ProgramHeader {
    pub kind: u32,
    pub flags: u32,
    pub offset: u64,
    pub vaddr: u64,
    pub paddr: u64,
    pub filesz: u64,
    pub memsz: u64,
    pub align: u64,
}

pub const PT_LOAD: u32 = 1;
pub const PT_GNU_EH_FRAME: u32 = 0x6474_e550;

/// What is told of an image. It ends the iteration unless it returns 0.
pub type Callback =
    unsafe extern "C" fn(info: *mut ImageInfo, size: usize, data: *mut c_void) -> c_int;

/// The argument of [`__tls_get_addr`].
#[repr(C)]
pub struct TlsIndex {
    module: u64,
    offset: u64,
}

#[unsafe(no_mangle)]
unsafe extern "C" fn dl_iterate_phdr(callback: Callback, data: *mut c_void) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { linker::dl_iterate(callback, data) }
}

/// Calls `each` with every image, the program first, until it returns something.
pub fn find_image<R>(mut each: impl FnMut(&ImageInfo) -> Option<R>) -> Option<R> {
    struct Search<'a, R> {
        each: &'a mut dyn FnMut(&ImageInfo) -> Option<R>,
        found: Option<R>,
    }
    unsafe extern "C" fn look<R>(info: *mut ImageInfo, _: usize, data: *mut c_void) -> c_int {
        // SAFETY: the linker passes an image, and the pointer of below.
        let (info, search) = unsafe { (&*info, &mut *data.cast::<Search<'_, R>>()) };
        search.found = (search.each)(info);
        c_int::from(search.found.is_some())
    }
    let mut search = Search { each: &mut each, found: None };
    // SAFETY: the callback gets what it expects.
    unsafe { linker::dl_iterate(look::<R>, ptr::from_mut(&mut search).cast()) };
    search.found
}

impl ImageInfo {
    /// Its program headers.
    pub fn headers(&self) -> &[ProgramHeader] {
        if self.headers.is_null() || self.header_count == 0 {
            return &[];
        }
        // SAFETY: the linker tells of headers in memory, which stay.
        unsafe { core::slice::from_raw_parts(self.headers, self.header_count.into()) }
    }
}

/// The psABI's function, which code of libraries calls.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn __tls_get_addr(index: *const TlsIndex) -> u64 {
    naked_asm!("jmp [rip + {}@GOTPCREL]", sym linker::dl_tls_get_addr)
}
