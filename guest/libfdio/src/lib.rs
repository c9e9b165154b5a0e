//! `libfdio.so`: file descriptors and the namespace. It has what POSIX says of them (`open`, `read`,
//! `write`, `poll` and their kin) and what Fuchsia adds to it (lib/fdio).
//!
//! libc.so starts it before the program ([`startup`]) with the startup handles, of which it takes
//! the descriptors and the directories of the namespace. [`descriptor`] has the table of what is
//! open; a descriptor leads to an [`object`], which several may share. Files and directories are
//! served by other processes, to which [`remote`] speaks fuchsia.io as it is today. [`place`] finds
//! what a path leads to. What Fuchsia has no means for, [`absent`] refuses.

#![no_std]
// The functions are C's, and their contracts C's own.
#![allow(clippy::missing_safety_doc)]

extern crate alloc;

mod absent;
mod control;
mod counter;
mod descriptor;
mod directory;
mod entries;
mod errno;
mod filesystem;
mod flock;
mod glob;
mod handle;
mod heap;
mod local;
mod names;
mod namespace;
mod network;
mod object;
mod open;
mod path;
mod pattern;
mod permissions;
mod pipe;
mod place;
mod poll;
mod position;
mod remote;
mod service;
mod spawn;
mod startup;
mod stat;
mod status;
mod text;
mod times;
mod transfer;
mod vmo;
