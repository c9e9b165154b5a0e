//! `zircon/types.h` and the headers beside it.

use std::fmt::Write as _;

use zx_abi::{
    PAGE_SIZE, Rights, Signals, Status, StreamMode, VM_ALIGN_BASE, VmOptions, VmoChildOptions,
    VmoOptions,
};

use crate::constants::{bits, constant, constants, define, variants, zx};
use crate::header::{Header, declarations};
use crate::{calls, records};

pub fn headers() -> Vec<Header> {
    vec![
        Header::new(
            "zircon/compiler.h",
            "What the headers ask of a compiler.",
            &[],
            [COMPILER.into()],
        ),
        Header::new("zircon/errors.h", "Statuses.", &[], [statuses()]),
        Header::new(
            "zircon/features.h",
            "What zx_system_get_features tells.",
            &["stdint.h"],
            [FEATURES.into()],
        ),
        Header::new("zircon/limits.h", "Sizes that never change.", &["stdint.h"], [limits()]),
        Header::new("zircon/rights.h", "What handles allow.", &["stdint.h"], [rights()]),
        Header::new(
            "zircon/status.h",
            "The names of statuses.",
            &["zircon/syscalls.h"],
            ["// zx_status_get_string is a function of the vDSO.\n".into()],
        ),
        Header::new(
            "zircon/syscalls.h",
            "The functions of the vDSO.",
            &["zircon/compiler.h", "zircon/types.h"],
            [declarations(&calls::prototypes())],
        ),
        Header::new(
            "zircon/time.h",
            "Arithmetic of moments and durations, which stops at the ends of time.",
            &["zircon/compiler.h", "zircon/types.h"],
            [declarations(TIME)],
        ),
        Header::new(
            "zircon/types.h",
            "Types and numbers that several calls share.",
            &[
                "stdbool.h",
                "stddef.h",
                "stdint.h",
                "zircon/compiler.h",
                "zircon/errors.h",
                "zircon/limits.h",
                "zircon/rights.h",
            ],
            [
                TYPES.into(),
                numbers(),
                signals(),
                object_types(),
                options(),
                operations(),
                forward_declarations(),
                shared_records(),
            ],
        ),
    ]
}

const COMPILER: &str = "\
#ifdef __cplusplus
#define __BEGIN_CDECLS extern \"C\" {
#define __END_CDECLS }
#else
#define __BEGIN_CDECLS
#define __END_CDECLS
#endif

#ifndef __NO_RETURN
#define __NO_RETURN __attribute__((__noreturn__))
#endif
#ifndef __PACKED
#define __PACKED __attribute__((__packed__))
#endif
#ifndef __ALIGNED
#define __ALIGNED(bytes) __attribute__((__aligned__(bytes)))
#endif
#ifndef __UNUSED
#define __UNUSED __attribute__((__unused__))
#endif
#ifndef __USED
#define __USED __attribute__((__used__))
#endif
#ifndef __WEAK
#define __WEAK __attribute__((__weak__))
#endif
#ifndef __EXPORT
#define __EXPORT __attribute__((__visibility__(\"default\")))
#endif
#ifndef __LOCAL
#define __LOCAL __attribute__((__visibility__(\"hidden\")))
#endif
";

const FEATURES: &str = "\
// Kinds.
#define ZX_FEATURE_KIND_CPU ((uint32_t)0u)
#define ZX_FEATURE_KIND_HW_BREAKPOINT_COUNT ((uint32_t)1u)
#define ZX_FEATURE_KIND_HW_WATCHPOINT_COUNT ((uint32_t)2u)
#define ZX_FEATURE_KIND_ADDRESS_TAGGING ((uint32_t)3u)
#define ZX_FEATURE_KIND_VM ((uint32_t)4u)

// Of ZX_FEATURE_KIND_CPU.
#define ZX_HAS_CPU_FEATURES ((uint32_t)(1u << 0))
";

const TIME: &str = "\
static inline zx_time_t zx_time_add_duration(zx_time_t time, zx_duration_t duration) {
  zx_time_t sum;
  if (__builtin_add_overflow(time, duration, &sum)) {
    return duration < 0 ? ZX_TIME_INFINITE_PAST : ZX_TIME_INFINITE;
  }
  return sum;
}

static inline zx_time_t zx_time_sub_duration(zx_time_t time, zx_duration_t duration) {
  zx_time_t difference;
  if (__builtin_sub_overflow(time, duration, &difference)) {
    return duration < 0 ? ZX_TIME_INFINITE : ZX_TIME_INFINITE_PAST;
  }
  return difference;
}

static inline zx_duration_t zx_time_sub_time(zx_time_t time, zx_time_t other) {
  return zx_time_sub_duration(time, other);
}

static inline zx_duration_t zx_duration_add_duration(zx_duration_t one, zx_duration_t other) {
  return zx_time_add_duration(one, other);
}

static inline zx_duration_t zx_duration_sub_duration(zx_duration_t one, zx_duration_t other) {
  return zx_time_sub_duration(one, other);
}

static inline zx_duration_t zx_duration_mul_int64(zx_duration_t duration, int64_t factor) {
  zx_duration_t product;
  if (__builtin_mul_overflow(duration, factor, &product)) {
    return (duration < 0) == (factor < 0) ? ZX_TIME_INFINITE : ZX_TIME_INFINITE_PAST;
  }
  return product;
}

static inline zx_duration_t zx_duration_from_nsec(int64_t count) { return count; }

static inline zx_duration_t zx_duration_from_usec(int64_t count) {
  return zx_duration_mul_int64(1000, count);
}

static inline zx_duration_t zx_duration_from_msec(int64_t count) {
  return zx_duration_mul_int64(1000000, count);
}

static inline zx_duration_t zx_duration_from_sec(int64_t count) {
  return zx_duration_mul_int64(1000000000, count);
}

// Constants. They do not stop at the ends of time.
#define ZX_NSEC(count) ((zx_duration_t)1 * (count))
#define ZX_USEC(count) ((zx_duration_t)1000 * (count))
#define ZX_MSEC(count) ((zx_duration_t)1000000 * (count))
#define ZX_SEC(count) ((zx_duration_t)1000000000 * (count))
#define ZX_MIN(count) (ZX_SEC(60) * (count))
#define ZX_HOUR(count) (ZX_MIN(60) * (count))
";

const TYPES: &str = "\
typedef uint32_t zx_handle_t;
typedef int32_t zx_status_t;
typedef uint64_t zx_koid_t;
typedef uint32_t zx_signals_t;
typedef uint32_t zx_obj_type_t;
typedef uint32_t zx_handle_op_t;

// Nanoseconds of a clock, and between two moments.
typedef int64_t zx_time_t;
typedef int64_t zx_instant_mono_t;
typedef int64_t zx_instant_boot_t;
typedef int64_t zx_duration_t;
typedef int64_t zx_duration_mono_t;
typedef int64_t zx_duration_boot_t;
// Ticks of the counter.
typedef int64_t zx_ticks_t;
typedef int64_t zx_instant_mono_ticks_t;
typedef int64_t zx_instant_boot_ticks_t;
typedef uint32_t zx_clock_t;

typedef uintptr_t zx_vaddr_t;
typedef uintptr_t zx_paddr_t;
typedef uint64_t zx_off_t;
typedef uint32_t zx_vm_option_t;
typedef int32_t zx_futex_t;
typedef uint32_t zx_excp_type_t;
typedef uint32_t zx_stream_seek_origin_t;
typedef uint32_t zx_system_event_type_t;
typedef uint32_t zx_iob_allocate_id_options_t;
typedef uint64_t zx_iob_write_options_t;
typedef uint64_t zx_system_suspend_option_t;

// A text with its length in bytes. A NUL follows, which does not count.
typedef struct zx_string_view {
  const char* c_str;
  size_t length;
} zx_string_view_t;

// A set of processors.
#define ZX_CPU_SET_MAX_CPUS 512
#define ZX_CPU_SET_BITS_PER_WORD 64
typedef struct zx_cpu_set {
  uint64_t mask[ZX_CPU_SET_MAX_CPUS / ZX_CPU_SET_BITS_PER_WORD];
} zx_cpu_set_t;
";

fn statuses() -> String {
    let mut text = String::new();
    for (name, status) in Status::ALL {
        let prefix = if *status == Status::OK { "" } else { "ERR_" };
        let _ = writeln!(text, "#define ZX_{prefix}{name} ({})", status.into_raw());
    }
    text
}

fn limits() -> String {
    let shift = PAGE_SIZE.trailing_zeros();
    ["ZX_PAGE", "ZX_MIN_PAGE"]
        .map(|name| {
            constant(&format!("{name}_SHIFT"), "uint32_t", shift)
                + &define(&format!("{name}_SIZE"), &format!("((uintptr_t)1u << {shift})"))
        })
        .concat()
}

fn rights() -> String {
    let one = |name, rights: Rights| constant(name, "zx_rights_t", rights.bits());
    "typedef uint32_t zx_rights_t;\n\n".to_owned()
        + &one("ZX_RIGHT_NONE", Rights::empty())
        + &bits::<Rights>("ZX_RIGHT_", "zx_rights_t")
        + &one("ZX_RIGHTS_BASIC", Rights::BASIC)
        + &one("ZX_RIGHTS_IO", Rights::IO)
        + &one("ZX_RIGHTS_PROPERTY", Rights::PROPERTY)
        + &one("ZX_RIGHTS_POLICY", Rights::POLICY)
}

fn numbers() -> String {
    [
        "#define ZX_TIME_INFINITE INT64_MAX\n#define ZX_TIME_INFINITE_PAST INT64_MIN\n".into(),
        zx!["zx_clock_t": CLOCK_MONOTONIC, CLOCK_BOOT],
        zx!["zx_handle_t": HANDLE_INVALID, HANDLE_FIXED_BITS_MASK],
        zx!["zx_koid_t": KOID_INVALID, KOID_FIRST],
        zx!["zx_handle_op_t": HANDLE_OP_MOVE, HANDLE_OP_DUPLICATE],
        zx!["size_t": MAX_NAME_LEN, WAIT_MANY_MAX_ITEMS],
        zx!["uint32_t": CHANNEL_MAX_MSG_BYTES, CHANNEL_MAX_MSG_HANDLES, CHANNEL_MAX_MSG_IOVECS],
    ]
    .concat()
}

fn signals() -> String {
    let user = (0..8).map(|number| {
        constant(
            &format!("ZX_USER_SIGNAL_{number}"),
            "zx_signals_t",
            Signals::USER_0.bits() << number,
        )
    });
    let named = |(name, signals): (&str, Signals)| {
        constant(&format!("ZX_{name}"), "zx_signals_t", signals.bits())
    };
    "// Signals.\n".to_owned() + &SIGNALS.map(named).concat() + &user.collect::<String>()
}

/// Signals by the objects that have them.
const SIGNALS: [(&str, Signals); 43] = [
    ("SIGNAL_NONE", Signals::empty()),
    ("SIGNAL_HANDLE_CLOSED", Signals::HANDLE_CLOSED),
    ("CHANNEL_READABLE", Signals::READABLE),
    ("CHANNEL_WRITABLE", Signals::WRITABLE),
    ("CHANNEL_PEER_CLOSED", Signals::PEER_CLOSED),
    ("CLOCK_STARTED", Signals::CLOCK_STARTED),
    ("CLOCK_UPDATED", Signals::CLOCK_UPDATED),
    ("COUNTER_SIGNALED", Signals::SIGNALED),
    ("COUNTER_POSITIVE", Signals::COUNTER_POSITIVE),
    ("COUNTER_NON_POSITIVE", Signals::COUNTER_NON_POSITIVE),
    ("EVENT_SIGNALED", Signals::SIGNALED),
    ("EVENT_SIGNAL_MASK", Signals::USER_ALL.union(Signals::SIGNALED)),
    ("EVENTPAIR_SIGNALED", Signals::SIGNALED),
    ("EVENTPAIR_PEER_CLOSED", Signals::PEER_CLOSED),
    ("EVENTPAIR_SIGNAL_MASK", Signals::USER_ALL.union(Signals::SIGNALED)),
    ("FIFO_READABLE", Signals::READABLE),
    ("FIFO_WRITABLE", Signals::WRITABLE),
    ("FIFO_PEER_CLOSED", Signals::PEER_CLOSED),
    ("VIRTUAL_INTERRUPT_UNTRIGGERED", Signals::INTERRUPT_UNTRIGGERED),
    ("IOB_PEER_CLOSED", Signals::PEER_CLOSED),
    ("IOB_SHARED_REGION_UPDATED", Signals::IOB_SHARED_REGION_UPDATED),
    ("JOB_TERMINATED", Signals::TASK_TERMINATED),
    ("JOB_NO_JOBS", Signals::JOB_NO_JOBS),
    ("JOB_NO_PROCESSES", Signals::JOB_NO_PROCESSES),
    ("JOB_NO_CHILDREN", Signals::JOB_NO_CHILDREN),
    ("LOG_READABLE", Signals::READABLE),
    ("LOG_WRITABLE", Signals::WRITABLE),
    ("PROCESS_TERMINATED", Signals::TASK_TERMINATED),
    ("SOCKET_READABLE", Signals::READABLE),
    ("SOCKET_WRITABLE", Signals::WRITABLE),
    ("SOCKET_PEER_CLOSED", Signals::PEER_CLOSED),
    ("SOCKET_PEER_WRITE_DISABLED", Signals::SOCKET_PEER_WRITE_DISABLED),
    ("SOCKET_WRITE_DISABLED", Signals::SOCKET_WRITE_DISABLED),
    ("SOCKET_READ_THRESHOLD", Signals::SOCKET_READ_THRESHOLD),
    ("SOCKET_WRITE_THRESHOLD", Signals::SOCKET_WRITE_THRESHOLD),
    ("TASK_TERMINATED", Signals::TASK_TERMINATED),
    ("THREAD_TERMINATED", Signals::TASK_TERMINATED),
    ("THREAD_RUNNING", Signals::THREAD_RUNNING),
    ("THREAD_SUSPENDED", Signals::THREAD_SUSPENDED),
    ("TIMER_SIGNALED", Signals::SIGNALED),
    ("VMO_ZERO_CHILDREN", Signals::VMO_ZERO_CHILDREN),
    ("USER_SIGNAL_NONE", Signals::empty()),
    ("USER_SIGNAL_ALL", Signals::USER_ALL),
];

fn object_types() -> String {
    "// Types of objects.\n".to_owned()
        + &constant("ZX_OBJ_TYPE_NONE", "zx_obj_type_t", 0u32)
        + &variants![
            "ZX_OBJ_TYPE_" "zx_obj_type_t" ObjectType:
            Process "PROCESS",
            Thread "THREAD",
            Vmo "VMO",
            Channel "CHANNEL",
            Event "EVENT",
            Port "PORT",
            Interrupt "INTERRUPT",
            Log "LOG",
            Socket "SOCKET",
            Resource "RESOURCE",
            EventPair "EVENTPAIR",
            Job "JOB",
            Vmar "VMAR",
            Fifo "FIFO",
            Timer "TIMER",
            Profile "PROFILE",
            SuspendToken "SUSPEND_TOKEN",
            Pager "PAGER",
            Exception "EXCEPTION",
            Clock "CLOCK",
            Stream "STREAM",
            Iob "IOB",
            Counter "COUNTER",
            IobSharedRegion "IOB_SHARED_REGION",
        ]
        + "// Those that this kernel does not create.\n"
        + &constants("ZX_OBJ_TYPE_", "zx_obj_type_t", FOREIGN_OBJECT_TYPES)
        + "// More than every type.\n#define ZX_OBJ_TYPE_UPPER_BOUND 64\n"
}

/// Types of objects that upstream's kernel has and this one has not.
const FOREIGN_OBJECT_TYPES: [(&str, u32); 7] = [
    ("PCI_DEVICE", 11),
    ("GUEST", 20),
    ("VCPU", 21),
    ("IOMMU", 23),
    ("BTI", 24),
    ("PMT", 26),
    ("MSI", 32),
];

fn options() -> String {
    let align = |(shift, name): (u32, &str)| {
        let name = format!("ZX_VM_ALIGN_{name}");
        define(&name, &format!("((zx_vm_option_t){shift}u << ZX_VM_ALIGN_BASE)"))
    };
    let sizes = ["KB", "MB", "GB"]
        .into_iter()
        .flat_map(|unit| (0..10).map(move |power| format!("{}{unit}", 1 << power)));
    let alignments = (10..=32).zip(sizes).map(|(shift, name)| align((shift, &name)));
    [
        "// Options.\n".into(),
        zx!["uint32_t": CHANNEL_READ_MAY_DISCARD, CHANNEL_WRITE_USE_IOVEC],
        zx![
            "uint32_t": SOCKET_STREAM, SOCKET_DATAGRAM, SOCKET_PEEK,
            SOCKET_DISPOSITION_WRITE_DISABLED, SOCKET_DISPOSITION_WRITE_ENABLED,
        ],
        zx!["uint32_t": TIMER_SLACK_CENTER, TIMER_SLACK_EARLY, TIMER_SLACK_LATE],
        zx!["uint32_t": PROCESS_SHARED, JOB_CRITICAL_PROCESS_RETCODE_NONZERO],
        bits::<VmOptions>("ZX_VM_", "zx_vm_option_t"),
        constant("ZX_VM_ALIGN_BASE", "uint32_t", VM_ALIGN_BASE),
        alignments.collect(),
        bits::<VmoOptions>("ZX_VMO_", "uint32_t"),
        bits::<VmoChildOptions>("ZX_VMO_CHILD_", "uint32_t"),
        bits::<StreamMode>("ZX_STREAM_MODE_", "uint32_t"),
        zx!["uint32_t": STREAM_APPEND],
        zx!["uint32_t": INTERRUPT_VIRTUAL, INTERRUPT_TIMESTAMP_MONO, INTERRUPT_UNBIND]
            + &constant("ZX_INTERRUPT_BIND", "uint32_t", 0u32),
    ]
    .concat()
}

fn operations() -> String {
    "// Operations.\n".to_owned()
        + &variants![
            "ZX_VMO_OP_" "uint32_t" VmoOp:
            Commit "COMMIT",
            Decommit "DECOMMIT",
            Lock "LOCK",
            Unlock "UNLOCK",
            CacheSync "CACHE_SYNC",
            CacheInvalidate "CACHE_INVALIDATE",
            CacheClean "CACHE_CLEAN",
            CacheCleanInvalidate "CACHE_CLEAN_INVALIDATE",
            Zero "ZERO",
            TryLock "TRY_LOCK",
            DontNeed "DONT_NEED",
            AlwaysNeed "ALWAYS_NEED",
            Prefetch "PREFETCH",
        ]
        + &variants![
            "ZX_VMAR_OP_" "uint32_t" VmarOp:
            Commit "COMMIT",
            Decommit "DECOMMIT",
            MapRange "MAP_RANGE",
            Zero "ZERO",
            DontNeed "DONT_NEED",
            AlwaysNeed "ALWAYS_NEED",
            Prefetch "PREFETCH",
        ]
        + &variants![
            "ZX_SYSTEM_EVENT_" "zx_system_event_type_t" SystemEvent:
            OutOfMemory "OUT_OF_MEMORY",
            MemoryPressureCritical "MEMORY_PRESSURE_CRITICAL",
            MemoryPressureWarning "MEMORY_PRESSURE_WARNING",
            MemoryPressureNormal "MEMORY_PRESSURE_NORMAL",
            ImminentOutOfMemory "IMMINENT_OUT_OF_MEMORY",
        ]
        + &variants![
            "ZX_STREAM_SEEK_ORIGIN_" "zx_stream_seek_origin_t" SeekOrigin:
            Start "START",
            Current "CURRENT",
            End "END",
        ]
        + &variants![
            "ZX_PAGER_OP_" "uint32_t" PagerOp:
            Fail "FAIL",
            Dirty "DIRTY",
            WritebackBegin "WRITEBACK_BEGIN",
            WritebackEnd "WRITEBACK_END",
        ]
        + &zx!["uint64_t": VMO_DIRTY_RANGE_IS_ZERO]
        + &zx!["uint32_t": PAGER_RESET_VMO_STATS, PAGER_VMO_STATS_MODIFIED]
        + &variants![
            "ZX_CACHE_POLICY_" "uint32_t" CachePolicy:
            Cached "CACHED",
            Uncached "UNCACHED",
            UncachedDevice "UNCACHED_DEVICE",
            WriteCombining "WRITE_COMBINING",
        ]
}

fn forward_declarations() -> String {
    let mut text = String::from(
        "// Records that calls take. Those that stand neither here nor in zircon/syscalls/ belong to\n\
         // calls that are not there.\n",
    );
    for name in calls::records() {
        let _ = writeln!(text, "typedef struct {} {name};", name.trim_end_matches("_t"));
    }
    text
}

fn shared_records() -> String {
    let records = [
        records::handle_info(),
        records::handle_disposition(),
        records::channel_iovec(),
        records::channel_call_args(),
        records::channel_call_etc_args(),
        records::wait_item(),
        records::vmo_lock_state(),
        records::io_vector(),
        records::vmo_dirty_range(),
        records::pager_vmo_stats(),
    ];
    records.map(|record| record.declaration()).join("\n")
}
