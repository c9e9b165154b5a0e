//! Strings of the kernel are bytes, UTF-8 by convention only.

use core::fmt;

/// Displays bytes as UTF-8, with U+FFFD for what is not.
#[derive(Clone, Copy)]
pub struct Lossy<'a>(pub &'a [u8]);

impl fmt::Display for Lossy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            f.write_str(chunk.valid())?;
            if !chunk.invalid().is_empty() {
                f.write_str("\u{fffd}")?;
            }
        }
        Ok(())
    }
}

/// Reads a number: hexadecimal after `0x`, else decimal.
pub fn parse_u64(text: &[u8]) -> Option<u64> {
    let text = core::str::from_utf8(text).ok()?;
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_utf8_is_replaced() {
        assert_eq!(Lossy(b"a\xffb").to_string(), "a\u{fffd}b");
        assert_eq!(Lossy(b"").to_string(), "");
    }

    #[test]
    fn numbers_are_decimal_or_prefixed() {
        assert_eq!(parse_u64(b"10"), Some(10));
        assert_eq!(parse_u64(b"0x10"), Some(16));
        assert_eq!(parse_u64(b"0xffffffffffffffff"), Some(u64::MAX));
        assert_eq!(parse_u64(b"0x10000000000000000"), None);
        for bad in [&b""[..], b"0x", b"ff", b"-1", b"\xff"] {
            assert_eq!(parse_u64(bad), None);
        }
    }
}
