//! The steps of a build, in upstream's order, and what comes of them.

use loader_core::elf_load::load_elf;
use loader_core::elf_parse::{Elf64Headers, SegmentType};
use loader_core::process_args::{Message, StartupHandle};
use loader_core::seam::{Mapper as _, Vmo as _};
use loader_core::stack::{InitialStack, compute_initial_stack_pointer};
use zx_abi::{HandleType, Status, VmOptions};

use crate::{OwnedHandle, ProcessBuilder, ProcessBuilderError, Vmo};

/// A process ready to start: all of it is there to be inspected.
///
/// Dropping it closes the handles, and the process, never started, dies.
#[derive(Debug)]
pub struct BuiltProcess {
    /// The process.
    pub process: OwnedHandle,
    /// The root of its address space.
    pub root_vmar: OwnedHandle,
    /// Its initial thread.
    pub thread: OwnedHandle,
    /// Where the thread will start.
    pub entry: u64,
    /// Its initial stack pointer.
    pub stack: u64,
    /// The lowest address of its stack.
    pub stack_base: u64,
    /// Its stack.
    pub stack_vmo: OwnedHandle,
    /// The channel end that the process gets as its first argument, with its messages.
    pub bootstrap: OwnedHandle,
    /// Where the vDSO is mapped: the second argument.
    pub vdso_base: u64,
    /// Where the executable is loaded.
    pub elf_base: u64,
    /// The headers of the main executable.
    pub elf_headers: Elf64Headers,
}

impl ProcessBuilder {
    /// Loads everything into the new process and writes its bootstrap message.
    ///
    /// # Errors
    /// See [`ProcessBuilderError`]; all that the builder owns is then closed. A dynamic executable
    /// gives LoaderMissing without a loader service and NotSupported with one.
    pub fn build(mut self) -> Result<BuiltProcess, ProcessBuilderError> {
        let context = self.process.context().clone();
        let target = context.kernel().target();
        let elf_headers = Elf64Headers::from_vmo(&self.executable, target)?;
        let (bootstrap, writer) = context
            .call(|caller| caller.channel_create(0))
            .map_err(generic("Failed to create channel"))?;
        let (bootstrap, writer) = (context.own(bootstrap), context.own(writer));
        if elf_headers.program_header_with_type(SegmentType::Interp)?.is_some() {
            return Err(match self.loader {
                None => ProcessBuilderError::LoaderMissing,
                Some(_) => {
                    ProcessBuilderError::NotSupported("Dynamic executables are not supported yet")
                }
            });
        }

        let executable = load_elf(&self.executable, &elf_headers, &self.root_vmar)?;
        self.push(executable.vmar.0, HandleType::LoadedVmar);

        let vdso = self.vdso.take().unwrap_or(self.system_vdso);
        let vdso_headers = Elf64Headers::from_vmo(&vdso, target)?;
        let vdso_base = load_elf(&vdso, &vdso_headers, &self.root_vmar)?.vmar_base;
        self.contents.handles.push(startup(vdso.0, HandleType::VdsoVmo));

        let plan = InitialStack::for_static(&elf_headers)?.with_min_size(self.min_stack_size)?;
        let stack_vmo = Vmo::create(&context, plan.size())
            .map_err(generic("Failed to create VMO for initial thread stack"))?;
        stack_vmo
            .set_name(plan.name().as_bytes())
            .map_err(generic("Failed to set stack VMO name"))?;
        let flags = VmOptions::PERM_READ | VmOptions::PERM_WRITE;
        let stack_base = self
            .root_vmar
            .map(0, &stack_vmo, 0, plan.size(), flags)
            .map_err(generic("Failed to map initial stack"))?;
        let stack_duplicate =
            stack_vmo.0.duplicate().map_err(generic("Failed to duplicate initial stack"))?;
        self.contents.handles.push(startup(stack_duplicate, HandleType::StackVmo));
        let stack = compute_initial_stack_pointer(stack_base, plan.size(), target)?;

        write_message(Message::build(self.contents)?, &writer)?;
        Ok(BuiltProcess {
            process: self.process,
            root_vmar: self.root_vmar.0,
            thread: self.thread,
            entry: executable.entry,
            stack,
            stack_base,
            stack_vmo: stack_vmo.0,
            bootstrap,
            vdso_base,
            elf_base: executable.vmar_base,
            elf_headers,
        })
    }

    fn push(&mut self, handle: OwnedHandle, handle_type: HandleType) {
        self.contents.handles.push(startup(handle, handle_type));
    }
}

impl BuiltProcess {
    /// Starts the process, for its handle. The other handles are closed.
    ///
    /// # Errors
    /// ProcessStart; the process then dies with its handles.
    pub fn start(self) -> Result<OwnedHandle, ProcessBuilderError> {
        let Self { process, thread, entry, stack, bootstrap, vdso_base, .. } = self;
        let arg1 = bootstrap.into_raw();
        let started = process.context().call(|caller| {
            caller.process_start(process.value(), thread.value(), entry, stack, arg1, vdso_base)
        });
        match started {
            Ok(()) => Ok(process),
            Err(status) => {
                // The one failure that consumes nothing: nothing can be started here at all.
                if status == Status::NOT_SUPPORTED {
                    drop(process.context().own(arg1));
                }
                Err(ProcessBuilderError::ProcessStart(status))
            }
        }
    }
}

fn startup(handle: OwnedHandle, handle_type: HandleType) -> StartupHandle<OwnedHandle> {
    StartupHandle { handle, info: handle_type.into() }
}

fn generic(text: &'static str) -> impl FnOnce(Status) -> ProcessBuilderError {
    move |status| ProcessBuilderError::GenericStatus(text, status)
}

/// Writes a bootstrap message; its handles are consumed in any case.
fn write_message(
    message: Message<OwnedHandle>,
    channel: &OwnedHandle,
) -> Result<(), ProcessBuilderError> {
    let (bytes, handles) = message.into_parts();
    let handles: Vec<u32> = handles.into_iter().map(OwnedHandle::into_raw).collect();
    channel
        .context()
        .call(|caller| caller.channel_write(channel.value(), 0, bytes, &handles))
        .map_err(ProcessBuilderError::WriteBootstrapMessage)
}
