//! System calls, one file per family: methods of [`Caller`](crate::Caller) over plain data, which
//! the embedder calls directly. [`guest`] calls the same methods for guests, whose arguments are
//! raw words and whose data lies in their own memory.

mod channel;
mod clock;
mod counter;
mod debuglog;
mod event;
mod exception;
mod fifo;
mod guest;
mod handle;
mod interrupt;
mod iob;
mod job;
mod object;
mod pager;
mod port;
mod process;
mod profile;
mod resource;
mod socket;
mod stream;
mod system;
mod task;
mod thread;
mod timer;
mod vmar;
mod vmo;

pub use channel::ChannelRead;
pub use channel::call::ChannelCall;
pub(crate) use guest::register;
pub use interrupt::InterruptWait;
pub use object::{Info, WaitManyStart, WaitStart};
pub use port::PortWait;
pub(crate) use vmo::{Missing, Obstacle, STEP, Side, zero_some};
