//! Everything that is wrong with a file, packed. `lib/check/report.ts` reads it.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;

use loader_core::interp::InterpError;
use loader_core::seam::ReadVmo;
use loader_core::validate::{BuildFailure, Finding, Report, Severity, machine_of, validate};
use napi::bindgen_prelude::{AsyncTask, Either, Uint8Array, Uint8ArraySlice};
use napi::{Env, Result, Task};
use napi_derive::napi;
use zx_abi::{Machine, PAGE_SIZE, Status};

use crate::elf::machine;
use crate::error::IntoNative;
use crate::guard::guard;
use crate::wire::Writer;

/// Where no machine is asked for and the file names none that Fuchsia runs on.
const DEFAULT_MACHINE: Machine = Machine::X86_64;

/// What the file is checked for: what was asked for, or else what it names itself.
fn target<V: ReadVmo + ?Sized>(file: &V, asked: Option<Machine>) -> Machine {
    // A file that cannot be read is reported as such by whatever comes next.
    asked.unwrap_or_else(|| machine_of(file).ok().flatten().unwrap_or(DEFAULT_MACHINE))
}

/// The machine that a file's header names, if Fuchsia runs on it.
#[napi]
pub fn elf_target(bytes: Uint8ArraySlice) -> Result<Option<&'static str>> {
    guard(|| Ok(machine_of(&bytes[..]).ok().flatten().map(Machine::name)))
}

/// What is wrong with the file in `bytes`, packed.
#[napi]
pub fn check_bytes(bytes: Uint8ArraySlice, asked: Option<String>) -> Result<Uint8Array> {
    guard(|| {
        let asked = asked.as_deref().map(machine).transpose()?;
        let report = validate(&bytes[..], bytes.len() as u64, target(&bytes[..], asked));
        Ok(pack(&report).into())
    })
}

/// What is wrong with a file of the host, packed; no bytes if `elf_only` and it does not begin
/// with the ELF magic. Runs on libuv's pool, and reads no more of the file than it looks at.
#[napi(ts_return_type = "Promise<Uint8Array | NativeFileError>")]
pub fn check_file(
    path: String,
    asked: Option<String>,
    elf_only: bool,
) -> Result<AsyncTask<CheckFile>> {
    guard(|| {
        let asked = asked.as_deref().map(machine).transpose()?;
        Ok(AsyncTask::new(CheckFile { path, asked, elf_only }))
    })
}

/// Why a file could not be read.
#[napi(object, object_from_js = false)]
pub struct NativeFileError {
    /// The system's number for it; 0 if there is none.
    pub errno: i32,
    /// POSIX's name, as far as Rust knows it.
    pub code: &'static str,
    /// The system's words.
    pub message: String,
}

/// A check of a file.
pub struct CheckFile {
    path: String,
    asked: Option<Machine>,
    elf_only: bool,
}

impl Task for CheckFile {
    type Output = io::Result<Vec<u8>>;
    type JsValue = Either<Uint8Array, NativeFileError>;

    fn compute(&mut self) -> Result<Self::Output> {
        guard(|| Ok(self.run()))
    }

    fn resolve(&mut self, _env: Env, output: Self::Output) -> Result<Self::JsValue> {
        Ok(match output {
            Ok(packed) => Either::A(packed.into()),
            Err(error) => Either::B(NativeFileError {
                errno: error.raw_os_error().unwrap_or(0),
                code: code(error.kind()),
                message: error.to_string(),
            }),
        })
    }
}

impl CheckFile {
    fn run(&self) -> io::Result<Vec<u8>> {
        let file = HostFile::open(Path::new(&self.path))?;
        if self.elf_only && !file.is_elf() {
            return file.finish(Vec::new());
        }
        let report = validate(&file, file.size, target(&file, self.asked));
        file.finish(pack(&report))
    }
}

/// A file of the host, which reads as the VMO that would hold it.
struct HostFile {
    file: File,
    size: u64,
    /// The first error that is the host's and not the file's fault.
    failed: Cell<Option<io::Error>>,
}

impl HostFile {
    fn open(path: &Path) -> io::Result<Self> {
        // Before it is opened: opening a pipe waits for somebody to write to it.
        require_regular(&std::fs::metadata(path)?)?;
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        require_regular(&metadata)?;
        Ok(Self { file, size: metadata.len(), failed: Cell::new(None) })
    }

    fn is_elf(&self) -> bool {
        let mut magic = [0; 4];
        self.read(0, &mut magic).is_ok() && magic == *b"\x7fELF"
    }

    /// The result, unless the host could not read something that it depends on.
    fn finish(self, packed: Vec<u8>) -> io::Result<Vec<u8>> {
        self.failed.into_inner().map_or(Ok(packed), Err)
    }
}

fn require_regular(metadata: &std::fs::Metadata) -> io::Result<()> {
    if metadata.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    let error = || io::Error::new(ErrorKind::InvalidInput, "not a regular file");
    if metadata.is_file() { Ok(()) } else { Err(error()) }
}

impl ReadVmo for HostFile {
    fn read(&self, offset: u64, buffer: &mut [u8]) -> std::result::Result<(), Status> {
        let size = self.size.checked_next_multiple_of(PAGE_SIZE).ok_or(Status::OUT_OF_RANGE)?;
        let end = offset.checked_add(buffer.len() as u64).ok_or(Status::OUT_OF_RANGE)?;
        if end > size {
            return Err(Status::OUT_OF_RANGE);
        }
        let in_file = self.size.saturating_sub(offset).min(buffer.len() as u64);
        let (from_file, tail) = buffer.split_at_mut(in_file as usize);
        tail.fill(0);
        read_exact_at(&self.file, from_file, offset).map_err(|error| {
            self.failed.set(Some(error));
            Status::IO
        })
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        let count = std::os::windows::fs::FileExt::seek_read(file, buffer, offset)?;
        if count == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        buffer = &mut buffer[count..];
        offset += count as u64;
    }
    Ok(())
}

fn code(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::NotFound => "ENOENT",
        ErrorKind::PermissionDenied => "EACCES",
        ErrorKind::IsADirectory => "EISDIR",
        ErrorKind::NotADirectory => "ENOTDIR",
        ErrorKind::InvalidInput => "EINVAL",
        _ => "EIO",
    }
}

/// Packs a report: the machine, the interpreter if there is one, the findings, and how many of
/// which kind were left out.
fn pack(report: &Report) -> Vec<u8> {
    let mut out = Writer::default();
    out.bytes(report.machine.name().as_bytes());
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
