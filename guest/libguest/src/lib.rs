//! `libguest.so`: what dynamic programs share. It starts them, and keeps what they were started
//! with: arguments, environment, namespace and handles.
//!
//! The functions follow the C ABI; `dynamic_programs` declares them.

#![no_std]

mod start;
mod startup;
