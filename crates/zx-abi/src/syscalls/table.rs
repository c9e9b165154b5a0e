//! The table of system calls.
//!
//! A row is a call: its identity, its name, its entry kind, what the ABI of 2020 and the newest make
//! of it, its support, and its prototype. A number is a kernel entry; `vdso` a function without an
//! entry of its own; `_` means that the ABI does not know the call. A new call takes the next free
//! number. Where a name has another prototype in another ABI, it stands for another call and has
//! another row.
//!
//! Support is `full`, `partial` with what is missing, or `none` with the reason.
//!
//! In prototypes, `[count]` behind an array says which argument counts its elements,
//! `[count * unit]` also which one tells the bytes of each, and `[count => written]` which one tells
//! how many of them the call has written.

/// Hands every row of the table to the macro of this name.
#[macro_export]
macro_rules! syscall_table {
    ($callback:ident) => { $callback! {
    Bti {
        BtiCreate bti_create Direct [0 0] none(DEVICES)
            fn(iommu: HandleValue, options: Options<u32>, bti_id: Word,
               out: Out<HandleValue>) -> Status;
        BtiPin bti_pin Direct [1 1] none(DEVICES)
            fn(handle: HandleValue, options: Options<u32>, vmo: HandleValue, offset: Offset,
               size: Size, addrs: Out<[Address]>[num_addrs], num_addrs: Size,
               pmt: Out<HandleValue>) -> Status;
        BtiReleaseQuarantine bti_release_quarantine Direct [2 2] none(DEVICES)
            fn(handle: HandleValue) -> Status;
        PmtUnpin pmt_unpin Direct [95 101] none(DEVICES)
            fn(handle: HandleValue) -> Status;
    }
    Cache {
        CacheFlush cache_flush VdsoOnly [vdso vdso] full
            fn(addr: In<Opaque>, size: Size, options: Options<u32>) -> Status;
    }
    Channel {
        ChannelCall channel_call ChannelCall [vdso vdso] full
            fn(handle: HandleValue, options: Options<u32>, deadline: Deadline,
               args: In<ChannelCallArgs>, actual_bytes: Out<u32>,
               actual_handles: Out<u32>) -> Status;
        ChannelCallEtc channel_call_etc ChannelCall [vdso vdso] full
            fn(handle: HandleValue, options: Options<u32>, deadline: Deadline,
               args: InOut<ChannelCallEtcArgs>, actual_bytes: Out<u32>,
               actual_handles: Out<u32>) -> Status;
        ChannelCallEtcFinish channel_call_etc_finish Hidden [168 3] full
            fn(deadline: Deadline, args: InOut<ChannelCallEtcArgs>, actual_bytes: Out<u32>,
               actual_handles: Out<u32>) -> Status;
        ChannelCallEtcNoretry channel_call_etc_noretry Hidden [167 4] full
            fn(handle: HandleValue, options: Options<u32>, deadline: Deadline,
               args: InOut<ChannelCallEtcArgs>, actual_bytes: Out<u32>,
               actual_handles: Out<u32>) -> Status;
        ChannelCallFinish channel_call_finish Hidden [9 5] full
            fn(deadline: Deadline, args: In<ChannelCallArgs>, actual_bytes: Out<u32>,
               actual_handles: Out<u32>) -> Status;
        ChannelCallNoretry channel_call_noretry Hidden [8 6] full
            fn(handle: HandleValue, options: Options<u32>, deadline: Deadline,
               args: In<ChannelCallArgs>, actual_bytes: Out<u32>,
               actual_handles: Out<u32>) -> Status;
        ChannelCreate channel_create Direct [3 7] full
            fn(options: Options<u32>, out0: Out<HandleValue>, out1: Out<HandleValue>) -> Status;
        ChannelRead channel_read Direct [4 8] full
            fn(handle: HandleValue, options: Options<u32>,
               bytes: Out<[u8]>[num_bytes => actual_bytes],
               handles: Out<[HandleValue]>[num_handles => actual_handles], num_bytes: u32,
               num_handles: u32, actual_bytes: Option<Out<u32>>,
               actual_handles: Option<Out<u32>>) -> Status;
        ChannelReadEtc channel_read_etc Direct [5 9] full
            fn(handle: HandleValue, options: Options<u32>,
               bytes: Out<[u8]>[num_bytes => actual_bytes],
               handles: Out<[HandleInfo]>[num_handles => actual_handles], num_bytes: u32,
               num_handles: u32, actual_bytes: Option<Out<u32>>,
               actual_handles: Option<Out<u32>>) -> Status;
        ChannelWrite channel_write Direct [6 10] full
            fn(handle: HandleValue, options: Options<u32>, bytes: In<[MessageBytes]>[num_bytes],
               num_bytes: u32, handles: In<[HandleValue]>[num_handles], num_handles: u32) -> Status;
        ChannelWriteEtc channel_write_etc Direct [7 11] full
            fn(handle: HandleValue, options: Options<u32>, bytes: In<[MessageBytes]>[num_bytes],
               num_bytes: u32, handles: InOut<[HandleDisposition]>[num_handles],
               num_handles: u32) -> Status;
    }
    Clock {
        ClockAdjust clock_adjust Direct [11 _] full
            fn(handle: HandleValue, clock_id: FirstClockId, offset: i64) -> Status;
        ClockCreate clock_create Direct [13 12] full
            fn(options: Options<u64>, args: In<Opaque>, out: Out<HandleValue>) -> Status;
        ClockGet clock_get Direct [10 _] full
            fn(clock_id: FirstClockId, out: Out<Instant>) -> Status;
        ClockGetBoot clock_get_boot VdsoOnly [_ vdso] full
            fn() -> Instant;
        ClockGetBootViaKernel clock_get_boot_via_kernel Hidden [_ 13] full
            fn() -> Instant;
        ClockGetDetails clock_get_details Direct [15 14] full
            fn(handle: HandleValue, options: Options<u64>, details: Out<Opaque>) -> Status;
        ClockGetDetailsMapped clock_get_details_mapped Direct [_ 215] full
            fn(clock_addr: In<Opaque>, options: Options<u64>, details: Out<Opaque>) -> Status;
        ClockGetMonotonic clock_get_monotonic VdsoOnly [vdso vdso] full
            fn() -> Instant;
        ClockGetMonotonicViaKernel clock_get_monotonic_via_kernel Hidden [12 15] full
            fn() -> Instant;
        ClockRead clock_read Direct [14 16] full
            fn(handle: HandleValue, now: Out<Instant>) -> Status;
        ClockReadMapped clock_read_mapped Direct [_ 216] full
            fn(clock_addr: In<Opaque>, now: Out<Instant>) -> Status;
        ClockUpdate clock_update Direct [16 17] full
            fn(handle: HandleValue, options: Options<u64>, args: In<Opaque>) -> Status;
        DeadlineAfter deadline_after VdsoOnly [vdso vdso] full
            fn(nanoseconds: Duration) -> Instant;
        Nanosleep nanosleep BlockingRetry [62 71] full
            fn(deadline: Deadline) -> Status;
        TicksGet ticks_get VdsoOnly [vdso vdso] full
            fn() -> Ticks;
        TicksGetBoot ticks_get_boot VdsoOnly [_ vdso] full
            fn() -> Ticks;
        TicksGetBootViaKernel ticks_get_boot_via_kernel Hidden [_ 182] full
            fn() -> Ticks;
        TicksGetViaKernel ticks_get_via_kernel Hidden [63 183] full
            fn() -> Ticks;
        TicksPerSecond ticks_per_second VdsoOnly [vdso vdso] full
            fn() -> Ticks;
    }
    Counter {
        CounterAdd counter_add Direct [_ 18] full
            fn(handle: HandleValue, value: i64) -> Status;
        CounterCreate counter_create Direct [_ 19] full
            fn(options: Options<u32>, out: Out<HandleValue>) -> Status;
        CounterRead counter_read Direct [_ 20] full
            fn(handle: HandleValue, value: Out<i64>) -> Status;
        CounterWrite counter_write Direct [_ 21] full
            fn(handle: HandleValue, value: i64) -> Status;
    }
    Cprng {
        CprngAddEntropy cprng_add_entropy Direct [18 22] full
            fn(buffer: In<[u8]>[buffer_size], buffer_size: Size) -> Status;
        CprngDraw cprng_draw CprngDraw [vdso vdso] full
            fn(buffer: Out<[u8]>[buffer_size], buffer_size: Size) -> Void;
        CprngDrawOnce cprng_draw_once Hidden [17 23] full
            fn(buffer: Out<[u8]>[buffer_size], buffer_size: Size) -> Status;
    }
    DebugSerial {
        DebugRead debug_read Direct [19 24] partial(NO_SERIAL)
            fn(handle: HandleValue, buffer: Out<[Text]>[buffer_size => actual], buffer_size: Size,
               actual: Out<Size>) -> Status;
        DebugSendCommand debug_send_command Direct [21 25] none(SHELL)
            fn(resource: HandleValue, buffer: In<[Text]>[buffer_size], buffer_size: Size) -> Status;
        DebugWrite debug_write Direct [20 26] full
            fn(buffer: In<[Text]>[buffer_size], buffer_size: Size) -> Status;
    }
    Debuglog {
        DebuglogCreate debuglog_create Direct [22 27] full
            fn(resource: HandleValue, options: Options<u32>, out: Out<HandleValue>) -> Status;
        DebuglogRead debuglog_read Direct [24 28] full
            fn(handle: HandleValue, options: Options<u32>, buffer: Out<[u8]>[buffer_size],
               buffer_size: Size) -> Status;
        DebuglogWrite debuglog_write Direct [23 29] full
            fn(handle: HandleValue, options: Options<u32>, buffer: In<[u8]>[buffer_size],
               buffer_size: Size) -> Status;
    }
    Event {
        EventCreate event_create Direct [25 30] full
            fn(options: Options<u32>, out: Out<HandleValue>) -> Status;
    }
    Eventpair {
        EventpairCreate eventpair_create Direct [26 31] full
            fn(options: Options<u32>, out0: Out<HandleValue>, out1: Out<HandleValue>) -> Status;
    }
    Exception {
        ExceptionGetProcess exception_get_process Direct [28 32] full
            fn(handle: HandleValue, out: Out<HandleValue>) -> Status;
        ExceptionGetString exception_get_string VdsoOnly [vdso vdso] full
            fn(exception: u32) -> StaticText;
        ExceptionGetThread exception_get_thread Direct [27 33] full
            fn(handle: HandleValue, out: Out<HandleValue>) -> Status;
    }
    Fifo {
        FifoCreate fifo_create Direct [29 34] full
            fn(elem_count: Size, elem_size: Size, options: Options<u32>, out0: Out<HandleValue>,
               out1: Out<HandleValue>) -> Status;
        FifoRead fifo_read Direct [30 35] full
            fn(handle: HandleValue, elem_size: Size,
               data: Out<[u8]>[data_size * elem_size => actual_count], data_size: Size,
               actual_count: Option<Out<Size>>) -> Status;
        FifoWrite fifo_write Direct [31 36] full
            fn(handle: HandleValue, elem_size: Size, data: In<[u8]>[count * elem_size],
               count: Size, actual_count: Option<Out<Size>>) -> Status;
    }
    Framebuffer {
        FramebufferGetInfo framebuffer_get_info Direct [32 _] none(DEVICES)
            fn(resource: HandleValue, format: Out<u32>, width: Out<u32>, height: Out<u32>,
               stride: Out<u32>) -> Status;
        FramebufferSetRange framebuffer_set_range Direct [33 _] none(DEVICES)
            fn(resource: HandleValue, vmo: HandleValue, len: u32, format: u32, width: u32,
               height: u32, stride: u32) -> Status;
    }
    Futex {
        FutexGetOwner futex_get_owner Direct [39 37] full
            fn(value_ptr: In<FutexValue>, koid: Out<u64>) -> Status;
        FutexRequeue futex_requeue Direct [36 38] full
            fn(value_ptr: In<FutexValue>, wake_count: u32, current_value: FutexValue,
               requeue_ptr: In<FutexValue>, requeue_count: u32,
               new_requeue_owner: HandleValue) -> Status;
        FutexRequeueSingleOwner futex_requeue_single_owner Direct [38 39] full
            fn(value_ptr: In<FutexValue>, current_value: FutexValue, requeue_ptr: In<FutexValue>,
               requeue_count: u32, new_requeue_owner: HandleValue) -> Status;
        FutexWait futex_wait BlockingRetry [34 40] full
            fn(value_ptr: In<FutexValue>, current_value: FutexValue, new_futex_owner: HandleValue,
               deadline: Deadline) -> Status;
        FutexWake futex_wake Direct [35 41] full
            fn(value_ptr: In<FutexValue>, wake_count: u32) -> Status;
        FutexWakeHandleCloseThreadExit futex_wake_handle_close_thread_exit ExitComposite [vdso vdso] full
            fn(value_ptr: In<FutexValue>, wake_count: u32, new_value: i32,
               close_handle: HandleValue) -> NoReturn;
        FutexWakeSingleOwner futex_wake_single_owner Direct [37 42] full
            fn(value_ptr: In<FutexValue>) -> Status;
    }
    Handle {
        HandleCheckValid handle_check_valid HandleCheckValid [_ vdso] full
            fn(handle: HandleValue) -> Status;
        HandleClose handle_close Direct [42 45] full
            fn(handle: HandleValue) -> Status;
        HandleCloseMany handle_close_many Direct [43 46] full
            fn(handles: In<[HandleValue]>[num_handles], num_handles: Size) -> Status;
        HandleDuplicate handle_duplicate Direct [44 47] full
            fn(handle: HandleValue, rights: Rights, out: Out<HandleValue>) -> Status;
        HandleReplace handle_replace Direct [45 48] full
            fn(handle: HandleValue, rights: Rights, out: Out<HandleValue>) -> Status;
    }
    Hypervisor {
        GuestCreate guest_create Direct [40 43] none(GUESTS)
            fn(resource: HandleValue, options: Options<u32>, guest_handle: Out<HandleValue>,
               vmar_handle: Out<HandleValue>) -> Status;
        GuestSetTrap guest_set_trap Direct [41 44] none(GUESTS)
            fn(handle: HandleValue, kind: u32, addr: Address, size: Size, port_handle: HandleValue,
               key: Word) -> Status;
        VcpuCreate vcpu_create Direct [145 187] none(GUESTS)
            fn(guest: HandleValue, options: Options<u32>, entry: Address,
               out: Out<HandleValue>) -> Status;
        VcpuEnter vcpu_enter BlockingRetry [_ 188] none(GUESTS)
            fn(handle: HandleValue, packet: Out<PortPacket>) -> Status;
        VcpuInterrupt vcpu_interrupt Direct [147 189] none(GUESTS)
            fn(handle: HandleValue, vector: u32) -> Status;
        VcpuKick vcpu_kick Direct [_ 190] none(GUESTS)
            fn(handle: HandleValue) -> Status;
        VcpuReadState vcpu_read_state Direct [148 191] none(GUESTS)
            fn(handle: HandleValue, kind: u32, buffer: Out<[u8]>[buffer_size],
               buffer_size: Size) -> Status;
        VcpuResume vcpu_resume BlockingRetry [146 _] none(GUESTS)
            fn(handle: HandleValue, packet: Out<PortPacket>) -> Status;
        VcpuWriteState vcpu_write_state Direct [149 192] none(GUESTS)
            fn(handle: HandleValue, kind: u32, buffer: In<[u8]>[buffer_size],
               buffer_size: Size) -> Status;
    }
    Interrupt {
        InterruptAck interrupt_ack Direct [50 49] full
            fn(handle: HandleValue) -> Status;
        InterruptBind interrupt_bind Direct [47 50] full
            fn(handle: HandleValue, port_handle: HandleValue, key: Word,
               options: Options<u32>) -> Status;
        InterruptBindVcpu interrupt_bind_vcpu Direct [52 _] none(DEVICES)
            fn(handle: HandleValue, vcpu: HandleValue, options: Options<u32>) -> Status;
        InterruptCreate interrupt_create Direct [46 51] partial(VIRTUAL)
            fn(src_obj: HandleValue, src_num: u32, options: Options<u32>,
               out_handle: Out<HandleValue>) -> Status;
        InterruptDestroy interrupt_destroy Direct [49 52] full
            fn(handle: HandleValue) -> Status;
        InterruptTrigger interrupt_trigger Direct [51 53] full
            fn(handle: HandleValue, options: Options<u32>, timestamp: Instant) -> Status;
        InterruptWait interrupt_wait BlockingRetry [48 54] full
            fn(handle: HandleValue, out_timestamp: Option<Out<Instant>>) -> Status;
        MsiAllocate msi_allocate Direct [64 69] none(DEVICES)
            fn(handle: HandleValue, count: u32, out_allocation: Out<HandleValue>) -> Status;
        MsiCreate msi_create Direct [65 70] none(DEVICES)
            fn(handle: HandleValue, options: Options<u32>, msi_id: u32, vmo: HandleValue,
               vmo_offset: Offset, out_interrupt: Out<HandleValue>) -> Status;
    }
    Iob {
        IobAllocateId iob_allocate_id Direct [_ 55] full
            fn(handle: HandleValue, options: Options<u32>, region_index: u32,
               blob: In<[u8]>[blob_size], blob_size: Size, id: Out<u32>) -> Status;
        IobCreate iob_create Direct [_ 56] full
            fn(options: Options<u64>, regions: In<[IobRegion]>[num_regions], num_regions: Size,
               ep0_out: Out<HandleValue>, ep1_out: Out<HandleValue>) -> Status;
        IobCreateSharedRegion iob_create_shared_region Direct [_ 57] full
            fn(options: Options<u64>, size: Size, out: Out<HandleValue>) -> Status;
        IobWritev iob_writev Direct [_ 58] full
            fn(handle: HandleValue, options: Options<u64>, region_index: u32,
               vectors: In<[IoVector]>[num_vectors], num_vectors: Size) -> Status;
    }
    Iommu {
        IommuCreate iommu_create Direct [53 59] none(DEVICES)
            fn(resource: HandleValue, kind: u32, desc: In<[u8]>[desc_size], desc_size: Size,
               out: Out<HandleValue>) -> Status;
    }
    Ioport {
        IoportsRelease ioports_release Direct [55 60] none(DEVICES)
            fn(resource: HandleValue, io_addr: u16, len: u32) -> Status;
        IoportsRequest ioports_request Direct [54 61] none(DEVICES)
            fn(resource: HandleValue, io_addr: u16, len: u32) -> Status;
    }
    Job {
        JobCreate job_create Direct [56 62] full
            fn(parent_job: HandleValue, options: Options<u32>, out: Out<HandleValue>) -> Status;
        JobSetCritical job_set_critical Direct [58 63] full
            fn(job: HandleValue, options: Options<u32>, process: HandleValue) -> Status;
        JobSetPolicy job_set_policy Direct [57 64] full
            fn(handle: HandleValue, options: Options<u32>, topic: PolicyTopic,
               policy: In<[Opaque]>[policy_size], policy_size: u32) -> Status;
    }
    Membarrier {
        MembarrierSyncProcessData membarrier_sync_process_data Direct [_ 67] full
            fn() -> Void;
        MembarrierSyncProcessInsn membarrier_sync_process_insn Direct [_ 68] full
            fn() -> Void;
    }
    Object {
        ObjectGetChild object_get_child Direct [75 72] full
            fn(handle: HandleValue, koid: u64, rights: Rights, out: Out<HandleValue>) -> Status;
        ObjectGetInfo object_get_info Direct [74 73] partial(TOPICS)
            fn(handle: HandleValue, topic: InfoTopic, buffer: Out<[Opaque]>[buffer_size => actual],
               buffer_size: Size, actual: Option<Out<Size>>, avail: Option<Out<Size>>) -> Status;
        ObjectGetProperty object_get_property Direct [72 74] full
            fn(handle: HandleValue, property: Property, value: Out<[PropertyValue]>[value_size],
               value_size: Size) -> Status;
        ObjectSetProfile object_set_profile Direct [76 75] full
            fn(handle: HandleValue, profile: HandleValue, options: Options<u32>) -> Status;
        ObjectSetProperty object_set_property Direct [73 76] full
            fn(handle: HandleValue, property: Property, value: In<[PropertyValue]>[value_size],
               value_size: Size) -> Status;
        ObjectSignal object_signal Direct [70 77] full
            fn(handle: HandleValue, clear_mask: Signals, set_mask: Signals) -> Status;
        ObjectSignalPeer object_signal_peer Direct [71 78] full
            fn(handle: HandleValue, clear_mask: Signals, set_mask: Signals) -> Status;
        ObjectWaitAsync object_wait_async Direct [69 79] full
            fn(handle: HandleValue, port: HandleValue, key: Word, signals: Signals,
               options: Options<u32>) -> Status;
        ObjectWaitMany object_wait_many BlockingRetry [68 80] full
            fn(items: InOut<[WaitItem]>[num_items], num_items: Size, deadline: Deadline) -> Status;
        ObjectWaitOne object_wait_one BlockingRetry [67 81] full
            fn(handle: HandleValue, signals: Signals, deadline: Deadline,
               observed: Option<Out<Signals>>) -> Status;
    }
    Pager {
        PagerCreate pager_create Direct [77 82] full
            fn(options: Options<u32>, out: Out<HandleValue>) -> Status;
        PagerCreateVmo pager_create_vmo Direct [78 83] full
            fn(pager: HandleValue, options: Options<u32>, port: HandleValue, key: Word, size: Size,
               out: Out<HandleValue>) -> Status;
        PagerDetachVmo pager_detach_vmo Direct [79 84] full
            fn(pager: HandleValue, vmo: HandleValue) -> Status;
        PagerOpRange pager_op_range Direct [81 85] full
            fn(pager: HandleValue, op: RawPagerOp, pager_vmo: HandleValue, offset: Offset, length: Size,
               data: Word) -> Status;
        PagerQueryDirtyRanges pager_query_dirty_ranges Direct [_ 86] full
            fn(pager: HandleValue, pager_vmo: HandleValue, offset: Offset, length: Size,
               buffer: Out<[Opaque]>[buffer_size], buffer_size: Size, actual: Option<Out<Size>>,
               avail: Option<Out<Size>>) -> Status;
        PagerQueryVmoStats pager_query_vmo_stats Direct [_ 87] full
            fn(pager: HandleValue, pager_vmo: HandleValue, options: Options<u32>,
               buffer: Out<[u8]>[buffer_size], buffer_size: Size) -> Status;
        PagerSupplyPages pager_supply_pages Direct [80 88] full
            fn(pager: HandleValue, pager_vmo: HandleValue, offset: Offset, length: Size,
               aux_vmo: HandleValue, aux_offset: Offset) -> Status;
    }
    Pc {
        PcFirmwareTables pc_firmware_tables Direct [82 _] none(DEVICES)
            fn(handle: HandleValue, acpi_rsdp: Out<Address>, smbios: Out<Address>) -> Status;
    }
    Pci {
        PciAddSubtractIoRange pci_add_subtract_io_range Direct [94 89] none(DEVICES)
            fn(handle: HandleValue, mmio: bool, base: u64, len: Size, add: bool) -> Status;
        PciCfgPioRw pci_cfg_pio_rw Direct [88 90] none(DEVICES)
            fn(handle: HandleValue, bus: u8, dev: u8, func: u8, offset: u8, val: Out<u32>,
               width: Size, write: bool) -> Status;
        PciConfigRead pci_config_read Direct [86 91] none(DEVICES)
            fn(handle: HandleValue, offset: u16, width: Size, out_val: Out<u32>) -> Status;
        PciConfigWrite pci_config_write Direct [87 92] none(DEVICES)
            fn(handle: HandleValue, offset: u16, width: Size, val: u32) -> Status;
        PciEnableBusMaster pci_enable_bus_master Direct [84 93] none(DEVICES)
            fn(handle: HandleValue, enable: bool) -> Status;
        PciGetBar pci_get_bar Direct [89 94] none(DEVICES)
            fn(handle: HandleValue, bar_num: u32, out_bar: Out<PciBar>,
               out_handle: Out<HandleValue>) -> Status;
        PciGetNthDevice pci_get_nth_device Direct [83 95] none(DEVICES)
            fn(handle: HandleValue, index: u32, out_info: Out<PcieDeviceInfo>,
               out_handle: Out<HandleValue>) -> Status;
        PciInit pci_init Direct [93 96] none(DEVICES)
            fn(handle: HandleValue, init_buf: In<[PciInitArg]>[len], len: u32) -> Status;
        PciMapInterrupt pci_map_interrupt Direct [90 97] none(DEVICES)
            fn(handle: HandleValue, which_irq: i32, out_handle: Out<HandleValue>) -> Status;
        PciQueryIrqMode pci_query_irq_mode Direct [91 98] none(DEVICES)
            fn(handle: HandleValue, mode: u32, out_max_irqs: Out<u32>) -> Status;
        PciResetDevice pci_reset_device Direct [85 99] none(DEVICES)
            fn(handle: HandleValue) -> Status;
        PciSetIrqMode pci_set_irq_mode Direct [92 100] none(DEVICES)
            fn(handle: HandleValue, mode: u32, requested_irq_count: u32) -> Status;
    }
    Port {
        PortCancel port_cancel Direct [99 102] full
            fn(handle: HandleValue, source: HandleValue, key: Word) -> Status;
        PortCancelKey port_cancel_key Direct [_ 103] full
            fn(handle: HandleValue, options: Options<u32>, key: Word) -> Status;
        PortCreate port_create Direct [96 104] full
            fn(options: Options<u32>, out: Out<HandleValue>) -> Status;
        PortQueue port_queue Direct [97 105] full
            fn(handle: HandleValue, packet: In<PortPacket>) -> Status;
        PortWait port_wait BlockingRetry [98 106] full
            fn(handle: HandleValue, deadline: Deadline, packet: Out<PortPacket>) -> Status;
    }
    Process {
        ProcessCreate process_create Direct [101 107] full
            fn(job: HandleValue, name: In<[Text]>[name_size], name_size: Size, options: Options<u32>,
               proc_handle: Out<HandleValue>, vmar_handle: Out<HandleValue>) -> Status;
        ProcessCreateShared process_create_shared Direct [_ 108] partial(SHARED)
            fn(shared_proc: HandleValue, options: Options<u32>, name: In<[Text]>[name_size],
               name_size: Size, proc_handle: Out<HandleValue>,
               restricted_vmar_handle: Out<HandleValue>) -> Status;
        ProcessExit process_exit Direct [100 109] full
            fn(retcode: i64) -> NoReturn;
        ProcessReadMemory process_read_memory Direct [103 110] full
            fn(handle: HandleValue, vaddr: Address, buffer: Out<[u8]>[buffer_size => actual],
               buffer_size: Size, actual: Out<Size>) -> Status;
        ProcessStart process_start Direct [102 111] full
            fn(handle: HandleValue, thread: HandleValue, entry: Address, stack: Address,
               arg1: HandleValue, arg2: Word) -> Status;
        ProcessWriteMemory process_write_memory Direct [104 112] full
            fn(handle: HandleValue, vaddr: Address, buffer: In<[u8]>[buffer_size],
               buffer_size: Size, actual: Out<Size>) -> Status;
    }
    Profile {
        ProfileCreate profile_create Direct [105 113] full
            fn(root_job: HandleValue, options: Options<u32>, profile: In<ProfileInfo>,
               out: Out<HandleValue>) -> Status;
    }
    Resource {
        ResourceCreate resource_create Direct [106 114] full
            fn(parent_rsrc: HandleValue, options: Options<u32>, base: u64, size: Size,
               name: In<[Text]>[name_size], name_size: Size,
               resource_out: Out<HandleValue>) -> Status;
    }
    Restricted {
        RestrictedBindState restricted_bind_state Direct [_ 115] none(MODES)
            fn(options: Options<u32>, out: Out<HandleValue>, out_exception: Out<ExceptionReport>) -> Status;
        RestrictedEnter restricted_enter Direct [_ 116] none(MODES)
            fn(options: Options<u32>, vector_table_ptr: Word, context: Word) -> Status;
        RestrictedKick restricted_kick Direct [_ 117] none(MODES)
            fn(thread: HandleValue, options: Options<u32>) -> Status;
        RestrictedUnbindState restricted_unbind_state Direct [_ 118] none(MODES)
            fn(options: Options<u32>) -> Status;
    }
    Smc {
        SmcCall smc_call Direct [107 123] none(DEVICES)
            fn(handle: HandleValue, parameters: In<SmcParameters>, out_smc_result: Out<SmcResult>) -> Status;
    }
    Socket {
        SocketCreate socket_create Direct [108 124] full
            fn(options: Options<u32>, out0: Out<HandleValue>, out1: Out<HandleValue>) -> Status;
        SocketRead socket_read Direct [110 125] full
            fn(handle: HandleValue, options: Options<u32>, buffer: Out<[u8]>[buffer_size => actual],
               buffer_size: Size, actual: Option<Out<Size>>) -> Status;
        SocketSetDisposition socket_set_disposition Direct [_ 126] full
            fn(handle: HandleValue, disposition: u32, disposition_peer: u32) -> Status;
        SocketShutdown socket_shutdown Direct [111 _] full
            fn(handle: HandleValue, options: Options<u32>) -> Status;
        SocketWrite socket_write Direct [109 127] full
            fn(handle: HandleValue, options: Options<u32>, buffer: In<[u8]>[buffer_size],
               buffer_size: Size, actual: Option<Out<Size>>) -> Status;
    }
    Stream {
        StreamCreate stream_create Direct [112 128] full
            fn(options: Options<u32>, vmo: HandleValue, seek: Offset,
               out_stream: Out<HandleValue>) -> Status;
        StreamReadv stream_readv Direct [115 129] full
            fn(handle: HandleValue, options: Options<u32>, vector: In<[IoVector]>[num_vector],
               num_vector: Size, actual: Option<Out<Size>>) -> Status;
        StreamReadvAt stream_readv_at Direct [116 130] full
            fn(handle: HandleValue, options: Options<u32>, offset: Offset,
               vector: In<[IoVector]>[num_vector], num_vector: Size, actual: Option<Out<Size>>) -> Status;
        StreamSeek stream_seek Direct [117 131] full
            fn(handle: HandleValue, whence: RawSeekOrigin, offset: i64,
               out_seek: Option<Out<Offset>>) -> Status;
        StreamWritev stream_writev Direct [113 132] full
            fn(handle: HandleValue, options: Options<u32>, vector: In<[IoVector]>[num_vector],
               num_vector: Size, actual: Option<Out<Size>>) -> Status;
        StreamWritevAt stream_writev_at Direct [114 133] full
            fn(handle: HandleValue, options: Options<u32>, offset: Offset,
               vector: In<[IoVector]>[num_vector], num_vector: Size, actual: Option<Out<Size>>) -> Status;
    }
    String {
        StatusGetString status_get_string VdsoOnly [vdso vdso] full
            fn(status: Status) -> StaticText;
    }
    System {
        SystemGetDcacheLineSize system_get_dcache_line_size VdsoOnly [vdso vdso] full
            fn() -> u32;
        SystemGetEvent system_get_event Direct [129 160] full
            fn(root_job: HandleValue, kind: u32, event: Out<HandleValue>) -> Status;
        SystemGetFeatures system_get_features VdsoOnly [vdso vdso] full
            fn(kind: u32, features: Out<u32>) -> Status;
        SystemGetNumCpus system_get_num_cpus VdsoOnly [vdso vdso] full
            fn() -> u32;
        SystemGetPageSize system_get_page_size VdsoOnly [_ vdso] full
            fn() -> u32;
        SystemGetPerformanceInfo system_get_performance_info Direct [_ 161] none(PROCESSORS)
            fn(resource: HandleValue, topic: u32, count: Size,
               info: Out<[Opaque]>[count => output_count], output_count: Out<Size>) -> Status;
        SystemGetPhysmem system_get_physmem VdsoOnly [vdso vdso] full
            fn() -> u64;
        SystemGetVersion system_get_version VdsoOnly [vdso _] full
            fn(version: Out<[Text]>[version_size], version_size: Size) -> Status;
        SystemGetVersionString system_get_version_string VdsoOnly [vdso vdso] full
            fn() -> StringView;
        SystemMexec system_mexec Direct [130 162] none(PRIVILEGED)
            fn(resource: HandleValue, kernel_vmo: HandleValue,
               bootimage_vmo: HandleValue) -> Status;
        SystemMexecPayloadGet system_mexec_payload_get Direct [131 163] none(PRIVILEGED)
            fn(resource: HandleValue, buffer: Out<[u8]>[buffer_size], buffer_size: Size) -> Status;
        SystemPowerctl system_powerctl Direct [132 164] none(PRIVILEGED)
            fn(resource: HandleValue, cmd: u32, arg: In<SystemPowerctlArg>) -> Status;
        SystemSetPerformanceInfo system_set_performance_info Direct [_ 165] none(PROCESSORS)
            fn(resource: HandleValue, topic: u32, info: In<[Opaque]>[count],
               count: Size) -> Status;
        SystemSetProcessorPowerDomain system_set_processor_power_domain Direct [_ 166] none(PRIVILEGED)
            fn(resource: HandleValue, options: Options<u64>, domain: In<ProcessorPowerDomain>, port: HandleValue,
               power_levels: In<[ProcessorPowerLevel]>[num_power_levels], num_power_levels: Size,
               transitions: In<[ProcessorPowerLevelTransition]>[num_transitions], num_transitions: Size) -> Status;
        SystemSetProcessorPowerState system_set_processor_power_state Direct [_ 167] none(PRIVILEGED)
            fn(port: HandleValue, power_state: In<ProcessorPowerState>) -> Status;
        SystemSuspendEnter system_suspend_enter Direct [_ 168] none(PRIVILEGED)
            fn(resource: HandleValue, resume_deadline: Deadline, options: Options<u64>,
               header: Out<WakeSourceReportHeader>, entries: Out<[WakeSourceReportEntry]>[num_entries => actual_entries],
               num_entries: u32, actual_entries: Out<u32>) -> Status;
        SystemWatchMemoryStall system_watch_memory_stall Direct [_ 169] full
            fn(resource: HandleValue, kind: u32, threshold: Duration, window: Duration,
               event: Out<HandleValue>) -> Status;
    }
    Task {
        TaskCreateExceptionChannel task_create_exception_channel Direct [135 170] full
            fn(handle: HandleValue, options: Options<u32>, out: Out<HandleValue>) -> Status;
        TaskKill task_kill Direct [136 171] full
            fn(handle: HandleValue) -> Status;
        TaskSuspend task_suspend Direct [133 172] full
            fn(handle: HandleValue, token: Out<HandleValue>) -> Status;
        TaskSuspendToken task_suspend_token Direct [134 173] full
            fn(handle: HandleValue, token: Out<HandleValue>) -> Status;
    }
    Test {
        SyscallNext1 syscall_next_1 Direct [_ 134] none(KERNEL_TESTS)
            fn(arg: i32) -> Status;
        SyscallTest0 syscall_test_0 Direct [118 135] full
            fn() -> Status;
        SyscallTest1 syscall_test_1 Direct [119 136] full
            fn(a: i32) -> Status;
        SyscallTest2 syscall_test_2 Direct [120 137] full
            fn(a: i32, b: i32) -> Status;
        SyscallTest3 syscall_test_3 Direct [121 138] full
            fn(a: i32, b: i32, c: i32) -> Status;
        SyscallTest4 syscall_test_4 Direct [122 139] full
            fn(a: i32, b: i32, c: i32, d: i32) -> Status;
        SyscallTest5 syscall_test_5 Direct [123 140] full
            fn(a: i32, b: i32, c: i32, d: i32, e: i32) -> Status;
        SyscallTest6 syscall_test_6 Direct [124 141] full
            fn(a: i32, b: i32, c: i32, d: i32, e: i32, f: i32) -> Status;
        SyscallTest7 syscall_test_7 Direct [125 142] full
            fn(a: i32, b: i32, c: i32, d: i32, e: i32, f: i32, g: i32) -> Status;
        SyscallTest8 syscall_test_8 Direct [126 143] full
            fn(a: i32, b: i32, c: i32, d: i32, e: i32, f: i32, g: i32, h: i32) -> Status;
        SyscallTestHandleCreate syscall_test_handle_create Direct [128 144] full
            fn(return_value: Status, out: Out<HandleValue>) -> Status;
        SyscallTestRust0 syscall_test_rust_0 Direct [_ 145] full
            fn() -> Status;
        SyscallTestRust1 syscall_test_rust_1 Direct [_ 146] full
            fn(a: i32) -> Status;
        SyscallTestRust2 syscall_test_rust_2 Direct [_ 147] full
            fn(a: i32, b: i32) -> Status;
        SyscallTestRust3 syscall_test_rust_3 Direct [_ 148] full
            fn(a: i32, b: i32, c: i32) -> Status;
        SyscallTestRust4 syscall_test_rust_4 Direct [_ 149] full
            fn(a: i32, b: i32, c: i32, d: i32) -> Status;
        SyscallTestRust5 syscall_test_rust_5 Direct [_ 150] full
            fn(a: i32, b: i32, c: i32, d: i32, e: i32) -> Status;
        SyscallTestRust6 syscall_test_rust_6 Direct [_ 151] full
            fn(a: i32, b: i32, c: i32, d: i32, e: i32, f: i32) -> Status;
        SyscallTestRust7 syscall_test_rust_7 Direct [_ 152] full
            fn(a: i32, b: i32, c: i32, d: i32, e: i32, f: i32, g: i32) -> Status;
        SyscallTestRust8 syscall_test_rust_8 Direct [_ 153] full
            fn(a: i32, b: i32, c: i32, d: i32, e: i32, f: i32, g: i32, h: i32) -> Status;
        SyscallTestRustWrapper syscall_test_rust_wrapper Direct [_ 154] full
            fn(a: i32, b: i32, c: i32) -> Status;
        SyscallTestWideningSignedNarrow syscall_test_widening_signed_narrow Direct [_ 155] full
            fn(a: i64, b: i32, c: i16, d: i8) -> i64;
        SyscallTestWideningSignedWide syscall_test_widening_signed_wide Direct [_ 156] full
            fn(a: i64, b: i32, c: i16, d: i8) -> i64;
        SyscallTestWideningUnsignedNarrow syscall_test_widening_unsigned_narrow Direct [_ 157] full
            fn(a: u64, b: u32, c: u16, d: u8) -> u64;
        SyscallTestWideningUnsignedWide syscall_test_widening_unsigned_wide Direct [_ 158] full
            fn(a: u64, b: u32, c: u16, d: u8) -> u64;
        SyscallTestWrapper syscall_test_wrapper Direct [127 159] full
            fn(a: i32, b: i32, c: i32) -> Status;
    }
    Thread {
        ThreadCreate thread_create Direct [138 174] full
            fn(process: HandleValue, name: In<[Text]>[name_size], name_size: Size,
               options: Options<u32>, out: Out<HandleValue>) -> Status;
        ThreadExit thread_exit Direct [137 175] full
            fn() -> NoReturn;
        ThreadLegacyYield thread_legacy_yield Direct [_ 176] full
            fn(options: Options<u32>) -> Status;
        ThreadRaiseException thread_raise_exception Direct [_ 177] full
            fn(options: Options<u32>, kind: u32, context: In<ExceptionContext>) -> Status;
        ThreadReadState thread_read_state Direct [140 178] full
            fn(handle: HandleValue, kind: u32, buffer: Out<[u8]>[buffer_size],
               buffer_size: Size) -> Status;
        ThreadSetRseq thread_set_rseq Direct [_ 179] none(PREEMPTION)
            fn(vmo: HandleValue, offset: Offset, size: Size) -> Status;
        ThreadStart thread_start ThreadStart [139 vdso] full
            fn(handle: HandleValue, thread_entry: Address, stack: Address, arg1: Word,
               arg2: Word) -> Status;
        ThreadStartRegs thread_start_regs Direct [_ 180] full
            fn(handle: HandleValue, pc: Address, sp: Address, arg1: Word, arg2: Word, tp: Word,
               abi_reg: Word) -> Status;
        ThreadWriteState thread_write_state Direct [141 181] full
            fn(handle: HandleValue, kind: u32, buffer: In<[u8]>[buffer_size],
               buffer_size: Size) -> Status;
    }
    Timer {
        TimerCancel timer_cancel Direct [144 184] full
            fn(handle: HandleValue) -> Status;
        TimerCreate timer_create Direct [142 185] full
            fn(options: SlackMode, clock_id: ClockId, out: Out<HandleValue>) -> Status;
        TimerSet timer_set Direct [143 186] full
            fn(handle: HandleValue, deadline: Deadline, slack: Duration) -> Status;
    }
    Trace {
        KtraceControl ktrace_control Direct [60 65] none(PROFILING)
            fn(handle: HandleValue, action: u32, options: Options<u32>, ptr: Out<Opaque>) -> Status;
        KtraceRead ktrace_read Direct [59 66] none(PROFILING)
            fn(handle: HandleValue, data: Out<[u8]>[data_size => actual], offset: u32,
               data_size: Size, actual: Out<Size>) -> Status;
        KtraceWrite ktrace_write Direct [61 _] none(PROFILING)
            fn(handle: HandleValue, id: u32, arg0: u32, arg1: u32) -> Status;
        MtraceControl mtrace_control Direct [66 _] none(PROFILING)
            fn(handle: HandleValue, kind: u32, action: u32, options: Options<u32>,
               ptr: Out<[u8]>[ptr_size], ptr_size: Size) -> Status;
        SamplerCreate sampler_create Direct [_ 119] none(PROFILING)
            fn(rsrc: HandleValue, options: Options<u64>, config: In<SamplerConfig>,
               per_cpu_buffers: Out<HandleValue>) -> Status;
        SamplerRead sampler_read Direct [_ 120] none(PROFILING)
            fn(iobuffer: HandleValue, data: Out<[u8]>[data_size => actual], data_size: Size,
               actual: Out<Size>) -> Status;
        SamplerStart sampler_start Direct [_ 121] none(PROFILING)
            fn(iobuffer: HandleValue) -> Status;
        SamplerStop sampler_stop Direct [_ 122] none(PROFILING)
            fn(iobuffer: HandleValue) -> Status;
    }
    Vmar {
        VmarAllocate vmar_allocate Direct [150 193] full
            fn(parent_vmar: HandleValue, options: VmOptions, offset: Offset, size: Size,
               child_vmar: Out<HandleValue>, child_addr: Out<Address>) -> Status;
        VmarDestroy vmar_destroy Direct [151 194] full
            fn(handle: HandleValue) -> Status;
        VmarMap vmar_map Direct [152 195] full
            fn(handle: HandleValue, options: VmOptions, vmar_offset: Offset, vmo: HandleValue,
               vmo_offset: Offset, len: Size, mapped_addr: Out<Address>) -> Status;
        VmarMapClock vmar_map_clock Direct [_ 196] full
            fn(handle: HandleValue, options: VmOptions, vmar_offset: Offset, clock: HandleValue,
               len: Size, mapped_addr: Out<Address>) -> Status;
        VmarMapIob vmar_map_iob Direct [_ 197] full
            fn(handle: HandleValue, options: VmOptions, vmar_offset: Offset, ep: HandleValue,
               region_index: u32, region_offset: Offset, region_length: Size,
               mapped_addr: Out<Address>) -> Status;
        VmarOpRange vmar_op_range Direct [155 198] full
            fn(handle: HandleValue, op: RawVmarOp, address: Address, size: Size,
               buffer: Out<[u8]>[buffer_size], buffer_size: Size) -> Status;
        VmarProtect vmar_protect Direct [154 199] full
            fn(handle: HandleValue, options: VmOptions, addr: Address, len: Size) -> Status;
        VmarUnmap vmar_unmap Direct [153 200] full
            fn(handle: HandleValue, addr: Address, len: Size) -> Status;
        VmarUnmapHandleCloseThreadExit vmar_unmap_handle_close_thread_exit ExitComposite [vdso vdso] full
            fn(vmar_handle: HandleValue, addr: Address, size: Size,
               close_handle: HandleValue) -> Status;
    }
    Vmo {
        VmoCreate vmo_create Direct [156 201] full
            fn(size: Size, options: Options<u32>, out: Out<HandleValue>) -> Status;
        VmoCreateChild vmo_create_child Direct [162 202] full
            fn(handle: HandleValue, options: Options<u32>, offset: Offset, size: Size,
               out: Out<HandleValue>) -> Status;
        VmoCreateContiguous vmo_create_contiguous Direct [165 203] partial(SHARED)
            fn(bti: HandleValue, size: Size, alignment_log2: u32, out: Out<HandleValue>) -> Status;
        VmoCreatePhysical vmo_create_physical Direct [166 204] partial(SHARED)
            fn(resource: HandleValue, paddr: Address, size: Size, out: Out<HandleValue>) -> Status;
        VmoGetSize vmo_get_size Direct [159 205] full
            fn(handle: HandleValue, size: Out<u64>) -> Status;
        VmoGetStreamSize vmo_get_stream_size Direct [_ 206] full
            fn(handle: HandleValue, size: Out<u64>) -> Status;
        VmoOpRange vmo_op_range BlockingRetry [161 207] full
            fn(handle: HandleValue, op: RawVmoOp, offset: Offset, size: Size,
               buffer: Out<[u8]>[buffer_size], buffer_size: Size) -> Status;
        VmoRead vmo_read BlockingRetry [157 208] full
            fn(handle: HandleValue, buffer: Out<[u8]>[buffer_size], offset: Offset,
               buffer_size: Size) -> Status;
        VmoReplaceAsExecutable vmo_replace_as_executable Direct [164 209] full
            fn(handle: HandleValue, vmex: HandleValue, out: Out<HandleValue>) -> Status;
        VmoSetCachePolicy vmo_set_cache_policy Direct [163 210] full
            fn(handle: HandleValue, cache_policy: RawCachePolicy) -> Status;
        VmoSetSize vmo_set_size Direct [160 211] full
            fn(handle: HandleValue, size: Size) -> Status;
        VmoSetStreamSize vmo_set_stream_size Direct [_ 212] full
            fn(handle: HandleValue, size: Size) -> Status;
        VmoTransferData vmo_transfer_data Direct [_ 213] full
            fn(dst_vmo: HandleValue, options: Options<u32>, offset: Offset, length: Size,
               src_vmo: HandleValue, src_offset: Offset) -> Status;
        VmoWrite vmo_write BlockingRetry [158 214] full
            fn(handle: HandleValue, buffer: In<[u8]>[buffer_size], offset: Offset,
               buffer_size: Size) -> Status;
    }
    } };
}

// Why a call is not there.
pub(super) const DEVICES: &str = "drives hardware, of which there is none";
pub(super) const GUESTS: &str = "runs virtual machines";
pub(super) const KERNEL_TESTS: &str = "tests vDSOs that are to come";
pub(super) const MODES: &str =
    "switches a thread between two modes, for which its doorbell has no room";
pub(super) const PREEMPTION: &str =
    "needs to know when a thread loses its processor, which the host does not tell";
pub(super) const PRIVILEGED: &str = "changes the computer, which is the host's";
pub(super) const PROCESSORS: &str = "is about the speed of processors, which are the host's";
pub(super) const PROFILING: &str = "looks into a real kernel";
pub(super) const SHELL: &str = "runs commands of the kernel's shell, of which there is none";

// What is missing of a call.
pub(super) const NO_SERIAL: &str = "no serial port to read from, as where it is not enabled";
pub(super) const SHARED: &str = "judges its arguments, then answers `ZX_ERR_NOT_SUPPORTED`";
pub(super) const TOPICS: &str = "no topics about devices and virtual machines";
pub(super) const VIRTUAL: &str = "virtual ones only";
