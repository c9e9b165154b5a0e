//! The process builder.

use std::ffi::CString;
use std::sync::{Arc, Weak};

use kernel_sim::{Kernel, Koid};
use loader_core::process_args::StartupHandle;
use napi::bindgen_prelude::{
    BigInt, BigUint64Array, ClassInstance, Either, Either3, Uint8ArraySlice, Uint32Array,
    Uint32ArraySlice,
};
use napi::{Error, Result};
use napi_derive::napi;
use process_builder::{
    Build, BuiltProcess, Compat, Context, DynamicBuild, NamespaceEntry, OwnedHandle,
    ProcessBuilder, ProcessBuilderError,
};
use zx_abi::Status;

use crate::elf::pack_headers;
use crate::error::{IntoNative, NativeErrors};
use crate::guard::guard;
use crate::kernel::NativeKernel;
use crate::message::{handle_info, strings};
use crate::number::{abi_named, koid, number, unsigned};

/// A builder. Handles that it is given belong to it, even if the call fails.
#[napi]
pub struct NativeProcessBuilder {
    /// Weak: a builder that has not been collected yet does not keep a kernel.
    kernel: Weak<Kernel>,
    context: Koid,
    /// `None` before `create`, and once it is consumed.
    builder: Option<Box<ProcessBuilder>>,
}

/// The build of a dynamic executable, which waits for its linker.
#[napi]
pub struct NativeDynamicBuild {
    /// `None` once it is finished or closed.
    build: Option<Box<DynamicBuild>>,
}

/// What was built. Handles belong to the context; 64-bit numbers are in one array: entry, stack,
/// stack base, vDSO base, ELF base.
#[napi(object, object_from_js = false)]
pub struct NativeBuiltProcess {
    /// Process, root VMAR, thread, stack VMO, bootstrap.
    pub handles: Uint32Array,
    /// See above.
    pub addresses: BigUint64Array,
    /// The executable's headers, packed.
    pub elf_headers: BigUint64Array,
}

#[napi]
impl NativeProcessBuilder {
    /// A builder for a context, of no process yet.
    #[napi(constructor)]
    pub fn new(kernel: ClassInstance<NativeKernel>, context: f64) -> Result<Self> {
        guard(|| {
            // One that is closed is told of by `create`.
            let kernel = kernel.kernel().map_or_else(|_| Weak::new(), Arc::downgrade);
            Ok(Self { kernel, context: koid(context), builder: None })
        })
    }

    /// Creates the process. The job is borrowed, the VMOs are consumed. Without a vDSO it gets the
    /// kernel's, of the ABI of this name, or of the one that its files need.
    #[napi]
    pub fn create(
        &mut self,
        name: Uint8ArraySlice,
        job: u32,
        options: u32,
        executable: u32,
        vdso: Option<u32>,
        compat_2019: bool,
        abi: Option<String>,
    ) -> Result<Option<NativeErrors>> {
        guard(|| {
            let context = match self.context() {
                Ok(context) => context,
                Err(error) => return Ok(Some(error.into_native())),
            };
            let executable = context.own(executable);
            let vdso = vdso.map(|vdso| context.own(vdso));
            let job = context.own(job);
            let compat = if compat_2019 { Compat::Year2019 } else { Compat::Newest };
            let builder = CString::new(&*name).map_err(invalid_name).and_then(|name| {
                ProcessBuilder::new(&name, &job, options, executable, vdso, compat, abi_named(abi))
            });
            let _borrowed = job.into_raw();
            Ok(unit(builder.map(|builder| self.builder = Some(Box::new(builder)))))
        })
    }

    /// A further handle to the process.
    #[napi]
    pub fn duplicate_process(&self) -> Result<Either<f64, NativeErrors>> {
        guard(|| {
            let Some(builder) = &self.builder else {
                return Ok(Either::B(CONSUMED.into_native()));
            };
            Ok(Either::A(number(builder.process().duplicate().map(OwnedHandle::into_raw))))
        })
    }

    /// `set_loader_service`
    #[napi]
    pub fn set_loader_service(&mut self, loader: u32) -> Result<Option<NativeErrors>> {
        let loader = self.own(loader);
        self.change(|builder| builder.set_loader_service(loader?))
    }

    /// `set_vdso_vmo`
    #[napi]
    pub fn set_vdso_vmo(&mut self, vdso: u32) -> Result<Option<NativeErrors>> {
        let vdso = self.own(vdso);
        self.change(|builder| {
            builder.set_vdso_vmo(vdso?);
            Ok(())
        })
    }

    /// `add_arguments`, packed.
    #[napi]
    pub fn add_arguments(&mut self, packed: Uint8ArraySlice) -> Result<Option<NativeErrors>> {
        self.change(|builder| builder.arguments().extend_packed(&packed).map_err(invalid_strings))
    }

    /// `add_environment_variables`, packed.
    #[napi]
    pub fn add_environment_variables(
        &mut self,
        packed: Uint8ArraySlice,
    ) -> Result<Option<NativeErrors>> {
        self.change(|builder| {
            builder.environment_variables().extend_packed(&packed).map_err(invalid_strings)
        })
    }

    /// `set_min_stack_size`
    #[napi]
    pub fn set_min_stack_size(&mut self, size: BigInt) -> Result<Option<NativeErrors>> {
        self.change(|builder| {
            let size = unsigned(&size).map_err(|status| {
                ProcessBuilderError::GenericStatus("Invalid stack size", status)
            })?;
            builder.set_min_stack_size(size);
            Ok(())
        })
    }

    /// `add_handles`: values, and what they are for.
    #[napi]
    pub fn add_handles(
        &mut self,
        values: Uint32ArraySlice,
        infos: Uint32ArraySlice,
    ) -> Result<Option<NativeErrors>> {
        let handles = self.own_all(&values);
        guard(|| {
            let infos: Result<Vec<_>> = infos.iter().map(|raw| handle_info(*raw)).collect();
            let infos = infos?;
            self.change(|builder| {
                let startup = handles?.into_iter().zip(infos);
                builder.add_handles(
                    startup.map(|(handle, info)| StartupHandle { handle, info }).collect(),
                )
            })
        })
    }

    /// `add_namespace_entries`: paths, packed, and a directory for each.
    #[napi]
    pub fn add_namespace_entries(
        &mut self,
        paths: Uint8ArraySlice,
        directories: Uint32ArraySlice,
    ) -> Result<Option<NativeErrors>> {
        let directories = self.own_all(&directories);
        guard(|| {
            let paths = strings(&paths)?;
            self.change(|builder| {
                let entries = paths.iter().zip(directories?);
                builder.add_namespace_entries(
                    entries
                        .map(|(path, directory)| NamespaceEntry { path: path.to_vec(), directory })
                        .collect(),
                )
            })
        })
    }

    /// `build`, which consumes the builder: a static executable's is done then, a dynamic one's
    /// waits for its linker.
    #[napi]
    pub fn build(
        &mut self,
    ) -> Result<Either3<NativeBuiltProcess, NativeDynamicBuild, NativeErrors>> {
        guard(|| {
            let Some(builder) = self.builder.take() else {
                return Ok(Either3::C(CONSUMED.into_native()));
            };
            Ok(match builder.build() {
                Ok(Build::Done(built)) => Either3::A(pack(built)),
                Ok(Build::NeedsLinker(dynamic)) => {
                    Either3::B(NativeDynamicBuild { build: Some(Box::new(dynamic)) })
                }
                Err(error) => Either3::C(error.into_native()),
            })
        })
    }

    /// Closes what the builder owns.
    #[napi]
    pub fn close(&mut self) -> Result<()> {
        guard(|| {
            self.builder = None;
            Ok(())
        })
    }

    fn context(&self) -> Built<Context> {
        let kernel = self.kernel.upgrade().ok_or(CLOSED)?;
        Ok(Context::new(kernel, self.context))
    }

    fn own(&self, value: u32) -> Built<OwnedHandle> {
        Ok(self.context()?.own(value))
    }

    fn own_all(&self, values: &[u32]) -> Built<Vec<OwnedHandle>> {
        let context = self.context()?;
        Ok(values.iter().map(|value| context.own(*value)).collect())
    }

    fn change(
        &mut self,
        body: impl FnOnce(&mut ProcessBuilder) -> Built<()>,
    ) -> Result<Option<NativeErrors>> {
        guard(|| {
            Ok(match &mut self.builder {
                Some(builder) => unit(body(builder)),
                None => Some(CONSUMED.into_native()),
            })
        })
    }
}

#[napi]
impl NativeDynamicBuild {
    /// What to ask the loader service for.
    #[napi(getter)]
    pub fn linker_name(&self) -> Result<String> {
        guard(|| Ok(self.build()?.linker_name().to_owned()))
    }

    /// The loader service's client end, which still belongs to the build.
    #[napi(getter)]
    pub fn loader(&self) -> Result<u32> {
        guard(|| Ok(self.build()?.loader().value()))
    }

    /// Finishes the build with the linker, a VMO that is consumed.
    #[napi]
    pub fn finish(&mut self, linker: u32) -> Result<Either<NativeBuiltProcess, NativeErrors>> {
        guard(|| {
            let build = self.build.take().ok_or_else(build_over)?;
            let linker = build.loader().context().own(linker);
            Ok(match build.finish(linker) {
                Ok(built) => Either::A(pack(built)),
                Err(error) => Either::B(error.into_native()),
            })
        })
    }

    /// Closes what the build owns. Does nothing once it is finished.
    #[napi]
    pub fn close(&mut self) -> Result<()> {
        guard(|| {
            self.build = None;
            Ok(())
        })
    }

    fn build(&self) -> Result<&DynamicBuild> {
        self.build.as_deref().ok_or_else(build_over)
    }
}

fn build_over() -> Error {
    Error::from_reason("The build is over")
}

#[napi]
impl NativeKernel {
    /// Starts what was built: consumes the three handles, and gives one to the process.
    #[napi]
    pub fn start_built(
        &self,
        context: f64,
        process: u32,
        thread: u32,
        bootstrap: u32,
        entry: BigInt,
        stack: BigInt,
        vdso_base: BigInt,
    ) -> Result<Either<u32, NativeErrors>> {
        guard(|| {
            let started = self.kernel().map_err(ProcessBuilderError::ProcessStart);
            let started = started.and_then(|kernel| {
                let context = Context::new(kernel.clone(), koid(context));
                let [process, thread, bootstrap] =
                    [process, thread, bootstrap].map(|value| context.own(value));
                let address = |value| unsigned(value).map_err(ProcessBuilderError::ProcessStart);
                let (entry, stack, vdso_base) =
                    (address(&entry)?, address(&stack)?, address(&vdso_base)?);
                process_builder::start(process, &thread, entry, stack, bootstrap, vdso_base)
            });
            Ok(match started {
                Ok(process) => Either::A(process.into_raw()),
                Err(error) => Either::B(error.into_native()),
            })
        })
    }
}

type Built<T> = std::result::Result<T, ProcessBuilderError>;

/// What a builder answers whose kernel is disposed of.
const CLOSED: ProcessBuilderError =
    ProcessBuilderError::GenericStatus("The kernel is disposed of", Status::BAD_STATE);

/// What a builder answers that `build` has consumed.
const CONSUMED: ProcessBuilderError =
    ProcessBuilderError::GenericStatus("The builder is consumed", Status::BAD_STATE);

fn invalid_name(_: std::ffi::NulError) -> ProcessBuilderError {
    ProcessBuilderError::InvalidArg("Process name contained null byte".to_owned())
}

fn invalid_strings(error: loader_core::process_args::CStringListError) -> ProcessBuilderError {
    ProcessBuilderError::InvalidArg(error.to_string())
}

fn unit(result: std::result::Result<(), ProcessBuilderError>) -> Option<NativeErrors> {
    result.err().map(IntoNative::into_native)
}

fn pack(built: BuiltProcess) -> NativeBuiltProcess {
    let BuiltProcess { process, root_vmar, thread, stack_vmo, bootstrap, .. } = built;
    let handles = [process, root_vmar, thread, stack_vmo, bootstrap];
    NativeBuiltProcess {
        handles: handles.map(OwnedHandle::into_raw).to_vec().into(),
        addresses: vec![
            built.entry,
            built.stack,
            built.stack_base,
            built.vdso_base,
            built.elf_base,
        ]
        .into(),
        elf_headers: pack_headers(&built.elf_headers),
    }
}
