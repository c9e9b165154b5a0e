//! `libc.so`: the C library. It starts a program, keeps what the program was started with, and has
//! what compilers and Rust's standard library expect of a C library on Fuchsia.
//!
//! [`start`] is the place to begin reading. Files and descriptors are not here: `libfdio.so` has
//! `open`, `read`, `write` and their kin, and this library finds it at run time ([`extensions`]),
//! as on Fuchsia. The dynamic linker says which images there are and what thread-local storage
//! they want; everything else about threads is in [`thread`].
//!
//! Structures and constants are those of Fuchsia's headers.

#![no_std]
// Functions such as `strlen` must not be compiled into calls of themselves.
#![no_builtins]
// The functions are C's, and their contracts C's own.
#![allow(clippy::missing_safety_doc)]

mod accounts;
mod calendar;
mod ctype;
mod dl;
mod dlfcn;
mod environment;
mod errno;
mod exit;
mod extensions;
mod jump;
mod linker;
mod locale;
mod long_double;
mod mapping;
mod math;
mod memory;
mod netdb;
mod number;
mod option;
mod process;
mod random;
mod refused;
mod signal;
mod sort;
mod start;
mod startup;
mod stdio;
mod string;
mod temporary;
mod terminal;
mod thread;
mod time;
mod tokens;
mod unwind;
mod wide;
