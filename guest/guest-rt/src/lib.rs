//! What a program needs to start inside the simulated kernel, and to talk to it.
//!
//! A static program is a static PIE that relocates itself, finds the system calls in the vDSO it is
//! given, and reads its bootstrap message. There is no libc and no thread-local storage. What the
//! dynamic linker links has the feature `linked`: it imports the system calls, and has an entry
//! point of its own.
//!
//! ```ignore
//! #![no_std]
//! #![no_main]
//!
//! fn main(startup: &mut guest_rt::Startup) -> i64 {
//!     guest_rt::println!("{} arguments", startup.args().count());
//!     0
//! }
//!
//! guest_rt::entry!(main);
//! ```
#![cfg_attr(not(test), no_std)]

pub mod bytes;
pub mod channel;
pub mod clock;
pub mod counter;
pub mod debug;
pub mod event;
pub mod exception;
pub mod fidl;
pub mod fifo;
pub mod futex;
pub mod interpreter;
pub mod interrupt;
pub mod io;
pub mod io_2020;
pub mod iob;
pub mod launcher;
pub mod lock;
pub mod memory;
pub mod namespace;
pub mod object;
pub mod pager;
pub mod process;
pub mod processargs;
pub mod relocate;
pub mod resolver;
pub mod resource;
pub mod scan;
pub mod socket;
pub mod startup;
pub mod stdio;
pub mod stream;
pub mod syscalls;
pub mod system;
pub mod thread;
pub mod time;
#[cfg(any(test, not(feature = "linked")))]
pub mod vdso;

mod mem;
#[cfg(not(test))]
mod panic;
#[cfg(not(any(test, feature = "linked")))]
mod start;

pub use object::{Handle, Owned};
pub use startup::Startup;

/// Names the program's main function, a `fn(&mut Startup) -> i64`: what it returns is the
/// process's return code.
#[macro_export]
macro_rules! entry {
    ($main:path) => {
        // SAFETY: the runtime declares this symbol with this very signature, and nobody else
        // defines it.
        #[unsafe(no_mangle)]
        extern "Rust" fn guest_main(startup: &mut $crate::Startup) -> i64 {
            let main: fn(&mut $crate::Startup) -> i64 = $main;
            main(startup)
        }
    };
}
