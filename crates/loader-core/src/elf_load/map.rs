//! Mapping of segments.

use super::error::ElfLoadError;
use super::names::vmo_name_with_prefix;
use super::segment::{Segment, segments};
use crate::elf_parse::{Elf64Headers, SegmentFlags};
use crate::seam::{Mapper, Vmo};
use zx_abi::{PAGE_SIZE, VmOptions, VmoChildOptions};

/// Maps the PT_LOADs of `headers`, the headers of the file in `vmo`, with `mapper`.
///
/// `mapper_base` is the address of the mapper's offset 0, and `vaddr_bias` is what is added to the
/// image's addresses; sums are modulo 2^64.
///
/// File pages of a segment that is not writable are mapped from `vmo` itself; those of a writable
/// segment, or with zeros to follow in their last page, from a copy-on-write child named `data:`
/// and `vmo`'s name; whole pages of zeros from a new VMO named `bss:` and `vmo`'s name. Mappings
/// may reach beyond the file's end: access there faults. The kernel refuses to execute what is
/// mapped from a child or a new VMO.
///
/// # Errors
///
/// [`ElfLoadError::GetVmoName`], even without segments. [`ElfLoadError::InvalidSegment`] before
/// anything is mapped. Then, segment by segment, [`ElfLoadError::VmoCowClone`],
/// [`ElfLoadError::SetVmoName`], [`ElfLoadError::VmoWrite`], [`ElfLoadError::VmarMap`] and
/// [`ElfLoadError::VmoCreate`]; earlier mappings stay.
pub fn map_elf_segments<M: Mapper>(
    vmo: &M::Vmo,
    headers: &Elf64Headers,
    mapper: &M,
    mapper_base: u64,
    vaddr_bias: u64,
) -> Result<(), ElfLoadError> {
    let name = vmo.name().map_err(ElfLoadError::GetVmoName)?;
    let relative_bias = vaddr_bias.wrapping_sub(mapper_base);
    let segments = segments(headers, relative_bias).collect::<Result<Vec<_>, _>>()?;
    segments.iter().try_for_each(|segment| map_segment(vmo, &name, mapper, segment))
}

/// Maps one segment of the file in `vmo`, whose name is `name`.
pub(crate) fn map_segment<M: Mapper>(
    vmo: &M::Vmo,
    name: &[u8],
    mapper: &M,
    segment: &Segment,
) -> Result<(), ElfLoadError> {
    map_file_pages(vmo, name, mapper, segment)?;
    map_zero_pages(name, mapper, segment)
}

fn map_file_pages<M: Mapper>(
    vmo: &M::Vmo,
    name: &[u8],
    mapper: &M,
    segment: &Segment,
) -> Result<(), ElfLoadError> {
    if segment.file_size == 0 {
        return Ok(());
    }
    let map = |vmo: &M::Vmo, offset| {
        let flags = map_flags(segment.flags);
        mapper
            .map(segment.vmar_offset, vmo, offset, segment.file_pages, flags)
            .map(|_address| ())
            .map_err(ElfLoadError::VmarMap)
    };
    if !segment.needs_copy() {
        return map(vmo, segment.file_offset);
    }

    let copy = vmo
        .create_child(
            VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE,
            segment.file_offset,
            segment.file_pages,
        )
        .map_err(ElfLoadError::VmoCowClone)?;
    copy.set_name(&vmo_name_with_prefix(name, "data:")?).map_err(ElfLoadError::SetVmoName)?;
    if segment.larger_in_memory {
        static ZEROS: [u8; PAGE_SIZE as usize] = [0; PAGE_SIZE as usize];
        let (tail, _) = ZEROS.split_at((segment.file_pages - segment.file_size) as usize);
        if !tail.is_empty() {
            copy.write(segment.file_size, tail).map_err(ElfLoadError::VmoWrite)?;
        }
    }
    map(&copy, 0)
}

fn map_zero_pages<M: Mapper>(
    name: &[u8],
    mapper: &M,
    segment: &Segment,
) -> Result<(), ElfLoadError> {
    if segment.zero_pages == 0 {
        return Ok(());
    }
    let zeros = mapper.create_vmo(segment.zero_pages).map_err(ElfLoadError::VmoCreate)?;
    zeros.set_name(&vmo_name_with_prefix(name, "bss:")?).map_err(ElfLoadError::SetVmoName)?;
    let vmar_offset = segment.vmar_offset + segment.file_pages;
    mapper
        .map(vmar_offset, &zeros, 0, segment.zero_pages, map_flags(segment.flags))
        .map_err(ElfLoadError::VmarMap)?;
    Ok(())
}

/// The options of a segment's mappings.
fn map_flags(flags: SegmentFlags) -> VmOptions {
    let mut options = VmOptions::SPECIFIC | VmOptions::ALLOW_FAULTS;
    options.set(VmOptions::PERM_READ, flags.contains(SegmentFlags::READ));
    options.set(VmOptions::PERM_WRITE, flags.contains(SegmentFlags::WRITE));
    options.set(
        VmOptions::PERM_EXECUTE | VmOptions::PERM_READ_IF_XOM_UNSUPPORTED,
        flags.contains(SegmentFlags::EXECUTE),
    );
    options
}
