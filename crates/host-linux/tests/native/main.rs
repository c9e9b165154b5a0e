//! Guests really run: x86-64 Linux only.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

#[path = "../support/mod.rs"]
mod support;

mod calls;
mod confinement;
mod debugged;
mod exceptions;
mod faults;
mod forged_frames;
mod lifecycle;
mod mappings;
mod registers;
mod suspend;
mod suspend_in_calls;
mod threads;
