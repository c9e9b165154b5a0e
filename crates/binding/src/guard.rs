//! Panics end here.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use napi::{Error, Result, Status};

/// Runs the body of an export. A panic is a bug; it becomes a JavaScript error and leaves Node
/// running.
pub fn guard<R>(body: impl FnOnce() -> Result<R>) -> Result<R> {
    // Nothing is left half-changed that JavaScript sees: the kernel's lock survives a panic.
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| {
        Err(Error::new(Status::GenericFailure, format!("internal error: {}", text(&*panic))))
    })
}

fn text(panic: &(dyn Any + Send)) -> &str {
    let owned = panic.downcast_ref::<String>().map(String::as_str);
    owned.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("unknown")
}
