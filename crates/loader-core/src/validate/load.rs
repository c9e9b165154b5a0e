//! The image, loaded on a kernel without memory.

use super::dry_kernel::{DryVmar, DryVmo};
use super::headers::{PHNUM, PhField, ph_field};
use super::kind::FindingKind as Kind;
use super::report::{Findings, Severity};
use crate::elf_load::{
    ElfLoadError, SegmentFault, allocate_image, image_info, map_segment, segments,
};
use crate::elf_parse::{Elf64Headers, Elf64ProgramHeader, SegmentFlags, SegmentType};
use crate::seam::Vmar;
use zx_abi::{PAGE_SIZE, Status, VmOptions};

/// The smallest vDSO: a page to read and a page to execute.
const VDSO_SIZE: u64 = 2 * PAGE_SIZE;

/// A PT_LOAD and its place among the program headers.
type Load<'a> = (usize, &'a Elf64ProgramHeader);

/// Loads the image into a new process, and after it the vDSO if the loader starts it directly.
///
/// What is refused is an error then, and a warning if a dynamic linker is to load the file.
pub(super) fn check(
    headers: &Elf64Headers,
    root: &DryVmar,
    severity: Severity,
    findings: &mut Findings,
) {
    let is_load = |(_, header): &Load<'_>| header.segment_type() == Ok(SegmentType::Load);
    let loads: Vec<Load<'_>> =
        headers.program_headers().iter().enumerate().filter(is_load).collect();
    let last = loads.last().copied();
    let mut refuse = |load: Option<Load<'_>>, error: ElfLoadError| {
        report(headers, load, severity, error, findings);
    };

    let info = match image_info(headers) {
        Ok(info) => info,
        Err(error) => return refuse(last, error),
    };
    let mut good = Vec::with_capacity(loads.len());
    for (segment, load) in segments(headers, info.low.wrapping_neg()).zip(loads) {
        match segment {
            Ok(segment) => good.push((segment, load)),
            Err(error) => refuse(Some(load), error),
        }
    }
    let allocated = allocate_image(root, &info);
    let has_room = allocated.is_ok();
    let vmar = match allocated {
        Ok((vmar, _)) => vmar,
        Err(error) => {
            refuse(last, error);
            DryVmar::unplaced(info.high - info.low)
        }
    };
    for (segment, load) in good {
        if let Err(error) = map_segment(&DryVmo::executable(), b"", &vmar, &segment) {
            refuse(Some(load), error);
        }
    }
    if has_room && severity == Severity::Error {
        let vdso = root.allocate(0, VDSO_SIZE, VmOptions::CAN_MAP_RXW);
        if let Err(status) = vdso {
            refuse(last, ElfLoadError::VmarAllocate(status));
        }
    }
}

/// Says which field of `load` it is that `error` is about; without one there is no PT_LOAD.
fn report(
    headers: &Elf64Headers,
    load: Option<Load<'_>>,
    severity: Severity,
    error: ElfLoadError,
    findings: &mut Findings,
) {
    let Some((index, header)) = load else {
        let (kind, failure) = (Kind::NothingToLoad, error.into());
        let (expected, actual) = (format_args!("a PT_LOAD"), format_args!("none"));
        return findings.failure(severity, kind, PHNUM, expected, actual, failure);
    };
    let &Elf64ProgramHeader { offset, vaddr, filesz, memsz, flags, .. } = header;
    let mut refuse = |kind, field, expected: &str, actual: u64| {
        let field = ph_field(headers, index, field);
        let (expected, actual) = (format_args!("{expected}"), format_args!("{actual:#x}"));
        findings.failure(severity, kind, field, expected, actual, error.clone().into());
    };
    let segment_flags = header.flags();
    match &error {
        ElfLoadError::NothingToLoad => {
            refuse(Kind::NothingToLoad, PhField::Memsz, "more than 0 in some PT_LOAD", memsz);
        }
        ElfLoadError::InvalidSegment { fault, .. } => match fault {
            SegmentFault::AddressOverflow => {
                let expected = "an end in the 64-bit address space, in whole pages";
                refuse(Kind::LoadOverflow, PhField::Memsz, expected, memsz);
            }
            SegmentFault::OffsetOverflow => {
                let expected = "an end below 2^64, in whole pages";
                refuse(Kind::LoadFileOverflow, PhField::Offset, expected, offset);
            }
            SegmentFault::NotCongruent => {
                let expected = &format!("equal to p_offset ({offset:#x}) modulo {PAGE_SIZE:#x}");
                refuse(Kind::LoadCongruence, PhField::Vaddr, expected, vaddr);
            }
            SegmentFault::OutOfOrder => {
                let expected = "at or after the first PT_LOAD";
                refuse(Kind::LoadOverlap, PhField::Vaddr, expected, vaddr);
            }
        },
        ElfLoadError::VmarMap(Status::ACCESS_DENIED) => {
            if segment_flags.contains(SegmentFlags::WRITE) {
                let expected = "PF_W (0x2) or PF_X (0x1), not both";
                refuse(Kind::WritableCode, PhField::Flags, expected, flags.into());
            } else {
                let expected = &format!("equal to p_filesz ({filesz:#x}), as PF_X (0x1) is set");
                refuse(Kind::ExecutableZeros, PhField::Memsz, expected, memsz);
            }
        }
        ElfLoadError::VmarMap(Status::INVALID_ARGS)
            if segment_flags & (SegmentFlags::READ | SegmentFlags::WRITE)
                == SegmentFlags::WRITE =>
        {
            refuse(Kind::WriteOnly, PhField::Flags, "PF_R (0x4) with PF_W (0x2)", flags.into());
        }
        ElfLoadError::VmarMap(Status::ALREADY_EXISTS) => {
            let expected = "in a page that no other PT_LOAD has";
            refuse(Kind::SharedPage, PhField::Vaddr, expected, vaddr);
        }
        // Only where the headers are in disorder already.
        ElfLoadError::VmarMap(_) => {
            let expected = "between the first PT_LOAD and the end of the last";
            refuse(Kind::LoadOverlap, PhField::Vaddr, expected, vaddr);
        }
        // The kernel has room for the image and its parts, or not.
        ElfLoadError::VmarAllocate(_)
        | ElfLoadError::VmoCowClone(_)
        | ElfLoadError::VmoCreate(_)
        | ElfLoadError::VmoWrite(_)
        | ElfLoadError::GetVmoName(_)
        | ElfLoadError::SetVmoName(_)
        | ElfLoadError::NamePrefixTooLong { .. } => {
            let expected = "an image that fits in the machine's user address range";
            refuse(Kind::AddressSpace, PhField::Memsz, expected, memsz);
        }
    }
}
