//! `zx_clock_*` for guests.

use zerocopy::IntoBytes;
use zx_abi::{
    CLOCK_ARGS_VERSION_SHIFT, CLOCK_UPDATE_ERROR_BOUND, CLOCK_UPDATE_RATE, CLOCK_UPDATE_REFERENCE,
    CLOCK_UPDATE_VALUE, ClockUpdateArgsV1, ClockUpdateArgsV2, Result, Status, Syscall,
};

use super::{Outcome, done};
use crate::object::{ClockUpdate, ClockUpdateVersion, ThreadId};
use crate::{Caller, SyscallOutcome};

/// The options of a clock call, less the version of its arguments.
const OPTIONS: u64 = (1 << CLOCK_ARGS_VERSION_SHIFT) - 1;

impl Caller<'_> {
    pub(super) fn clock_call(
        &mut self,
        thread: ThreadId,
        syscall: Syscall,
        args: [u64; 8],
    ) -> Outcome {
        let [a, b, c, ..] = args;
        match syscall {
            Syscall::ClockGetMonotonicViaKernel | Syscall::ClockGetBootViaKernel => {
                Ok(SyscallOutcome::Return(self.clock_get_monotonic() as u64))
            }
            Syscall::TicksGetViaKernel | Syscall::TicksGetBootViaKernel => {
                Ok(SyscallOutcome::Return(self.ticks_get() as u64))
            }
            Syscall::ClockCreate => {
                let backstop = match a >> CLOCK_ARGS_VERSION_SHIFT {
                    0 if b == 0 => 0,
                    1 => i64::from_le_bytes(self.copy_in_record(b)?),
                    _ => return Err(Status::INVALID_ARGS),
                };
                let clock = self.clock_create(a & OPTIONS, backstop)?;
                self.copy_out_handles(&[(c, clock)])
            }
            Syscall::ClockRead => {
                let now = self.clock_read(a as u32)?;
                self.copy_out(b, &now.to_le_bytes())
            }
            Syscall::ClockGetDetails => {
                self.not_null(c)?;
                if b != 1 << CLOCK_ARGS_VERSION_SHIFT {
                    return Err(Status::INVALID_ARGS);
                }
                let details = self.clock_get_details(a as u32)?;
                self.copy_out(c, details.as_bytes())
            }
            Syscall::ClockUpdate => {
                let update = self.copy_in_clock_update(b, c)?;
                self.clock_update(a as u32, update).map(done)
            }
            _ => self.not_implemented(thread, syscall),
        }
    }

    fn copy_in_clock_update(&self, options: u64, address: u64) -> Result<ClockUpdate> {
        self.not_null(address)?;
        let (version, args) = match options >> CLOCK_ARGS_VERSION_SHIFT {
            1 => {
                let v1: ClockUpdateArgsV1 = self.copy_in_record(address)?;
                let ClockUpdateArgsV1 { rate_adjust, value, error_bound, .. } = v1;
                let args = ClockUpdateArgsV2 {
                    rate_adjust,
                    synthetic_value: value,
                    error_bound,
                    ..ClockUpdateArgsV2::default()
                };
                (ClockUpdateVersion::V1, args)
            }
            2 => (ClockUpdateVersion::V2, self.copy_in_record(address)?),
            _ => return Err(Status::INVALID_ARGS),
        };
        let known = CLOCK_UPDATE_VALUE
            | CLOCK_UPDATE_RATE
            | CLOCK_UPDATE_ERROR_BOUND
            | CLOCK_UPDATE_REFERENCE;
        let options = options & OPTIONS;
        if options & !known != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let given = |option: u64| options & option != 0;
        Ok(ClockUpdate {
            value: given(CLOCK_UPDATE_VALUE).then_some(args.synthetic_value),
            rate_adjust: given(CLOCK_UPDATE_RATE).then_some(args.rate_adjust),
            error_bound: given(CLOCK_UPDATE_ERROR_BOUND).then_some(args.error_bound),
            reference: given(CLOCK_UPDATE_REFERENCE).then_some(args.reference_value),
            version,
        })
    }
}
