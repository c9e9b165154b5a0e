//! The simulated kernel behaves as Zircon does, family by family.

mod support;

mod channels;
mod debuglog;
mod determinism;

mod handles;
mod info_and_properties;
mod jobs_and_policy;

mod processes;
mod sockets;
mod trace;
mod vmars;
mod vmos;
mod waits;
