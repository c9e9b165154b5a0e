//! Whether guests can run here.

use crate::check::Check;
use crate::host_error::HostError;
#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
use crate::host_error::Step;

/// Whether guests can run here, as far as one can tell without trying. Looks once.
///
/// # Errors
/// What the computer lacks.
pub fn prerequisites() -> Result<(), HostError> {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    return crate::native::prerequisites();
    #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
    return Err(HostError::Lacking { step: Step::Platform });
}

/// Looks at everything that native execution needs, for a person to read. Launches a program, by
/// every step of any launch, and ends it.
pub fn probe() -> Vec<Check> {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    return crate::native::probe();
    #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
    return vec![Check {
        name: Step::Platform.name(),
        ok: false,
        required: true,
        detail: format!("{} on {}", std::env::consts::OS, std::env::consts::ARCH),
        remedy: Some(Step::Platform.remedy()),
    }];
}
