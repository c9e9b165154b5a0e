//! What lies between an ELF file in a VMO and a process ready to start.
//!
//! - [`elf_parse`]: the headers, with the checks that Fuchsia's loader makes, in its order.
//! - [`elf_load`]: the PT_LOAD segments, mapped into a VMAR.
//! - [`process_args`]: the bootstrap message, built and taken apart.
//! - [`stack`]: the initial stack's size, name and stack pointer.
//! - [`interp`]: the dynamic linker's name.
//! - [`validate`]: everything that is wrong with a file, in one report.
//!
//! The crate is pure logic. It meets a kernel only through the traits of [`seam`], and the
//! architecture is always a parameter. Input may be hostile: nothing here panics on it, and no length
//! field makes it allocate without a bound.
//!
//! ```
//! use loader_core::elf_parse::Elf64Headers;
//! use zx_abi::{Arch, Status};
//!
//! let file = b"#!/bin/sh\n".as_slice();
//! let error = Elf64Headers::from_vmo(file, Arch::X86_64).unwrap_err();
//! assert_eq!(error.to_string(), "Invalid ELF file header: Invalid ELF magic");
//! assert_eq!(error.as_zx_status(), Status::NOT_FOUND);
//! let detail = error.detail().unwrap();
//! assert_eq!((detail.offset, detail.expected.as_str()), (0, "7f 45 4c 46"));
//! ```
#![forbid(unsafe_code)]

pub mod elf_load;
pub mod elf_parse;
pub mod interp;
mod page;
pub mod process_args;
pub mod seam;
pub mod stack;
pub mod validate;
