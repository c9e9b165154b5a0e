//! math.h: the crate `libm` under C's names. Fuchsia's C library has it inside.

use core::ffi::c_int;

macro_rules! functions {
    ($($name:ident $single:ident ($($arg:ident),*);)*) => {
        $(
            #[unsafe(no_mangle)]
            extern "C" fn $name($($arg: f64),*) -> f64 {
                libm::$name($($arg),*)
            }

            #[unsafe(no_mangle)]
            extern "C" fn $single($($arg: f32),*) -> f32 {
                libm::$single($($arg),*)
            }
        )*
    };
}

functions! {
    acos acosf(x);
    acosh acoshf(x);
    asin asinf(x);
    asinh asinhf(x);
    atan atanf(x);
    atan2 atan2f(y, x);
    atanh atanhf(x);
    cbrt cbrtf(x);
    ceil ceilf(x);
    copysign copysignf(x, sign);
    cos cosf(x);
    cosh coshf(x);
    erf erff(x);
    erfc erfcf(x);
    exp expf(x);
    exp2 exp2f(x);
    exp10 exp10f(x);
    expm1 expm1f(x);
    fabs fabsf(x);
    fdim fdimf(x, y);
    floor floorf(x);
    fma fmaf(x, y, z);
    fmax fmaxf(x, y);
    fmin fminf(x, y);
    fmod fmodf(x, y);
    hypot hypotf(x, y);
    lgamma lgammaf(x);
    log logf(x);
    log10 log10f(x);
    log1p log1pf(x);
    log2 log2f(x);
    nextafter nextafterf(x, y);
    pow powf(x, y);
    remainder remainderf(x, y);
    rint rintf(x);
    round roundf(x);
    sin sinf(x);
    sinh sinhf(x);
    sqrt sqrtf(x);
    tan tanf(x);
    tanh tanhf(x);
    tgamma tgammaf(x);
    trunc truncf(x);
}

/// In the usual rounding mode, which nobody changes.
#[unsafe(no_mangle)]
extern "C" fn nearbyint(x: f64) -> f64 {
    libm::rint(x)
}

#[unsafe(no_mangle)]
extern "C" fn nearbyintf(x: f32) -> f32 {
    libm::rintf(x)
}

#[unsafe(no_mangle)]
extern "C" fn roundeven(x: f64) -> f64 {
    libm::rint(x)
}

#[unsafe(no_mangle)]
extern "C" fn roundevenf(x: f32) -> f32 {
    libm::rintf(x)
}

#[unsafe(no_mangle)]
extern "C" fn ldexp(x: f64, exponent: c_int) -> f64 {
    libm::ldexp(x, exponent)
}

#[unsafe(no_mangle)]
extern "C" fn ldexpf(x: f32, exponent: c_int) -> f32 {
    libm::ldexpf(x, exponent)
}

#[unsafe(no_mangle)]
extern "C" fn scalbn(x: f64, exponent: c_int) -> f64 {
    libm::scalbn(x, exponent)
}

#[unsafe(no_mangle)]
extern "C" fn scalbnf(x: f32, exponent: c_int) -> f32 {
    libm::scalbnf(x, exponent)
}

/// What compilers make of a sine and a cosine of one number.
#[unsafe(no_mangle)]
unsafe extern "C" fn sincos(x: f64, sine: *mut f64, cosine: *mut f64) {
    let values = libm::sincos(x);
    // SAFETY: the caller's promise.
    unsafe { (*sine, *cosine) = values };
}

#[unsafe(no_mangle)]
unsafe extern "C" fn sincosf(x: f32, sine: *mut f32, cosine: *mut f32) {
    let values = libm::sincosf(x);
    // SAFETY: the caller's promise.
    unsafe { (*sine, *cosine) = values };
}

#[unsafe(no_mangle)]
unsafe extern "C" fn lgamma_r(x: f64, sign: *mut c_int) -> f64 {
    let (value, of) = libm::lgamma_r(x);
    // SAFETY: the caller's promise.
    unsafe { sign.write(of) };
    value
}

#[unsafe(no_mangle)]
unsafe extern "C" fn lgammaf_r(x: f32, sign: *mut c_int) -> f32 {
    let (value, of) = libm::lgammaf_r(x);
    // SAFETY: the caller's promise.
    unsafe { sign.write(of) };
    value
}

#[unsafe(no_mangle)]
unsafe extern "C" fn frexp(x: f64, exponent: *mut c_int) -> f64 {
    let (value, of) = libm::frexp(x);
    // SAFETY: the caller's promise.
    unsafe { exponent.write(of) };
    value
}

#[unsafe(no_mangle)]
unsafe extern "C" fn frexpf(x: f32, exponent: *mut c_int) -> f32 {
    let (value, of) = libm::frexpf(x);
    // SAFETY: the caller's promise.
    unsafe { exponent.write(of) };
    value
}

#[unsafe(no_mangle)]
unsafe extern "C" fn modf(x: f64, whole: *mut f64) -> f64 {
    let (fraction, of) = libm::modf(x);
    // SAFETY: the caller's promise.
    unsafe { whole.write(of) };
    fraction
}

#[unsafe(no_mangle)]
unsafe extern "C" fn modff(x: f32, whole: *mut f32) -> f32 {
    let (fraction, of) = libm::modff(x);
    // SAFETY: the caller's promise.
    unsafe { whole.write(of) };
    fraction
}
