//! System calls, one file per family: methods of [`Caller`](crate::Caller) over plain data, which
//! the embedder calls directly. [`guest`] calls the same methods for guests, whose arguments are
//! raw words and whose data lies in their own memory.

mod channel;
mod clock;
mod debuglog;
mod event;
mod exception;
mod fifo;
mod guest;
mod handle;
mod job;
mod object;
mod pager;
mod port;
mod process;
mod socket;
mod task;
mod thread;
mod timer;
mod vmar;
mod vmo;

pub use channel::ChannelRead;
pub use channel::call::ChannelCall;
pub(crate) use guest::register;
pub use object::{Info, WaitManyStart, WaitStart};
pub use port::PortWait;
pub(crate) use vmo::{Obstacle, zero_some};
