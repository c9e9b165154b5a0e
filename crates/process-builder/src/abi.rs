//! Which ABI generation a process gets: the newest that has every system call that its files import.

use std::collections::BTreeSet;

use loader_core::elf_parse::Elf64Headers;
use loader_core::validate::imported_names;
use zx_abi::{Abi, Syscall};

use crate::{ProcessBuilderError, Vmo};

/// The system calls that the files of a process import, by name less the `zx_`.
#[derive(Debug, Default)]
pub(crate) struct Imports {
    calls: BTreeSet<String>,
}

impl Imports {
    /// Adds what an executable imports. Names that no ABI has are left out: a library may define
    /// them.
    pub fn add_executable(&mut self, file: &Vmo, headers: &Elf64Headers) {
        let known = |call: &String| Abi::ALL.iter().any(|&abi| exports(abi, call));
        self.calls.extend(imported_calls(file, headers).filter(known));
    }

    /// Adds what a dynamic linker imports, which can come from nowhere but the vDSO.
    pub fn add_linker(&mut self, file: &Vmo, headers: &Elf64Headers) {
        self.calls.extend(imported_calls(file, headers));
    }

    /// The newest ABI that has them all.
    ///
    /// # Errors
    /// UnknownImports if none has.
    pub fn abi(&self) -> Result<Abi, ProcessBuilderError> {
        let has_all = |abi: &Abi| self.calls.iter().all(|call| exports(*abi, call));
        Abi::ALL.into_iter().rev().find(has_all).ok_or_else(|| self.error())
    }

    /// Names what nobody has; what the newest ABI lacks, if every call is to be had somewhere.
    fn error(&self) -> ProcessBuilderError {
        let lacks = |abis: &[Abi]| -> Vec<String> {
            let missing =
                self.calls.iter().filter(|call| !abis.iter().any(|&abi| exports(abi, call)));
            missing.map(|call| format!("zx_{call}")).collect()
        };
        let nowhere = lacks(&Abi::ALL);
        let names = if nowhere.is_empty() { lacks(&[Abi::Newest]) } else { nowhere };
        ProcessBuilderError::UnknownImports(names)
    }
}

fn exports(abi: Abi, call: &str) -> bool {
    Syscall::from_name(abi, call).is_some_and(|call| call.info().exported_by(abi))
}

fn imported_calls(file: &Vmo, headers: &Elf64Headers) -> impl Iterator<Item = String> + use<> {
    let names = imported_names(file, file.size().unwrap_or(0), headers).into_iter();
    names.filter_map(|name| {
        let name = name.strip_prefix('_').unwrap_or(&name);
        name.strip_prefix("zx_").map(str::to_owned)
    })
}
