//! The list of images that debuggers read (`r_debug` and `link_map` of link.h), which they find
//! through `ZX_PROP_PROCESS_DEBUG_ADDR`.

use core::arch::asm;
use core::mem::offset_of;
use core::ptr;

use guest_rt::Handle;
use zx_abi::{PROCESS_DEBUG_ADDR_BREAK_ON_SET, PROP_PROCESS_DEBUG_ADDR, Result};

use crate::modules::{LINKER, MAX_MODULES, PROGRAM, View};

const VERSION: u64 = 1;
/// The list is complete.
const CONSISTENT: u64 = 0;
/// Images are being added to it.
const ADDING: u64 = 1;

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
    pub fn list(&mut self, modules: View<'_>) {
        self.change(ADDING);
        let mut order = modules.all().peekable();
        let mut previous = 0;
        while let Some(index) = order.next() {
            let next = order.peek().map_or(0, |&next| self.address(next));
            let this = self.address(index);
            let (Some(entry), Some(module)) = (self.entries.get_mut(index), modules.get(index))
            else {
                continue;
            };
            *entry = Entry {
                bias: module.image.bias,
                name: module.name.as_ptr().expose_provenance() as u64,
                dynamic: module.image.bias.wrapping_add(module.dynamic.section),
                next,
                previous,
            };
            previous = this;
        }
        self.version = VERSION;
        self.first = self.address(PROGRAM);
        self.on_change = _dl_debug_state as extern "C" fn() as usize as u64;
        self.linker = modules.get(LINKER).map_or(0, |module| module.image.bias);
        self.change(CONSISTENT);
    }

    /// Where the entry of the image at an index is, whatever is there.
    pub fn entry_of(debug: *const Self, index: usize) -> usize {
        debug.expose_provenance() + offset_of!(Self, entries) + index * size_of::<Entry>()
    }

    fn address(&self, index: usize) -> u64 {
        Self::entry_of(self, index) as u64
    }

    /// Says what the list is, where debuggers may stop.
    fn change(&mut self, state: u64) {
        // SAFETY: a word of the list's own, which others read.
        unsafe { ptr::from_mut(&mut self.state).write_volatile(state) };
        // A call that stays one, however little there is to do.
        core::hint::black_box(_dl_debug_state as extern "C" fn())();
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

/// Does nothing: debuggers stop here to learn of changes.
// SAFETY: a name that debuggers look for; nobody else has it.
#[unsafe(no_mangle)]
pub extern "C" fn _dl_debug_state() {}
