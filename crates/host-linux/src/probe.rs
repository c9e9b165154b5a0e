//! What native execution needs, as data for a person to read.

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What: a few lower-case words, the same on every computer.
    pub name: &'static str,
    /// Whether it is as it should be.
    pub ok: bool,
    /// Whether nothing runs without it. Otherwise something is slower or missing.
    pub required: bool,
    /// What was found.
    pub detail: String,
    /// What to do about it, if it is not ok.
    pub remedy: Option<&'static str>,
}

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
