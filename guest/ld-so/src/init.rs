//! What the program's start-up code asks of the linker, when it has a thread pointer.

use crate::global::{self, Linked};
use crate::module::{Module, Modules, Table};

/// Runs the constructors of all images (DT_INIT, DT_INIT_ARRAY), each after those of what it
/// needs.
// SAFETY: exported to libguest.so, which declares it with this signature.
#[unsafe(no_mangle)]
pub extern "C" fn dl_initialize() {
    for module in global::linked().into_iter().flat_map(in_order) {
        call(module, module.dynamic.init);
        call_all(module, module.dynamic.init_array, |index, _| index);
    }
}

/// Runs the destructors of all images (DT_FINI_ARRAY, DT_FINI), in the reverse order.
// SAFETY: exported to libguest.so, which declares it with this signature.
#[unsafe(no_mangle)]
pub extern "C" fn dl_finalize() {
    for module in global::linked().into_iter().flat_map(|linked| in_order(linked).rev()) {
        call_all(module, module.dynamic.fini_array, |index, count| count - 1 - index);
        call(module, module.dynamic.fini);
    }
}

fn in_order(linked: &Linked) -> impl DoubleEndedIterator<Item = &Module> {
    let order = linked.order.iter().take(linked.order_count);
    order.filter_map(|&index| linked.modules.get(index))
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

/// The order in which constructors run: what an image needs comes before it. In a circle, the
/// image that is reached first comes last.
pub fn order(modules: &Modules, order: &mut [usize]) -> usize {
    let mut walk = Walk { modules, seen: 0, order, count: 0 };
    modules.loaded().for_each(|index| walk.visit(index));
    walk.count
}

struct Walk<'a> {
    modules: &'a Modules,
    /// A bit for each index.
    seen: u64,
    order: &'a mut [usize],
    count: usize,
}

impl Walk<'_> {
    /// Adds an image after what it needs. Recursion ends with the number of images.
    fn visit(&mut self, index: usize) {
        if !self.modules.loaded().contains(&index) || self.seen >> index & 1 == 1 {
            return;
        }
        self.seen |= 1 << index;
        let Some(module) = self.modules.get(index) else { return };
        for name in module.needed() {
            if let Some(needed) = self.modules.find(name) {
                self.visit(needed);
            }
        }
        if let Some(place) = self.order.get_mut(self.count) {
            *place = index;
            self.count += 1;
        }
    }
}
