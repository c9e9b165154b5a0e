//! Clock objects (zircon/kernel/object/clock_dispatcher.cc).

use zx_abi::{
    CLOCK_OPT_AUTO_START, CLOCK_OPT_CONTINUOUS, CLOCK_OPT_MAPPABLE, CLOCK_OPT_MONOTONIC,
    CLOCK_UNKNOWN_ERROR, ClockDetails, PAGE_SIZE, Result, Rights, Signals, Status,
};

use super::{ClockId, Header, Key, VmoId, object, rights};
use crate::Name;
use crate::account::AccountId;
use crate::affine::{Ratio, Transform};
use crate::state::State;

/// A user's clock: a line over the monotonic clock. Its ticks and nanoseconds are kept apart, so
/// that neither way of asking adds the other's rounding.
#[derive(Debug)]
pub(crate) struct Clock {
    pub header: Header,
    /// `ZX_CLOCK_OPT_*`
    options: u64,
    backstop: i64,
    ticks_to_synthetic: Transform,
    nanoseconds_to_synthetic: Transform,
    /// Millionths.
    rate_adjust: i32,
    error_bound: u64,
    value_updated: i64,
    rate_updated: i64,
    error_updated: i64,
    /// Grows with each change, and is even.
    generation: u32,
    /// The page that shows it where it is mapped.
    page: Option<VmoId>,
}

object!(Clock, rights(&[Rights::BASIC, Rights::IO, Rights::PROPERTY, Rights::SIGNAL]));

/// A change of a clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClockUpdate {
    /// Sets the clock, in nanoseconds.
    pub value: Option<i64>,
    /// Makes it run faster than its reference, in millionths: -1000 to 1000.
    pub rate_adjust: Option<i32>,
    /// The estimated error, in nanoseconds.
    pub error_bound: Option<u64>,
    /// The moment of the reference, in nanoseconds, for which value or rate count; now by default.
    pub reference: Option<i64>,
    /// The rules that it follows.
    pub version: ClockUpdateVersion,
}

/// Which rules a change follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClockUpdateVersion {
    /// `zx_clock_update_args_v1_t`: no moment.
    V1,
    /// `zx_clock_update_args_v2_t`: a running monotonic clock is set for a moment only, and not
    /// together with its rate.
    #[default]
    V2,
}

const STOPPED: Ratio = Ratio { numerator: 0, denominator: 1 };
const SAME: Ratio = Ratio { numerator: 1, denominator: 1 };
const MILLION: u32 = 1_000_000;

impl Clock {
    fn has(&self, option: u64) -> bool {
        self.options & option != 0
    }

    pub fn is_mappable(&self) -> bool {
        self.has(CLOCK_OPT_MAPPABLE)
    }

    fn started(&self) -> bool {
        self.ticks_to_synthetic.ratio.numerator != 0
    }

    /// What the clock shows at a moment.
    pub fn read(&self, ticks: i64) -> i64 {
        self.ticks_to_synthetic.apply(ticks)
    }

    pub fn details(&self, ticks: i64) -> ClockDetails {
        ClockDetails {
            options: self.options,
            backstop_time: self.backstop,
            reference_ticks_to_synthetic: self.ticks_to_synthetic.into(),
            reference_to_synthetic: self.nanoseconds_to_synthetic.into(),
            error_bound: self.error_bound,
            query_ticks: ticks,
            last_value_update_ticks: self.value_updated,
            last_rate_adjust_update_ticks: self.rate_updated,
            last_error_bounds_update_ticks: self.error_updated,
            generation_counter: self.generation,
            padding: 0,
        }
    }

    /// Changes the clock; whether that started it.
    ///
    /// # Errors
    /// BAD_STATE for a stopped clock that is not set; INVALID_ARGS for what its options forbid.
    fn update(&mut self, update: ClockUpdate, ticks: i64, rate: Ratio) -> Result<bool> {
        let ClockUpdate { value, rate_adjust, error_bound, reference, version } = update;
        let (started, monotonic) = (self.started(), self.has(CLOCK_OPT_MONOTONIC));
        if value.is_none() && !started {
            return Err(Status::BAD_STATE);
        }
        if value.is_some() && started && self.has(CLOCK_OPT_CONTINUOUS) {
            return Err(Status::INVALID_ARGS);
        }
        if version == ClockUpdateVersion::V2 && started && monotonic {
            let placed = value.is_some() || reference.is_some();
            if value.is_some() && reference.is_none() || placed && rate_adjust.is_some() {
                return Err(Status::INVALID_ARGS);
            }
        }
        let same_rate = reference.is_none() && rate_adjust == Some(self.rate_adjust);
        if value.is_some() || rate_adjust.is_some() && !same_rate {
            let (ticks_line, nanoseconds_line) =
                self.new_lines(value, rate_adjust, reference, ticks, rate);
            let now = ticks_line.apply(ticks);
            if monotonic && now < self.read(ticks) || now < self.backstop {
                return Err(Status::INVALID_ARGS);
            }
            (self.ticks_to_synthetic, self.nanoseconds_to_synthetic) =
                (ticks_line, nanoseconds_line);
        }
        if value.is_some() {
            self.value_updated = ticks;
        }
        if rate_adjust.is_some() || !started {
            (self.rate_updated, self.rate_adjust) = (ticks, rate_adjust.unwrap_or(0));
        }
        if let Some(bound) = error_bound {
            (self.error_updated, self.error_bound) = (ticks, bound);
        }
        // Odd ones are for changes that go on.
        self.generation = self.generation.wrapping_add(2);
        Ok(!started)
    }

    /// The lines of the clock after a change of value or rate.
    fn new_lines(
        &self,
        value: Option<i64>,
        rate_adjust: Option<i32>,
        reference: Option<i64>,
        ticks: i64,
        rate: Ratio,
    ) -> (Transform, Transform) {
        let moment = reference.unwrap_or_else(|| rate.scale(ticks));
        let moment_ticks = reference.map_or(ticks, |moment| rate.inverse().scale(moment));
        let synthetic = value.unwrap_or_else(|| match reference {
            Some(moment) => self.nanoseconds_to_synthetic.apply(moment),
            None => self.read(ticks),
        });
        let (nanoseconds, per_tick) = match rate_adjust {
            Some(adjust) => {
                let adjusted = Ratio {
                    numerator: MILLION.saturating_add_signed(adjust),
                    denominator: MILLION,
                };
                (adjusted, rate.product(adjusted))
            }
            None if self.started() => {
                (self.nanoseconds_to_synthetic.ratio, self.ticks_to_synthetic.ratio)
            }
            None => (SAME, rate),
        };
        (
            Transform { reference: moment_ticks, synthetic, ratio: per_tick },
            Transform { reference: moment, synthetic, ratio: nanoseconds },
        )
    }
}

impl State {
    /// A clock that shows its backstop time until it is started.
    ///
    /// # Errors
    /// NO_MEMORY at a limit.
    pub fn new_clock(
        &mut self,
        account: AccountId,
        options: u64,
        backstop: i64,
    ) -> Result<ClockId> {
        let auto_start = options & CLOCK_OPT_AUTO_START != 0;
        let signals = if auto_start { Signals::CLOCK_STARTED } else { Signals::empty() };
        let ticks = if auto_start { self.clock.ticks() } else { 0 };
        let line = |ratio| match auto_start {
            true => Transform { reference: 0, synthetic: 0, ratio },
            false => Transform { reference: 0, synthetic: backstop, ratio: STOPPED },
        };
        let (ticks_to_synthetic, nanoseconds_to_synthetic) = (line(self.tick_ratio()), line(SAME));
        let header = self.objects.new_header(account, 0, signals)?;
        Ok(self.objects.clocks.insert(Clock {
            header,
            options,
            backstop,
            ticks_to_synthetic,
            nanoseconds_to_synthetic,
            rate_adjust: 0,
            error_bound: CLOCK_UNKNOWN_ERROR,
            value_updated: ticks,
            rate_updated: ticks,
            error_updated: 0,
            generation: 0,
            page: None,
        }))
    }

    /// The page of a clock, which is made when it is first mapped. The mappings keep the clock, and the
    /// clock keeps the page.
    ///
    /// # Errors
    /// NO_MEMORY at a limit.
    pub fn clock_page(&mut self, id: ClockId) -> Result<VmoId> {
        let clock = self.objects.get(id)?;
        if let Some(page) = clock.page {
            return Ok(page);
        }
        let account = clock.header.account;
        let memory = self.machine.memory(PAGE_SIZE)?;
        let store = self.objects.new_store(account, memory);
        let page = self.new_vmo(account, store, PAGE_SIZE)?;
        self.hold_vmo(page);
        if let Some(vmo) = self.objects.vmos.get_mut(page) {
            vmo.name = Name::truncated(b"kernel-clock");
            vmo.clock = Some(id);
        }
        self.objects.get_mut(id)?.page = Some(page);
        Ok(page)
    }

    /// The last handle of a clock is gone, or a mapping of its page.
    pub fn clock_on_zero_handles(&mut self, id: ClockId) {
        let Some(clock) = self.objects.clocks.get(id) else { return };
        let page = clock.page;
        let mapped = page.and_then(|page| self.objects.vmos.get(page));
        if clock.header.handles > 0 || mapped.is_some_and(|page| page.mappings > 0) {
            return;
        }
        id.remove(&mut self.objects);
        if let Some(page) = page {
            self.let_vmo_go(page);
        }
    }

    /// Changes a clock and tells that it changed.
    ///
    /// # Errors
    /// As the clock's rules say.
    pub fn clock_update(&mut self, id: ClockId, update: ClockUpdate) -> Result {
        let (ticks, rate) = (self.clock.ticks(), self.tick_ratio());
        let started = self.objects.get_mut(id)?.update(update, ticks, rate)?;
        let set = if started { Signals::CLOCK_STARTED } else { Signals::empty() };
        self.pulse_signals(id, set, Signals::CLOCK_UPDATED);
        Ok(())
    }

    fn tick_ratio(&self) -> Ratio {
        Ratio { numerator: self.rate.numerator, denominator: self.rate.denominator }
    }
}
