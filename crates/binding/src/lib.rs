//! The N-API addon. It converts and nothing else: what it converts to lives in the other crates,
//! and what JavaScript sees is the TypeScript library over it.
//!
//! # Conventions
//! - System calls take the koid of the calling context first. They return a *number*: the value,
//!   or a `zx_status_t` below zero. Values are handles, sizes and addresses, all below 2^53.
//! - Further results go into a typed array that JavaScript provides.
//! - Errors with more than a status are data: see `error::NativeError`.
//! - JavaScript has checked types and ranges. What it could not have sent is INVALID_ARGS here.
//! - No panic crosses into Node: see `guard`.
// In a test target, which clippy builds of every crate, napi registers nothing.
#![cfg_attr(test, allow(dead_code))]
#![allow(clippy::too_many_arguments, reason = "system calls have as many as they have")]

mod builder;
mod check;
mod completion;
mod elf;
mod error;
mod events;
mod guard;
mod host_file;
mod images;
mod inspect;
mod kernel;
mod limits;
mod load;
mod machine;
mod message;
mod number;
mod probe;
mod report;
mod symbolizer;
mod syscalls;
mod tables;
mod trace;
mod tracer;
mod wire;
