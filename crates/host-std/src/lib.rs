//! Time and randomness of the computer that a kernel runs on, wherever Rust's standard library
//! runs.
//!
//! [`SystemClock`] turns a [`TickSource`] into the kernel's clock, with one timer thread;
//! [`os_entropy`] seeds the kernel's randomness.
#![forbid(unsafe_code)]

mod clock;
mod entropy;
mod thread;
mod ticks;
mod timer;

pub use clock::SystemClock;
pub use entropy::{EntropyError, os_entropy};
pub use thread::start_thread;
pub use ticks::{InstantTicks, TickSource};
pub use timer::StartThread;
