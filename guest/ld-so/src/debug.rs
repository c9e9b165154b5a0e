//! The list of images that debuggers read (`r_debug` and `link_map` of link.h), which they find
//! through `ZX_PROP_PROCESS_DEBUG_ADDR`.

use core::arch::asm;
use core::ptr;

use guest_rt::Handle;
use zx_abi::{PROCESS_DEBUG_ADDR_BREAK_ON_SET, PROP_PROCESS_DEBUG_ADDR, Result};

use crate::module::{MAX_MODULES, Modules};

const VERSION: u64 = 1;
/// The list is complete.
const CONSISTENT: u64 = 0;

/// `r_debug` and the entries of its list. Links are addresses, 0 for none.
#[repr(C)]
pub struct Debug {
    /// An int and its padding, as `state` is.
    version: u64,
    first: u64,
    /// A function to stop at when the list changes.
    on_change: u64,
    state: u64,
    /// The linker's bias.
    linker: u64,
    entries: [Entry; MAX_MODULES],
}

/// `link_map`
#[derive(Clone, Copy)]
#[repr(C)]
struct Entry {
    bias: u64,
    /// NUL-terminated.
    name: u64,
    dynamic: u64,
    next: u64,
    previous: u64,
}

impl Entry {
    const EMPTY: Self = Self { bias: 0, name: 0, dynamic: 0, next: 0, previous: 0 };
}

impl Debug {
    pub const fn new() -> Self {
        let entries = [Entry::EMPTY; MAX_MODULES];
        Self { version: 0, first: 0, on_change: 0, state: 0, linker: 0, entries }
    }

    /// Lists the images in the order in which they are searched for symbols. The list refers to
    /// itself, so it is not to be moved.
    pub fn list(&mut self, modules: &Modules, linker: usize) {
        let start = ptr::from_ref(&self.entries).expose_provenance();
        let address = |index: usize| (start + index * size_of::<Entry>()) as u64;
        let count = modules.searched().count();
        let searched = modules.searched().filter_map(|index| modules.get(index));
        for (index, (entry, module)) in self.entries.iter_mut().zip(searched).enumerate() {
            *entry = Entry {
                bias: module.image.bias,
                name: module.name.as_ptr().expose_provenance() as u64,
                dynamic: module.image.bias.wrapping_add(module.dynamic.section),
                next: if index + 1 < count { address(index + 1) } else { 0 },
                previous: index.checked_sub(1).map_or(0, address),
            };
        }
        self.version = VERSION;
        self.first = address(0);
        self.on_change = dl_debug_state as extern "C" fn() as usize as u64;
        self.state = CONSISTENT;
        self.linker = modules.get(linker).map_or(0, |module| module.image.bias);
    }

    /// Tells debuggers where the list is, and stops for one that wants it. From now on, the list
    /// stays where it is.
    pub fn announce(&self, process: Handle) -> Result {
        let wanted = process.property(PROP_PROCESS_DEBUG_ADDR)? == PROCESS_DEBUG_ADDR_BREAK_ON_SET;
        let address = ptr::from_ref(self).expose_provenance() as u64;
        process.set_property(PROP_PROCESS_DEBUG_ADDR, address)?;
        if wanted {
            // SAFETY: a breakpoint that nobody handles ends the process, as asked for.
            unsafe { asm!("int3", options(nomem, nostack)) };
        }
        Ok(())
    }
}

/// Does nothing: debuggers stop here to learn of changes. There are none after the start.
// SAFETY: a name that debuggers look for; nobody else has it.
#[unsafe(no_mangle)]
pub extern "C" fn dl_debug_state() {}
