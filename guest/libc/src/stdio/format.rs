//! What `printf` makes of its format.

use core::ffi::{CStr, c_char, c_int};

use super::args::VaList;
use super::float;
use crate::errno;
use crate::wide::character;

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
    /// Whether characters are wide.
    wide: bool,
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
        self.padded(spec, prefix.len() + zeros + digits.len(), |output| {
            output.put(prefix);
            output.fill(b'0', zeros);
            output.put(digits);
        });
    }

    /// Puts what has so many bytes at its place in its field.
    fn padded(&mut self, spec: Spec, size: usize, put: impl FnOnce(&mut Self)) {
        let padding = spec.width.saturating_sub(size);
        if !spec.left {
            self.fill(b' ', padding);
        }
        put(self);
        if spec.left {
            self.fill(b' ', padding);
        }
    }
}

/// Formats as C says, and returns how many bytes that are; nothing for wide text that is none. What is
/// no conversion is shown as it is.
///
/// # Safety
/// The arguments are those that the format asks for.
pub unsafe fn format(
    output: &mut dyn Output,
    format: *const c_char,
    args: &mut VaList,
) -> Option<usize> {
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
            match reader.next() {
                Some(kind) => convert(&mut output, kind, spec, args)?,
                None => false,
            }
        };
        if !known {
            let shown = conversion.len() - reader.rest.len();
            output.put(&conversion[..shown]);
        }
        rest = reader.rest;
    }
    output.put(rest);
    Some(output.count)
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
        spec.wide = self.rest.first() == Some(&b'l');
        while matches!(self.rest.first(), Some(b'h' | b'l' | b'z' | b'j' | b't' | b'q' | b'L')) {
            self.next();
        }
        spec
    }
}

/// Shows the next argument, and tells whether this kind of conversion is known; nothing for wide text
/// that is none.
///
/// # Safety
/// As [`format`].
unsafe fn convert(
    output: &mut Counted<'_>,
    kind: u8,
    spec: Spec,
    args: &mut VaList,
) -> Option<bool> {
    let is_wide = spec.wide || matches!(kind, b'C' | b'S');
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
            b'C' | b'c' if is_wide => {
                let character = [args.word() as c_int, 0];
                wide(output, Spec { precision: None, ..spec }, character.as_ptr())?;
            }
            b'c' => output.field(spec, b"", 0, &[args.word() as u8]),
            b'S' | b's' => {
                let text = args.word() as *const c_char;
                if is_wide && !text.is_null() {
                    wide(output, spec, text.cast())?;
                } else {
                    let text = if text.is_null() { c"(null)".as_ptr() } else { text };
                    let limit = spec.precision.unwrap_or(usize::MAX);
                    let size = crate::string::strnlen(text, limit);
                    let bytes = core::slice::from_raw_parts(text.cast(), size);
                    output.field(spec, b"", 0, bytes);
                }
            }
            b'm' => {
                let text = errno::text(errno::get()).to_bytes();
                let size = spec.precision.unwrap_or(usize::MAX).min(text.len());
                output.field(spec, b"", 0, &text[..size]);
            }
            b'a' | b'A' | b'e' | b'E' | b'f' | b'F' | b'g' | b'G' => {
                let value = if spec.long { args.long_double() } else { args.double() };
                float(output, kind, spec, value);
            }
            b'n' => {
                let place = args.word() as *mut c_int;
                place.write_unaligned(output.count as c_int);
            }
            _ => return Some(false),
        }
    }
    Some(true)
}

/// Shows wide text in UTF-8, whole characters of it; nothing if one is none.
///
/// # Safety
/// It ends with 0, where the precision does not end it before.
unsafe fn wide(output: &mut Counted<'_>, spec: Spec, text: *const c_int) -> Option<()> {
    // SAFETY: the caller's promise: nothing behind its end is looked at.
    let character = |index| character(unsafe { text.add(index).read_unaligned() });
    let limit = spec.precision.unwrap_or(usize::MAX);
    let (mut count, mut size) = (0, 0);
    while size < limit {
        let Some(character) = character(count) else {
            errno::set(errno::EILSEQ);
            return None;
        };
        if character == '\0' || character.len_utf8() > limit - size {
            break;
        }
        size += character.len_utf8();
        count += 1;
    }
    output.padded(spec, size, |output| {
        for character in (0..count).filter_map(character) {
            output.put(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
    });
    Some(())
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
    let is_octal = radix == 8 && spec.alternate;
    let least = if is_octal { least.max(digits.len() + 1) } else { least };
    let zeros = least.saturating_sub(digits.len());
    debug_assert!(size <= 24);
    output.field(spec, prefix, zeros, digits);
}

fn float(output: &mut Counted<'_>, kind: u8, spec: Spec, value: f64) {
    let sign: &[u8] = match value.is_sign_negative() {
        true => b"-",
        false if spec.plus => b"+",
        false if spec.space => b" ",
        false => b"",
    };
    let value = value.abs();
    if !value.is_finite() {
        let text: &[u8] = match (value.is_nan(), kind.is_ascii_uppercase()) {
            (true, false) => b"nan",
            (true, true) => b"NAN",
            (false, false) => b"inf",
            (false, true) => b"INF",
        };
        return output.field(spec, sign, 0, text);
    }
    let base: &[u8] = match kind {
        b'a' => b"0x",
        b'A' => b"0X",
        _ => b"",
    };
    let digits = float::digits(value, kind, spec.precision, spec.alternate);
    let (mantissa, exponent) = (digits.mantissa(), digits.exponent());
    let size = sign.len() + base.len() + mantissa.len() + exponent.len();
    let size = size.saturating_add(digits.zeros());
    let zeros = if spec.zero && !spec.left { spec.width.saturating_sub(size) } else { 0 };
    output.padded(spec, size.saturating_add(zeros), |output| {
        output.put(sign);
        output.put(base);
        output.fill(b'0', zeros);
        output.put(mantissa);
        output.fill(b'0', digits.zeros());
        output.put(exponent);
    });
}
