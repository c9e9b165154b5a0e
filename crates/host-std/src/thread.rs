//! Threads of Rust's standard library.

use std::ffi::CStr;
use std::io;
use std::thread::Builder;

/// Starts a thread that nobody joins: the simplest [`StartThread`](crate::StartThread).
///
/// # Errors
/// If the system has no room for one.
pub fn start_thread(name: &'static CStr, work: Box<dyn FnOnce() + Send>) -> io::Result<()> {
    Builder::new().name(name.to_string_lossy().into_owned()).spawn(work).map(drop)
}
