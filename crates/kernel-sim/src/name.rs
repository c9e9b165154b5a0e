//! Object names: at most 31 bytes and a NUL.

use std::fmt;

use zx_abi::MAX_NAME_LEN;

/// An object's name. Bytes after the first NUL are never kept.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Name([u8; MAX_NAME_LEN]);

impl Name {
    /// The first 31 bytes at most, up to a NUL, as the kernel truncates names.
    pub fn truncated(bytes: &[u8]) -> Self {
        let mut name = [0; MAX_NAME_LEN];
        let kept = bytes.iter().take(MAX_NAME_LEN - 1).take_while(|byte| **byte != 0);
        for (target, source) in name.iter_mut().zip(kept) {
            *target = *source;
        }
        Self(name)
    }

    /// All 32 bytes, NUL-padded.
    pub const fn padded(&self) -> &[u8; MAX_NAME_LEN] {
        &self.0
    }

    /// The bytes before the NUL.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.split(|byte| *byte == 0).next().unwrap_or_default()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(self.as_bytes()))
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_31_bytes_and_stops_at_a_nul() {
        assert_eq!(Name::truncated(&[b'a'; 31]).as_bytes().len(), 31);
        assert_eq!(Name::truncated(&[b'a'; 32]).as_bytes().len(), 31);
        assert_eq!(Name::truncated(b"ab\0cd").as_bytes(), b"ab");
        assert_eq!(Name::truncated(b"").padded(), &[0; 32]);
    }
}
