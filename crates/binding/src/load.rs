//! Loading the segments of an ELF file into a VMAR.

use std::sync::Arc;

use loader_core::elf_load::{load_elf, map_elf_segments};
use napi::bindgen_prelude::{BigInt, BigUint64Array, BigUint64ArraySlice, Either};
use napi::{Error, Result};
use napi_derive::napi;
use process_builder::{Context, Vmar, Vmo};

use crate::elf::unpack_headers;
use crate::error::{IntoNative, NativeErrors};
use crate::guard::guard;
use crate::kernel::NativeKernel;
use crate::number::{koid, unsigned};

/// What was loaded.
#[napi(object, object_from_js = false)]
pub struct NativeLoadedElf {
    /// The VMAR of the image, a handle of the context.
    pub vmar: u32,
    /// The VMAR's base, and the entry point.
    pub addresses: BigUint64Array,
}

/// A file and a VMAR of a context, both borrowed.
struct Borrowed {
    vmo: Vmo,
    vmar: Vmar,
}

impl Borrowed {
    fn new(kernel: &NativeKernel, context: f64, vmo: u32, vmar: u32) -> Result<Self> {
        let kernel = kernel.kernel().map_err(|_| Error::from_reason("The kernel is closed"))?;
        let context = Context::new(Arc::clone(kernel), koid(context));
        Ok(Self { vmo: Vmo(context.own(vmo)), vmar: Vmar(context.own(vmar)) })
    }

    fn give_back(self) {
        let _ = (self.vmo.0.into_raw(), self.vmar.0.into_raw());
    }
}

#[napi]
impl NativeKernel {
    /// `load_elf`: into a new VMAR below `vmar`. The headers are packed.
    #[napi]
    pub fn load_elf(
        &self,
        context: f64,
        vmo: u32,
        headers: BigUint64ArraySlice,
        vmar: u32,
    ) -> Result<Either<NativeLoadedElf, NativeErrors>> {
        guard(|| {
            let headers = unpack_headers(&headers)?;
            let file = Borrowed::new(self, context, vmo, vmar)?;
            let loaded = load_elf(&file.vmo, &headers, &file.vmar);
            file.give_back();
            Ok(match loaded {
                Ok(loaded) => Either::A(NativeLoadedElf {
                    vmar: loaded.vmar.0.into_raw(),
                    addresses: vec![loaded.vmar_base, loaded.entry].into(),
                }),
                Err(error) => Either::B(error.into_native()),
            })
        })
    }

    /// `map_elf_segments`: into `vmar`, which begins at `base`.
    #[napi]
    pub fn map_elf_segments(
        &self,
        context: f64,
        vmo: u32,
        headers: BigUint64ArraySlice,
        vmar: u32,
        base: BigInt,
        bias: BigInt,
    ) -> Result<Option<NativeErrors>> {
        guard(|| {
            let headers = unpack_headers(&headers)?;
            let addresses = unsigned(&base).and_then(|base| Ok((base, unsigned(&bias)?)));
            let (base, bias) =
                addresses.map_err(|status| Error::from_reason(status.to_string()))?;
            let file = Borrowed::new(self, context, vmo, vmar)?;
            let mapped = map_elf_segments(&file.vmo, &headers, &file.vmar, base, bias);
            file.give_back();
            Ok(mapped.err().map(IntoNative::into_native))
        })
    }
}
