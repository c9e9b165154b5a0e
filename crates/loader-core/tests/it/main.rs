//! Behaviour of the crate through its public face.

mod elf_arch32;
mod elf_dynamic;
mod elf_file_header;
mod elf_load;
mod elf_map;
mod elf_parse;
mod elf_program_headers;
mod elf_properties;
mod handle_info;
mod imports;
mod interp;
mod processargs_build;
mod processargs_decode;
mod processargs_properties;
mod stack;
mod support;
mod validate_hostile;
mod validate_kinds;
mod validate_properties;
mod validate_relocations;
mod validate_report;
mod validate_verdict;
