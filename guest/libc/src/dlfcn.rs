//! dlfcn.h and zircon/dlfcn.h: libraries that a running program asks for.

use core::arch::naked_asm;
use core::cell::{Cell, UnsafeCell};
use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr;

use crate::linker::{self, AddressInfo};
use crate::thread::Thread;
use crate::{errno, startup};

/// Bytes of what is said of an error, with its NUL; the rest is cut off.
const ERROR_SIZE: usize = 512;

/// What a thread has not asked for yet with [`dlerror`], or asked for last.
pub struct LastError {
    text: UnsafeCell<[u8; ERROR_SIZE]>,
    is_new: Cell<bool>,
}

/// Asks the dynamic linker something that it answers with an error's text or not. Returns `failed`
/// and keeps the text in the first case.
fn ask<R: PartialEq>(failed: R, question: impl FnOnce(*mut u8, usize) -> R) -> R {
    let mut text = [0; ERROR_SIZE];
    let answer = question(text.as_mut_ptr(), text.len());
    if answer == failed {
        let error = &Thread::current().dl_error;
        // SAFETY: the text is this thread's alone, and is what `dlerror` said until the next error.
        unsafe { error.text.get().write(text) };
        error.is_new.set(true);
    }
    answer
}

/// A library, and what it needs; the program for null or "". Libraries stay until the process ends.
/// All symbols are bound at once, whatever the mode says.
#[unsafe(no_mangle)]
unsafe extern "C" fn dlopen(name: *const c_char, mode: c_int) -> *mut c_void {
    let name = if name.is_null() {
        &[]
    } else {
        // SAFETY: the caller's promise.
        unsafe { CStr::from_ptr(name) }.to_bytes()
    };
    open(name, 0, mode)
}

/// As [`dlopen`], from a VMO that may be executed. It stays with the caller.
#[unsafe(no_mangle)]
extern "C" fn dlopen_vmo(vmo: u32, mode: c_int) -> *mut c_void {
    if vmo == 0 {
        errno::set(errno::EINVAL);
        return ptr::null_mut();
    }
    open(&[], vmo, mode)
}

fn open(name: &[u8], vmo: u32, mode: c_int) -> *mut c_void {
    let root_vmar = startup::root_vmar().into_raw();
    let handle = ask(0, |error, size| {
        // SAFETY: name and error have these sizes.
        unsafe { linker::dl_open(name.as_ptr(), name.len(), vmo, mode, root_vmar, error, size) }
    });
    handle as *mut c_void
}

/// Libraries stay: all that is looked at is the handle.
#[unsafe(no_mangle)]
extern "C" fn dlclose(handle: *mut c_void) -> c_int {
    let is_open = ask(false, |error, size| {
        // SAFETY: the error has this size.
        unsafe { linker::dl_is_open(handle as usize, error, size) }
    });
    if is_open { 0 } else { -1 }
}

/// Passes on where it was called from, which RTLD_NEXT asks for.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void {
    naked_asm!("mov rdx, [rsp]", "jmp {}", sym find)
}

unsafe extern "C" fn find(handle: *mut c_void, name: *const c_char, caller: u64) -> *mut c_void {
    // SAFETY: the caller's promise.
    let name = unsafe { CStr::from_ptr(name) }.to_bytes();
    let address = ask(0, |error, size| {
        // SAFETY: name and error have these sizes.
        unsafe {
            linker::dl_symbol(handle as usize, name.as_ptr(), name.len(), caller, error, size)
        }
    });
    address as *mut c_void
}

/// What went wrong last in this thread, once; null if nothing did since. It is the thread's until
/// something goes wrong again.
#[unsafe(no_mangle)]
extern "C" fn dlerror() -> *mut c_char {
    let error = &Thread::current().dl_error;
    if error.is_new.replace(false) { error.text.get().cast() } else { ptr::null_mut() }
}

/// Returns 0 if no image is there.
#[unsafe(no_mangle)]
unsafe extern "C" fn dladdr(address: *const c_void, out: *mut AddressInfo) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { linker::dl_address(address as u64, out) }
}

/// Another connection to the loader service that the program was linked with. Returns a status.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn dl_clone_loader_service(out: *mut u32) -> i32 {
    naked_asm!("jmp [rip + {}@GOTPCREL]", sym linker::dl_clone_loader)
}

/// Asks another loader service from now on, and returns the connection to the one until now, which
/// is the caller's.
#[unsafe(no_mangle)]
extern "C" fn dl_set_loader_service(loader: u32) -> u32 {
    linker::dl_set_loader(loader)
}
