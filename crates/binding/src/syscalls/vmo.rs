//! VMOs.

use std::sync::Arc;

use kernel_sim::{Caller, Kernel, Name};
use loader_core::elf_parse::Elf64Headers;
use loader_core::validate::arch_of;
use napi::Result;
use napi::bindgen_prelude::{AsyncTask, BigInt, Either, Uint8ArraySlice};
use napi_derive::napi;
use zx_abi::{PAGE_SIZE, Rights, VmoLockState};

use super::Out;
use crate::guard::guard;
use crate::host_file::{FileJob, FileTask, HostFile};
use crate::images::{Images, NativeImages};
use crate::kernel::NativeKernel;
use crate::number::{abi_named, koid, number, unsigned};

#[napi]
impl NativeKernel {
    /// `zx_vmo_create`
    #[napi]
    pub fn vmo_create(&self, context: f64, size: BigInt, options: u32) -> Result<f64> {
        self.number(context, |caller| caller.vmo_create(unsigned(&size)?, options))
    }

    /// A VMO with a copy of `bytes`.
    #[napi]
    pub fn vmo_from_bytes(
        &self,
        context: f64,
        bytes: Uint8ArraySlice,
        name: Uint8ArraySlice,
        rights: u32,
    ) -> Result<f64> {
        self.number(context, |caller| caller.vmo_from_bytes(&bytes, Name::truncated(&name), rights))
    }

    /// A VMO with a copy of a file of the host; null for what is no regular file. With
    /// `segments_only` it ends with the page in which the segments of an ELF file do, and a small
    /// file is copied at once. With `images` it is kept there, if it can be.
    #[napi(ts_return_type = "number | Promise<number | NativeFileError | null>")]
    pub fn vmo_from_file(
        &self,
        context: f64,
        path: Uint8ArraySlice,
        name: Uint8ArraySlice,
        rights: u32,
        segments_only: bool,
        images: Option<&NativeImages>,
    ) -> Result<Either<f64, AsyncTask<FileTask<VmoJob>>>> {
        guard(|| {
            let kernel = self.kernel().cloned();
            let name = Name::truncated(&name);
            let context = koid(context);
            let images = images.map(NativeImages::images);
            let job = VmoJob { kernel, context, name, rights, segments_only, images };
            let task = FileTask::new(&path, job);
            let copied = if segments_only { task.run_if_small() } else { None };
            Ok(match copied {
                Some(vmo) => Either::A(VmoJob::into_js(vmo)),
                None => Either::B(AsyncTask::new(task)),
            })
        })
    }

    /// The system's vDSO of the ABI of this name, or of the context's own.
    #[napi]
    pub fn system_vdso(&self, context: f64, abi: Option<String>) -> Result<f64> {
        self.number(context, |caller| {
            let own = caller.abi();
            caller.vdso(abi_named(abi).unwrap_or(own))
        })
    }

    /// Fills all of `out`.
    #[napi]
    pub fn vmo_read(
        &self,
        context: f64,
        vmo: u32,
        offset: BigInt,
        mut out: Uint8ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| caller.vmo_read(vmo, unsigned(&offset)?, out.room()))
    }

    /// `zx_vmo_write`
    #[napi]
    pub fn vmo_write(
        &self,
        context: f64,
        vmo: u32,
        offset: BigInt,
        bytes: Uint8ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| caller.vmo_write(vmo, unsigned(&offset)?, &bytes))
    }

    /// `zx_vmo_get_size`
    #[napi]
    pub fn vmo_get_size(&self, context: f64, vmo: u32) -> Result<f64> {
        self.number(context, |caller| caller.vmo_get_size(vmo))
    }

    /// `zx_vmo_set_size`
    #[napi]
    pub fn vmo_set_size(&self, context: f64, vmo: u32, size: BigInt) -> Result<f64> {
        self.number(context, |caller| caller.vmo_set_size(vmo, unsigned(&size)?))
    }

    /// `zx_vmo_create_child`
    #[napi]
    pub fn vmo_create_child(
        &self,
        context: f64,
        vmo: u32,
        options: u32,
        offset: BigInt,
        size: BigInt,
    ) -> Result<f64> {
        self.number(context, |caller| {
            caller.vmo_create_child(vmo, options, unsigned(&offset)?, unsigned(&size)?)
        })
    }

    /// `zx_vmo_replace_as_executable`, by a resource or, for 0, as policy says.
    #[napi]
    pub fn vmo_replace_as_executable(&self, context: f64, vmo: u32, vmex: u32) -> Result<f64> {
        self.number(context, |caller| caller.vmo_replace_as_executable(vmo, vmex))
    }

    /// `zx_vmo_get_stream_size`
    #[napi]
    pub fn vmo_get_stream_size(&self, context: f64, vmo: u32) -> Result<f64> {
        self.number(context, |caller| caller.vmo_get_stream_size(vmo))
    }

    /// `zx_vmo_set_stream_size`
    #[napi]
    pub fn vmo_set_stream_size(&self, context: f64, vmo: u32, size: BigInt) -> Result<f64> {
        self.number(context, |caller| caller.vmo_set_stream_size(vmo, unsigned(&size)?))
    }

    /// How many numbers the operation has put into `out`: none, or those of a lock.
    #[napi]
    pub fn vmo_op_range(
        &self,
        context: f64,
        vmo: u32,
        op: u32,
        offset: BigInt,
        size: BigInt,
        mut out: Uint8ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let locked = caller.vmo_op_range(vmo, op, unsigned(&offset)?, unsigned(&size)?)?;
            let Some(VmoLockState { offset, size, discarded_offset, discarded_size }) = locked
            else {
                return Ok(0);
            };
            let numbers = [offset, size, discarded_offset, discarded_size];
            out.put(&numbers.map(u64::to_le_bytes).concat())?;
            Ok(numbers.len())
        })
    }

    /// `zx_vmo_set_cache_policy`
    #[napi]
    pub fn vmo_set_cache_policy(&self, context: f64, vmo: u32, policy: u32) -> Result<f64> {
        self.number(context, |caller| caller.vmo_set_cache_policy(vmo, policy))
    }

    /// `zx_vmo_transfer_data`
    #[napi]
    pub fn vmo_transfer_data(
        &self,
        context: f64,
        destination: u32,
        offset: BigInt,
        length: BigInt,
        source: u32,
        source_offset: BigInt,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let (offset, length) = (unsigned(&offset)?, unsigned(&length)?);
            let source_offset = unsigned(&source_offset)?;
            caller.vmo_transfer_data(destination, 0, offset, length, source, source_offset)
        })
    }
}

/// A copy of a file into a VMO.
pub struct VmoJob {
    kernel: zx_abi::Result<Arc<Kernel>>,
    context: u64,
    name: Name,
    rights: u32,
    segments_only: bool,
    images: Option<Arc<Images>>,
}

impl VmoJob {
    fn call<T>(
        &self,
        body: impl FnOnce(&mut Caller<'_>) -> zx_abi::Result<T>,
    ) -> zx_abi::Result<T> {
        self.kernel.as_ref().map_err(|status| *status)?.call(self.context, body)?
    }

    /// Whoever kills the context meanwhile closes its handles.
    fn copy(&self, file: &HostFile) -> zx_abi::Result<u32> {
        let size = || if self.segments_only { segments_end(file) } else { file.size };
        if let Some(images) = &self.images
            && let Some(image) = images.read(file, self.segments_only, size)?
        {
            file.is_whole()?;
            return self.call(|caller| caller.vmo_from_image(&image, self.name, self.rights));
        }
        let rights = self.rights | Rights::WRITE.bits();
        let size = size();
        let vmo = self.call(|caller| caller.vmo_from_head(&[], size, self.name, rights))?;
        let copied = file.each_part(size, |offset, bytes| {
            self.call(|caller| caller.vmo_write(vmo, offset, bytes))
        });
        // What the host has refused is told with its own words, without a VMO.
        match copied.and(file.is_whole()) {
            Ok(()) => self.call(|caller| caller.handle_replace(vmo, self.rights)),
            Err(status) => {
                self.call(|caller| caller.handle_close(vmo))?;
                Err(status)
            }
        }
    }
}

/// Where the page ends in which the segments of an ELF file do; where the file does, if it has none.
fn segments_end(file: &HostFile) -> u64 {
    let end = || {
        let headers = Elf64Headers::from_vmo(file, arch_of(file).ok()??).ok()?;
        let end = headers.program_headers().iter().try_fold(0, |end: u64, header| {
            Some(end.max(header.offset.checked_add(header.filesz)?))
        });
        end?.checked_next_multiple_of(PAGE_SIZE)
    };
    end().map_or(file.size, |end| end.min(file.size))
}

impl FileJob for VmoJob {
    type Output = f64;
    type JsValue = f64;

    fn run(&self, file: &HostFile) -> f64 {
        number(self.copy(file))
    }

    fn into_js(vmo: f64) -> f64 {
        vmo
    }
}
