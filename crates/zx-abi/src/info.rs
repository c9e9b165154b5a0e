//! Information topics and their records (zircon/syscalls/object.h), newest ABI.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// `ZX_INFO_HANDLE_VALID`
pub const INFO_HANDLE_VALID: u32 = 1;
/// `ZX_INFO_HANDLE_BASIC`
pub const INFO_HANDLE_BASIC: u32 = 2;
/// `ZX_INFO_PROCESS`, version 1
pub const INFO_PROCESS: u32 = 0x1000_0003;
/// `ZX_INFO_PROCESS_THREADS`
pub const INFO_PROCESS_THREADS: u32 = 4;
/// `ZX_INFO_VMAR`
pub const INFO_VMAR: u32 = 7;
/// `ZX_INFO_JOB_CHILDREN`
pub const INFO_JOB_CHILDREN: u32 = 8;
/// `ZX_INFO_JOB_PROCESSES`
pub const INFO_JOB_PROCESSES: u32 = 9;
/// `ZX_INFO_THREAD`
pub const INFO_THREAD: u32 = 10;
/// `ZX_INFO_PROCESS_MAPS`
pub const INFO_PROCESS_MAPS: u32 = 13;
/// `ZX_INFO_HANDLE_COUNT`
pub const INFO_HANDLE_COUNT: u32 = 19;
/// `ZX_INFO_SOCKET`
pub const INFO_SOCKET: u32 = 22;
/// `ZX_INFO_VMO`, version 1
pub const INFO_VMO: u32 = 23;
/// `ZX_INFO_JOB`
pub const INFO_JOB: u32 = 24;

/// [`InfoProcess::flags`]: the process was started.
pub const INFO_PROCESS_FLAG_STARTED: u32 = 1;
/// [`InfoProcess::flags`]: the process has ended.
pub const INFO_PROCESS_FLAG_EXITED: u32 = 2;

macro_rules! record {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $ty:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
        #[repr(C)]
        pub struct $name { $($(#[$field_doc])* pub $field: $ty,)* }
    };
}

record! {
    /// `zx_info_handle_basic_t`
    InfoHandleBasic {
        /// The object's koid.
        koid: u64,
        /// The handle's rights.
        rights: u32,
        /// The object's type.
        object_type: u32,
        /// The koid of the related object, or 0.
        related_koid: u64,
        /// Zero.
        reserved: u32,
        /// Zero.
        padding: u32,
    }
}

record! {
    /// `zx_info_process_t`
    InfoProcess {
        /// The return code, 0 until the process has ended.
        return_code: i64,
        /// When the process was started, in nanoseconds of the monotonic clock, or 0.
        start_time: i64,
        /// [`INFO_PROCESS_FLAG_STARTED`] and its kin.
        flags: u32,
        /// Zero.
        padding: u32,
    }
}

record! {
    /// `zx_info_vmar_t`
    InfoVmar {
        /// The first address.
        base: u64,
        /// Bytes.
        len: u64,
    }
}

record! {
    /// `zx_info_thread_t`
    InfoThread {
        /// `ZX_THREAD_STATE_*`
        state: u32,
        /// Which exception channel the thread waits for, 0 for none.
        wait_exception_channel_type: u32,
        /// The CPUs that the thread may run on.
        cpu_affinity_mask: [u64; 8],
    }
}

record! {
    /// `zx_info_socket_t`
    InfoSocket {
        /// Creation options.
        options: u32,
        /// Zero.
        padding: u32,
        /// Bytes that can be buffered for reading.
        rx_buf_max: u64,
        /// Bytes that are buffered for reading.
        rx_buf_size: u64,
        /// Bytes that can be read at once.
        rx_buf_available: u64,
        /// Bytes that the peer can buffer.
        tx_buf_max: u64,
        /// Bytes that the peer has buffered.
        tx_buf_size: u64,
    }
}

record! {
    /// `zx_info_vmo_t`, version 1
    InfoVmo {
        /// The VMO's koid.
        koid: u64,
        /// Its name, NUL-padded.
        name: [u8; 32],
        /// Its size in bytes.
        size_bytes: u64,
        /// Its parent's koid, or 0.
        parent_koid: u64,
        /// How many children it has.
        num_children: u64,
        /// How many mappings it has.
        num_mappings: u64,
        /// In how many address spaces it is mapped.
        share_count: u64,
        /// `ZX_INFO_VMO_*`
        flags: u32,
        /// Zero.
        padding1: u32,
        /// Bytes committed.
        committed_bytes: u64,
        /// Rights of the handle asked through.
        handle_rights: u32,
        /// The cache policy.
        cache_policy: u32,
    }
}

/// [`InfoVmo::flags`]: made of pages.
pub const INFO_VMO_TYPE_PAGED: u32 = 1;
/// [`InfoVmo::flags`]: can be resized.
pub const INFO_VMO_RESIZABLE: u32 = 2;
/// [`InfoVmo::flags`]: a copy-on-write child.
pub const INFO_VMO_IS_COW_CLONE: u32 = 4;
/// [`InfoVmo::flags`]: asked through a handle.
pub const INFO_VMO_VIA_HANDLE: u32 = 8;

record! {
    /// `zx_info_job_t`
    InfoJob {
        /// The return code, 0 until the job has ended.
        return_code: i64,
        /// 1 once the job has ended.
        exited: u8,
        /// 1 if the job dies first when memory runs out.
        kill_on_oom: u8,
        /// 1 if a debugger is attached.
        debugger_attached: u8,
        /// Zero.
        padding: [u8; 5],
    }
}
