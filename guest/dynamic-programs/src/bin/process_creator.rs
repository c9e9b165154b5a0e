//! Creates a process in its default job by itself, without the Launcher, which the policy of most
//! jobs denies. Returns 0, or the status of failing.

#![no_std]
#![no_main]

use dynamic_programs::handle;
use guest_rt::{Handle, process};
use zx_abi::HandleType;

fn main() -> i64 {
    let job = handle(HandleType::DefaultJob).unwrap_or(Handle::INVALID);
    match process::create(job, b"child") {
        Ok(_) => 0,
        Err(status) => status.into_raw().into(),
    }
}

dynamic_programs::entry!(main);
