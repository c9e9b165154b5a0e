//! The dynamic section of any file, and what it imports.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loader_core::elf_parse::{Elf64DynSection, Elf64Headers, MAX_DYNAMIC_ENTRIES};
use loader_core::validate::imported_names;
use zx_abi::Arch;

fuzz_target!(|file: &[u8]| {
    for arch in Arch::ALL {
        let section = Elf64DynSection::from_vmo(file, arch);
        if let Ok(section) = &section {
            let entries = section.dynamic_entries();
            assert!(entries.len() as u64 <= MAX_DYNAMIC_ENTRIES);
            // An entry takes 16 bytes of a file that reads as whole pages.
            assert!(16 * entries.len() <= file.len().next_multiple_of(4096));
            if let Some(first) = entries.first() {
                assert_eq!(section.dynamic_entry_with_tag(first.tag), Some(first));
            }
            assert_eq!(Elf64DynSection::from_vmo_with_arch32(file, arch).as_ref(), Ok(section));
        } else {
            _ = Elf64DynSection::from_vmo_with_arch32(file, arch);
        }
        if let Ok(headers) = Elf64Headers::from_vmo(file, arch) {
            assert_eq!(Elf64DynSection::with_headers(file, &headers), section);
            _ = imported_names(file, file.len() as u64, &headers);
        }
    }
});
