//! Builds on the null machine, whole and failing.

mod dynamic_build;
mod faults;
mod static_build;
mod support;
