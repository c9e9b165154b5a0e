//! The generations of the library, where they differ.

use loader_core::process_args::StartupHandle;
use zx_abi::HandleType;

use crate::{OwnedHandle, ProcessBuilderError};

/// Which generation of `process_builder` to be like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compat {
    /// src/lib/process_builder/src/lib.rs of 2019.
    Year2019,
    /// The newest sources.
    #[default]
    Newest,
}

/// The handles of a process to itself.
pub(crate) struct SelfHandles<'a> {
    pub process: &'a OwnedHandle,
    pub thread: &'a OwnedHandle,
    pub root_vmar: &'a OwnedHandle,
}

impl SelfHandles<'_> {
    /// Duplicates for the main message.
    pub fn for_main(&self, compat: Compat) -> Result<Handles, ProcessBuilderError> {
        match compat {
            Compat::Year2019 => self.common_2019(),
            Compat::Newest => [
                (HandleType::ProcessSelf, self.process),
                (HandleType::ThreadSelf, self.thread),
                (HandleType::RootVmar, self.root_vmar),
            ]
            .into_iter()
            .map(duplicate)
            .collect(),
        }
    }

    /// Duplicates for the linker message.
    pub fn for_linker(&self, compat: Compat) -> Result<Handles, ProcessBuilderError> {
        match compat {
            Compat::Year2019 => self.common_2019(),
            Compat::Newest => {
                [(HandleType::ProcessSelf, self.process), (HandleType::RootVmar, self.root_vmar)]
                    .into_iter()
                    .map(duplicate)
                    .collect()
            }
        }
    }

    /// In 2019 both messages had the same three, with texts of their own.
    fn common_2019(&self) -> Result<Handles, ProcessBuilderError> {
        [
            (HandleType::ProcessSelf, self.process, "Failed to dup process handle"),
            (HandleType::RootVmar, self.root_vmar, "Failed to dup VMAR handle"),
            (HandleType::ThreadSelf, self.thread, "Failed to dup thread handle"),
        ]
        .into_iter()
        .map(|(handle_type, handle, text)| {
            let handle = handle.duplicate();
            let handle =
                handle.map_err(|status| ProcessBuilderError::GenericStatus(text, status))?;
            Ok(StartupHandle { handle, info: handle_type.into() })
        })
        .collect()
    }
}

type Handles = Vec<StartupHandle<OwnedHandle>>;

fn duplicate(
    (handle_type, handle): (HandleType, &OwnedHandle),
) -> Result<StartupHandle<OwnedHandle>, ProcessBuilderError> {
    let duplicate = handle.duplicate();
    let handle =
        duplicate.map_err(|status| ProcessBuilderError::DuplicateHandle { handle_type, status })?;
    Ok(StartupHandle { handle, info: handle_type.into() })
}
