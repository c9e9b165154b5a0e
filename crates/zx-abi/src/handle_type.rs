//! Handle types of the bootstrap message (zircon/processargs.h, `PA_*`).

macro_rules! handle_types {
    ($($(#[$doc:meta])* $name:ident = $value:literal,)*) => {
        /// What a startup handle is for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum HandleType {
            $($(#[$doc])* $name = $value,)*
        }

        impl HandleType {
            /// Every type, with its name.
            pub const ALL: &'static [(&'static str, Self)] =
                &[$((stringify!($name), Self::$name),)*];

            /// The type with this number.
            pub const fn from_raw(raw: u8) -> Option<Self> {
                match raw {
                    $($value => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// The type's name, as upstream's fuchsia-runtime crate spells it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }
        }
    };
}

handle_types! {
    /// `PA_PROC_SELF`: the process itself.
    ProcessSelf = 0x01,
    /// `PA_THREAD_SELF`: the initial thread.
    ThreadSelf = 0x02,
    /// `PA_JOB_DEFAULT`: the job for children.
    DefaultJob = 0x03,
    /// `PA_VMAR_ROOT`: the root of the address space.
    RootVmar = 0x04,
    /// `PA_VMAR_LOADED`: the VMAR of the initially loaded image.
    LoadedVmar = 0x05,
    /// `PA_LDSVC_LOADER`: a client end of `fuchsia.ldsvc.Loader`.
    LdsvcLoader = 0x10,
    /// `PA_VMO_VDSO`: the vDSO image; arg 0 is the stable one.
    VdsoVmo = 0x11,
    /// `PA_VMO_STACK`: the initial stack, wholly mapped.
    StackVmo = 0x13,
    /// `PA_VMO_EXECUTABLE`: the main executable, for the dynamic linker.
    ExecutableVmo = 0x14,
    /// `PA_VMO_BOOTDATA`: boot only.
    BootdataVmo = 0x1a,
    /// `PA_VMO_BOOTFS`: boot only.
    BootfsVmo = 0x1b,
    /// `PA_VMO_KERNEL_FILE`: boot only.
    KernelFileVmo = 0x1c,
    /// `PA_VMO_COMPONENT_CONFIG`: structured configuration.
    ComponentConfigVmo = 0x1d,
    /// `PA_NS_DIR`: a namespace directory; arg is its index in the name table.
    NamespaceDirectory = 0x20,
    /// `PA_FD`: a file descriptor; arg is its number.
    FileDescriptor = 0x30,
    /// `PA_LIFECYCLE`: a server end of `fuchsia.process.Lifecycle`.
    Lifecycle = 0x3a,
    /// `PA_DIRECTORY_REQUEST`: the server end of the outgoing directory.
    DirectoryRequest = 0x3b,
    /// `PA_ESCROWED_DICTIONARY`: a stowed dictionary.
    EscrowedDictionary = 0x3c,
    /// `PA_LOG_SINK`: a client end of `fuchsia.logger.LogSink`.
    LogSink = 0x3d,
    /// `PA_RESOURCE`: a resource.
    Resource = 0x3f,
    /// `PA_CLOCK_UTC`: the UTC clock.
    ClockUtc = 0x40,
    /// `PA_MMIO_RESOURCE`
    MmioResource = 0x50,
    /// `PA_IRQ_RESOURCE`
    IrqResource = 0x51,
    /// `PA_IOPORT_RESOURCE`
    IoportResource = 0x52,
    /// `PA_SMC_RESOURCE`
    SmcResource = 0x53,
    /// `PA_SYSTEM_RESOURCE`
    SystemResource = 0x54,
    /// `PA_USER0`: for one-off uses.
    User0 = 0xf0,
    /// `PA_USER1`: for one-off uses.
    User1 = 0xf1,
    /// `PA_USER2`: for one-off uses.
    User2 = 0xf2,
}
