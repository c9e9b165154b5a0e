//! How arguments of system calls pass: in registers, or in the caller's memory.

use core::marker::PhantomData;
use core::mem::offset_of;

use crate::{ChannelCallArgs, HandleDisposition, HandleInfo, PortPacket, WaitItem};

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
    Duration,
    InfoTopic,
    Property,
    PolicyTopic,
    SlackMode,
    RawVmoOp,
    RawVmarOp,
    RawCachePolicy,
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
        }

        impl<T: Described> Argument for $name<[T]> {
            const PASSING: Passing = Passing::$name;
            const TYPE: Type = T::TYPE;

            fn decode(register: u64) -> Self {
                Self::new(register, 0)
            }
        })*
    };
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
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $($(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;)*
    };
}

elements! {
    /// One byte of a message, or with [`CHANNEL_WRITE_USE_IOVEC`](crate::CHANNEL_WRITE_USE_IOVEC) a
    /// [`ChannelIovec`](crate::ChannelIovec).
    MessageBytes;
    /// One byte of a property's value.
    PropertyValue;
    /// Something whose form other arguments decide, or that this project has no form of.
    Opaque;
}

macro_rules! described {
    ($($name:ident $size:expr, $handle:expr;)*) => {
        $(impl Described for $name {
            const TYPE: Type =
                Type { meaning: Meaning::$name, size: $size, signed: false, handle: $handle };
        })*
    };
}

described! {
    HandleDisposition size_of::<Self>(), Some(offset_of!(Self, handle));
    HandleInfo size_of::<Self>(), Some(offset_of!(Self, handle));
    WaitItem size_of::<Self>(), Some(offset_of!(Self, handle));
    PortPacket size_of::<Self>(), None;
    MessageBytes 1, None;
    PropertyValue 1, None;
    Opaque 0, None;
}

impl Described for ChannelCallArgs {
    const TYPE: Type = Opaque::TYPE;
}
