//! `zx_object_*`, a file per kind of call.

mod get_child;
mod info;
mod property;
mod signal;
mod wait;

pub use info::Info;
pub use wait::{WaitManyStart, WaitStart};
