//! The simulated kernel behaves as Zircon does, family by family.

mod channel;
mod clock;
mod debuglog;
mod exception;
mod fifo;
mod futex;
mod guest;
mod handle;
mod job;
mod limits;
mod object;
mod pager;
mod port;
mod process;
mod socket;
mod support;
mod task;
mod thread;
mod timer;
mod vmar;
mod vmo;
mod whole;
