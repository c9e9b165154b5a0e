//! A simulated Zircon kernel.
//!
//! Pure logic: no OS call, no clock of its own, no thread. The outside is reached through three
//! seams, [`Machine`], [`Clock`] and [`Entropy`]; with [`NullMachine`], [`VirtualClock`] and
//! [`SeededEntropy`] every run is the same on every platform, bit for bit.
#![forbid(unsafe_code)]

mod clock;
mod entropy;
mod machine;
mod memory;

pub use clock::*;
pub use entropy::*;
pub use machine::*;
pub use memory::*;

/// A kernel object id: unique for the life of a kernel, never reused; 0 is none.
pub type Koid = u64;
