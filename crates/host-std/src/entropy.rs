//! Randomness.

use std::fmt;

use kernel_sim::SeededEntropy;

/// The operating system gave no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntropyError(getrandom::Error);

impl fmt::Display for EntropyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The operating system gave no random bytes: {}", self.0)
    }
}

impl std::error::Error for EntropyError {}

/// An unpredictable sequence, seeded with 32 bytes of the operating system's.
///
/// # Errors
/// [`EntropyError`]
pub fn os_entropy() -> Result<SeededEntropy, EntropyError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(EntropyError)?;
    Ok(SeededEntropy::new(seed))
}
