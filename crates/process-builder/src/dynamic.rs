//! The steps that only a dynamic executable needs: its linker goes in first, and reads a message
//! of its own before the program reads the main one.

use loader_core::elf_load::load_elf;
use loader_core::elf_parse::{Elf64Headers, Elf64ProgramHeader};
use loader_core::interp::interpreter_name;
use loader_core::process_args::{CStringList, Message, MessageContents};
use loader_core::seam::Vmar as _;
use loader_core::stack::InitialStack;
use zerocopy::FromBytes;
use zx_abi::{Abi, HandleType, INFO_VMAR, InfoVmar, PAGE_SIZE, Status, VmOptions};

use crate::build::{BuiltProcess, Progress, generic, startup, write_message};
use crate::compat::SelfHandles;
use crate::{OwnedHandle, ProcessBuilder, ProcessBuilderError, Vmar, Vmo};

/// Environment variables that the linker gets to see.
const LINKER_VARIABLES: [&[u8]; 2] = [b"LD_DEBUG=", b"LD_TRACE="];

/// A build that waits for the dynamic linker's VMO.
///
/// The caller asks the loader service for [`DynamicBuild::linker_name`] and hands the answer to
/// [`DynamicBuild::finish`]. Dropping it ends the build.
#[derive(Debug)]
pub struct DynamicBuild {
    builder: ProcessBuilder,
    progress: Progress,
    loader: OwnedHandle,
    linker_name: String,
    reservation: Reservation,
}

impl DynamicBuild {
    pub(crate) fn begin(
        mut builder: ProcessBuilder,
        progress: Progress,
        interp: &Elf64ProgramHeader,
    ) -> Result<Self, ProcessBuilderError> {
        let loader = builder.loader.take().ok_or(ProcessBuilderError::LoaderMissing)?;
        let reservation = Reservation::of_low_addresses(&builder.root_vmar)?;
        let linker_name = interpreter_name(&builder.executable, interp)?;
        Ok(Self { builder, progress, loader, linker_name, reservation })
    }

    /// What to ask the loader service for: the name in PT_INTERP.
    pub fn linker_name(&self) -> &str {
        &self.linker_name
    }

    /// The client end of the loader service. The process gets it afterwards, so that no request
    /// may be in flight when the build is finished.
    pub fn loader(&self) -> &OwnedHandle {
        &self.loader
    }

    /// Loads the linker and does all that is left.
    ///
    /// # Errors
    /// See [`ProcessBuilderError`]; all that the builder owns is then closed.
    pub fn finish(self, linker: OwnedHandle) -> Result<BuiltProcess, ProcessBuilderError> {
        let Self { mut builder, progress, loader, mut reservation, .. } = self;
        let context = builder.process.context().clone();
        let linker = Vmo(linker);
        let headers = Elf64Headers::from_vmo(&linker, context.kernel().target())?;
        if builder.abi.is_none() && builder.vdso.is_none() {
            let first = builder.imports.abi().unwrap_or_default();
            builder.imports.add_linker(&linker, &headers);
            // An error is told of where the vDSO is chosen.
            if let Some(abi) = builder.imports.abi().ok().filter(|abi| *abi != first) {
                reservation = builder.change_abi(abi, reservation)?;
            }
        }
        let loaded = load_elf(&linker, &headers, &builder.root_vmar)?;

        // Before anything else goes into the channel: the linker reads it first.
        let executable = std::mem::replace(&mut builder.executable, Vmo(context.own(0)));
        let mut handles = vec![
            startup(loader, HandleType::LdsvcLoader),
            startup(executable.0, HandleType::ExecutableVmo),
            startup(loaded.vmar.0, HandleType::LoadedVmar),
        ];
        let own = SelfHandles {
            process: &builder.process,
            thread: &builder.thread,
            root_vmar: &builder.root_vmar.0,
        };
        handles.extend(own.for_linker(builder.compat)?);
        let contents = MessageContents {
            args: pick(&builder.contents.args, 1, |_| true)?,
            environment_vars: pick(&builder.contents.environment_vars, usize::MAX, |variable| {
                LINKER_VARIABLES.iter().any(|prefix| variable.starts_with(prefix))
            })?,
            namespace_paths: CStringList::default(),
            handles,
        };
        write_message(Message::build(contents)?, &progress.writer)?;

        let image = (loaded.entry, loaded.vmar_base);
        let built = builder.finish(progress, image, InitialStack::for_dynamic)?;
        reservation.destroy().map_err(ProcessBuilderError::DestroyReservationVMAR)?;
        Ok(built)
    }
}

impl ProcessBuilder {
    /// Has the process speak another ABI than that of its creation, and reserves again: nothing else
    /// is in its address space.
    fn change_abi(
        &self,
        abi: Abi,
        reservation: Reservation,
    ) -> Result<Reservation, ProcessBuilderError> {
        reservation.destroy().map_err(ProcessBuilderError::DestroyReservationVMAR)?;
        let context = self.process.context();
        context
            .call(|caller| caller.process_set_abi(self.process.value(), abi))
            .map_err(generic("Failed to change the ABI"))?;
        Reservation::of_low_addresses(&self.root_vmar)
    }
}

/// The first `count` strings that `wanted` wants.
fn pick(
    list: &CStringList,
    count: usize,
    wanted: impl Fn(&[u8]) -> bool,
) -> Result<CStringList, ProcessBuilderError> {
    let mut picked = CStringList::default();
    for string in list.iter().take(count).filter(|string| wanted(string)) {
        // It comes from such a list, and so holds no NUL.
        let pushed = picked.push(string);
        pushed.map_err(|error| ProcessBuilderError::InvalidArg(error.to_string()))?;
    }
    Ok(picked)
}

/// A VMAR over the lower half of an address space, so that what the builder maps stays out of it:
/// sanitizers want it. Closing the handle of a VMAR frees nothing, and so it is destroyed on drop.
#[derive(Debug)]
struct Reservation(Option<Vmar>);

impl Reservation {
    /// Reserves the lower half of an address space in which nothing is mapped yet; nothing where
    /// the root VMAR does not reach down to it.
    fn of_low_addresses(root_vmar: &Vmar) -> Result<Self, ProcessBuilderError> {
        let info = root_vmar
            .0
            .context()
            .call(|caller| caller.object_get_info(root_vmar.0.value(), INFO_VMAR))
            .and_then(|info| InfoVmar::read_from_bytes(&info.bytes).map_err(|_| Status::INTERNAL))
            .map_err(generic("Failed to get VMAR info"))?;
        let middle = (info.base / 2 + info.len / 2 + (info.base % 2 + info.len % 2) / 2)
            .checked_next_multiple_of(PAGE_SIZE);
        let Some(len) = middle.and_then(|middle| middle.checked_sub(info.base)) else {
            return Ok(Self(None));
        };
        if len == 0 {
            return Ok(Self(None));
        }
        let (vmar, _) = root_vmar
            .allocate(0, len, VmOptions::SPECIFIC)
            .map_err(generic("Failed to allocate reservation VMAR"))?;
        Ok(Self(Some(vmar)))
    }

    /// Frees the addresses.
    fn destroy(mut self) -> Result<(), Status> {
        self.release()
    }

    fn release(&mut self) -> Result<(), Status> {
        let Some(Vmar(vmar)) = self.0.take() else { return Ok(()) };
        vmar.context().call(|caller| caller.vmar_destroy(vmar.value()))
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        // The build has failed, and that is what its caller is told.
        let _ = self.release();
    }
}
