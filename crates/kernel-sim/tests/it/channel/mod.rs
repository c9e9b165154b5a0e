//! Channels.

mod call;
mod etc;
mod messages;
