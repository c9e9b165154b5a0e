//! Constructors and destructors of images. They run when there is a thread pointer: those of what
//! the program begins with when its start-up code asks for it.

use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::global::{self, Linked};
use crate::module::{Module, Table};
use crate::modules::{MAX_MODULES, PROGRAM};

/// The images whose constructors have begun to run, in their order.
pub struct Initialized {
    order: [AtomicUsize; MAX_MODULES],
    count: AtomicUsize,
    /// For each image whether it, or what it needs, has begun.
    begun: [AtomicBool; MAX_MODULES],
}

impl Initialized {
    pub const fn new() -> Self {
        Self {
            order: [const { AtomicUsize::new(0) }; MAX_MODULES],
            count: AtomicUsize::new(0),
            begun: [const { AtomicBool::new(false) }; MAX_MODULES],
        }
    }
}

/// Runs the constructors of all images (DT_INIT, DT_INIT_ARRAY), each after those of what it
/// needs.
// SAFETY: exported to who starts programs, which declares it with this signature.
#[unsafe(no_mangle)]
pub extern "C" fn dl_initialize() {
    let Some(linked) = global::linked() else { return };
    linked.changes.with(|| linked.modules.view().loaded().for_each(|index| run(linked, index)));
}

/// Runs the destructors of all images (DT_FINI_ARRAY, DT_FINI) whose constructors have begun, in
/// the reverse order.
// SAFETY: exported to who starts programs, which declares it with this signature.
#[unsafe(no_mangle)]
pub extern "C" fn dl_finalize() {
    let Some(linked) = global::linked() else { return };
    let Initialized { order, count, .. } = &linked.initialized;
    let take = |count: usize| count.checked_sub(1);
    while let Ok(count) = count.fetch_update(Ordering::AcqRel, Ordering::Acquire, take) {
        let index = order.get(count - 1).map(|index| index.load(Ordering::Relaxed));
        if let Some(module) = index.and_then(|index| linked.modules.view().get(index)) {
            call_all(module, module.dynamic.fini_array, |index, count| count - 1 - index);
            call(module, module.dynamic.fini);
        }
    }
}

/// Runs the constructors of an image after those of what it needs, as far as they have not run.
/// In a circle, the image that is reached first comes last. The lock for changes is held.
pub fn run(linked: &Linked, index: usize) {
    let modules = linked.modules.view();
    let Initialized { order, count, begun } = &linked.initialized;
    let Some(module) = modules.get(index).filter(|_| index >= PROGRAM) else { return };
    if begun.get(index).is_none_or(|begun| begun.swap(true, Ordering::Relaxed)) {
        return;
    }
    // Recursion ends with the number of images.
    modules.needed_by(index).for_each(|needed| run(linked, needed));
    let next = count.load(Ordering::Relaxed);
    if let Some(place) = order.get(next) {
        place.store(index, Ordering::Relaxed);
        count.store(next + 1, Ordering::Release);
    }
    call(module, module.dynamic.init);
    call_all(module, module.dynamic.init_array, |index, _| index);
}

/// Calls the function at an address of the file's, unless it is 0.
fn call(module: &Module, address: u64) {
    if address != 0 {
        call_at(module.image.bias.wrapping_add(address));
    }
}

/// Calls the functions of a table of relocated addresses.
fn call_all(module: &Module, table: Table, at: impl Fn(u64, u64) -> u64) {
    let count = table.size / 8;
    for index in 0..count {
        // Compilers end their lists of destructors with 0 or -1.
        match module.image.read_at::<u64>(table.address, at(index, count)) {
            Some(0 | u64::MAX) | None => {}
            Some(address) => call_at(address),
        }
    }
}

fn call_at(address: u64) {
    // SAFETY: the image says that a function without arguments is there.
    unsafe { core::mem::transmute::<usize, extern "C" fn()>(address as usize)() }
}
