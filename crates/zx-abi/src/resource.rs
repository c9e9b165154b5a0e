//! Resources (zircon/syscalls/resource.h).

/// `ZX_RSRC_KIND_*`: what a resource gives access to. Kinds are those of 2021.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u32)]
pub enum ResourceKind {
    /// Ranges of physical addresses.
    Mmio = 0,
    /// Interrupts.
    Irq = 1,
    /// Ports of x86 processors.
    Ioport = 2,
    /// Everything, of every kind. In 2021 only.
    Root = 3,
    /// Services of the secure monitor.
    Smc = 4,
    /// Parts of the kernel, by `RSRC_SYSTEM_*_BASE`.
    System = 5,
}

impl ResourceKind {
    /// Every kind, in order of its number.
    pub const ALL: [Self; 6] =
        [Self::Mmio, Self::Irq, Self::Ioport, Self::Root, Self::Smc, Self::System];

    /// The kind with this number.
    pub fn from_raw(raw: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u32 == raw)
    }
}

/// `ZX_RSRC_FLAG_EXCLUSIVE`: no other resource has any of the range.
pub const RSRC_FLAG_EXCLUSIVE: u32 = 0x1_0000;
/// The bits of `zx_resource_create`'s options that are a [`ResourceKind`].
pub const RSRC_KIND_MASK: u32 = 0xffff;

/// `ZX_RSRC_SYSTEM_VMEX_BASE`: VMOs become executable.
pub const RSRC_SYSTEM_VMEX_BASE: u64 = 1;
/// `ZX_RSRC_SYSTEM_DEBUG_BASE`: the serial port and the kernel's shell.
pub const RSRC_SYSTEM_DEBUG_BASE: u64 = 2;
/// `ZX_RSRC_SYSTEM_INFO_BASE`: what the whole kernel does.
pub const RSRC_SYSTEM_INFO_BASE: u64 = 3;
/// `ZX_RSRC_SYSTEM_PROFILE_BASE`: profiles. Since 2021.
pub const RSRC_SYSTEM_PROFILE_BASE: u64 = 10;
/// `ZX_RSRC_SYSTEM_DEBUGLOG_BASE`: the debug log. Since 2021.
pub const RSRC_SYSTEM_DEBUGLOG_BASE: u64 = 12;
/// `ZX_RSRC_SYSTEM_STALL_BASE`: how long threads wait for memory. Since 2025.
pub const RSRC_SYSTEM_STALL_BASE: u64 = 13;
