//! setjmp.h. What is saved: rbx, rbp, r12 to r15, the stack pointer of who has called, where it
//! continues, and the unsafe stack's pointer, which is the thread's as the others are.

use core::arch::naked_asm;
use core::ffi::c_int;

/// `jmp_buf` begins with these, at least.
type Saved = [u64; 9];

#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn setjmp(saved: *mut Saved) -> c_int {
    naked_asm!(
        "mov [rdi], rbx",
        "mov [rdi + 8], rbp",
        "mov [rdi + 16], r12",
        "mov [rdi + 24], r13",
        "mov [rdi + 32], r14",
        "mov [rdi + 40], r15",
        "lea rdx, [rsp + 8]",
        "mov [rdi + 48], rdx",
        "mov rdx, [rsp]",
        "mov [rdi + 56], rdx",
        "mov rdx, fs:0x18",
        "mov [rdi + 64], rdx",
        "xor eax, eax",
        "ret",
    )
}

/// Returns `value` where `setjmp` has returned; 1 for 0.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn longjmp(saved: *const Saved, value: c_int) -> ! {
    naked_asm!(
        "mov eax, esi",
        "cmp eax, 1",
        "adc eax, 0",
        "mov rbx, [rdi]",
        "mov rbp, [rdi + 8]",
        "mov r12, [rdi + 16]",
        "mov r13, [rdi + 24]",
        "mov r14, [rdi + 32]",
        "mov r15, [rdi + 40]",
        "mov rdx, [rdi + 64]",
        "mov fs:0x18, rdx",
        "mov rsp, [rdi + 48]",
        "jmp [rdi + 56]",
    )
}

/// The same under other names: there is no mask of signals to save.
macro_rules! same {
    ($($name:ident = $function:ident;)*) => {
        $(
            #[unsafe(naked)]
            #[unsafe(no_mangle)]
            unsafe extern "C" fn $name() {
                naked_asm!("jmp {}", sym $function)
            }
        )*
    };
}

same! {
    _longjmp = longjmp;
    _setjmp = setjmp;
    siglongjmp = longjmp;
    sigsetjmp = setjmp;
}
