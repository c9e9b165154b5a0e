//! What outlives linking: the images, for constructors and thread-local variables, and the channel
//! to the loader service.

use core::cell::UnsafeCell;
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use guest_rt::Handle;

use crate::debug::Debug;
use crate::module::{MAX_MODULES, Modules};
use crate::tls::Layout;

/// The state of the linker.
pub struct Linked {
    pub modules: Modules,
    /// Indices of the images whose constructors run, in their order.
    pub order: [usize; MAX_MODULES],
    /// How many of those there are.
    pub order_count: usize,
    /// How much thread-local storage each thread has.
    pub tls: Layout,
    /// What the program may ask for further connections to the loader service.
    pub loader: Option<Handle>,
    /// What debuggers read.
    pub debug: Debug,
}

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
        order: [0; MAX_MODULES],
        order_count: 0,
        tls: Layout { size: 0, align: 16 },
        loader: None,
        debug: Debug::new(),
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

/// Makes the state final, for everybody to read.
pub fn publish(linked: &'static mut Linked) {
    PUBLISHED.store(linked, Ordering::Release);
}

/// The state, once it is final.
pub fn linked() -> Option<&'static Linked> {
    // SAFETY: null, or what `publish` gave up for good.
    unsafe { PUBLISHED.load(Ordering::Acquire).as_ref() }
}
