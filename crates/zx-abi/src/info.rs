//! Information topics and their records (zircon/syscalls/object.h), newest ABI.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// `ZX_INFO_HANDLE_VALID`
pub const INFO_HANDLE_VALID: u32 = 1;
/// `ZX_INFO_HANDLE_BASIC`
pub const INFO_HANDLE_BASIC: u32 = 2;
/// `ZX_INFO_PROCESS` of 2020, which has no version
pub const INFO_PROCESS_FIRST: u32 = 3;
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
/// `ZX_INFO_THREAD_EXCEPTION_REPORT`, version 1
pub const INFO_THREAD_EXCEPTION_REPORT: u32 = 11;
/// `ZX_INFO_THREAD_EXCEPTION_REPORT`, version 2
pub const INFO_THREAD_EXCEPTION_REPORT_V2: u32 = 0x1000_000b;
/// `ZX_INFO_TASK_STATS`, version 1
pub const INFO_TASK_STATS: u32 = 12;
/// `ZX_INFO_TASK_STATS`, version 2
pub const INFO_TASK_STATS_V2: u32 = 0x1000_000c;
/// `ZX_INFO_PROCESS_MAPS`, version 1
pub const INFO_PROCESS_MAPS: u32 = 13;
/// `ZX_INFO_PROCESS_MAPS`, version 2
pub const INFO_PROCESS_MAPS_V2: u32 = 0x1000_000d;
/// `ZX_INFO_PROCESS_MAPS`, version 3
pub const INFO_PROCESS_MAPS_V3: u32 = 0x2000_000d;
/// `ZX_INFO_PROCESS_VMOS`, version 1
pub const INFO_PROCESS_VMOS: u32 = 14;
/// `ZX_INFO_PROCESS_VMOS`, version 2
pub const INFO_PROCESS_VMOS_V2: u32 = 0x1000_000e;
/// `ZX_INFO_PROCESS_VMOS`, version 3
pub const INFO_PROCESS_VMOS_V3: u32 = 0x2000_000e;
/// `ZX_INFO_PROCESS_VMOS`, version 4
pub const INFO_PROCESS_VMOS_V4: u32 = 0x3000_000e;
/// `ZX_INFO_THREAD_STATS`
pub const INFO_THREAD_STATS: u32 = 15;
/// `ZX_INFO_CPU_STATS`
pub const INFO_CPU_STATS: u32 = 16;
/// `ZX_INFO_KMEM_STATS`
pub const INFO_KMEM_STATS: u32 = 17;
/// `ZX_INFO_RESOURCE`
pub const INFO_RESOURCE: u32 = 18;
/// `ZX_INFO_HANDLE_COUNT`
pub const INFO_HANDLE_COUNT: u32 = 19;
/// `ZX_INFO_PROCESS_HANDLE_STATS`
pub const INFO_PROCESS_HANDLE_STATS: u32 = 21;
/// `ZX_INFO_SOCKET`
pub const INFO_SOCKET: u32 = 22;
/// `ZX_INFO_VMO`, version 1
pub const INFO_VMO: u32 = 23;
/// `ZX_INFO_VMO`, version 2
pub const INFO_VMO_V2: u32 = 0x1000_0017;
/// `ZX_INFO_VMO`, version 3
pub const INFO_VMO_V3: u32 = 0x2000_0017;
/// `ZX_INFO_VMO`, version 4
pub const INFO_VMO_V4: u32 = 0x3000_0017;
/// `ZX_INFO_JOB`
pub const INFO_JOB: u32 = 24;
/// `ZX_INFO_STREAM`
pub const INFO_STREAM: u32 = 26;
/// `ZX_INFO_HANDLE_TABLE`
pub const INFO_HANDLE_TABLE: u32 = 27;
/// `ZX_INFO_TASK_RUNTIME`, version 1
pub const INFO_TASK_RUNTIME: u32 = 30;
/// `ZX_INFO_TASK_RUNTIME`, version 2
pub const INFO_TASK_RUNTIME_V2: u32 = 0x1000_001e;
/// `ZX_INFO_IOB`
pub const INFO_IOB: u32 = 34;
/// `ZX_INFO_IOB_REGIONS`
pub const INFO_IOB_REGIONS: u32 = 35;
/// `ZX_INFO_INTERRUPT`
pub const INFO_INTERRUPT: u32 = 39;
/// `ZX_INFO_VMAR_MAPS`: records as of [`INFO_PROCESS_MAPS_V3`].
pub const INFO_VMAR_MAPS: u32 = 36;

/// Every information topic with its name less the `ZX_`.
pub const INFO_TOPICS: &[(&str, u32)] = named![
    INFO_HANDLE_VALID,
    INFO_HANDLE_BASIC,
    INFO_PROCESS,
    INFO_PROCESS_THREADS,
    INFO_VMAR,
    INFO_JOB_CHILDREN,
    INFO_JOB_PROCESSES,
    INFO_THREAD,
    INFO_THREAD_EXCEPTION_REPORT,
    INFO_THREAD_EXCEPTION_REPORT_V2,
    INFO_TASK_STATS,
    INFO_TASK_STATS_V2,
    INFO_PROCESS_MAPS,
    INFO_PROCESS_MAPS_V2,
    INFO_PROCESS_MAPS_V3,
    INFO_PROCESS_VMOS,
    INFO_PROCESS_VMOS_V2,
    INFO_PROCESS_VMOS_V3,
    INFO_PROCESS_VMOS_V4,
    INFO_THREAD_STATS,
    INFO_CPU_STATS,
    INFO_KMEM_STATS,
    INFO_RESOURCE,
    INFO_HANDLE_COUNT,
    INFO_PROCESS_HANDLE_STATS,
    INFO_SOCKET,
    INFO_VMO,
    INFO_VMO_V2,
    INFO_VMO_V3,
    INFO_VMO_V4,
    INFO_JOB,
    INFO_STREAM,
    INFO_HANDLE_TABLE,
    INFO_TASK_RUNTIME,
    INFO_TASK_RUNTIME_V2,
    INFO_IOB,
    INFO_IOB_REGIONS,
    INFO_VMAR_MAPS,
    INFO_INTERRUPT,
];

/// [`InfoProcess::flags`]: the process was started.
pub const INFO_PROCESS_FLAG_STARTED: u32 = 1;
/// [`InfoProcess::flags`]: the process has ended.
pub const INFO_PROCESS_FLAG_EXITED: u32 = 2;
/// Flag of [`InfoProcess`]: it has a debugger's exception channel.
pub const INFO_PROCESS_FLAG_DEBUGGER_ATTACHED: u32 = 4;

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
    /// `zx_info_process_t` of 2020
    InfoProcessFirst {
        /// The return code, 0 until the process has ended.
        return_code: i64,
        /// Whether the process was started, 0 or 1.
        started: u8,
        /// Whether it has ended.
        exited: u8,
        /// Whether a debugger is attached.
        debugger_attached: u8,
        /// Zero.
        padding: [u8; 5],
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
/// [`InfoVmo::flags`]: found through a mapping.
pub const INFO_VMO_VIA_MAPPING: u32 = 16;
/// [`InfoVmo::flags`]: a pager has its pages.
pub const INFO_VMO_PAGER_BACKED: u32 = 32;
/// [`InfoVmo::flags`]: discardable.
pub const INFO_VMO_DISCARDABLE: u32 = 128;
/// [`InfoVmo::flags`]: cannot have changed since it was made.
pub const INFO_VMO_IMMUTABLE: u32 = 256;

record! {
    /// `zx_info_vmo_t`, version 4. Versions 1 to 3 are its first 104, 120 and 128 bytes.
    InfoVmoV4 {
        /// Version 1.
        v1: InfoVmo,
        /// Bytes of the kernel's own, for bookkeeping.
        metadata_bytes: u64,
        /// How often the kernel took pages away unasked.
        committed_change_events: u64,
        /// Bytes that were populated, compressed ones included.
        populated_bytes: u64,
        /// Committed bytes that no other VMO shares.
        committed_private_bytes: u64,
        /// Populated bytes that no other VMO shares.
        populated_private_bytes: u64,
        /// Committed bytes, each divided by the number of VMOs that share it.
        committed_scaled_bytes: u64,
        /// Populated bytes, each divided by the number of VMOs that share it.
        populated_scaled_bytes: u64,
        /// The fraction that `committed_scaled_bytes` lacks, in units of 2^-63.
        committed_fractional_scaled_bytes: u64,
        /// The fraction that `populated_scaled_bytes` lacks, in units of 2^-63.
        populated_fractional_scaled_bytes: u64,
    }
}

/// [`InfoMaps::kind`]: an address space.
pub const INFO_MAPS_TYPE_ASPACE: u32 = 1;
/// [`InfoMaps::kind`]: a VMAR.
pub const INFO_MAPS_TYPE_VMAR: u32 = 2;
/// [`InfoMaps::kind`]: a mapping.
pub const INFO_MAPS_TYPE_MAPPING: u32 = 3;

record! {
    /// `zx_info_maps_t`, version 3. Versions 1 and 2 are its first 96 and 104 bytes, and count
    /// pages instead of committed and populated bytes.
    InfoMaps {
        /// A name, NUL-padded.
        name: [u8; 32],
        /// The first address.
        base: u64,
        /// Bytes.
        size: u64,
        /// Nesting.
        depth: u64,
        /// [`INFO_MAPS_TYPE_ASPACE`] and its kin.
        kind: u32,
        /// Zero.
        padding: u32,
        /// Zero unless a mapping.
        mapping: InfoMapsMapping,
    }
}

record! {
    /// `zx_info_maps_mapping_t`, version 3
    InfoMapsMapping {
        /// `PERM_*` of [`VmOptions`](crate::VmOptions).
        mmu_flags: u32,
        /// Zero.
        padding: u32,
        /// The VMO's koid.
        vmo_koid: u64,
        /// Where in the VMO the mapping begins.
        vmo_offset: u64,
        /// Bytes committed.
        committed_bytes: u64,
        /// Bytes populated, compressed ones included.
        populated_bytes: u64,
        /// Committed bytes that no other VMO shares.
        committed_private_bytes: u64,
        /// Populated bytes that no other VMO shares.
        populated_private_bytes: u64,
        /// Committed bytes, each divided by the number of VMOs that share it.
        committed_scaled_bytes: u64,
        /// Populated bytes, each divided by the number of VMOs that share it.
        populated_scaled_bytes: u64,
        /// The fraction that `committed_scaled_bytes` lacks, in units of 2^-63.
        committed_fractional_scaled_bytes: u64,
        /// The fraction that `populated_scaled_bytes` lacks, in units of 2^-63.
        populated_fractional_scaled_bytes: u64,
    }
}

record! {
    /// `zx_vmo_lock_state_t`
    VmoLockState {
        /// The offset that was locked.
        offset: u64,
        /// Bytes locked.
        size: u64,
        /// Where discarded pages begin.
        discarded_offset: u64,
        /// Bytes from there that hold all discarded pages; 0 if none was.
        discarded_size: u64,
    }
}

record! {
    /// `zx_info_task_stats_t`, version 2. Version 1 is its first 32 bytes.
    InfoTaskStats {
        /// Bytes of all mappings.
        mem_mapped_bytes: u64,
        /// Committed bytes that only this task maps and only one VMO holds.
        mem_private_bytes: u64,
        /// All other committed bytes that it maps.
        mem_shared_bytes: u64,
        /// Its share of those.
        mem_scaled_shared_bytes: u64,
        /// The fraction that `mem_scaled_shared_bytes` lacks, in units of 2^-63.
        mem_fractional_scaled_shared_bytes: u64,
    }
}

/// [`InfoThreadStats::last_scheduled_cpu`]: none, or unknown.
pub const INFO_INVALID_CPU: u32 = u32::MAX;

record! {
    /// `zx_info_thread_stats_t`
    InfoThreadStats {
        /// Nanoseconds that the thread ran.
        total_runtime: i64,
        /// The CPU that it last ran on.
        last_scheduled_cpu: u32,
        /// Zero.
        padding: u32,
    }
}

record! {
    /// `zx_info_task_runtime_t`, version 2. Version 1 is its first 16 bytes.
    InfoTaskRuntime {
        /// Nanoseconds that the task and its children ran.
        cpu_time: i64,
        /// Nanoseconds that they waited for a CPU.
        queue_time: i64,
        /// Nanoseconds that they handled page faults.
        page_fault_time: i64,
        /// Nanoseconds that they waited for locks of the kernel.
        lock_contention_time: i64,
    }
}

record! {
    /// `zx_info_process_handle_stats_t`
    InfoProcessHandleStats {
        /// Handles by object type.
        handle_count: [u32; 64],
    }
}

record! {
    /// `zx_info_handle_extended_t`
    InfoHandleExtended {
        /// The object's type.
        object_type: u32,
        /// The handle's value in its process.
        handle_value: u32,
        /// The handle's rights.
        rights: u32,
        /// Zero.
        reserved: u32,
        /// The object's koid.
        koid: u64,
        /// The koid of the related object, or 0.
        related_koid: u64,
        /// Zero.
        peer_owner_koid: u64,
    }
}

record! {
    /// `zx_info_resource_t`
    InfoResource {
        /// [`ResourceKind`](crate::ResourceKind).
        kind: u32,
        /// [`RSRC_FLAG_EXCLUSIVE`](crate::RSRC_FLAG_EXCLUSIVE) or 0.
        flags: u32,
        /// Where the range begins.
        base: u64,
        /// How far it goes; with a base of 0, 0 is everything of the kind.
        size: u64,
        /// A name, NUL-padded.
        name: [u8; 32],
    }
}

record! {
    /// `zx_info_interrupt_t`
    InfoInterrupt {
        /// Creation options.
        options: u32,
    }
}

record! {
    /// `zx_info_cpu_stats_t`
    InfoCpuStats {
        /// Which processor.
        cpu_number: u32,
        /// 1 if it is online.
        flags: u32,
        /// Nanoseconds that it was idle.
        idle_time: i64,
        /// Counts of what it did, which this kernel does not know.
        counts: [u64; 13],
    }
}

record! {
    /// `zx_info_kmem_stats_t`
    InfoKmemStats {
        /// Bytes of memory that there are.
        total_bytes: u64,
        /// Bytes that nothing takes up.
        free_bytes: u64,
        /// Bytes that the kernel takes up for itself.
        wired_bytes: u64,
        /// Bytes of the kernel's heap.
        total_heap_bytes: u64,
        /// Of these, bytes that are free.
        free_heap_bytes: u64,
        /// Bytes of VMOs.
        vmo_bytes: u64,
        /// Bytes of page tables.
        mmu_overhead_bytes: u64,
        /// Bytes of what waits in channels and sockets.
        ipc_bytes: u64,
        /// Bytes of anything else.
        other_bytes: u64,
    }
}

record! {
    /// `zx_info_stream_t`
    InfoStream {
        /// [`StreamMode`](crate::StreamMode).
        options: u32,
        /// Zero.
        padding: u32,
        /// The seek offset in bytes.
        seek: u64,
        /// Bytes of content.
        content_size: u64,
    }
}

/// `ZX_INFO_TIMER`
pub const INFO_TIMER: u32 = 25;

record! {
    /// `zx_info_timer_t`
    InfoTimer {
        /// Creation options.
        options: u32,
        /// The `zx_clock_t` that it follows.
        clock_id: u32,
        /// What it is set to, or 0.
        deadline: i64,
        /// The slack that it was set with, or 0.
        slack: i64,
    }
}

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

// Sizes as the headers give them.
const _: () = assert!(size_of::<InfoCpuStats>() == 120 && size_of::<InfoKmemStats>() == 72);
const _: () = assert!(size_of::<InfoResource>() == 56);
const _: () = assert!(size_of::<InfoVmo>() == 104 && size_of::<InfoVmoV4>() == 176);
const _: () = assert!(size_of::<InfoMaps>() == 152 && size_of::<VmoLockState>() == 32);
const _: () = assert!(size_of::<InfoTaskStats>() == 40 && size_of::<InfoTaskRuntime>() == 32);
const _: () = assert!(size_of::<InfoProcessHandleStats>() == 256);
const _: () = assert!(size_of::<InfoHandleExtended>() == 40 && size_of::<InfoThreadStats>() == 16);
