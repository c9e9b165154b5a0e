//! The tables behind `zx_status_get_string` and `zx_exception_get_string`.

use zx_abi::{EXCEPTIONS, Status, exception_name};

/// What both functions answer for a code that they do not know.
const UNKNOWN: &str = "(UNKNOWN)";
/// Bytes of an entry: the code, then where its string begins, from the start of the table.
pub(crate) const ENTRY_SIZE: u64 = 8;

/// Entries of code and string, then one for every other code, then the strings.
pub(crate) struct StringTable {
    entry_count: u64,
    bytes: Vec<u8>,
}

impl StringTable {
    pub(crate) fn statuses() -> Self {
        Self::new(Status::ALL.iter().map(|(name, status)| {
            let prefix = if *status == Status::OK { "ZX_" } else { "ZX_ERR_" };
            (status.into_raw() as u32, format!("{prefix}{name}"))
        }))
    }

    pub(crate) fn exceptions() -> Self {
        Self::new(
            EXCEPTIONS.iter().map(|&code| (code, format!("ZX_EXCP_{}", exception_name(code)))),
        )
    }

    fn new(strings: impl ExactSizeIterator<Item = (u32, String)>) -> Self {
        let entry_count = strings.len() as u64;
        let mut offset = ((entry_count + 1) * ENTRY_SIZE) as u32;
        let (mut bytes, mut text) = (Vec::new(), Vec::new());
        for (code, string) in strings.chain([(0, UNKNOWN.to_owned())]) {
            bytes.extend_from_slice(&code.to_le_bytes());
            bytes.extend_from_slice(&offset.to_le_bytes());
            text.extend_from_slice(string.as_bytes());
            text.push(0);
            offset += string.len() as u32 + 1;
        }
        bytes.append(&mut text);
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        Self { entry_count, bytes }
    }

    /// Entries without the last, which stands for every other code.
    pub(crate) fn entry_count(&self) -> u64 {
        self.entry_count
    }

    /// Bytes of the table.
    pub(crate) fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}
