//! Which generation of the Zircon ABI a process speaks.

/// A generation of the Zircon system ABI. The vDSO image that a process gets decides it.
///
/// Names, numbers and structures moved between generations, so one vDSO cannot serve them all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Abi {
    /// The SDK of December 2018.
    Sdk2018,
    /// SDK 0.20200703.3.1, of July 2020.
    Sdk2020,
    /// The newest public sources (2026).
    #[default]
    Newest,
}

impl Abi {
    /// Every generation, oldest first.
    pub const ALL: [Self; 3] = [Self::Sdk2018, Self::Sdk2020, Self::Newest];
}
