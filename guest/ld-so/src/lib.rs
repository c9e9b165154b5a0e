//! `ld.so.1`: how Fuchsia starts a dynamic program.
//!
//! A program that names an interpreter (PT_INTERP) is not loaded by who creates its process. The
//! creator asks the loader service for the interpreter, which is this dynamic linker, maps it and
//! the vDSO, and starts the process at the linker's entry, with a channel. Two messages wait in
//! there: the first one is the linker's, the second one the program's. The linker then
//!
//! 1. relocates itself: first what needs no symbol ([`start`]), then its system calls, which it
//!    binds to the vDSO like any other image's imports;
//! 2. reads its message: the executable as a VMO, a channel to the loader service, and handles to
//!    the process and its address space;
//! 3. maps the executable ([`map`]), and every library that it or another library needs, which it
//!    asks the loader service for ([`loader`]);
//! 4. lays out the thread-local storage that all of them want ([`tls`]);
//! 5. binds every symbol and applies every relocation ([`relocate`], [`symbols`]), and then makes
//!    the memory read-only that only relocation had to write (RELRO);
//! 6. tells debuggers where the list of all images is ([`debug`]);
//! 7. jumps to the program's entry with the two arguments that it was started with itself.
//!
//! What needs the second message is left to the program: it creates the initial thread's storage
//! as it does that of any other ([`tls`]), and its handle to the thread sets the thread pointer.
//! Only then may constructors run, so the program calls for them too ([`init`]). The channel to the
//! loader service stays open: a program that launches others asks for a connection for them, and
//! one that calls `dlopen` has further libraries loaded in the same steps ([`open`]), whose
//! thread-local storage each thread gets when it first asks for it ([`late_tls`]).
//!
//! Whatever is not found is said in the debug log, and the process ends with 127. [`linker::link`]
//! is the place to begin reading.

#![no_std]

mod debug;
mod elf;
mod error;
mod global;
mod image;
mod init;
mod iterate;
mod late_tls;
mod linker;
mod load;
mod loader;
mod lock;
mod log;
mod map;
mod memory;
mod module;
mod modules;
mod open;
mod relocate;
mod start;
mod symbols;
mod text;
mod tls;
