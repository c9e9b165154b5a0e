//! The guests' side of the calls.

mod calls;
mod life;
mod memory_and_tasks;
