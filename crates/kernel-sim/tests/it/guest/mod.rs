//! The guests' side of the calls.

mod abi;
mod calls;
mod life;
mod memory_and_tasks;
