//! The process builder's test utility: takes the channel User0(0), reads one message that is
//! already there, and writes the same bytes back.
//!
//! Returns 1 without the channel, else the status of the read or of the write.

#![no_std]
#![no_main]

use guest_rt::{Handle, Startup, channel};
use zx_abi::{HandleType, Result};

/// Bytes in a message, at most.
const MESSAGE_SIZE: usize = 128;

fn main(startup: &mut Startup) -> i64 {
    let Some(channel) = startup.take(HandleType::User0, 0) else {
        return 1;
    };
    match echo(channel) {
        Ok(()) => 0,
        Err(status) => status.into_raw().into(),
    }
}

fn echo(channel: Handle) -> Result {
    let mut bytes = [0; MESSAGE_SIZE];
    let (message, _) = channel::read(channel, &mut bytes, &mut [])?;
    channel::write(channel, message)
}

guest_rt::entry!(main);
