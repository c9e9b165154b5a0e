//! The stack that PT_GNU_STACK asks for, made on a kernel without memory.

use super::dry_kernel::{DryVmar, DryVmo};
use super::failure::BuildFailure;
use super::headers::{PHNUM, PhField, ph_field};
use super::kind::FindingKind as Kind;
use super::report::{Findings, Severity};
use crate::elf_parse::{Elf64Headers, ElfParseError, SegmentType};
use crate::seam::Mapper;
use crate::stack::{InitialStack, StackError};
use zx_abi::VmOptions;

/// Makes the stack, in a process that has the image already.
///
/// What is refused is an error for a static executable. The stack of a dynamic one is sized by its
/// message, so that nobody fails there.
pub(super) fn check(
    headers: &Elf64Headers,
    root: &DryVmar,
    severity: Severity,
    findings: &mut Findings,
) {
    let mut refuse = |kind, field, expected, actual, failure| match severity {
        Severity::Error => findings.failure(severity, kind, field, expected, actual, failure),
        Severity::Warning => findings.warn(kind, field, expected, actual),
    };
    let is_stack = |index: &usize| {
        let header = headers.program_headers().get(*index);
        header.is_some_and(|header| header.segment_type() == Ok(SegmentType::GnuStack))
    };
    let indices = || (0..headers.program_headers().len()).filter(is_stack);
    let failure = match InitialStack::for_static(headers) {
        Ok(stack) => match make(&stack, root) {
            Ok(()) => return,
            Err(failure) => failure,
        },
        // A builder reports it as the executable's, not as the stack's.
        Err(StackError::ElfParse(error)) => error.into(),
        Err(error) => error.into(),
    };
    let multiple = matches!(failure, BuildFailure::ElfParse(ElfParseError::MultipleHeaders(_)));
    let index = if multiple { indices().nth(1) } else { indices().next() };
    // Without a PT_GNU_STACK it is the default stack that has no room.
    let field = |place| index.map_or(PHNUM, |at| ph_field(headers, at, place));
    if multiple {
        let (expected, actual) =
            (format_args!("one PT_GNU_STACK"), format_args!("{}", indices().count()));
        let field = field(PhField::Type);
        refuse(Kind::MultipleGnuStack, field, expected, actual, failure);
    } else {
        let header = index.and_then(|at| headers.program_headers().get(at));
        let memsz = header.map_or(0, |header| header.memsz);
        let expected = format_args!("what the machine's user address range has room for");
        let (field, actual) = (field(PhField::Memsz), format_args!("{memsz:#x}"));
        refuse(Kind::StackTooLarge, field, expected, actual, failure);
    }
}

/// The builder's calls, with its words for their failures.
fn make(stack: &InitialStack, root: &DryVmar) -> Result<(), BuildFailure> {
    let vmo = DryVmo::create(stack.size()).map_err(|status| {
        BuildFailure::GenericStatus("Failed to create VMO for initial thread stack", status)
    })?;
    root.map(0, &vmo, 0, stack.size(), VmOptions::PERM_READ | VmOptions::PERM_WRITE)
        .map(drop)
        .map_err(|status| BuildFailure::GenericStatus("Failed to map initial stack", status))
}
