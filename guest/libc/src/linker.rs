//! What the dynamic linker exports for this library.

use core::ffi::{c_int, c_void};

use crate::dl::{Callback, TlsIndex};

unsafe extern "C" {
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
    /// The address that a name is bound to; 0 if no image defines it.
    pub fn dl_lookup(name: *const u8, size: usize) -> usize;
    /// How many bytes a thread's storage has below its thread pointer, and how that is aligned.
    pub fn dl_tls_layout(size: *mut usize, align: *mut usize);
    /// Copies what the images begin with into the storage below a thread pointer.
    pub fn dl_tls_fill(pointer: *mut u8);
    /// The address of a thread-local variable.
    pub fn dl_tls_get_addr(index: *const TlsIndex) -> u64;
}
