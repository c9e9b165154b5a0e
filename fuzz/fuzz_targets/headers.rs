//! The headers of any file, for every architecture.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loader_core::elf_parse::{Elf64Headers, SegmentType};
use loader_core::interp::interpreter_name;
use loader_core::validate::arch_of;
use zx_abi::Arch;

fuzz_target!(|file: &[u8]| {
    let accepted = Arch::ALL.into_iter().filter(|arch| check(file, *arch));
    let accepted: Vec<Arch> = accepted.collect();
    assert!(accepted.len() <= 1, "a file is for one architecture: {accepted:?}");
    if let Some(arch) = accepted.first() {
        assert_eq!(arch_of(file), Ok(Some(*arch)));
    }
});

/// Whether the headers are good for an architecture.
fn check(file: &[u8], arch: Arch) -> bool {
    let headers = match Elf64Headers::from_vmo(file, arch) {
        Ok(headers) => headers,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            assert!(error.as_zx_status().into_raw() < 0);
            _ = error.detail();
            _ = Elf64Headers::from_vmo_with_arch32(file, arch);
            return false;
        }
    };
    assert_eq!(Elf64Headers::from_vmo_with_arch32(file, arch).as_ref(), Ok(&headers));
    if let Ok(Some(header)) = headers.program_header_with_type(SegmentType::Interp) {
        match interpreter_name(file, header) {
            Ok(name) => assert!((name.len() as u64) < header.filesz.max(1)),
            Err(error) => assert!(error.as_zx_status().into_raw() < 0),
        }
    }
    true
}
