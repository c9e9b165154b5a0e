//! Return codes of killed tasks (zircon/syscalls/object.h) and task states.

/// `zx_task_kill` ended the process.
pub const TASK_RETCODE_SYSCALL_KILL: i64 = -1024;
/// Lack of memory ended the process.
pub const TASK_RETCODE_OOM_KILL: i64 = -1025;
/// Job policy ended the process.
pub const TASK_RETCODE_POLICY_KILL: i64 = -1026;
/// Misuse of the vDSO ended the process.
pub const TASK_RETCODE_VDSO_KILL: i64 = -1027;
/// An exception that nobody handled ended the process.
pub const TASK_RETCODE_EXCEPTION_KILL: i64 = -1028;
/// The death of a critical process ended the job.
pub const TASK_RETCODE_CRITICAL_PROCESS_KILL: i64 = -1029;

/// A limit of processor time ended the process: this kernel's own, which Zircon does not have.
pub const TASK_RETCODE_CPU_TIME_KILL: i64 = -1088;

/// `ZX_PROCESS_SHARED`: option of `zx_process_create`.
pub const PROCESS_SHARED: u32 = 1;

/// `ZX_THREAD_STATE_GENERAL_REGS` (zircon/syscalls/debug.h): kinds of registers.
pub const THREAD_STATE_GENERAL_REGS: u32 = 0;
/// `ZX_THREAD_STATE_FP_REGS`
pub const THREAD_STATE_FP_REGS: u32 = 1;
/// `ZX_THREAD_STATE_VECTOR_REGS`
pub const THREAD_STATE_VECTOR_REGS: u32 = 2;
/// `ZX_THREAD_STATE_DEBUG_REGS`
pub const THREAD_STATE_DEBUG_REGS: u32 = 4;
/// `ZX_THREAD_STATE_SINGLE_STEP`
pub const THREAD_STATE_SINGLE_STEP: u32 = 5;

/// `ZX_THREAD_X86_REGISTER_FS` of 2020: the base of %fs.
pub const THREAD_X86_REGISTER_FS: u32 = 6;
/// `ZX_THREAD_X86_REGISTER_GS` of 2020: the base of %gs.
pub const THREAD_X86_REGISTER_GS: u32 = 7;

/// A kind of registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum StateKind {
    /// The general registers.
    General = THREAD_STATE_GENERAL_REGS,
    /// Those of the floating-point unit.
    Fp = THREAD_STATE_FP_REGS,
    /// Those of the vector unit.
    Vector = THREAD_STATE_VECTOR_REGS,
    /// Those for breakpoints and watchpoints.
    Debug = THREAD_STATE_DEBUG_REGS,
    /// Whether the thread stops behind its next instruction.
    SingleStep = THREAD_STATE_SINGLE_STEP,
}

impl StateKind {
    /// The kind with this number.
    pub const fn from_raw(raw: u32) -> Option<Self> {
        match raw {
            THREAD_STATE_GENERAL_REGS => Some(Self::General),
            THREAD_STATE_FP_REGS => Some(Self::Fp),
            THREAD_STATE_VECTOR_REGS => Some(Self::Vector),
            THREAD_STATE_DEBUG_REGS => Some(Self::Debug),
            THREAD_STATE_SINGLE_STEP => Some(Self::SingleStep),
            _ => None,
        }
    }
}

/// `ZX_THREAD_STATE_*` (zircon/syscalls/object.h).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum ThreadState {
    /// Not started yet.
    New = 0,
    /// Running.
    Running = 1,
    /// Suspended.
    Suspended = 2,
    /// Waiting in the kernel; the reason stands in the upper bits.
    Blocked = 3,
    /// Going away.
    Dying = 4,
    /// Gone.
    Dead = 5,
    /// Waiting for an exception handler.
    BlockedException = 0x103,
    /// Waiting in `zx_nanosleep`.
    BlockedSleeping = 0x203,
    /// Waiting for a futex.
    BlockedFutex = 0x303,
    /// Waiting for a port.
    BlockedPort = 0x403,
    /// Waiting in `zx_channel_call`.
    BlockedChannel = 0x503,
    /// Waiting in `zx_object_wait_one`.
    BlockedWaitOne = 0x603,
    /// Waiting in `zx_object_wait_many`.
    BlockedWaitMany = 0x703,
    /// Waiting in `zx_interrupt_wait`.
    BlockedInterrupt = 0x803,
    /// Waiting for a page.
    BlockedPager = 0x903,
}
