//! What each exported function does, whatever the architecture.

use zx_abi::{Abi, EntryKind, Support, Syscall};

use crate::data::{
    self, BOOT_TICKS_OFFSET, DCACHE_LINE_SIZE, DataAddresses, MAX_NUM_CPUS, MONO_TICKS_OFFSET,
    PHYSMEM, SYSTEM_PAGE_SIZE,
};

/// The body of a function. Numbers are kernel entries, addresses are in the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// Enters the kernel.
    Direct { number: u32, args: usize },
    /// Enters the kernel until the result is not `INTERNAL_INTR_RETRY`.
    BlockingRetry { number: u32, args: usize },
    /// `noretry(handle, options, deadline, args, actual_bytes, actual_handles)`, then
    /// `finish(deadline, args, actual_bytes, actual_handles)` while the result is
    /// `INTERNAL_INTR_RETRY`.
    ChannelCall { noretry: u32, finish: u32 },
    /// Draws at most 256 bytes at a time; traps if the kernel refuses.
    CprngDraw { once: u32 },
    /// `start_regs(handle, pc, sp, arg1, arg2, tp = 0, abi_reg = 0)`.
    ThreadStart { start_regs: u32 },
    /// Stores the value, wakes, closes, exits. A wake that fails is no error: the joiner may
    /// already have unmapped the futex.
    FutexWakeExit { futex_wake: u32, handle_close: u32, thread_exit: u32 },
    /// Unmaps the stack, closes, exits. Returns only if it could not unmap.
    VmarUnmapExit { vmar_unmap: u32, handle_close: u32, thread_exit: u32 },
    /// Looks at the value, then asks `get_info`.
    HandleCheckValid { get_info: u32 },
    /// Returns the `u32` at an address.
    Load32 { address: u64 },
    /// Returns the `u64` at an address.
    Load64 { address: u64 },
    /// Returns address and length of the version.
    VersionString,
    /// Copies the version and its NULs into a buffer of 64 bytes or more.
    CopyVersion,
    /// Stores the features of a kind below `kinds`.
    Features { kinds: u32 },
    /// Returns the string of a code.
    FindString { table: u64, entry_count: u64 },
    /// Writes back caches, line by line.
    CacheFlush,
    /// Returns the counter plus the offset at an address.
    Ticks { offset: u64, via_kernel: u32 },
    /// The same in nanoseconds.
    Nanoseconds { offset: u64, via_kernel: u32 },
    /// Monotonic nanoseconds plus a duration, clamped to what an instant can be.
    DeadlineAfter { offset: u64, via_kernel: u32 },
    /// Returns `NOT_SUPPORTED`.
    NotSupported,
}

/// The body of an exported function.
pub(crate) fn body(call: Syscall, abi: Abi, data: &DataAddresses) -> Body {
    let info = call.info();
    let own = || number(call, abi);
    let exit = || (number(Syscall::HandleClose, abi), number(Syscall::ThreadExit, abi));
    match (info.kind, call) {
        (EntryKind::Direct, _) => Body::Direct { number: own(), args: info.args.len() },
        (EntryKind::BlockingRetry, _) => {
            Body::BlockingRetry { number: own(), args: info.args.len() }
        }
        (EntryKind::ThreadStart, _) => match info.number(abi) {
            Some(number) => Body::Direct { number, args: info.args.len() },
            None => Body::ThreadStart { start_regs: number(Syscall::ThreadStartRegs, abi) },
        },
        (EntryKind::ChannelCall, Syscall::ChannelCallEtc) => Body::ChannelCall {
            noretry: number(Syscall::ChannelCallEtcNoretry, abi),
            finish: number(Syscall::ChannelCallEtcFinish, abi),
        },
        (EntryKind::ChannelCall, _) => Body::ChannelCall {
            noretry: number(Syscall::ChannelCallNoretry, abi),
            finish: number(Syscall::ChannelCallFinish, abi),
        },
        (EntryKind::CprngDraw, _) => Body::CprngDraw { once: number(Syscall::CprngDrawOnce, abi) },
        (EntryKind::ExitComposite, Syscall::FutexWakeHandleCloseThreadExit) => {
            let (handle_close, thread_exit) = exit();
            let futex_wake = number(Syscall::FutexWake, abi);
            Body::FutexWakeExit { futex_wake, handle_close, thread_exit }
        }
        (EntryKind::ExitComposite, _) => {
            let (handle_close, thread_exit) = exit();
            let vmar_unmap = number(Syscall::VmarUnmap, abi);
            Body::VmarUnmapExit { vmar_unmap, handle_close, thread_exit }
        }
        (EntryKind::HandleCheckValid, _) => {
            Body::HandleCheckValid { get_info: number(Syscall::ObjectGetInfo, abi) }
        }
        (EntryKind::VdsoOnly, call) => match info.support {
            Support::None(_) => Body::NotSupported,
            _ => vdso_only(call, abi, data),
        },
        (EntryKind::Hidden, call) => unreachable!("{} is not exported", call.name()),
    }
}

/// The body of a function that is answered inside the vDSO.
fn vdso_only(call: Syscall, abi: Abi, data: &DataAddresses) -> Body {
    let constant = |offset| data.constants + offset;
    let mono = data.time_values + MONO_TICKS_OFFSET;
    let boot = data.time_values + BOOT_TICKS_OFFSET;
    match call {
        Syscall::CacheFlush => Body::CacheFlush,
        Syscall::ClockGetMonotonic => Body::Nanoseconds {
            offset: mono,
            via_kernel: number(Syscall::ClockGetMonotonicViaKernel, abi),
        },
        Syscall::ClockGetBoot => Body::Nanoseconds {
            offset: boot,
            via_kernel: number(Syscall::ClockGetBootViaKernel, abi),
        },
        Syscall::DeadlineAfter => Body::DeadlineAfter {
            offset: mono,
            via_kernel: number(Syscall::ClockGetMonotonicViaKernel, abi),
        },
        Syscall::TicksGet => {
            Body::Ticks { offset: mono, via_kernel: number(Syscall::TicksGetViaKernel, abi) }
        }
        Syscall::TicksGetBoot => {
            Body::Ticks { offset: boot, via_kernel: number(Syscall::TicksGetBootViaKernel, abi) }
        }
        Syscall::TicksPerSecond => {
            Body::Load64 { address: data.time_values + data::TICKS_PER_SECOND }
        }
        Syscall::StatusGetString => {
            Body::FindString { table: data.statuses, entry_count: data.status_count }
        }
        Syscall::ExceptionGetString => {
            Body::FindString { table: data.exceptions, entry_count: data.exception_count }
        }
        Syscall::SystemGetDcacheLineSize => Body::Load32 { address: constant(DCACHE_LINE_SIZE) },
        Syscall::SystemGetNumCpus => Body::Load32 { address: constant(MAX_NUM_CPUS) },
        Syscall::SystemGetPageSize => Body::Load32 { address: constant(SYSTEM_PAGE_SIZE) },
        Syscall::SystemGetPhysmem => Body::Load64 { address: constant(PHYSMEM) },
        Syscall::SystemGetFeatures => {
            Body::Features { kinds: if abi == Abi::Newest { 5 } else { 3 } }
        }
        Syscall::SystemGetVersion => Body::CopyVersion,
        Syscall::SystemGetVersionString => Body::VersionString,
        call => unreachable!("{} has a kernel entry", call.name()),
    }
}

/// The number of an entry that the ABI has.
fn number(call: Syscall, abi: Abi) -> u32 {
    let number = call.info().number(abi);
    number.unwrap_or_else(|| unreachable!("{} has no number in {abi:?}", call.name()))
}
