//! Guests really run: x86-64 Linux only.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

#[path = "../support/mod.rs"]
mod support;

mod calls;
mod confinement;
mod exceptions;
mod lifecycle;
mod mappings;
mod threads;
