//! Threads: pthread.h, and the block that each thread has.

pub mod attributes;
mod barrier;
mod condition;
pub mod create;
pub mod key;
mod mutex;
mod name;
mod once;
mod rwlock;
mod semaphore;
mod spin;

use core::arch::asm;
use core::cell::Cell;
use core::ffi::{c_int, c_void};
use core::ptr;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use guest_rt::system;

use crate::dlfcn::LastError;
use crate::errno;
use crate::exit::Entry;
use key::Slot;

/// What is at a thread's thread pointer. Its thread-local storage is below.
#[repr(C)]
pub struct Thread {
    /// Itself: compilers read the thread pointer here.
    this: *const Thread,
    /// The psABI's dynamic thread vector, which is the dynamic linker's.
    vector: usize,
    /// `ZX_TLS_STACK_GUARD_OFFSET`
    stack_guard: usize,
    /// `ZX_TLS_UNSAFE_SP_OFFSET`: where SafeStack code puts what others may point to.
    unsafe_stack: usize,
    pub errno: Cell<c_int>,
    /// The thread's handle to itself.
    pub handle: Cell<u32>,
    /// What it runs. Code that is made for Linux takes the word here for its stack guard, which only
    /// has to stay what it is.
    start: Cell<Option<create::Start>>,
    /// Who frees its memory; see [`create`].
    state: AtomicU32,
    /// Whether it is the thread that ends the process.
    pub exits: Cell<bool>,
    /// Destructors of thread-local variables.
    pub at_exit: Cell<*mut Entry>,
    /// What it runs with, and what came of it.
    argument: Cell<*mut c_void>,
    result: Cell<*mut c_void>,
    /// The region with its stacks and this block.
    region: Cell<create::Region>,
    keys: [Cell<Slot>; key::MAX_KEYS],
    pub dl_error: LastError,
}

const _: () = {
    assert!(core::mem::offset_of!(Thread, stack_guard) == 0x10);
    assert!(core::mem::offset_of!(Thread, unsafe_stack) == 0x18);
    assert!(core::mem::offset_of!(Thread, start) == 0x28);
};

/// What all threads have as their stack guard.
static STACK_GUARD: AtomicUsize = AtomicUsize::new(0);

/// Chooses the stack guard, before the first thread is created.
pub fn choose_guard() {
    let mut bytes = [0; size_of::<usize>()];
    system::random(&mut bytes);
    STACK_GUARD.store(usize::from_ne_bytes(bytes), Ordering::Relaxed);
}

impl Thread {
    /// The calling thread's.
    pub fn current() -> &'static Thread {
        let this: *const Thread;
        // SAFETY: the thread pointer is that of a block, whose first word it is; it stays as long
        // as its thread does.
        unsafe {
            asm!("mov {}, fs:0", out(reg) this, options(nostack, pure, readonly, preserves_flags));
            &*this
        }
    }

    /// Its thread pointer.
    pub fn pointer(&self) -> u64 {
        self.this.expose_provenance() as u64
    }

    /// Runs the destructors of the calling thread's variables.
    pub fn run_destructors(&self) {
        loop {
            let entry = self.at_exit.get();
            if entry.is_null() {
                break;
            }
            // SAFETY: it is the head of the thread's list, and in it no more.
            unsafe {
                self.at_exit.set(Entry::next(entry));
                Entry::call(entry);
            }
        }
    }
}

#[unsafe(no_mangle)]
extern "C" fn pthread_self() -> *const Thread {
    ptr::from_ref(Thread::current())
}

#[unsafe(no_mangle)]
extern "C" fn pthread_equal(one: *const Thread, other: *const Thread) -> c_int {
    c_int::from(one == other)
}

/// No process forks: what is to be done then never is.
#[unsafe(no_mangle)]
extern "C" fn pthread_atfork(
    _prepare: *const c_void,
    _parent: *const c_void,
    _child: *const c_void,
) -> c_int {
    0
}

/// Threads end by themselves. Returns an error's number.
#[unsafe(no_mangle)]
extern "C" fn pthread_cancel(_thread: *const Thread) -> c_int {
    errno::ENOSYS
}
