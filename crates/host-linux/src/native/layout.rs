//! Where our own pages lie in a guest's address space: all of it below 0x20_0000, the
//! lowest address that Zircon gives to programs, and above Linux's usual `vm.mmap_min_addr`.

use zx_abi::{Abi, Arch};

pub const PAGE: u64 = zx_abi::PAGE_SIZE;

/// The resident code: entry of the calls, signal handler, service loop.
pub const STUB: u64 = 0x1_0000;
/// Filter programs and other constants, read-only.
pub const CONSTANTS: u64 = STUB + PAGE;
/// The zygote's code. Guests unmap it.
pub const ZYGOTE: u64 = CONSTANTS + PAGE;
/// The zygote's only writable page: buffers at its start, stack at its end. Guests unmap it.
pub const SCRATCH: u64 = ZYGOTE + PAGE;
pub const SCRATCH_END: u64 = SCRATCH + PAGE;
/// In between: what has become of the walls.
pub const RESULTS: u64 = SCRATCH + 0x400;

/// The control area: a memfd that host and guest share.
pub const CONTROL: u64 = 0x2_0000;
/// Orders for the service thread, which the guest can only read.
pub const RECORDS: u64 = CONTROL;
/// What a new thread begins with, by slot; read-only too.
pub const STARTS: u64 = RECORDS + (MAX_RECORDS * RECORD) as u64;
/// The filter of threads that begin when there is a vDSO, with its `struct sock_fprog`.
pub const FILTER: u64 = STARTS + (SLOT_COUNT * RECORD) as u64;
/// Bytes of the part that the guest can only read.
pub const READ_ONLY_LEN: usize = 0x1_0000;
/// A signal stack for each thread, writable.
pub const SLOTS: u64 = CONTROL + READ_ONLY_LEN as u64;
pub const CONTROL_LEN: usize = READ_ONLY_LEN + SLOT_COUNT * SLOT_LEN;

/// Room for that filter, in bytes.
pub const FILTER_LEN: usize = 0x400;
/// Bytes of a record: eight words.
pub const RECORD: usize = 64;
/// Orders in a batch, at most.
pub const MAX_RECORDS: usize = 768;

/// A signal stack. A signal frame has 3.6 KB with AVX-512; whether it fits is looked at before
/// anything runs.
pub const SLOT_LEN: usize = 0x2000;
/// Slot 0 is the service thread's message buffer.
pub const SLOT_COUNT: usize = 232;
/// Threads of one process, at most.
pub const MAX_THREADS: usize = SLOT_COUNT - 1;

/// The constants page.
pub mod constant {
    pub const OUTER_PROGRAM: usize = 0;
    pub const INNER_PROGRAM: usize = 16;
    pub const HANDLE_SIGNAL: usize = 32;
    pub const IGNORE_SIGNAL: usize = 64;
    pub const NO_LIMIT: usize = 96;
    pub const SERVICE: usize = 112;
    pub const ROOT: usize = 120;
    pub const ZYGOTE_NAME: usize = 128;
    pub const GUEST_NAME: usize = 144;
    pub const OUTSIDE: usize = 160;
    pub const INSIDE: usize = 176;
    pub const FILTERS: usize = 256;
    pub const TEXTS: usize = 0xe00;
}

/// What a guest or a zygote in the making says that does not get ready: one of these, plus an error
/// number, below 0.
pub mod failure {
    pub const ERRNO: u32 = 0xfff;
    /// The control area could not be mapped.
    pub const CONTROL: u64 = 0x1000;
    /// There is no filter with a listener.
    pub const LISTENER: u64 = 0x2000;
    /// There is no zygote.
    pub const HELPER: u64 = 0x3000;
}

/// The service thread's message buffer, in slot 0.
pub mod message {
    use super::SLOTS;

    /// `struct msghdr`
    pub const HEADER: u64 = SLOTS;
    /// Its only `struct iovec`
    pub const IOVEC: u64 = SLOTS + 64;
    /// One byte of data
    pub const DATA: u64 = SLOTS + 80;
    /// Control messages
    pub const ANCILLARY: u64 = SLOTS + 96;
    /// Descriptors in a message, at most (SCM_MAX_FD is 253).
    pub const MAX_DESCRIPTORS: usize = 128;
    pub const ANCILLARY_LEN: u64 = 16 + 4 * MAX_DESCRIPTORS as u64;
}

/// The number that rings the doorbell: getgid. Every seccomp profile allows it, and it would do
/// no harm if it ever ran.
pub const DOORBELL: u32 = libc::SYS_getgid as u32;

/// The number that rings it for a thread's last call, and ends the thread when the host lets it: exit.
pub const EXIT_DOORBELL: u32 = libc::SYS_exit as u32;

/// The signal that stops a thread. Elsewhere it is ignored unless one asks for it.
pub const SUSPEND_SIGNAL: i32 = libc::SIGURG;

/// The lowest address of a slot, a signal stack.
pub fn signal_stack(slot: usize) -> u64 {
    SLOTS + (slot * SLOT_LEN) as u64
}

/// Whether a page-aligned range lies where programs may have mappings. Those of the newest ABI begin
/// lowest.
pub fn is_user_range(base: u64, len: u64) -> bool {
    let arch = Arch::X86_64;
    base.is_multiple_of(PAGE)
        && len.is_multiple_of(PAGE)
        && len != 0
        && base >= arch.user_base(Abi::Newest)
        && base.checked_add(len).is_some_and(|end| end <= arch.user_top())
}

const _: () = {
    assert!(SCRATCH_END <= CONTROL);
    assert!(FILTER + FILTER_LEN as u64 <= SLOTS);
    assert!(CONTROL + CONTROL_LEN as u64 <= Arch::X86_64.user_base(Abi::Newest));
};
