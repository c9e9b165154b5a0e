//! The end of the process.

use crate::syscalls;

/// Ends the process with this return code.
pub fn exit(code: i64) -> ! {
    // SAFETY: takes no pointer.
    unsafe { syscalls::process_exit(code) }
}

/// Ends the process by an undefined instruction, for want of anything better.
pub fn trap() -> ! {
    // SAFETY: ud2 raises an exception and does nothing else.
    unsafe { core::arch::asm!("ud2", options(noreturn, nomem, nostack)) }
}
