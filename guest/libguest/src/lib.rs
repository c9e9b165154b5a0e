//! `libguest.so`: what dynamic programs share. It starts them, and keeps what they were started
//! with: arguments, environment, handles, the namespace and file descriptors.
//!
//! The functions follow the C ABI; `dynamic_programs` declares them.

#![no_std]

mod fds;
mod locked;
mod namespace;
mod start;
mod startup;
