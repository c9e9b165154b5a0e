//! `Scrt1.o`: where a program begins that libc.so starts. It is linked into each program, because
//! only there the program's main function can be named.

#![no_std]

use core::arch::global_asm;

// Entered with the bootstrap handle in edi and rsp 8 above a multiple of 16, as after a call. The
// vDSO, in rsi, is the dynamic linker's business.
global_asm!(
    ".pushsection .text._start, \"ax\", @progbits",
    ".globl _start",
    ".hidden _start",
    ".type _start, @function",
    "_start:",
    ".cfi_startproc",
    ".cfi_undefined rip",
    "xor ebp, ebp",
    "and rsp, -16",
    "mov rsi, [rip + main@GOTPCREL]",
    "call [rip + __libc_start_main@GOTPCREL]",
    "ud2",
    ".cfi_endproc",
    ".size _start, . - _start",
    ".popsection",
);
