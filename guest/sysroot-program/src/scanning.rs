//! `scanf`.

use core::ffi::{CStr, c_char, c_int};

use crate::{c, check};

pub fn check_all() {
    integers();
    floats();
    words();
    ends();
}

fn integers() {
    let (mut a, mut b, mut d, mut long) = (0 as c_int, 0_u32, 0_i16, 0_i64);
    let (mut byte, mut count, mut pointer) = (0x7f_u8, 0 as c_int, 0_usize);
    // SAFETY: formats ask for these arguments.
    unsafe {
        let text = c" -12 0x1F,070 12345678901 77";
        let format = c"%d %x,%hi%ld %hhu%n";
        let read = c::sscanf(
            text.as_ptr(),
            format.as_ptr(),
            &mut a,
            &mut b,
            &mut d,
            &mut long,
            &mut byte,
            &mut count,
        );
        check!(read == 5 && (a, b, d, long, byte) == (-12, 31, 56, 12_345_678_901, 77));
        check!(count == 28);
        check!(c::sscanf(c"123456".as_ptr(), c"%3d%*2d%d".as_ptr(), &mut a, &mut b) == 2);
        check!((a, b) == (123, 6));
        check!(c::sscanf(c"0x10".as_ptr(), c"%p".as_ptr(), &mut pointer) == 1 && pointer == 16);
        check!(c::sscanf(c"-5".as_ptr(), c"%u".as_ptr(), &mut b) == 1 && b == 5_u32.wrapping_neg());
        check!(c::sscanf(c"0x".as_ptr(), c"%i".as_ptr(), &mut a) == 0);
        check!(c::sscanf(c"12:34".as_ptr(), c"%d:%d".as_ptr(), &mut a, &mut b) == 2);
        check!((a, b) == (12, 34));
    }
}

fn floats() {
    let (mut single, mut double) = (0_f32, 0_f64);
    // SAFETY: formats ask for these arguments.
    unsafe {
        let text = c"1.5 -2.5e-3x".as_ptr();
        check!(c::sscanf(text, c"%f%lfx".as_ptr(), &mut single, &mut double) == 2);
        check!(single.to_bits() == 1.5_f32.to_bits());
        check!(double.to_bits() == (-2.5e-3_f64).to_bits());
        check!(c::sscanf(c"inf".as_ptr(), c"%lg".as_ptr(), &mut double) == 1);
        check!(double == f64::INFINITY);
        check!(c::sscanf(c"0x1.8p1".as_ptr(), c"%la".as_ptr(), &mut double) == 1);
        check!(double.to_bits() == 3_f64.to_bits());
        check!(c::sscanf(c"e5".as_ptr(), c"%lf".as_ptr(), &mut double) == 0);
    }
}

fn words() {
    let mut rooms = [[0x7f_i8; 16]; 3];
    let [first, second, third] = rooms.each_mut().map(|room| room.as_mut_ptr());
    // SAFETY: all end with a NUL, or are long enough.
    let is = |room: *const c_char, text: &CStr| unsafe { CStr::from_ptr(room) == text };
    // SAFETY: formats ask for these arguments, and there is room.
    unsafe {
        let text = c"one two=three]4".as_ptr();
        check!(c::sscanf(text, c"%s %[a-z]=%[^]4]".as_ptr(), first, second, third) == 3);
        check!(is(first, c"one") && is(second, c"two") && is(third, c"three"));
        check!(c::sscanf(text, c"%2s%c%3c".as_ptr(), first, second, third) == 3);
        check!(is(first, c"on") && *second == b'e' as c_char);
        check!(core::slice::from_raw_parts(third.cast::<u8>(), 4) == b" twe");
        check!(c::sscanf(c"]-x".as_ptr(), c"%[]-]".as_ptr(), first) == 1 && is(first, c"]-"));
        check!(c::sscanf(c"50%".as_ptr(), c"%*d%%%n".as_ptr(), second) == 0 && *second == 3);
    }
}

fn ends() {
    let mut number = 7 as c_int;
    // SAFETY: formats ask for these arguments.
    unsafe {
        check!(c::sscanf(c"".as_ptr(), c"%d".as_ptr(), &mut number) == -1);
        check!(c::sscanf(c"  ".as_ptr(), c"%d".as_ptr(), &mut number) == -1);
        check!(c::sscanf(c"x".as_ptr(), c"%d".as_ptr(), &mut number) == 0);
        check!(c::sscanf(c"x".as_ptr(), c"x%d".as_ptr(), &mut number) == -1);
        check!(c::sscanf(c"1".as_ptr(), c"%d%*d".as_ptr(), &mut number) == 1);
        check!(c::sscanf(c"ab".as_ptr(), c"%3c".as_ptr(), &mut number) == -1);
    }
}
