//! Properties (zircon/syscalls/object.h, `ZX_PROP_*`).

/// x86: the gs base of the calling thread; set only.
pub const PROP_REGISTER_GS: u32 = 2;
/// The object's name, 32 bytes with its NUL.
pub const PROP_NAME: u32 = 3;
/// x86: the fs base of the calling thread; set only.
pub const PROP_REGISTER_FS: u32 = 4;
/// Where the dynamic linker keeps its list of modules, for debuggers.
pub const PROP_PROCESS_DEBUG_ADDR: u32 = 5;
/// Where the vDSO is mapped; get only.
pub const PROP_PROCESS_VDSO_BASE_ADDRESS: u32 = 6;
/// Whether the process stops at each load of a module.
pub const PROP_PROCESS_BREAK_ON_LOAD: u32 = 7;
/// x86: the id by which hardware traces know the process; get only, with debugging calls.
pub const PROP_HW_TRACE_CONTEXT_ID: u32 = 8;
/// Bytes to buffer before a socket raises READ_THRESHOLD.
pub const PROP_SOCKET_RX_THRESHOLD: u32 = 12;
/// Bytes of room before a socket raises WRITE_THRESHOLD.
pub const PROP_SOCKET_TX_THRESHOLD: u32 = 13;
/// Whether a job dies first when memory runs out, 0 or 1; set only.
pub const PROP_JOB_KILL_ON_OOM: u32 = 15;
/// What becomes of a thread once its exception's handle closes: [`ExceptionState`](crate::ExceptionState).
pub const PROP_EXCEPTION_STATE: u32 = 16;
/// The stream size of a VMO in bytes.
pub const PROP_VMO_CONTENT_SIZE: u32 = 17;
/// Whether a debugger is asked again once the process's handler has been: 0 or 1.
pub const PROP_EXCEPTION_STRATEGY: u32 = 18;

/// Whether a stream writes at its end, one byte, 0 or not. Since 2021.
pub const PROP_STREAM_MODE_APPEND: u32 = 19;

/// Every property with its name less the `ZX_`.
pub const PROPERTIES: &[(&str, u32)] = named![
    PROP_REGISTER_GS,
    PROP_NAME,
    PROP_REGISTER_FS,
    PROP_PROCESS_DEBUG_ADDR,
    PROP_PROCESS_VDSO_BASE_ADDRESS,
    PROP_PROCESS_BREAK_ON_LOAD,
    PROP_HW_TRACE_CONTEXT_ID,
    PROP_SOCKET_RX_THRESHOLD,
    PROP_SOCKET_TX_THRESHOLD,
    PROP_JOB_KILL_ON_OOM,
    PROP_EXCEPTION_STATE,
    PROP_VMO_CONTENT_SIZE,
    PROP_STREAM_MODE_APPEND,
    PROP_EXCEPTION_STRATEGY,
];

/// The magic value of [`PROP_PROCESS_DEBUG_ADDR`] that may be replaced.
pub const PROCESS_DEBUG_ADDR_BREAK_ON_SET: u64 = 1;
