//! math.h, less what the compiler's own library has (`floor` and its kin).

use core::arch::asm;
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
        let (mut sine, mut cosine) = (0.0, 0.0);
        c::sincos(x(1.0), &mut sine, &mut cosine);
        check!(sine == c::sin(x(1.0)) && cosine == c::cos(x(1.0)));
        let (mut sine, mut cosine) = (1.0, 0.0);
        c::sincosf(black_box(0.0), &mut sine, &mut cosine);
        check!(sine == 0.0 && cosine == 1.0);
        let mut exponent = 0;
        check!(c::frexp(x(12.0), &mut exponent) == 0.75 && exponent == 4);
    }
    check_long_doubles();
}

fn check_long_doubles() {
    check!(long_double(c::fabsl, [-2.5, 0.0, 0.0]) == 2.5);
    check!(long_double(c::sqrtl, [6.25, 0.0, 0.0]) == 2.5);
    check!(long_double(c::rintl, [2.5, 0.0, 0.0]) == 2.0);
    // The quotient has more bits than are taken off at once.
    check!(long_double(c::fmodl, [1e300, 7.0, 0.0]) == 1e300 % 7.0);
    check!(long_double(c::fmodl, [-7.5, 2.0, 0.0]) == -1.5);
    check!(long_double(c::remainderl, [7.5, 2.0, 0.0]) == -0.5);
    check!(long_double(c::fmal, [2.0, 3.0, 4.0]) == 10.0);
    check!(long_double(c::fmal, [2.0, 0.0, -4.0]) == -4.0);
    check!(long_double(c::fmal, [f64::INFINITY, 0.0, 1.0]).is_nan());
    // Of a product that was rounded, nothing would be left.
    let small = 1.0 / (1u64 << 40) as f64;
    let (a, b) = (1.0 + small, 1.0 + 2.0 * small);
    check!(long_double(c::fmal, [a, a, -b]) == small * small);
    check!(long_double(c::fmal, [-a, a, b]) == -small * small);
}

/// Calls a function of long doubles. It takes as many of these as it has arguments.
fn long_double(function: unsafe extern "C" fn(), arguments: [f64; 3]) -> f64 {
    let mut result = 0f64;
    // SAFETY: the arguments lie where such a function looks for them; the stack is as it was.
    unsafe {
        asm!(
            "mov r12, rsp",
            "and rsp, -16",
            "sub rsp, 48",
            "fld qword ptr [{arguments}]",
            "fstp tbyte ptr [rsp]",
            "fld qword ptr [{arguments} + 8]",
            "fstp tbyte ptr [rsp + 16]",
            "fld qword ptr [{arguments} + 16]",
            "fstp tbyte ptr [rsp + 32]",
            "call {function}",
            "fstp qword ptr [r13]",
            "mov rsp, r12",
            arguments = in(reg) &arguments,
            function = in(reg) function,
            // Kept over the call.
            in("r13") &mut result,
            out("r12") _,
            clobber_abi("C"),
        );
    }
    result
}
