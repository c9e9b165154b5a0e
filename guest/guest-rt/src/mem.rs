//! The memory functions that the compiler calls. Loops are of machine instructions, because one
//! written in Rust could be compiled into a call of itself. What is short, as most is, is two loads
//! and two stores that may overlap; what is long is left to the processor's string instructions.

use core::arch::asm;
use core::arch::x86_64::{
    __m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_set1_epi8, _mm_storeu_si128,
};

/// Bytes of a vector.
const VECTOR: usize = size_of::<__m128i>();
/// Bytes from which on string instructions are worth their start.
const LONG: usize = 1024;

/// Reads a word or a vector at any address.
///
/// # Safety
/// It may be read.
#[inline(always)]
unsafe fn load<T>(from: *const u8) -> T {
    // SAFETY: the caller's promise.
    unsafe { from.cast::<T>().read_unaligned() }
}

/// Writes a word at any address.
///
/// # Safety
/// It may be written.
#[inline(always)]
unsafe fn store<T>(to: *mut u8, value: T) {
    // SAFETY: the caller's promise.
    unsafe { to.cast::<T>().write_unaligned(value) };
}

/// Copies from one to two words. All is read before anything is written.
///
/// # Safety
/// Both ranges are valid, and have the size of one to two words.
#[inline(always)]
unsafe fn copy_words<T>(to: *mut u8, from: *const u8, count: usize) {
    let last = count - size_of::<T>();
    // SAFETY: both words are inside the ranges.
    unsafe {
        let (head, tail) = (load::<T>(from), load::<T>(from.add(last)));
        store(to, head);
        store(to.add(last), tail);
    }
}

/// Copies at most four vectors. All is read before anything is written.
///
/// # Safety
/// Both ranges are valid.
#[inline(always)]
unsafe fn copy_short(to: *mut u8, from: *const u8, count: usize) {
    // SAFETY: the caller's promise; each has the size that is asked for.
    unsafe {
        match count {
            0 => {}
            1 => to.write(from.read()),
            2..4 => copy_words::<u16>(to, from, count),
            4..8 => copy_words::<u32>(to, from, count),
            8..16 => copy_words::<u64>(to, from, count),
            16..=32 => copy_words::<__m128i>(to, from, count),
            _ => copy_words::<[__m128i; 2]>(to, from, count),
        }
    }
}

/// What [`copy_short`] can copy.
const SHORT: usize = 4 * VECTOR;

/// Copies `count` bytes; the ranges do not overlap.
///
/// # Safety
/// As C's memcpy.
// SAFETY: C's memcpy, with its signature; there is no other in the program.
#[cfg_attr(not(test), unsafe(no_mangle))]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    // SAFETY: the caller's ranges are valid; the direction flag is clear by the C ABI.
    unsafe {
        if count <= SHORT {
            copy_short(to, from, count);
        } else if count < LONG {
            copy_forwards(to, from, count);
        } else {
            asm!(
                "rep movsb",
                inout("rdi") to => _, inout("rsi") from => _, inout("rcx") count => _,
                options(nostack, preserves_flags),
            );
        }
    }
    to
}

/// Copies `count` bytes; the ranges may overlap.
///
/// # Safety
/// As C's memmove.
// SAFETY: C's memmove, with its signature; there is no other in the program.
#[cfg_attr(not(test), unsafe(no_mangle))]
unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    // SAFETY: the caller's ranges are valid.
    unsafe {
        if count <= SHORT {
            copy_short(to, from, count);
        } else if to.addr().abs_diff(from.addr()) >= count {
            return memcpy(to, from, count);
        } else if to.addr() < from.addr() {
            copy_forwards(to, from, count);
        } else {
            copy_backwards(to, from, count);
        }
    }
    to
}

/// Copies to a place before the source, which it may overlap.
///
/// # Safety
/// Both ranges are valid, and longer than two vectors.
unsafe fn copy_forwards(to: *mut u8, from: *const u8, count: usize) {
    // SAFETY: each turn reads two vectors before it writes where at most they have been; what is
    // behind the last turn has been read before all of them.
    unsafe {
        let tail: [__m128i; 2] = load(from.add(count - 2 * VECTOR));
        asm!(
            "2:",
            "movups {a}, [{from}]",
            "movups {b}, [{from} + 16]",
            "movups [{to}], {a}",
            "movups [{to} + 16], {b}",
            "add {from}, 32",
            "add {to}, 32",
            "sub {left}, 32",
            "ja 2b",
            from = inout(reg) from => _,
            to = inout(reg) to => _,
            left = inout(reg) count - 2 * VECTOR => _,
            a = out(xmm_reg) _,
            b = out(xmm_reg) _,
            options(nostack),
        );
        store(to.add(count - 2 * VECTOR), tail);
    }
}

/// Copies to a place behind the source's start, which it may overlap.
///
/// # Safety
/// Both ranges are valid, and longer than two vectors.
unsafe fn copy_backwards(to: *mut u8, from: *const u8, count: usize) {
    // SAFETY: as in `copy_forwards`, from the other end.
    unsafe {
        let head: [__m128i; 2] = load(from);
        asm!(
            "2:",
            "movups {a}, [{from} + {left} + 16]",
            "movups {b}, [{from} + {left}]",
            "movups [{to} + {left} + 16], {a}",
            "movups [{to} + {left}], {b}",
            "sub {left}, 32",
            "ja 2b",
            from = in(reg) from,
            to = in(reg) to,
            left = inout(reg) count - 2 * VECTOR => _,
            a = out(xmm_reg) _,
            b = out(xmm_reg) _,
            options(nostack),
        );
        store(to, head);
    }
}

/// Fills `count` bytes with the low byte of `value`.
///
/// # Safety
/// As C's memset.
// SAFETY: C's memset, with its signature; there is no other in the program.
#[cfg_attr(not(test), unsafe(no_mangle))]
unsafe extern "C" fn memset(to: *mut u8, value: i32, count: usize) -> *mut u8 {
    let word = u64::from(value as u8) * 0x0101_0101_0101_0101;
    // SAFETY: the caller's range is valid, and everything is stored inside of it; the direction
    // flag is clear by the C ABI.
    unsafe {
        match count {
            0 => {}
            1 => to.write(word as u8),
            2..4 => {
                store(to, word as u16);
                store(to.add(count - 2), word as u16);
            }
            4..8 => {
                store(to, word as u32);
                store(to.add(count - 4), word as u32);
            }
            8..16 => {
                store(to, word);
                store(to.add(count - 8), word);
            }
            16..LONG => {
                let vector = _mm_set1_epi8(value as i8);
                asm!(
                    "2:",
                    "movups [{to} + {at}], {vector}",
                    "add {at}, 16",
                    "cmp {at}, {end}",
                    "jb 2b",
                    to = in(reg) to,
                    at = inout(reg) 0_usize => _,
                    end = in(reg) count - VECTOR,
                    vector = in(xmm_reg) vector,
                    options(nostack),
                );
                _mm_storeu_si128(to.add(count - VECTOR).cast(), vector);
            }
            _ => asm!(
                "rep stosb",
                inout("rdi") to => _, inout("rcx") count => _, in("al") value as u8,
                options(nostack, preserves_flags),
            ),
        }
    }
    to
}

/// Compares words as memory is compared, the first byte before the others.
#[inline(always)]
fn compare_words(left: u64, right: u64) -> i32 {
    let (left, right) = (u64::from_be(left), u64::from_be(right));
    i32::from(left > right) - i32::from(left < right)
}

/// Compares `count` bytes: negative, 0 or positive.
///
/// # Safety
/// As C's memcmp.
// SAFETY: C's memcmp, with its signature; there is no other in the program.
#[cfg_attr(not(test), unsafe(no_mangle))]
unsafe extern "C" fn memcmp(left: *const u8, right: *const u8, count: usize) -> i32 {
    let mut at = 0;
    // SAFETY: everything that is read is inside both of the caller's ranges.
    unsafe {
        while count - at >= VECTOR {
            let (a, b) = (left.add(at), right.add(at));
            let equal = _mm_cmpeq_epi8(_mm_loadu_si128(a.cast()), _mm_loadu_si128(b.cast()));
            let differing = !(_mm_movemask_epi8(equal) as u32) & 0xffff;
            if differing != 0 {
                let index = differing.trailing_zeros() as usize;
                return i32::from(a.add(index).read()) - i32::from(b.add(index).read());
            }
            at += VECTOR;
        }
        let (left, right, left_over) = (left.add(at), right.add(at), count - at);
        match left_over {
            0 => 0,
            // The second word begins with some of the first one's, which are equal then.
            8.. => {
                let last = left_over - 8;
                match compare_words(load(left), load(right)) {
                    0 => compare_words(load(left.add(last)), load(right.add(last))),
                    order => order,
                }
            }
            4.. => {
                let word = |from: *const u8| {
                    let (head, tail) = (load::<u32>(from), load::<u32>(from.add(left_over - 4)));
                    u64::from(head) | u64::from(tail) << 32
                };
                compare_words(word(left), word(right))
            }
            _ => {
                // The first byte, the middle one and the last one are all of up to three.
                let word = |from: *const u8| {
                    let byte = |index: usize| u64::from(from.add(index).read());
                    byte(0) | byte(left_over / 2) << 8 | byte(left_over - 1) << 16
                };
                compare_words(word(left), word(right))
            }
        }
    }
}

/// Compares `count` bytes: 0 if they are equal.
///
/// # Safety
/// As BSD's bcmp.
// SAFETY: bcmp, with its signature; there is no other in the program.
#[cfg_attr(not(test), unsafe(no_mangle))]
unsafe extern "C" fn bcmp(left: *const u8, right: *const u8, count: usize) -> i32 {
    // SAFETY: as the caller's.
    unsafe { memcmp(left, right, count) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sizes about every limit, and some between.
    const SIZES: [usize; 34] = [
        0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 63, 64, 65, 66, 95, 96, 97, 127,
        128, 500, 1023, 1024, 1025, 1088, 2000, 4095, 4097,
    ];

    fn bytes(count: usize) -> Vec<u8> {
        (0..count).map(|index| (index * 7 + index / 256) as u8).collect()
    }

    #[test]
    fn memcpy_copies_all_and_no_more() {
        for count in SIZES {
            for (from, to) in [(0, 0), (1, 0), (0, 3), (5, 16)] {
                let source = bytes(count + from);
                let mut copy = vec![0xaa; to + count + 64];
                // SAFETY: both ranges are inside their vectors.
                let result =
                    unsafe { memcpy(copy.as_mut_ptr().add(to), source.as_ptr().add(from), count) };
                assert_eq!(result, copy.as_mut_ptr().wrapping_add(to));
                assert_eq!(copy[to..to + count], source[from..], "{count}");
                assert!(copy[..to].iter().chain(&copy[to + count..]).all(|&byte| byte == 0xaa));
            }
        }
    }

    #[test]
    fn memmove_copies_overlapping_ranges() {
        for count in SIZES {
            for distance in [0, 1, 2, 7, 15, 16, 17, 31, 32, 33, 64, 1000, 5000] {
                for (from, to) in [(0, distance), (distance, 0)] {
                    let mut moved = bytes(count + distance + 16);
                    let mut expected = moved.clone();
                    expected.copy_within(from..from + count, to);
                    let start = moved.as_mut_ptr();
                    // SAFETY: both ranges end within the vector.
                    let result = unsafe { memmove(start.add(to), start.add(from), count) };
                    assert_eq!(result, start.wrapping_add(to));
                    assert!(moved == expected, "{count} bytes from {from} to {to}");
                }
            }
        }
    }

    #[test]
    fn memset_fills_with_the_low_byte_and_no_further() {
        for count in SIZES {
            for before in [0, 1, 9] {
                let mut filled = bytes(before + count + 40);
                let mut expected = filled.clone();
                expected[before..before + count].fill(0x34);
                // SAFETY: the range ends within the vector.
                unsafe { memset(filled.as_mut_ptr().add(before), 0x1234, count) };
                assert!(filled == expected, "{count}");
            }
        }
    }

    #[test]
    fn memcmp_finds_a_difference_wherever_it_is() {
        for count in SIZES {
            let left = bytes(count);
            let compare = |right: &[u8]| {
                // SAFETY: both have as many bytes.
                unsafe { memcmp(left.as_ptr(), right.as_ptr(), count).signum() }
            };
            assert_eq!(compare(&left.clone()), 0);
            for index in 0..count {
                let mut right = left.clone();
                right[index] ^= 0x80;
                // What is behind the first difference does not count.
                right[index + 1..].fill(0);
                let expected = left.cmp(&right) as i32;
                assert_eq!(compare(&right), expected, "byte {index} of {count}");
                // SAFETY: as above.
                assert_ne!(unsafe { bcmp(left.as_ptr(), right.as_ptr(), count) }, 0);
            }
        }
    }
}
