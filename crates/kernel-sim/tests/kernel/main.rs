//! The simulated kernel behaves as Zircon does, family by family.

#[allow(dead_code, reason = "shared with the other tests")]
mod support;

mod channels;
mod concurrency;
mod debuglog;
mod determinism;
mod guest_calls;
mod guests;
mod handles;
mod info_and_properties;
mod jobs_and_policy;
mod leaks;
mod model;
mod processes;
mod sockets;
mod trace;
mod vmars;
mod vmos;
mod waits;
