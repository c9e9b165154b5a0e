//! What outlives linking: the images, for constructors and thread-local variables, and the channel
//! to the loader service.

use core::cell::UnsafeCell;
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering};

use crate::debug::Debug;
use crate::init::Initialized;
use crate::lock::RecursiveLock;
use crate::modules::Modules;
use crate::tls::Layout;

/// The state of the linker.
pub struct Linked {
    pub modules: Modules,
    /// Of those the images whose constructors have begun to run.
    pub initialized: Initialized,
    /// How much thread-local storage each thread has.
    pub tls: Layout,
    /// What libraries are asked of, and the program may ask for further connections; 0 for none.
    pub loader: AtomicU32,
    /// Who holds it may add images.
    pub changes: RecursiveLock,
    /// What debuggers read. Who holds `changes` may change it.
    pub debug: UnsafeCell<Debug>,
}

// SAFETY: what can change either takes care of itself, or is guarded by `changes`.
unsafe impl Sync for Linked {}

struct Storage {
    taken: AtomicBool,
    linked: UnsafeCell<Linked>,
}

// SAFETY: `taken` gives it to one caller only, who may publish it.
unsafe impl Sync for Storage {}

static STORAGE: Storage = Storage {
    taken: AtomicBool::new(false),
    linked: UnsafeCell::new(Linked {
        modules: Modules::new(),
        initialized: Initialized::new(),
        tls: Layout { size: 0, align: 0 },
        loader: AtomicU32::new(0),
        changes: RecursiveLock::new(),
        debug: UnsafeCell::new(Debug::new()),
    }),
};

static PUBLISHED: AtomicPtr<Linked> = AtomicPtr::new(ptr::null_mut());

/// The state, for the first caller.
pub fn take() -> Option<&'static mut Linked> {
    if STORAGE.taken.swap(true, Ordering::Relaxed) {
        return None;
    }
    // SAFETY: only the first caller arrives here.
    Some(unsafe { &mut *STORAGE.linked.get() })
}

/// Gives the state to everybody.
pub fn publish(linked: &'static mut Linked) {
    PUBLISHED.store(linked, Ordering::Release);
}

/// The state, once it is everybody's.
pub fn linked() -> Option<&'static Linked> {
    // SAFETY: null, or what `publish` gave up for good.
    unsafe { PUBLISHED.load(Ordering::Acquire).as_ref() }
}
