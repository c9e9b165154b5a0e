//! Uses the pages of a VMO that somebody else supplies: `paged HOW COUNT`, with the VMO as the startup
//! handle USER0.
//!
//! - `touch`: reads the first byte of each of COUNT pages of a mapping, and prints their sum
//! - `fill`: writes the number of each page to its first byte, from 1 on
//! - `read`: reads COUNT pages by a system call, and prints the sum of their first bytes
//! - `send`: writes the first COUNT bytes of a mapping to the channel USER1
//!
//! Returns 0, or 1 if something failed, of which it prints the status, or 2 if it does not know its
//! arguments.

#![no_std]
#![no_main]

use guest_rt::{Handle, Startup, bytes, channel, eprintln, memory, println};
use zx_abi::{HandleType, PAGE_SIZE, Result, Status, VmOptions};

/// Pages that can be read by a system call.
const MOST: usize = 16;

fn main(startup: &mut Startup) -> i64 {
    let mut args = startup.args().skip(1);
    let how = args.next().unwrap_or_default();
    let count = args.next().and_then(bytes::parse_u64);
    let get = |kind| startup.get(kind, 0).ok_or(Status::NOT_FOUND);
    let (Some(count), Ok(vmar), Ok(vmo)) =
        (count, get(HandleType::RootVmar), get(HandleType::User0))
    else {
        return 2;
    };
    let done = match how {
        b"touch" => touch(vmar, vmo, count).map(|sum| println!("{sum}")),
        b"fill" => fill(vmar, vmo, count),
        b"read" => read(vmo, count).map(|sum| println!("{sum}")),
        b"send" => get(HandleType::User1).and_then(|to| send(vmar, vmo, to, count)),
        _ => return 2,
    };
    match done {
        Ok(()) => 0,
        Err(status) => {
            eprintln!("paged: {status}");
            1
        }
    }
}

fn map(vmar: Handle, vmo: Handle, pages: u64, options: VmOptions) -> Result<usize> {
    memory::map(vmar, options, vmo, (pages * PAGE_SIZE) as usize)
}

fn touch(vmar: Handle, vmo: Handle, count: u64) -> Result<u64> {
    let base = map(vmar, vmo, count, VmOptions::PERM_READ)?;
    // SAFETY: the pages are mapped.
    let byte =
        |page| unsafe { ((base + (page * PAGE_SIZE) as usize) as *const u8).read_volatile() };
    Ok((0..count).map(|page| u64::from(byte(page))).sum())
}

fn fill(vmar: Handle, vmo: Handle, count: u64) -> Result {
    let base = map(vmar, vmo, count, VmOptions::PERM_READ | VmOptions::PERM_WRITE)?;
    for page in 0..count {
        let byte = (base + (page * PAGE_SIZE) as usize) as *mut u8;
        // SAFETY: the pages are mapped, and nobody else knows them.
        unsafe { byte.write_volatile(page as u8 + 1) };
    }
    Ok(())
}

fn read(vmo: Handle, count: u64) -> Result<u64> {
    let mut room = [[0; PAGE_SIZE as usize]; MOST];
    let pages = room.get_mut(..count as usize).ok_or(Status::OUT_OF_RANGE)?;
    memory::read_vmo(vmo, 0, pages.as_flattened_mut())?;
    Ok(pages.iter().map(|page| u64::from(page[0])).sum())
}

fn send(vmar: Handle, vmo: Handle, to: Handle, len: u64) -> Result {
    let base = map(vmar, vmo, len.div_ceil(PAGE_SIZE), VmOptions::PERM_READ)?;
    // SAFETY: so many bytes are mapped; the kernel reads them.
    let bytes = unsafe { core::slice::from_raw_parts(base as *const u8, len as usize) };
    channel::write(to, bytes)
}

guest_rt::entry!(main);
