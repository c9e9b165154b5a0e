//! The steps of a build, in upstream's order, and what comes of them.

use loader_core::elf_load::load_elf;
use loader_core::elf_parse::{Elf64Headers, SegmentType};
use loader_core::process_args::{Message, MessageContents, StartupHandle};
use loader_core::seam::{Mapper as _, Vmo as _};
use loader_core::stack::{InitialStack, StackError, compute_initial_stack_pointer};
use zx_abi::{HandleType, Status, VmOptions};

use crate::dynamic::DynamicBuild;
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
    /// The base address of what is loaded: of a dynamic executable, its dynamic linker.
    pub elf_base: u64,
    /// The headers of the executable itself.
    pub elf_headers: Elf64Headers,
}

/// How far a build came.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "matched at once and never stored")]
pub enum Build {
    /// The executable was static: all done.
    Done(BuiltProcess),
    /// The executable is dynamic: its linker has to come from the loader service.
    NeedsLinker(DynamicBuild),
}

/// What a build has made before its first image is loaded.
#[derive(Debug)]
pub(crate) struct Progress {
    /// The headers of the main executable.
    pub headers: Elf64Headers,
    /// The end that the process will read.
    pub bootstrap: OwnedHandle,
    /// The end that messages are written to.
    pub writer: OwnedHandle,
}

impl ProcessBuilder {
    /// Loads a static executable into the new process and writes its bootstrap message; or gets a
    /// dynamic one to where it needs its linker.
    ///
    /// # Errors
    /// See [`ProcessBuilderError`]; all that the builder owns is then closed. LoaderMissing for a
    /// dynamic executable without a loader service.
    pub fn build(mut self) -> Result<Build, ProcessBuilderError> {
        let context = self.process.context().clone();
        let headers = match self.headers.take() {
            Some(headers) => headers,
            None => Elf64Headers::from_vmo(&self.executable, context.kernel().target())?,
        };
        let (bootstrap, writer) = context
            .call(|caller| caller.channel_create(0))
            .map_err(generic("Failed to create channel"))?;
        let (bootstrap, writer) = (context.own(bootstrap), context.own(writer));
        let interp = headers.program_header_with_type(SegmentType::Interp)?.copied();
        let progress = Progress { headers, bootstrap, writer };
        if let Some(interp) = interp {
            return DynamicBuild::begin(self, progress, &interp).map(Build::NeedsLinker);
        }
        let loaded = load_elf(&self.executable, &progress.headers, &self.root_vmar)?;
        self.push(loaded.vmar.0, HandleType::LoadedVmar);
        let stack = InitialStack::for_static(&progress.headers);
        self.finish(progress, (loaded.entry, loaded.vmar_base), |_| stack).map(Build::Done)
    }

    /// The steps after the first image: vDSO, stack, main message.
    pub(crate) fn finish(
        mut self,
        progress: Progress,
        (entry, elf_base): (u64, u64),
        stack: impl FnOnce(&MessageContents<OwnedHandle>) -> Result<InitialStack, StackError>,
    ) -> Result<BuiltProcess, ProcessBuilderError> {
        let context = self.process.context().clone();
        let target = context.kernel().target();
        let vdso = self.vdso.take().map_or_else(|| self.system_vdso(), Ok)?;
        let vdso_headers = Elf64Headers::from_vmo(&vdso, target)?;
        let vdso_base = load_elf(&vdso, &vdso_headers, &self.root_vmar)?.vmar_base;
        self.contents.handles.push(startup(vdso.0, HandleType::VdsoVmo));

        let plan = stack(&self.contents)?.with_min_size(self.min_stack_size)?;
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

        write_message(Message::build(self.contents)?, &progress.writer)?;
        Ok(BuiltProcess {
            process: self.process,
            root_vmar: self.root_vmar.0,
            thread: self.thread,
            entry,
            stack,
            stack_base,
            stack_vmo: stack_vmo.0,
            bootstrap: progress.bootstrap,
            vdso_base,
            elf_base,
            elf_headers: progress.headers,
        })
    }

    /// The kernel's vDSO of the ABI that was asked for, or of the one that has all imports.
    fn system_vdso(&self) -> Result<Vmo, ProcessBuilderError> {
        let context = self.process.context();
        let abi = self.abi.map_or_else(|| self.imports.abi(), Ok)?;
        let vdso = context.call(|caller| caller.vdso(abi));
        Ok(Vmo(context.own(vdso.map_err(generic("Failed to get vDSO"))?)))
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
        start(process, &thread, entry, stack, bootstrap, vdso_base)
    }
}

/// [`BuiltProcess::start`] with what it takes of a built process.
///
/// # Errors
/// ProcessStart; the process then dies with its handles.
pub fn start(
    process: OwnedHandle,
    thread: &OwnedHandle,
    entry: u64,
    stack: u64,
    bootstrap: OwnedHandle,
    vdso_base: u64,
) -> Result<OwnedHandle, ProcessBuilderError> {
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

pub(crate) fn startup(handle: OwnedHandle, handle_type: HandleType) -> StartupHandle<OwnedHandle> {
    StartupHandle { handle, info: handle_type.into() }
}

pub(crate) fn generic(text: &'static str) -> impl FnOnce(Status) -> ProcessBuilderError {
    move |status| ProcessBuilderError::GenericStatus(text, status)
}

/// Writes a bootstrap message; its handles are consumed in any case.
pub(crate) fn write_message(
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
