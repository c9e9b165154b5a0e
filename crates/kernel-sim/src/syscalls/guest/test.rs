//! `zx_syscall_test_*`, by which programs try how a vDSO and a kernel pass arguments
//! (zircon/kernel/lib/syscalls/test.cc, test.rs).

use zx_abi::Status;

use super::calls::{
    GuestCall, SyscallTest0, SyscallTest1, SyscallTest2, SyscallTest3, SyscallTest4, SyscallTest5,
    SyscallTest6, SyscallTest7, SyscallTest8, SyscallTestHandleCreate, SyscallTestRust0,
    SyscallTestRust1, SyscallTestRust2, SyscallTestRust3, SyscallTestRust4, SyscallTestRust5,
    SyscallTestRust6, SyscallTestRust7, SyscallTestRust8, SyscallTestRustWrapper,
    SyscallTestWideningSignedNarrow, SyscallTestWideningSignedWide,
    SyscallTestWideningUnsignedNarrow, SyscallTestWideningUnsignedWide, SyscallTestWrapper,
};
use super::{Outcome, register};
use crate::{Caller, SyscallOutcome};

/// The greatest sum that a wrapper returns.
const GREATEST: i32 = 50;

/// A sum as a status, as which it is returned.
fn sum(parts: &[i32]) -> SyscallOutcome {
    let sum = parts.iter().copied().fold(0, i32::wrapping_add);
    SyscallOutcome::Return(register(Status::from_raw(sum)))
}

fn wrapped(parts: [i32; 3]) -> Outcome {
    if parts.iter().any(|part| *part < 0) {
        return Err(Status::INVALID_ARGS);
    }
    let is_great = parts.iter().copied().fold(0, i32::wrapping_add) > GREATEST;
    if is_great { Err(Status::OUT_OF_RANGE) } else { Ok(sum(&parts)) }
}

macro_rules! sums {
    ($($call:ident($($part:ident),*);)*) => {
        $(impl GuestCall for $call {
            fn run(self, _: &mut Caller<'_>) -> Outcome {
                Ok(sum(&[$(self.$part),*]))
            }
        })*
    };
}

sums! {
    SyscallTest0();
    SyscallTest1(a);
    SyscallTest2(a, b);
    SyscallTest3(a, b, c);
    SyscallTest4(a, b, c, d);
    SyscallTest5(a, b, c, d, e);
    SyscallTest6(a, b, c, d, e, f);
    SyscallTest7(a, b, c, d, e, f, g);
    SyscallTest8(a, b, c, d, e, f, g, h);
    SyscallTestRust0();
    SyscallTestRust1(a);
    SyscallTestRust2(a, b);
    SyscallTestRust3(a, b, c);
    SyscallTestRust4(a, b, c, d);
    SyscallTestRust5(a, b, c, d, e);
    SyscallTestRust6(a, b, c, d, e, f);
    SyscallTestRust7(a, b, c, d, e, f, g);
    SyscallTestRust8(a, b, c, d, e, f, g, h);
}

macro_rules! wrappers {
    ($($call:ident)*) => {
        $(impl GuestCall for $call {
            fn run(self, _: &mut Caller<'_>) -> Outcome {
                wrapped([self.a, self.b, self.c])
            }
        })*
    };
}

wrappers! { SyscallTestWrapper SyscallTestRustWrapper }

macro_rules! widened {
    ($whole:ty: $($call:ident)*) => {
        $(impl GuestCall for $call {
            fn run(self, _: &mut Caller<'_>) -> Outcome {
                let parts = [self.a, <$whole>::from(self.b), self.c.into(), self.d.into()];
                let sum = parts.into_iter().fold(0, <$whole>::wrapping_add);
                Ok(SyscallOutcome::Return(sum as u64))
            }
        })*
    };
}

widened! { i64: SyscallTestWideningSignedNarrow SyscallTestWideningSignedWide }
widened! { u64: SyscallTestWideningUnsignedNarrow SyscallTestWideningUnsignedWide }

impl GuestCall for SyscallTestHandleCreate {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        if self.return_value != Status::OK {
            return Err(self.return_value);
        }
        let event = caller.state.new_event(caller.account)?;
        let event = caller.add_default(event)?;
        caller.copy_out_handles(&[(self.out, event)])
    }
}
