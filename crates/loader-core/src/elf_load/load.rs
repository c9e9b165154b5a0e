//! Loading of a whole image.

use super::error::ElfLoadError;
use super::info::{LoadedElfInfo, loaded_elf_info};
use super::map::map_elf_segments;
use super::segment::segments;
use crate::elf_parse::{Elf64Headers, SegmentFlags};
use crate::seam::{Mapper, Vmar};
use zx_abi::VmOptions;

/// A loaded image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedElf<V> {
    /// The VMAR that holds the image and nothing else.
    pub vmar: V,
    /// That VMAR's address.
    pub vmar_base: u64,
    /// The entry point's address.
    pub entry: u64,
}

/// Loads the file in `vmo`, whose headers are `headers`, into a new VMAR within `root_vmar`. The
/// kernel picks the address, also for an `ET_EXEC`.
///
/// # Errors
///
/// [`ElfLoadError::NothingToLoad`] and [`ElfLoadError::InvalidSegment`] before anything changes;
/// [`ElfLoadError::VmarAllocate`]; those of [`map_elf_segments`], after which the new VMAR's
/// handle is closed but its range and mappings stay, as upstream leaves them.
pub fn load_elf<V: Vmar>(
    vmo: &<V as Mapper>::Vmo,
    headers: &Elf64Headers,
    root_vmar: &V,
) -> Result<LoadedElf<V>, ElfLoadError> {
    let info = image_info(headers)?;
    segments(headers, info.low.wrapping_neg()).try_for_each(|segment| segment.map(drop))?;

    let (vmar, vmar_base) = allocate_image(root_vmar, &info)?;
    let vaddr_bias = vmar_base.wrapping_sub(info.low);
    map_elf_segments(vmo, headers, &vmar, vmar_base, vaddr_bias)?;
    let entry = headers.file_header().entry.wrapping_add(vaddr_bias);
    Ok(LoadedElf { vmar, vmar_base, entry })
}

/// What the image spans; it is not empty.
pub(crate) fn image_info(headers: &Elf64Headers) -> Result<LoadedElfInfo, ElfLoadError> {
    let info = loaded_elf_info(headers)?;
    if info.high == info.low { Err(ElfLoadError::NothingToLoad) } else { Ok(info) }
}

/// The VMAR for an image, and its address.
pub(crate) fn allocate_image<V: Vmar>(
    root_vmar: &V,
    info: &LoadedElfInfo,
) -> Result<(V, u64), ElfLoadError> {
    let flags = VmOptions::CAN_MAP_SPECIFIC | can_map_flags(info.max_perm);
    root_vmar.allocate(0, info.high - info.low, flags).map_err(ElfLoadError::VmarAllocate)
}

/// What the VMAR must allow for mappings with these flags. An executable segment may be made
/// readable, where execute-only memory does not exist.
fn can_map_flags(flags: SegmentFlags) -> VmOptions {
    let mut options = VmOptions::empty();
    options
        .set(VmOptions::CAN_MAP_READ, flags.intersects(SegmentFlags::READ | SegmentFlags::EXECUTE));
    options.set(VmOptions::CAN_MAP_WRITE, flags.contains(SegmentFlags::WRITE));
    options.set(VmOptions::CAN_MAP_EXECUTE, flags.contains(SegmentFlags::EXECUTE));
    options
}
