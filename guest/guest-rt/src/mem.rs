//! The memory functions that the compiler calls. String instructions, because a loop written in
//! Rust could be compiled into a call of itself.

use core::arch::asm;

/// Copies `count` bytes; the ranges do not overlap.
///
/// # Safety
/// As C's memcpy.
// SAFETY: C's memcpy, with its signature; there is no other in the program.
#[cfg_attr(not(test), unsafe(no_mangle))]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    // SAFETY: the caller's ranges are valid; the direction flag is clear by the C ABI.
    unsafe {
        asm!(
            "rep movsb",
            inout("rdi") to => _, inout("rsi") from => _, inout("rcx") count => _,
            options(nostack, preserves_flags),
        );
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
    // A forward copy is right unless `to` lies inside the source.
    if (to as usize).wrapping_sub(from as usize) >= count {
        // SAFETY: as the caller's.
        return unsafe { memcpy(to, from, count) };
    }
    // SAFETY: the caller's ranges are valid; the direction flag is clear again afterwards.
    unsafe {
        asm!(
            "std",
            "rep movsb",
            "cld",
            inout("rdi") to.wrapping_add(count).wrapping_sub(1) => _,
            inout("rsi") from.wrapping_add(count).wrapping_sub(1) => _,
            inout("rcx") count => _,
            options(nostack),
        );
    }
    to
}

/// Fills `count` bytes with the low byte of `value`.
///
/// # Safety
/// As C's memset.
// SAFETY: C's memset, with its signature; there is no other in the program.
#[cfg_attr(not(test), unsafe(no_mangle))]
unsafe extern "C" fn memset(to: *mut u8, value: i32, count: usize) -> *mut u8 {
    // SAFETY: the caller's range is valid; the direction flag is clear by the C ABI.
    unsafe {
        asm!(
            "rep stosb",
            inout("rdi") to => _, inout("rcx") count => _, in("al") value as u8,
            options(nostack, preserves_flags),
        );
    }
    to
}

/// Compares `count` bytes: negative, 0 or positive.
///
/// # Safety
/// As C's memcmp.
// SAFETY: C's memcmp, with its signature; there is no other in the program.
#[cfg_attr(not(test), unsafe(no_mangle))]
unsafe extern "C" fn memcmp(left: *const u8, right: *const u8, count: usize) -> i32 {
    for index in 0..count {
        // SAFETY: the index is inside both of the caller's ranges.
        let (left, right) = unsafe { (*left.add(index), *right.add(index)) };
        if left != right {
            return i32::from(left) - i32::from(right);
        }
    }
    0
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

    const BYTES: [u8; 64] = {
        let mut bytes = [0; 64];
        let mut index = 0;
        while index < bytes.len() {
            bytes[index] = index as u8;
            index += 1;
        }
        bytes
    };

    #[test]
    fn memmove_copies_overlapping_ranges() {
        for from in 0..32 {
            for to in 0..32 {
                for count in [0, 1, 7, 32] {
                    let (mut moved, mut expected) = (BYTES, BYTES);
                    expected.copy_within(from..from + count, to);
                    let start = moved.as_mut_ptr();
                    // SAFETY: both ranges end within the 64 bytes.
                    let result = unsafe { memmove(start.add(to), start.add(from), count) };
                    assert_eq!(result, start.wrapping_add(to));
                    assert_eq!(moved, expected, "{count} bytes from {from} to {to}");
                }
            }
        }
    }

    #[test]
    fn memset_fills_with_the_low_byte_and_no_further() {
        let mut bytes = BYTES;
        // SAFETY: the range ends within the 64 bytes.
        unsafe { memset(bytes.as_mut_ptr(), 0x1234, 63) };
        assert_eq!(bytes[..63], [0x34; 63]);
        assert_eq!(bytes[63], 63);
    }

    #[test]
    fn memcmp_compares_unsigned_and_bcmp_agrees() {
        for (left, right, sign) in [
            (b"abc", b"abc", 0),
            (b"abc", b"abd", -1),
            (b"\xffbc", b"abc", 1),
            (b"a\0c", b"a\0b", 1),
        ] {
            // SAFETY: three bytes are compared in both.
            let (full, equal) = unsafe {
                (memcmp(left.as_ptr(), right.as_ptr(), 3), bcmp(left.as_ptr(), right.as_ptr(), 3))
            };
            assert_eq!(full.signum(), sign);
            assert_eq!(equal == 0, sign == 0);
        }
        // SAFETY: nothing is compared.
        assert_eq!(unsafe { memcmp(b"a".as_ptr(), b"b".as_ptr(), 0) }, 0);
    }
}
