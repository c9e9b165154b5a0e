//! ELF segments mapped into a VMAR (src/lib/process_builder/src/elf_load.rs).
//!
//! Relocation, RELRO and thread-local storage are the dynamic linker's business.

mod error;
mod info;
mod load;
mod map;
mod names;
mod segment;

pub use error::{ElfLoadError, SegmentFault};
pub use info::{LoadedElfInfo, loaded_elf_info};
pub use load::{LoadedElf, load_elf};
pub use map::map_elf_segments;
pub use names::vmo_name_with_prefix;

pub(crate) use load::{allocate_image, image_info};
pub(crate) use map::map_segment;
pub(crate) use segment::segments;
