//! The modules of a run, read when an address in them is asked for.

use std::collections::HashMap;

use crate::module::{Frame, Module};

/// Where files come from.
pub trait Files {
    /// A file by its name and build ID, as a program tells them. Whether it has this ID is looked at
    /// by the caller, who asks again for the next one until there is none.
    ///
    /// `attempt` counts from 0.
    fn find(&mut self, name: &[u8], build_id: &[u8], attempt: usize) -> Option<Vec<u8>>;
}

/// The modules of a run.
pub struct Modules<F> {
    files: F,
    /// What was found, by build IDs and names.
    found: HashMap<(Vec<u8>, Vec<u8>), Option<Module>>,
}

impl<F: Files> Modules<F> {
    /// Reads nothing yet.
    pub fn new(files: F) -> Self {
        Self { files, found: HashMap::new() }
    }

    /// The file with this build ID, or without one to compare, with this name.
    pub fn get(&mut self, name: &[u8], build_id: &[u8]) -> Option<&Module> {
        let files = &mut self.files;
        self.found
            .entry((build_id.to_vec(), name.to_vec()))
            .or_insert_with(|| {
                (0..)
                    .map_while(|attempt| files.find(name, build_id, attempt))
                    .filter_map(|file| Module::parse(&file))
                    .find(|module| build_id.is_empty() || module.build_id() == build_id)
            })
            .as_ref()
    }

    /// What the code means that is loaded from an offset in the file with a name.
    pub fn frames_at(&mut self, name: &[u8], offset: u64) -> Vec<Frame> {
        let Some(module) = self.get(name, &[]) else { return Vec::new() };
        module.address_of(offset).map(|address| module.frames(address)).unwrap_or_default()
    }
}
