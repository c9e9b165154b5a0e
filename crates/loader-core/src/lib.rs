//! What lies between an ELF file in a VMO and a process ready to start.
//!
//! - [`elf_parse`]: the headers, with the checks that Fuchsia's loader makes, in its order.
//! - [`elf_load`]: the PT_LOAD segments, mapped into a VMAR.
//! - [`process_args`]: the bootstrap message, built and taken apart.
//! - [`stack`]: the initial stack's size, name and stack pointer.
//! - [`interp`]: the dynamic linker's name.
//!
//! The crate is pure logic. It meets a kernel only through the traits of [`seam`], and the target
//! machine is always a parameter. Input may be hostile: nothing here panics on it, and no length
//! field makes it allocate without a bound.
#![forbid(unsafe_code)]

pub mod elf_load;
pub mod elf_parse;
pub mod interp;
mod page;
pub mod process_args;
pub mod seam;
pub mod stack;
