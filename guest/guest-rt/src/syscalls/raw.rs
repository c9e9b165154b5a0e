//! How the types of the table of system calls stand in prototypes.

use core::convert::Infallible;

use zx_abi::{
    Address, ChannelCallArgs, ChannelCallEtcArgs, ClockId, Deadline, Duration, ExceptionContext,
    ExceptionReport, FirstClockId, FutexValue, HandleDisposition, HandleInfo, HandleValue, In,
    InOut, InfoTopic, Instant, IoVector, IobRegion, MessageBytes, NoReturn, Offset, Opaque,
    Options, Out, PciBar, PciInitArg, PcieDeviceInfo, PolicyTopic, PortPacket,
    ProcessorPowerDomain, ProcessorPowerLevel, ProcessorPowerLevelTransition, ProcessorPowerState,
    ProfileInfo, Property, PropertyValue, RawCachePolicy, RawPagerOp, RawSeekOrigin, RawVmarOp,
    RawVmoOp, Rights, SamplerConfig, Signals, Size, SlackMode, SmcParameters, SmcResult,
    StaticText, Status, SystemPowerctlArg, Text, Ticks, VmOptions, Void, WaitItem,
    WakeSourceReportEntry, WakeSourceReportHeader, Word,
};

/// A type of the table, for arguments, elements of memory or results.
pub trait Raw {
    /// What stands for it in a prototype.
    type Raw;
}

macro_rules! raw {
    ($($raw:ty: $($name:ty),*;)*) => {
        $($(impl Raw for $name {
            type Raw = $raw;
        })*)*
    };
}

raw! {
    bool: bool;
    u8: u8, MessageBytes, PropertyValue, Text, Opaque;
    u16: u16;
    u32: u32, HandleValue, ClockId, FirstClockId, InfoTopic, Property, PolicyTopic, SlackMode,
        RawVmoOp, RawVmarOp, RawPagerOp, RawCachePolicy, RawSeekOrigin, Rights, Signals, VmOptions;
    u64: u64, Offset, Word;
    usize: Address, Size;
    i8: i8;
    i16: i16;
    i32: i32, FutexValue, Status;
    i64: i64, Deadline, Duration, Instant, Ticks;
    (): Void;
    Infallible: NoReturn;
    *const u8: StaticText;
    StringView: zx_abi::StringView;
    ChannelCallArgs: ChannelCallArgs, ChannelCallEtcArgs;
    HandleDisposition: HandleDisposition;
    HandleInfo: HandleInfo;
    IoVector: IoVector;
    IobRegion: IobRegion;
    PortPacket: PortPacket;
    ProfileInfo: ProfileInfo;
    WaitItem: WaitItem;
    // What nobody here has a form of.
    u8: ExceptionContext, ExceptionReport, PciBar, PciInitArg, PcieDeviceInfo,
        ProcessorPowerDomain, ProcessorPowerLevel, ProcessorPowerLevelTransition,
        ProcessorPowerState, SamplerConfig, SmcParameters, SmcResult,
        SystemPowerctlArg, WakeSourceReportEntry, WakeSourceReportHeader;
}

impl<T: Raw> Raw for Options<T> {
    type Raw = T::Raw;
}

impl<P: Raw> Raw for Option<P> {
    type Raw = P::Raw;
}

macro_rules! pointers {
    ($($name:ident $($pointer:ident)+;)*) => {
        $(impl<T: Raw> Raw for $name<T> {
            type Raw = *$($pointer)+ T::Raw;
        }

        impl<T: Raw> Raw for $name<[T]> {
            type Raw = *$($pointer)+ T::Raw;
        })*
    };
}

pointers! {
    In const;
    Out mut;
    InOut mut;
}

/// `zx_string_view_t`
#[repr(C)]
pub struct StringView {
    /// The first character.
    pub data: *const u8,
    /// Bytes, without the NUL that follows.
    pub length: usize,
}
