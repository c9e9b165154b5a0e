//! Builds on the null machine, whole and failing.

mod dynamic_build;
mod static_build;
mod support;
