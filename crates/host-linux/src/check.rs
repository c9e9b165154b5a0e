//! What native execution needs, as data.

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
