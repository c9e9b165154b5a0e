//! Fuchsia's `process_builder` (src/lib/process_builder) over the simulated kernel.
//!
//! [`ProcessBuilder`] collects what a new process shall have, [`ProcessBuilder::build`] makes it in
//! upstream's order, with upstream's errors, and [`BuiltProcess::start`] lets it run. Handles are
//! owned as in Rust: whatever a call consumes is closed when the call fails.
#![forbid(unsafe_code)]

mod abi;
mod build;
mod builder;
mod compat;
mod dynamic;
mod error;
mod handle;

pub use build::{Build, BuiltProcess, start};
pub use builder::{NamespaceEntry, ProcessBuilder};
pub use compat::Compat;
pub use dynamic::DynamicBuild;
pub use error::ProcessBuilderError;
pub use handle::{Context, OwnedHandle, Vmar, Vmo};
