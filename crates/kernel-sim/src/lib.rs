//! A simulated Zircon kernel.
//!
//! Pure logic: no OS call, no clock of its own, no thread. The outside is reached through three
//! seams, [`Machine`], [`Clock`] and [`Entropy`]; with [`NullMachine`], [`VirtualClock`] and
//! [`SeededEntropy`] every run is the same on every platform, bit for bit.
//!
//! Everything hangs off a [`Kernel`]. [`Kernel::call`] makes system calls as a process of the
//! embedder's; guests enter through [`KernelEntry`]. One lock guards it all, nothing waits under
//! it, and what concerns others (answers to guests, ends of the host's waits) is done after its
//! release.
#![forbid(unsafe_code)]

mod account;
mod affine;
mod caller;
mod clock;
mod cpu_time;
mod ending;
mod entropy;
mod fault;
mod futex;
mod generation;
mod handle;
mod held;
mod image;
mod kernel;
mod line;
mod lock;
mod machine;
mod memory;
mod meter;
mod name;
mod object;
mod policy;
mod ranges;
mod registers;
mod report;
mod runtime;
mod state;
mod syscalls;
mod trace;
mod user;
mod wait;

pub use account::{Amounts, Item};
pub use caller::Caller;
pub use clock::*;
pub use entropy::*;
pub use image::Image;
pub use kernel::*;
pub use machine::*;
pub use memory::*;
pub use name::Name;
pub use object::{ClockUpdate, ClockUpdateVersion, LogRecord};
pub use policy::{PolicyBasic, TimerSlack};
pub use registers::GeneralRegisters;
pub use report::*;
pub use syscalls::*;
pub use trace::{TraceEvent, TraceRecord, TraceSink, TracedArg, TracedHandle, TracedObject};
pub use wait::WaitResult;

/// A kernel object id: unique for the life of a kernel, never reused; 0 is none.
pub type Koid = u64;
