//! PT_INTERP: whether there is a dynamic linker, and its name.

use super::headers::{PhField, ph_field};
use super::kind::FindingKind as Kind;
use super::report::{Field, Findings, Severity};
use crate::elf_parse::{Elf64Headers, ElfParseError, SegmentType};
use crate::interp::{InterpError, MAX_OBJECT_NAME, decode_name, read_name};
use crate::seam::ReadVmo;
use core::convert::Infallible;
use core::fmt;
use core::ops::ControlFlow;

/// How the file is started.
pub(super) enum Linkage {
    /// By itself.
    Static,
    /// By a dynamic linker; its name, if it is good.
    Dynamic(Option<String>),
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

/// Checks the name in the PT_INTERP at `index`; returns it if it is good.
fn check_name<V: ReadVmo + ?Sized>(
    file: &V,
    headers: &Elf64Headers,
    index: usize,
    findings: &mut Findings,
) -> Option<String> {
    let header = headers.program_headers().get(index)?;
    let mut refuse =
        |kind, field, expected: fmt::Arguments<'_>, actual: fmt::Arguments<'_>, failure| {
            findings.failure(Severity::Error, kind, field, expected, actual, failure);
        };
    let size_field = ph_field(headers, index, PhField::Filesz);
    let filesz = header.filesz;
    let bytes = match read_name(file, header) {
        Ok(bytes) => bytes,
        Err(error) => {
            let last = header.offset.saturating_add(filesz.saturating_sub(1));
            let mut byte = [0];
            // Only shown: whether it could be read is known.
            let _ = file.read(last, &mut byte);
            let (kind, field, expected, actual) = match &error {
                InterpError::TooLong { .. } => (
                    Kind::InterpTooLong,
                    size_field,
                    format_args!("at most {:#x}", MAX_OBJECT_NAME + 1),
                    format_args!("{filesz:#x}"),
                ),
                InterpError::MissingNul => (
                    Kind::InterpMissingNul,
                    Field { offset: last, name: "PT_INTERP" },
                    format_args!("00"),
                    format_args!("{:02x}", byte[0]),
                ),
                _ => (
                    Kind::InterpUnreadable,
                    ph_field(headers, index, PhField::Offset),
                    format_args!("{filesz:#x} bytes within the file"),
                    format_args!("{:#x}", header.offset),
                ),
            };
            refuse(kind, field, expected, actual, error.into());
            return None;
        }
    };

    let mut good = true;
    let decoded = decode_name(&bytes, &mut |error| -> ControlFlow<Infallible> {
        good = false;
        let (kind, place, expected) = match &error {
            InterpError::InvalidUtf8(at) => (Kind::InterpNotUtf8, at.valid_up_to(), "UTF-8"),
            _ => (Kind::InterpMissingNul, bytes.len().saturating_sub(1), "00"),
        };
        let offset = header.offset.saturating_add(place as u64);
        let field = Field { offset, name: "PT_INTERP" };
        match bytes.get(place) {
            Some(byte) => {
                let (expected, actual) = (format_args!("{expected}"), format_args!("{byte:02x}"));
                refuse(kind, field, expected, actual, error.into());
            }
            None => {
                let (expected, actual) = (format_args!("{expected}"), format_args!("no byte"));
                refuse(kind, field, expected, actual, error.into());
            }
        }
        ControlFlow::Continue(())
    });
    let ControlFlow::Continue(name) = decoded;
    if name.len() > MAX_OBJECT_NAME {
        good = false;
        let length = name.len() as u64;
        let (expected, actual) =
            (format_args!("at most {:#x}", MAX_OBJECT_NAME + 1), format_args!("{filesz:#x}"));
        let failure = InterpError::TooLong { length };
        refuse(Kind::InterpTooLong, size_field, expected, actual, failure.into());
    }
    good.then(|| name.to_owned())
}
