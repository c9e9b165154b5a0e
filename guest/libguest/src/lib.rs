//! `libguest.so`: what the dynamic programs of the tests share, in place of a C library. It starts
//! them, and keeps what they were started with: arguments, environment, handles, the namespace and
//! file descriptors, whose servers it asks as programs of 2020 do.
//!
//! The functions follow the C ABI; `dynamic_programs` declares them.

#![no_std]

mod fds;
mod locked;
mod namespace;
mod start;
mod startup;
