//! Lives of threads. A thread's stacks and its block are in one region, which is unmapped when the
//! thread has ended: by itself if it is detached, else by who joins it.
//!
//! From below: a guard, the stack, right above it thread-local storage and the block, a second
//! guard, and the unsafe stack.

use core::ffi::{c_int, c_void};
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};

use guest_rt::{Handle, memory, process, syscalls, thread as kernel_thread};
use zx_abi::{PAGE_SIZE, Result, Signals, Status, TIME_INFINITE, VmOptions};

use super::attributes::Attributes;
use super::{STACK_GUARD, Thread, key};
use crate::{errno, exit, linker, startup};

/// Below each stack, unless told otherwise.
pub const GUARD_SIZE: usize = PAGE_SIZE as usize;

/// What a thread runs.
pub type Start = unsafe extern "C" fn(*mut c_void) -> *mut c_void;

/// Where a thread's memory is.
#[derive(Clone, Copy)]
pub struct Region {
    base: usize,
    size: usize,
    /// Below each stack.
    guard: usize,
    stack_top: usize,
}

/// Runs, and somebody will join it.
const JOINABLE: u32 = 0;
/// Runs, and nobody will.
const DETACHED: u32 = 1;
/// Has ended, and will be joined.
const ENDED: u32 = 2;
/// Is being joined.
const JOINED: u32 = 3;

/// Threads of the program that run.
static RUNNING: AtomicUsize = AtomicUsize::new(1);

impl Thread {
    /// Where its stack begins.
    pub fn stack_top(&self) -> usize {
        self.region.get().stack_top
    }

    /// The lowest address of its stack, the stack's size, and that of the guard below.
    pub fn stack(&self) -> (usize, usize, usize) {
        let Region { base, guard, stack_top, .. } = self.region.get();
        (base + guard, stack_top - base - guard, guard)
    }

    /// Whether nobody will join it.
    pub fn is_detached(&self) -> bool {
        self.state.load(Ordering::Relaxed) == DETACHED
    }
}

/// Creates stacks, storage and block of a thread.
pub fn allocate(stack_size: usize, guard_size: usize) -> Result<&'static Thread> {
    let (mut tls, mut align) = (0, 0);
    // SAFETY: both are valid for the writes.
    unsafe { linker::dl_tls_layout(&mut tls, &mut align) };
    let align = align.max(align_of::<Thread>()).max(16);
    let pages = |size: usize| size.checked_next_multiple_of(PAGE_SIZE as usize);
    let sizes = || {
        let (stack, guard) = (pages(stack_size)?, pages(guard_size)?);
        let block = pages(tls.checked_add(align)?.checked_add(size_of::<Thread>())?)?;
        let lower = stack.checked_add(block)?;
        let both = lower.checked_add(stack)?;
        Some((stack, guard, lower, both, both.checked_add(guard.checked_mul(2)?)?))
    };
    let (stack, guard, lower, both, size) = sizes().ok_or(Status::NO_MEMORY)?;

    let options = VmOptions::CAN_MAP_SPECIFIC | VmOptions::CAN_MAP_READ | VmOptions::CAN_MAP_WRITE;
    let (vmar, base) = memory::allocate(startup::root_vmar(), options, size)?;
    let mapped = memory::create_vmo(both as u64).and_then(|vmo| {
        // A name is for people: without one all the same is well.
        let _ = vmo.set_name(b"thread");
        let options = VmOptions::PERM_READ | VmOptions::PERM_WRITE;
        let mapped = memory::map_at(vmar, options, guard, vmo, 0, lower).and_then(|_| {
            memory::map_at(vmar, options, 2 * guard + lower, vmo, lower as u64, stack)
        });
        vmo.close();
        mapped
    });
    vmar.close();
    if let Err(status) = mapped {
        free(base, size);
        return Err(status);
    }

    let end = base + guard + lower - size_of::<Thread>();
    let pointer = (end - end % align) as *mut Thread;
    let stack_top = base + guard + stack;
    // SAFETY: storage and block are mapped, zero, and nobody else's; zeros are a block.
    unsafe {
        linker::dl_tls_fill(pointer.cast());
        (*pointer).this = pointer;
        (*pointer).stack_guard = STACK_GUARD.load(Ordering::Relaxed);
        (*pointer).unsafe_stack = base + size;
        (*pointer).region.set(Region { base, size, guard, stack_top });
        Ok(&*pointer)
    }
}

/// Unmaps the region of a thread that has ended, or never began.
fn free(base: usize, size: usize) {
    // SAFETY: nobody uses it any more.
    let _ = unsafe { memory::unmap(startup::root_vmar(), base, size) };
}

/// Waits for the end of a thread that is about to end, and frees what it had.
fn reap(thread: &Thread) {
    let Region { base, size, .. } = thread.region.get();
    let handle = Handle::from_raw(thread.handle.get());
    // It ends without delay; its handle can be waited on.
    let _ = handle.wait(Signals::TASK_TERMINATED, TIME_INFINITE);
    handle.close();
    free(base, size);
}

/// Returns an error's number.
#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_create(
    out: *mut *const Thread,
    attributes: *const Attributes,
    start: Start,
    argument: *mut c_void,
) -> c_int {
    let attributes = if attributes.is_null() {
        Attributes::DEFAULT
    } else {
        // SAFETY: the caller's promise.
        unsafe { attributes.read() }
    };
    if attributes.has_stack() {
        return errno::EOPNOTSUPP;
    }
    let Ok(thread) = allocate(attributes.stack_size, attributes.guard_size) else {
        return errno::EAGAIN;
    };
    let Region { base, size, stack_top, .. } = thread.region.get();
    let Ok(handle) = kernel_thread::create(startup::process(), b"pthread") else {
        free(base, size);
        return errno::EAGAIN;
    };
    let handle = handle.into_inner();
    thread.handle.set(handle.into_raw());
    thread.start.set(Some(start));
    thread.argument.set(argument);
    thread
        .state
        .store(if attributes.is_detached() { DETACHED } else { JOINABLE }, Ordering::Relaxed);
    RUNNING.fetch_add(1, Ordering::Relaxed);
    // SAFETY: the caller's promise; before the thread runs, because it may want to know it.
    unsafe { out.write(thread) };
    // SAFETY: the stack is the thread's, and stays until it has ended.
    let started = unsafe { kernel_thread::start(handle, enter, stack_top, thread.pointer(), 0) };
    if started.is_err() {
        RUNNING.fetch_sub(1, Ordering::Relaxed);
        handle.close();
        free(base, size);
        return errno::EAGAIN;
    }
    0
}

/// Where threads begin.
extern "C" fn enter(pointer: u64, _: u64) -> ! {
    // SAFETY: it is this thread's block.
    let thread = unsafe { &*(pointer as *const Thread) };
    // SAFETY: as above.
    let set = unsafe {
        kernel_thread::set_thread_pointer(Handle::from_raw(thread.handle.get()), pointer)
    };
    if set.is_err() {
        process::trap();
    }
    let result = match thread.start.get() {
        // SAFETY: the caller of `pthread_create` says that it may be called.
        Some(start) => unsafe { start(thread.argument.get()) },
        None => ptr::null_mut(),
    };
    pthread_exit(result)
}

#[unsafe(no_mangle)]
extern "C" fn pthread_exit(result: *mut c_void) -> ! {
    let thread = Thread::current();
    thread.run_destructors();
    key::run_destructors(thread);
    if RUNNING.fetch_sub(1, Ordering::AcqRel) == 1 {
        exit::exit(0);
    }
    linker::dl_tls_release();
    thread.result.set(result);
    let ended = thread.state.compare_exchange(JOINABLE, ENDED, Ordering::AcqRel, Ordering::Acquire);
    if ended == Err(DETACHED) {
        let Region { base, size, .. } = thread.region.get();
        let root_vmar = startup::root_vmar().into_raw();
        // SAFETY: the vDSO's code needs no stack when that is gone.
        unsafe {
            syscalls::vmar_unmap_handle_close_thread_exit(
                root_vmar,
                base,
                size,
                thread.handle.get(),
            );
        }
    }
    // Somebody joins it, and waits for its end.
    kernel_thread::exit()
}

/// Returns an error's number.
#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_join(thread: *const Thread, result: *mut *mut c_void) -> c_int {
    if ptr::eq(thread, Thread::current()) {
        return errno::EDEADLK;
    }
    // SAFETY: the caller's promise: nobody has joined or detached it.
    let thread = unsafe { &*thread };
    let state =
        thread.state.compare_exchange(JOINABLE, JOINED, Ordering::AcqRel, Ordering::Acquire);
    if let Err(DETACHED | JOINED) = state {
        return errno::EINVAL;
    }
    let handle = Handle::from_raw(thread.handle.get());
    // Its result is there when it has ended.
    let _ = handle.wait(Signals::TASK_TERMINATED, TIME_INFINITE);
    if !result.is_null() {
        // SAFETY: the caller's promise.
        unsafe { result.write(thread.result.get()) };
    }
    reap(thread);
    0
}

/// Returns an error's number.
#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_detach(thread: *const Thread) -> c_int {
    // SAFETY: the caller's promise: nobody has joined or detached it.
    let thread = unsafe { &*thread };
    match thread.state.compare_exchange(JOINABLE, DETACHED, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => 0,
        Err(ENDED) => {
            reap(thread);
            0
        }
        Err(_) => errno::EINVAL,
    }
}
