//! `libfixture.so`: asks of the dynamic linker what libguest.so does not. It has thread-local
//! variables of every model, constructors and destructors, a weak symbol that nobody defines,
//! DT_HASH, and relocations in DT_REL and DT_RELR.

#![no_std]

use core::arch::{global_asm, naked_asm};
use core::sync::atomic::{AtomicU32, Ordering};

// It brings the panic handler.
use guest_rt as _;

global_asm!(
    ".section .tdata, \"awT\", @progbits",
    ".quad 1",
    ".balign 64",
    "fixture_word:",
    ".quad 42",
    ".section .tbss, \"awT\", @nobits",
    ".balign 8",
    "fixture_zeros:",
    ".zero 8",
    ".text",
    ".weak fixture_nobody",
);

/// The address of a thread-local 42, aligned to 64, as code of the initial-exec model finds it.
// SAFETY: programs declare it with this signature.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub extern "C" fn fixture_initial_exec() -> *const u64 {
    naked_asm!("mov rax, fs:0", "add rax, [rip + fixture_word@GOTTPOFF]", "ret")
}

/// The same address, as code of the general-dynamic model finds it.
// SAFETY: programs declare it with this signature.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub extern "C" fn fixture_general_dynamic() -> *const u64 {
    naked_asm!(
        "push rbx",
        ".byte 0x66",
        "lea rdi, [rip + fixture_word@TLSGD]",
        ".byte 0x66, 0x66",
        "rex64 call __tls_get_addr@PLT",
        "pop rbx",
        "ret",
    )
}

/// The same address, as code that uses a TLS descriptor finds it.
// SAFETY: programs declare it with this signature.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub extern "C" fn fixture_descriptor() -> *const u64 {
    naked_asm!(
        "push rbx",
        "lea rax, [rip + fixture_word@TLSDESC]",
        "call [rax + fixture_word@TLSCALL]",
        "add rax, fs:0",
        "pop rbx",
        "ret",
    )
}

/// The address of a thread-local 0, which is not in the file.
// SAFETY: programs declare it with this signature.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub extern "C" fn fixture_zero() -> *const u64 {
    naked_asm!("mov rax, fs:0", "add rax, [rip + fixture_zeros@GOTTPOFF]", "ret")
}

/// The address of what nobody defines: 0.
// SAFETY: programs declare it with this signature.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub extern "C" fn fixture_weak() -> usize {
    naked_asm!("mov rax, [rip + fixture_nobody@GOTPCREL]", "ret")
}

/// How many pointers there are in [`POINTERS`]: more than one word of DT_RELR says.
const COUNT: usize = 150;

static NUMBERS: [u8; COUNT] = [7; COUNT];

static POINTERS: [&u8; COUNT] = {
    let mut pointers = [&NUMBERS[0]; COUNT];
    let mut index = 0;
    while index < COUNT {
        pointers[index] = &NUMBERS[index];
        index += 1;
    }
    pointers
};

/// How many of 150 pointers in a table point where they should.
// SAFETY: programs declare it with this signature.
#[unsafe(no_mangle)]
pub extern "C" fn fixture_pointers() -> usize {
    let pointers = core::hint::black_box(&POINTERS);
    pointers
        .iter()
        .zip(&NUMBERS)
        .filter(|(pointer, number)| core::ptr::eq(**pointer, *number))
        .count()
}

static CONSTRUCTED: AtomicU32 = AtomicU32::new(0);

/// What the constructors have left: 12, if both have run in their order.
// SAFETY: programs declare it with this signature.
#[unsafe(no_mangle)]
pub extern "C" fn fixture_constructed() -> u32 {
    CONSTRUCTED.load(Ordering::Relaxed)
}

extern "C" fn construct_first() {
    CONSTRUCTED.store(10 * CONSTRUCTED.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
}

extern "C" fn construct_second() {
    CONSTRUCTED.store(10 * CONSTRUCTED.load(Ordering::Relaxed) + 2, Ordering::Relaxed);
}

// SAFETY: the section is a table of such functions.
#[used]
#[unsafe(link_section = ".init_array")]
static CONSTRUCTORS: [extern "C" fn(); 2] = [construct_first, construct_second];

unsafe extern "C" {
    // Of libguest.so.
    fn guest_write(stream: u32, bytes: *const u8, size: usize) -> i32;
}

fn say(text: &str) {
    // SAFETY: the text has the size passed. If it cannot be written, a test misses it.
    unsafe { guest_write(1, text.as_ptr(), text.len()) };
}

extern "C" fn destruct_first() {
    say("first destructor\n");
}

extern "C" fn destruct_second() {
    say("second destructor\n");
}

// SAFETY: the section is a table of such functions.
#[used]
#[unsafe(link_section = ".fini_array")]
static DESTRUCTORS: [extern "C" fn(); 2] = [destruct_first, destruct_second];
