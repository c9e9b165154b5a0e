//! Headers of files.

use loader_core::elf_parse::{Elf64Headers, ElfParseError, SegmentType};
use loader_core::interp::{interpreter_name, is_object_name};
use loader_core::seam::ReadVmo;
use napi::Result;
use napi::bindgen_prelude::{AsyncTask, BigUint64Array, Uint8Array, Uint8ArraySlice};
use napi_derive::napi;
use process_builder::ProcessBuilderError;
use zx_abi::{Arch, Status};

use crate::check::target;
use crate::elf::{arch, pack_headers};
use crate::error::{IntoNative, NativeErrors};
use crate::guard::guard;
use crate::host_file::{FileJob, FileTask, HostFile};

/// What the headers of a file say.
#[napi(object, object_from_js = false)]
pub struct NativeInspection {
    /// The architecture that they were read for.
    pub target: &'static str,
    /// Packed.
    pub headers: Option<BigUint64Array>,
    /// Why there are none.
    pub errors: Option<NativeErrors>,
    /// The dynamic linker that the file asks for.
    pub interpreter: Option<String>,
    /// Why the loader, or a loader service, does not have it.
    pub interpreter_errors: Option<NativeErrors>,
}

/// The headers of the file in `bytes`.
#[napi]
pub fn inspect_bytes(bytes: Uint8ArraySlice, asked: Option<String>) -> Result<NativeInspection> {
    guard(|| {
        let asked = asked.as_deref().map(arch).transpose()?;
        Ok(Inspection::of(&bytes[..], asked).into())
    })
}

/// The headers of a file of the host; null for what is no regular file.
#[napi(ts_return_type = "Promise<NativeInspection | NativeFileError | null>")]
pub fn inspect_file(
    path: Uint8Array,
    asked: Option<String>,
) -> Result<AsyncTask<FileTask<InspectJob>>> {
    guard(|| {
        let asked = asked.as_deref().map(arch).transpose()?;
        Ok(AsyncTask::new(FileTask::new(&path, InspectJob(asked))))
    })
}

/// The reading of a file's headers, for an architecture if one is asked for.
pub struct InspectJob(Option<Arch>);

impl FileJob for InspectJob {
    type Output = Inspection;
    type JsValue = NativeInspection;

    fn run(&self, file: &HostFile) -> Inspection {
        Inspection::of(file, self.0)
    }

    fn into_js(inspection: Inspection) -> NativeInspection {
        inspection.into()
    }
}

/// [`NativeInspection`], off JavaScript's thread.
pub struct Inspection {
    arch: Arch,
    headers: std::result::Result<Elf64Headers, ElfParseError>,
    interpreter: Option<String>,
    interpreter_error: Option<ProcessBuilderError>,
}

impl Inspection {
    fn of<V: ReadVmo + ?Sized>(file: &V, asked: Option<Arch>) -> Self {
        let arch = target(file, asked);
        let headers = Elf64Headers::from_vmo(file, arch);
        let named = headers.as_ref().map_or(Ok(None), |headers| interpreter(file, headers));
        let (interpreter, interpreter_error) = match named {
            Ok(Some(name)) if !is_object_name(&name) => {
                let text = "Failed to load dynamic linker from fuchsia.ldsvc.Loader";
                let error = ProcessBuilderError::GenericStatus(text, Status::INVALID_ARGS);
                (Some(name), Some(error))
            }
            Ok(name) => (name, None),
            Err(error) => (None, Some(error)),
        };
        Self { arch, headers, interpreter, interpreter_error }
    }
}

fn interpreter<V: ReadVmo + ?Sized>(
    file: &V,
    headers: &Elf64Headers,
) -> std::result::Result<Option<String>, ProcessBuilderError> {
    let interp = headers.program_header_with_type(SegmentType::Interp)?;
    Ok(interp.map(|interp| interpreter_name(file, interp)).transpose()?)
}

impl From<Inspection> for NativeInspection {
    fn from(inspection: Inspection) -> Self {
        let Inspection { arch, headers, interpreter, interpreter_error } = inspection;
        let (headers, errors) = match headers {
            Ok(headers) => (Some(pack_headers(&headers)), None),
            Err(error) => (None, Some(error.into_native())),
        };
        let interpreter_errors = interpreter_error.map(IntoNative::into_native);
        Self { target: arch.name(), headers, errors, interpreter, interpreter_errors }
    }
}
