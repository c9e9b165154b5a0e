//! Channels.

mod call;
mod etc;
mod messages;
mod searched;
mod transit;
