//! What cargo starts for `zirconia cargo`, in one small program that goes by its name.
//!
//! - By the name `runner` it is the **runner** of what cargo has built: see `runner`.
//! - By any other it is the **linker**: see `linker`.
//!
//! It is started for each test, so it starts nothing itself and depends on next to nothing.
#![forbid(unsafe_code)]
#![cfg(unix)]

use std::env;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

mod linker;
mod protocol;
mod runner;

/// The name by which the program is the runner.
const RUNNER: &str = "runner";

/// What a shell exits with where it is not the program that failed, but what was to run it.
const EXIT_OURS: u8 = 125;

/// The program.
pub fn main() -> ExitCode {
    let mut args = env::args_os();
    let name = args.next().unwrap_or_default();
    let name = Path::new(&name);
    let args = args.collect();
    let code = if name.file_name().is_some_and(|file| file == RUNNER) {
        runner::run(name.parent().unwrap_or(Path::new("")), args)
    } else {
        linker::link(args)
    };
    ExitCode::from(code)
}

/// Says what went wrong, on standard error.
fn complain(message: impl std::fmt::Display) {
    // Nobody may listen.
    let _ = writeln!(io::stderr(), "zirconia: {message}");
}
