//! Ends of the process: stdlib.h, and what compilers call.

use core::ffi::{CStr, c_char, c_int, c_void};
use core::mem::transmute;
use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering};

use guest_rt::bytes::Lossy;
use guest_rt::lock::Mutex;
use guest_rt::process;
use zx_abi::TIME_INFINITE;

use crate::thread::Thread;
use crate::{extensions, linker, memory, stdio};

/// A destructor, and what it gets.
pub type Destructor = unsafe extern "C" fn(*mut c_void);

/// An entry of a list of destructors, the last one first.
#[repr(C)]
pub struct Entry {
    destructor: Destructor,
    object: *mut c_void,
    next: *mut Entry,
}

impl Entry {
    /// Puts a destructor before others; null if there is no memory.
    pub fn push(destructor: Destructor, object: *mut c_void, next: *mut Entry) -> *mut Entry {
        let entry = memory::malloc(size_of::<Entry>()).cast::<Entry>();
        if !entry.is_null() {
            // SAFETY: the block has room for it.
            unsafe { entry.write(Entry { destructor, object, next }) };
        }
        entry
    }

    /// Takes the first one off, and calls it.
    ///
    /// # Safety
    /// The entry is one of [`Entry::push`], and nobody uses it any more.
    pub unsafe fn call(entry: *mut Entry) {
        // SAFETY: the caller's promise.
        unsafe {
            let Entry { destructor, object, .. } = entry.read();
            memory::free(entry.cast());
            destructor(object);
        }
    }

    /// The one after it.
    ///
    /// # Safety
    /// The entry is one of [`Entry::push`].
    pub unsafe fn next(entry: *mut Entry) -> *mut Entry {
        // SAFETY: the caller's promise.
        unsafe { (*entry).next }
    }
}

/// The head of a list.
struct List(*mut Entry);

// SAFETY: the entries belong to the list.
unsafe impl Send for List {}

static AT_EXIT: Mutex<List> = Mutex::new(List(ptr::null_mut()));
static EXITING: AtomicBool = AtomicBool::new(false);

#[unsafe(no_mangle)]
extern "C" fn __cxa_atexit(
    destructor: Destructor,
    object: *mut c_void,
    _image: *mut c_void,
) -> c_int {
    AT_EXIT.with(|list| {
        let entry = Entry::push(destructor, object, list.0);
        if entry.is_null() {
            return -1;
        }
        list.0 = entry;
        0
    })
}

#[unsafe(no_mangle)]
extern "C" fn atexit(function: unsafe extern "C" fn()) -> c_int {
    // SAFETY: a function that is called with an argument it does not have ignores it.
    let destructor = unsafe { transmute::<unsafe extern "C" fn(), Destructor>(function) };
    __cxa_atexit(destructor, ptr::null_mut(), ptr::null_mut())
}

/// Libraries stay until the end, when all destructors run.
#[unsafe(no_mangle)]
extern "C" fn __cxa_finalize(_image: *mut c_void) {}

/// A destructor of a thread-local variable of the calling thread.
#[unsafe(no_mangle)]
extern "C" fn __cxa_thread_atexit_impl(
    destructor: Destructor,
    object: *mut c_void,
    _image: *mut c_void,
) -> c_int {
    let list = &Thread::current().at_exit;
    let entry = Entry::push(destructor, object, list.get());
    if entry.is_null() {
        return -1;
    }
    list.set(entry);
    0
}

#[unsafe(no_mangle)]
pub extern "C" fn exit(code: c_int) -> ! {
    if EXITING.swap(true, Ordering::Relaxed) {
        // Another thread ends the process, or a destructor asks for it again.
        if Thread::current().exits.get() {
            _Exit(code);
        }
        loop {
            guest_rt::time::sleep_until(TIME_INFINITE);
        }
    }
    Thread::current().exits.set(true);
    Thread::current().run_destructors();
    loop {
        let entry = AT_EXIT.with(|list| {
            let entry = list.0;
            if !entry.is_null() {
                // SAFETY: it is an entry of the list.
                list.0 = unsafe { Entry::next(entry) };
            }
            entry
        });
        if entry.is_null() {
            break;
        }
        // SAFETY: it is in the list no more.
        unsafe { Entry::call(entry) };
    }
    linker::dl_finalize();
    stdio::flush_all();
    _Exit(code)
}

/// Without destructors.
#[unsafe(no_mangle)]
extern "C" fn _Exit(code: c_int) -> ! {
    if let Some(finalize) = extensions::finalize() {
        // SAFETY: takes no pointer.
        unsafe { finalize() };
    }
    process::exit(code.into())
}

#[unsafe(no_mangle)]
extern "C" fn _exit(code: c_int) -> ! {
    _Exit(code)
}

/// An exception, whose return code nobody can mistake for a program's own.
#[unsafe(no_mangle)]
extern "C" fn abort() -> ! {
    process::trap()
}

#[unsafe(no_mangle)]
extern "C" fn __stack_chk_fail() -> ! {
    guest_rt::eprintln!("libc.so: the stack is damaged");
    process::trap()
}

#[unsafe(no_mangle)]
unsafe extern "C" fn __assert_fail(
    expression: *const c_char,
    file: *const c_char,
    line: c_int,
    function: *const c_char,
) -> ! {
    let text = |text: *const c_char| {
        // SAFETY: the caller's promise.
        Lossy(unsafe { CStr::from_ptr(text) }.to_bytes())
    };
    guest_rt::eprintln!(
        "assertion failed: {} ({}: {}: {line})",
        text(expression),
        text(file),
        text(function)
    );
    process::trap()
}
