//! Exceptions (zircon/syscalls/exception.h).

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
