//! Everything that is wrong with a file, packed. `lib/check/report.ts` reads it.

use loader_core::interp::InterpError;
use loader_core::seam::ReadVmo;
use loader_core::validate::{BuildFailure, Finding, Report, Severity, arch_of, validate};
use napi::Result;
use napi::bindgen_prelude::{AsyncTask, Uint8Array, Uint8ArraySlice};
use napi_derive::napi;
use zx_abi::Arch;

use crate::elf::arch;
use crate::error::IntoNative;
use crate::guard::guard;
use crate::host_file::{FileJob, FileTask, HostFile};
use crate::wire::Writer;

/// Where no architecture is asked for and the file names none that Fuchsia runs on.
const DEFAULT_ARCH: Arch = Arch::X86_64;

/// What the file is checked for: what was asked for, or else what it names itself.
pub fn target<V: ReadVmo + ?Sized>(file: &V, asked: Option<Arch>) -> Arch {
    // A file that cannot be read is reported as such by whatever comes next.
    asked.unwrap_or_else(|| arch_of(file).ok().flatten().unwrap_or(DEFAULT_ARCH))
}

/// The architecture that a file's header names, if Fuchsia runs on it.
#[napi]
pub fn elf_target(bytes: Uint8ArraySlice) -> Result<Option<&'static str>> {
    guard(|| Ok(arch_of(&bytes[..]).ok().flatten().map(Arch::name)))
}

/// What is wrong with the file in `bytes`, packed.
#[napi]
pub fn check_bytes(bytes: Uint8ArraySlice, asked: Option<String>) -> Result<Uint8Array> {
    guard(|| {
        let asked = asked.as_deref().map(arch).transpose()?;
        let report = validate(&bytes[..], bytes.len() as u64, target(&bytes[..], asked));
        Ok(pack(&report).into())
    })
}

/// What is wrong with a file of the host, packed; no bytes if `elf_only` and it does not begin
/// with the ELF magic; null for what is no regular file. Reads no more of it than it looks at.
#[napi(ts_return_type = "Promise<Uint8Array | NativeFileError | null>")]
pub fn check_file(
    path: Uint8Array,
    asked: Option<String>,
    elf_only: bool,
) -> Result<AsyncTask<FileTask<CheckJob>>> {
    guard(|| {
        let asked = asked.as_deref().map(arch).transpose()?;
        Ok(AsyncTask::new(FileTask::new(&path, CheckJob { asked, elf_only })))
    })
}

/// What is wrong with a small file of the host, packed. Null for what is larger or no regular file,
/// and for what cannot be read: [`check_file`] says why.
#[napi]
pub fn check_small_file(
    path: Uint8ArraySlice,
    asked: Option<String>,
) -> Result<Option<Uint8Array>> {
    guard(|| {
        let asked = asked.as_deref().map(arch).transpose()?;
        let job = CheckJob { asked, elf_only: false };
        Ok(FileTask::new(&path, job).run_if_small().map(CheckJob::into_js))
    })
}

/// A check of a file.
pub struct CheckJob {
    asked: Option<Arch>,
    elf_only: bool,
}

impl FileJob for CheckJob {
    type Output = Vec<u8>;
    type JsValue = Uint8Array;

    fn run(&self, file: &HostFile) -> Vec<u8> {
        let mut magic = [0; 4];
        if self.elf_only && (file.read(0, &mut magic).is_err() || magic != *b"\x7fELF") {
            return Vec::new();
        }
        pack(&validate(file, file.size, target(file, self.asked)))
    }

    fn into_js(packed: Vec<u8>) -> Uint8Array {
        packed.into()
    }
}

/// Packs a report: the architecture, the verdict, the interpreter if there is one, the findings, and
/// how many of which kind were left out.
fn pack(report: &Report) -> Vec<u8> {
    let mut out = Writer::default();
    out.bytes(report.arch.name().as_bytes()).bytes(report.verdict.name().as_bytes());
    out.u8(report.interpreter.is_some().into());
    out.bytes(report.interpreter.as_deref().unwrap_or_default().as_bytes());
    out.u32(report.findings.len() as u32);
    for finding in &report.findings {
        pack_finding(finding, &mut out);
    }
    out.u32(report.omitted.len() as u32);
    for (kind, count) in &report.omitted {
        out.bytes(kind.code().as_bytes()).u64(*count);
    }
    out.take()
}

fn pack_finding(finding: &Finding, out: &mut Writer) {
    out.u8((finding.severity == Severity::Error).into());
    out.bytes(finding.kind.code().as_bytes()).u64(finding.offset);
    for text in [finding.field, &finding.expected, &finding.actual, &finding.message] {
        out.bytes(text.as_bytes());
    }
    out.u8(finding.failure.is_some().into());
    if let Some(failure) = &finding.failure {
        let (kind, cause) = variants(failure);
        out.bytes(kind.as_bytes()).bytes(cause.as_bytes());
        out.u32(failure.as_zx_status().into_raw().cast_unsigned());
    }
}

/// The variant of `ProcessBuilderError` that a failure is, and that of the error within, if any.
fn variants(failure: &BuildFailure) -> (&'static str, &'static str) {
    fn variant(error: impl IntoNative) -> &'static str {
        error.into_native().first().map_or("", |error| error.variant)
    }
    match failure {
        BuildFailure::ElfParse(error) => ("ElfParse", variant(error.clone())),
        BuildFailure::ElfLoad(error) => ("ElfLoad", variant(error.clone())),
        BuildFailure::Stack(error) => ("Stack", variant(error.clone())),
        BuildFailure::Interp(InterpError::Read(_)) | BuildFailure::GenericStatus(..) => {
            ("GenericStatus", "")
        }
        BuildFailure::Interp(InterpError::TooLong { .. }) => ("LoadDynamicLinker", ""),
        BuildFailure::Interp(_) => ("InvalidInterpHeader", ""),
    }
}
