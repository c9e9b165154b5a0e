//! Directories that are there only because others are bound below them.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::namespace::Space;

/// A directory between the root of a namespace and what is bound in it.
pub struct Local {
    pub space: Arc<Space>,
    /// Its path.
    pub path: Vec<u8>,
}

impl Local {
    /// The names of its entries, which are directories all.
    pub fn names(&self) -> Vec<Vec<u8>> {
        self.space.children(&self.path)
    }
}
