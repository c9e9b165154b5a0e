//! The builder: what a new process shall have.

use std::ffi::CStr;

use loader_core::elf_parse::Elf64Headers;
use loader_core::process_args::{CStringList, HandleInfo, MessageContents, StartupHandle};
use zx_abi::{Abi, HandleType};

use crate::abi::Imports;
use crate::compat::SelfHandles;
use crate::{Compat, OwnedHandle, ProcessBuilderError, Vmar, Vmo};

/// Namespace entries, at most: their index goes into 16 bits.
const MAX_NAMESPACE_ENTRIES: usize = u16::MAX as usize;

/// Collects inputs and creates a new process (src/lib/process_builder/src/process_builder.rs).
///
/// The process exists from [`ProcessBuilder::new`] on, not started; it dies with the builder.
#[derive(Debug)]
pub struct ProcessBuilder {
    pub(crate) process: OwnedHandle,
    pub(crate) root_vmar: Vmar,
    pub(crate) thread: OwnedHandle,
    pub(crate) executable: Vmo,
    /// The executable's, if its imports have been looked at.
    pub(crate) headers: Option<Elf64Headers>,
    /// The vDSO to map; the kernel's otherwise.
    pub(crate) vdso: Option<Vmo>,
    /// The ABI that was asked for.
    pub(crate) abi: Option<Abi>,
    pub(crate) imports: Imports,
    pub(crate) loader: Option<OwnedHandle>,
    pub(crate) min_stack_size: u64,
    /// The main message so far.
    pub(crate) contents: MessageContents<OwnedHandle>,
    pub(crate) compat: Compat,
}

/// A namespace entry: a path and the client end of a directory.
#[derive(Debug)]
pub struct NamespaceEntry {
    /// Any bytes but NUL; not validated, as upstream does not.
    pub path: Vec<u8>,
    /// Consumed.
    pub directory: OwnedHandle,
}

impl ProcessBuilder {
    /// Creates the process and its initial thread in `job`.
    ///
    /// The caller is the context that owns the handles: its policy must allow `NEW_PROCESS`. The
    /// job is borrowed, the VMOs are consumed; `vdso`, to map instead of the kernel's, is not looked
    /// at until [`ProcessBuilder::build`].
    ///
    /// Without `abi`, the process gets that of `vdso`. Without both, it gets the newest ABI that has
    /// all system calls that the executable imports and, once it is read, its dynamic linker.
    ///
    /// # Errors
    /// BadHandle for an invalid job or executable; CreateProcess; CreateThread; DuplicateHandle.
    pub fn new(
        name: &CStr,
        job: &OwnedHandle,
        options: u32,
        executable: OwnedHandle,
        vdso: Option<OwnedHandle>,
        compat: Compat,
        abi: Option<Abi>,
    ) -> Result<Self, ProcessBuilderError> {
        if job.is_invalid() {
            return Err(ProcessBuilderError::BadHandle("Invalid job handle"));
        }
        if executable.is_invalid() {
            return Err(ProcessBuilderError::BadHandle("Invalid executable handle"));
        }
        let context = job.context();
        let executable = Vmo(executable);
        let vdso = vdso.map(Vmo);
        let mut imports = Imports::default();
        let mut headers = None;
        let first_abi = abi.or_else(|| vdso.as_ref()?.abi()).unwrap_or_else(|| {
            // What is wrong with the executable is told when it is built.
            headers = Elf64Headers::from_vmo(&executable, context.kernel().target()).ok();
            if let Some(headers) = &headers {
                imports.add_executable(&executable, headers);
            }
            imports.abi().unwrap_or_default()
        });
        let (process, root_vmar) = context
            .call(|caller| {
                caller.process_create_for(first_abi, job.value(), name.to_bytes(), options)
            })
            .map_err(ProcessBuilderError::CreateProcess)?;
        let (process, root_vmar) = (context.own(process), context.own(root_vmar));
        let thread = context
            .call(|caller| caller.thread_create(process.value(), b"initial-thread", 0))
            .map_err(ProcessBuilderError::CreateThread)?;
        let thread = context.own(thread);
        let mut contents = MessageContents::default();
        let own = SelfHandles { process: &process, thread: &thread, root_vmar: &root_vmar };
        contents.handles = own.for_main(compat)?;
        Ok(Self {
            process,
            root_vmar: Vmar(root_vmar),
            thread,
            executable,
            headers,
            vdso,
            abi,
            imports,
            loader: None,
            min_stack_size: 0,
            contents,
            compat,
        })
    }

    /// The process, which is not started. It still belongs to the builder.
    pub fn process(&self) -> &OwnedHandle {
        &self.process
    }

    /// The loader service for a dynamic executable; replaces and closes any earlier one.
    ///
    /// # Errors
    /// BadHandle.
    pub fn set_loader_service(&mut self, loader: OwnedHandle) -> Result<(), ProcessBuilderError> {
        if loader.is_invalid() {
            return Err(ProcessBuilderError::BadHandle("Invalid loader service handle"));
        }
        self.loader = Some(loader);
        Ok(())
    }

    /// The vDSO to map instead of the kernel's; replaces and closes any earlier one.
    pub fn set_vdso_vmo(&mut self, vdso: OwnedHandle) {
        self.vdso = Some(Vmo(vdso));
    }

    /// The least size of the initial stack in bytes; the last call counts.
    pub fn set_min_stack_size(&mut self, size: u64) {
        self.min_stack_size = size;
    }

    /// The arguments, to append to.
    pub fn arguments(&mut self) -> &mut CStringList {
        &mut self.contents.args
    }

    /// The environment, to append to.
    pub fn environment_variables(&mut self) -> &mut CStringList {
        &mut self.contents.environment_vars
    }

    /// Adds startup handles. LdsvcLoader and VdsoVmo(0) go where their setters put them.
    ///
    /// # Errors
    /// BadHandle for an invalid handle; InvalidArg for types that are added automatically or
    /// through [`ProcessBuilder::add_namespace_entries`]. Nothing is added then, and all handles
    /// are closed.
    pub fn add_handles(
        &mut self,
        handles: Vec<StartupHandle<OwnedHandle>>,
    ) -> Result<(), ProcessBuilderError> {
        for StartupHandle { handle, info } in &handles {
            if handle.is_invalid() {
                return Err(ProcessBuilderError::BadHandle("Invalid handle in startup handles"));
            }
            check_addable(info.handle_type())?;
        }
        for startup in handles {
            match startup.info.handle_type() {
                HandleType::LdsvcLoader => self.set_loader_service(startup.handle)?,
                HandleType::VdsoVmo if self.replaces_vdso(startup.info.arg()) => {
                    self.set_vdso_vmo(startup.handle);
                }
                _ => self.contents.handles.push(startup),
            }
        }
        Ok(())
    }

    /// Whether a VdsoVmo handle is the one to map; the others are passed on.
    fn replaces_vdso(&self, arg: u16) -> bool {
        self.compat == Compat::Year2019 || arg == 0
    }

    /// Adds namespace entries, numbered on from those before.
    ///
    /// # Errors
    /// InvalidArg beyond 65,535 entries or for a path with a NUL; BadHandle for an invalid
    /// directory. Nothing is added then, and all handles are closed.
    pub fn add_namespace_entries(
        &mut self,
        entries: Vec<NamespaceEntry>,
    ) -> Result<(), ProcessBuilderError> {
        let first = self.contents.namespace_paths.len();
        if entries.len() > MAX_NAMESPACE_ENTRIES {
            return Err(invalid_arg("Too many namespace entries"));
        }
        if first + entries.len() > MAX_NAMESPACE_ENTRIES {
            return Err(invalid_arg("Can't add namespace entries, limit reached"));
        }
        for entry in &entries {
            if entry.directory.is_invalid() {
                return Err(ProcessBuilderError::BadHandle("Invalid handle in namespace entry"));
            }
            if entry.path.contains(&0) {
                return Err(invalid_arg("Namespace path contained null byte"));
            }
        }
        for (index, entry) in (first..).zip(entries) {
            // Checked above: it holds no NUL.
            let pushed = self.contents.namespace_paths.push(&entry.path);
            pushed.map_err(|error| ProcessBuilderError::InvalidArg(error.to_string()))?;
            // Below MAX_NAMESPACE_ENTRIES, so that nothing is cut off.
            let info = HandleInfo::new(HandleType::NamespaceDirectory, index as u16);
            self.contents.handles.push(StartupHandle { handle: entry.directory, info });
        }
        Ok(())
    }
}

fn invalid_arg(text: &str) -> ProcessBuilderError {
    ProcessBuilderError::InvalidArg(text.to_owned())
}

/// Refuses the types that the builder adds itself.
fn check_addable(handle_type: HandleType) -> Result<(), ProcessBuilderError> {
    match handle_type {
        HandleType::NamespaceDirectory => Err(invalid_arg(
            "Cannot add NamespaceDirectory handles directly, use add_namespace_entries",
        )),
        HandleType::ProcessSelf
        | HandleType::ThreadSelf
        | HandleType::RootVmar
        | HandleType::LoadedVmar
        | HandleType::StackVmo
        | HandleType::ExecutableVmo => Err(ProcessBuilderError::InvalidArg(format!(
            "Cannot add a {} handle directly, it will be automatically added",
            handle_type.name()
        ))),
        _ => Ok(()),
    }
}
