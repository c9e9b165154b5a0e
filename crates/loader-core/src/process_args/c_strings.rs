//! Lists of C strings, kept as a message holds them: one after another, each with its NUL.

use core::ffi::CStr;
use core::fmt;
use zx_abi::Status;

/// A list of C strings in one buffer. Strings are any bytes but NUL; UTF-8 by convention.
///
/// A message takes the buffer as it is, so that its cost is that of a copy however many strings
/// there are.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct CStringList {
    bytes: Vec<u8>,
    len: usize,
}

impl CStringList {
    /// An empty list.
    pub const fn new() -> Self {
        Self { bytes: Vec::new(), len: 0 }
    }

    /// Appends a string, given without its NUL.
    ///
    /// # Errors
    ///
    /// [`CStringListError::InteriorNul`]; the list stays as it was.
    pub fn push(&mut self, string: &[u8]) -> Result<(), CStringListError> {
        if let Some(position) = string.iter().position(|byte| *byte == 0) {
            return Err(CStringListError::InteriorNul { position });
        }
        self.bytes.reserve(string.len() + 1);
        self.bytes.extend_from_slice(string);
        self.bytes.push(0);
        self.len += 1;
        Ok(())
    }

    /// Appends a C string.
    pub fn push_c_str(&mut self, string: &CStr) {
        self.bytes.extend_from_slice(string.to_bytes_with_nul());
        self.len += 1;
    }

    /// Appends strings packed one after another, each with its NUL; no bytes are no strings.
    ///
    /// # Errors
    ///
    /// [`CStringListError::MissingNul`] if the last byte is not NUL; the list stays as it was.
    pub fn extend_packed(&mut self, packed: &[u8]) -> Result<(), CStringListError> {
        if packed.last().is_some_and(|byte| *byte != 0) {
            return Err(CStringListError::MissingNul { length: packed.len() });
        }
        self.bytes.extend_from_slice(packed);
        self.len += count_nuls(packed);
        Ok(())
    }

    /// The list, borrowed.
    pub fn as_c_strings(&self) -> CStrings<'_> {
        CStrings { bytes: &self.bytes, len: self.len }
    }

    /// All strings with their NULs.
    pub fn packed(&self) -> &[u8] {
        &self.bytes
    }

    /// How many strings there are.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no string.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The strings in order, without their NULs.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &[u8]> + Clone {
        self.as_c_strings().iter()
    }
}

impl<S: AsRef<CStr>> Extend<S> for CStringList {
    fn extend<I: IntoIterator<Item = S>>(&mut self, strings: I) {
        for string in strings {
            self.push_c_str(string.as_ref());
        }
    }
}

impl<S: AsRef<CStr>> FromIterator<S> for CStringList {
    fn from_iter<I: IntoIterator<Item = S>>(strings: I) -> Self {
        let mut list = Self::new();
        list.extend(strings);
        list
    }
}

impl fmt::Debug for CStringList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_c_strings().fmt(f)
    }
}

/// How many bytes are NUL. Sums within a byte let the compiler compare many bytes at once; this is
/// most of what a packed list costs.
fn count_nuls(bytes: &[u8]) -> usize {
    let in_chunk = |chunk: &[u8]| chunk.iter().map(|byte| u8::from(*byte == 0)).sum::<u8>();
    bytes.chunks(usize::from(u8::MAX)).map(|chunk| usize::from(in_chunk(chunk))).sum()
}

/// A borrowed list of C strings, one after another, each with its NUL.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct CStrings<'a> {
    bytes: &'a [u8],
    len: usize,
}

impl<'a> CStrings<'a> {
    /// The first `len` strings in `bytes`; as error, how many there are if there are fewer.
    pub(super) fn split_prefix(bytes: &'a [u8], len: usize) -> Result<Self, usize> {
        let mut end = 0;
        for found in 0..len {
            let rest = bytes.get(end..).unwrap_or_default();
            end += 1 + rest.iter().position(|byte| *byte == 0).ok_or(found)?;
        }
        Ok(Self { bytes: bytes.get(..end).unwrap_or_default(), len })
    }

    /// All strings with their NULs.
    pub const fn packed(&self) -> &'a [u8] {
        self.bytes
    }

    /// How many strings there are.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no string.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The strings in order, without their NULs.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &'a [u8]> + Clone + use<'a> {
        self.bytes
            .split_inclusive(|byte| *byte == 0)
            .map(|string| string.split_last().map_or(string, |(_nul, string)| string))
    }
}

impl From<CStrings<'_>> for CStringList {
    fn from(strings: CStrings<'_>) -> Self {
        Self { bytes: strings.bytes.to_vec(), len: strings.len }
    }
}

impl fmt::Debug for CStrings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(String::from_utf8_lossy)).finish()
    }
}

/// Why bytes are no C strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CStringListError {
    /// A string holds a NUL.
    #[error("String has a NUL at byte {position}")]
    InteriorNul {
        /// Where in the string it is, in bytes.
        position: usize,
    },
    /// The last of packed strings does not end.
    #[error("Packed strings of {length} bytes do not end in NUL")]
    MissingNul {
        /// Bytes given.
        length: usize,
    },
}

impl CStringListError {
    /// The status: `INVALID_ARGS`.
    pub const fn as_zx_status(&self) -> Status {
        Status::INVALID_ARGS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nuls_are_counted_across_chunks() {
        for length in [0, 1, 254, 255, 256, 510, 511, 100_000] {
            assert_eq!(count_nuls(&vec![0; length]), length);
            assert_eq!(count_nuls(&vec![1; length]), 0);
        }
        assert_eq!(count_nuls(&b"arg\0".repeat(10_000)), 10_000);
    }
}
