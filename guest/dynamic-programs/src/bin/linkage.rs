//! Prints what the dynamic linker has made of libfixture.so and of its own thread-local variable.
//! With `--write-relro`, writes where only relocation may; with `--stay`, never ends.

#![no_std]
#![no_main]

use core::arch::{global_asm, naked_asm};

use dynamic_programs::{args, println};
use guest_rt::time;
use zx_abi::TIME_INFINITE;

// Of libfixture.so.
unsafe extern "C" {
    safe fn fixture_initial_exec() -> *const u64;
    safe fn fixture_general_dynamic() -> *const u64;
    safe fn fixture_descriptor() -> *const u64;
    safe fn fixture_zero() -> *const u64;
    safe fn fixture_weak() -> usize;
    safe fn fixture_pointers() -> usize;
    safe fn fixture_constructed() -> u32;
}

global_asm!(
    ".section .tdata, \"awT\", @progbits",
    ".balign 32",
    "program_word:",
    ".quad 23",
    ".text",
);

/// The address of a thread-local 23, aligned to 32, as code of the local-exec model finds it.
#[unsafe(naked)]
extern "C" fn local_exec() -> *const u64 {
    naked_asm!("mov rax, fs:0", "lea rax, [rax + program_word@TPOFF]", "ret")
}

unsafe extern "C" {
    static mut _DYNAMIC: u64;
}

fn main() -> i64 {
    if args().any(|arg| arg == b"--write-relro") {
        // SAFETY: it faults, or a test fails.
        unsafe { (&raw mut _DYNAMIC).write_volatile(0) };
    }
    let word = fixture_initial_exec();
    // SAFETY: these are this thread's variables.
    let (own, initial, zero) = unsafe { (*local_exec(), *word, *fixture_zero()) };
    println!("local exec: {own}, off by {}", local_exec().addr() % 32);
    println!("initial exec: {initial}, off by {}", word.addr() % 64);
    println!(
        "general dynamic: {}",
        if fixture_general_dynamic() == word { "same" } else { "other" }
    );
    println!("descriptor: {}", if fixture_descriptor() == word { "same" } else { "other" });
    println!("zero: {zero}");
    println!("weak: {}", fixture_weak());
    println!("pointers: {}", fixture_pointers());
    println!("constructed: {}", fixture_constructed());
    if args().any(|arg| arg == b"--stay") {
        time::sleep_until(TIME_INFINITE);
    }
    0
}

dynamic_programs::entry!(main);
