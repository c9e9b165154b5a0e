//! What of any file is mapped where.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loader_core::elf_load::{load_elf, loaded_elf_info};
use loader_core::elf_parse::Elf64Headers;
use support::{FakeVmo, RecordingVmar};
use zx_abi::{Arch, PAGE_SIZE, VmOptions};

#[allow(dead_code, unused_imports, reason = "not all of it is for this target")]
#[path = "../../crates/loader-core/tests/it/support/mod.rs"]
mod support;

/// The largest segment that is tried: the fake keeps its bytes.
const MAX_SEGMENT: u64 = 1 << 24;
const BASE: u64 = 0x10_0000;

fuzz_target!(|file: &[u8]| {
    for arch in Arch::ALL {
        let Ok(headers) = Elf64Headers::from_vmo(file, arch) else { continue };
        if headers.program_headers().iter().any(|header| header.memsz > MAX_SEGMENT) {
            continue;
        }
        let vmo = FakeVmo::with_bytes(file).read_only();
        let root = RecordingVmar::new(BASE, &vmo);
        let loaded = load_elf(&vmo, &headers, &root);
        if let Err(error) = &loaded {
            assert!(error.as_zx_status().into_raw() < 0);
        }
        let allocations = root.allocations();
        let Some(allocated) = allocations.first() else {
            assert!(loaded.is_err() && root.mappings().is_empty());
            continue;
        };
        let info = loaded_elf_info(&headers).expect("it was loaded by it");
        assert_eq!((allocations.len(), allocated.size), (1, info.high - info.low));
        for mapping in root.mappings() {
            assert!(mapping.length > 0);
            for place in [mapping.vmar_offset, mapping.vmo_offset, mapping.length] {
                assert_eq!(place % PAGE_SIZE, 0);
            }
            assert!(mapping.flags.contains(VmOptions::SPECIFIC));
            // What lies outside is the VMAR's to refuse; what fits together must not wrap.
            assert!(mapping.vmo_offset.checked_add(mapping.length).is_some());
        }
    }
});
