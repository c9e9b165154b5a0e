//! Whether guests can run here, for a person to read.

use crate::check::Check;

/// Looks at everything that native execution needs. Starts a guest process for a moment.
pub fn probe() -> Vec<Check> {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    return crate::native::probe();
    #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
    return vec![Check {
        name: "platform",
        ok: false,
        required: true,
        detail: format!("{} on {}", std::env::consts::OS, std::env::consts::ARCH),
        remedy: Some("native execution needs x86-64 Linux"),
    }];
}
