//! `zx_clock_*` and `zx_ticks_*` for guests.

use zx_abi::{
    CLOCK_ARGS_VERSION_SHIFT, CLOCK_MONOTONIC, CLOCK_THREAD, CLOCK_UPDATE_ERROR_BOUND,
    CLOCK_UPDATE_RATE, CLOCK_UPDATE_REFERENCE, CLOCK_UPDATE_VALUE, CLOCK_UTC, ClockUpdateArgsV1,
    ClockUpdateArgsV2, In, Instant, Opaque, Result, Status,
};

use super::calls::{
    ClockAdjust, ClockCreate, ClockGet, ClockGetBootViaKernel, ClockGetDetails,
    ClockGetDetailsMapped, ClockGetMonotonicViaKernel, ClockRead, ClockReadMapped, ClockUpdate,
    GuestCall, TicksGetBootViaKernel, TicksGetViaKernel, VmarMapClock,
};
use super::{Outcome, done};
use crate::object::{self, ClockUpdateVersion};
use crate::{Caller, SyscallOutcome};

/// The options of a clock call, less the version of its arguments.
const OPTIONS: u64 = (1 << CLOCK_ARGS_VERSION_SHIFT) - 1;

impl GuestCall for ClockGet {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let now = match self.clock_id.0 {
            CLOCK_MONOTONIC => caller.clock_get_monotonic(),
            CLOCK_UTC => caller.clock_get_utc(),
            CLOCK_THREAD => {
                let thread = caller.guest_thread()?;
                caller.state.thread_runtime(thread).cpu
            }
            _ => return Err(Status::INVALID_ARGS),
        };
        caller.copy_out_value(self.out, Instant(now))
    }
}

impl GuestCall for ClockAdjust {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.clock_adjust(self.handle.0, self.clock_id.0, self.offset).map(done)
    }
}

impl GuestCall for ClockGetMonotonicViaKernel {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        Ok(SyscallOutcome::Return(caller.clock_get_monotonic() as u64))
    }
}

impl GuestCall for ClockGetBootViaKernel {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        Ok(SyscallOutcome::Return(caller.clock_get_monotonic() as u64))
    }
}

impl GuestCall for TicksGetViaKernel {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        Ok(SyscallOutcome::Return(caller.ticks_get() as u64))
    }
}

impl GuestCall for TicksGetBootViaKernel {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        Ok(SyscallOutcome::Return(caller.ticks_get() as u64))
    }
}

impl GuestCall for ClockCreate {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let backstop = match self.options.0 >> CLOCK_ARGS_VERSION_SHIFT {
            0 if self.args.address == 0 => 0,
            1 => i64::from_le_bytes(caller.copy_in_record(self.args.cast())?),
            _ => return Err(Status::INVALID_ARGS),
        };
        let clock = caller.clock_create(self.options.0 & OPTIONS, backstop)?;
        caller.copy_out_handles(&[(self.out, clock)])
    }
}

impl GuestCall for ClockRead {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let now = caller.clock_read(self.handle.0)?;
        caller.copy_out_value(self.now, Instant(now))
    }
}

impl GuestCall for ClockGetDetails {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.not_null(self.details.address)?;
        if self.options.0 != 1 << CLOCK_ARGS_VERSION_SHIFT {
            return Err(Status::INVALID_ARGS);
        }
        let details = caller.clock_get_details(self.handle.0)?;
        caller.copy_out_record(self.details.cast(), &details)
    }
}

impl GuestCall for ClockReadMapped {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let now = caller.mapped_clock(self.clock_addr.address)?.read(caller.ticks_get());
        caller.copy_out_value(self.now, Instant(now))
    }
}

impl GuestCall for ClockGetDetailsMapped {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        if self.options.0 != 1 << CLOCK_ARGS_VERSION_SHIFT {
            return Err(Status::INVALID_ARGS);
        }
        let details = caller.mapped_clock(self.clock_addr.address)?.details(caller.ticks_get());
        caller.copy_out_record(self.details.cast(), &details)
    }
}

impl GuestCall for VmarMapClock {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let (vmar, options, len) = (self.handle.0, self.options.bits(), self.len.0);
        let base = caller.vmar_map_clock(vmar, options, self.vmar_offset.0, self.clock.0, len)?;
        caller.copy_out_mapping(vmar, self.mapped_addr, base, len)
    }
}

impl GuestCall for ClockUpdate {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let update = caller.copy_in_clock_update(self.options.0, self.args)?;
        caller.clock_update(self.handle.0, update).map(done)
    }
}

impl Caller<'_> {
    fn copy_in_clock_update(&self, options: u64, args: In<Opaque>) -> Result<object::ClockUpdate> {
        self.not_null(args.address)?;
        let (version, values) = match options >> CLOCK_ARGS_VERSION_SHIFT {
            1 => {
                let v1: ClockUpdateArgsV1 = self.copy_in_record(args.cast())?;
                let ClockUpdateArgsV1 { rate_adjust, value, error_bound, .. } = v1;
                let values = ClockUpdateArgsV2 {
                    rate_adjust,
                    synthetic_value: value,
                    error_bound,
                    ..ClockUpdateArgsV2::default()
                };
                (ClockUpdateVersion::V1, values)
            }
            2 => (ClockUpdateVersion::V2, self.copy_in_record(args.cast())?),
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
        Ok(object::ClockUpdate {
            value: given(CLOCK_UPDATE_VALUE).then_some(values.synthetic_value),
            rate_adjust: given(CLOCK_UPDATE_RATE).then_some(values.rate_adjust),
            error_bound: given(CLOCK_UPDATE_ERROR_BOUND).then_some(values.error_bound),
            reference: given(CLOCK_UPDATE_REFERENCE).then_some(values.reference_value),
            version,
        })
    }
}
