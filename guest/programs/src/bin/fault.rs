//! Raises the processor exception that its argument names, `null-read` without one.
//!
//! Prints `fault: NAME` first. If the program goes on, it prints `survived` and returns 7.
//! Returns 2 if it does not know the name, 1 if it could not prepare the fault.

#![no_std]
#![no_main]

use core::arch::asm;
use core::hint::black_box;

use guest_rt::bytes::Lossy;
use guest_rt::{Startup, eprintln, memory, println};
use zx_abi::{HandleType, PAGE_SIZE, Result, Status, VmOptions};

static READ_ONLY: [u8; 64] = [b'r'; 64];

fn main(startup: &mut Startup) -> i64 {
    let name = startup.args().nth(1).unwrap_or(b"null-read");
    let fault: fn(&Startup) -> Result = match name {
        b"null-read" => null_read,
        b"null-write" => null_write,
        b"write-rodata" => write_rodata,
        b"exec-data" => exec_data,
        b"ud2" => ud2,
        b"int3" => int3,
        b"divide" => divide,
        b"stack-overflow" => stack_overflow,
        b"vmo-end" => vmo_end,
        _ => {
            eprintln!("fault: unknown fault {}", Lossy(name));
            return 2;
        }
    };
    println!("fault: {}", Lossy(name));
    match fault(startup) {
        Ok(()) => {
            println!("survived");
            7
        }
        Err(status) => {
            eprintln!("fault: {status}");
            1
        }
    }
}

fn read(address: usize) {
    // SAFETY: the load faults, or reads a byte that nobody uses.
    unsafe { asm!("mov al, [{}]", in(reg) address, out("al") _, options(nostack, readonly)) }
}

fn write(address: usize) {
    // SAFETY: the store faults, or changes a byte that nobody uses.
    unsafe { asm!("mov byte ptr [{}], 0", in(reg) address, options(nostack)) }
}

fn null_read(_: &Startup) -> Result {
    read(0);
    Ok(())
}

fn null_write(_: &Startup) -> Result {
    write(0);
    Ok(())
}

fn write_rodata(_: &Startup) -> Result {
    write(READ_ONLY.as_ptr() as usize);
    Ok(())
}

/// Calls a `ret` on the stack.
fn exec_data(_: &Startup) -> Result {
    let code = black_box([0xc3u8; 16]);
    // SAFETY: the call faults, or returns at once.
    unsafe { asm!("call {}", in(reg) code.as_ptr(), clobber_abi("C")) }
    Ok(())
}

fn ud2(_: &Startup) -> Result {
    // SAFETY: raises an exception and does nothing else.
    unsafe { asm!("ud2", options(nomem, nostack)) }
    Ok(())
}

fn int3(_: &Startup) -> Result {
    // SAFETY: raises an exception and does nothing else.
    unsafe { asm!("int3", options(nomem, nostack)) }
    Ok(())
}

fn divide(_: &Startup) -> Result {
    // SAFETY: raises an exception, or changes the registers named.
    unsafe {
        asm!("div {:e}", in(reg) 0, inout("eax") 1 => _, inout("edx") 0 => _, options(nomem, nostack))
    }
    Ok(())
}

fn stack_overflow(_: &Startup) -> Result {
    #[inline(never)]
    #[allow(unconditional_recursion)]
    fn recurse(depth: u64) -> u64 {
        let frame = black_box([depth; 64]);
        recurse(depth + 1) + black_box(frame)[0]
    }
    black_box(recurse(0));
    Ok(())
}

/// Reads from the second page of a mapping whose VMO has only one.
fn vmo_end(startup: &Startup) -> Result {
    let vmar = startup.get(HandleType::RootVmar, 0).ok_or(Status::NOT_FOUND)?;
    let vmo = memory::create_vmo(PAGE_SIZE)?;
    let page = PAGE_SIZE as usize;
    let options = VmOptions::PERM_READ | VmOptions::ALLOW_FAULTS;
    let address = memory::map(vmar, options, vmo, 2 * page)?;
    read(address);
    read(address + page);
    Ok(())
}

guest_rt::entry!(main);
