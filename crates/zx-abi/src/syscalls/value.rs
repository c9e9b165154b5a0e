//! What passes in the registers of a system call, by type.

use super::argument::{Described, Meaning, Type, Value};
use crate::{Rights, Signals, Status, VmOptions};

/// `zx_handle_t`: a value of the caller's handle table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HandleValue(pub u32);

impl Described for HandleValue {
    const TYPE: Type =
        Type { meaning: Meaning::HandleValue, handle: Some(0), c_name: "zx_handle_t", ..u32::TYPE };
}

impl Value for HandleValue {
    fn from_register(register: u64) -> Self {
        Self(register as u32)
    }

    fn to_register(self) -> u64 {
        self.0.into()
    }
}

macro_rules! values {
    ($($(#[$doc:meta])* $name:ident($raw:ident) $c_name:literal;)*) => {
        $($(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name(pub $raw);

        impl Described for $name {
            const TYPE: Type =
                Type { meaning: Meaning::$name, c_name: $c_name, ..<$raw>::TYPE };
        }

        impl Value for $name {
            fn from_register(register: u64) -> Self {
                Self(register as $raw)
            }

            fn to_register(self) -> u64 {
                self.0 as u64
            }
        })*
    };
}

values! {
    /// An address in the caller's address space.
    Address(u64) "zx_vaddr_t";
    /// Bytes from the beginning of something.
    Offset(u64) "uint64_t";
    /// How much or how many: bytes, elements, records.
    Size(u64) "size_t";
    /// A word that means something to programs only.
    Word(u64) "uint64_t";
    /// `zx_futex_t`
    FutexValue(i32) "zx_futex_t";
    /// `zx_clock_t`
    ClockId(u32) "zx_clock_t";
    /// `zx_clock_t` of 2020
    FirstClockId(u32) "zx_clock_t";
    /// When a wait gives up: nanoseconds of the monotonic clock.
    Deadline(i64) "zx_instant_mono_t";
    /// A moment: nanoseconds of a clock.
    Instant(i64) "zx_time_t";
    /// Ticks of a counter.
    Ticks(i64) "zx_ticks_t";
    /// Nanoseconds.
    Duration(i64) "zx_duration_t";
    /// `ZX_INFO_*`
    InfoTopic(u32) "uint32_t";
    /// `ZX_PROP_*`
    Property(u32) "uint32_t";
    /// `ZX_JOB_POL_*` of `zx_job_set_policy`.
    PolicyTopic(u32) "uint32_t";
    /// `ZX_TIMER_SLACK_*`
    SlackMode(u32) "uint32_t";
    /// What may be a [`VmoOp`](crate::VmoOp).
    RawVmoOp(u32) "uint32_t";
    /// What may be a [`VmarOp`](crate::VmarOp).
    RawVmarOp(u32) "uint32_t";
    /// A [`PagerOp`](crate::PagerOp) by number.
    RawPagerOp(u32) "uint32_t";
    /// What may be a [`CachePolicy`](crate::CachePolicy).
    RawCachePolicy(u32) "uint32_t";
    /// What may be a [`SeekOrigin`](crate::SeekOrigin).
    RawSeekOrigin(u32) "zx_stream_seek_origin_t";
}

/// Options of one call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options<T>(pub T);

impl<T: Described> Described for Options<T> {
    const TYPE: Type = Type { meaning: Meaning::Options, ..T::TYPE };
}

impl<T: Value> Value for Options<T> {
    fn from_register(register: u64) -> Self {
        Self(T::from_register(register))
    }

    fn to_register(self) -> u64 {
        self.0.to_register()
    }
}

macro_rules! integers {
    ($($name:ident $c_name:literal;)*) => {
        $(impl Described for $name {
            const TYPE: Type = Type {
                meaning: Meaning::Number,
                size: size_of::<Self>(),
                signed: Self::MIN != 0,
                handle: None,
                c_name: $c_name,
            };
        }

        impl Value for $name {
            fn from_register(register: u64) -> Self {
                register as Self
            }

            fn to_register(self) -> u64 {
                self as u64
            }
        })*
    };
}

integers! {
    u8 "uint8_t";
    u16 "uint16_t";
    u32 "uint32_t";
    u64 "uint64_t";
    i8 "int8_t";
    i16 "int16_t";
    i32 "int32_t";
    i64 "int64_t";
}

impl Described for bool {
    const TYPE: Type = Type { meaning: Meaning::Bool, c_name: "bool", ..u8::TYPE };
}

impl Value for bool {
    fn from_register(register: u64) -> Self {
        register as u8 != 0
    }

    fn to_register(self) -> u64 {
        self.into()
    }
}

impl Described for Status {
    const TYPE: Type = Type { meaning: Meaning::Status, c_name: "zx_status_t", ..i32::TYPE };
}

impl Value for Status {
    fn from_register(register: u64) -> Self {
        Self::from_raw(register as i32)
    }

    fn to_register(self) -> u64 {
        i64::from(self.into_raw()) as u64
    }
}

macro_rules! flags {
    ($($name:ident $c_name:literal;)*) => {
        $(impl Described for $name {
            const TYPE: Type =
                Type { meaning: Meaning::$name, c_name: $c_name, ..u32::TYPE };
        }

        impl Value for $name {
            fn from_register(register: u64) -> Self {
                Self::from_bits_retain(register as u32)
            }

            fn to_register(self) -> u64 {
                self.bits().into()
            }
        })*
    };
}

flags! {
    Rights "zx_rights_t";
    Signals "zx_signals_t";
    VmOptions "zx_vm_option_t";
}
