//! Launches a child with nothing but what it was given itself, and returns what that returns.
//!
//! `launcher_client DEPTH CODE` says a line to the socket that it has as `User0`, and launches
//! itself with a depth that is smaller by one; at depth 0 it returns the code instead. It needs
//! `/svc` with a Launcher, `/pkg` with itself in `bin`, a default job and a loader service, all of
//! which it gives on.

#![no_std]
#![no_main]

use core::fmt::Write;

use dynamic_programs::text::Text;
use dynamic_programs::{args, clone_loader_service, executable, handle, namespace};
use guest_rt::bytes::{Lossy, parse_u64};
use guest_rt::io_2020::{OpenFlags, node};
use guest_rt::launcher::{self, Launcher};
use guest_rt::processargs::HandleInfo;
use guest_rt::{Handle, Owned, socket};
use zx_abi::{HandleType, Result, Rights, Status};

/// Where it is.
const PROGRAM: &[u8] = b"/pkg/bin/launcher_client";

fn main() -> i64 {
    let mut numbers = args().skip(1).map(parse_u64);
    match (numbers.next().flatten(), numbers.next().flatten()) {
        (Some(depth), Some(code)) => {
            run(depth, code).unwrap_or_else(|status| status.into_raw().into())
        }
        _ => Status::INVALID_ARGS.into_raw().into(),
    }
}

fn run(depth: u64, code: u64) -> Result<i64> {
    report(depth)?;
    let Some(next) = depth.checked_sub(1) else { return Ok(code as i64) };

    let program = executable::load(PROGRAM)?;
    let job = clone_handle(HandleType::DefaultJob)?;
    let services = Owned::new(namespace::connect(b"/svc", launcher::FLAGS)?);
    let launcher = Launcher::connect(services.get())?;
    let (mut depth_arg, mut code_arg) = ([0; 20], [0; 20]);
    let args = [PROGRAM, decimal(next, &mut depth_arg)?, decimal(code, &mut code_arg)?];
    launcher.add_args(args.into_iter())?;
    let info = |handle_type| HandleInfo::new(handle_type, 0);
    let handles = [
        (clone_handle(HandleType::DefaultJob)?, info(HandleType::DefaultJob)),
        (clone_loader_service()?, info(HandleType::LdsvcLoader)),
        (clone_handle(HandleType::User0)?, info(HandleType::User0)),
    ];
    launcher.add_handles(handles.len(), handles)?;
    let names = [clone_entry(b"/svc")?, clone_entry(b"/pkg")?];
    launcher.add_names(names.len(), names)?;
    let process = launcher.launch(program, job, b"launcher_client")?;
    launcher::wait(process.get())
}

/// Says how deep this is, and what is in the namespace.
fn report(depth: u64) -> Result {
    let mut room = [0; 256];
    let mut text = Text::new(&mut room);
    let written = write!(text, "depth {depth}:").and_then(|()| {
        namespace::entries().try_for_each(|entry| write!(text, " {}", Lossy(entry.path)))?;
        writeln!(text)
    });
    written.map_err(|_| Status::OUT_OF_RANGE)?;
    socket::write_all(given(HandleType::User0)?, text.as_bytes())
}

fn given(handle_type: HandleType) -> Result<Handle> {
    handle(handle_type).ok_or(Status::NOT_FOUND)
}

fn clone_handle(handle_type: HandleType) -> Result<Owned> {
    given(handle_type)?.duplicate(Rights::SAME_RIGHTS).map(Owned::new)
}

/// An entry of the namespace, for the child's.
fn clone_entry(path: &'static [u8]) -> Result<(&'static [u8], Owned)> {
    let entry = namespace::entries().find(|entry| entry.path == path).ok_or(Status::NOT_FOUND)?;
    let directory = node::clone(entry.directory, OpenFlags::CLONE_SAME_RIGHTS)?;
    Ok((path, Owned::new(directory)))
}

fn decimal(number: u64, room: &mut [u8]) -> Result<&[u8]> {
    let mut text = Text::new(room);
    write!(text, "{number}").map_err(|_| Status::OUT_OF_RANGE)?;
    Ok(text.into_bytes())
}

dynamic_programs::entry!(main);
