//! Exceptions (zircon/syscalls/exception.h).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// An architectural exception without a type of its own.
pub const EXCP_GENERAL: u32 = 0x8;
/// An access that no mapping allows.
pub const EXCP_FATAL_PAGE_FAULT: u32 = 0x108;
/// An instruction that does not exist.
pub const EXCP_UNDEFINED_INSTRUCTION: u32 = 0x208;
/// A breakpoint instruction.
pub const EXCP_SW_BREAKPOINT: u32 = 0x308;
/// A hardware breakpoint or single step.
pub const EXCP_HW_BREAKPOINT: u32 = 0x408;
/// A misaligned access.
pub const EXCP_UNALIGNED_ACCESS: u32 = 0x508;
/// Synthetic: a thread is about to run its first instruction.
pub const EXCP_THREAD_STARTING: u32 = 0x8008;
/// Synthetic: a thread is about to end.
pub const EXCP_THREAD_EXITING: u32 = 0x8108;
/// Synthetic: job policy or a forbidden system call.
pub const EXCP_POLICY_ERROR: u32 = 0x8208;
/// Synthetic: a process is about to run its first thread.
pub const EXCP_PROCESS_STARTING: u32 = 0x8308;
/// Synthetic: raised by the thread itself.
pub const EXCP_USER: u32 = 0x8309;

/// Set in the types of exceptions that no processor has raised.
pub const EXCP_SYNTH: u32 = 0x8000;

/// Every exception type.
pub const EXCEPTIONS: [u32; 11] = [
    EXCP_GENERAL,
    EXCP_FATAL_PAGE_FAULT,
    EXCP_UNDEFINED_INSTRUCTION,
    EXCP_SW_BREAKPOINT,
    EXCP_HW_BREAKPOINT,
    EXCP_UNALIGNED_ACCESS,
    EXCP_THREAD_STARTING,
    EXCP_THREAD_EXITING,
    EXCP_POLICY_ERROR,
    EXCP_PROCESS_STARTING,
    EXCP_USER,
];

/// `synth_code` of [`EXCP_POLICY_ERROR`]: too many messages in a channel.
pub const EXCP_POLICY_CODE_CHANNEL_FULL_WRITE: u32 = 16;
/// `synth_code` of [`EXCP_POLICY_ERROR`]: too many packets in a port.
pub const EXCP_POLICY_CODE_PORT_TOO_MANY_PACKETS: u32 = 17;
/// `synth_code` of [`EXCP_POLICY_ERROR`]: a system call that does not exist; data is its number.
pub const EXCP_POLICY_CODE_BAD_SYSCALL: u32 = 18;

/// The name of an exception type, as zircon's exception.h spells it less the `ZX_EXCP_`.
pub const fn exception_name(kind: u32) -> &'static str {
    match kind {
        EXCP_GENERAL => "GENERAL",
        EXCP_FATAL_PAGE_FAULT => "FATAL_PAGE_FAULT",
        EXCP_UNDEFINED_INSTRUCTION => "UNDEFINED_INSTRUCTION",
        EXCP_SW_BREAKPOINT => "SW_BREAKPOINT",
        EXCP_HW_BREAKPOINT => "HW_BREAKPOINT",
        EXCP_UNALIGNED_ACCESS => "UNALIGNED_ACCESS",
        EXCP_THREAD_STARTING => "THREAD_STARTING",
        EXCP_THREAD_EXITING => "THREAD_EXITING",
        EXCP_POLICY_ERROR => "POLICY_ERROR",
        EXCP_PROCESS_STARTING => "PROCESS_STARTING",
        EXCP_USER => "USER",
        _ => "UNKNOWN",
    }
}

/// `synth_code` of [`EXCP_USER`] below which codes are the system's.
pub const EXCP_USER_CODE_USER0: u32 = 0xf000;

/// Option of `zx_task_create_exception_channel`.
pub const EXCEPTION_CHANNEL_DEBUGGER: u32 = 1;
/// Option of `zx_thread_raise_exception`, the only one.
pub const EXCEPTION_TARGET_JOB_DEBUGGER: u32 = 1;
/// Channels of debuggers that a job may have, from the newest ABI on.
pub const EXCEPTION_MAX_JOB_DEBUGGERS: usize = 32;

/// `ZX_EXCEPTION_CHANNEL_TYPE_*`: which handler a thread waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u32)]
pub enum ExceptionChannelType {
    /// None.
    #[default]
    None = 0,
    /// The process's debugger.
    Debugger = 1,
    /// The thread's own.
    Thread = 2,
    /// The process's.
    Process = 3,
    /// A job's.
    Job = 4,
    /// The debugger of a job.
    JobDebugger = 5,
}

/// `ZX_EXCEPTION_STATE_*`: what becomes of a thread once the handle of its exception closes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u32)]
pub enum ExceptionState {
    /// The next handler is asked.
    #[default]
    TryNext = 0,
    /// The thread goes on.
    Handled = 1,
    /// The thread ends, alone. Not in 2020.
    ThreadExit = 2,
}

/// `zx_exception_info_t`: the bytes of a message from an exception channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct ExceptionInfo {
    /// The process's koid.
    pub pid: u64,
    /// The thread's koid.
    pub tid: u64,
    /// `ZX_EXCP_*`
    pub kind: u32,
    /// Zero.
    pub padding: u32,
}

/// `zx_exception_context_t` of x86-64.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct ExceptionDetails {
    /// The processor's vector.
    pub vector: u64,
    /// The processor's error code.
    pub err_code: u64,
    /// The address of a page fault.
    pub cr2: u64,
    /// Of policy errors and page faults, and what a thread raises itself.
    pub synth_code: u32,
    /// Belongs to `synth_code`.
    pub synth_data: u32,
}

/// `zx_exception_report_t`, version 2; version 1 ends before `synth_code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct ExceptionRecord {
    /// Bytes of the report in version 2.
    pub size: u32,
    /// `ZX_EXCP_*`
    pub kind: u32,
    /// What there is to know of it.
    pub context: ExceptionDetails,
}
