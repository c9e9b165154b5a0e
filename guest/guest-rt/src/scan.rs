//! Finding a byte in memory, a vector at a time.

use core::arch::asm;
use core::arch::x86_64::{__m128i, _mm_set1_epi8, _mm_setzero_si128};

/// Bytes of a vector.
const VECTOR: usize = size_of::<__m128i>();

/// Which bytes of the vector at an aligned address are equal to those of another one, as bits. The
/// machine reads it whole; a page has it whole too.
///
/// # Safety
/// One of its bytes may be read.
#[inline(always)]
unsafe fn equal(at: *const u8, wanted: __m128i) -> u32 {
    let bits: u32;
    // SAFETY: the address is in a page that can be read.
    unsafe {
        asm!(
            "movdqa {vector}, [{at}]",
            "pcmpeqb {vector}, {wanted}",
            "pmovmskb {bits:e}, {vector}",
            vector = out(xmm_reg) _,
            at = in(reg) at,
            wanted = in(xmm_reg) wanted,
            bits = lateout(reg) bits,
            options(nostack, readonly, pure, preserves_flags),
        );
    }
    bits
}

/// The index of the first byte from an address on that is 0, or that is `wanted`.
///
/// # Safety
/// All bytes until there may be read.
pub unsafe fn find_or_nul(start: *const u8, wanted: u8) -> usize {
    // SAFETY: as many bytes may be read as there are before what ends the search.
    unsafe { find_first(start, usize::MAX, _mm_set1_epi8(wanted as i8), _mm_setzero_si128()) }
}

/// The index of the first of `count` bytes that is `wanted`; none if there is none.
///
/// # Safety
/// All bytes until there may be read.
pub unsafe fn find(start: *const u8, count: usize, wanted: u8) -> Option<usize> {
    // SAFETY: the caller's promise.
    let index = unsafe {
        let wanted = _mm_set1_epi8(wanted as i8);
        find_first(start, count, wanted, wanted)
    };
    (index < count).then_some(index)
}

/// The index of the first byte that is equal to one of two, or anything not below `count`.
///
/// # Safety
/// All bytes until there may be read.
#[inline(always)]
unsafe fn find_first(start: *const u8, count: usize, one: __m128i, other: __m128i) -> usize {
    if count == 0 {
        return 0;
    }
    let before = start.addr() % VECTOR;
    let mut at = start.wrapping_sub(before);
    // What precedes the start does not count.
    let mut ignored = u32::MAX << before;
    loop {
        // SAFETY: its first byte, or the one at the start, may be read, and the rest is of its page.
        let found = unsafe { equal(at, one) | equal(at, other) } & ignored;
        let index = at.addr().wrapping_sub(start.addr());
        if found != 0 {
            return index.wrapping_add(found.trailing_zeros() as usize);
        }
        let next = index.wrapping_add(VECTOR);
        if next >= count {
            return count;
        }
        at = at.wrapping_add(VECTOR);
        ignored = u32::MAX;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_is_found_wherever_it_is() {
        for start in 0..VECTOR {
            for index in 0..100 {
                // What precedes the start, and what follows, is not looked for.
                let mut bytes = vec![b'x'; start];
                bytes.extend(vec![b'a'; index]);
                bytes.extend(b"x\0xx");
                let text = &bytes[start..];
                let find = |count, wanted| {
                    // SAFETY: as many bytes are there.
                    unsafe { find(text.as_ptr(), count, wanted) }
                };
                assert_eq!(find(text.len(), b'x'), Some(index));
                assert_eq!(find(index + 1, b'x'), Some(index));
                assert_eq!(find(index, b'x'), None);
                assert_eq!(find(text.len(), b'z'), None);
                // SAFETY: the text ends with a NUL.
                unsafe {
                    assert_eq!(find_or_nul(text.as_ptr(), b'x'), index);
                    assert_eq!(find_or_nul(text.as_ptr(), 0), index + 1);
                    assert_eq!(find_or_nul(text.as_ptr(), b'z'), index + 1);
                }
            }
        }
    }

    #[test]
    fn nothing_is_read_where_nothing_is_looked_for() {
        // SAFETY: nothing is read.
        assert_eq!(unsafe { find(core::ptr::null(), 0, 0) }, None);
    }
}
