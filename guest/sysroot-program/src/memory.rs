//! Memory.

use core::ffi::c_void;
use core::hint::black_box;
use core::ptr;
use core::slice;

use crate::{c, check};

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

pub fn check_all() {
    blocks();
    again();
    alignments();
    growing();
    growing_in_steps();
    refusals();
    a_gibibyte();
    mappings();
}

/// Fills a block, and returns it.
fn filled(block: *mut c_void, size: usize, byte: u8) -> *mut u8 {
    let block = block.cast::<u8>();
    check!(!block.is_null());
    // SAFETY: the block has this size.
    unsafe { block.write_bytes(byte, size) };
    block
}

/// Whether a block has this byte everywhere.
fn is(block: *const u8, size: usize, byte: u8) -> bool {
    // SAFETY: the block has this size.
    unsafe { slice::from_raw_parts(block, size) }.iter().all(|&found| found == byte)
}

/// Blocks of many sizes, which are all apart.
fn blocks() {
    const SIZES: [usize; 9] = [0, 1, 15, 16, 17, 4 * KIB, 100 * KIB, 2 * MIB, 5 * MIB];
    let mut blocks = [ptr::null_mut(); SIZES.len()];
    for round in 0..3 {
        for (index, (&size, place)) in SIZES.iter().zip(&mut blocks).enumerate() {
            // SAFETY: takes no pointer.
            *place = filled(unsafe { c::malloc(size) }, size, (index + round) as u8);
            check!(place.addr().is_multiple_of(16));
        }
        for (index, (&size, &block)) in SIZES.iter().zip(&blocks).enumerate() {
            check!(is(block, size, (index + round) as u8));
            // SAFETY: nobody uses it any more.
            unsafe { c::free(block.cast()) };
        }
    }
    // SAFETY: free takes null.
    unsafe { c::free(ptr::null_mut()) };
    for size in [100, 3 * MIB] {
        // SAFETY: takes no pointer; nobody uses what is freed any more.
        unsafe {
            c::free(filled(c::malloc(size), size, 1).cast());
            let block = c::calloc(size, 1).cast::<u8>();
            check!(is(block, size, 0));
            c::free(block.cast());
        }
    }
}

/// From the first large block that is freed on, those that are no larger come from the heap, where what
/// is freed is there for the next.
fn again() {
    // SAFETY: takes no pointer; nobody uses what is freed any more.
    unsafe {
        c::free(black_box(c::malloc(7 * MIB)));
        let block = black_box(c::malloc(6 * MIB));
        c::free(block);
        let next = black_box(c::malloc(5 * MIB));
        check!(next == block);
        let cleared = c::calloc(1, 6 * MIB).cast::<u8>();
        c::free(filled(cleared.cast(), 6 * MIB, 1).cast());
        check!(is(c::calloc(1, 6 * MIB).cast(), 6 * MIB, 0));
        c::free(next);
        let mut blocks = [ptr::null_mut(); 40];
        for size in [2 * MIB, 7 * MIB, 33 * MIB, 2 * MIB] {
            for place in &mut blocks {
                *place = filled(c::malloc(size), 1, 1).cast();
            }
            for (index, place) in blocks.iter().enumerate() {
                check!(!blocks[..index].contains(place));
            }
            blocks.iter().for_each(|block| c::free(*block));
        }
    }
}

fn alignments() {
    for (align, size) in [(8, 1), (64, 100), (4 * KIB, 10), (64 * KIB, 4 * MIB), (4 * MIB, 1)] {
        let mut block = ptr::null_mut();
        // SAFETY: `block` is valid for the write.
        check!(unsafe { c::posix_memalign(&mut block, align, size) } == 0);
        check!(block.addr().is_multiple_of(align));
        filled(block, size, 1);
        // SAFETY: it is a block, and nobody uses the old one any more.
        unsafe {
            let block = c::realloc(block, 2 * size).cast::<u8>();
            check!(is(block, size, 1));
            c::free(block.cast());
        }
    }
    let mut block = ptr::null_mut();
    // SAFETY: `block` is valid for the write.
    check!(unsafe { c::posix_memalign(&mut block, 24, 1) } == 22);
}

/// A block that grows from small to large and back.
fn growing() {
    let mut block = ptr::null_mut::<c_void>();
    let mut kept = 0;
    for size in [10, 1000, 100 * KIB, 3 * MIB, 3 * MIB + 1, 9 * MIB, 3 * MIB, 100, 20] {
        // SAFETY: it is null or a block, and nobody uses the old one any more.
        block = unsafe { c::realloc(block, size) };
        check!(!block.is_null() && is(block.cast(), kept.min(size), 7));
        filled(block, size, 7);
        kept = size;
    }
    // SAFETY: nobody uses it any more.
    unsafe { c::free(block) };
}

/// A large block that grows step by step moves seldom.
fn growing_in_steps() {
    const STEP: usize = 64 * KIB;
    let mut block = ptr::null_mut::<c_void>();
    let mut moves = 0;
    for steps in 1..=64 * MIB / STEP {
        let before = block;
        // SAFETY: it is null or a block, and nobody uses the old one any more; it has this size.
        unsafe {
            block = c::realloc(block, steps * STEP);
            check!(!block.is_null());
            let last = block.byte_add(steps * STEP - 1).cast::<u8>();
            last.write(steps as u8);
            check!(steps == 1 || last.byte_sub(STEP).read() == (steps - 1) as u8);
        }
        moves += usize::from(block != before);
    }
    check!(moves <= 64);
    // SAFETY: nobody uses it any more.
    unsafe { c::free(block) };
}

fn refusals() {
    // Compilers leave out an allocation that nobody uses, as if it had been granted.
    let refused = |block: *mut c_void| black_box(block).is_null();
    // SAFETY: takes no pointer but a block; `errno` is there.
    unsafe {
        *c::__errno_location() = 0;
        check!(refused(c::malloc(usize::MAX)) && *c::__errno_location() == 12);
        check!(refused(c::calloc(usize::MAX, 2)));
        check!(refused(c::malloc(1 << 50)));
        let block = black_box(c::malloc(10));
        check!(refused(c::realloc(block, usize::MAX - 8)));
        c::free(block);
    }
}

/// It costs what is touched of it.
fn a_gibibyte() {
    const SIZE: usize = 1 << 30;
    // SAFETY: the block has this size.
    unsafe {
        let block = black_box(c::malloc(SIZE)).cast::<u8>();
        check!(!block.is_null());
        for index in [0, SIZE / 2, SIZE - 1] {
            check!(block.add(index).read() == 0);
            block.add(index).write(1);
        }
        c::free(block.cast());
    }
}

fn mappings() {
    const READ_WRITE: i32 = 3;
    const PRIVATE_ANONYMOUS: i32 = 0x22;
    const FIXED: i32 = 0x10;
    let failed = ptr::without_provenance_mut::<c_void>(usize::MAX);
    // SAFETY: what is replaced and unmapped is this function's.
    unsafe {
        let size = 3 * 4 * KIB;
        let map = |at, size, flags| c::mmap(at, size, READ_WRITE, flags, -1, 0);
        let start = map(ptr::null_mut(), size, PRIVATE_ANONYMOUS);
        check!(start != failed && is(start.cast(), size, 0));
        filled(start, size, 1);
        let middle = start.byte_add(4 * KIB);
        check!(map(middle, 4 * KIB, PRIVATE_ANONYMOUS | FIXED) == middle);
        check!(is(middle.cast(), 4 * KIB, 0) && is(start.cast(), 4 * KIB, 1));
        check!(c::munmap(start, size) == 0);
        check!(map(ptr::null_mut(), 0, PRIVATE_ANONYMOUS) == failed);
        check!(*c::__errno_location() == 22);
    }
}
