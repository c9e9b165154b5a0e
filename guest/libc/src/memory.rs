//! stdlib.h's allocator: `talc` over VMOs that are mapped in large pieces and get their pages when
//! they are touched. What is larger than most has a mapping of its own at first, which goes when it is
//! freed. A program that makes and frees such blocks in turns would pay for five system calls, and for
//! its page faults, each time: from the first that it frees on they come from the heap.

use core::alloc::Layout;
use core::ffi::{c_int, c_void};
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicUsize, Ordering};

use guest_rt::lock::Mutex;
use guest_rt::memory;
use talc::{OomHandler, Span, Talc};
use zx_abi::{PAGE_SIZE, Result, Status, VmOptions};

use crate::{errno, startup};

/// Bytes that the heap grows by at least: system calls are what allocations cost.
const PIECE: usize = 8 << 20;
/// Bytes from which on an allocation has a mapping of its own: at first, and at most.
const LARGE: usize = 2 << 20;
const LARGE_AT_MOST: usize = 32 << 20;
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
    fn handle_oom(heap: &mut Talc<Self>, layout: Layout) -> core::result::Result<(), ()> {
        // With what the heap keeps for itself.
        let one = layout.size() + layout.align() + PAGE_SIZE as usize;
        // Room for more than one, or else what is left of a piece would be of use to few.
        let sizes = [PIECE.max(2 * one), one].map(|size| size.next_multiple_of(PAGE_SIZE as usize));
        let mapped = sizes.into_iter().find_map(|size| Some((map(size, 1).ok()?, size)));
        let (start, size) = mapped.ok_or(())?;
        // SAFETY: the memory is nobody else's.
        unsafe { heap.claim(Span::from_base_size(start, size)) }.map(|_| ())
    }
}

static HEAP: Mutex<Talc<Grow>> = Mutex::new(Talc::new(Grow));

/// Bytes from which on an allocation has a mapping of its own now.
static LARGE_NOW: AtomicUsize = AtomicUsize::new(LARGE);

/// What precedes a block, whose size C does not tell when it frees it.
#[derive(Clone, Copy)]
#[repr(C)]
struct Header {
    /// Of the block, without what is before it.
    size: usize,
    /// From the allocation's start to the block, a power of two, its alignment; with [`MAPPED`].
    before: usize,
}

/// The allocation is a mapping of its own. No block begins so near its allocation.
const MAPPED: usize = 1;

const _: () = assert!(size_of::<Header>() == ALIGN && MAPPED < ALIGN);

impl Header {
    /// That of a new block.
    fn new(size: usize, align: usize) -> Result<Self> {
        let header = Self { size, before: align.max(ALIGN) };
        let whole = size.checked_add(header.before).filter(|&whole| whole <= isize::MAX as usize);
        let mapped = whole.ok_or(Status::NO_MEMORY)? >= LARGE_NOW.load(Ordering::Relaxed);
        Ok(Self { before: header.before | if mapped { MAPPED } else { 0 }, ..header })
    }

    /// # Safety
    /// The block is one of [`allocate`].
    unsafe fn of(block: *mut c_void) -> Self {
        // SAFETY: the caller's promise.
        unsafe { block.cast::<Self>().sub(1).read() }
    }

    fn before(self) -> usize {
        self.before & !MAPPED
    }

    /// Bytes of the allocation.
    fn whole(self) -> usize {
        self.size + self.before()
    }

    fn is_mapped(self) -> bool {
        self.before & MAPPED != 0
    }

    /// Bytes of the mapping of such a one: one of eight sizes between two powers of two, so that it moves
    /// seldom if it grows step by step.
    fn mapped(self) -> Result<usize> {
        let step = (1 << self.whole().ilog2()) / 8;
        self.whole().checked_next_multiple_of(step).ok_or(Status::NO_MEMORY)
    }

    fn layout(self) -> Result<Layout> {
        Layout::from_size_align(self.whole(), self.before()).map_err(|_| Status::NO_MEMORY)
    }

    /// Makes a block of an allocation.
    ///
    /// # Safety
    /// The allocation is this one, and begins at `start`.
    unsafe fn block(self, start: *mut u8) -> *mut c_void {
        // SAFETY: the header is before the block, and after the start.
        unsafe {
            let block = start.add(self.before());
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
    allocate_block(Header::new(size, align)?)
}

/// Allocates a block. One with a mapping of its own is zero.
fn allocate_block(header: Header) -> Result<*mut c_void> {
    let start = if header.is_mapped() {
        map(header.mapped()?, header.before())?
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
    let new = Header::new(size, old.before())?;
    let start = block.cast::<u8>().wrapping_sub(old.before());
    let stays = if old.is_mapped() {
        (old.mapped()? == new.mapped()?).then_some(start)
    } else if new.is_mapped() {
        None
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
        // SAFETY: the allocation is as long as the new one is to be, and stays what it is.
        return Ok(unsafe { Header { size, ..old }.block(start) });
    }
    let copy = allocate(size, old.before())?;
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
        let block = allocate_block(header)?;
        if !header.is_mapped() {
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
    let start = block.cast::<u8>().wrapping_sub(header.before());
    if header.is_mapped() {
        let Ok(size) = header.mapped() else { return };
        LARGE_NOW.fetch_max((size + 1).min(LARGE_AT_MOST), Ordering::Relaxed);
        // SAFETY: as above. What cannot be unmapped stays.
        let _ = unsafe { memory::unmap(startup::root_vmar(), start as usize, size) };
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
