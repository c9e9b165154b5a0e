//! The `scanf` family.

use core::ffi::{CStr, c_char, c_int};

use super::File;
use super::args::{VaList, variadic};
use super::stream::STDIN;
use crate::ctype::is_space;
use crate::number;

/// Where characters come from.
trait Input {
    /// The next one, which stays the next one.
    fn peek(&mut self) -> Option<u8>;
    /// Goes beyond it.
    fn skip(&mut self);
}

struct Text {
    next: *const c_char,
}

impl Input for Text {
    fn peek(&mut self) -> Option<u8> {
        // SAFETY: nothing behind the NUL is looked at.
        Some(unsafe { self.next.read() } as u8).filter(|&byte| byte != 0)
    }

    fn skip(&mut self) {
        self.next = self.next.wrapping_add(1);
    }
}

struct Stream<'a> {
    file: &'a File,
    next: Option<u8>,
}

impl Input for Stream<'_> {
    fn peek(&mut self) -> Option<u8> {
        if self.next.is_none() {
            self.file.read(1, None, |bytes| {
                self.next = bytes.first().copied();
                true
            });
        }
        self.next
    }

    fn skip(&mut self) {
        self.next = None;
    }
}

impl Drop for Stream<'_> {
    fn drop(&mut self) {
        if let Some(byte) = self.next {
            // It has just been read, so that there is room for it.
            self.file.put_back(byte);
        }
    }
}

/// Why reading ends early.
enum End {
    /// There is no more.
    Input,
    /// What is there is not what the format says.
    Mismatch,
}

/// Characters of a number, at most; longer ones are no numbers.
const NUMBER_SIZE: usize = 512;

struct Number {
    bytes: [u8; NUMBER_SIZE],
    used: usize,
}

impl Number {
    /// Takes characters as long as they, and those before, are as `is_part` says.
    fn read(
        input: &mut Counted<'_>,
        width: usize,
        is_part: impl Fn(&[u8], u8) -> bool,
    ) -> Result<Self, End> {
        let mut number = Self { bytes: [0; NUMBER_SIZE], used: 0 };
        // The last byte stays a NUL.
        let width = width.min(NUMBER_SIZE - 1);
        while number.used < width {
            let Some(byte) = input.peek() else { break };
            if !is_part(&number.bytes[..number.used], byte) {
                break;
            }
            number.bytes[number.used] = byte;
            number.used += 1;
            input.skip();
        }
        match (number.used, input.peek()) {
            (0, None) => Err(End::Input),
            (0, Some(_)) => Err(End::Mismatch),
            _ => Ok(number),
        }
    }

    fn text(&self) -> *const c_char {
        self.bytes.as_ptr().cast()
    }

    /// Whether a number is all of it.
    fn is_whole(&self, end: *const c_char) -> Result<(), End> {
        let used = end.addr() - self.text().addr();
        if used == self.used && used != 0 { Ok(()) } else { Err(End::Mismatch) }
    }
}

/// Whether a character continues an integer to a base, 0 for any.
fn continues_integer(before: &[u8], byte: u8, base: c_int) -> bool {
    let digits = match before {
        [b'+' | b'-', digits @ ..] => digits,
        digits => digits,
    };
    match digits {
        [] if before.is_empty() && matches!(byte, b'+' | b'-') => true,
        [b'0'] if matches!(byte, b'x' | b'X') => matches!(base, 0 | 16),
        digits => {
            let base = match (base, digits) {
                (0, [b'0', b'x' | b'X', ..]) => 16,
                (0, [b'0', ..]) => 8,
                (0, _) => 10,
                (base, _) => base as u32,
            };
            char::from(byte).is_digit(base)
        }
    }
}

/// Whether a character continues a number with a point, or a word for one.
fn continues_float(before: &[u8], byte: u8) -> bool {
    let number = match before {
        [b'+' | b'-', number @ ..] => number,
        number => number,
    };
    let byte = byte.to_ascii_lowercase();
    let is_word = |word: &[u8]| {
        let (start, next) = (word.get(..number.len()), word.get(number.len()));
        start.is_some_and(|start| start.eq_ignore_ascii_case(number)) && next == Some(&byte)
    };
    if is_word(b"infinity") || is_word(b"nan") {
        return true;
    }
    let (digits, letter) = match number {
        [b'0', b'x' | b'X', digits @ ..] => (digits, b'p'),
        digits => (digits, b'e'),
    };
    let is_letter = |byte: &u8| byte.to_ascii_lowercase() == letter;
    if let Some(start) = digits.iter().position(is_letter) {
        let is_first = start + 1 == digits.len();
        return byte.is_ascii_digit() || is_first && matches!(byte, b'+' | b'-');
    }
    let is_digit = |byte: &u8| match letter {
        b'p' => byte.is_ascii_hexdigit(),
        _ => byte.is_ascii_digit(),
    };
    match byte {
        b'+' | b'-' => before.is_empty(),
        b'.' => !digits.contains(&b'.') && digits.iter().all(is_digit),
        b'x' => number == b"0",
        byte if is_digit(&byte) => digits.iter().all(|byte| is_digit(byte) || *byte == b'.'),
        byte => is_letter(&byte) && digits.iter().any(is_digit),
    }
}

/// Counts what is read.
struct Counted<'a> {
    input: &'a mut dyn Input,
    count: usize,
}

impl Counted<'_> {
    fn peek(&mut self) -> Option<u8> {
        self.input.peek()
    }

    fn skip(&mut self) {
        self.count += 1;
        self.input.skip();
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(is_space) {
            self.skip();
        }
    }

    fn expect(&mut self, wanted: u8) -> Result<(), End> {
        match self.peek() {
            Some(byte) if byte == wanted => {
                self.skip();
                Ok(())
            }
            Some(_) => Err(End::Mismatch),
            None => Err(End::Input),
        }
    }
}

/// A conversion: what is between `%` and its letter.
struct Spec {
    ignored: bool,
    width: Option<usize>,
    /// Bytes of an integer.
    size: usize,
    /// Of floats: f32, f64 and more.
    float_size: usize,
}

/// Takes something off a format, if it is there.
fn take(format: &mut &[u8], wanted: &[u8]) -> bool {
    let rest = format.strip_prefix(wanted);
    *format = rest.unwrap_or(format);
    rest.is_some()
}

impl Spec {
    /// Takes it off a format.
    fn read(format: &mut &[u8]) -> Self {
        let ignored = take(format, b"*");
        let digits = format.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (number, rest) = format.split_at(digits);
        let width = core::str::from_utf8(number).ok().and_then(|number| number.parse().ok());
        *format = rest;
        let mut take = |wanted: &[u8]| take(format, wanted);
        let (size, float_size) = if take(b"hh") {
            (1, 4)
        } else if take(b"h") {
            (2, 4)
        } else if take(b"ll") || take(b"l") || take(b"j") || take(b"z") || take(b"t") {
            (8, 8)
        } else if take(b"L") {
            (8, 16)
        } else {
            (4, 4)
        };
        Self { ignored, width: width.filter(|&width| width > 0), size, float_size }
    }
}

/// Reads as C says, and returns how many values have been stored; -1 if there was nothing to read.
///
/// # Safety
/// The arguments are those that the format asks for.
unsafe fn scan(input: &mut dyn Input, format: *const c_char, args: &mut VaList) -> c_int {
    // SAFETY: the caller's promise.
    let mut format = unsafe { CStr::from_ptr(format) }.to_bytes();
    let mut input = Counted { input, count: 0 };
    let mut stored = 0;
    while let Some((&byte, rest)) = format.split_first() {
        format = rest;
        let read = if is_space(byte) {
            input.skip_space();
            Ok(false)
        } else if byte != b'%' {
            input.expect(byte).map(|()| false)
        } else {
            let spec = Spec::read(&mut format);
            // SAFETY: the caller's promise.
            unsafe { convert(&mut input, &spec, &mut format, args) }
        };
        match read {
            Ok(is_stored) => stored += c_int::from(is_stored),
            Err(End::Input) if stored == 0 => return -1,
            Err(_) => break,
        }
    }
    stored
}

/// Reads one value. Says whether it has been stored, and counts.
///
/// # Safety
/// As [`scan`].
unsafe fn convert(
    input: &mut Counted<'_>,
    spec: &Spec,
    format: &mut &[u8],
    args: &mut VaList,
) -> Result<bool, End> {
    let (&kind, rest) = format.split_first().ok_or(End::Mismatch)?;
    *format = rest;
    if !matches!(kind, b'c' | b'[' | b'n') {
        input.skip_space();
    }
    let width = spec.width.unwrap_or(usize::MAX);
    // SAFETY: the caller's promise: each place has the type that the conversion names.
    unsafe {
        // For each value, where it goes.
        let mut place = || if spec.ignored { 0 } else { args.word() };
        match kind {
            b'%' => return input.expect(b'%').map(|()| false),
            b'n' => {
                store(place(), input.count as u64, spec.size);
                return Ok(false);
            }
            b'd' | b'i' | b'u' | b'x' | b'X' | b'o' | b'p' => {
                let base = match kind {
                    b'i' => 0,
                    b'x' | b'X' | b'p' => 16,
                    b'o' => 8,
                    _ => 10,
                };
                let is_part = |before: &[u8], byte| continues_integer(before, byte, base);
                let number = Number::read(input, width, is_part)?;
                let mut end = core::ptr::null_mut();
                let value = if matches!(kind, b'd' | b'i') {
                    number::strtoll(number.text(), &mut end, base) as u64
                } else {
                    number::strtoull(number.text(), &mut end, base)
                };
                number.is_whole(end)?;
                store(place(), value, if kind == b'p' { 8 } else { spec.size });
            }
            b'f' | b'F' | b'e' | b'E' | b'g' | b'G' | b'a' | b'A' => {
                let number = Number::read(input, width, continues_float)?;
                let mut end = core::ptr::null_mut();
                let value = number::strtod(number.text(), &mut end);
                let single = number::strtof(number.text(), core::ptr::null_mut());
                number.is_whole(end)?;
                match (place(), spec.float_size) {
                    (0, _) => {}
                    (place, 4) => (place as *mut f32).write(single),
                    (place, 8) => (place as *mut f64).write(value),
                    (place, _) => store_long_double(place as *mut u64, value),
                }
            }
            b's' => text(input, width, place(), |byte| !is_space(byte))?,
            b'c' => {
                let count = spec.width.unwrap_or(1);
                if bytes(input, count, place(), |_| true)? < count {
                    return Err(End::Input);
                }
            }
            b'[' => {
                let set = set(format);
                text(input, width, place(), |byte| set.contains(byte))?;
            }
            _ => return Err(End::Mismatch),
        }
    }
    Ok(!spec.ignored)
}

/// Stores an integer of a size; 0 is no place.
///
/// # Safety
/// The place has this size.
unsafe fn store(place: u64, value: u64, size: usize) {
    if place != 0 {
        // SAFETY: the caller's promise; the lowest bytes come first.
        unsafe {
            (place as *mut u8).copy_from_nonoverlapping(value.to_le_bytes().as_ptr(), size);
        }
    }
}

/// Stores a double as a long one.
///
/// # Safety
/// There is room for it.
unsafe fn store_long_double(place: *mut u64, value: f64) {
    const MORE_BIAS: u64 = 16_383 - 1023;
    let bits = value.to_bits();
    let (sign, exponent, fraction) = (bits >> 63, bits >> 52 & 0x7ff, bits << 12);
    let (exponent, fraction) = match exponent {
        0 if fraction == 0 => (0, 0),
        0 => {
            let shift = fraction.leading_zeros();
            (MORE_BIAS - u64::from(shift), fraction << shift)
        }
        0x7ff => (0x7fff, 1 << 63 | fraction >> 1),
        exponent => (exponent + MORE_BIAS, 1 << 63 | fraction >> 1),
    };
    // SAFETY: the caller's promise.
    unsafe {
        place.write(fraction);
        place.add(1).cast::<u16>().write((sign << 15 | exponent) as u16);
    }
}

/// Reads characters that are wanted, one at least, and stores them with a NUL.
///
/// # Safety
/// There is room for them.
unsafe fn text(
    input: &mut Counted<'_>,
    width: usize,
    place: u64,
    is_wanted: impl Fn(u8) -> bool,
) -> Result<(), End> {
    // SAFETY: the caller's promise.
    unsafe {
        let count = bytes(input, width, place, is_wanted)?;
        if place != 0 {
            (place as *mut u8).add(count).write(0);
        }
    }
    Ok(())
}

/// Reads characters that are wanted, one at least, and returns how many these are.
///
/// # Safety
/// There is room for them.
unsafe fn bytes(
    input: &mut Counted<'_>,
    width: usize,
    place: u64,
    is_wanted: impl Fn(u8) -> bool,
) -> Result<usize, End> {
    let mut count = 0;
    while count < width {
        let Some(byte) = input.peek().filter(|&byte| is_wanted(byte)) else { break };
        // SAFETY: the caller's promise.
        unsafe { store(if place == 0 { 0 } else { place + count as u64 }, byte.into(), 1) };
        count += 1;
        input.skip();
    }
    match (count, input.peek()) {
        (0, None) => Err(End::Input),
        (0, Some(_)) => Err(End::Mismatch),
        _ => Ok(count),
    }
}

/// What is between `[` and `]`.
struct Set([bool; 256]);

impl Set {
    fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte)]
    }
}

/// Takes a set off a format.
fn set(format: &mut &[u8]) -> Set {
    let is_negated = format.first() == Some(&b'^');
    let start = usize::from(is_negated);
    let members = &format[start..];
    // A bracket that comes first is a member.
    let end =
        members.iter().skip(1).position(|&byte| byte == b']').map_or(members.len(), |at| at + 1);
    let mut rest = &members[..end];
    *format = members.get(end + 1..).unwrap_or_default();
    let mut set = [is_negated; 256];
    while let Some((&first, behind)) = rest.split_first() {
        let last = match behind {
            [b'-', last, ..] => *last,
            _ => first,
        };
        for byte in first..=last {
            set[usize::from(byte)] = !is_negated;
        }
        rest = if last == first { behind } else { &behind[2..] };
    }
    Set(set)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn vsscanf(
    text: *const c_char,
    format: *const c_char,
    args: *mut VaList,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { scan(&mut Text { next: text }, format, &mut *args) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn vfscanf(file: *const File, format: *const c_char, args: *mut VaList) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { scan(&mut Stream { file: &*file, next: None }, format, &mut *args) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn vscanf(format: *const c_char, args: *mut VaList) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { vfscanf(&STDIN, format, args) }
}

variadic!(fscanf, 2, "rdx", vfscanf);
variadic!(scanf, 1, "rsi", vscanf);
variadic!(sscanf, 2, "rdx", vsscanf);
