//! The kernel as a whole.

mod concurrency;
mod determinism;
mod handles_and_spaces;
mod leaks;
mod scarce;
mod told;
mod trace;
mod waits;
mod work;
