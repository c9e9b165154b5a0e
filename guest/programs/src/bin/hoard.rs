//! Takes memory until there is none, for tests of limits: `hoard HOW COUNT [stay|tell]`.
//!
//! - `touch`: maps a VMO of COUNT pages and writes to each of them, from the first one on
//! - `write`: writes COUNT pages of a VMO by system calls
//! - `map`: maps COUNT VMOs of a page
//!
//! Prints how many there were and the status of the one that failed, or 0: `COUNT, then STATUS`. With
//! `stay` it then sleeps for ever, with all that it has. With `tell` it prints how many there are
//! meanwhile, each time that `touch` has written to 256 more. Returns 2 if it does not know its
//! arguments.

#![no_std]
#![no_main]

use guest_rt::{Handle, Startup, eprintln, memory, println, time};
use zx_abi::{HandleType, PAGE_SIZE, Result, Status, TIME_INFINITE, VmOptions};

fn main(startup: &mut Startup) -> i64 {
    let mut args = startup.args().skip(1);
    let how = args.next().unwrap_or_default();
    let count = args.next().and_then(|text| core::str::from_utf8(text).ok()?.parse().ok());
    let (Some(vmar), Some(count)) = (startup.get(HandleType::RootVmar, 0), count) else {
        eprintln!("usage: hoard touch|write|map COUNT [stay]");
        return 2;
    };
    let more = args.next().unwrap_or_default();
    let mut taken = 0;
    let end = match how {
        b"touch" => touch(vmar, count, more == b"tell", &mut taken),
        b"write" => write(count, &mut taken),
        b"map" => map(vmar, count, &mut taken),
        _ => return 2,
    };
    println!("{taken}, then {}", end.err().unwrap_or(Status::OK).into_raw());
    if more == b"stay" {
        loop {
            time::sleep_until(TIME_INFINITE);
        }
    }
    0
}

const WRITABLE: VmOptions = VmOptions::PERM_READ.union(VmOptions::PERM_WRITE);

/// Pages after which `tell` tells.
const TOLD: u64 = 256;

fn touch(vmar: Handle, count: u64, tells: bool, taken: &mut u64) -> Result {
    let size = count * PAGE_SIZE;
    let base = memory::map(vmar, WRITABLE, memory::create_vmo(size)?, size as usize)?;
    while *taken < count {
        let page = (base + (*taken * PAGE_SIZE) as usize) as *mut u8;
        // SAFETY: the page is mapped, and nobody else knows it.
        unsafe { page.write_volatile(1) };
        *taken += 1;
        if tells && taken.is_multiple_of(TOLD) {
            println!("{taken}");
        }
    }
    Ok(())
}

fn write(count: u64, taken: &mut u64) -> Result {
    let vmo = memory::create_vmo(count * PAGE_SIZE)?;
    let page = [1; PAGE_SIZE as usize];
    while *taken < count {
        memory::write_vmo(vmo, *taken * PAGE_SIZE, &page)?;
        *taken += 1;
    }
    Ok(())
}

fn map(vmar: Handle, count: u64, taken: &mut u64) -> Result {
    while *taken < count {
        let vmo = memory::create_vmo(PAGE_SIZE)?;
        let mapped = memory::map(vmar, WRITABLE, vmo, PAGE_SIZE as usize);
        vmo.close();
        mapped?;
        *taken += 1;
    }
    Ok(())
}

guest_rt::entry!(main);
