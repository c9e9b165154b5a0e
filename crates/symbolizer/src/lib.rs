//! Makes functions, files and lines of the addresses that Fuchsia's programs print.
//!
//! Programs there carry no names to print. They print **symbolizer markup** instead: elements in
//! triple braces, of which `module` and `mmap` tell what is mapped where, and `bt` and `pc` are
//! addresses. A [`Filter`] reads output with such elements in it and writes it for people; whatever
//! is no element passes as it is, at once. What the addresses mean it finds in [`Modules`], ELF files
//! with their DWARF or symbols, which it gets from its embedder by their build IDs.
//!
//! Everything that is read here may be anybody's: markup and files that make no sense give less, and
//! nothing else.
#![forbid(unsafe_code)]

mod element;
mod filter;
mod module;
mod modules;

pub use filter::{Filter, Trim};
pub use module::{Frame, Module};
pub use modules::{Files, Modules};
