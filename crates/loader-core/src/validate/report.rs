//! What is found, and how much of it is kept.

use super::failure::BuildFailure;
use super::kind::FindingKind;
use crate::elf_parse::Elf64Headers;
use core::fmt;
use std::collections::BTreeMap;
use zx_abi::Arch;

/// Findings of one kind that are listed at most; the rest are counted.
pub const MAX_FINDINGS_PER_KIND: u64 = 16;

/// Whether the loader refuses the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// A build of the file fails.
    Error,
    /// The file is built into a process, but something may fail later.
    Warning,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether the loader refuses the file for it.
    pub severity: Severity,
    /// What it is about.
    pub kind: FindingKind,
    /// Where the field at fault begins in the file, in bytes. It may lie beyond the end.
    pub offset: u64,
    /// The field's name in the ELF specification, or the tag of a dynamic entry.
    pub field: &'static str,
    /// What would have been accepted.
    pub expected: String,
    /// What the file holds.
    pub actual: String,
    /// What is wrong, in words: the loader's if it has some.
    pub message: String,
    /// The loader's error. A warning has one where the dynamic linker, which loads by the same
    /// rules, fails with it.
    pub failure: Option<BuildFailure>,
}

/// All that is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The architecture that the file was checked for.
    pub arch: Arch,
    /// The headers, if the loader accepts them.
    pub headers: Option<Elf64Headers>,
    /// The dynamic linker that the file needs, if the loader can be asked for it.
    pub interpreter: Option<String>,
    /// Errors in the order in which the loader would meet them, then warnings.
    pub findings: Vec<Finding>,
    /// How many more there are of a kind than [`MAX_FINDINGS_PER_KIND`].
    pub omitted: BTreeMap<FindingKind, u64>,
}

impl Report {
    /// Whether a build of the file succeeds, given its dynamic linker.
    pub fn is_loadable(&self) -> bool {
        self.first_error().is_none()
    }

    /// What a build of the file fails with.
    pub fn first_error(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.severity == Severity::Error)
    }

    /// What keeps the file from running: the first error, or else what the dynamic linker fails
    /// with when it loads the file.
    pub fn first_failure(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.failure.is_some())
    }
}

/// A field in the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub offset: u64,
    pub name: &'static str,
}

/// Collects findings.
#[derive(Debug, Default)]
pub(super) struct Findings {
    listed: Vec<Finding>,
    counts: BTreeMap<FindingKind, u64>,
}

impl Findings {
    /// Adds what the loader, or after it a dynamic linker, fails with.
    pub fn failure(
        &mut self,
        severity: Severity,
        kind: FindingKind,
        field: Field,
        expected: fmt::Arguments<'_>,
        actual: fmt::Arguments<'_>,
        failure: BuildFailure,
    ) {
        // A segment's fault can show in its header and again when it is to be mapped.
        let known = |finding: &Finding| finding.kind == kind && finding.offset == field.offset;
        if !self.listed.iter().any(known) && self.count(kind) {
            self.listed.push(Finding {
                severity,
                kind,
                offset: field.offset,
                field: field.name,
                expected: expected.to_string(),
                actual: actual.to_string(),
                message: failure.to_string(),
                failure: Some(failure),
            });
        }
    }

    /// Adds what the loader does not look at.
    pub fn warn(
        &mut self,
        kind: FindingKind,
        field: Field,
        expected: fmt::Arguments<'_>,
        actual: fmt::Arguments<'_>,
    ) {
        if self.count(kind) {
            self.listed.push(Finding {
                severity: Severity::Warning,
                kind,
                offset: field.offset,
                field: field.name,
                expected: expected.to_string(),
                actual: actual.to_string(),
                message: kind.summary().to_string(),
                failure: None,
            });
        }
    }

    /// Whether nothing has been found yet.
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// The findings, errors first, and how many of each kind were left out.
    pub fn finish(mut self) -> (Vec<Finding>, BTreeMap<FindingKind, u64>) {
        self.listed.sort_by_key(|finding| finding.severity == Severity::Warning);
        let omitted = self.counts.into_iter().filter_map(|(kind, count)| {
            let more = count.saturating_sub(MAX_FINDINGS_PER_KIND);
            (more > 0).then_some((kind, more))
        });
        (self.listed, omitted.collect())
    }

    /// Counts one more of a kind; returns whether it is to be listed.
    fn count(&mut self, kind: FindingKind) -> bool {
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        *count <= MAX_FINDINGS_PER_KIND
    }
}
