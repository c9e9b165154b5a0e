//! Files of the host, on libuv's pool.

use std::cell::{Cell, RefCell};
use std::fs::{File, Metadata};
use std::io::{self, ErrorKind};
use std::path::PathBuf;

use loader_core::seam::ReadVmo;
use napi::bindgen_prelude::{Either3, Null, ToNapiValue, TypeName};
use napi::{Env, Result, Task};
use napi_derive::napi;
use zx_abi::{PAGE_SIZE, Status};

use crate::guard::guard;

/// Bytes that are read at a time, and that are passed over at a time if all of them are zero.
const CHUNK: usize = 1 << 20;
const BLOCK: usize = 1 << 16;
/// Bytes that are read, and kept, where some are wanted that are fewer than half as many.
const WINDOW: u64 = 1 << 14;

/// Bytes of a file with which something is done at once, at most: to have another thread do it takes
/// longer.
const SMALL: u64 = 1 << 16;

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

impl From<io::Error> for NativeFileError {
    fn from(error: io::Error) -> Self {
        let code = match error.kind() {
            ErrorKind::NotFound => "ENOENT",
            ErrorKind::PermissionDenied => "EACCES",
            ErrorKind::IsADirectory => "EISDIR",
            ErrorKind::NotADirectory => "ENOTDIR",
            ErrorKind::InvalidInput => "EINVAL",
            _ => "EIO",
        };
        Self { errno: error.raw_os_error().unwrap_or(0), code, message: error.to_string() }
    }
}

/// What is to be done with a file.
pub trait FileJob: Send + 'static {
    type Output: Send + 'static;
    type JsValue: ToNapiValue + TypeName;

    /// Does it, not on JavaScript's thread.
    fn run(&self, file: &HostFile) -> Self::Output;

    /// The result for JavaScript.
    fn into_js(output: Self::Output) -> Self::JsValue;
}

/// Does something with the file at a path. It gives null for what is no regular file, or has no
/// size: whoever asks is to read that to its end.
pub struct FileTask<J> {
    path: PathBuf,
    job: J,
}

impl<J> FileTask<J> {
    pub fn new(path: &[u8], job: J) -> Self {
        Self { path: path_from(path), job }
    }
}

impl<J: FileJob> FileTask<J> {
    /// Does it here and now with a small file, if that can be read.
    pub fn run_if_small(&self) -> Option<J::Output> {
        let file = HostFile::open(&self.path).ok()??;
        if file.size > SMALL {
            return None;
        }
        let output = self.job.run(&file);
        file.failed.into_inner().is_none().then_some(output)
    }
}

impl<J: FileJob> Task for FileTask<J> {
    type Output = io::Result<Option<J::Output>>;
    type JsValue = Either3<J::JsValue, NativeFileError, Null>;

    fn compute(&mut self) -> Result<Self::Output> {
        guard(|| {
            Ok(HostFile::open(&self.path).and_then(|file| {
                let Some(file) = file else { return Ok(None) };
                let output = self.job.run(&file);
                // What could not be read is the host's fault, and not the file's.
                file.failed.into_inner().map_or(Ok(Some(output)), Err)
            }))
        })
    }

    fn resolve(&mut self, _env: Env, output: Self::Output) -> Result<Self::JsValue> {
        Ok(match output {
            Ok(Some(output)) => Either3::A(J::into_js(output)),
            Ok(None) => Either3::C(Null),
            Err(error) => Either3::B(error.into()),
        })
    }
}

/// A regular file of the host, which reads as the VMO that would hold it.
pub struct HostFile {
    file: File,
    /// Bytes.
    pub size: u64,
    /// What was read last around something small: headers and tables are read piece by piece.
    window: RefCell<Window>,
    /// The first error of the host's.
    failed: Cell<Option<io::Error>>,
}

/// A part of a file.
#[derive(Default)]
struct Window {
    /// Where it begins.
    at: u64,
    bytes: Vec<u8>,
}

impl Window {
    /// So many bytes at a place, if it has them all.
    fn part(&self, offset: u64, len: usize) -> Option<&[u8]> {
        let start = usize::try_from(offset.checked_sub(self.at)?).ok()?;
        self.bytes.get(start..start.checked_add(len)?)
    }
}

impl HostFile {
    /// Whether all that was asked for could be read.
    ///
    /// # Errors
    /// IO if the host has refused something.
    pub fn is_whole(&self) -> zx_abi::Result {
        let failed = self.failed.take();
        let whole = if failed.is_none() { Ok(()) } else { Err(Status::IO) };
        self.failed.set(failed);
        whole
    }

    fn open(path: &PathBuf) -> io::Result<Option<Self>> {
        // Before it is opened: opening a pipe waits for somebody to write to it.
        if !is_regular(&std::fs::metadata(path)?)? {
            return Ok(None);
        }
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        let regular = is_regular(&metadata)?;
        Ok(regular.then(|| Self {
            file,
            size: metadata.len(),
            window: RefCell::default(),
            failed: Cell::new(None),
        }))
    }

    /// What the host tells of it now, if it does.
    pub fn metadata(&self) -> Option<Metadata> {
        self.file.metadata().ok()
    }

    /// Visits what is not zero in the first `size` bytes, part by part in their order, until
    /// `visit` fails.
    pub fn each_part(
        &self,
        size: u64,
        mut visit: impl FnMut(u64, &[u8]) -> std::result::Result<(), Status>,
    ) -> std::result::Result<(), Status> {
        let size = size.min(self.size);
        let mut chunk = vec![0; size.min(CHUNK as u64) as usize];
        let mut at = 0;
        while let Some(start) = self.next_data(at).filter(|start| *start < size) {
            let count = (size - start).min(CHUNK as u64) as usize;
            let bytes = &mut chunk[..count];
            self.read(start, bytes)?;
            for (index, block) in bytes.chunks(BLOCK).enumerate() {
                if block.iter().any(|byte| *byte != 0) {
                    visit(start + (index * BLOCK) as u64, block)?;
                }
            }
            at = start + count as u64;
        }
        Ok(())
    }

    /// Where data begin from an offset on, as far as the host tells.
    fn next_data(&self, at: u64) -> Option<u64> {
        let start = data_from(&self.file, at).unwrap_or(at);
        (start < self.size).then_some(start)
    }

    /// Reads what the file has at an offset.
    fn read_within(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        if buffer.is_empty() {
            return Ok(());
        }
        if buffer.len() as u64 > WINDOW / 2 {
            return read_exact_at(&self.file, buffer, offset);
        }
        let mut window = self.window.borrow_mut();
        if window.part(offset, buffer.len()).is_none() {
            let at = offset - offset % PAGE_SIZE;
            let len = WINDOW.min(self.size.saturating_sub(at)) as usize;
            window.bytes.resize(len, 0);
            window.at = at;
            if read_exact_at(&self.file, &mut window.bytes, at).is_err() {
                window.bytes.clear();
            }
        }
        match window.part(offset, buffer.len()) {
            Some(part) => buffer.copy_from_slice(part),
            // Perhaps it is what lies around it that cannot be read.
            None => read_exact_at(&self.file, buffer, offset)?,
        }
        Ok(())
    }
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
        self.read_within(offset, from_file).map_err(|error| {
            self.failed.set(Some(error));
            Status::IO
        })
    }
}

fn is_regular(metadata: &Metadata) -> io::Result<bool> {
    if metadata.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    Ok(metadata.is_file() && metadata.len() > 0)
}

#[cfg(unix)]
pub fn path_from(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    std::ffi::OsStr::from_bytes(bytes).into()
}

#[cfg(windows)]
pub fn path_from(bytes: &[u8]) -> PathBuf {
    String::from_utf8_lossy(bytes).into_owned().into()
}

/// The end of the file if only a hole is left; none where the file system does not tell.
#[cfg(unix)]
fn data_from(file: &File, at: u64) -> Option<u64> {
    match rustix::fs::seek(file, rustix::fs::SeekFrom::Data(at)) {
        Err(rustix::io::Errno::NXIO) => Some(u64::MAX),
        found => found.ok(),
    }
}

#[cfg(windows)]
fn data_from(_file: &File, _at: u64) -> Option<u64> {
    None
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
