//! The entry point: from the two registers that the kernel sets to the program's main function.

use core::arch::naked_asm;

use zx_abi::Status;

use crate::startup::Startup;
use crate::vdso::Image;
use crate::{Handle, process, stdio, syscalls};

const DT_NULL: u64 = 0;
const DT_RELA: u64 = 7;
const DT_RELASZ: u64 = 8;
const R_X86_64_RELATIVE: u64 = 8;

#[repr(C)]
struct Dyn {
    tag: u64,
    value: u64,
}

#[repr(C)]
struct Rela {
    offset: u64,
    info: u64,
    addend: u64,
}

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
        relocate = sym relocate,
        run = sym run,
    )
}

/// Applies the image's own relocations. The image is linked at 0, so its base is its bias.
///
/// # Safety
/// Called once, before anything that needs a relocated pointer, with the image's base and its
/// dynamic section.
unsafe extern "C" fn relocate(base: *mut u8, dynamic: *const Dyn) {
    let mut table = 0;
    let mut size = 0;
    let mut entry = dynamic;
    // SAFETY: the dynamic section ends with DT_NULL.
    while let Dyn { tag, value } = unsafe { entry.read() }
        && tag != DT_NULL
    {
        if tag == DT_RELA {
            table = value as usize;
        } else if tag == DT_RELASZ {
            size = value as usize;
        }
        // SAFETY: DT_NULL is still ahead.
        entry = unsafe { entry.add(1) };
    }
    for index in 0..size / size_of::<Rela>() {
        // SAFETY: DT_RELA and DT_RELASZ describe a table inside the image.
        let rela = unsafe { base.add(table).cast::<Rela>().add(index).read() };
        if rela.info != R_X86_64_RELATIVE {
            process::trap();
        }
        // SAFETY: the linker places relocations in the writable segment only (-z text).
        unsafe {
            let place = base.add(rela.offset as usize).cast::<u64>();
            place.write_unaligned((base as u64).wrapping_add(rela.addend));
        }
    }
}

unsafe extern "Rust" {
    /// Defined by [`crate::entry`].
    fn guest_main(startup: &mut Startup) -> i64;
}

extern "C" fn run(bootstrap: u32, vdso: *const u8) -> ! {
    // SAFETY: the kernel passes the base of the vDSO it mapped, or 0.
    match unsafe { Image::at(vdso) } {
        Some(image) => syscalls::resolve(&image),
        // Without a vDSO not even an exit is possible.
        None => process::trap(),
    }
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
