//! Handles that close when dropped, and the seams of loader-core over them.

use std::sync::Arc;

use kernel_sim::{Caller, Kernel, Koid};
use loader_core::seam;
use zx_abi::{Abi, PROP_NAME, Result, Rights, Status, VmOptions, VmoChildOptions};

/// The process on whose behalf calls are made: its table, its policy.
#[derive(Clone)]
pub struct Context {
    kernel: Arc<Kernel>,
    process: Koid,
}

impl Context {
    /// The context whose process has this koid.
    pub fn new(kernel: Arc<Kernel>, process: Koid) -> Self {
        Self { kernel, process }
    }

    /// Its kernel.
    pub fn kernel(&self) -> &Arc<Kernel> {
        &self.kernel
    }

    /// The koid of its process.
    pub fn process(&self) -> Koid {
        self.process
    }

    /// Makes a call as this context. No handle may be dropped inside: the kernel is locked.
    ///
    /// # Errors
    /// The call's; BAD_STATE if the context's process is dead.
    pub fn call<R>(&self, f: impl FnOnce(&mut Caller<'_>) -> Result<R>) -> Result<R> {
        self.kernel.call(self.process, f)?
    }

    /// Owns a handle of this context.
    pub fn own(&self, value: u32) -> OwnedHandle {
        OwnedHandle { context: self.clone(), value }
    }
}

/// A handle in a context's table, closed on drop. Value 0 is the invalid handle.
pub struct OwnedHandle {
    context: Context,
    value: u32,
}

impl OwnedHandle {
    /// The raw value, still owned.
    pub fn value(&self) -> u32 {
        self.value
    }

    /// Whether it is `ZX_HANDLE_INVALID`.
    pub fn is_invalid(&self) -> bool {
        self.value == zx_abi::HANDLE_INVALID
    }

    /// Gives the handle up without closing it.
    pub fn into_raw(mut self) -> u32 {
        std::mem::take(&mut self.value)
    }

    /// The context that owns it.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// A second handle with the same rights.
    ///
    /// # Errors
    /// Those of `zx_handle_duplicate`.
    pub fn duplicate(&self) -> Result<Self> {
        let rights = Rights::SAME_RIGHTS.bits();
        let value = self.context.call(|caller| caller.handle_duplicate(self.value, rights))?;
        Ok(self.context.own(value))
    }
}

impl Drop for OwnedHandle {
    fn drop(&mut self) {
        if !self.is_invalid() {
            // It may be gone with its context; there is nobody to tell.
            let _ = self.context.call(|caller| caller.handle_close(self.value));
        }
    }
}

impl std::fmt::Debug for OwnedHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OwnedHandle({:#x})", self.value)
    }
}

/// A VMO.
#[derive(Debug)]
pub struct Vmo(pub OwnedHandle);

impl Vmo {
    /// The ABI of the vDSO that it is, if it is one.
    pub(crate) fn abi(&self) -> Option<Abi> {
        self.0.context().call(|caller| Ok(caller.vdso_abi(self.0.value()))).ok().flatten()
    }

    /// `zx_vmo_get_size`, in bytes.
    ///
    /// # Errors
    /// The kernel's.
    pub fn size(&self) -> Result<u64> {
        self.0.context().call(|caller| caller.vmo_get_size(self.0.value()))
    }

    /// A new zero-filled VMO of `size` bytes.
    ///
    /// # Errors
    /// Those of `zx_vmo_create`.
    pub fn create(context: &Context, size: u64) -> Result<Self> {
        let value = context.call(|caller| caller.vmo_create(size, 0))?;
        Ok(Self(context.own(value)))
    }
}

impl seam::ReadVmo for Vmo {
    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result {
        self.0.context.call(|caller| caller.vmo_read(self.0.value, offset, buffer))
    }
}

impl seam::Vmo for Vmo {
    fn name(&self) -> Result<Vec<u8>> {
        let name = self.0.context.call(|caller| {
            caller.object_get_property(self.0.value, PROP_NAME, zx_abi::MAX_NAME_LEN)
        })?;
        Ok(name.split(|byte| *byte == 0).next().unwrap_or_default().to_vec())
    }

    fn set_name(&self, name: &[u8]) -> Result {
        self.0.context.call(|caller| caller.object_set_property(self.0.value, PROP_NAME, name))
    }

    fn create_child(&self, options: VmoChildOptions, offset: u64, size: u64) -> Result<Self> {
        let value = self
            .0
            .context
            .call(|caller| caller.vmo_create_child(self.0.value, options.bits(), offset, size))?;
        Ok(Self(self.0.context.own(value)))
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> Result {
        self.0.context.call(|caller| caller.vmo_write(self.0.value, offset, bytes))
    }
}

/// A VMAR.
#[derive(Debug)]
pub struct Vmar(pub OwnedHandle);

impl seam::Mapper for Vmar {
    type Vmo = Vmo;

    fn map(
        &self,
        vmar_offset: u64,
        vmo: &Vmo,
        vmo_offset: u64,
        length: u64,
        flags: VmOptions,
    ) -> Result<u64> {
        // Both handles must be of one table: the caller's.
        if vmo.0.context.process != self.0.context.process {
            return Err(Status::BAD_HANDLE);
        }
        self.0.context.call(|caller| {
            let (vmar, vmo) = (self.0.value, vmo.0.value);
            caller.vmar_map(vmar, flags.bits(), vmar_offset, vmo, vmo_offset, length)
        })
    }

    fn create_vmo(&self, size: u64) -> Result<Vmo> {
        Vmo::create(&self.0.context, size)
    }
}

impl seam::Vmar for Vmar {
    fn allocate(&self, offset: u64, size: u64, flags: VmOptions) -> Result<(Self, u64)> {
        let (value, base) = self
            .0
            .context
            .call(|caller| caller.vmar_allocate(self.0.value, flags.bits(), offset, size))?;
        Ok((Self(self.0.context.own(value)), base))
    }
}
