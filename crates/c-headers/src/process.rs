//! Headers about a process itself: what it is started with, what it can ask its C library.

use crate::constants::{variants, zx};
use crate::header::{Header, declarations};
use crate::records;

pub fn headers() -> Vec<Header> {
    vec![
        Header::new(
            "zircon/process.h",
            "Handles that the C library keeps for its process, which still owns them.",
            &["zircon/compiler.h", "zircon/types.h"],
            [declarations(
                "zx_handle_t zx_process_self(void);\nzx_handle_t zx_thread_self(void);\n\
                 zx_handle_t zx_vmar_root_self(void);\nzx_handle_t zx_job_default(void);\n",
            )],
        ),
        Header::new(
            "zircon/utc.h",
            "The clock of the time of day, which the C library keeps for its process.",
            &["zircon/compiler.h", "zircon/types.h"],
            [declarations("zx_handle_t zx_utc_reference_get(void);\n")],
        ),
        Header::new(
            "zircon/processargs.h",
            "The message that a process is started with.",
            &["zircon/compiler.h", "zircon/types.h"],
            [
                zx!["uint32_t": PROCARGS_PROTOCOL, PROCARGS_VERSION],
                records::proc_args().declaration(),
                "// A handle's purpose: its type, and a number that tells handles of one type apart.\n\
                 #define PA_HND(type, arg) (((uint32_t)(type) & 0xffu) | \
                 (((uint32_t)(arg) & 0xffffu) << 16))\n\
                 #define PA_HND_TYPE(info) ((uint32_t)(info) & 0xffu)\n\
                 #define PA_HND_ARG(info) (((uint32_t)(info) >> 16) & 0xffffu)\n"
                    .into(),
                handle_types(),
                declarations(
                    "// Of the C library: a handle with that purpose, which is the caller's then;\n\
                     // ZX_HANDLE_INVALID if there is none, or somebody has it already.\n\
                     zx_handle_t zx_take_startup_handle(uint32_t info);\n",
                ),
            ],
        ),
    ]
}

fn handle_types() -> String {
    variants![
        "PA_" "uint32_t" HandleType:
        ProcessSelf "PROC_SELF",
        ThreadSelf "THREAD_SELF",
        DefaultJob "JOB_DEFAULT",
        RootVmar "VMAR_ROOT",
        LoadedVmar "VMAR_LOADED",
        LdsvcLoader "LDSVC_LOADER",
        VdsoVmo "VMO_VDSO",
        StackVmo "VMO_STACK",
        ExecutableVmo "VMO_EXECUTABLE",
        BootdataVmo "VMO_BOOTDATA",
        BootfsVmo "VMO_BOOTFS",
        KernelFileVmo "VMO_KERNEL_FILE",
        ComponentConfigVmo "VMO_COMPONENT_CONFIG",
        NamespaceDirectory "NS_DIR",
        FileDescriptor "FD",
        Lifecycle "LIFECYCLE",
        DirectoryRequest "DIRECTORY_REQUEST",
        EscrowedDictionary "ESCROWED_DICTIONARY",
        LogSink "LOG_SINK",
        Resource "RESOURCE",
        ClockUtc "CLOCK_UTC",
        MmioResource "MMIO_RESOURCE",
        IrqResource "IRQ_RESOURCE",
        IoportResource "IOPORT_RESOURCE",
        SmcResource "SMC_RESOURCE",
        SystemResource "SYSTEM_RESOURCE",
        User0 "USER0",
        User1 "USER1",
        User2 "USER2",
    ]
}
