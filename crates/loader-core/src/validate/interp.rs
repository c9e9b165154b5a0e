//! PT_INTERP: whether there is a dynamic linker, and its name.

use super::failure::BuildFailure;
use super::headers::{PhField, ph_field};
use super::kind::FindingKind as Kind;
use super::report::{Field, Findings, Severity};
use crate::elf_parse::{Elf64Headers, Elf64ProgramHeader, ElfParseError, SegmentType};
use crate::interp::{InterpError, InterpSegment, MAX_OBJECT_NAME, is_object_name, read_segment};
use crate::seam::ReadVmo;
use core::fmt;
use zx_abi::Status;

/// How the file is started.
pub(super) enum Linkage {
    /// By itself.
    Static,
    /// By a dynamic linker; its name, if the loader can be asked for it.
    Dynamic(Option<LinkerName>),
}

/// What a PT_INTERP says.
pub(super) struct LinkerName {
    pub name: String,
    /// Where it is in the file.
    pub field: Field,
}

/// Checks every PT_INTERP.
pub(super) fn check<V: ReadVmo + ?Sized>(
    file: &V,
    headers: &Elf64Headers,
    findings: &mut Findings,
) -> Linkage {
    let is_interp = |index: &usize| {
        let header = headers.program_headers().get(*index);
        header.is_some_and(|header| header.segment_type() == Ok(SegmentType::Interp))
    };
    let mut indices = (0..headers.program_headers().len()).filter(is_interp);
    let Some(first) = indices.next() else { return Linkage::Static };

    let mut good = true;
    if let Some(second) = indices.next() {
        good = false;
        findings.failure(
            Severity::Error,
            Kind::MultipleInterp,
            ph_field(headers, second, PhField::Type),
            format_args!("one PT_INTERP"),
            format_args!("{}", 2 + indices.count()),
            ElfParseError::MultipleHeaders(SegmentType::Interp).into(),
        );
    }
    let name = check_name(file, headers, first, findings);
    Linkage::Dynamic(name.filter(|_| good))
}

/// Checks what the PT_INTERP at `index` says; returns it if the loader can be asked for it.
fn check_name<V: ReadVmo + ?Sized>(
    file: &V,
    headers: &Elf64Headers,
    index: usize,
    findings: &mut Findings,
) -> Option<LinkerName> {
    let header = headers.program_headers().get(index)?;
    let &Elf64ProgramHeader { offset, filesz, .. } = header;
    let mut refuse =
        |kind, field, expected: fmt::Arguments<'_>, actual: fmt::Arguments<'_>, error| {
            let failure = BuildFailure::Interp(error);
            findings.failure(Severity::Error, kind, field, expected, actual, failure);
        };
    let InterpSegment { name, faults } = match read_segment(file, header) {
        Ok(segment) => segment,
        Err(status) => {
            let field = ph_field(headers, index, PhField::Offset);
            let expected = format_args!("{filesz:#x} bytes within the file");
            let actual = format_args!("{offset:#x}");
            refuse(Kind::InterpUnreadable, field, expected, actual, InterpError::Read(status));
            return None;
        }
    };
    let good = faults.is_empty();
    for fault in faults {
        let byte_at = |place: u64| {
            let mut byte = [0];
            let at = offset.saturating_add(place);
            let read = if place < filesz { file.read(at, &mut byte).ok() } else { None };
            let actual = read.map_or("no byte".to_owned(), |()| format!("{:02x}", byte[0]));
            (Field { offset: at, name: "PT_INTERP" }, actual)
        };
        match fault {
            InterpError::MissingNul => {
                let (field, actual) = byte_at(filesz.saturating_sub(1));
                let (expected, actual) = (format_args!("00"), format_args!("{actual}"));
                refuse(Kind::InterpMissingNul, field, expected, actual, fault);
            }
            InterpError::InvalidUtf8 { valid_up_to } => {
                let (field, actual) = byte_at(valid_up_to);
                let (expected, actual) = (format_args!("UTF-8"), format_args!("{actual}"));
                refuse(Kind::InterpNotUtf8, field, expected, actual, fault);
            }
            InterpError::TooLong { .. } | InterpError::Read(_) => {
                let field = ph_field(headers, index, PhField::Filesz);
                let expected = format_args!("at most {:#x}", MAX_OBJECT_NAME + 1);
                refuse(Kind::InterpTooLong, field, expected, format_args!("{filesz:#x}"), fault);
            }
        }
    }
    let field = Field { offset, name: "PT_INTERP" };
    good.then_some(LinkerName { name, field })
}

impl LinkerName {
    /// Whether it is a path from the root of a file system, as no name is that Fuchsia's linkers
    /// have.
    pub fn is_absolute(&self) -> bool {
        self.name.starts_with('/')
    }

    /// Refuses a name that no loader service can have an object of.
    pub fn check_object(&self, findings: &mut Findings) {
        if !is_object_name(&self.name) {
            findings.failure(
                Severity::Error,
                Kind::InterpName,
                self.field,
                format_args!("a path below a directory, such as ld.so.1"),
                format_args!("{:?}", self.name),
                BuildFailure::GenericStatus(
                    "Failed to load dynamic linker from fuchsia.ldsvc.Loader",
                    Status::INVALID_ARGS,
                ),
            );
        }
    }
}
