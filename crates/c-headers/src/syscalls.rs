//! `zircon/syscalls/`: what only some calls know.

use zx_abi::{
    CLOCK_ARGS_VERSION_SHIFT, CLOCK_MAX_RATE_ADJUST, CLOCK_UNKNOWN_ERROR, CLOCK_UPDATE_ERROR_BOUND,
    CLOCK_UPDATE_RATE, CLOCK_UPDATE_REFERENCE, CLOCK_UPDATE_VALUE, EXCEPTIONS, INFO_TIMER,
    INFO_TOPICS, IOB_DISCIPLINE_TYPE_ID_ALLOCATOR, IOB_DISCIPLINE_TYPE_NONE,
    IOB_DISCIPLINE_TYPE_RING_BUFFER, IobAccess, LOG_RECORD_DATA_MAX, LOG_RECORD_MAX,
    PACKET_INTERRUPT, PACKET_PAGE_REQUEST, PACKET_SIGNAL_ONE, PACKET_USER, PRIORITY_DEFAULT,
    PRIORITY_HIGH, PRIORITY_HIGHEST, PROPERTIES, PolicyCondition, RSRC_SYSTEM_DEBUG_BASE,
    RSRC_SYSTEM_DEBUGLOG_BASE, RSRC_SYSTEM_INFO_BASE, RSRC_SYSTEM_PROFILE_BASE,
    RSRC_SYSTEM_STALL_BASE, RSRC_SYSTEM_VMEX_BASE, exception_name,
};

use crate::constants::{bits, constant, constants, define, variants, zx};
use crate::header::Header;
use crate::records;

pub fn headers() -> Vec<Header> {
    vec![
        Header::new("zircon/syscalls/clock.h", "Clocks.", &["zircon/types.h"], clock()),
        Header::new(
            "zircon/syscalls/debug.h",
            "Registers of threads.",
            &["zircon/types.h"],
            debug(),
        ),
        Header::new("zircon/syscalls/exception.h", "Exceptions.", &["zircon/types.h"], exception()),
        Header::new("zircon/syscalls/iob.h", "IOBuffers.", &["zircon/types.h"], iob()),
        Header::new("zircon/syscalls/log.h", "The debug log.", &["zircon/types.h"], log()),
        Header::new(
            "zircon/syscalls/object.h",
            "What zx_object_get_info tells, and properties.",
            &["zircon/types.h"],
            object(),
        ),
        Header::new("zircon/syscalls/policy.h", "Job policy.", &["zircon/types.h"], policy()),
        Header::new("zircon/syscalls/port.h", "Packets of ports.", &["zircon/types.h"], port()),
        Header::new(
            "zircon/syscalls/profile.h",
            "Profiles, by which threads are scheduled.",
            &["zircon/syscalls/scheduler.h", "zircon/types.h"],
            profile(),
        ),
        Header::new(
            "zircon/syscalls/resource.h",
            "Resources, which give access to what is not everybody's.",
            &["zircon/types.h"],
            resource(),
        ),
        Header::new(
            "zircon/syscalls/scheduler.h",
            "Deadlines of threads.",
            &["zircon/types.h"],
            [SCHEDULER.into()],
        ),
    ]
}

fn clock() -> [String; 6] {
    let update = [
        ("SYNTHETIC_VALUE_VALID", CLOCK_UPDATE_VALUE),
        ("RATE_ADJUST_VALID", CLOCK_UPDATE_RATE),
        ("ERROR_BOUND_VALID", CLOCK_UPDATE_ERROR_BOUND),
        ("REFERENCE_VALUE_VALID", CLOCK_UPDATE_REFERENCE),
    ];
    let most = CLOCK_MAX_RATE_ADJUST;
    [
        zx![
            "uint64_t": CLOCK_OPT_MONOTONIC, CLOCK_OPT_CONTINUOUS, CLOCK_OPT_AUTO_START,
            CLOCK_OPT_BOOT, CLOCK_OPT_MAPPABLE,
        ] + &define(
            "ZX_CLOCK_ARGS_VERSION(version)",
            &format!("((uint64_t)(version) << {CLOCK_ARGS_VERSION_SHIFT})"),
        ),
        constants("ZX_CLOCK_UPDATE_OPTION_", "uint64_t", update)
            + &define("ZX_CLOCK_UPDATE_MIN_RATE_ADJUST", &format!("((int32_t)-{most})"))
            + &define("ZX_CLOCK_UPDATE_MAX_RATE_ADJUST", &format!("((int32_t){most})"))
            + &constant("ZX_CLOCK_UNKNOWN_ERROR", "uint64_t", CLOCK_UNKNOWN_ERROR),
        "typedef struct zx_clock_create_args_v1 {\n  zx_time_t backstop_time;\n} \
         zx_clock_create_args_v1_t;\n"
            .into(),
        "// Synthetic ticks for so many ticks of the reference.\n\
         typedef struct zx_clock_rate {\n  uint32_t synthetic_ticks;\n  \
         uint32_t reference_ticks;\n} zx_clock_rate_t;\n\n"
            .to_owned()
            + &records::clock_transformation().declaration(),
        records::clock_details().declaration(),
        records::clock_update_args_v1().declaration()
            + "\n"
            + &records::clock_update_args_v2().declaration(),
    ]
}

fn debug() -> [String; 8] {
    [
        "typedef uint32_t zx_thread_state_topic_t;\n\n".to_owned()
            + &zx![
                "zx_thread_state_topic_t": THREAD_STATE_GENERAL_REGS, THREAD_STATE_FP_REGS,
                THREAD_STATE_VECTOR_REGS, THREAD_STATE_DEBUG_REGS, THREAD_STATE_SINGLE_STEP,
            ],
        records::x86_64_registers().declaration(),
        records::x86_64_fp_registers().declaration(),
        records::x86_64_vector_registers().declaration(),
        records::x86_64_debug_registers().declaration(),
        records::aarch64_registers().declaration(),
        records::riscv64_registers().declaration(),
        [
            ("__x86_64__", "if", "x86_64"),
            ("__aarch64__", "elif", "arm64"),
            ("__riscv", "elif", "riscv64"),
        ]
        .map(|(macro_name, directive, arch)| {
            format!(
                "#{directive} defined({macro_name})\ntypedef \
                     zx_{arch}_thread_state_general_regs_t zx_thread_state_general_regs_t;\n"
            )
        })
        .concat()
            + "#endif\n\n#if defined(__x86_64__)\n"
            + &["fp_regs", "vector_regs", "debug_regs"]
                .map(|kind| {
                    format!("typedef zx_x86_64_thread_state_{kind}_t zx_thread_state_{kind}_t;\n")
                })
                .concat()
            + "#endif\ntypedef uint32_t zx_thread_state_single_step_t;\n",
    ]
}

fn exception() -> [String; 6] {
    let types = EXCEPTIONS.map(|kind| (exception_name(kind), kind));
    [
        constants("ZX_EXCP_", "zx_excp_type_t", types)
            + "// Set for those that no processor has raised.\n\
               #define ZX_EXCP_SYNTH ((zx_excp_type_t)0x8000u)\n\
               #define ZX_EXCP_IS_ARCH(type) (((type) & ZX_EXCP_SYNTH) == 0)\n",
        zx![
            "uint32_t": EXCP_POLICY_CODE_CHANNEL_FULL_WRITE, EXCP_POLICY_CODE_PORT_TOO_MANY_PACKETS,
            EXCP_POLICY_CODE_BAD_SYSCALL, EXCP_USER_CODE_USER0,
        ],
        EXCEPTION_STATES.into(),
        EXCEPTION_CHANNELS.into(),
        EXCEPTION_REPORT.into(),
        EXCEPTION_INFO.into(),
    ]
}

const EXCEPTION_STATES: &str = "\
// Values of ZX_PROP_EXCEPTION_STATE: what becomes of a thread once its exception's handle closes.
#define ZX_EXCEPTION_STATE_TRY_NEXT ((uint32_t)0u)
#define ZX_EXCEPTION_STATE_HANDLED ((uint32_t)1u)
#define ZX_EXCEPTION_STATE_THREAD_EXIT ((uint32_t)2u)

// Values of ZX_PROP_EXCEPTION_STRATEGY: whether a debugger is asked twice.
#define ZX_EXCEPTION_STRATEGY_FIRST_CHANCE ((uint32_t)0u)
#define ZX_EXCEPTION_STRATEGY_SECOND_CHANCE ((uint32_t)1u)

// The only option of zx_thread_raise_exception.
#define ZX_EXCEPTION_TARGET_JOB_DEBUGGER ((uint32_t)1u)
";

const EXCEPTION_CHANNELS: &str = "\
// An option of zx_task_create_exception_channel.
#define ZX_EXCEPTION_CHANNEL_DEBUGGER ((uint32_t)1u)

// Which exception channel a thread waits for.
#define ZX_EXCEPTION_CHANNEL_TYPE_NONE ((uint32_t)0u)
#define ZX_EXCEPTION_CHANNEL_TYPE_DEBUGGER ((uint32_t)1u)
#define ZX_EXCEPTION_CHANNEL_TYPE_THREAD ((uint32_t)2u)
#define ZX_EXCEPTION_CHANNEL_TYPE_PROCESS ((uint32_t)3u)
#define ZX_EXCEPTION_CHANNEL_TYPE_JOB ((uint32_t)4u)
#define ZX_EXCEPTION_CHANNEL_TYPE_JOB_DEBUGGER ((uint32_t)5u)
";

const EXCEPTION_REPORT: &str = "\
typedef struct zx_exception_header {
  // Bytes of the report.
  uint32_t size;
  zx_excp_type_t type;
} zx_exception_header_t;

typedef struct zx_x86_64_exc_data {
  uint64_t vector;
  uint64_t err_code;
  uint64_t cr2;
} zx_x86_64_exc_data_t;

typedef struct zx_arm64_exc_data {
  uint32_t esr;
  uint8_t padding1[4];
  uint64_t far;
  uint8_t padding2[8];
} zx_arm64_exc_data_t;

typedef struct zx_riscv64_exc_data {
  uint64_t cause;
  uint64_t tval;
  uint8_t padding1[8];
} zx_riscv64_exc_data_t;

struct zx_exception_context {
  union {
    zx_x86_64_exc_data_t x86_64;
    zx_arm64_exc_data_t arm_64;
    zx_riscv64_exc_data_t riscv_64;
  } arch;
  uint32_t synth_code;
  uint32_t synth_data;
};

struct zx_exception_report {
  zx_exception_header_t header;
  zx_exception_context_t context;
};
";

const EXCEPTION_INFO: &str = "\
// The bytes of a message from an exception channel.
typedef struct zx_exception_info {
  zx_koid_t pid;
  zx_koid_t tid;
  zx_excp_type_t type;
  uint8_t padding1[4];
} zx_exception_info_t;
";

fn log() -> [String; 2] {
    let severities = [
        ("TRACE", 16u32),
        ("DEBUG", 32),
        ("INFO", 48),
        ("WARNING", 64),
        ("ERROR", 80),
        ("FATAL", 96),
    ];
    [
        define("ZX_LOG_RECORD_MAX", &LOG_RECORD_MAX.to_string())
            + &define("ZX_LOG_RECORD_DATA_MAX", &LOG_RECORD_DATA_MAX.to_string())
            + &zx!["uint32_t": LOG_FLAG_READABLE, LOG_FLAGS_MASK]
            + &constants("DEBUGLOG_", "uint8_t", severities),
        "typedef struct zx_log_record {\n  uint64_t sequence;\n  uint8_t padding1[4];\n  \
         uint16_t datalen;\n  uint8_t severity;\n  uint8_t flags;\n  zx_time_t timestamp;\n  \
         uint64_t pid;\n  uint64_t tid;\n  char data[ZX_LOG_RECORD_DATA_MAX];\n} \
         zx_log_record_t;\n"
            .into(),
    ]
}

fn object() -> Vec<String> {
    let records = [
        records::info_handle_basic(),
        records::info_process(),
        records::info_vmar(),
        records::info_thread(),
        records::info_socket(),
        records::info_vmo_v1(),
        records::info_vmo_v2(),
        records::info_vmo_v3(),
        records::info_vmo(),
        records::info_maps_mapping(),
        records::info_maps(),
        records::info_task_stats_v1(),
        records::info_task_stats(),
        records::info_thread_stats(),
        records::info_task_runtime_v1(),
        records::info_task_runtime(),
        records::info_process_handle_stats(),
        records::info_handle_extended(),
        records::info_resource(),
        records::info_interrupt(),
        records::info_kmem_stats(),
        records::info_stream(),
        records::info_timer(),
        records::info_job(),
    ];
    let mut parts = vec![
        "typedef uint32_t zx_object_info_topic_t;\ntypedef uint32_t zx_info_process_flags_t;\n\
         typedef uint32_t zx_info_maps_type_t;\ntypedef uint32_t zx_thread_state_t;\n"
            .into(),
        topics(),
        constants("ZX_", "uint32_t", PROPERTIES.iter().copied())
            + &zx!["uintptr_t": PROCESS_DEBUG_ADDR_BREAK_ON_SET],
        zx![
            "zx_info_process_flags_t": INFO_PROCESS_FLAG_STARTED, INFO_PROCESS_FLAG_EXITED,
            INFO_PROCESS_FLAG_DEBUGGER_ATTACHED,
        ] + &zx![
            "uint32_t": INFO_VMO_TYPE_PAGED, INFO_VMO_RESIZABLE, INFO_VMO_IS_COW_CLONE,
            INFO_VMO_VIA_HANDLE, INFO_VMO_VIA_MAPPING, INFO_VMO_PAGER_BACKED,
            INFO_VMO_DISCARDABLE, INFO_VMO_IMMUTABLE, INFO_INVALID_CPU,
        ] + &zx![
            "zx_info_maps_type_t": INFO_MAPS_TYPE_ASPACE, INFO_MAPS_TYPE_VMAR,
            INFO_MAPS_TYPE_MAPPING,
        ],
        thread_states(),
        return_codes(),
    ];
    parts.extend(records.map(|record| record.declaration()));
    parts
}

/// Topics. Where there are several versions, each has its number in its name, and the newest is
/// meant if none is.
fn topics() -> String {
    let has = |name: &str| INFO_TOPICS.iter().any(|(other, _)| *other == name);
    let mut text = constant("ZX_INFO_NONE", "zx_object_info_topic_t", 0u32);
    for (name, number) in INFO_TOPICS.iter().copied().chain([("INFO_TIMER", INFO_TIMER)]) {
        let is_first = has(&format!("{name}_V2"));
        let versioned = if is_first { format!("ZX_{name}_V1") } else { format!("ZX_{name}") };
        text += &constant(&versioned, "zx_object_info_topic_t", number);
        if is_first {
            let newest = (2..).take_while(|version| has(&format!("{name}_V{version}"))).last();
            text += &define(&format!("ZX_{name}"), &format!("ZX_{name}_V{}", newest.unwrap_or(2)));
        }
    }
    text
}

fn thread_states() -> String {
    variants![
        "ZX_THREAD_STATE_" "zx_thread_state_t" ThreadState:
        New "NEW",
        Running "RUNNING",
        Suspended "SUSPENDED",
        Blocked "BLOCKED",
        Dying "DYING",
        Dead "DEAD",
        BlockedException "BLOCKED_EXCEPTION",
        BlockedSleeping "BLOCKED_SLEEPING",
        BlockedFutex "BLOCKED_FUTEX",
        BlockedPort "BLOCKED_PORT",
        BlockedChannel "BLOCKED_CHANNEL",
        BlockedWaitOne "BLOCKED_WAIT_ONE",
        BlockedWaitMany "BLOCKED_WAIT_MANY",
        BlockedInterrupt "BLOCKED_INTERRUPT",
        BlockedPager "BLOCKED_PAGER",
    ] + &define("ZX_THREAD_STATE_BASIC(state)", "((state) & 0xffu)")
}

fn return_codes() -> String {
    macro_rules! codes {
        ($($name:ident)*) => {
            [$(define(
                concat!("ZX_", stringify!($name)),
                &format!("((int64_t){})", zx_abi::$name),
            )),*]
            .concat()
        };
    }
    codes! {
        TASK_RETCODE_SYSCALL_KILL
        TASK_RETCODE_OOM_KILL
        TASK_RETCODE_POLICY_KILL
        TASK_RETCODE_VDSO_KILL
        TASK_RETCODE_EXCEPTION_KILL
        TASK_RETCODE_CRITICAL_PROCESS_KILL
    }
}

fn policy() -> [String; 6] {
    [
        zx!["uint32_t": JOB_POL_RELATIVE, JOB_POL_ABSOLUTE]
            + &zx!["uint32_t": JOB_POL_BASIC_V1, JOB_POL_BASIC_V2, JOB_POL_TIMER_SLACK],
        variants![
            "ZX_POL_" "uint32_t" PolicyCondition:
            BadHandle "BAD_HANDLE",
            WrongObject "WRONG_OBJECT",
            VmarWx "VMAR_WX",
            NewAny "NEW_ANY",
            NewVmo "NEW_VMO",
            NewChannel "NEW_CHANNEL",
            NewEvent "NEW_EVENT",
            NewEventpair "NEW_EVENTPAIR",
            NewPort "NEW_PORT",
            NewSocket "NEW_SOCKET",
            NewFifo "NEW_FIFO",
            NewTimer "NEW_TIMER",
            NewProcess "NEW_PROCESS",
            NewProfile "NEW_PROFILE",
            NewPager "NEW_PAGER",
            AmbientMarkVmoExec "AMBIENT_MARK_VMO_EXEC",
            NewIob "NEW_IOB",
            NewSampler "NEW_SAMPLER",
        ] + &constant("ZX_POL_MAX", "uint32_t", PolicyCondition::COUNT as u64),
        variants![
            "ZX_POL_ACTION_" "uint32_t" PolicyAction:
            Allow "ALLOW",
            Deny "DENY",
            AllowException "ALLOW_EXCEPTION",
            DenyException "DENY_EXCEPTION",
            Kill "KILL",
        ] + &zx!["uint32_t": POL_OVERRIDE_ALLOW, POL_OVERRIDE_DENY],
        records::policy_basic_v1().declaration(),
        records::policy_basic_v2().declaration()
            + "\ntypedef zx_policy_basic_v2_t zx_policy_basic_t;\n\
               #define ZX_JOB_POL_BASIC ZX_JOB_POL_BASIC_V2\n",
        records::policy_timer_slack().declaration(),
    ]
}

fn iob() -> [String; 4] {
    [
        zx!["uint32_t": IOB_REGION_TYPE_PRIVATE, IOB_REGION_TYPE_SHARED],
        constants(
            "ZX_IOB_DISCIPLINE_TYPE_",
            "uint64_t",
            [
                ("NONE", IOB_DISCIPLINE_TYPE_NONE),
                ("ID_ALLOCATOR", IOB_DISCIPLINE_TYPE_ID_ALLOCATOR),
                ("MEDIATED_WRITE_RING_BUFFER", IOB_DISCIPLINE_TYPE_RING_BUFFER),
            ],
        ),
        bits::<IobAccess>("ZX_IOB_ACCESS_", "uint32_t"),
        IOB.into(),
    ]
}

const IOB: &str = "\
typedef struct zx_iob_discipline {
  uint64_t type;
  union {
    struct {
      uint64_t tag;
      uint64_t padding[7];
    } ring_buffer;
    uint64_t reserved[8];
  };
} zx_iob_discipline_t;

typedef struct zx_iob_region_private {
  uint32_t options;
  uint32_t padding[7];
} zx_iob_region_private_t;

typedef struct zx_iob_region_shared {
  uint32_t options;
  zx_handle_t shared_region;
  uint32_t padding[6];
} zx_iob_region_shared_t;

struct zx_iob_region {
  uint32_t type;
  uint32_t access;
  uint64_t size;
  zx_iob_discipline_t discipline;
  union {
    zx_iob_region_private_t private_region;
    zx_iob_region_shared_t shared_region;
    uint8_t max_extension[32];
  };
};

typedef struct zx_iob_region_info {
  zx_iob_region_t region;
  zx_koid_t koid;
} zx_iob_region_info_t;

typedef struct zx_info_iob {
  uint64_t options;
  uint32_t region_count;
  uint8_t padding1[4];
} zx_info_iob_t;
";

fn profile() -> [String; 3] {
    [
        "#define ZX_PRIORITY_LOWEST 0\n#define ZX_PRIORITY_LOW 8\n".to_owned()
            + &[
                ("DEFAULT", PRIORITY_DEFAULT),
                ("HIGH", PRIORITY_HIGH),
                ("HIGHEST", PRIORITY_HIGHEST),
            ]
            .map(|(name, priority)| define(&format!("ZX_PRIORITY_{name}"), &priority.to_string()))
            .concat(),
        zx![
            "uint32_t": PROFILE_INFO_FLAG_PRIORITY, PROFILE_INFO_FLAG_CPU_MASK,
            PROFILE_INFO_FLAG_DEADLINE, PROFILE_INFO_FLAG_NO_INHERIT,
            PROFILE_INFO_FLAG_MEMORY_PRIORITY, PROFILE_INFO_FLAG_CRITICAL,
        ],
        "struct zx_profile_info {\n  uint32_t flags;\n  uint8_t padding1[4];\n  union {\n    \
         __extension__ struct {\n      int32_t priority;\n      uint8_t padding2[20];\n    };\n    \
         zx_sched_deadline_params_t deadline_params;\n  };\n  zx_cpu_set_t cpu_affinity_mask;\n};\n"
            .into(),
    ]
}

const SCHEDULER: &str = "\
typedef struct zx_sched_deadline_params {
  // Nanoseconds of processor time, within which deadline, and how often.
  zx_duration_t capacity;
  zx_duration_t relative_deadline;
  zx_duration_t period;
} zx_sched_deadline_params_t;
";

fn resource() -> [String; 2] {
    let bases = [
        ("HYPERVISOR", 0),
        ("VMEX", RSRC_SYSTEM_VMEX_BASE),
        ("DEBUG", RSRC_SYSTEM_DEBUG_BASE),
        ("INFO", RSRC_SYSTEM_INFO_BASE),
        ("PROFILE", RSRC_SYSTEM_PROFILE_BASE),
        ("DEBUGLOG", RSRC_SYSTEM_DEBUGLOG_BASE),
        ("STALL", RSRC_SYSTEM_STALL_BASE),
    ];
    [
        "typedef uint32_t zx_rsrc_kind_t;\ntypedef uint32_t zx_rsrc_flags_t;\n\
         typedef uint64_t zx_rsrc_system_base_t;\n\n"
            .to_owned()
            + &variants![
                "ZX_RSRC_KIND_" "zx_rsrc_kind_t" ResourceKind:
                Mmio "MMIO",
                Irq "IRQ",
                Ioport "IOPORT",
                Root "ROOT",
                Smc "SMC",
                System "SYSTEM",
            ]
            + &zx!["zx_rsrc_flags_t": RSRC_FLAG_EXCLUSIVE],
        bases
            .map(|(name, base)| {
                constant(&format!("ZX_RSRC_SYSTEM_{name}_BASE"), "zx_rsrc_system_base_t", base)
            })
            .concat(),
    ]
}

fn port() -> [String; 8] {
    let kinds = [
        ("USER", PACKET_USER),
        ("SIGNAL_ONE", PACKET_SIGNAL_ONE),
        ("GUEST_BELL", 3),
        ("GUEST_MEM", 4),
        ("GUEST_IO", 5),
        ("GUEST_VCPU", 6),
        ("INTERRUPT", PACKET_INTERRUPT),
        ("PAGE_REQUEST", PACKET_PAGE_REQUEST),
    ];
    [
        zx!["uint32_t": PORT_BIND_TO_INTERRUPT]
            + &constant("ZX_WAIT_ASYNC_ONCE", "uint32_t", 0u32)
            + &zx!["uint32_t": WAIT_ASYNC_TIMESTAMP, WAIT_ASYNC_EDGE, WAIT_ASYNC_BOOT_TIMESTAMP],
        constants("ZX_PKT_TYPE_", "uint32_t", kinds),
        zx!["uint16_t": PAGER_VMO_READ, PAGER_VMO_COMPLETE, PAGER_VMO_DIRTY],
        PACKETS.into(),
        records::packet_page_request().declaration(),
        records::packet_signal().declaration(),
        records::packet_interrupt().declaration(),
        records::port_packet().declaration(),
    ]
}

const PACKETS: &str = "\
typedef union zx_packet_user {
  uint64_t u64[4];
  uint32_t u32[8];
  uint16_t u16[16];
  uint8_t c8[32];
} zx_packet_user_t;

";
