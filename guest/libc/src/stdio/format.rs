//! What `printf` makes of its format.

use core::ffi::{CStr, c_char, c_int};
use core::fmt::{self, Write};

use super::args::VaList;
use crate::errno;

/// How an argument is shown.
#[derive(Clone, Copy, Default)]
struct Spec {
    left: bool,
    plus: bool,
    space: bool,
    alternate: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
    /// Bytes of an integer.
    size: usize,
    /// Whether a float is a long one.
    long: bool,
}

/// Where text goes.
pub trait Output {
    /// Takes bytes. What fails is the output's business.
    fn put(&mut self, bytes: &[u8]);
}

/// Counts what goes through.
struct Counted<'a> {
    output: &'a mut dyn Output,
    count: usize,
}

impl Counted<'_> {
    fn put(&mut self, bytes: &[u8]) {
        self.count = self.count.saturating_add(bytes.len());
        self.output.put(bytes);
    }

    fn fill(&mut self, byte: u8, count: usize) {
        const SIZE: usize = 32;
        let bytes = [byte; SIZE];
        let mut left = count;
        while left > 0 {
            let part = left.min(SIZE);
            self.put(&bytes[..part]);
            left -= part;
        }
    }

    /// Puts a number or text at its place in its field.
    fn field(&mut self, spec: Spec, prefix: &[u8], zeros: usize, digits: &[u8]) {
        let size = prefix.len() + zeros + digits.len();
        let padding = spec.width.saturating_sub(size);
        if !spec.left {
            self.fill(b' ', padding);
        }
        self.put(prefix);
        self.fill(b'0', zeros);
        self.put(digits);
        if spec.left {
            self.fill(b' ', padding);
        }
    }
}

/// Formats as C says, and returns how many bytes that are. What is no conversion is shown as it is.
///
/// # Safety
/// The arguments are those that the format asks for.
pub unsafe fn format(output: &mut dyn Output, format: *const c_char, args: &mut VaList) -> usize {
    let mut output = Counted { output, count: 0 };
    // SAFETY: the caller's promise.
    let mut rest = unsafe { CStr::from_ptr(format) }.to_bytes();
    while let Some(start) = rest.iter().position(|&byte| byte == b'%') {
        let (text, conversion) = rest.split_at(start);
        output.put(text);
        let mut reader = Reader { rest: &conversion[1..] };
        // SAFETY: the caller's promise.
        let known = unsafe {
            let spec = reader.spec(args);
            reader.next().is_some_and(|kind| convert(&mut output, kind, spec, args))
        };
        if !known {
            let shown = conversion.len() - reader.rest.len();
            output.put(&conversion[..shown]);
        }
        rest = reader.rest;
    }
    output.put(rest);
    output.count
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn next(&mut self) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    fn take(&mut self, wanted: u8) -> bool {
        let there = self.rest.first() == Some(&wanted);
        if there {
            self.next();
        }
        there
    }

    /// A number, or `*` for an argument.
    ///
    /// # Safety
    /// As [`format`].
    unsafe fn number(&mut self, args: &mut VaList) -> i64 {
        if self.take(b'*') {
            // SAFETY: the caller's promise.
            return unsafe { args.word() } as c_int as i64;
        }
        let mut number = 0_i64;
        while let Some(&digit) = self.rest.first().filter(|digit| digit.is_ascii_digit()) {
            number = (number * 10 + i64::from(digit - b'0')).min(i64::from(c_int::MAX));
            self.next();
        }
        number
    }

    /// # Safety
    /// As [`format`].
    unsafe fn spec(&mut self, args: &mut VaList) -> Spec {
        let mut spec = Spec { size: size_of::<c_int>(), ..Spec::default() };
        loop {
            if self.take(b'-') {
                spec.left = true;
            } else if self.take(b'+') {
                spec.plus = true;
            } else if self.take(b' ') {
                spec.space = true;
            } else if self.take(b'#') {
                spec.alternate = true;
            } else if self.take(b'0') {
                spec.zero = true;
            } else {
                break;
            }
        }
        // SAFETY: the caller's promise.
        let width = unsafe { self.number(args) };
        spec.left |= width < 0;
        spec.width = width.unsigned_abs() as usize;
        if self.take(b'.') {
            // SAFETY: the caller's promise. A negative precision is none.
            spec.precision = usize::try_from(unsafe { self.number(args) }).ok();
        }
        spec.size = match self.rest {
            [b'h', b'h', ..] => 1,
            [b'h', ..] => 2,
            [b'l' | b'z' | b'j' | b't' | b'q', ..] => 8,
            _ => spec.size,
        };
        spec.long = self.rest.first() == Some(&b'L');
        while matches!(self.rest.first(), Some(b'h' | b'l' | b'z' | b'j' | b't' | b'q' | b'L')) {
            self.next();
        }
        spec
    }
}

/// Shows the next argument, if this kind of conversion is known.
///
/// # Safety
/// As [`format`].
unsafe fn convert(output: &mut Counted<'_>, kind: u8, spec: Spec, args: &mut VaList) -> bool {
    // SAFETY: the caller's promise, for each argument.
    unsafe {
        match kind {
            b'%' => output.put(b"%"),
            b'd' | b'i' => {
                let word = args.word() as i64;
                let shift = 64 - 8 * spec.size;
                let value = word << shift >> shift;
                let sign: &[u8] = match value {
                    ..0 => b"-",
                    _ if spec.plus => b"+",
                    _ if spec.space => b" ",
                    _ => b"",
                };
                integer(output, spec, sign, value.unsigned_abs(), 10, false);
            }
            b'u' | b'x' | b'X' | b'o' => {
                let shift = 64 - 8 * spec.size;
                let value = args.word() << shift >> shift;
                let prefix: &[u8] = match kind {
                    b'x' if spec.alternate && value != 0 => b"0x",
                    b'X' if spec.alternate && value != 0 => b"0X",
                    b'o' if spec.alternate && value != 0 => b"0",
                    _ => b"",
                };
                let radix = match kind {
                    b'u' => 10,
                    b'o' => 8,
                    _ => 16,
                };
                integer(output, spec, prefix, value, radix, kind == b'X');
            }
            b'p' => integer(output, spec, b"0x", args.word(), 16, false),
            b'c' => output.field(spec, b"", 0, &[args.word() as u8]),
            b's' => {
                let text = args.word() as *const c_char;
                let text = if text.is_null() { c"(null)".as_ptr() } else { text };
                let limit = spec.precision.unwrap_or(usize::MAX);
                let size = crate::string::strnlen(text, limit);
                let bytes = core::slice::from_raw_parts(text.cast(), size);
                output.field(spec, b"", 0, bytes);
            }
            b'm' => {
                let text = errno::text(errno::get()).to_bytes();
                let size = spec.precision.unwrap_or(usize::MAX).min(text.len());
                output.field(spec, b"", 0, &text[..size]);
            }
            b'f' | b'F' | b'e' | b'E' | b'g' | b'G' => {
                let value = if spec.long { args.long_double() } else { args.double() };
                float(output, kind, spec, value);
            }
            b'n' => {
                let place = args.word() as *mut c_int;
                place.write_unaligned(output.count as c_int);
            }
            _ => return false,
        }
    }
    true
}

fn integer(
    output: &mut Counted<'_>,
    spec: Spec,
    prefix: &[u8],
    value: u64,
    radix: u64,
    upper: bool,
) {
    // As many as 64 bits have octal digits.
    let mut buffer = [0; 22];
    let mut start = buffer.len();
    let mut left = value;
    while left > 0 {
        start -= 1;
        let digit = (left % radix) as u8;
        let letter = if upper { b'A' } else { b'a' };
        buffer[start] = if digit < 10 { b'0' + digit } else { letter + digit - 10 };
        left /= radix;
    }
    let digits = &buffer[start..];
    let size = prefix.len() + digits.len();
    let least = match spec.precision {
        Some(precision) => precision,
        // Zeros fill the field, if nothing else says how many digits there are.
        None if spec.zero && !spec.left => spec.width.saturating_sub(prefix.len()).max(1),
        None => 1,
    };
    let zeros = least.saturating_sub(digits.len());
    debug_assert!(size <= 24);
    output.field(spec, prefix, zeros, digits);
}

/// Bytes of a float's digits: all before the point of the largest, and some behind it.
const FLOAT_SIZE: usize = 400;
const MAX_PRECISION: usize = 60;

struct Text {
    bytes: [u8; FLOAT_SIZE],
    used: usize,
}

impl Text {
    fn new(text: fmt::Arguments<'_>) -> Self {
        let mut made = Self { bytes: [0; FLOAT_SIZE], used: 0 };
        // There is room for all that is asked for.
        let _ = made.write_fmt(text);
        made
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.used).unwrap_or_default()
    }

    /// Takes zeros off the end of a fraction, and the point if nothing is left behind it.
    fn trim(&mut self) {
        if self.as_bytes().contains(&b'.') {
            while self.as_bytes().last() == Some(&b'0') {
                self.used -= 1;
            }
            if self.as_bytes().last() == Some(&b'.') {
                self.used -= 1;
            }
        }
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.bytes.get_mut(self.used..).and_then(|room| room.get_mut(..text.len()));
        room.ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.used += text.len();
        Ok(())
    }
}

fn float(output: &mut Counted<'_>, kind: u8, spec: Spec, value: f64) {
    let sign: &[u8] = match value.is_sign_negative() {
        true => b"-",
        false if spec.plus => b"+",
        false if spec.space => b" ",
        false => b"",
    };
    let value = f64::from_bits(value.to_bits() & !(1 << 63));
    if !value.is_finite() {
        let text: &[u8] = if value.is_nan() { b"nan" } else { b"inf" };
        return output.field(spec, sign, 0, text);
    }
    let precision = spec.precision.unwrap_or(6).min(MAX_PRECISION);
    let upper = kind.is_ascii_uppercase();
    let text = match kind.to_ascii_lowercase() {
        b'f' => Text::new(format_args!("{value:.precision$}")),
        b'e' => scientific(value, precision, upper, false),
        _ => {
            // As many digits as the precision says, whatever the notation.
            let digits = precision.max(1);
            let probe = Text::new(format_args!("{value:.*e}", digits - 1));
            let exponent = exponent(probe.as_bytes());
            if (-4..digits as i32).contains(&exponent) {
                let places = (digits as i32 - 1 - exponent).max(0) as usize;
                let mut text = Text::new(format_args!("{value:.places$}"));
                if !spec.alternate {
                    text.trim();
                }
                text
            } else {
                scientific(value, digits - 1, upper, !spec.alternate)
            }
        }
    };
    let digits = text.as_bytes();
    let zeros = if spec.zero && !spec.left {
        spec.width.saturating_sub(sign.len() + digits.len())
    } else {
        0
    };
    output.field(spec, sign, zeros, digits);
}

/// The number behind the `e`.
fn exponent(text: &[u8]) -> i32 {
    let digits = text.iter().position(|&byte| byte == b'e').and_then(|at| text.get(at + 1..));
    digits.and_then(|digits| core::str::from_utf8(digits).ok()?.parse().ok()).unwrap_or(0)
}

/// C's notation has a sign and at least two digits in the exponent.
fn scientific(value: f64, precision: usize, upper: bool, trim: bool) -> Text {
    let mut text = Text::new(format_args!("{value:.precision$e}"));
    let exponent = exponent(text.as_bytes());
    text.used = text.as_bytes().iter().position(|&byte| byte == b'e').unwrap_or(text.used);
    if trim {
        text.trim();
    }
    let letter = if upper { 'E' } else { 'e' };
    let sign = if exponent < 0 { '-' } else { '+' };
    let _ = write!(text, "{letter}{sign}{:02}", exponent.unsigned_abs());
    text
}
