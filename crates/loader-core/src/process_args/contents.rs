//! What goes into a message.

use super::c_strings::CStringList;
use super::handle_info::HandleInfo;

/// A handle for a new process, and what it is for. `H` owns the handle: dropping it closes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartupHandle<H> {
    /// The handle.
    pub handle: H,
    /// What it is for.
    pub info: HandleInfo,
}

/// What a bootstrap message tells a new process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageContents<H> {
    /// Command line arguments, the program's name first.
    pub args: CStringList,
    /// Environment, `KEY=VALUE` by convention.
    pub environment_vars: CStringList,
    /// Where the directories of the namespace go; a `NamespaceDirectory` handle's argument is an
    /// index in this list.
    pub namespace_paths: CStringList,
    /// Handles, in the order in which the process receives them.
    pub handles: Vec<StartupHandle<H>>,
}

impl<H> MessageContents<H> {
    /// Nothing.
    pub const fn new() -> Self {
        Self {
            args: CStringList::new(),
            environment_vars: CStringList::new(),
            namespace_paths: CStringList::new(),
            handles: Vec::new(),
        }
    }
}

impl<H> Default for MessageContents<H> {
    fn default() -> Self {
        Self::new()
    }
}
