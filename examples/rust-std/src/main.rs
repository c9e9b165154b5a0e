//! What the tests launch: each command does one thing that ends or changes a process.

use std::env;
use std::hint::black_box;
use std::io::{self, BufRead, Write};
use std::process::{self, ExitCode};
use std::thread;

fn main() -> ExitCode {
    let mut args = env::args().skip(1);
    match args.next().as_deref() {
        Some("args") => args.for_each(|arg| println!("{arg}")),
        Some("env") => args.for_each(|name| match env::var(&name) {
            Ok(value) => println!("{name}={value}"),
            Err(error) => println!("{name}: {error}"),
        }),
        Some("upper") => upper().expect("both ends are there"),
        Some("exit") => process::exit(args.next().and_then(|code| code.parse().ok()).unwrap_or(0)),
        Some("return") => return ExitCode::from(3),
        Some("abort") => process::abort(),
        Some("panic") => panic!("as it was told to"),
        Some("overflow") => drop(black_box(descend(0))),
        Some("overflow-thread") => {
            // Never joined: it takes the process with it.
            let _ = thread::spawn(|| descend(0)).join();
        }
        other => {
            eprintln!("no command {other:?}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Copies its input in upper case, line by line.
fn upper() -> io::Result<()> {
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        writeln!(output, "{}", line?.to_uppercase())?;
    }
    eprintln!("that was all");
    Ok(())
}

/// Calls itself until there is no stack left.
#[expect(unconditional_recursion, reason = "that is what it is for")]
fn descend(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    descend(depth + 1) + frame[0]
}
