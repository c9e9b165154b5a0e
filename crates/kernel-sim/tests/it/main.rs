//! The simulated kernel behaves as Zircon does, family by family.

mod channel;
mod clock;
mod debuglog;
mod fifo;
mod futex;
mod guest;
mod handle;
mod job;
mod limits;
mod object;
mod port;
mod process;
mod socket;
mod stream;
mod support;
mod task;
mod thread;
mod timer;
mod vmar;
mod vmo;
mod whole;
