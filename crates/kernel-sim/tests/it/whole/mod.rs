//! The kernel as a whole.

mod concurrency;
mod determinism;
mod handles_and_spaces;
mod leaks;
mod trace;
mod waits;
mod work;
