//! Which generation of the Zircon ABI a process speaks.

/// A generation of the Zircon system ABI. A process has its creator's, or the one that its creator
/// asks for, until it maps a vDSO image, which then decides.
///
/// Names, numbers and structures moved between generations, so one vDSO cannot serve them all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Abi {
    /// The SDKs of 2020 and 2021.
    Sdk2020,
    /// The newest public sources (2026).
    #[default]
    Newest,
}

impl Abi {
    /// Every generation, oldest first.
    pub const ALL: [Self; 2] = [Self::Sdk2020, Self::Newest];

    /// The year that names it. Unlike `newest`, that name never comes to mean another.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sdk2020 => "2020",
            Self::Newest => "2026",
        }
    }

    /// The generation of this name: a year, or `newest`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "newest" => Some(Self::Newest),
            year => Self::ALL.into_iter().find(|abi| abi.name() == year),
        }
    }
}
