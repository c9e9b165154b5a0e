//! What the runner and the server say to each other.
//!
//! The runner begins with [`MAGIC`]. All else, both ways, is in frames: a byte that says what it is,
//! the length of what follows as four bytes, the least significant first, and that.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;

/// What a connection begins with: also which version of this is spoken.
pub const MAGIC: [u8; 4] = *b"ZRC2";

/// From the runner, once: what to run, as [`Request`] has it.
pub const REQUEST: u8 = 1;
/// From the runner, one for each [`WANT_INPUT`]: bytes of standard input; none at its end.
pub const INPUT: u8 = 2;

/// From the server: it has the request, and nobody else is to run it.
pub const ACCEPTED: u8 = 16;
/// From the server: bytes for standard output.
pub const STDOUT: u8 = 17;
/// From the server: bytes for standard error.
pub const STDERR: u8 = 18;
/// From the server: the program takes input.
pub const WANT_INPUT: u8 = 19;
/// From the server, at the end: the exit code, one byte.
pub const EXIT: u8 = 20;

/// Bytes of a frame from the server, at most.
pub const MAX_FRAME: usize = 1 << 20;

/// What is to be run.
pub struct Request {
    /// The program and its arguments.
    pub args: Vec<OsString>,
    /// Each as `KEY=VALUE`.
    pub env: Vec<OsString>,
    /// The working directory.
    pub cwd: OsString,
    /// What its input is.
    pub input: Input,
}

/// What a program's input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// It can be asked for.
    Some = 0,
    /// The same, and a person may type it.
    Typed = 1,
    /// There is none, so that nobody need ask.
    Empty = 2,
}

impl Request {
    /// As the payload of a frame: two lists, each after its count, the directory, and a byte for
    /// the input. Each string is after its length; these numbers are as in frames.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for list in [&self.args, &self.env] {
            put_length(&mut bytes, list.len());
            list.iter().for_each(|string| put_string(&mut bytes, string.as_bytes()));
        }
        put_string(&mut bytes, self.cwd.as_bytes());
        bytes.push(self.input as u8);
        bytes
    }
}

/// Linux allows no arguments and variables that together need more.
fn put_length(bytes: &mut Vec<u8>, length: usize) {
    bytes.extend(u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
}

fn put_string(bytes: &mut Vec<u8>, string: &[u8]) {
    put_length(bytes, string.len());
    bytes.extend(string);
}

/// Writes a frame, at once.
pub fn write_frame(stream: &mut impl Write, kind: u8, payload: &[u8]) -> io::Result<()> {
    let mut frame = vec![kind];
    put_string(&mut frame, payload);
    stream.write_all(&frame)
}

/// Reads a frame into `payload`, in place of what that holds, and returns what it is.
///
/// # Errors
/// What reading gives: `UnexpectedEof` at the end; `InvalidData` for more than [`MAX_FRAME`] bytes.
pub fn read_frame(stream: &mut impl Read, payload: &mut Vec<u8>) -> io::Result<u8> {
    let mut header = [0; 5];
    stream.read_exact(&mut header)?;
    let [kind, length @ ..] = header;
    let length = u32::from_le_bytes(length) as usize;
    if length > MAX_FRAME {
        return Err(io::ErrorKind::InvalidData.into());
    }
    payload.resize(length, 0);
    stream.read_exact(payload)?;
    Ok(kind)
}
