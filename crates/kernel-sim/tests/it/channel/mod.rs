//! Channels.

mod call;
mod etc;
mod messages;
mod transit;
