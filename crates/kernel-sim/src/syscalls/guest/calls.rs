//! The calls of guests, from the table of system calls: their arguments by name and type, and who
//! answers.
//!
//! Each call that the table says this kernel has is a struct here, whose [`GuestCall`] is its
//! handler. Without one the table does not compile; nor does a handler for a call that the table
//! says there is not.

use zx_abi::{
    Address, Argument, ChannelCallArgs, ChannelCallEtcArgs, ClockId, Deadline, Duration,
    ExceptionContext, FirstClockId, FutexValue, HandleDisposition, HandleInfo, HandleValue, In,
    InOut, InfoTopic, Instant, IoVector, IobRegion, MessageBytes, Offset, Opaque, Options, Out,
    PolicyTopic, PortPacket, ProfileInfo, Property, PropertyValue, RawCachePolicy, RawPagerOp,
    RawSeekOrigin, RawVmarOp, RawVmoOp, Rights, Signals, Size, SlackMode, Status, Syscall, Text,
    VmOptions, WaitItem, Word,
};

use super::Outcome;
use crate::Caller;

/// A system call of a guest, with its arguments.
pub(super) trait GuestCall {
    /// Does what the call does.
    fn run(self, caller: &mut Caller<'_>) -> Outcome;
}

/// The first of two, for a call that enters the kernel and that the table says there is; else the
/// second.
macro_rules! if_handled {
    (ChannelCall $($rest:tt)*) => { if_handled! { function $($rest)* } };
    (CprngDraw $($rest:tt)*) => { if_handled! { function $($rest)* } };
    (ExitComposite $($rest:tt)*) => { if_handled! { function $($rest)* } };
    (HandleCheckValid $($rest:tt)*) => { if_handled! { function $($rest)* } };
    (VdsoOnly $($rest:tt)*) => { if_handled! { function $($rest)* } };
    (function $support:ident { $($yes:tt)* } { $($no:tt)* }) => { $($no)* };
    ($kind:ident none { $($yes:tt)* } { $($no:tt)* }) => { $($no)* };
    ($kind:ident $support:ident { $($yes:tt)* } { $($no:tt)* }) => { $($yes)* };
}

macro_rules! calls {
    ($($category:ident {
        $($variant:ident $name:ident $kind:ident [$($column:tt)*] $support:ident $(($note:expr))?
            fn($($arg:ident: $ty:ty $([$count:ident $(* $unit:ident)? $(=> $written:ident)?])?),*)
                -> $returns:ty;)*
    })*) => {
        $($(if_handled! { $kind $support {
            #[doc = concat!("`zx_", stringify!($name), "`")]
            #[allow(dead_code, reason = "a handler reads what it needs")]
            pub(super) struct $variant {
                $(pub $arg: $ty,)*
            }

            impl $variant {
                fn decode(registers: [u64; 8]) -> Self {
                    let [$($arg,)* ..] = registers;
                    $(let $arg = <$ty as Argument>::decode($arg);)*
                    $($(let $arg = $arg.counted($count)$(.of_units($unit))?;)?)*
                    Self { $($arg),* }
                }

                /// Runs it unless pages that its pointers lead to have to be waited for.
                fn run_once_ready(self, caller: &mut Caller<'_>) -> Outcome {
                    caller.buffers_ready(&[$(self.$arg.span()),*])?;
                    self.run(caller)
                }
            }
        } {} })*)*

        impl Caller<'_> {
            /// Runs the handler of a call.
            pub(super) fn run(&mut self, syscall: Syscall, registers: [u64; 8]) -> Outcome {
                match syscall {
                    $($(Syscall::$variant => if_handled! { $kind $support {
                        $variant::decode(registers).run_once_ready(self)
                    } {
                        self.not_supported(syscall)
                    } },)*)*
                }
            }
        }
    };
}

zx_abi::syscall_table! { calls }
