//! Builds on the null machine, whole and failing.

mod abi;
mod dynamic_build;
mod faults;
mod static_build;
mod support;
