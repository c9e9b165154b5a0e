//! What the dynamic linker exports for this library.

use core::ffi::{c_char, c_int, c_void};

use crate::dl::{Callback, TlsIndex};

/// `Dl_info`
#[repr(C)]
pub struct AddressInfo {
    file: *const c_char,
    base: *mut c_void,
    symbol: *const c_char,
    symbol_address: *mut c_void,
}

unsafe extern "C" {
    /// Tells of the image at an address. Returns 0 if there is none.
    pub fn dl_address(address: u64, out: *mut AddressInfo) -> c_int;
    /// Another connection to the loader service.
    pub fn dl_clone_loader(out: *mut u32) -> i32;
    /// Runs the constructors of all images.
    pub safe fn dl_initialize();
    /// Runs the destructors of all images.
    pub safe fn dl_finalize();
    /// Tells of all images.
    pub fn dl_iterate(callback: Callback, data: *mut c_void) -> c_int;
    /// How large the program wants its stack; 0 if it does not say.
    pub safe fn dl_stack_size() -> usize;
    /// Whether a handle is one of [`dl_open`]; else why not, as a string.
    pub fn dl_is_open(handle: usize, error: *mut u8, error_size: usize) -> bool;
    /// Opens a library, by its name or from a file, and returns a handle; 0 if that fails, and why
    /// as a string.
    pub fn dl_open(
        name: *const u8,
        size: usize,
        file: u32,
        mode: c_int,
        root_vmar: u32,
        error: *mut u8,
        error_size: usize,
    ) -> usize;
    /// Replaces the loader service.
    pub safe fn dl_set_loader(loader: u32) -> u32;
    /// Lends the linker an allocator.
    pub fn dl_set_memory(
        allocate: extern "C" fn(align: usize, size: usize) -> *mut c_void,
        free: unsafe extern "C" fn(block: *mut c_void),
    );
    /// The address of what a name means for a handle; 0 if it means nothing, and why as a string.
    pub fn dl_symbol(
        handle: usize,
        name: *const u8,
        size: usize,
        caller: u64,
        error: *mut u8,
        error_size: usize,
    ) -> usize;
    /// Frees the thread-local storage that the calling thread has got while it ran.
    pub safe fn dl_tls_release();
    /// How many bytes a thread's storage has below its thread pointer, and how that is aligned.
    pub fn dl_tls_layout(size: *mut usize, align: *mut usize);
    /// Copies what the images begin with into the storage below a thread pointer.
    pub fn dl_tls_fill(pointer: *mut u8);
    /// The address of a thread-local variable.
    pub fn dl_tls_get_addr(index: *const TlsIndex) -> u64;
}
