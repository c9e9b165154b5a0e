//! System calls, one file per family: methods of [`Caller`](crate::Caller) over plain data, which
//! the embedder calls directly. [`guest`] calls the same methods for guests, whose arguments are
//! raw words and whose data lies in their own memory.

mod channel;
mod channel_call;
mod clock;
mod debuglog;
mod event;
mod get_child;
mod guest;
mod handle;
mod info;
mod info_memory;
mod info_task;
mod job;
mod object;
mod port;
mod process;
mod process_memory;
mod socket;
mod suspend;
mod thread;
mod time;
mod timer;
mod vmar;
mod vmar_range;
mod vmo;
mod vmo_child;
mod vmo_range;
mod wait;

pub use channel::ChannelRead;
pub use channel_call::ChannelCall;
pub use info::Info;
pub use port::PortWait;
pub use wait::{WaitManyStart, WaitStart};
