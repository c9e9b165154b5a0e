//! How arguments of system calls pass: in registers, or in the caller's memory.

use core::marker::PhantomData;
use core::mem::offset_of;

use super::Returns;
use crate::{
    ChannelCallArgs, HandleDisposition, HandleInfo, IoVector, IobRegion, PortPacket, ProfileInfo,
    WaitItem,
};

/// What a value or an element of memory means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is named after the type whose meaning it is")]
pub enum Meaning {
    /// Just a number.
    Number,
    Bool,
    Status,
    Options,
    Rights,
    Signals,
    VmOptions,
    HandleValue,
    Address,
    Offset,
    Size,
    Word,
    FutexValue,
    ClockId,
    FirstClockId,
    Deadline,
    Instant,
    Ticks,
    Duration,
    InfoTopic,
    Property,
    PolicyTopic,
    SlackMode,
    RawVmoOp,
    RawVmarOp,
    RawPagerOp,
    RawCachePolicy,
    RawSeekOrigin,
    HandleDisposition,
    HandleInfo,
    PortPacket,
    WaitItem,
    MessageBytes,
    PropertyValue,
    /// No form that the table tells.
    Opaque,
}

/// A type of values, or of elements of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Type {
    /// What it means.
    pub meaning: Meaning,
    /// Bytes; 0 if that depends.
    pub size: usize,
    /// Whether it may be negative.
    pub signed: bool,
    /// Where in it a handle stands.
    pub handle: Option<usize>,
    /// What C calls it.
    pub c_name: &'static str,
}

/// Something that has a [`Type`].
pub trait Described {
    /// Its type.
    const TYPE: Type;
}

/// Something that fits into a register. Registers are 64 bits wide; narrower values are their low
/// half.
pub trait Value: Described + Copy {
    /// The value in a register.
    fn from_register(register: u64) -> Self;

    /// The register of a value. Its first bytes, as many as the type has, are also how the value
    /// stands in memory.
    fn to_register(self) -> u64;
}

/// What a system call hands back.
pub trait Returned {
    /// How.
    const RETURNS: Returns;
}

impl<T: Value> Returned for T {
    const RETURNS: Returns = match T::TYPE.meaning {
        Meaning::Status => Returns::Status,
        _ => Returns::Value(T::TYPE),
    };
}

macro_rules! returned {
    ($($(#[$doc:meta])* $name:ident $returns:ident;)*) => {
        $($(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl Returned for $name {
            const RETURNS: Returns = Returns::$returns;
        })*
    };
}

returned! {
    /// The result of a call that has none.
    Void Void;
    /// The result of a call that does not return.
    NoReturn Never;
    /// The address of a text that ends in a NUL and is never gone.
    StaticText Text;
    /// `zx_string_view_t`
    StringView StringView;
}

/// How an argument passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Passing {
    /// In its register.
    Value,
    /// The register points to what the call reads.
    In,
    /// The register points to what the call writes.
    Out,
    /// The register points to what the call reads and writes.
    InOut,
}

/// An argument of a system call as its register gives it.
pub trait Argument: Sized {
    /// How it passes.
    const PASSING: Passing;
    /// Its type, or that of what it points to.
    const TYPE: Type;
    /// Whether the pointer may be null.
    const OPTIONAL: bool = false;

    /// From the register.
    fn decode(register: u64) -> Self;

    /// What it leads to, if it is a pointer that is not null.
    fn span(&self) -> Option<Span> {
        None
    }
}

/// What a pointer leads to, as far as its type and other arguments tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Where it begins.
    pub address: u64,
    /// Its bytes.
    pub len: u64,
    /// Which way it passes.
    pub passing: Passing,
}

impl<T: Value> Argument for T {
    const PASSING: Passing = Passing::Value;
    const TYPE: Type = <T as Described>::TYPE;

    fn decode(register: u64) -> Self {
        Self::from_register(register)
    }
}

impl<P: Argument> Argument for Option<P> {
    const PASSING: Passing = P::PASSING;
    const TYPE: Type = P::TYPE;
    const OPTIONAL: bool = true;

    fn decode(register: u64) -> Self {
        (register != 0).then(|| P::decode(register))
    }

    fn span(&self) -> Option<Span> {
        self.as_ref()?.span()
    }
}

macro_rules! pointers {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $($(#[$doc])*
        ///
        /// `T` is an element, or `[T]` an array of them. Nothing is known of the address.
        #[derive(Debug)]
        pub struct $name<T: ?Sized> {
            /// Where it begins.
            pub address: u64,
            /// How many elements, as the caller says.
            pub count: u64,
            element: PhantomData<T>,
        }

        impl<T: ?Sized> Clone for $name<T> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<T: ?Sized> Copy for $name<T> {}

        /// The null pointer.
        impl<T: ?Sized> Default for $name<T> {
            fn default() -> Self {
                Self::new(0, 0)
            }
        }

        impl<T: ?Sized> $name<T> {
            /// So many elements at an address.
            pub const fn new(address: u64, count: u64) -> Self {
                Self { address, count, element: PhantomData }
            }

            /// The same place, for something else.
            pub const fn cast<U: ?Sized>(self) -> $name<U> {
                $name::new(self.address, self.count)
            }
        }

        impl<T> $name<[T]> {
            /// The array, of the length that another argument tells.
            #[must_use]
            pub fn counted(self, count: impl Value) -> Self {
                Self::new(self.address, count.to_register())
            }

            /// The beginning of the array.
            #[must_use]
            pub fn at_most(self, count: u64) -> Self {
                Self::new(self.address, self.count.min(count))
            }
        }

        impl $name<[u8]> {
            /// The bytes of an array whose elements have the size that another argument tells.
            #[must_use]
            pub fn of_units(self, unit: impl Value) -> Self {
                Self::new(self.address, self.count.saturating_mul(unit.to_register()))
            }
        }

        impl<T: Described> Argument for $name<T> {
            const PASSING: Passing = Passing::$name;
            const TYPE: Type = T::TYPE;

            fn decode(register: u64) -> Self {
                Self::new(register, 1)
            }

            fn span(&self) -> Option<Span> {
                span_of::<T>(self.address, self.count, Passing::$name)
            }
        }

        impl<T: Described> Argument for $name<[T]> {
            const PASSING: Passing = Passing::$name;
            const TYPE: Type = T::TYPE;

            fn decode(register: u64) -> Self {
                Self::new(register, 0)
            }

            fn span(&self) -> Option<Span> {
                span_of::<T>(self.address, self.count, Passing::$name)
            }
        })*
    };
}

/// So many elements at an address. Those whose size depends are counted in bytes.
fn span_of<T: Described>(address: u64, count: u64, passing: Passing) -> Option<Span> {
    let len = count.saturating_mul(T::TYPE.size.max(1) as u64);
    (address != 0 && len > 0).then_some(Span { address, len, passing })
}

pointers! {
    /// What a call reads.
    In;
    /// What a call writes.
    Out;
    /// What a call reads and writes.
    InOut;
}

impl<T: ?Sized> InOut<T> {
    /// As what a call reads.
    pub const fn input(self) -> In<T> {
        In::new(self.address, self.count)
    }

    /// As what a call writes.
    pub const fn output(self) -> Out<T> {
        Out::new(self.address, self.count)
    }
}

macro_rules! elements {
    ($($(#[$doc:meta])* $name:ident $c_name:literal;)*) => {
        $($(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl Described for $name {
            const TYPE: Type = Type { c_name: $c_name, ..Opaque::TYPE };
        })*
    };
}

elements! {
    /// A [`ChannelCallArgs`] of handle dispositions and infos.
    ChannelCallEtcArgs "zx_channel_call_etc_args_t";
    /// A report and the state of the thread that it is about.
    ExceptionContext "zx_exception_context_t";
    /// What happened to a thread.
    ExceptionReport "zx_exception_report_t";
    /// An address range of a PCI device.
    PciBar "zx_pci_bar_t";
    /// How the PCI buses are laid out.
    PciInitArg "zx_pci_init_arg_t";
    /// A PCI device.
    PcieDeviceInfo "zx_pcie_device_info_t";
    /// Processors that change their power level together.
    ProcessorPowerDomain "zx_processor_power_domain_t";
    /// A power level of processors.
    ProcessorPowerLevel "zx_processor_power_level_t";
    /// What it takes to get from one power level to another.
    ProcessorPowerLevelTransition "zx_processor_power_level_transition_t";
    /// The power level that processors are to have.
    ProcessorPowerState "zx_processor_power_state_t";
    /// What is sampled, and how often.
    SamplerConfig "zx_sampler_config_t";
    /// A call of the secure monitor.
    SmcParameters "zx_smc_parameters_t";
    /// What a call of the secure monitor gives back.
    SmcResult "zx_smc_result_t";
    /// What a change of the system's power state needs to know.
    SystemPowerctlArg "zx_system_powerctl_arg_t";
    /// What kept or woke the system.
    WakeSourceReportEntry "zx_wake_source_report_entry_t";
    /// How many things kept or woke the system.
    WakeSourceReportHeader "zx_wake_source_report_header_t";
}

macro_rules! bytes {
    ($($(#[$doc:meta])* $name:ident $meaning:ident $c_name:literal;)*) => {
        $($(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl Described for $name {
            const TYPE: Type =
                Type { meaning: Meaning::$meaning, c_name: $c_name, ..<u8 as Described>::TYPE };
        })*
    };
}

bytes! {
    /// One byte of a message, or with [`CHANNEL_WRITE_USE_IOVEC`](crate::CHANNEL_WRITE_USE_IOVEC) a
    /// [`ChannelIovec`](crate::ChannelIovec).
    MessageBytes MessageBytes "void";
    /// One byte of a property's value.
    PropertyValue PropertyValue "void";
    /// One byte of a text.
    Text Number "char";
}

/// Something whose form other arguments decide.
#[derive(Clone, Copy, Debug)]
pub struct Opaque;

impl Described for Opaque {
    const TYPE: Type =
        Type { meaning: Meaning::Opaque, size: 0, signed: false, handle: None, c_name: "void" };
}

macro_rules! records {
    ($($name:ident $c_name:literal, $handle:expr;)*) => {
        $(impl Described for $name {
            const TYPE: Type = Type {
                meaning: Meaning::$name,
                size: size_of::<Self>(),
                signed: false,
                handle: $handle,
                c_name: $c_name,
            };
        })*
    };
}

records! {
    HandleDisposition "zx_handle_disposition_t", Some(offset_of!(Self, handle));
    HandleInfo "zx_handle_info_t", Some(offset_of!(Self, handle));
    WaitItem "zx_wait_item_t", Some(offset_of!(Self, handle));
    PortPacket "zx_port_packet_t", None;
}

impl Described for ChannelCallArgs {
    const TYPE: Type = Type { c_name: "zx_channel_call_args_t", ..Opaque::TYPE };
}

impl Described for ProfileInfo {
    const TYPE: Type = Type { c_name: "zx_profile_info_t", ..Opaque::TYPE };
}

impl Described for IobRegion {
    const TYPE: Type = Type { c_name: "zx_iob_region_t", ..Opaque::TYPE };
}

impl Described for IoVector {
    const TYPE: Type = Type { c_name: "zx_iovec_t", ..Opaque::TYPE };
}
