//! The guests' side of the calls.

mod abi;
mod calls;
mod faults;
mod life;
mod memory_and_tasks;
mod of_2020;
mod test_calls;
mod topics;
