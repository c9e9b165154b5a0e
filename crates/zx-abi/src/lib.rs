//! Zircon's numbers and layouts: statuses, rights, signals, object types, options, info records.
//!
//! This crate holds facts only. It knows no other crate of this workspace and makes no decision.
//! Numbers are those of the newest ABI unless an item says otherwise.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

/// Constants of one type with their names.
macro_rules! named {
    ($($constant:ident,)*) => { &[$((stringify!($constant), $constant),)*] };
}

mod abi;
mod arch;
mod clock;
mod entry;
mod exception;
mod handle_type;
mod info;
mod interrupt;
mod iob;
mod limits;
mod log;
mod message;
mod object_type;
mod pager;
mod policy;
mod port;
mod processargs;
mod profile;
mod property;
mod registers;
mod resource;
mod rights;
mod signals;
mod socket;
mod status;
mod stream;
mod syscalls;
mod system;
mod task;
mod time;
mod vm;

pub use abi::*;
pub use arch::*;
pub use clock::*;
pub use entry::*;
pub use exception::*;
pub use handle_type::*;
pub use info::*;
pub use interrupt::*;
pub use iob::*;
pub use limits::*;
pub use log::*;
pub use message::*;
pub use object_type::*;
pub use pager::*;
pub use policy::*;
pub use port::*;
pub use processargs::*;
pub use profile::*;
pub use property::*;
pub use registers::*;
pub use resource::*;
pub use rights::*;
pub use signals::*;
pub use socket::*;
pub use status::*;
pub use stream::*;
pub use syscalls::*;
pub use system::*;
pub use task::*;
pub use time::*;
pub use vm::*;
