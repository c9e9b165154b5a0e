//! The table of system calls: one line each.
//!
//! Columns: identity, name, entry kind, what the SDK of 2018, the SDK of 2020 and the newest ABI
//! make of it, and the prototype. A number is a kernel entry; `vdso` a function without an entry of
//! its own; `_` means that the ABI does not know it. A new call takes the next free number.

use super::{Column, EntryKind, SyscallInfo, column, count_args, syscalls};

syscalls! {
    Bti {
        BtiCreate            bti_create             Direct    0    0    0 "zx_status_t (zx_handle_t iommu, uint32_t options, uint64_t bti_id, zx_handle_t* out)";
        BtiPin               bti_pin                Direct    1    1    1 "zx_status_t (zx_handle_t handle, uint32_t options, zx_handle_t vmo, uint64_t offset, uint64_t size, zx_paddr_t* addrs, size_t num_addrs, zx_handle_t* pmt)";
        BtiReleaseQuarantine bti_release_quarantine Direct    2    2    2 "zx_status_t (zx_handle_t handle)";
        PmtUnpin             pmt_unpin              Direct   87   95  101 "zx_status_t (zx_handle_t handle)";
    }
    Cache {
        CacheFlush cache_flush VdsoOnly vdso vdso vdso "zx_status_t (const void* addr, size_t size, uint32_t options)";
    }
    Channel {
        ChannelCall           channel_call             ChannelCall vdso vdso vdso "zx_status_t (zx_handle_t handle, uint32_t options, zx_instant_mono_t deadline, const zx_channel_call_args_t* args, uint32_t* actual_bytes, uint32_t* actual_handles)";
        ChannelCallEtc        channel_call_etc         ChannelCall    _    _ vdso "zx_status_t (zx_handle_t handle, uint32_t options, zx_instant_mono_t deadline, zx_channel_call_etc_args_t* args, uint32_t* actual_bytes, uint32_t* actual_handles)";
        ChannelCallEtcFinish  channel_call_etc_finish  Hidden         _    _    3 "zx_status_t (zx_instant_mono_t deadline, zx_channel_call_etc_args_t* args, uint32_t* actual_bytes, uint32_t* actual_handles)";
        ChannelCallEtcNoretry channel_call_etc_noretry Hidden         _    _    4 "zx_status_t (zx_handle_t handle, uint32_t options, zx_instant_mono_t deadline, zx_channel_call_etc_args_t* args, uint32_t* actual_bytes, uint32_t* actual_handles)";
        ChannelCallFinish     channel_call_finish      Hidden         3    9    5 "zx_status_t (zx_instant_mono_t deadline, const zx_channel_call_args_t* args, uint32_t* actual_bytes, uint32_t* actual_handles)";
        ChannelCallNoretry    channel_call_noretry     Hidden         4    8    6 "zx_status_t (zx_handle_t handle, uint32_t options, zx_instant_mono_t deadline, const zx_channel_call_args_t* args, uint32_t* actual_bytes, uint32_t* actual_handles)";
        ChannelCreate         channel_create           Direct         5    3    7 "zx_status_t (uint32_t options, zx_handle_t* out0, zx_handle_t* out1)";
        ChannelRead           channel_read             Direct         6    4    8 "zx_status_t (zx_handle_t handle, uint32_t options, void* bytes, zx_handle_t* handles, uint32_t num_bytes, uint32_t num_handles, uint32_t* actual_bytes, uint32_t* actual_handles)";
        ChannelReadEtc        channel_read_etc         Direct         7    5    9 "zx_status_t (zx_handle_t handle, uint32_t options, void* bytes, zx_handle_info_t* handles, uint32_t num_bytes, uint32_t num_handles, uint32_t* actual_bytes, uint32_t* actual_handles)";
        ChannelWrite          channel_write            Direct         8    6   10 "zx_status_t (zx_handle_t handle, uint32_t options, const void* bytes, uint32_t num_bytes, const zx_handle_t* handles, uint32_t num_handles)";
        ChannelWriteEtc       channel_write_etc        Direct         _    7   11 "zx_status_t (zx_handle_t handle, uint32_t options, const void* bytes, uint32_t num_bytes, zx_handle_disposition_t* handles, uint32_t num_handles)";
    }
    Clock {
        ClockAdjust                clock_adjust                   Direct           9   11    _ "zx_status_t (zx_handle_t handle, zx_clock_t clock_id, int64_t offset)";
        ClockCreate                clock_create                   Direct           _   13   12 "zx_status_t (uint64_t options, const void* args, zx_handle_t* out)";
        ClockGet                   clock_get                      Direct          10   10    _ "zx_status_t (zx_clock_t clock_id, zx_time_t* out)";
        ClockGetBoot               clock_get_boot                 VdsoOnly         _    _ vdso "zx_instant_boot_t (void)";
        ClockGetBootViaKernel      clock_get_boot_via_kernel      Hidden           _    _   13 "zx_instant_boot_t (void)";
        ClockGetDetails            clock_get_details              Direct           _   15   14 "zx_status_t (zx_handle_t handle, uint64_t options, void* details)";
        ClockGetDetailsMapped      clock_get_details_mapped       VdsoOnly         _    _ vdso "zx_status_t (const void* clock_addr, uint64_t options, void* details)";
        ClockGetMonotonic          clock_get_monotonic            VdsoOnly      vdso vdso vdso "zx_instant_mono_t (void)";
        ClockGetMonotonicViaKernel clock_get_monotonic_via_kernel Hidden          11   12   15 "zx_instant_mono_t (void)";
        ClockGetNew                clock_get_new                  Direct          12    _    _ "zx_status_t (zx_clock_t clock_id, zx_time_t* out)";
        ClockRead                  clock_read                     Direct           _   14   16 "zx_status_t (zx_handle_t handle, zx_time_t* now)";
        ClockReadMapped            clock_read_mapped              VdsoOnly         _    _ vdso "zx_status_t (const void* clock_addr, zx_time_t* now)";
        ClockUpdate                clock_update                   Direct           _   16   17 "zx_status_t (zx_handle_t handle, uint64_t options, const void* args)";
        DeadlineAfter              deadline_after                 VdsoOnly      vdso vdso vdso "zx_instant_mono_t (zx_duration_mono_t nanoseconds)";
        Nanosleep                  nanosleep                      BlockingRetry   59   62   71 "zx_status_t (zx_instant_mono_t deadline)";
        TicksGet                   ticks_get                      VdsoOnly      vdso vdso vdso "zx_instant_mono_ticks_t (void)";
        TicksGetBoot               ticks_get_boot                 VdsoOnly         _    _ vdso "zx_instant_boot_ticks_t (void)";
        TicksGetBootViaKernel      ticks_get_boot_via_kernel      Hidden           _    _  182 "zx_instant_boot_ticks_t (void)";
        TicksGetViaKernel          ticks_get_via_kernel           Hidden         130   63  183 "zx_instant_mono_ticks_t (void)";
        TicksPerSecond             ticks_per_second               VdsoOnly      vdso vdso vdso "zx_ticks_t (void)";
    }
    Counter {
        CounterAdd    counter_add    Direct    _    _   18 "zx_status_t (zx_handle_t handle, int64_t value)";
        CounterCreate counter_create Direct    _    _   19 "zx_status_t (uint32_t options, zx_handle_t* out)";
        CounterRead   counter_read   Direct    _    _   20 "zx_status_t (zx_handle_t handle, int64_t* value)";
        CounterWrite  counter_write  Direct    _    _   21 "zx_status_t (zx_handle_t handle, int64_t value)";
    }
    Cprng {
        CprngAddEntropy cprng_add_entropy Direct      13   18   22 "zx_status_t (const void* buffer, size_t buffer_size)";
        CprngDraw       cprng_draw        CprngDraw vdso vdso vdso "void (void* buffer, size_t buffer_size)";
        CprngDrawOnce   cprng_draw_once   Hidden      14   17   23 "zx_status_t (void* buffer, size_t buffer_size)";
    }
    DebugSerial {
        DebugRead        debug_read         Direct   15   19   24 "zx_status_t (zx_handle_t handle, char* buffer, size_t buffer_size, size_t* actual)";
        DebugSendCommand debug_send_command Direct   16   21   25 "zx_status_t (zx_handle_t resource, const char* buffer, size_t buffer_size)";
        DebugWrite       debug_write        Direct   17   20   26 "zx_status_t (const char* buffer, size_t buffer_size)";
    }
    Debuglog {
        DebuglogCreate debuglog_create Direct   18   22   27 "zx_status_t (zx_handle_t resource, uint32_t options, zx_handle_t* out)";
        DebuglogRead   debuglog_read   Direct   19   24   28 "zx_status_t (zx_handle_t handle, uint32_t options, void* buffer, size_t buffer_size)";
        DebuglogWrite  debuglog_write  Direct   20   23   29 "zx_status_t (zx_handle_t handle, uint32_t options, const void* buffer, size_t buffer_size)";
        LogRead        log_read        Direct   56    _    _ "zx_status_t (zx_handle_t handle, uint32_t len, void* buffer, uint32_t options)";
        LogWrite       log_write       Direct   57    _    _ "zx_status_t (zx_handle_t handle, uint32_t len, const void* buffer, uint32_t options)";
    }
    Event {
        EventCreate event_create Direct   21   25   30 "zx_status_t (uint32_t options, zx_handle_t* out)";
    }
    Eventpair {
        EventpairCreate eventpair_create Direct   22   26   31 "zx_status_t (uint32_t options, zx_handle_t* out0, zx_handle_t* out1)";
    }
    Exception {
        ExceptionGetProcess exception_get_process Direct      _   28   32 "zx_status_t (zx_handle_t handle, zx_handle_t* out)";
        ExceptionGetString  exception_get_string  VdsoOnly    _ vdso vdso "const char* (zx_excp_type_t exception)";
        ExceptionGetThread  exception_get_thread  Direct      _   27   33 "zx_status_t (zx_handle_t handle, zx_handle_t* out)";
    }
    Fifo {
        FifoCreate fifo_create Direct   23   29   34 "zx_status_t (size_t elem_count, size_t elem_size, uint32_t options, zx_handle_t* out0, zx_handle_t* out1)";
        FifoRead   fifo_read   Direct   24   30   35 "zx_status_t (zx_handle_t handle, size_t elem_size, void* data, size_t data_size, size_t* actual_count)";
        FifoWrite  fifo_write  Direct   25   31   36 "zx_status_t (zx_handle_t handle, size_t elem_size, const void* data, size_t count, size_t* actual_count)";
    }
    Framebuffer {
        FramebufferGetInfo  framebuffer_get_info  Direct   26   32    _ "zx_status_t (zx_handle_t resource, uint32_t* format, uint32_t* width, uint32_t* height, uint32_t* stride)";
        FramebufferSetRange framebuffer_set_range Direct   27   33    _ "zx_status_t (zx_handle_t resource, zx_handle_t vmo, uint32_t len, uint32_t format, uint32_t width, uint32_t height, uint32_t stride)";
    }
    Futex {
        FutexGetOwner                  futex_get_owner                     Direct          28   39   37 "zx_status_t (const zx_futex_t* value_ptr, zx_koid_t* koid)";
        FutexRequeue                   futex_requeue                       Direct          29   36   38 "zx_status_t (const zx_futex_t* value_ptr, uint32_t wake_count, zx_futex_t current_value, const zx_futex_t* requeue_ptr, uint32_t requeue_count, zx_handle_t new_requeue_owner)";
        FutexRequeueDeprecated         futex_requeue_deprecated            Direct          30    _    _ "zx_status_t (const zx_futex_t* wake_ptr, uint32_t wake_count, int32_t current_value, const zx_futex_t* requeue_ptr, uint32_t requeue_count)";
        FutexRequeueSingleOwner        futex_requeue_single_owner          Direct          31   38   39 "zx_status_t (const zx_futex_t* value_ptr, zx_futex_t current_value, const zx_futex_t* requeue_ptr, uint32_t requeue_count, zx_handle_t new_requeue_owner)";
        FutexWait                      futex_wait                          BlockingRetry   32   34   40 "zx_status_t (const zx_futex_t* value_ptr, zx_futex_t current_value, zx_handle_t new_futex_owner, zx_instant_mono_t deadline)";
        FutexWaitDeprecated            futex_wait_deprecated               Direct          33    _    _ "zx_status_t (const zx_futex_t* value_ptr, int32_t current_value, zx_time_t deadline)";
        FutexWake                      futex_wake                          Direct          34   35   41 "zx_status_t (const zx_futex_t* value_ptr, uint32_t wake_count)";
        FutexWakeHandleCloseThreadExit futex_wake_handle_close_thread_exit ExitComposite vdso vdso vdso "void (const zx_futex_t* value_ptr, uint32_t wake_count, int32_t new_value, zx_handle_t close_handle)";
        FutexWakeSingleOwner           futex_wake_single_owner             Direct          35   37   42 "zx_status_t (const zx_futex_t* value_ptr)";
    }
    Handle {
        HandleCheckValid handle_check_valid HandleCheckValid    _    _ vdso "zx_status_t (zx_handle_t handle)";
        HandleClose      handle_close       Direct             38   42   45 "zx_status_t (zx_handle_t handle)";
        HandleCloseMany  handle_close_many  Direct             39   43   46 "zx_status_t (const zx_handle_t* handles, size_t num_handles)";
        HandleDuplicate  handle_duplicate   Direct             40   44   47 "zx_status_t (zx_handle_t handle, zx_rights_t rights, zx_handle_t* out)";
        HandleReplace    handle_replace     Direct             41   45   48 "zx_status_t (zx_handle_t handle, zx_rights_t rights, zx_handle_t* out)";
    }
    Hypervisor {
        GuestCreate    guest_create     Direct          36   40   43 "zx_status_t (zx_handle_t resource, uint32_t options, zx_handle_t* guest_handle, zx_handle_t* vmar_handle)";
        GuestSetTrap   guest_set_trap   Direct          37   41   44 "zx_status_t (zx_handle_t handle, uint32_t kind, zx_vaddr_t addr, size_t size, zx_handle_t port_handle, uint64_t key)";
        VcpuCreate     vcpu_create      Direct         134  145  187 "zx_status_t (zx_handle_t guest, uint32_t options, zx_vaddr_t entry, zx_handle_t* out)";
        VcpuEnter      vcpu_enter       BlockingRetry    _    _  188 "zx_status_t (zx_handle_t handle, zx_port_packet_t* packet)";
        VcpuInterrupt  vcpu_interrupt   Direct         135  147  189 "zx_status_t (zx_handle_t handle, uint32_t vector)";
        VcpuKick       vcpu_kick        Direct           _    _  190 "zx_status_t (zx_handle_t handle)";
        VcpuReadState  vcpu_read_state  Direct         136  148  191 "zx_status_t (zx_handle_t handle, uint32_t kind, void* buffer, size_t buffer_size)";
        VcpuResume     vcpu_resume      BlockingRetry  137  146    _ "zx_status_t (zx_handle_t handle, zx_port_packet_t* packet)";
        VcpuWriteState vcpu_write_state Direct         138  149  192 "zx_status_t (zx_handle_t handle, uint32_t kind, const void* buffer, size_t buffer_size)";
    }
    Interrupt {
        InterruptAck      interrupt_ack       Direct          42   50   49 "zx_status_t (zx_handle_t handle)";
        InterruptBind     interrupt_bind      Direct          43   47   50 "zx_status_t (zx_handle_t handle, zx_handle_t port_handle, uint64_t key, uint32_t options)";
        InterruptBindVcpu interrupt_bind_vcpu Direct          44   52    _ "zx_status_t (zx_handle_t handle, zx_handle_t vcpu, uint32_t options)";
        InterruptCreate   interrupt_create    Direct          45   46   51 "zx_status_t (zx_handle_t src_obj, uint32_t src_num, uint32_t options, zx_handle_t* out_handle)";
        InterruptDestroy  interrupt_destroy   Direct          46   49   52 "zx_status_t (zx_handle_t handle)";
        InterruptTrigger  interrupt_trigger   Direct          47   51   53 "zx_status_t (zx_handle_t handle, uint32_t options, zx_time_t timestamp)";
        InterruptWait     interrupt_wait      BlockingRetry   48   48   54 "zx_status_t (zx_handle_t handle, zx_time_t* out_timestamp)";
        MsiAllocate       msi_allocate        Direct           _   64   69 "zx_status_t (zx_handle_t handle, uint32_t count, zx_handle_t* out_allocation)";
        MsiCreate         msi_create          Direct           _   65   70 "zx_status_t (zx_handle_t handle, uint32_t options, uint32_t msi_id, zx_handle_t vmo, size_t vmo_offset, zx_handle_t* out_interrupt)";
    }
    Iob {
        IobAllocateId         iob_allocate_id          Direct    _    _   55 "zx_status_t (zx_handle_t handle, zx_iob_allocate_id_options_t options, uint32_t region_index, const void* blob, size_t blob_size, uint32_t* id)";
        IobCreate             iob_create               Direct    _    _   56 "zx_status_t (uint64_t options, const void* regions, size_t num_regions, zx_handle_t* ep0_out, zx_handle_t* ep1_out)";
        IobCreateSharedRegion iob_create_shared_region Direct    _    _   57 "zx_status_t (uint64_t options, uint64_t size, zx_handle_t* out)";
        IobWritev             iob_writev               Direct    _    _   58 "zx_status_t (zx_handle_t handle, zx_iob_write_options_t options, uint32_t region_index, const zx_iovec_t* vectors, size_t num_vectors)";
    }
    Iommu {
        IommuCreate iommu_create Direct   49   53   59 "zx_status_t (zx_handle_t resource, uint32_t type, const void* desc, size_t desc_size, zx_handle_t* out)";
    }
    Ioport {
        IoportsRelease ioports_release Direct    _   55   60 "zx_status_t (zx_handle_t resource, uint16_t io_addr, uint32_t len)";
        IoportsRequest ioports_request Direct   50   54   61 "zx_status_t (zx_handle_t resource, uint16_t io_addr, uint32_t len)";
    }
    Job {
        JobCreate      job_create       Direct   51   56   62 "zx_status_t (zx_handle_t parent_job, uint32_t options, zx_handle_t* out)";
        JobSetCritical job_set_critical Direct    _   58   63 "zx_status_t (zx_handle_t job, uint32_t options, zx_handle_t process)";
        JobSetPolicy   job_set_policy   Direct   52   57   64 "zx_status_t (zx_handle_t handle, uint32_t options, uint32_t topic, const void* policy, uint32_t policy_size)";
    }
    Membarrier {
        MembarrierSyncProcessData membarrier_sync_process_data Direct    _    _   67 "void (void)";
        MembarrierSyncProcessInsn membarrier_sync_process_insn Direct    _    _   68 "void (void)";
    }
    Object {
        ObjectGetChild    object_get_child    Direct          60   75   72 "zx_status_t (zx_handle_t handle, uint64_t koid, zx_rights_t rights, zx_handle_t* out)";
        ObjectGetCookie   object_get_cookie   Direct          61    _    _ "zx_status_t (zx_handle_t handle, zx_handle_t scope, uint64_t* cookie)";
        ObjectGetInfo     object_get_info     Direct          62   74   73 "zx_status_t (zx_handle_t handle, uint32_t topic, void* buffer, size_t buffer_size, size_t* actual, size_t* avail)";
        ObjectGetProperty object_get_property Direct          63   72   74 "zx_status_t (zx_handle_t handle, uint32_t property, void* value, size_t value_size)";
        ObjectSetCookie   object_set_cookie   Direct          64    _    _ "zx_status_t (zx_handle_t handle, zx_handle_t scope, uint64_t cookie)";
        ObjectSetProfile  object_set_profile  Direct          65   76   75 "zx_status_t (zx_handle_t handle, zx_handle_t profile, uint32_t options)";
        ObjectSetProperty object_set_property Direct          66   73   76 "zx_status_t (zx_handle_t handle, uint32_t property, const void* value, size_t value_size)";
        ObjectSignal      object_signal       Direct          67   70   77 "zx_status_t (zx_handle_t handle, uint32_t clear_mask, uint32_t set_mask)";
        ObjectSignalPeer  object_signal_peer  Direct          68   71   78 "zx_status_t (zx_handle_t handle, uint32_t clear_mask, uint32_t set_mask)";
        ObjectWaitAsync   object_wait_async   Direct          69   69   79 "zx_status_t (zx_handle_t handle, zx_handle_t port, uint64_t key, zx_signals_t signals, uint32_t options)";
        ObjectWaitMany    object_wait_many    BlockingRetry   70   68   80 "zx_status_t (zx_wait_item_t* items, size_t num_items, zx_instant_mono_t deadline)";
        ObjectWaitOne     object_wait_one     BlockingRetry   71   67   81 "zx_status_t (zx_handle_t handle, zx_signals_t signals, zx_instant_mono_t deadline, zx_signals_t* observed)";
    }
    Pager {
        PagerCreate           pager_create             Direct   72   77   82 "zx_status_t (uint32_t options, zx_handle_t* out)";
        PagerCreateVmo        pager_create_vmo         Direct   73   78   83 "zx_status_t (zx_handle_t pager, uint32_t options, zx_handle_t port, uint64_t key, uint64_t size, zx_handle_t* out)";
        PagerDetachVmo        pager_detach_vmo         Direct    _   79   84 "zx_status_t (zx_handle_t pager, zx_handle_t vmo)";
        PagerOpRange          pager_op_range           Direct    _   81   85 "zx_status_t (zx_handle_t pager, uint32_t op, zx_handle_t pager_vmo, uint64_t offset, uint64_t length, uint64_t data)";
        PagerQueryDirtyRanges pager_query_dirty_ranges Direct    _    _   86 "zx_status_t (zx_handle_t pager, zx_handle_t pager_vmo, uint64_t offset, uint64_t length, void* buffer, size_t buffer_size, size_t* actual, size_t* avail)";
        PagerQueryVmoStats    pager_query_vmo_stats    Direct    _    _   87 "zx_status_t (zx_handle_t pager, zx_handle_t pager_vmo, uint32_t options, void* buffer, size_t buffer_size)";
        PagerSupplyPages      pager_supply_pages       Direct    _   80   88 "zx_status_t (zx_handle_t pager, zx_handle_t pager_vmo, uint64_t offset, uint64_t length, zx_handle_t aux_vmo, uint64_t aux_offset)";
    }
    Pc {
        PcFirmwareTables pc_firmware_tables Direct   74   82    _ "zx_status_t (zx_handle_t handle, zx_paddr_t* acpi_rsdp, zx_paddr_t* smbios)";
    }
    Pci {
        PciAddSubtractIoRange pci_add_subtract_io_range Direct   75   94   89 "zx_status_t (zx_handle_t handle, bool mmio, uint64_t base, uint64_t len, bool add)";
        PciCfgPioRw           pci_cfg_pio_rw            Direct   76   88   90 "zx_status_t (zx_handle_t handle, uint8_t bus, uint8_t dev, uint8_t func, uint8_t offset, uint32_t* val, size_t width, bool write)";
        PciConfigRead         pci_config_read           Direct   77   86   91 "zx_status_t (zx_handle_t handle, uint16_t offset, size_t width, uint32_t* out_val)";
        PciConfigWrite        pci_config_write          Direct   78   87   92 "zx_status_t (zx_handle_t handle, uint16_t offset, size_t width, uint32_t val)";
        PciEnableBusMaster    pci_enable_bus_master     Direct   79   84   93 "zx_status_t (zx_handle_t handle, bool enable)";
        PciGetBar             pci_get_bar               Direct   80   89   94 "zx_status_t (zx_handle_t handle, uint32_t bar_num, zx_pci_bar_t* out_bar, zx_handle_t* out_handle)";
        PciGetNthDevice       pci_get_nth_device        Direct   81   83   95 "zx_status_t (zx_handle_t handle, uint32_t index, zx_pcie_device_info_t* out_info, zx_handle_t* out_handle)";
        PciInit               pci_init                  Direct   82   93   96 "zx_status_t (zx_handle_t handle, const zx_pci_init_arg_t* init_buf, uint32_t len)";
        PciMapInterrupt       pci_map_interrupt         Direct   83   90   97 "zx_status_t (zx_handle_t handle, int32_t which_irq, zx_handle_t* out_handle)";
        PciQueryIrqMode       pci_query_irq_mode        Direct   84   91   98 "zx_status_t (zx_handle_t handle, uint32_t mode, uint32_t* out_max_irqs)";
        PciResetDevice        pci_reset_device          Direct   85   85   99 "zx_status_t (zx_handle_t handle)";
        PciSetIrqMode         pci_set_irq_mode          Direct   86   92  100 "zx_status_t (zx_handle_t handle, uint32_t mode, uint32_t requested_irq_count)";
    }
    Port {
        PortCancel    port_cancel     Direct          88   99  102 "zx_status_t (zx_handle_t handle, zx_handle_t source, uint64_t key)";
        PortCancelKey port_cancel_key Direct           _    _  103 "zx_status_t (zx_handle_t handle, uint32_t options, uint64_t key)";
        PortCreate    port_create     Direct          89   96  104 "zx_status_t (uint32_t options, zx_handle_t* out)";
        PortQueue     port_queue      Direct          90   97  105 "zx_status_t (zx_handle_t handle, const zx_port_packet_t* packet)";
        PortWait      port_wait       BlockingRetry   91   98  106 "zx_status_t (zx_handle_t handle, zx_instant_mono_t deadline, zx_port_packet_t* packet)";
    }
    Process {
        ProcessCreate       process_create        Direct   92  101  107 "zx_status_t (zx_handle_t job, const char* name, size_t name_size, uint32_t options, zx_handle_t* proc_handle, zx_handle_t* vmar_handle)";
        ProcessCreateShared process_create_shared Direct    _    _  108 "zx_status_t (zx_handle_t shared_proc, uint32_t options, const char* name, size_t name_size, zx_handle_t* proc_handle, zx_handle_t* restricted_vmar_handle)";
        ProcessExit         process_exit          Direct   93  100  109 "void (int64_t retcode)";
        ProcessReadMemory   process_read_memory   Direct   94  103  110 "zx_status_t (zx_handle_t handle, zx_vaddr_t vaddr, void* buffer, size_t buffer_size, size_t* actual)";
        ProcessStart        process_start         Direct   95  102  111 "zx_status_t (zx_handle_t handle, zx_handle_t thread, zx_vaddr_t entry, zx_vaddr_t stack, zx_handle_t arg1, uintptr_t arg2)";
        ProcessWriteMemory  process_write_memory  Direct   96  104  112 "zx_status_t (zx_handle_t handle, zx_vaddr_t vaddr, const void* buffer, size_t buffer_size, size_t* actual)";
    }
    Profile {
        ProfileCreate profile_create Direct   97  105  113 "zx_status_t (zx_handle_t root_job, uint32_t options, const zx_profile_info_t* profile, zx_handle_t* out)";
    }
    Resource {
        ResourceCreate resource_create Direct   98  106  114 "zx_status_t (zx_handle_t parent_rsrc, uint32_t options, uint64_t base, size_t size, const char* name, size_t name_size, zx_handle_t* resource_out)";
    }
    Restricted {
        RestrictedBindState   restricted_bind_state   Direct    _    _  115 "zx_status_t (uint32_t options, zx_handle_t* out, zx_exception_report_t* out_exception)";
        RestrictedEnter       restricted_enter        Direct    _    _  116 "zx_status_t (uint32_t options, uintptr_t vector_table_ptr, uintptr_t context)";
        RestrictedKick        restricted_kick         Direct    _    _  117 "zx_status_t (zx_handle_t thread, uint32_t options)";
        RestrictedUnbindState restricted_unbind_state Direct    _    _  118 "zx_status_t (uint32_t options)";
    }
    Smc {
        SmcCall smc_call Direct   99  107  123 "zx_status_t (zx_handle_t handle, const zx_smc_parameters_t* parameters, zx_smc_result_t* out_smc_result)";
    }
    Socket {
        SocketAccept         socket_accept          Direct  100    _    _ "zx_status_t (zx_handle_t handle, zx_handle_t* out_socket)";
        SocketCreate         socket_create          Direct  101  108  124 "zx_status_t (uint32_t options, zx_handle_t* out0, zx_handle_t* out1)";
        SocketRead           socket_read            Direct  102  110  125 "zx_status_t (zx_handle_t handle, uint32_t options, void* buffer, size_t buffer_size, size_t* actual)";
        SocketSetDisposition socket_set_disposition Direct    _    _  126 "zx_status_t (zx_handle_t handle, uint32_t disposition, uint32_t disposition_peer)";
        SocketShare          socket_share           Direct  103    _    _ "zx_status_t (zx_handle_t handle, zx_handle_t socket_to_share)";
        SocketShutdown       socket_shutdown        Direct  104  111    _ "zx_status_t (zx_handle_t handle, uint32_t options)";
        SocketWrite          socket_write           Direct  105  109  127 "zx_status_t (zx_handle_t handle, uint32_t options, const void* buffer, size_t buffer_size, size_t* actual)";
    }
    Stream {
        StreamCreate   stream_create    Direct    _  112  128 "zx_status_t (uint32_t options, zx_handle_t vmo, zx_off_t seek, zx_handle_t* out_stream)";
        StreamReadv    stream_readv     Direct    _  115  129 "zx_status_t (zx_handle_t handle, uint32_t options, zx_iovec_t* vector, size_t num_vector, size_t* actual)";
        StreamReadvAt  stream_readv_at  Direct    _  116  130 "zx_status_t (zx_handle_t handle, uint32_t options, zx_off_t offset, zx_iovec_t* vector, size_t num_vector, size_t* actual)";
        StreamSeek     stream_seek      Direct    _  117  131 "zx_status_t (zx_handle_t handle, zx_stream_seek_origin_t whence, int64_t offset, zx_off_t* out_seek)";
        StreamWritev   stream_writev    Direct    _  113  132 "zx_status_t (zx_handle_t handle, uint32_t options, const zx_iovec_t* vector, size_t num_vector, size_t* actual)";
        StreamWritevAt stream_writev_at Direct    _  114  133 "zx_status_t (zx_handle_t handle, uint32_t options, zx_off_t offset, const zx_iovec_t* vector, size_t num_vector, size_t* actual)";
    }
    String {
        StatusGetString status_get_string VdsoOnly vdso vdso vdso "const char* (zx_status_t status)";
    }
    System {
        SystemGetDcacheLineSize       system_get_dcache_line_size       VdsoOnly vdso vdso vdso "uint32_t (void)";
        SystemGetEvent                system_get_event                  Direct      _  129  160 "zx_status_t (zx_handle_t root_job, uint32_t kind, zx_handle_t* event)";
        SystemGetFeatures             system_get_features               VdsoOnly vdso vdso vdso "zx_status_t (uint32_t kind, uint32_t* features)";
        SystemGetNumCpus              system_get_num_cpus               VdsoOnly vdso vdso vdso "uint32_t (void)";
        SystemGetPageSize             system_get_page_size              VdsoOnly    _    _ vdso "uint32_t (void)";
        SystemGetPerformanceInfo      system_get_performance_info       Direct      _    _  161 "zx_status_t (zx_handle_t resource, uint32_t topic, size_t count, void* info, size_t* output_count)";
        SystemGetPhysmem              system_get_physmem                VdsoOnly vdso vdso vdso "uint64_t (void)";
        SystemGetVersion              system_get_version                VdsoOnly vdso vdso    _ "zx_status_t (char* version, size_t version_size)";
        SystemGetVersionString        system_get_version_string         VdsoOnly    _ vdso vdso "zx_string_view_t (void)";
        SystemMexec                   system_mexec                      Direct    116  130  162 "zx_status_t (zx_handle_t resource, zx_handle_t kernel_vmo, zx_handle_t bootimage_vmo)";
        SystemMexecPayloadGet         system_mexec_payload_get          Direct    117  131  163 "zx_status_t (zx_handle_t resource, void* buffer, size_t buffer_size)";
        SystemPowerctl                system_powerctl                   Direct    118  132  164 "zx_status_t (zx_handle_t resource, uint32_t cmd, const zx_system_powerctl_arg_t* arg)";
        SystemSetPerformanceInfo      system_set_performance_info       Direct      _    _  165 "zx_status_t (zx_handle_t resource, uint32_t topic, const void* info, size_t count)";
        SystemSetProcessorPowerDomain system_set_processor_power_domain Direct      _    _  166 "zx_status_t (zx_handle_t resource, uint64_t options, const zx_processor_power_domain_t* domain, zx_handle_t port, const zx_processor_power_level_t* power_levels, size_t num_power_levels, const zx_processor_power_level_transition_t* transitions, size_t num_transitions)";
        SystemSetProcessorPowerState  system_set_processor_power_state  Direct      _    _  167 "zx_status_t (zx_handle_t port, const zx_processor_power_state_t* power_state)";
        SystemSuspendEnter            system_suspend_enter              Direct      _    _  168 "zx_status_t (zx_handle_t resource, zx_instant_boot_t resume_deadline, zx_system_suspend_option_t options, zx_wake_source_report_header_t* header, zx_wake_source_report_entry_t* entries, uint32_t num_entries, uint32_t* actual_entries)";
        SystemWatchMemoryStall        system_watch_memory_stall         Direct      _    _  169 "zx_status_t (zx_handle_t resource, uint32_t kind, zx_duration_t threshold, zx_duration_t window, zx_handle_t* event)";
    }
    Task {
        TaskBindExceptionPort      task_bind_exception_port      Direct  119    _    _ "zx_status_t (zx_handle_t handle, zx_handle_t port, uint64_t key, uint32_t options)";
        TaskCreateExceptionChannel task_create_exception_channel Direct    _  135  170 "zx_status_t (zx_handle_t handle, uint32_t options, zx_handle_t* out)";
        TaskKill                   task_kill                     Direct  120  136  171 "zx_status_t (zx_handle_t handle)";
        TaskResumeFromException    task_resume_from_exception    Direct  121    _    _ "zx_status_t (zx_handle_t handle, zx_handle_t port, uint32_t options)";
        TaskSuspend                task_suspend                  Direct  122  133  172 "zx_status_t (zx_handle_t handle, zx_handle_t* token)";
        TaskSuspendToken           task_suspend_token            Direct  123  134  173 "zx_status_t (zx_handle_t handle, zx_handle_t* token)";
    }
    Test {
        SyscallNext1                      syscall_next_1                        Direct    _    _  134 "zx_status_t (int32_t arg)";
        SyscallTest0                      syscall_test_0                        Direct  106  118  135 "zx_status_t (void)";
        SyscallTest1                      syscall_test_1                        Direct  107  119  136 "zx_status_t (int a)";
        SyscallTest2                      syscall_test_2                        Direct  108  120  137 "zx_status_t (int a, int b)";
        SyscallTest3                      syscall_test_3                        Direct  109  121  138 "zx_status_t (int a, int b, int c)";
        SyscallTest4                      syscall_test_4                        Direct  110  122  139 "zx_status_t (int a, int b, int c, int d)";
        SyscallTest5                      syscall_test_5                        Direct  111  123  140 "zx_status_t (int a, int b, int c, int d, int e)";
        SyscallTest6                      syscall_test_6                        Direct  112  124  141 "zx_status_t (int a, int b, int c, int d, int e, int f)";
        SyscallTest7                      syscall_test_7                        Direct  113  125  142 "zx_status_t (int a, int b, int c, int d, int e, int f, int g)";
        SyscallTest8                      syscall_test_8                        Direct  114  126  143 "zx_status_t (int a, int b, int c, int d, int e, int f, int g, int h)";
        SyscallTestHandleCreate           syscall_test_handle_create            Direct    _  128  144 "zx_status_t (zx_status_t return_value, zx_handle_t* out)";
        SyscallTestRust0                  syscall_test_rust_0                   Direct    _    _  145 "zx_status_t (void)";
        SyscallTestRust1                  syscall_test_rust_1                   Direct    _    _  146 "zx_status_t (int a)";
        SyscallTestRust2                  syscall_test_rust_2                   Direct    _    _  147 "zx_status_t (int a, int b)";
        SyscallTestRust3                  syscall_test_rust_3                   Direct    _    _  148 "zx_status_t (int a, int b, int c)";
        SyscallTestRust4                  syscall_test_rust_4                   Direct    _    _  149 "zx_status_t (int a, int b, int c, int d)";
        SyscallTestRust5                  syscall_test_rust_5                   Direct    _    _  150 "zx_status_t (int a, int b, int c, int d, int e)";
        SyscallTestRust6                  syscall_test_rust_6                   Direct    _    _  151 "zx_status_t (int a, int b, int c, int d, int e, int f)";
        SyscallTestRust7                  syscall_test_rust_7                   Direct    _    _  152 "zx_status_t (int a, int b, int c, int d, int e, int f, int g)";
        SyscallTestRust8                  syscall_test_rust_8                   Direct    _    _  153 "zx_status_t (int a, int b, int c, int d, int e, int f, int g, int h)";
        SyscallTestRustWrapper            syscall_test_rust_wrapper             Direct    _    _  154 "zx_status_t (int a, int b, int c)";
        SyscallTestWideningSignedNarrow   syscall_test_widening_signed_narrow   Direct    _    _  155 "int64_t (int64_t a, int32_t b, int16_t c, int8_t d)";
        SyscallTestWideningSignedWide     syscall_test_widening_signed_wide     Direct    _    _  156 "int64_t (int64_t a, int32_t b, int16_t c, int8_t d)";
        SyscallTestWideningUnsignedNarrow syscall_test_widening_unsigned_narrow Direct    _    _  157 "uint64_t (uint64_t a, uint32_t b, uint16_t c, uint8_t d)";
        SyscallTestWideningUnsignedWide   syscall_test_widening_unsigned_wide   Direct    _    _  158 "uint64_t (uint64_t a, uint32_t b, uint16_t c, uint8_t d)";
        SyscallTestWrapper                syscall_test_wrapper                  Direct  115  127  159 "zx_status_t (int a, int b, int c)";
    }
    Thread {
        ThreadCreate         thread_create          Direct       124  138  174 "zx_status_t (zx_handle_t process, const char* name, size_t name_size, uint32_t options, zx_handle_t* out)";
        ThreadExit           thread_exit            Direct       125  137  175 "void (void)";
        ThreadLegacyYield    thread_legacy_yield    Direct         _    _  176 "zx_status_t (uint32_t options)";
        ThreadRaiseException thread_raise_exception Direct         _    _  177 "zx_status_t (uint32_t options, uint32_t type, const zx_exception_context_t* context)";
        ThreadReadState      thread_read_state      Direct       126  140  178 "zx_status_t (zx_handle_t handle, uint32_t kind, void* buffer, size_t buffer_size)";
        ThreadSetPriority    thread_set_priority    Direct       127    _    _ "zx_status_t (int32_t prio)";
        ThreadSetRseq        thread_set_rseq        Direct         _    _  179 "zx_status_t (zx_handle_t vmo, uint64_t offset, uint64_t size)";
        ThreadStart          thread_start           ThreadStart  128  139 vdso "zx_status_t (zx_handle_t handle, zx_vaddr_t thread_entry, zx_vaddr_t stack, uintptr_t arg1, uintptr_t arg2)";
        ThreadStartRegs      thread_start_regs      Direct         _    _  180 "zx_status_t (zx_handle_t handle, uint64_t pc, uint64_t sp, uint64_t arg1, uint64_t arg2, uint64_t tp, uint64_t abi_reg)";
        ThreadWriteState     thread_write_state     Direct       129  141  181 "zx_status_t (zx_handle_t handle, uint32_t kind, const void* buffer, size_t buffer_size)";
    }
    Timer {
        TimerCancel timer_cancel Direct  131  144  184 "zx_status_t (zx_handle_t handle)";
        TimerCreate timer_create Direct  132  142  185 "zx_status_t (uint32_t options, zx_clock_t clock_id, zx_handle_t* out)";
        TimerSet    timer_set    Direct  133  143  186 "zx_status_t (zx_handle_t handle, zx_time_t deadline, zx_duration_t slack)";
    }
    Trace {
        KtraceControl ktrace_control Direct   53   60   65 "zx_status_t (zx_handle_t handle, uint32_t action, uint32_t options, void* ptr)";
        KtraceRead    ktrace_read    Direct   54   59   66 "zx_status_t (zx_handle_t handle, void* data, uint32_t offset, size_t data_size, size_t* actual)";
        KtraceWrite   ktrace_write   Direct   55   61    _ "zx_status_t (zx_handle_t handle, uint32_t id, uint32_t arg0, uint32_t arg1)";
        MtraceControl mtrace_control Direct   58   66    _ "zx_status_t (zx_handle_t handle, uint32_t kind, uint32_t action, uint32_t options, void* ptr, size_t ptr_size)";
        SamplerCreate sampler_create Direct    _    _  119 "zx_status_t (zx_handle_t rsrc, uint64_t options, const zx_sampler_config_t* config, zx_handle_t* per_cpu_buffers)";
        SamplerRead   sampler_read   Direct    _    _  120 "zx_status_t (zx_handle_t iobuffer, void* data, size_t data_size, size_t* actual)";
        SamplerStart  sampler_start  Direct    _    _  121 "zx_status_t (zx_handle_t iobuffer)";
        SamplerStop   sampler_stop   Direct    _    _  122 "zx_status_t (zx_handle_t iobuffer)";
    }
    Vmar {
        VmarAllocate                   vmar_allocate                       Direct         139  150  193 "zx_status_t (zx_handle_t parent_vmar, zx_vm_option_t options, size_t offset, size_t size, zx_handle_t* child_vmar, zx_vaddr_t* child_addr)";
        VmarAllocateOld                vmar_allocate_old                   Direct         140    _    _ "zx_status_t (zx_handle_t parent_vmar, uint64_t offset, uint64_t size, uint32_t map_flags, zx_handle_t* child_vmar, zx_vaddr_t* child_addr)";
        VmarDestroy                    vmar_destroy                        Direct         141  151  194 "zx_status_t (zx_handle_t handle)";
        VmarMap                        vmar_map                            Direct         142  152  195 "zx_status_t (zx_handle_t handle, zx_vm_option_t options, size_t vmar_offset, zx_handle_t vmo, uint64_t vmo_offset, size_t len, zx_vaddr_t* mapped_addr)";
        VmarMapClock                   vmar_map_clock                      Direct           _    _  196 "zx_status_t (zx_handle_t handle, zx_vm_option_t options, uint64_t vmar_offset, zx_handle_t clock, uint64_t len, zx_vaddr_t* mapped_addr)";
        VmarMapIob                     vmar_map_iob                        Direct           _    _  197 "zx_status_t (zx_handle_t handle, zx_vm_option_t options, size_t vmar_offset, zx_handle_t ep, uint32_t region_index, uint64_t region_offset, size_t region_length, zx_vaddr_t* mapped_addr)";
        VmarMapOld                     vmar_map_old                        Direct         143    _    _ "zx_status_t (zx_handle_t handle, uint64_t vmar_offset, zx_handle_t vmo, uint64_t vmo_offset, uint64_t len, uint32_t map_flags, zx_vaddr_t* mapped_addr)";
        VmarOpRange                    vmar_op_range                       Direct           _  155  198 "zx_status_t (zx_handle_t handle, uint32_t op, zx_vaddr_t address, size_t size, void* buffer, size_t buffer_size)";
        VmarProtect                    vmar_protect                        Direct         144  154  199 "zx_status_t (zx_handle_t handle, zx_vm_option_t options, zx_vaddr_t addr, size_t len)";
        VmarProtectOld                 vmar_protect_old                    Direct         145    _    _ "zx_status_t (zx_handle_t handle, zx_vaddr_t addr, uint64_t len, uint32_t prot_flags)";
        VmarUnmap                      vmar_unmap                          Direct         146  153  200 "zx_status_t (zx_handle_t handle, zx_vaddr_t addr, size_t len)";
        VmarUnmapHandleCloseThreadExit vmar_unmap_handle_close_thread_exit ExitComposite vdso vdso vdso "zx_status_t (zx_handle_t vmar_handle, zx_vaddr_t addr, size_t size, zx_handle_t close_handle)";
    }
    Vmo {
        VmoClone               vmo_clone                 Direct         147    _    _ "zx_status_t (zx_handle_t handle, uint32_t options, uint64_t offset, uint64_t size, zx_handle_t* out)";
        VmoCreate              vmo_create                Direct         148  156  201 "zx_status_t (uint64_t size, uint32_t options, zx_handle_t* out)";
        VmoCreateChild         vmo_create_child          Direct           _  162  202 "zx_status_t (zx_handle_t handle, uint32_t options, uint64_t offset, uint64_t size, zx_handle_t* out)";
        VmoCreateContiguous    vmo_create_contiguous     Direct         149  165  203 "zx_status_t (zx_handle_t bti, size_t size, uint32_t alignment_log2, zx_handle_t* out)";
        VmoCreatePhysical      vmo_create_physical       Direct         150  166  204 "zx_status_t (zx_handle_t resource, zx_paddr_t paddr, size_t size, zx_handle_t* out)";
        VmoGetSize             vmo_get_size              Direct         151  159  205 "zx_status_t (zx_handle_t handle, uint64_t* size)";
        VmoGetStreamSize       vmo_get_stream_size       Direct           _    _  206 "zx_status_t (zx_handle_t handle, uint64_t* size)";
        VmoOpRange             vmo_op_range              BlockingRetry  152  161  207 "zx_status_t (zx_handle_t handle, uint32_t op, uint64_t offset, uint64_t size, void* buffer, size_t buffer_size)";
        VmoRead                vmo_read                  BlockingRetry  153  157  208 "zx_status_t (zx_handle_t handle, void* buffer, uint64_t offset, size_t buffer_size)";
        VmoReplaceAsExecutable vmo_replace_as_executable Direct         154  164  209 "zx_status_t (zx_handle_t handle, zx_handle_t vmex, zx_handle_t* out)";
        VmoSetCachePolicy      vmo_set_cache_policy      Direct         155  163  210 "zx_status_t (zx_handle_t handle, uint32_t cache_policy)";
        VmoSetSize             vmo_set_size              Direct         156  160  211 "zx_status_t (zx_handle_t handle, uint64_t size)";
        VmoSetStreamSize       vmo_set_stream_size       Direct           _    _  212 "zx_status_t (zx_handle_t handle, uint64_t size)";
        VmoTransferData        vmo_transfer_data         Direct           _    _  213 "zx_status_t (zx_handle_t dst_vmo, uint32_t options, uint64_t offset, uint64_t length, zx_handle_t src_vmo, uint64_t src_offset)";
        VmoWrite               vmo_write                 BlockingRetry  157  158  214 "zx_status_t (zx_handle_t handle, const void* buffer, uint64_t offset, size_t buffer_size)";
    }
}
