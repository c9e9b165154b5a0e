//! Asks of the sysroot what a C program asks, one subject a run: `sysroot_program SUBJECT`. Says on
//! standard error what is not as it should be, and returns how often that was.

#![no_std]
#![no_main]

mod c;
mod calendar;
mod descriptors;
mod ends;
mod files;
mod handles;
mod libraries;
mod listing;
mod locks;
mod log;
mod math;
mod memory;
mod network;
mod printing;
mod readonly;
mod scanning;
mod searching;
mod spawn;
mod startup;
mod streams;
mod text;
mod threads;

use core::ffi::{CStr, c_char, c_int};
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicI32, Ordering};

/// How many things were not as they should be.
static WRONG: AtomicI32 = AtomicI32::new(0);

/// Notes that something is not as it should be.
fn wrong(what: &'static str, line: u32) {
    WRONG.fetch_add(1, Ordering::Relaxed);
    // SAFETY: the format asks for these arguments.
    unsafe {
        c::fprintf(
            c::stderr,
            c"line %u: %.*s\n".as_ptr(),
            line,
            what.len() as c_int,
            what.as_ptr(),
        );
    }
}

/// Checks that a condition holds.
macro_rules! check {
    ($condition:expr) => {
        if !$condition {
            crate::wrong(stringify!($condition), line!());
        }
    };
}
use check;

/// Calls a function of C's.
macro_rules! call {
    ($name:ident($($argument:expr),* $(,)?)) => {
        // SAFETY: strings and places that are passed are there.
        unsafe { crate::c::$name($($argument),*) }
    };
}
use call;

/// `errno`
fn errno() -> c_int {
    // SAFETY: `errno` is there.
    unsafe { *c::__errno_location() }
}

/// Checks that a call fails with an error's number.
macro_rules! fails {
    ($number:expr, $name:ident($($argument:expr),* $(,)?)) => {
        if call!($name($($argument),*)) != -1 || crate::errno() != $number {
            crate::wrong(stringify!($name($($argument),*) fails with $number), line!());
        }
    };
}
use fails;

/// # Safety
/// Called by `Scrt1.o`, with C's arguments.
// SAFETY: the C library calls the program's main function, and nobody else has one.
#[unsafe(no_mangle)]
unsafe extern "C" fn main(
    count: c_int,
    args: *mut *mut c_char,
    environ: *mut *mut c_char,
) -> c_int {
    check!(count >= 2);
    // SAFETY: there are as many arguments.
    let subject = unsafe { CStr::from_ptr(*args.add(1)) };
    match subject.to_bytes() {
        // SAFETY: C's arguments.
        b"startup" => unsafe { startup::check_all(count, args, environ) },
        b"math" => math::check_all(),
        b"calendar" => calendar::check_all(),
        b"locks" => locks::check_all(),
        b"scanning" => scanning::check_all(),
        b"overflow" => ends::overflow(),
        b"overflow of a thread" => ends::overflow_in_thread(),
        b"streams" => streams::check_all(),
        b"network" => network::check_all(),
        b"log" => log::check_all(),
        b"text" => text::check_all(),
        b"memory" => memory::check_all(),
        b"threads" => threads::check_all(),
        b"printing" => printing::check_all(),
        b"descriptors" => descriptors::check_all(),
        b"libraries" => libraries::check_all(),
        b"files" => handles::all_back(files::check_all),
        b"listing" => handles::all_back(listing::check_all),
        b"searching" => handles::all_back(searching::check_all),
        b"read-only" => handles::all_back(readonly::check_all),
        b"handles" => handles::all_back(handles::check_all),
        b"spawn" => handles::all_back(spawn::check_all),
        // SAFETY: C's arguments.
        b"child" => unsafe { spawn::child(count, args) },
        b"exit" => ends::exit(),
        b"abort" => ends::abort(),
        b"last thread" => ends::last_thread(),
        _ => check!(false),
    }
    WRONG.load(Ordering::Relaxed)
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // SAFETY: takes no pointer.
    unsafe { c::abort() }
}
