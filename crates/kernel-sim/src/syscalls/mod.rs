//! System calls, one file per family: methods of [`Caller`](crate::Caller) over plain data, which
//! the embedder calls directly. [`guest`] calls the same methods for guests, whose arguments are
//! raw words and whose data lies in their own memory.

mod channel;
mod debuglog;
mod event;
mod guest;
mod handle;
mod info;
mod job;
mod object;
mod process;
mod socket;
mod time;
mod vmar;
mod vmo;
mod vmo_child;
mod vmo_range;

pub use channel::ChannelRead;
pub use info::Info;
pub use object::WaitStart;
