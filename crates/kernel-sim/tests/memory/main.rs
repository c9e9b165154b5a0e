//! Memory, tasks and what the kernel tells of them, against Zircon's rules.

#[path = "../kernel/support/mod.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod support;

mod critical;
mod discardable;
mod foreign_memory;
mod get_child;
mod guests;
mod information;
mod leaks;
mod maps;
mod options;
mod policy;
mod properties;
mod space_model;
mod streams;
mod suspend;
mod suspend_running;
mod thread_state;
mod transfer;
mod vmar_ranges;
mod vmo_children;
mod vmo_model;
mod vmo_ranges;

use kernel_sim::{Caller, Entropy, SeededEntropy};
use zx_abi::{INFO_VMO_V4, InfoVmoV4, PAGE_SIZE};

const PAGE: u64 = PAGE_SIZE;

/// A die.
struct Dice(SeededEntropy);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(SeededEntropy::from_number(seed))
    }

    /// A number below `limit`.
    fn roll(&mut self, limit: u64) -> u64 {
        self.0.next_u64() % limit
    }
}

/// All that the newest topic tells of a VMO.
fn vmo_info(c: &mut Caller<'_>, vmo: u32) -> InfoVmoV4 {
    support::info(c, vmo, INFO_VMO_V4).unwrap()
}

fn bytes(c: &mut Caller<'_>, vmo: u32, offset: u64, len: u64) -> Vec<u8> {
    let mut buffer = vec![0xaa; len as usize];
    c.vmo_read(vmo, offset, &mut buffer).unwrap();
    buffer
}
