//! The entry point: from the two registers that the kernel sets to the program's main function.

use core::arch::naked_asm;

use zx_abi::Status;

use crate::relocate::{self, Dyn};
use crate::startup::Startup;
use crate::{Handle, process, stdio, syscalls};

/// Enters with the bootstrap handle in edi, the vDSO's base in rsi and rsp 8 above a multiple of
/// 16, as after a call.
// SAFETY: the linker's entry point; no other crate defines it.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn _start() -> ! {
    naked_asm!(
        "xor ebp, ebp",
        "and rsp, -16",
        "mov r12d, edi",
        "mov r13, rsi",
        "lea rdi, [rip + __ehdr_start]",
        "lea rsi, [rip + _DYNAMIC]",
        "call {relocate}",
        "mov edi, r12d",
        "mov rsi, r13",
        "call {run}",
        "ud2",
        relocate = sym relocate_self,
        run = sym run,
    )
}

/// Relocates the image.
///
/// # Safety
/// As [`relocate::relative`].
unsafe extern "C" fn relocate_self(base: *mut u8, dynamic: *const Dyn) {
    // SAFETY: the caller's promise. The linker places relocations in the writable segment only
    // (-z text).
    if !unsafe { relocate::relative(base, dynamic) } {
        process::trap();
    }
}

unsafe extern "Rust" {
    /// Defined by [`crate::entry`].
    fn guest_main(startup: &mut Startup) -> i64;
}

extern "C" fn run(bootstrap: u32, vdso: *const u8) -> ! {
    // SAFETY: the kernel passes the base of the vDSO it mapped, or 0.
    unsafe { syscalls::find_in(vdso) };
    let bootstrap = Handle::from_raw(bootstrap);
    let read = Startup::read(bootstrap, vdso as usize);
    bootstrap.close();
    let code = match read {
        Ok(mut startup) => {
            stdio::open(&startup);
            // SAFETY: the program's `entry!` defines it with this signature.
            unsafe { guest_main(&mut startup) }
        }
        Err(error) => {
            crate::eprintln!("bad bootstrap message: {error}");
            i64::from(Status::into_raw(error.as_zx_status()))
        }
    };
    process::exit(code)
}
