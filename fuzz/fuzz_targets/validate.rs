//! The report on any file, which says of it what a build says.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loader_core::elf_parse::Elf64Headers;
use loader_core::validate::{MAX_READ_EXTRA, MAX_READ_FACTOR, Severity, validate};
use support::odd_vmos::CountingVmo;
use support::strict_kernel::build;
use zx_abi::Arch;

#[allow(dead_code, unused_imports, reason = "not all of it is for this target")]
#[path = "../../crates/loader-core/tests/it/support/mod.rs"]
mod support;

/// What headers and PT_INTERP may take beyond the bound.
const HEADERS: u64 = 2 << 20;

fuzz_target!(|file: &[u8]| {
    for arch in Arch::ALL {
        let size = file.len() as u64;
        let counting = CountingVmo::new(file);
        let report = validate(&counting, size, arch);
        assert!(counting.bytes_read.get() <= MAX_READ_FACTOR * size + MAX_READ_EXTRA + HEADERS);

        let failure = report.first_error().map(|found| found.failure.clone());
        assert_eq!(failure, build(file, arch).err().map(Some));
        assert_eq!(report.headers, Elf64Headers::from_vmo(file, arch).ok());
        let errors = report.findings.iter().filter(|found| found.severity == Severity::Error);
        assert!(errors.clone().all(|found| found.failure.is_some()));
        let warning = report.findings.iter().position(|found| found.severity == Severity::Warning);
        assert!(warning.is_none_or(|first| first == errors.count()));
    }
});
