//! `libplugin.so`: a library that `sysroot-program` opens while it runs. It has thread-local
//! variables of the models that such a library may have, constructors and destructors.

#![no_std]

use core::arch::{global_asm, naked_asm};
use core::ffi::{c_char, c_int, c_void};
use core::panic::PanicInfo;

unsafe extern "C" {
    fn abort() -> !;
    fn calloc(count: usize, size: usize) -> *mut c_void;
    fn puts(text: *const c_char) -> c_int;
}

global_asm!(
    ".section .tdata, \"awT\", @progbits",
    ".quad 1",
    ".balign 64",
    "plugin_word:",
    ".quad 42",
    ".section .tbss, \"awT\", @nobits",
    ".balign 8",
    "plugin_zeros:",
    ".zero 4096",
    ".text",
);

/// The address of a thread-local 42, aligned to 64, as code of the general-dynamic model finds it.
// SAFETY: programs declare it with this signature.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub extern "C" fn plugin_general_dynamic() -> *mut u64 {
    naked_asm!(
        "push rbx",
        ".byte 0x66",
        "lea rdi, [rip + plugin_word@TLSGD]",
        ".byte 0x66, 0x66",
        "rex64 call __tls_get_addr@PLT",
        "pop rbx",
        "ret",
    )
}

/// The same address, as code that uses a TLS descriptor finds it; 0 if that changes a register.
// SAFETY: programs declare it with this signature.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub extern "C" fn plugin_descriptor() -> *mut u64 {
    naked_asm!(
        "push rbx",
        "mov ecx, 1",
        "mov edx, 2",
        "mov esi, 3",
        "mov edi, 4",
        "mov r8d, 5",
        "mov r9d, 6",
        "mov r10d, 7",
        "mov r11d, 8",
        "movq xmm0, rcx",
        "movq xmm15, r11",
        "lea rax, [rip + plugin_word@TLSDESC]",
        "call [rax + plugin_word@TLSCALL]",
        "add rax, fs:0",
        // Whether all are as they were: their sum, with weights.
        "lea rcx, [rcx + 2 * rdx]",
        "lea rcx, [rcx + 4 * rsi]",
        "lea rcx, [rcx + 8 * rdi]",
        "imul r8, r8, 16",
        "add rcx, r8",
        "imul r9, r9, 32",
        "add rcx, r9",
        "imul r10, r10, 64",
        "add rcx, r10",
        "imul r11, r11, 128",
        "add rcx, r11",
        "movq rdx, xmm0",
        "imul rdx, rdx, 256",
        "add rcx, rdx",
        "movq rdx, xmm15",
        "imul rdx, rdx, 512",
        "add rcx, rdx",
        "cmp rcx, 1 + 4 + 12 + 32 + 80 + 192 + 448 + 1024 + 256 + 4096",
        "je 2f",
        "xor eax, eax",
        "2:",
        "pop rbx",
        "ret",
    )
}

/// The address of 4096 thread-local zeros, which are not in the file.
// SAFETY: programs declare it with this signature.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub extern "C" fn plugin_zero() -> *mut u64 {
    naked_asm!(
        "push rbx",
        "lea rax, [rip + plugin_zeros@TLSDESC]",
        "call [rax + plugin_zeros@TLSCALL]",
        "add rax, fs:0",
        "pop rbx",
        "ret",
    )
}

/// What it gets is from the C library.
// SAFETY: programs declare it with this signature.
#[unsafe(no_mangle)]
pub extern "C" fn plugin_block() -> *mut c_void {
    // SAFETY: takes no pointer.
    unsafe { calloc(1, 16) }
}

extern "C" fn construct() {
    // SAFETY: it is a string.
    unsafe { puts(c"libplugin.so begins".as_ptr()) };
}

extern "C" fn destruct() {
    // SAFETY: it is a string.
    unsafe { puts(c"libplugin.so ends".as_ptr()) };
}

// SAFETY: the section is a table of such functions.
#[used]
#[unsafe(link_section = ".init_array")]
static CONSTRUCTORS: [extern "C" fn(); 1] = [construct];

// SAFETY: the section is a table of such functions.
#[used]
#[unsafe(link_section = ".fini_array")]
static DESTRUCTORS: [extern "C" fn(); 1] = [destruct];

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // SAFETY: takes no pointer.
    unsafe { abort() }
}
