//! Threads: what each has of its own, and how they wait for each other.

use core::arch::{asm, global_asm};
use core::ffi::{c_int, c_void};
use core::ptr;
use core::sync::atomic::{AtomicI32, AtomicU32, AtomicUsize, Ordering};

use crate::c::{self, Attributes, Condition, Mutex, RwLock, Start, Timespec};
use crate::check;

// A thread-local variable, which begins with 41.
global_asm!(
    ".pushsection .tdata, \"awT\", @progbits",
    ".balign 64",
    "local_word:",
    ".quad 41",
    ".popsection",
);

/// The calling thread's variable.
fn local_word() -> *mut u64 {
    let address;
    // SAFETY: computes an address.
    unsafe {
        asm!(
            "mov {0}, fs:0",
            "add {0}, [rip + local_word@GOTTPOFF]",
            out(reg) address,
            options(nostack, readonly),
        );
    }
    address
}

/// A word of the thread's block.
macro_rules! block_word {
    ($offset:literal) => {{
        let word: usize;
        // SAFETY: reads a word that Zircon's ABI says is there.
        unsafe {
            asm!(
                concat!("mov {}, fs:", $offset),
                out(reg) word,
                options(nostack, readonly, preserves_flags),
            );
        }
        word
    }};
}

pub fn check_all() {
    own_things();
    results();
    detached();
    destructors();
    mutual_exclusion();
    conditions();
    clocks_of_conditions();
    readers_and_writers();
    once();
}

pub fn create(attributes: *const Attributes, start: Start, argument: usize) -> c::Pthread {
    let mut thread = 0;
    // SAFETY: the attributes are null or initialised.
    let error =
        unsafe { c::pthread_create(&mut thread, attributes, start, argument as *mut c_void) };
    check!(error == 0);
    thread
}

pub fn join(thread: c::Pthread) -> usize {
    let mut result = ptr::null_mut();
    // SAFETY: the thread has not been joined.
    check!(unsafe { c::pthread_join(thread, &mut result) } == 0);
    result.addr()
}

/// What each thread has of its own: storage, `errno`, stacks; and the guard, which all have.
fn own_things() {
    static GUARD: AtomicUsize = AtomicUsize::new(0);
    static UNSAFE_STACK: AtomicUsize = AtomicUsize::new(0);
    extern "C" fn run(_: *mut c_void) -> *mut c_void {
        let word = local_word();
        check!(word.addr().is_multiple_of(64));
        // SAFETY: it is this thread's.
        unsafe {
            check!(*word == 41);
            *word += 1;
            check!(*c::__errno_location() == 0);
            *c::__errno_location() = 5;
        }
        check!(block_word!("0") == block_word!("0x0") && block_word!("0") != 0);
        check!(block_word!("0x10") == GUARD.load(Ordering::Relaxed));
        let unsafe_stack = block_word!("0x18");
        check!(unsafe_stack.is_multiple_of(16));
        check!(unsafe_stack != UNSAFE_STACK.load(Ordering::Relaxed));
        let top = unsafe_stack as *mut u8;
        // SAFETY: an unsafe stack is there for its thread to write, as large as the other.
        unsafe { top.sub(64 << 10).write_bytes(1, 64 << 10) };
        word.cast()
    }
    GUARD.store(block_word!("0x10"), Ordering::Relaxed);
    UNSAFE_STACK.store(block_word!("0x18"), Ordering::Relaxed);
    check!(GUARD.load(Ordering::Relaxed) != 0);
    // SAFETY: they are this thread's.
    unsafe {
        *local_word() = 7;
        *c::__errno_location() = 9;
        let threads = [0; 4].map(|_| create(ptr::null(), run, 0));
        for thread in threads {
            check!(join(thread) != local_word().addr());
        }
        check!(*local_word() == 7 && *c::__errno_location() == 9);
    }
}

/// Results, by return and by `pthread_exit`, on stacks of many sizes.
fn results() {
    extern "C" fn deep(depth: *mut c_void) -> *mut c_void {
        let page = core::hint::black_box([1_u8; 4096]);
        let left = depth.addr().wrapping_sub(1);
        if left == 0 {
            // SAFETY: takes no pointer that is used.
            unsafe { c::pthread_exit(ptr::without_provenance_mut(page.len())) }
        }
        deep(ptr::without_provenance_mut(left))
    }
    extern "C" fn same(argument: *mut c_void) -> *mut c_void {
        argument
    }
    check!(join(create(ptr::null(), same, 123)) == 123);
    let mut attributes = Attributes::NONE;
    // SAFETY: the attributes are this function's.
    unsafe {
        check!(c::pthread_attr_init(&mut attributes) == 0);
        check!(c::pthread_attr_setstacksize(&mut attributes, 8 << 20) == 0);
        let mut size = 0;
        check!(c::pthread_attr_getstacksize(&attributes, &mut size) == 0 && size == 8 << 20);
        check!(join(create(&attributes, deep, 1000)) == 4096);
        check!(c::pthread_attr_setstacksize(&mut attributes, 2047) == 22);
        check!(c::pthread_attr_setstacksize(&mut attributes, 2048) == 0);
        check!(join(create(&attributes, same, 1)) == 1);
        check!(c::pthread_join(c::pthread_self(), ptr::null_mut()) == 35);
    }
}

/// A thread that nobody joins, and that frees its memory itself.
fn detached() {
    static LEFT: AtomicI32 = AtomicI32::new(50);
    static LOCK: Shared<Mutex> = Shared::new(Mutex::NEW);
    static CHANGED: Shared<Condition> = Shared::new(Condition::NEW);
    extern "C" fn run(_: *mut c_void) -> *mut c_void {
        // SAFETY: both are initialised.
        unsafe {
            c::pthread_mutex_lock(LOCK.get());
            LEFT.fetch_sub(1, Ordering::Relaxed);
            c::pthread_cond_broadcast(CHANGED.get());
            c::pthread_mutex_unlock(LOCK.get());
        }
        ptr::null_mut()
    }
    let mut attributes = Attributes::NONE;
    // SAFETY: all are initialised.
    unsafe {
        c::pthread_attr_init(&mut attributes);
        check!(c::pthread_attr_setdetachstate(&mut attributes, 1) == 0);
        for _ in 0..LEFT.load(Ordering::Relaxed) {
            create(&attributes, run, 0);
        }
        c::pthread_mutex_lock(LOCK.get());
        while LEFT.load(Ordering::Relaxed) > 0 {
            c::pthread_cond_wait(CHANGED.get(), LOCK.get());
        }
        c::pthread_mutex_unlock(LOCK.get());
    }
}

/// Destructors of variables and of keys, in this order, each once.
fn destructors() {
    static SEEN: AtomicU32 = AtomicU32::new(0);
    extern "C" fn of_variable(object: *mut c_void) {
        SEEN.store(SEEN.load(Ordering::Relaxed) * 10 + object.addr() as u32, Ordering::Relaxed);
    }
    extern "C" fn run(key: *mut c_void) -> *mut c_void {
        let key = key.addr() as u32;
        let object = ptr::without_provenance_mut::<c_void>;
        // SAFETY: objects are only numbers.
        unsafe {
            check!(c::pthread_getspecific(key).is_null());
            check!(c::pthread_setspecific(key, object(3)) == 0);
            check!(c::pthread_getspecific(key).addr() == 3);
            c::__cxa_thread_atexit_impl(of_variable, object(2), ptr::null_mut());
            c::__cxa_thread_atexit_impl(of_variable, object(1), ptr::null_mut());
        }
        ptr::null_mut()
    }
    let mut key = 0;
    // SAFETY: `key` is valid for the write.
    unsafe {
        check!(c::pthread_key_create(&mut key, Some(of_variable)) == 0);
        join(create(ptr::null(), run, key as usize));
        check!(SEEN.load(Ordering::Relaxed) == 123);
        check!(c::pthread_setspecific(key, ptr::without_provenance(9)) == 0);
        check!(c::pthread_key_delete(key) == 0 && c::pthread_key_delete(key) == 22);
        // A new key of the same number has no values yet.
        let mut again = 0;
        check!(c::pthread_key_create(&mut again, None) == 0 && again == key);
        check!(c::pthread_getspecific(again).is_null());
        check!(c::pthread_key_delete(again) == 0);
    }
}

/// Something that C's functions keep from being used by two threads at a time.
pub struct Shared<T>(core::cell::UnsafeCell<T>);

// SAFETY: C's functions see to it.
unsafe impl<T> Sync for Shared<T> {}

impl<T> Shared<T> {
    pub const fn new(value: T) -> Self {
        Self(core::cell::UnsafeCell::new(value))
    }

    pub fn get(&self) -> *mut T {
        self.0.get()
    }
}

fn mutual_exclusion() {
    static LOCK: Shared<Mutex> = Shared::new(Mutex::NEW);
    static COUNT: Shared<usize> = Shared::new(0);
    extern "C" fn run(_: *mut c_void) -> *mut c_void {
        for _ in 0..1000 {
            // SAFETY: the lock guards the number.
            unsafe {
                check!(c::pthread_mutex_lock(LOCK.get()) == 0);
                *COUNT.get() += 1;
                check!(c::pthread_mutex_unlock(LOCK.get()) == 0);
            }
        }
        ptr::null_mut()
    }
    let threads = [0; 4].map(|_| create(ptr::null(), run, 0));
    for thread in threads {
        join(thread);
    }
    // SAFETY: the other threads have ended.
    unsafe {
        check!(*COUNT.get() == 4000);
        check!(c::pthread_mutex_trylock(LOCK.get()) == 0);
        check!(c::pthread_mutex_trylock(LOCK.get()) == 16);
        check!(c::pthread_mutex_unlock(LOCK.get()) == 0);
    }
}

fn conditions() {
    static LOCK: Shared<Mutex> = Shared::new(Mutex::NEW);
    static NEVER: Shared<Condition> = Shared::new(Condition::NEW);
    // SAFETY: all are initialised.
    unsafe {
        let mut until = Timespec { seconds: 0, nanoseconds: 0 };
        check!(c::clock_gettime(0, &mut until) == 0);
        check!(c::pthread_mutex_lock(LOCK.get()) == 0);
        // A time that has passed.
        check!(c::pthread_cond_timedwait(NEVER.get(), LOCK.get(), &until) == 110);
        until.nanoseconds = 1_000_000_000;
        check!(c::pthread_cond_timedwait(NEVER.get(), LOCK.get(), &until) == 22);
        check!(c::pthread_mutex_unlock(LOCK.get()) == 0);
    }
}

fn clocks_of_conditions() {
    const CLOCK_MONOTONIC: c_int = 1;
    let (mut attributes, mut clock) = (-1, -1);
    let mut set = |clock| {
        // SAFETY: there is room for the attributes, a number.
        unsafe { c::pthread_condattr_setclock(&mut attributes, clock) }
    };
    check!(set(CLOCK_MONOTONIC) == 0);
    // A processor's time, a process's and a thread's; and no clock.
    check!(set(2) == 22 && set(3) == 22 && set(-1) == 22);
    // SAFETY: it was set.
    check!(unsafe { c::pthread_condattr_getclock(&attributes, &mut clock) } == 0);
    check!(clock == CLOCK_MONOTONIC);
}

fn readers_and_writers() {
    static LOCK: Shared<RwLock> = Shared::new(RwLock::NEW);
    static COUNT: Shared<usize> = Shared::new(0);
    extern "C" fn run(_: *mut c_void) -> *mut c_void {
        for _ in 0..200 {
            // SAFETY: the lock guards the number.
            unsafe {
                check!(c::pthread_rwlock_wrlock(LOCK.get()) == 0);
                *COUNT.get() += 1;
                check!(c::pthread_rwlock_unlock(LOCK.get()) == 0);
                check!(c::pthread_rwlock_rdlock(LOCK.get()) == 0);
                check!(*COUNT.get() > 0);
                check!(c::pthread_rwlock_unlock(LOCK.get()) == 0);
            }
        }
        ptr::null_mut()
    }
    let threads = [0; 4].map(|_| create(ptr::null(), run, 0));
    for thread in threads {
        join(thread);
    }
    // SAFETY: the other threads have ended.
    unsafe {
        check!(*COUNT.get() == 800);
        check!(c::pthread_rwlock_rdlock(LOCK.get()) == 0);
        check!(c::pthread_rwlock_rdlock(LOCK.get()) == 0);
        check!(c::pthread_rwlock_trywrlock(LOCK.get()) == 16);
        check!(c::pthread_rwlock_unlock(LOCK.get()) == 0);
        check!(c::pthread_rwlock_unlock(LOCK.get()) == 0);
        check!(c::pthread_rwlock_unlock(LOCK.get()) == 1);
        check!(c::pthread_rwlock_trywrlock(LOCK.get()) == 0);
        check!(c::pthread_rwlock_unlock(LOCK.get()) == 0);
    }
}

fn once() {
    static ONCE: Shared<c_int> = Shared::new(0);
    static RAN: AtomicU32 = AtomicU32::new(0);
    extern "C" fn count() {
        RAN.fetch_add(1, Ordering::Relaxed);
    }
    extern "C" fn run(_: *mut c_void) -> *mut c_void {
        // SAFETY: it began with 0.
        check!(unsafe { c::pthread_once(ONCE.get(), count) } == 0);
        check!(RAN.load(Ordering::Relaxed) == 1);
        ptr::null_mut()
    }
    let threads = [0; 4].map(|_| create(ptr::null(), run, 0));
    for thread in threads {
        join(thread);
    }
}
