//! Names of the VMOs that loading makes.

use super::error::ElfLoadError;
use zx_abi::MAX_NAME_LEN;

/// The name for a VMO made on behalf of another: `prefix` and that one's name, or `<unknown ELF>`
/// if it has none, cut to 31 bytes. A name that is not UTF-8 is shown with U+FFFD in place of
/// what is not.
///
/// # Errors
///
/// [`ElfLoadError::NamePrefixTooLong`] if the prefix alone is longer than 31 bytes.
pub fn vmo_name_with_prefix(vmo_name: &[u8], prefix: &str) -> Result<Vec<u8>, ElfLoadError> {
    const LONGEST: usize = MAX_NAME_LEN - 1;
    if prefix.len() > LONGEST {
        return Err(ElfLoadError::NamePrefixTooLong { length: prefix.len() });
    }
    let mut name = Vec::from(prefix);
    if vmo_name.is_empty() {
        name.extend_from_slice(b"<unknown ELF>");
    } else {
        name.extend_from_slice(String::from_utf8_lossy(vmo_name).as_bytes());
    }
    name.truncate(LONGEST);
    Ok(name)
}
