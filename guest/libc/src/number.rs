//! Numbers in text, and those that are easy to compute: stdlib.h.

use core::ffi::{CStr, c_char, c_int, c_long};

use crate::ctype::is_space;
use crate::errno;

/// A number at the start of text, and how many bytes it has; none of both if there is no number.
struct Parsed<T> {
    value: T,
    size: usize,
}

/// Text without the space before it, whether a minus follows, and what follows that.
fn sign(text: &[u8]) -> (bool, &[u8]) {
    let start = text.iter().position(|&byte| !is_space(byte)).unwrap_or(text.len());
    let text = &text[start..];
    match text.first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    }
}

/// An integer, as it is written: whether a minus precedes it, and its size, if that can be told.
type Integer = (bool, Option<u64>);

/// Parses an integer. EINVAL for a base that is none.
fn integer(text: &[u8], base: c_int) -> Parsed<Integer> {
    const NONE: Parsed<Integer> = Parsed { value: (false, Some(0)), size: 0 };
    let (negative, digits) = sign(text);
    let (base, digits) = match (base, digits) {
        (0 | 16, [b'0', b'x' | b'X', digit, ..]) if digit.is_ascii_hexdigit() => (16, &digits[2..]),
        (0, [b'0', ..]) => (8, digits),
        (0, _) => (10, digits),
        (2..=36, _) => (base as u32, digits),
        _ => {
            errno::set(errno::EINVAL);
            return NONE;
        }
    };
    let value_of = |&byte: &u8| char::from(byte).to_digit(base);
    let count = digits.iter().take_while(|byte| value_of(byte).is_some()).count();
    if count == 0 {
        return NONE;
    }
    let value = digits[..count]
        .iter()
        .filter_map(value_of)
        .try_fold(0_u64, |value, digit| value.checked_mul(base.into())?.checked_add(digit.into()));
    Parsed { value: (negative, value), size: text.len() - digits.len() + count }
}

/// What is beyond all numbers is the last of them.
fn out_of_range<T>(last: T) -> T {
    errno::set(errno::ERANGE);
    last
}

/// Says where a number ends.
///
/// # Safety
/// `end` is null or valid for the write.
unsafe fn tell(text: *const c_char, size: usize, end: *mut *mut c_char) {
    if !end.is_null() {
        // SAFETY: the caller's promise.
        unsafe { end.write(text.wrapping_add(size).cast_mut()) };
    }
}

/// # Safety
/// The text is a string, and `end` is null or valid for the write.
unsafe fn parsed(text: *const c_char, end: *mut *mut c_char, base: c_int) -> Integer {
    // SAFETY: the caller's promise.
    unsafe {
        let parsed = integer(CStr::from_ptr(text).to_bytes(), base);
        tell(text, parsed.size, end);
        parsed.value
    }
}

/// # Safety
/// As [`parsed`].
unsafe fn signed(text: *const c_char, end: *mut *mut c_char, base: c_int) -> i64 {
    // SAFETY: the caller's promise.
    let (negative, value) = unsafe { parsed(text, end, base) };
    let signed = value.and_then(|value| match negative {
        true => 0_i64.checked_sub_unsigned(value),
        false => 0_i64.checked_add_unsigned(value),
    });
    signed.unwrap_or_else(|| out_of_range(if negative { i64::MIN } else { i64::MAX }))
}

/// # Safety
/// As [`parsed`].
unsafe fn unsigned(text: *const c_char, end: *mut *mut c_char, base: c_int) -> u64 {
    // SAFETY: the caller's promise.
    let (negative, value) = unsafe { parsed(text, end, base) };
    let value = value.map(|value| if negative { value.wrapping_neg() } else { value });
    value.unwrap_or_else(|| out_of_range(u64::MAX))
}

macro_rules! integers {
    ($($name:ident: $type:ty = $parse:ident;)*) => {
        $(
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $name(
                text: *const c_char,
                end: *mut *mut c_char,
                base: c_int,
            ) -> $type {
                // SAFETY: the caller's promise.
                unsafe { $parse(text, end, base) }
            }
        )*
    };
}

integers! {
    strtol: i64 = signed;
    strtoll: i64 = signed;
    strtoimax: i64 = signed;
    strtoul: u64 = unsigned;
    strtoull: u64 = unsigned;
    strtoumax: u64 = unsigned;
}

#[unsafe(no_mangle)]
unsafe extern "C" fn atoi(text: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { signed(text, core::ptr::null_mut(), 10) as c_int }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn atol(text: *const c_char) -> c_long {
    // SAFETY: the caller's promise.
    unsafe { signed(text, core::ptr::null_mut(), 10) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn atoll(text: *const c_char) -> i64 {
    // SAFETY: the caller's promise.
    unsafe { signed(text, core::ptr::null_mut(), 10) }
}

/// What `strtod` and `strtof` differ in.
trait Float: Copy {
    const NAN: Self;
    const INFINITY: Self;
    fn parse(digits: &str) -> Option<Self>;
    /// A whole number times a power of two.
    fn scaled(value: u64, exponent: c_int) -> Self;
    fn negated(self) -> Self;
    fn is_infinite(self) -> bool;
    /// Whether it has lost digits by being too small, or all of them.
    fn is_tiny(self) -> bool;
}

macro_rules! floats {
    ($($type:ident $scale:ident;)*) => {
        $(
            impl Float for $type {
                const NAN: Self = $type::NAN;
                const INFINITY: Self = $type::INFINITY;
                fn parse(digits: &str) -> Option<Self> {
                    digits.parse().ok()
                }
                fn scaled(value: u64, exponent: c_int) -> Self {
                    libm::$scale(value as $type, exponent)
                }
                fn negated(self) -> Self {
                    -self
                }
                fn is_infinite(self) -> bool {
                    $type::is_infinite(self)
                }
                fn is_tiny(self) -> bool {
                    self.abs() < $type::MIN_POSITIVE
                }
            }
        )*
    };
}

floats! {
    f32 scalbnf;
    f64 scalbn;
}

/// Whether text begins with a word, in whatever letters.
fn begins(text: &[u8], word: &[u8]) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// How many bytes an exponent has: a letter, a sign or none, and digits.
fn exponent_size(text: &[u8], letter: u8) -> usize {
    let [first, rest @ ..] = text else { return 0 };
    if first.to_ascii_lowercase() != letter {
        return 0;
    }
    let sign = usize::from(matches!(rest.first(), Some(b'+' | b'-')));
    let digits = rest[sign..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 { 0 } else { 1 + sign + digits }
}

/// How many bytes digits have with a point among them, and whether there are any digits.
fn fraction_size(text: &[u8], is_digit: fn(&u8) -> bool) -> (usize, bool) {
    let count = |text: &[u8]| text.iter().take_while(|&byte| is_digit(byte)).count();
    let whole = count(text);
    match text.get(whole) {
        Some(b'.') => {
            let behind = count(&text[whole + 1..]);
            (whole + 1 + behind, whole + behind > 0)
        }
        _ => (whole, whole > 0),
    }
}

fn float<T: Float>(text: &[u8]) -> Parsed<T> {
    let (negative, rest) = sign(text);
    let before = text.len() - rest.len();
    let signed = |value: T| if negative { value.negated() } else { value };
    let word = |value: T, size: usize| Parsed { value: signed(value), size: before + size };
    if begins(rest, b"infinity") {
        return word(T::INFINITY, 8);
    }
    if begins(rest, b"inf") {
        return word(T::INFINITY, 3);
    }
    if begins(rest, b"nan") {
        return word(T::NAN, 3);
    }
    let (value, size, is_zero) = if let Some(parsed) = hexadecimal(rest) {
        parsed
    } else {
        let (size, has_digits) = fraction_size(rest, u8::is_ascii_digit);
        if !has_digits {
            return Parsed { value: T::scaled(0, 0), size: 0 };
        }
        let is_zero = rest[..size].iter().all(|byte| matches!(byte, b'0' | b'.'));
        let size = size + exponent_size(&rest[size..], b'e');
        let digits = core::str::from_utf8(&rest[..size]).ok();
        (digits.and_then(T::parse).unwrap_or(T::NAN), size, is_zero)
    };
    if value.is_infinite() || value.is_tiny() && !is_zero {
        errno::set(errno::ERANGE);
    }
    Parsed { value: signed(value), size: before + size }
}

/// A number such as 0x1.8p3, its size, and whether it is 0.
fn hexadecimal<T: Float>(text: &[u8]) -> Option<(T, usize, bool)> {
    let [b'0', b'x' | b'X', rest @ ..] = text else { return None };
    let (size, has_digits) = fraction_size(rest, u8::is_ascii_hexdigit);
    if !has_digits {
        return None;
    }
    let (mut value, mut exponent, mut behind) = (0_u64, 0_i64, false);
    for &byte in &rest[..size] {
        let Some(digit) = char::from(byte).to_digit(16) else {
            behind = true;
            continue;
        };
        if value >> 59 == 0 {
            value = value << 4 | u64::from(digit);
            exponent -= if behind { 4 } else { 0 };
        } else {
            // Only whether there is more counts for rounding.
            value |= u64::from(digit != 0);
            exponent += if behind { 0 } else { 4 };
        }
    }
    let tail = &rest[size..];
    let tail_size = exponent_size(tail, b'p');
    if tail_size > 0 {
        let digits = core::str::from_utf8(&tail[1..tail_size]).ok();
        // Beyond all limits, it is at one.
        let limit = if tail[1] == b'-' { -100_000 } else { 100_000 };
        exponent += digits.and_then(|digits| digits.parse().ok()).unwrap_or(limit);
    }
    let exponent = exponent.clamp(-100_000, 100_000) as c_int;
    Some((T::scaled(value, exponent), 2 + size + tail_size, value == 0))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn strtod(text: *const c_char, end: *mut *mut c_char) -> f64 {
    // SAFETY: the caller's promise.
    unsafe {
        let parsed = float(CStr::from_ptr(text).to_bytes());
        tell(text, parsed.size, end);
        parsed.value
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn strtof(text: *const c_char, end: *mut *mut c_char) -> f32 {
    // SAFETY: the caller's promise.
    unsafe {
        let parsed = float(CStr::from_ptr(text).to_bytes());
        tell(text, parsed.size, end);
        parsed.value
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn atof(text: *const c_char) -> f64 {
    // SAFETY: the caller's promise.
    unsafe { strtod(text, core::ptr::null_mut()) }
}

#[unsafe(no_mangle)]
extern "C" fn abs(value: c_int) -> c_int {
    value.wrapping_abs()
}

#[unsafe(no_mangle)]
extern "C" fn labs(value: c_long) -> c_long {
    value.wrapping_abs()
}

#[unsafe(no_mangle)]
extern "C" fn llabs(value: i64) -> i64 {
    value.wrapping_abs()
}
