//! Digits of floats, as `printf` shows them.

use core::fmt::{self, Write};

/// Digits behind the point that any double has, at most. There are only zeros behind them.
const MAX_PLACES: usize = 1074;
/// Digits before the point that the largest has, a point, and what is behind it.
const MANTISSA_SIZE: usize = 309 + 1 + MAX_PLACES;
/// A letter, a sign and digits.
const EXPONENT_SIZE: usize = 6;

/// A finite number that is not negative: its digits, zeros that follow, and its exponent.
pub struct Digits {
    mantissa: Text<MANTISSA_SIZE>,
    zeros: usize,
    exponent: Text<EXPONENT_SIZE>,
}

impl Digits {
    fn new(mantissa: fmt::Arguments<'_>, zeros: usize) -> Self {
        Self { mantissa: Text::new(mantissa), zeros, exponent: Text::new(format_args!("")) }
    }

    pub fn mantissa(&self) -> &[u8] {
        self.mantissa.as_bytes()
    }

    /// So many zeros are behind the mantissa.
    pub fn zeros(&self) -> usize {
        self.zeros
    }

    pub fn exponent(&self) -> &[u8] {
        self.exponent.as_bytes()
    }

    /// Shows a point also where nothing is behind it.
    fn with_point(mut self) -> Self {
        if !self.mantissa().contains(&b'.') {
            // There is room for one.
            let _ = self.mantissa.write_str(".");
        }
        self
    }

    /// Takes zeros off the end of a fraction, and the point if nothing is left behind it.
    fn trimmed(mut self) -> Self {
        if self.mantissa().contains(&b'.') {
            self.zeros = 0;
            while self.mantissa().last() == Some(&b'0') {
                self.mantissa.used -= 1;
            }
            if self.mantissa().last() == Some(&b'.') {
                self.mantissa.used -= 1;
            }
        }
        self
    }
}

/// The digits for a conversion, one of `aefg` in either case.
pub fn digits(value: f64, kind: u8, precision: Option<usize>, alternate: bool) -> Digits {
    let upper = kind.is_ascii_uppercase();
    let places = precision.unwrap_or(6);
    let digits = match kind.to_ascii_lowercase() {
        b'a' => hexadecimal(value, precision, upper),
        b'e' => scientific(value, places, upper),
        b'f' => fixed(value, places),
        _ => {
            let digits = general(value, places.max(1), upper);
            if alternate { digits } else { digits.trimmed() }
        }
    };
    if alternate { digits.with_point() } else { digits }
}

fn fixed(value: f64, places: usize) -> Digits {
    let shown = places.min(MAX_PLACES);
    Digits::new(format_args!("{value:.shown$}"), places - shown)
}

/// C's notation has a sign and at least two digits in the exponent.
fn scientific(value: f64, places: usize, upper: bool) -> Digits {
    let shown = places.min(MAX_PLACES);
    let mut digits = Digits::new(format_args!("{value:.shown$e}"), places - shown);
    let end = digits.mantissa().iter().position(|&byte| byte == b'e');
    let end = end.unwrap_or(digits.mantissa.used);
    let exponent = power(&digits.mantissa()[end..]);
    digits.mantissa.used = end;
    let letter = if upper { 'E' } else { 'e' };
    let sign = if exponent < 0 { '-' } else { '+' };
    digits.exponent = Text::new(format_args!("{letter}{sign}{:02}", exponent.unsigned_abs()));
    digits
}

/// The number behind an exponent's letter.
fn power(exponent: &[u8]) -> i32 {
    let digits = exponent.get(1..).and_then(|digits| core::str::from_utf8(digits).ok());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// In the shorter notation, with so many digits that count.
fn general(value: f64, count: usize, upper: bool) -> Digits {
    let digits = scientific(value, count - 1, upper);
    let exponent = power(digits.exponent()) as isize;
    match (count as isize).checked_sub(1 + exponent) {
        Some(places @ 0..) if exponent >= -4 => fixed(value, places as usize),
        _ => digits,
    }
}

/// One digit before the point, which is 0 for zero only, and as many behind it as are asked for, or
/// as it takes. Ties go to the even digit.
fn hexadecimal(value: f64, precision: Option<usize>, upper: bool) -> Digits {
    /// Hexadecimal digits of a double's fraction, and bits.
    const PLACES: usize = 13;
    const BITS: u32 = 52;
    const BIAS: i32 = 1023;
    let fraction = value.to_bits() & ((1 << BITS) - 1);
    let (bits, exponent) = match (value.to_bits() >> BITS) as i32 {
        0 if fraction == 0 => (0, 0),
        0 => {
            let shift = fraction.leading_zeros() - (63 - BITS);
            (fraction << shift, 1 - BIAS - shift as i32)
        }
        exponent => (fraction | 1 << BITS, exponent - BIAS),
    };
    let needed = PLACES - (bits.trailing_zeros() as usize / 4).min(PLACES);
    let places = precision.unwrap_or(needed);
    let shown = places.min(PLACES);
    let dropped = 4 * (PLACES - shown) as u32;
    let (kept, rest) = (bits >> dropped, bits & ((1 << dropped) - 1));
    let half = (1 << dropped) >> 1;
    let is_more = rest > half || rest == half && kept & 1 == 1;
    let kept = kept + u64::from(dropped > 0 && is_more);
    let (first, behind) = (kept >> (4 * shown), kept & ((1 << (4 * shown)) - 1));
    let zeros = places - shown;
    let mut digits = match (shown, upper) {
        (0, _) => Digits::new(format_args!("{first}"), 0),
        (_, false) => Digits::new(format_args!("{first}.{behind:0shown$x}"), zeros),
        (_, true) => Digits::new(format_args!("{first}.{behind:0shown$X}"), zeros),
    };
    let letter = if upper { 'P' } else { 'p' };
    digits.exponent = Text::new(format_args!("{letter}{exponent:+}"));
    digits
}

struct Text<const SIZE: usize> {
    bytes: [u8; SIZE],
    used: usize,
}

impl<const SIZE: usize> Text<SIZE> {
    fn new(text: fmt::Arguments<'_>) -> Self {
        let mut made = Self { bytes: [0; SIZE], used: 0 };
        // There is room for all that is asked for.
        let _ = made.write_fmt(text);
        made
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.used).unwrap_or_default()
    }
}

impl<const SIZE: usize> Write for Text<SIZE> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.bytes.get_mut(self.used..).and_then(|room| room.get_mut(..text.len()));
        room.ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.used += text.len();
        Ok(())
    }
}
