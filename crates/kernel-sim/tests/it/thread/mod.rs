//! Threads.

mod start;
mod state;
