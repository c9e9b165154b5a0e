//! The assembled code, as data: it never runs in this process.

use std::arch::global_asm;
use std::ptr::addr_of;

use crate::native::frame;
use crate::native::guest::walls::Walls;
use crate::native::layout::{self, CONSTANTS, constant};

global_asm!(
    include_str!("stub.S"),
    DOORBELL = const layout::DOORBELL,
    ZYGOTE = const layout::ZYGOTE,
    ZYGOTE_LEN = const layout::SCRATCH_END - layout::ZYGOTE,
    RECORDS = const layout::RECORDS,
    RECORD = const layout::RECORD,
    MAX_RECORDS = const layout::MAX_RECORDS,
    FLAGS = const frame::FLAGS,
    OWN_FLAGS = const frame::OWN_FLAGS,
    SECCOMP_SET_MODE_FILTER = const libc::SECCOMP_SET_MODE_FILTER,
    SECCOMP_FILTER_FLAG_SPEC_ALLOW = const libc::SECCOMP_FILTER_FLAG_SPEC_ALLOW,
    SYS_EXIT_GROUP = const libc::SYS_exit_group,
    SYS_MUNMAP = const libc::SYS_munmap,
    SYS_CLONE = const libc::SYS_clone,
    SYS_CLOSE_RANGE = const libc::SYS_close_range,
    SYS_RT_SIGRETURN = const libc::SYS_rt_sigreturn,
    SYS_SECCOMP = const libc::SYS_seccomp,
);

/// How often in a row the helper lets Linux refuse it a message.
const TRIES: u32 = 16;

global_asm!(
    include_str!("zygote.S"),
    SCRATCH = const layout::SCRATCH,
    SCRATCH_END = const layout::SCRATCH_END,
    CONTROL = const layout::CONTROL,
    READ_ONLY_LEN = const layout::READ_ONLY_LEN,
    SLOTS = const layout::SLOTS,
    SLOTS_LEN = const layout::CONTROL_LEN - layout::READ_ONLY_LEN,
    USER_BASE = const zx_abi::Arch::X86_64.user_base(zx_abi::Abi::Newest),
    USER_LEN = const zx_abi::Arch::X86_64.user_top() - zx_abi::Arch::X86_64.user_base(zx_abi::Abi::Newest),
    OUTER_PROGRAM = const CONSTANTS + constant::OUTER_PROGRAM as u64,
    HANDLE_SIGNAL = const CONSTANTS + constant::HANDLE_SIGNAL as u64,
    IGNORE_SIGNAL = const CONSTANTS + constant::IGNORE_SIGNAL as u64,
    NO_LIMIT = const CONSTANTS + constant::NO_LIMIT as u64,
    SERVICE = const CONSTANTS + constant::SERVICE as u64,
    ROOT = const CONSTANTS + constant::ROOT as u64,
    RESULTS = const layout::RESULTS,
    RESULTS_LEN = const Walls::LEN,
    RECORD = const layout::RECORD,
    OUTSIDE = const CONSTANTS + constant::OUTSIDE as u64,
    INSIDE = const CONSTANTS + constant::INSIDE as u64,
    TRIES = const TRIES,
    CLONE_PARENT = const libc::CLONE_PARENT,
    ZYGOTE_NAME = const CONSTANTS + constant::ZYGOTE_NAME as u64,
    GUEST_NAME = const CONSTANTS + constant::GUEST_NAME as u64,
    FAILED_AT_CONTROL = const layout::failure::CONTROL,
    FAILED_AT_HELPER = const layout::failure::HELPER,
    FAILED_AT_LISTENER = const layout::failure::LISTENER,
    PR_SET_PDEATHSIG = const libc::PR_SET_PDEATHSIG,
    PR_SET_NAME = const libc::PR_SET_NAME,
    RLIMIT_CORE = const libc::RLIMIT_CORE,
    SIG_SETMASK = const libc::SIG_SETMASK,
    SIGILL = const libc::SIGILL,
    SIGTRAP = const libc::SIGTRAP,
    SIGBUS = const libc::SIGBUS,
    SIGFPE = const libc::SIGFPE,
    SIGSEGV = const libc::SIGSEGV,
    SIGSYS = const libc::SIGSYS,
    SUSPEND_SIGNAL = const layout::SUSPEND_SIGNAL,
    SUSPEND_MASK = const 1 << (layout::SUSPEND_SIGNAL - 1),
    SIGKILL = const libc::SIGKILL,
    SIGCHLD = const libc::SIGCHLD,
    MSG_CMSG_CLOEXEC = const libc::MSG_CMSG_CLOEXEC,
    MSG_NOSIGNAL = const libc::MSG_NOSIGNAL,
    SOL_SOCKET = const libc::SOL_SOCKET,
    SCM_RIGHTS = const libc::SCM_RIGHTS,
    PROT_READ = const libc::PROT_READ,
    PROT_WRITE = const libc::PROT_WRITE,
    MAP_SHARED = const libc::MAP_SHARED,
    MAP_FIXED = const libc::MAP_FIXED,
    SECCOMP_SET_MODE_FILTER = const libc::SECCOMP_SET_MODE_FILTER,
    SECCOMP_FILTER_FLAG_NEW_LISTENER = const libc::SECCOMP_FILTER_FLAG_NEW_LISTENER,
    SECCOMP_FILTER_FLAG_SPEC_ALLOW = const libc::SECCOMP_FILTER_FLAG_SPEC_ALLOW,
    SYS_PRCTL = const libc::SYS_prctl,
    SYS_SETPGID = const libc::SYS_setpgid,
    SYS_CHDIR = const libc::SYS_chdir,
    SYS_SETRLIMIT = const libc::SYS_setrlimit,
    SYS_CLOSE_RANGE = const libc::SYS_close_range,
    SYS_RT_SIGPROCMASK = const libc::SYS_rt_sigprocmask,
    SYS_RT_SIGACTION = const libc::SYS_rt_sigaction,
    SYS_MUNMAP = const libc::SYS_munmap,
    SYS_MMAP = const libc::SYS_mmap,
    SYS_GETPID = const libc::SYS_getpid,
    SYS_PIDFD_OPEN = const libc::SYS_pidfd_open,
    SYS_GETPPID = const libc::SYS_getppid,
    SYS_RECVMSG = const libc::SYS_recvmsg,
    SYS_SENDMSG = const libc::SYS_sendmsg,
    SYS_CLONE = const libc::SYS_clone,
    SYS_DUP2 = const libc::SYS_dup2,
    SYS_SECCOMP = const libc::SYS_seccomp,
    SYS_EXIT_GROUP = const libc::SYS_exit_group,
);

unsafe extern "C" {
    static zirconia_stub: u8;
    static zirconia_stub_end: u8;
    static zirconia_stub_signal: u8;
    static zirconia_stub_signal_with_bases: u8;
    static zirconia_stub_signal_return: u8;
    static zirconia_stub_sigreturn: u8;
    static zirconia_stub_sigreturn_return: u8;
    static zirconia_stub_service: u8;
    static zirconia_stub_service_return: u8;
    static zirconia_stub_start_return: u8;
    static zirconia_zygote: u8;
    static zirconia_zygote_end: u8;
}

/// Places in the resident page. `*Return` is what a system call made there reports as its
/// instruction pointer: the address after the instruction.
#[derive(Clone, Copy)]
pub enum Entry {
    Signal,
    SignalWithBases,
    SignalReturn,
    Sigreturn,
    SigreturnReturn,
    Service,
    ServiceReturn,
    StartReturn,
}

/// The guest's address of a place in the resident page.
pub fn entry(entry: Entry) -> u64 {
    let symbol = match entry {
        Entry::Signal => addr_of!(zirconia_stub_signal),
        Entry::SignalWithBases => addr_of!(zirconia_stub_signal_with_bases),
        Entry::SignalReturn => addr_of!(zirconia_stub_signal_return),
        Entry::Sigreturn => addr_of!(zirconia_stub_sigreturn),
        Entry::SigreturnReturn => addr_of!(zirconia_stub_sigreturn_return),
        Entry::Service => addr_of!(zirconia_stub_service),
        Entry::ServiceReturn => addr_of!(zirconia_stub_service_return),
        Entry::StartReturn => addr_of!(zirconia_stub_start_return),
    };
    layout::STUB + (symbol.addr() - addr_of!(zirconia_stub).addr()) as u64
}

/// The resident page's code.
pub fn stub() -> &'static [u8] {
    // SAFETY: both symbols delimit one read-only section that is assembled above.
    unsafe { between(addr_of!(zirconia_stub), addr_of!(zirconia_stub_end)) }
}

/// The zygote's code.
pub fn zygote() -> &'static [u8] {
    // SAFETY: as above.
    unsafe { between(addr_of!(zirconia_zygote), addr_of!(zirconia_zygote_end)) }
}

/// # Safety
/// Both point into the same read-only data, in this order.
unsafe fn between(start: *const u8, end: *const u8) -> &'static [u8] {
    // SAFETY: the caller promises it.
    unsafe { std::slice::from_raw_parts(start, end.addr() - start.addr()) }
}
