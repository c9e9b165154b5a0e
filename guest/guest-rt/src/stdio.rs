//! Standard output and error: the socket or debug log that came as the file descriptor, else the
//! kernel's console.

use core::fmt::{self, Write};
use core::sync::atomic::{AtomicU32, Ordering};

use zx_abi::{ObjectType, Result};

use crate::startup::Startup;
use crate::{Handle, debug, socket};

/// Bytes that a formatted text gathers before it is written.
const BUFFER_SIZE: usize = 256;

/// Where a stream goes.
pub struct Stream {
    handle: AtomicU32,
    object_type: AtomicU32,
}

/// Standard output.
pub static STDOUT: Stream = Stream::new();
/// Standard error.
pub static STDERR: Stream = Stream::new();

/// Finds the streams' handles.
pub fn open(startup: &Startup) {
    STDOUT.open(startup.stdio(1));
    STDERR.open(startup.stdio(2));
}

impl Stream {
    const fn new() -> Self {
        Self { handle: AtomicU32::new(0), object_type: AtomicU32::new(0) }
    }

    fn open(&self, handle: Option<Handle>) {
        if let Some(handle) = handle
            && let Ok(info) = handle.basic_info()
        {
            self.handle.store(handle.into_raw(), Ordering::Relaxed);
            self.object_type.store(info.object_type, Ordering::Relaxed);
        }
    }

    /// Writes bytes as they are.
    ///
    /// # Errors
    /// As [`socket::write_all`], [`debug::log`] or [`debug::write`].
    pub fn write_all(&self, bytes: &[u8]) -> Result {
        let handle = Handle::from_raw(self.handle.load(Ordering::Relaxed));
        match ObjectType::from_raw(self.object_type.load(Ordering::Relaxed)) {
            Some(ObjectType::Socket) => socket::write_all(handle, bytes),
            Some(ObjectType::Log) => debug::log(handle, bytes),
            _ => debug::write(bytes),
        }
    }

    /// Writes formatted text. What cannot be written is lost, as an error would be.
    pub fn print(&self, text: fmt::Arguments<'_>) {
        print(text, |bytes| self.write_all(bytes));
    }
}

/// Hands formatted text to `write`, whole if it is not too long. What cannot be written is lost.
pub fn print(text: fmt::Arguments<'_>, write: impl FnMut(&[u8]) -> Result) {
    let mut buffer = Buffer { write, bytes: [0; BUFFER_SIZE], used: 0 };
    // Failing is left to the last write.
    let _ = buffer.write_fmt(text);
    let _ = buffer.flush();
}

/// Gathers the pieces of one formatted text, so that a line is one system call.
struct Buffer<W> {
    write: W,
    bytes: [u8; BUFFER_SIZE],
    used: usize,
}

impl<W: FnMut(&[u8]) -> Result> Buffer<W> {
    fn flush(&mut self) -> fmt::Result {
        let bytes = self.bytes.get(..self.used).unwrap_or_default();
        self.used = 0;
        if bytes.is_empty() {
            return Ok(());
        }
        (self.write)(bytes).map_err(|_| fmt::Error)
    }
}

impl<W: FnMut(&[u8]) -> Result> fmt::Write for Buffer<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for &byte in text.as_bytes() {
            if self.used == BUFFER_SIZE {
                self.flush()?;
            }
            if let Some(place) = self.bytes.get_mut(self.used) {
                *place = byte;
                self.used += 1;
            }
        }
        Ok(())
    }
}

/// Prints to standard output, with a newline.
#[macro_export]
macro_rules! println {
    ($($text:tt)*) => {
        $crate::stdio::STDOUT.print(format_args!("{}\n", format_args!($($text)*)))
    };
}

/// Prints to standard error, with a newline.
#[macro_export]
macro_rules! eprintln {
    ($($text:tt)*) => {
        $crate::stdio::STDERR.print(format_args!("{}\n", format_args!($($text)*)))
    };
}
