//! math.h, less what the compiler's own library has (`floor` and its kin).

use core::hint::black_box;

use crate::{c, check};

pub fn check_all() {
    let x = black_box;
    // SAFETY: takes no pointer.
    unsafe {
        check!(c::log2(x(8.0)) == 3.0 && c::log2f(black_box(0.25)) == -2.0);
        check!(c::pow(x(2.0), x(10.0)) == 1024.0);
        let error = (c::sin(x(1.0)) - 0.841_470_984_807_896_5).abs();
        let is_near = error < 1e-15;
        check!(is_near);
        check!(c::log2(x(-1.0)).is_nan() && c::log2(x(0.0)) == f64::NEG_INFINITY);
        let mut exponent = 0;
        check!(c::frexp(x(12.0), &mut exponent) == 0.75 && exponent == 4);
    }
}
