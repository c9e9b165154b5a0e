//! stdlib.h's allocator: `talc` over VMOs that are mapped in large pieces and get their pages when
//! they are touched. What is larger than most has a mapping of its own. A few of these are kept when
//! they are freed, for others of about their size: a program that makes and frees them in turns would
//! pay for five system calls, and for its page faults, each time.

use core::alloc::Layout;
use core::ffi::{c_int, c_void};
use core::ptr::{self, NonNull};

use guest_rt::lock::Mutex;
use guest_rt::memory;
use talc::{OomHandler, Span, Talc};
use zx_abi::{PAGE_SIZE, Result, Status, VmOptions};

use crate::{errno, startup};

/// Bytes that the heap grows by: system calls are what allocations cost.
const PIECE: usize = 8 << 20;
/// Bytes from which on an allocation has a mapping of its own.
const LARGE: usize = 2 << 20;
/// Freed mappings that are kept, how large the largest may be, and all together.
const KEPT: usize = 32;
const KEPT_EACH: usize = 8 << 20;
const KEPT_BYTES: usize = 32 << 20;
/// How what `malloc` returns is aligned (`max_align_t`).
const ALIGN: usize = 16;

/// Maps memory where the kernel likes, aligned to a power of two.
fn map(size: usize, align: usize) -> Result<*mut u8> {
    let vmo = memory::create_vmo(size as u64)?;
    // A name is for people: without one all the same is well.
    let _ = vmo.set_name(b"malloc");
    let mut options = VmOptions::PERM_READ | VmOptions::PERM_WRITE;
    if align > PAGE_SIZE as usize {
        options |= VmOptions::from_bits_retain(align.ilog2() << ALIGN_SHIFT);
    }
    let mapped = memory::map(startup::root_vmar(), options, vmo, size);
    vmo.close();
    mapped.map(|address| address as *mut u8)
}

/// Where options of mappings have the logarithm of the alignment.
const ALIGN_SHIFT: u32 = VmOptions::ALIGN_MASK.bits().trailing_zeros();

struct Grow;

impl OomHandler for Grow {
    fn handle_oom(heap: &mut Talc<Self>, _: Layout) -> core::result::Result<(), ()> {
        // Whatever is asked for is smaller than a piece.
        let start = map_at_all_costs(PIECE, 1).map_err(|_| ())?;
        // SAFETY: the memory is nobody else's.
        unsafe { heap.claim(Span::from_base_size(start, PIECE)) }.map(|_| ())
    }
}

static HEAP: Mutex<Talc<Grow>> = Mutex::new(Talc::new(Grow));

/// Freed mappings, the oldest first: address and bytes.
struct Kept {
    mappings: [(usize, usize); KEPT],
    count: usize,
}

static MAPPINGS: Mutex<Kept> = Mutex::new(Kept { mappings: [(0, 0); KEPT], count: 0 });

impl Kept {
    fn remove(&mut self, index: usize) -> (usize, usize) {
        let removed = self.mappings[index];
        self.mappings.copy_within(index + 1..self.count, index);
        self.count -= 1;
        removed
    }

    fn bytes(&self) -> usize {
        self.mappings[..self.count].iter().map(|(_, size)| size).sum()
    }

    /// A mapping of this size, if there is one.
    fn take(&mut self, size: usize) -> Option<usize> {
        let mappings = &self.mappings[..self.count];
        let index = mappings.iter().rposition(|(_, kept)| *kept == size)?;
        Some(self.remove(index).0)
    }

    /// Takes the oldest out, if there is no room for so many bytes more.
    fn make_room(&mut self, size: usize) -> Option<(usize, usize)> {
        let full = self.count == KEPT || self.bytes() + size > KEPT_BYTES;
        (full && self.count > 0).then(|| self.remove(0))
    }

    fn put(&mut self, mapping: (usize, usize)) {
        self.mappings[self.count] = mapping;
        self.count += 1;
    }
}

/// Maps memory for a large allocation, or takes some that was freed and is not zero.
fn map_large(header: Header, zeroed: bool) -> Result<*mut u8> {
    let size = header.mapped()?;
    if !zeroed
        && header.before <= PAGE_SIZE as usize
        && let Some(start) = MAPPINGS.with(|kept| kept.take(size))
    {
        return Ok(start as *mut u8);
    }
    map_at_all_costs(size, header.before)
}

/// Maps memory, if need be in place of what is kept.
fn map_at_all_costs(size: usize, align: usize) -> Result<*mut u8> {
    map(size, align).or_else(|status| {
        let mut dropped = false;
        while let Some(mapping) = MAPPINGS.with(|kept| kept.make_room(KEPT_BYTES)) {
            // SAFETY: nobody uses it.
            unsafe { unmap(mapping) };
            dropped = true;
        }
        if dropped { map(size, align) } else { Err(status) }
    })
}

/// Keeps or unmaps the memory of a large allocation.
///
/// # Safety
/// Nobody uses it any more.
unsafe fn free_large(start: usize, size: usize) {
    // SAFETY: the caller's promise; nobody uses what is kept either.
    unsafe {
        if size > KEPT_EACH {
            return unmap((start, size));
        }
        loop {
            let full = MAPPINGS.with(|kept| {
                let oldest = kept.make_room(size);
                if oldest.is_none() {
                    kept.put((start, size));
                }
                oldest
            });
            let Some(oldest) = full else { break };
            unmap(oldest);
        }
    }
}

/// # Safety
/// Nobody uses it any more.
unsafe fn unmap((start, size): (usize, usize)) {
    // SAFETY: the caller's promise. What cannot be unmapped stays.
    let _ = unsafe { memory::unmap(startup::root_vmar(), start, size) };
}

/// What precedes a block, whose size C does not tell when it frees it.
#[derive(Clone, Copy)]
#[repr(C)]
struct Header {
    /// Of the block, without what is before it.
    size: usize,
    /// From the allocation's start to the block, a power of two: its alignment.
    before: usize,
}

const _: () = assert!(size_of::<Header>() == ALIGN);

impl Header {
    fn new(size: usize, align: usize) -> Result<Self> {
        let header = Self { size, before: align.max(ALIGN) };
        let whole = size.checked_add(header.before).filter(|&whole| whole <= isize::MAX as usize);
        whole.map(|_| header).ok_or(Status::NO_MEMORY)
    }

    /// # Safety
    /// The block is one of [`allocate`].
    unsafe fn of(block: *mut c_void) -> Self {
        // SAFETY: the caller's promise.
        unsafe { block.cast::<Self>().sub(1).read() }
    }

    /// Bytes of the allocation.
    fn whole(self) -> usize {
        self.size + self.before
    }

    fn is_large(self) -> bool {
        self.whole() >= LARGE
    }

    /// Bytes of the mapping of a large one: one of eight sizes between two powers of two, so that many
    /// have the same.
    fn mapped(self) -> Result<usize> {
        let step = (1 << self.whole().ilog2()) / 8;
        self.whole().checked_next_multiple_of(step).ok_or(Status::NO_MEMORY)
    }

    fn layout(self) -> Result<Layout> {
        Layout::from_size_align(self.whole(), self.before).map_err(|_| Status::NO_MEMORY)
    }

    /// Makes a block of an allocation.
    ///
    /// # Safety
    /// The allocation is this one, and begins at `start`.
    unsafe fn block(self, start: *mut u8) -> *mut c_void {
        // SAFETY: the header is before the block, and after the start.
        unsafe {
            let block = start.add(self.before);
            block.cast::<Self>().sub(1).write(self);
            block.cast()
        }
    }
}

/// Without memory, sets `errno` and returns null.
fn checked(block: Result<*mut c_void>) -> *mut c_void {
    block.unwrap_or_else(|_| {
        errno::set(errno::ENOMEM);
        ptr::null_mut()
    })
}

fn allocate(size: usize, align: usize) -> Result<*mut c_void> {
    allocate_block(Header::new(size, align)?, false)
}

/// Allocates a block. A large one is zero if it is to be.
fn allocate_block(header: Header, zeroed: bool) -> Result<*mut c_void> {
    let start = if header.is_large() {
        map_large(header, zeroed)?
    } else {
        let layout = header.layout()?;
        // SAFETY: the size is not 0.
        let start = HEAP.with(|heap| unsafe { heap.malloc(layout) });
        start.map_err(|()| Status::NO_MEMORY)?.as_ptr()
    };
    // SAFETY: the allocation is this one.
    Ok(unsafe { header.block(start) })
}

/// # Safety
/// It is a block, which nobody uses afterwards by its old address.
unsafe fn reallocate(block: *mut c_void, size: usize) -> Result<*mut c_void> {
    // SAFETY: the caller's promise.
    let old = unsafe { Header::of(block) };
    let new = Header::new(size, old.before)?;
    let start = block.cast::<u8>().wrapping_sub(old.before);
    if old.is_large() == new.is_large() {
        let stays = if old.is_large() {
            (old.mapped()? == new.mapped()?).then_some(start)
        } else {
            let (layout, whole) = (old.layout()?, new.whole());
            // SAFETY: the allocation has this layout.
            let moved = NonNull::new(start).map(|start| unsafe {
                HEAP.with(|heap| {
                    if whole > layout.size() {
                        return heap.grow(start, layout, whole);
                    }
                    heap.shrink(start, layout, whole);
                    Ok(start)
                })
            });
            let moved = moved.ok_or(Status::NO_MEMORY)?;
            Some(moved.map_err(|()| Status::NO_MEMORY)?.as_ptr())
        };
        if let Some(start) = stays {
            // SAFETY: the allocation is the new one.
            return Ok(unsafe { new.block(start) });
        }
    }
    let copy = allocate(size, old.before)?;
    // SAFETY: both have as many bytes; the caller's promise.
    unsafe {
        copy.cast::<u8>().copy_from_nonoverlapping(block.cast(), old.size.min(size));
        free(block);
    }
    Ok(copy)
}

#[unsafe(no_mangle)]
pub extern "C" fn malloc(size: usize) -> *mut c_void {
    checked(allocate(size, ALIGN))
}

#[unsafe(no_mangle)]
pub extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    let Some(size) = count.checked_mul(size) else { return checked(Err(Status::NO_MEMORY)) };
    checked(Header::new(size, ALIGN).and_then(|header| {
        let block = allocate_block(header, true)?;
        if !header.is_large() {
            // SAFETY: the block has this size.
            unsafe { block.write_bytes(0, size) };
        }
        Ok(block)
    }))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn free(block: *mut c_void) {
    if block.is_null() {
        return;
    }
    // SAFETY: the caller's promise: it is a block, which nobody uses any more.
    let header = unsafe { Header::of(block) };
    let start = block.cast::<u8>().wrapping_sub(header.before);
    if header.is_large() {
        let Ok(size) = header.mapped() else { return };
        // SAFETY: as above.
        unsafe { free_large(start as usize, size) };
    } else if let (Some(start), Ok(layout)) = (NonNull::new(start), header.layout()) {
        // SAFETY: as above.
        HEAP.with(|heap| unsafe { heap.free(start, layout) });
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn realloc(block: *mut c_void, size: usize) -> *mut c_void {
    if block.is_null() {
        return malloc(size);
    }
    // SAFETY: the caller's promise.
    checked(unsafe { reallocate(block, size) })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn reallocarray(block: *mut c_void, count: usize, size: usize) -> *mut c_void {
    match count.checked_mul(size) {
        // SAFETY: the caller's promise.
        Some(size) => unsafe { realloc(block, size) },
        None => checked(Err(Status::NO_MEMORY)),
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn aligned_alloc(align: usize, size: usize) -> *mut c_void {
    if !align.is_power_of_two() {
        errno::set(errno::EINVAL);
        return ptr::null_mut();
    }
    checked(allocate(size, align))
}

#[unsafe(no_mangle)]
extern "C" fn memalign(align: usize, size: usize) -> *mut c_void {
    aligned_alloc(align, size)
}

/// Returns an error's number.
#[unsafe(no_mangle)]
unsafe extern "C" fn posix_memalign(out: *mut *mut c_void, align: usize, size: usize) -> c_int {
    if !align.is_power_of_two() || align < size_of::<usize>() {
        return errno::EINVAL;
    }
    let Ok(block) = allocate(size, align) else { return errno::ENOMEM };
    // SAFETY: the caller's promise.
    unsafe { out.write(block) };
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn malloc_usable_size(block: *mut c_void) -> usize {
    if block.is_null() {
        return 0;
    }
    // SAFETY: the caller's promise.
    unsafe { Header::of(block) }.size
}

/// Allocates for this library: a table of zeros, which nobody frees unless told to.
pub fn leak<T: Copy>(count: usize) -> Option<&'static mut [T]> {
    let block = calloc(count, size_of::<T>()).cast::<T>();
    // SAFETY: the block is zeroed, nobody else's, and has room; `T` is plain data.
    (!block.is_null()).then(|| unsafe { core::slice::from_raw_parts_mut(block, count) })
}
