//! The system calls as the vDSO exports them, from the table of system calls: imported by what the
//! dynamic linker links, looked up when first called by a static program.
//!
//! # Safety
//! Pointers must be valid for what the call reads or writes through them, or null where Zircon
//! allows it. All calls follow the C ABI.

#[cfg(all(feature = "linked", not(test)))]
mod imported;
#[cfg(any(test, not(feature = "linked")))]
mod looked_up;
mod raw;

#[cfg(all(feature = "linked", not(test)))]
pub use imported::*;
#[cfg(any(test, not(feature = "linked")))]
pub use looked_up::*;
pub use raw::{Raw, StringView};
