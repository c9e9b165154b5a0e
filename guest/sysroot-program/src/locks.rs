//! Semaphores, barriers, spin locks, locks with deadlines, and what a thread is.

use core::ffi::{CStr, c_int, c_void};
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};

use crate::c::{self, Attributes, Barrier, RwLock, Semaphore, Timespec};
use crate::check;
use crate::threads::{Shared, create, join};

pub fn check_all() {
    semaphores();
    barriers();
    spin_locks();
    deadlines();
    names();
    stacks();
}

fn errno() -> c_int {
    // SAFETY: it is there.
    unsafe { *c::__errno_location() }
}

/// A time that has passed.
fn past() -> Timespec {
    Timespec { seconds: 1, nanoseconds: 0 }
}

fn semaphores() {
    static FULL: Shared<Semaphore> = Shared::new(Semaphore::NONE);
    static EMPTY: Shared<Semaphore> = Shared::new(Semaphore::NONE);
    extern "C" fn run(_: *mut c_void) -> *mut c_void {
        for _ in 0..200 {
            // SAFETY: both are initialised.
            unsafe {
                check!(c::sem_wait(FULL.get()) == 0);
                check!(c::sem_post(EMPTY.get()) == 0);
            }
        }
        ptr::null_mut()
    }
    // SAFETY: all are initialised before they are used.
    unsafe {
        check!(c::sem_init(FULL.get(), 0, u32::MAX) == -1 && errno() == 22);
        check!(c::sem_init(FULL.get(), 1, 0) == -1 && errno() == 38);
        check!(c::sem_init(FULL.get(), 0, 0) == 0 && c::sem_init(EMPTY.get(), 0, 3) == 0);
        check!(c::sem_trywait(FULL.get()) == -1 && errno() == 11);
        check!(c::sem_timedwait(FULL.get(), &past()) == -1 && errno() == 110);
        let threads = [0; 3].map(|_| create(ptr::null(), run, 0));
        for _ in 0..600 {
            check!(c::sem_wait(EMPTY.get()) == 0 && c::sem_post(FULL.get()) == 0);
        }
        for thread in threads {
            join(thread);
        }
        let mut value = -1;
        check!(c::sem_getvalue(EMPTY.get(), &mut value) == 0 && value == 3);
        check!(c::sem_timedwait(EMPTY.get(), &past()) == 0);
        check!(c::sem_init(FULL.get(), 0, c_int::MAX as u32) == 0);
        check!(c::sem_post(FULL.get()) == -1 && errno() == 75);
    }
}

fn barriers() {
    static BARRIER: Shared<Barrier> = Shared::new(Barrier::NONE);
    static ARRIVED: AtomicU32 = AtomicU32::new(0);
    extern "C" fn run(_: *mut c_void) -> *mut c_void {
        let mut serial = 0;
        for round in 1..50 {
            ARRIVED.fetch_add(1, Ordering::Relaxed);
            // SAFETY: it is initialised.
            let waited = unsafe { c::pthread_barrier_wait(BARRIER.get()) };
            check!(waited == 0 || waited == -1);
            serial += usize::from(waited == -1);
            check!(ARRIVED.load(Ordering::Relaxed) >= 4 * round);
        }
        ptr::without_provenance_mut(serial)
    }
    // SAFETY: it is initialised before it is used.
    unsafe {
        check!(c::pthread_barrier_init(BARRIER.get(), ptr::null(), 0) == 22);
        check!(c::pthread_barrier_init(BARRIER.get(), ptr::null(), 4) == 0);
        let threads = [0; 4].map(|_| create(ptr::null(), run, 0));
        let serial: usize = threads.into_iter().map(join).sum();
        // One of each round.
        check!(serial == 49);
        check!(c::pthread_barrier_destroy(BARRIER.get()) == 0);
    }
}

fn spin_locks() {
    static LOCK: Shared<c_int> = Shared::new(-1);
    static COUNT: Shared<usize> = Shared::new(0);
    extern "C" fn run(_: *mut c_void) -> *mut c_void {
        for _ in 0..1000 {
            // SAFETY: the lock guards the number.
            unsafe {
                check!(c::pthread_spin_lock(LOCK.get()) == 0);
                *COUNT.get() += 1;
                check!(c::pthread_spin_unlock(LOCK.get()) == 0);
            }
        }
        ptr::null_mut()
    }
    // SAFETY: it is initialised before it is used.
    unsafe {
        check!(c::pthread_spin_init(LOCK.get(), 0) == 0);
        let threads = [0; 3].map(|_| create(ptr::null(), run, 0));
        for thread in threads {
            join(thread);
        }
        check!(*COUNT.get() == 3000);
        check!(c::pthread_spin_trylock(LOCK.get()) == 0);
        check!(c::pthread_spin_trylock(LOCK.get()) == 16);
    }
}

fn deadlines() {
    let mut lock = RwLock::NEW;
    let no_time = Timespec { seconds: 1, nanoseconds: 1_000_000_000 };
    // SAFETY: it is initialised.
    unsafe {
        check!(c::pthread_rwlock_timedrdlock(&mut lock, &past()) == 0);
        check!(c::pthread_rwlock_timedwrlock(&mut lock, &past()) == 110);
        check!(c::pthread_rwlock_timedwrlock(&mut lock, &no_time) == 22);
        check!(c::pthread_rwlock_unlock(&mut lock) == 0);
        check!(c::pthread_rwlock_timedwrlock(&mut lock, &no_time) == 0);
        check!(c::pthread_rwlock_timedrdlock(&mut lock, &past()) == 110);
        check!(c::pthread_rwlock_unlock(&mut lock) == 0);
    }
}

fn names() {
    let mut name = [0x7f; 32];
    // SAFETY: there is room, and names are strings.
    unsafe {
        let this = c::pthread_self();
        let long = c"a name of more than thirty-one bytes";
        check!(c::pthread_setname_np(this, long.as_ptr()) == 0);
        check!(c::pthread_getname_np(this, name.as_mut_ptr(), 32) == 0);
        check!(CStr::from_ptr(name.as_ptr()) == c"a name of more than thirty-one ");
        check!(c::pthread_setname_np(this, c"short".as_ptr()) == 0);
        check!(c::pthread_getname_np(this, name.as_mut_ptr(), 5) == 34);
        check!(c::pthread_getname_np(this, name.as_mut_ptr(), 6) == 0);
        check!(CStr::from_ptr(name.as_ptr()) == c"short");
    }
}

fn stacks() {
    extern "C" fn run(wanted: *mut c_void) -> *mut c_void {
        let mut attributes = Attributes::NONE;
        let (mut stack, mut size) = (ptr::null_mut(), 0);
        // SAFETY: all are valid for the writes.
        unsafe {
            check!(c::pthread_getattr_np(c::pthread_self(), &mut attributes) == 0);
            check!(c::pthread_attr_getstack(&attributes, &mut stack, &mut size) == 0);
        }
        let here = (&raw const size).addr();
        check!((stack.addr()..stack.addr() + size).contains(&here));
        check!(wanted.is_null() || size == wanted.addr());
        ptr::null_mut()
    }
    run(ptr::null_mut());
    let mut attributes = Attributes::NONE;
    // SAFETY: the attributes are initialised.
    unsafe {
        c::pthread_attr_init(&mut attributes);
        c::pthread_attr_setstacksize(&mut attributes, 512 << 10);
        join(create(&attributes, run, 512 << 10));
        let stack = (&raw mut attributes).cast();
        check!(c::pthread_attr_setstack(&mut attributes, stack, 64 << 10) == 0);
        let mut thread = 0;
        check!(c::pthread_create(&mut thread, &attributes, run, ptr::null_mut()) == 95);
    }
}
