//! Records that zx-abi has, member by member.

use std::fmt::Write as _;
use std::mem::{offset_of, size_of};

use crate::calls;

/// A record as C declares it.
#[derive(Clone, Debug)]
pub struct Record {
    /// The structure's tag. The type has a `_t` more.
    tag: &'static str,
    size: usize,
    members: Vec<Member>,
}

#[derive(Clone, Debug)]
struct Member {
    name: &'static str,
    /// Empty if another's declares it too.
    declaration: &'static str,
    offset: usize,
}

impl Record {
    /// Its declaration.
    pub fn declaration(&self) -> String {
        let mut text = String::new();
        // Those that calls name are declared with them.
        let is_declared = calls::records().any(|name| name.strip_suffix("_t") == Some(self.tag));
        if is_declared {
            let _ = writeln!(text, "struct {} {{", self.tag);
        } else {
            let _ = writeln!(text, "typedef struct {} {{", self.tag);
        }
        for member in self.members.iter().filter(|member| !member.declaration.is_empty()) {
            let _ = writeln!(text, "  {};", member.declaration);
        }
        if is_declared {
            text += "};\n";
        } else {
            let _ = writeln!(text, "}} {}_t;", self.tag);
        }
        text
    }

    /// Assertions of its size and of where its members are.
    pub fn layout_checks(&self) -> String {
        let Self { tag, size, members } = self;
        let mut text = format!("CHECK(sizeof({tag}_t) == {size});\n");
        for Member { name, offset, .. } in members {
            let _ = writeln!(text, "CHECK(offsetof({tag}_t, {name}) == {offset});");
        }
        text
    }

    /// An older version of it: its first bytes.
    fn cut(&self, tag: &'static str, size: usize) -> Self {
        let members = self.members.iter().filter(|member| member.offset < size).cloned().collect();
        Self { tag, size, members }
    }

    /// With another record's members in place of its first one.
    fn beginning_with(mut self, first: &Self) -> Self {
        self.members.splice(..1, first.members.iter().cloned());
        self
    }
}

/// A function that returns a record. Members have their names in Rust unless another is given.
macro_rules! record {
    ($(#[$doc:meta])* $function:ident $tag:literal $of:ident {
        $($field:ident $(as $name:literal)?: $declaration:literal,)*
    }) => {
        $(#[$doc])*
        pub fn $function() -> Record {
            // Every member is given.
            #[allow(dead_code)]
            fn all(zx_abi::$of { $($field: _),* }: zx_abi::$of) {}
            Record {
                tag: $tag,
                size: size_of::<zx_abi::$of>(),
                members: vec![$(Member {
                    name: [stringify!($field) $(, $name)?].last().copied().unwrap_or_default(),
                    declaration: $declaration,
                    offset: offset_of!(zx_abi::$of, $field),
                }),*],
            }
        }
    };
}

record! {
    handle_info "zx_handle_info" HandleInfo {
        handle: "zx_handle_t handle",
        object_type as "type": "zx_obj_type_t type",
        rights: "zx_rights_t rights",
        unused: "uint32_t unused",
    }
}

record! {
    handle_disposition "zx_handle_disposition" HandleDisposition {
        operation: "zx_handle_op_t operation",
        handle: "zx_handle_t handle",
        object_type as "type": "zx_obj_type_t type",
        rights: "zx_rights_t rights",
        result: "zx_status_t result",
    }
}

record! {
    io_vector "zx_iovec" IoVector {
        buffer: "void* buffer",
        capacity: "size_t capacity",
    }
}

record! {
    packet_interrupt "zx_packet_interrupt" PacketInterrupt {
        timestamp: "zx_time_t timestamp",
        reserved0: "uint64_t reserved0",
        reserved1: "uint64_t reserved1",
        reserved2: "uint64_t reserved2",
    }
}

record! {
    info_resource "zx_info_resource" InfoResource {
        kind: "uint32_t kind",
        flags: "uint32_t flags",
        base: "uint64_t base",
        size: "uint64_t size",
        name: "char name[ZX_MAX_NAME_LEN]",
    }
}

record! {
    info_interrupt "zx_info_interrupt" InfoInterrupt {
        options: "uint32_t options",
    }
}

record! {
    info_kmem_stats "zx_info_kmem_stats" InfoKmemStats {
        total_bytes: "uint64_t total_bytes",
        free_bytes: "uint64_t free_bytes",
        wired_bytes: "uint64_t wired_bytes",
        total_heap_bytes: "uint64_t total_heap_bytes",
        free_heap_bytes: "uint64_t free_heap_bytes",
        vmo_bytes: "uint64_t vmo_bytes",
        mmu_overhead_bytes: "uint64_t mmu_overhead_bytes",
        ipc_bytes: "uint64_t ipc_bytes",
        other_bytes: "uint64_t other_bytes",
    }
}

record! {
    info_stream "zx_info_stream" InfoStream {
        options: "uint32_t options",
        padding as "padding1": "uint8_t padding1[4]",
        seek: "zx_off_t seek",
        content_size: "uint64_t content_size",
    }
}

record! {
    channel_iovec "zx_channel_iovec" ChannelIovec {
        buffer: "const void* buffer",
        capacity: "uint32_t capacity",
        reserved: "uint32_t reserved",
    }
}

record! {
    channel_call_args "zx_channel_call_args" ChannelCallArgs {
        wr_bytes: "const void* wr_bytes",
        wr_handles: "const zx_handle_t* wr_handles",
        rd_bytes: "void* rd_bytes",
        rd_handles: "zx_handle_t* rd_handles",
        wr_num_bytes: "uint32_t wr_num_bytes",
        wr_num_handles: "uint32_t wr_num_handles",
        rd_num_bytes: "uint32_t rd_num_bytes",
        rd_num_handles: "uint32_t rd_num_handles",
    }
}

record! {
    channel_call_etc_args "zx_channel_call_etc_args" ChannelCallArgs {
        wr_bytes: "const void* wr_bytes",
        wr_handles: "zx_handle_disposition_t* wr_handles",
        rd_bytes: "void* rd_bytes",
        rd_handles: "zx_handle_info_t* rd_handles",
        wr_num_bytes: "uint32_t wr_num_bytes",
        wr_num_handles: "uint32_t wr_num_handles",
        rd_num_bytes: "uint32_t rd_num_bytes",
        rd_num_handles: "uint32_t rd_num_handles",
    }
}

record! {
    wait_item "zx_wait_item" WaitItem {
        handle: "zx_handle_t handle",
        waitfor: "zx_signals_t waitfor",
        pending: "zx_signals_t pending",
    }
}

record! {
    vmo_lock_state "zx_vmo_lock_state" VmoLockState {
        offset: "uint64_t offset",
        size: "uint64_t size",
        discarded_offset: "uint64_t discarded_offset",
        discarded_size: "uint64_t discarded_size",
    }
}

record! {
    proc_args "zx_proc_args" ProcArgs {
        protocol: "uint32_t protocol",
        version: "uint32_t version",
        handle_info_off: "uint32_t handle_info_off",
        args_off: "uint32_t args_off",
        args_num: "uint32_t args_num",
        environ_off: "uint32_t environ_off",
        environ_num: "uint32_t environ_num",
        names_off: "uint32_t names_off",
        names_num: "uint32_t names_num",
    }
}

record! {
    packet_signal "zx_packet_signal" PacketSignal {
        trigger: "zx_signals_t trigger",
        observed: "zx_signals_t observed",
        count: "uint64_t count",
        timestamp: "zx_time_t timestamp",
        reserved as "reserved1": "uint64_t reserved1",
    }
}

record! {
    packet_page_request "zx_packet_page_request" PacketPageRequest {
        command: "uint16_t command",
        flags: "uint16_t flags",
        reserved0: "uint32_t reserved0",
        offset: "uint64_t offset",
        length: "uint64_t length",
        reserved1: "uint64_t reserved1",
    }
}

record! {
    vmo_dirty_range "zx_vmo_dirty_range" VmoDirtyRange {
        offset: "uint64_t offset",
        length: "uint64_t length",
        options: "uint64_t options",
    }
}

record! {
    pager_vmo_stats "zx_pager_vmo_stats" PagerVmoStats {
        modified: "uint32_t modified",
    }
}

record! {
    port_packet "zx_port_packet" PortPacket {
        key: "uint64_t key",
        packet_type as "type": "uint32_t type",
        status: "zx_status_t status",
        payload as "user": "union {\n    zx_packet_user_t user;\n    zx_packet_signal_t signal;\n    \
            zx_packet_interrupt_t interrupt;\n    zx_packet_page_request_t page_request;\n  }",
    }
}

record! {
    info_handle_basic "zx_info_handle_basic" InfoHandleBasic {
        koid: "zx_koid_t koid",
        rights: "zx_rights_t rights",
        object_type as "type": "zx_obj_type_t type",
        related_koid: "zx_koid_t related_koid",
        reserved: "uint32_t reserved",
        padding as "padding1": "uint8_t padding1[4]",
    }
}

record! {
    info_process "zx_info_process" InfoProcess {
        return_code: "int64_t return_code",
        start_time: "zx_time_t start_time",
        flags: "zx_info_process_flags_t flags",
        padding as "padding1": "uint8_t padding1[4]",
    }
}

record! {
    info_vmar "zx_info_vmar" InfoVmar {
        base: "uintptr_t base",
        len: "size_t len",
    }
}

record! {
    info_thread "zx_info_thread" InfoThread {
        state: "zx_thread_state_t state",
        wait_exception_channel_type: "uint32_t wait_exception_channel_type",
        cpu_affinity_mask: "zx_cpu_set_t cpu_affinity_mask",
    }
}

record! {
    info_socket "zx_info_socket" InfoSocket {
        options: "uint32_t options",
        padding as "padding1": "uint8_t padding1[4]",
        rx_buf_max: "size_t rx_buf_max",
        rx_buf_size: "size_t rx_buf_size",
        rx_buf_available: "size_t rx_buf_available",
        tx_buf_max: "size_t tx_buf_max",
        tx_buf_size: "size_t tx_buf_size",
    }
}

record! {
    info_vmo_v1 "zx_info_vmo_v1" InfoVmo {
        koid: "zx_koid_t koid",
        name: "char name[ZX_MAX_NAME_LEN]",
        size_bytes: "uint64_t size_bytes",
        parent_koid: "zx_koid_t parent_koid",
        num_children: "size_t num_children",
        num_mappings: "size_t num_mappings",
        share_count: "size_t share_count",
        flags: "uint32_t flags",
        padding1: "uint8_t padding1[4]",
        committed_bytes: "uint64_t committed_bytes",
        handle_rights: "zx_rights_t handle_rights",
        cache_policy: "uint32_t cache_policy",
    }
}

record! {
    /// What version 4 has beyond the first.
    info_vmo_v4 "zx_info_vmo" InfoVmoV4 {
        v1: "zx_info_vmo_v1_t v1",
        metadata_bytes: "uint64_t metadata_bytes",
        committed_change_events: "uint64_t committed_change_events",
        populated_bytes: "uint64_t populated_bytes",
        committed_private_bytes: "uint64_t committed_private_bytes",
        populated_private_bytes: "uint64_t populated_private_bytes",
        committed_scaled_bytes: "uint64_t committed_scaled_bytes",
        populated_scaled_bytes: "uint64_t populated_scaled_bytes",
        committed_fractional_scaled_bytes: "uint64_t committed_fractional_scaled_bytes",
        populated_fractional_scaled_bytes: "uint64_t populated_fractional_scaled_bytes",
    }
}

pub fn info_vmo() -> Record {
    info_vmo_v4().beginning_with(&info_vmo_v1())
}

pub fn info_vmo_v2() -> Record {
    info_vmo().cut("zx_info_vmo_v2", 120)
}

pub fn info_vmo_v3() -> Record {
    info_vmo().cut("zx_info_vmo_v3", 128)
}

record! {
    info_maps_mapping "zx_info_maps_mapping" InfoMapsMapping {
        mmu_flags: "zx_vm_option_t mmu_flags",
        padding as "padding1": "uint8_t padding1[4]",
        vmo_koid: "zx_koid_t vmo_koid",
        vmo_offset: "uint64_t vmo_offset",
        committed_bytes: "size_t committed_bytes",
        populated_bytes: "size_t populated_bytes",
        committed_private_bytes: "size_t committed_private_bytes",
        populated_private_bytes: "size_t populated_private_bytes",
        committed_scaled_bytes: "size_t committed_scaled_bytes",
        populated_scaled_bytes: "size_t populated_scaled_bytes",
        committed_fractional_scaled_bytes: "uint64_t committed_fractional_scaled_bytes",
        populated_fractional_scaled_bytes: "uint64_t populated_fractional_scaled_bytes",
    }
}

record! {
    info_maps "zx_info_maps" InfoMaps {
        name: "char name[ZX_MAX_NAME_LEN]",
        base: "zx_vaddr_t base",
        size: "size_t size",
        depth: "size_t depth",
        kind as "type": "zx_info_maps_type_t type",
        padding as "padding1": "uint8_t padding1[4]",
        mapping as "u": "union {\n    zx_info_maps_mapping_t mapping;\n  } u",
    }
}

record! {
    info_task_stats "zx_info_task_stats" InfoTaskStats {
        mem_mapped_bytes: "size_t mem_mapped_bytes",
        mem_private_bytes: "size_t mem_private_bytes",
        mem_shared_bytes: "size_t mem_shared_bytes",
        mem_scaled_shared_bytes: "size_t mem_scaled_shared_bytes",
        mem_fractional_scaled_shared_bytes: "uint64_t mem_fractional_scaled_shared_bytes",
    }
}

pub fn info_task_stats_v1() -> Record {
    info_task_stats().cut("zx_info_task_stats_v1", 32)
}

record! {
    info_thread_stats "zx_info_thread_stats" InfoThreadStats {
        total_runtime: "zx_duration_t total_runtime",
        last_scheduled_cpu: "uint32_t last_scheduled_cpu",
        padding as "padding1": "uint8_t padding1[4]",
    }
}

record! {
    info_task_runtime "zx_info_task_runtime" InfoTaskRuntime {
        cpu_time: "zx_duration_t cpu_time",
        queue_time: "zx_duration_t queue_time",
        page_fault_time: "zx_duration_t page_fault_time",
        lock_contention_time: "zx_duration_t lock_contention_time",
    }
}

pub fn info_task_runtime_v1() -> Record {
    info_task_runtime().cut("zx_info_task_runtime_v1", 16)
}

record! {
    info_process_handle_stats "zx_info_process_handle_stats" InfoProcessHandleStats {
        handle_count: "uint32_t handle_count[ZX_OBJ_TYPE_UPPER_BOUND]",
    }
}

record! {
    info_handle_extended "zx_info_handle_extended" InfoHandleExtended {
        object_type as "type": "zx_obj_type_t type",
        handle_value: "zx_handle_t handle_value",
        rights: "zx_rights_t rights",
        reserved: "uint32_t reserved",
        koid: "zx_koid_t koid",
        related_koid: "zx_koid_t related_koid",
        peer_owner_koid: "zx_koid_t peer_owner_koid",
    }
}

record! {
    info_timer "zx_info_timer" InfoTimer {
        options: "uint32_t options",
        clock_id: "zx_clock_t clock_id",
        deadline: "zx_time_t deadline",
        slack: "zx_duration_t slack",
    }
}

record! {
    info_job "zx_info_job" InfoJob {
        return_code: "int64_t return_code",
        exited: "bool exited",
        kill_on_oom: "bool kill_on_oom",
        debugger_attached: "bool debugger_attached",
        padding as "padding1": "uint8_t padding1[5]",
    }
}

record! {
    policy_basic_v1 "zx_policy_basic_v1" RawPolicyBasicV1 {
        condition: "uint32_t condition",
        action as "policy": "uint32_t policy",
    }
}

record! {
    policy_basic_v2 "zx_policy_basic_v2" RawPolicyBasicV2 {
        condition: "uint32_t condition",
        action: "uint32_t action",
        flags: "uint32_t flags",
    }
}

record! {
    policy_timer_slack "zx_policy_timer_slack" RawPolicyTimerSlack {
        min_slack: "zx_duration_t min_slack",
        default_mode: "uint32_t default_mode",
        padding as "padding1": "uint8_t padding1[4]",
    }
}

record! {
    clock_transformation "zx_clock_transformation" ClockTransformation {
        reference_offset: "int64_t reference_offset",
        synthetic_offset: "int64_t synthetic_offset",
        synthetic_ticks as "rate": "zx_clock_rate_t rate",
        reference_ticks as "rate.reference_ticks": "",
    }
}

record! {
    clock_details "zx_clock_details_v1" ClockDetails {
        options: "uint64_t options",
        backstop_time: "zx_time_t backstop_time",
        reference_ticks_to_synthetic: "zx_clock_transformation_t reference_ticks_to_synthetic",
        reference_to_synthetic: "zx_clock_transformation_t reference_to_synthetic",
        error_bound: "uint64_t error_bound",
        query_ticks: "zx_ticks_t query_ticks",
        last_value_update_ticks: "zx_ticks_t last_value_update_ticks",
        last_rate_adjust_update_ticks: "zx_ticks_t last_rate_adjust_update_ticks",
        last_error_bounds_update_ticks: "zx_ticks_t last_error_bounds_update_ticks",
        generation_counter: "uint32_t generation_counter",
        padding as "padding1": "uint8_t padding1[4]",
    }
}

record! {
    clock_update_args_v1 "zx_clock_update_args_v1" ClockUpdateArgsV1 {
        rate_adjust: "int32_t rate_adjust",
        padding as "padding1": "uint8_t padding1[4]",
        value: "int64_t value",
        error_bound: "uint64_t error_bound",
    }
}

record! {
    clock_update_args_v2 "zx_clock_update_args_v2" ClockUpdateArgsV2 {
        rate_adjust: "int32_t rate_adjust",
        padding as "padding1": "uint8_t padding1[4]",
        synthetic_value: "int64_t synthetic_value",
        reference_value: "int64_t reference_value",
        error_bound: "uint64_t error_bound",
    }
}

record! {
    x86_64_registers "zx_x86_64_thread_state_general_regs" X86_64Registers {
        rax: "uint64_t rax",
        rbx: "uint64_t rbx",
        rcx: "uint64_t rcx",
        rdx: "uint64_t rdx",
        rsi: "uint64_t rsi",
        rdi: "uint64_t rdi",
        rbp: "uint64_t rbp",
        rsp: "uint64_t rsp",
        r8: "uint64_t r8",
        r9: "uint64_t r9",
        r10: "uint64_t r10",
        r11: "uint64_t r11",
        r12: "uint64_t r12",
        r13: "uint64_t r13",
        r14: "uint64_t r14",
        r15: "uint64_t r15",
        rip: "uint64_t rip",
        rflags: "uint64_t rflags",
        fs_base: "uint64_t fs_base",
        gs_base: "uint64_t gs_base",
    }
}

record! {
    x86_64_fp_registers "zx_x86_64_thread_state_fp_regs" X86_64FpRegisters {
        fcw: "uint16_t fcw",
        fsw: "uint16_t fsw",
        ftw: "uint8_t ftw",
        reserved: "uint8_t reserved",
        fop: "uint16_t fop",
        fip: "uint64_t fip",
        fdp: "uint64_t fdp",
        padding as "padding1": "uint8_t padding1[8]",
        st: "struct {\n    uint64_t low;\n    uint64_t high;\n  } st[8]",
    }
}

record! {
    x86_64_vector_registers "zx_x86_64_thread_state_vector_regs" X86_64VectorRegisters {
        zmm: "struct {\n    uint64_t v[8];\n  } zmm[32]",
        opmask: "uint64_t opmask[8]",
        mxcsr: "uint32_t mxcsr",
        padding as "padding1": "uint8_t padding1[4]",
    }
}

record! {
    x86_64_debug_registers "zx_x86_64_thread_state_debug_regs" X86_64DebugRegisters {
        dr: "uint64_t dr[4]",
        dr6: "uint64_t dr6",
        dr7: "uint64_t dr7",
    }
}

record! {
    aarch64_registers "zx_arm64_thread_state_general_regs" Aarch64Registers {
        r: "uint64_t r[30]",
        lr: "uint64_t lr",
        sp: "uint64_t sp",
        pc: "uint64_t pc",
        cpsr: "uint64_t cpsr",
        tpidr: "uint64_t tpidr",
    }
}

record! {
    riscv64_registers "zx_riscv64_thread_state_general_regs" Riscv64Registers {
        pc: "uint64_t pc",
        ra: "uint64_t ra",
        sp: "uint64_t sp",
        gp: "uint64_t gp",
        tp: "uint64_t tp",
        t0: "uint64_t t0",
        t1: "uint64_t t1",
        t2: "uint64_t t2",
        s0: "uint64_t s0",
        s1: "uint64_t s1",
        a as "a0": "uint64_t a0, a1, a2, a3, a4, a5, a6, a7",
        s2: "uint64_t s2, s3, s4, s5, s6, s7, s8, s9, s10, s11",
        t3: "uint64_t t3, t4, t5, t6",
    }
}

/// Every record.
pub fn all() -> Vec<Record> {
    vec![
        handle_info(),
        handle_disposition(),
        channel_iovec(),
        channel_call_args(),
        channel_call_etc_args(),
        wait_item(),
        vmo_lock_state(),
        io_vector(),
        info_stream(),
        packet_interrupt(),
        info_resource(),
        info_interrupt(),
        info_kmem_stats(),
        proc_args(),
        packet_page_request(),
        packet_signal(),
        port_packet(),
        vmo_dirty_range(),
        pager_vmo_stats(),
        info_handle_basic(),
        info_process(),
        info_vmar(),
        info_thread(),
        info_socket(),
        info_vmo_v1(),
        info_maps_mapping(),
        info_maps(),
        info_task_stats(),
        info_thread_stats(),
        info_task_runtime(),
        info_process_handle_stats(),
        info_handle_extended(),
        info_timer(),
        info_job(),
        policy_basic_v1(),
        policy_basic_v2(),
        policy_timer_slack(),
        clock_transformation(),
        clock_details(),
        clock_update_args_v1(),
        clock_update_args_v2(),
        x86_64_registers(),
        x86_64_fp_registers(),
        x86_64_vector_registers(),
        x86_64_debug_registers(),
        aarch64_registers(),
        riscv64_registers(),
        info_vmo(),
        info_vmo_v2(),
        info_vmo_v3(),
        info_task_stats_v1(),
        info_task_runtime_v1(),
    ]
}
