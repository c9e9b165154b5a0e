//! The entry point: from the two registers that the kernel sets to a linked program's entry.

use core::arch::naked_asm;
use core::cell::UnsafeCell;

use guest_rt::relocate::{self, Dyn};
use guest_rt::{Handle, process};

use crate::{linker, log};

/// What a program ends with that cannot be linked.
const FAILURE_CODE: i64 = 127;

/// The linker's stack. The initial one is sized for reading the message and little more.
const STACK_SIZE: usize = 128 << 10;

#[repr(C, align(16))]
struct Stack(UnsafeCell<[u8; STACK_SIZE]>);

// SAFETY: there is one thread, and nobody refers to its stack.
unsafe impl Sync for Stack {}

static STACK: Stack = Stack(UnsafeCell::new([0; STACK_SIZE]));

/// Enters with the bootstrap handle in edi, the vDSO's base in rsi and rsp 8 above a multiple of
/// 16, as after a call. Enters the program in the same state.
// SAFETY: the linker's entry point; no other crate defines it.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn _start() -> ! {
    naked_asm!(
        "xor ebp, ebp",
        "mov rbx, rsp",
        "mov r12d, edi",
        "mov r13, rsi",
        "and rsp, -16",
        "lea rdi, [rip + __ehdr_start]",
        "lea rsi, [rip + _DYNAMIC]",
        "call {relocate}",
        "lea rsp, [rip + {stack}]",
        "add rsp, {stack_size}",
        "lea rdi, [rip + __ehdr_start]",
        "mov esi, r12d",
        "mov rdx, r13",
        "call {link}",
        "mov rsp, rbx",
        "mov edi, r12d",
        "mov rsi, r13",
        "xor ebx, ebx",
        "xor r12d, r12d",
        "xor r13d, r13d",
        "jmp rax",
        relocate = sym relocate_self,
        stack = sym STACK,
        stack_size = const STACK_SIZE,
        link = sym link,
    )
}

/// Applies the relocations that need no symbol. The others are the system calls, which
/// [`linker::link`] binds.
///
/// # Safety
/// As [`relocate::relative`].
unsafe extern "C" fn relocate_self(base: *mut u8, dynamic: *const Dyn) {
    // SAFETY: the caller's promise; the linker is linked with -z text.
    let _ = unsafe { relocate::relative(base, dynamic) };
}

/// Returns the program's entry.
extern "C" fn link(base: *const u8, bootstrap: u32, vdso: *const u8) -> u64 {
    // Without its system calls the linker can neither speak nor exit.
    // SAFETY: the kernel passes the base of the vDSO it mapped, or 0; this is the first call.
    let Ok(modules) = (unsafe { linker::bind_system_calls(base, vdso) }) else { process::trap() };
    log::open();
    let linked = linker::link(modules, Handle::from_raw(bootstrap), vdso);
    if let Err(error) = &linked {
        log::line(format_args!("{error}"));
    }
    log::close();
    linked.unwrap_or_else(|_| process::exit(FAILURE_CODE))
}
