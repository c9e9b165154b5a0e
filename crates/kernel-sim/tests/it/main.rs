//! The simulated kernel behaves as Zircon does, family by family.

mod channel;
mod clock;
mod counter;
mod debuglog;
mod fifo;
mod futex;
mod guest;
mod handle;
mod interrupt;
mod job;
mod limits;
mod object;
mod port;
mod process;
mod profile;
mod resource;
mod socket;
mod stream;
mod support;
mod system;
mod task;
mod thread;
mod timer;
mod vmar;
mod vmo;
mod whole;
