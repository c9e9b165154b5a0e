//! The runner: hands what cargo has built to the server in `zirconia cargo`, passes input and output
//! on, and ends as the program did.
//!
//! The server gets no descriptors. Bytes are read and written here, with what cargo gave, blocking or
//! not, so that nobody sees a descriptor's state change, and what a terminal does to processes in the
//! background it does to this one. Nor are there handlers of signals: one that ends this process
//! breaks the connection, and that ends the program.
//!
//! Input is read when the program takes some, one piece at a time.

use std::env;
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::os::fd::BorrowedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{FileType, RawMode, Stat};
use rustix::io::Errno;
use rustix::process::getpgrp;
use rustix::stdio::{stderr, stdin, stdout};
use rustix::termios::{isatty, tcgetpgrp};

use crate::protocol::{
    ACCEPTED, EXIT, INPUT, Input, MAGIC, REQUEST, Request, STDERR, STDOUT, WANT_INPUT, read_frame,
    write_frame,
};
use crate::{EXIT_OURS, complain};

/// The server's socket, in the directory in which the runner is.
const SOCKET: &str = "socket";

/// The variable with the command that runs one program without a server, one argument on a line.
const COMMAND: &str = "ZIRCONIA_CARGO_COMMAND";

/// Bytes of input that are read at a time.
const CHUNK: usize = 1 << 16;

/// What a shell exits with for a program that SIGPIPE has ended.
const EXIT_PIPE: u8 = 128 + 13;

/// How far it got with a server.
enum Outcome {
    /// The program has ended, or nothing more can be done for it.
    Exit(u8),
    /// No server has taken the program.
    NoServer,
}

/// Runs a program with its arguments, and returns what to exit with.
pub fn run(directory: &Path, args: Vec<OsString>) -> u8 {
    match run_served(&directory.join(SOCKET), &args) {
        Ok(Outcome::Exit(code)) => code,
        Ok(Outcome::NoServer) => run_alone(args),
        Err(error) => {
            complain(error);
            EXIT_OURS
        }
    }
}

fn run_served(socket: &Path, args: &[OsString]) -> io::Result<Outcome> {
    let Ok(mut stream) = UnixStream::connect(socket) else { return Ok(Outcome::NoServer) };
    if send(&mut stream, args).is_err() {
        return Ok(Outcome::NoServer);
    }
    let mut input = None;
    let mut accepted = false;
    let mut payload = Vec::new();
    loop {
        let kind = match read_frame(&mut stream, &mut payload) {
            Ok(kind) => kind,
            Err(_) if !accepted => return Ok(Outcome::NoServer),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                return Err(io::Error::other("the server of `zirconia cargo` has gone"));
            }
            Err(error) => return Err(error),
        };
        let written = match (kind, payload.as_slice()) {
            (ACCEPTED, _) => {
                accepted = true;
                Ok(())
            }
            (STDOUT, bytes) => write_all(stdout(), bytes),
            (STDERR, bytes) => write_all(stderr(), bytes),
            (WANT_INPUT, _) => {
                let want = match &mut input {
                    Some(want) => want,
                    none => none.insert(begin_input(&stream)?),
                };
                // Without the other thread there is nobody to tell.
                let _ = want.send(());
                Ok(())
            }
            (EXIT, &[code]) => return Ok(Outcome::Exit(code)),
            _ => return Err(io::Error::other("the server of `zirconia cargo` makes no sense")),
        };
        match written {
            Err(Errno::PIPE) => return Ok(Outcome::Exit(EXIT_PIPE)),
            other => other?,
        }
    }
}

fn send(stream: &mut UnixStream, args: &[OsString]) -> io::Result<()> {
    let request = Request {
        args: args.to_vec(),
        env: env::vars_os().map(variable).collect(),
        cwd: env::current_dir()?.into(),
        input: kind_of_input(),
    };
    io::Write::write_all(stream, &MAGIC)?;
    write_frame(stream, REQUEST, &request.encode())
}

fn variable((mut key, value): (OsString, OsString)) -> OsString {
    key.push("=");
    key.push(value);
    key
}

/// What is known of the input before anybody reads it.
fn kind_of_input() -> Input {
    if isatty(stdin()) {
        return Input::Typed;
    }
    match (rustix::fs::fstat(stdin()), rustix::fs::stat("/dev/null")) {
        (Ok(input), Ok(nothing)) if is_device(&input) && input.st_rdev == nothing.st_rdev => {
            Input::Empty
        }
        _ => Input::Some,
    }
}

fn is_device(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode as RawMode) == FileType::CharacterDevice
}

/// Begins to pass input on, each time that it is told to.
fn begin_input(stream: &UnixStream) -> io::Result<Sender<()>> {
    let (want, wanted) = mpsc::channel();
    let writer = stream.try_clone()?;
    // It ends with this process: it may be reading when the program has ended.
    thread::Builder::new().spawn(move || pass_input(writer, &wanted))?;
    Ok(want)
}

/// Sends input for as long as it is wanted, to its end.
fn pass_input(mut stream: UnixStream, wanted: &Receiver<()>) {
    let mut buffer = vec![0; CHUNK];
    while wanted.recv().is_ok() {
        // Input that breaks has ended, for the program.
        let size = read_input(&mut buffer).unwrap_or(0);
        if write_frame(&mut stream, INPUT, &buffer[..size]).is_err() || size == 0 {
            return;
        }
    }
}

fn read_input(buffer: &mut [u8]) -> rustix::io::Result<usize> {
    // Whoever reads from its terminal in the background is stopped.
    if tcgetpgrp(stdin()).is_ok_and(|foreground| foreground != getpgrp()) {
        return Ok(0);
    }
    again(stdin(), PollFlags::IN, || rustix::io::read(stdin(), &mut *buffer))
}

fn write_all(output: BorrowedFd<'static>, mut bytes: &[u8]) -> rustix::io::Result<()> {
    while !bytes.is_empty() {
        let size = again(output, PollFlags::OUT, || rustix::io::write(output, bytes))?;
        bytes = &bytes[size..];
    }
    Ok(())
}

/// Does what a descriptor may not be ready for: others may have made it one that does not wait.
fn again<T>(
    descriptor: BorrowedFd<'static>,
    ready: PollFlags,
    mut work: impl FnMut() -> rustix::io::Result<T>,
) -> rustix::io::Result<T> {
    loop {
        match work() {
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => match poll(&mut [PollFd::new(&descriptor, ready)], None) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error),
            },
            result => return result,
        }
    }
}

/// Becomes the command that runs a program without a server.
fn run_alone(args: Vec<OsString>) -> u8 {
    let command = env::var(COMMAND).unwrap_or_default();
    let mut parts = command.split('\n');
    let error = match parts.next() {
        Some(program) if !program.is_empty() => Command::new(program).args(parts).args(args).exec(),
        _ => io::Error::other(format!("no server answers, and {COMMAND} names no other way")),
    };
    complain(error);
    EXIT_OURS
}
