//! Runs several threads, as its first argument says.
//!
//! - `start`: each thread gets its arguments, a stack and a thread pointer of its own; prints
//!   `start: ok`
//! - `registers`: threads begin with a thread pointer and the register of their ABI; prints
//!   `registers: ok`; not in 2020
//! - `futexes`: threads wait, are woken, and are moved to another futex; prints `futexes: ok`
//! - `mutex N`: eight threads increment a counter N times each, under a mutex made of a futex;
//!   prints `mutex: TOTAL after WAITS waits`
//! - `handler`: a thread handles what others raise; prints `handler: ok`
//! - `pager N`: supplies N pages that another thread accesses; prints `pager: NANOSECONDS ns a page`
//! - `spin N`: N threads count in a VMO until they are told otherwise; see [`spin`]
//!
//! Returns 0 unless that says something else, 1 if something failed, or 2 if it does not understand
//! its arguments.

#![no_std]
#![no_main]

mod crew;
mod futexes;
mod handler;
mod mutex;
mod pager;
mod registers;
mod spin;
mod start;

use guest_rt::bytes::{self, Lossy};
use guest_rt::{Startup, eprintln, println};
use zx_abi::{HandleType, Status};

use crate::crew::Crew;

fn main(startup: &mut Startup) -> i64 {
    let mut args = startup.args().skip(1);
    let mode = args.next().unwrap_or_default();
    let number = args.next().and_then(bytes::parse_u64);
    let get = |kind| startup.get(kind, 0).ok_or(Status::NOT_FOUND);
    let crew = get(HandleType::ProcessSelf)
        .and_then(|process| Ok(Crew::new(process, get(HandleType::RootVmar)?)));
    let done = crew.and_then(|crew| match (mode, number) {
        (b"start", None) => start::run(&crew).map(|()| {
            println!("start: ok");
            0
        }),
        (b"registers", None) => registers::run(&crew).map(|()| {
            println!("registers: ok");
            0
        }),
        (b"futexes", None) => {
            get(HandleType::ThreadSelf).and_then(|own| futexes::run(&crew, own)).map(|()| {
                println!("futexes: ok");
                0
            })
        }
        (b"handler", None) => handler::run(&crew).map(|()| {
            println!("handler: ok");
            0
        }),
        (b"mutex", Some(increments)) => mutex::run(&crew, increments).map(|outcome| {
            println!("mutex: {} after {} waits", outcome.total, outcome.waits);
            0
        }),
        (b"pager", Some(pages)) => pager::run(&crew, pages).map(|nanoseconds| {
            println!("pager: {nanoseconds} ns a page");
            0
        }),
        (b"spin", Some(threads)) => {
            get(HandleType::User0).and_then(|vmo| spin::run(&crew, vmo, threads))
        }
        _ => Ok(2),
    });
    done.unwrap_or_else(|status| {
        eprintln!("threads: {}: {status}", Lossy(mode));
        1
    })
}

guest_rt::entry!(main);
