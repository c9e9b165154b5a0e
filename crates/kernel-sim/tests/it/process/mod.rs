//! Processes.

mod memory;
mod start;
