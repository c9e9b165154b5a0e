//! Fakes of the seam's traits, and ELF files to feed them.

mod fake_vmo;
mod files;
pub mod linked_image;
pub mod odd_vmos;
mod recording_vmar;
pub mod strict_kernel;

pub use fake_vmo::{FakeVmo, Fault};
pub use files::{
    dynamic_executable, elf_file, file_header_bytes, load, patch, segment, stack_segment,
    static_pie, write_elf,
};
pub use recording_vmar::{Allocation, Mapping, RecordingVmar};
