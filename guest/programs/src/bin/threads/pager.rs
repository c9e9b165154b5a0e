//! A thread accesses pages that the first one supplies.

use core::sync::atomic::{AtomicU64, Ordering};

use guest_rt::{memory, pager, thread, time};
use zx_abi::{PAGE_SIZE, PAGER_VMO_COMPLETE, PAGER_VMO_READ, Result, TIME_INFINITE, VmoOptions};

use crate::crew::{Crew, expect};

/// The sum of what the thread has read.
static SUM: AtomicU64 = AtomicU64::new(0);
/// How many pages it reads.
static PAGES: AtomicU64 = AtomicU64::new(0);

/// The nanoseconds that a page took.
pub fn run(crew: &Crew, pages: u64) -> Result<u64> {
    let (pager, port) = (pager::create()?, pager::create_port()?);
    let size = pages * PAGE_SIZE;
    let vmo = pager::create_vmo(pager.get(), VmoOptions::empty(), (port.get(), 1), size)?;
    let base = crew.map(vmo.get(), size as usize)?;
    let source = memory::create_vmo(PAGE_SIZE)?;
    PAGES.store(pages, Ordering::Relaxed);
    let begun = time::monotonic();
    let reader = crew.start(b"reader", read, base as u64, 0)?;
    let mut expected = 0;
    for page in 0..pages {
        let request = pager::next_request(port.get(), TIME_INFINITE)?;
        expect(request.command == PAGER_VMO_READ)?;
        expect((request.offset, request.length) == (page * PAGE_SIZE, PAGE_SIZE))?;
        memory::write_vmo(source, 0, &page.to_le_bytes())?;
        pager::supply(pager.get(), vmo.get(), request.offset, request.length, source)?;
        expected += page;
    }
    reader.join()?;
    let took = time::monotonic() - begun;
    expect(SUM.load(Ordering::Relaxed) == expected)?;
    // SAFETY: no pointer is passed.
    let detached = unsafe {
        guest_rt::syscalls::pager_detach_vmo(pager.get().into_raw(), vmo.get().into_raw())
    };
    zx_abi::Status::ok(detached)?;
    let last = pager::next_request(port.get(), TIME_INFINITE)?;
    expect(last.command == PAGER_VMO_COMPLETE)?;
    Ok(took as u64 / pages.max(1))
}

extern "C" fn read(base: u64, _: u64) -> ! {
    for page in 0..PAGES.load(Ordering::Relaxed) {
        let word = (base + page * PAGE_SIZE) as *const u64;
        // SAFETY: the pages are mapped.
        SUM.fetch_add(unsafe { word.read_volatile() }, Ordering::Relaxed);
    }
    thread::exit()
}
