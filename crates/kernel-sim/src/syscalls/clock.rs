//! `zx_clock_*`, `zx_nanosleep` and `zx_ticks_get` (zircon/kernel/lib/syscalls/clock.cc,
//! zircon.cc).

use zx_abi::{
    CLOCK_MAX_RATE_ADJUST, CLOCK_MONOTONIC, CLOCK_OPT_AUTO_START, CLOCK_OPT_BOOT,
    CLOCK_OPT_CONTINUOUS, CLOCK_OPT_MAPPABLE, CLOCK_OPT_MONOTONIC, CLOCK_UTC, ClockDetails,
    PAGE_SIZE, ResourceKind, Result, Rights, Status, TIME_INFINITE, VmOptions,
};

use crate::Caller;
use crate::object::{Clock, ClockId, ClockUpdate, ClockUpdateVersion, Object, ThreadId, VmarId};
use crate::wait::{Sleeper, WaitFor};

impl Caller<'_> {
    /// The monotonic clock in nanoseconds. The boot clock is the same: this kernel never sleeps.
    pub fn clock_get_monotonic(&self) -> i64 {
        self.state.now()
    }

    /// UTC in nanoseconds for programs of 2020: the monotonic clock, but for what [`Caller::clock_adjust`]
    /// has set.
    pub(crate) fn clock_get_utc(&self) -> i64 {
        self.state.now().wrapping_add(self.state.utc_offset)
    }

    /// `zx_clock_adjust`: UTC, which programs of 2020 read without a clock object, is so many nanoseconds
    /// ahead of the monotonic clock from now on.
    ///
    /// # Errors
    /// BAD_HANDLE; WRONG_TYPE for anything but a resource that gives everything; ACCESS_DENIED for the
    /// monotonic clock; INVALID_ARGS for any other than UTC.
    pub fn clock_adjust(&mut self, resource: u32, clock: u32, offset: i64) -> Result {
        self.check_resource(resource, ResourceKind::Root, 0, 0)?;
        match clock {
            CLOCK_UTC => self.state.utc_offset = offset,
            CLOCK_MONOTONIC => return Err(Status::ACCESS_DENIED),
            _ => return Err(Status::INVALID_ARGS),
        }
        Ok(())
    }

    /// The monotonic clock's ticks.
    pub(crate) fn ticks_get(&self) -> i64 {
        self.state.clock.ticks()
    }

    /// Parks a guest thread until `deadline`; false if that is past, or 0, which only yields.
    pub(crate) fn sleep_until(&mut self, thread: ThreadId, deadline: i64) -> bool {
        if deadline != TIME_INFINITE && deadline <= self.state.now() {
            return false;
        }
        let sleeper = Sleeper::Thread(thread);
        self.state.start_wait(self.process, sleeper, WaitFor::Deadline, deadline);
        true
    }

    /// `zx_clock_create`: `options` are MONOTONIC (1), CONTINUOUS (2), AUTO_START (4) and, since 2020,
    /// BOOT (8), which is the monotonic clock here, and MAPPABLE (16). The clock never shows less than `backstop`, in
    /// nanoseconds, and shows just that until it is started.
    ///
    /// # Errors
    /// INVALID_ARGS for other options, CONTINUOUS without MONOTONIC, a negative backstop or, with
    /// AUTO_START, one in the future; NO_MEMORY.
    pub fn clock_create(&mut self, options: u64, backstop: i64) -> Result<u32> {
        let generation = self.generation();
        let mut known = CLOCK_OPT_MONOTONIC | CLOCK_OPT_CONTINUOUS | CLOCK_OPT_AUTO_START;
        if generation.has_boot_clock {
            known |= CLOCK_OPT_BOOT | CLOCK_OPT_MAPPABLE;
        }
        let without = |option| options & option == 0;
        if options & !known != 0
            || !without(CLOCK_OPT_CONTINUOUS) && without(CLOCK_OPT_MONOTONIC)
            || !without(CLOCK_OPT_AUTO_START) && backstop > self.state.now()
            || backstop < 0
        {
            return Err(Status::INVALID_ARGS);
        }
        let mappable = !without(CLOCK_OPT_MAPPABLE);
        let clock = self.state.new_clock(self.account, options, backstop)?;
        let map = if mappable { Rights::MAP } else { Rights::empty() };
        self.add(clock, Clock::DEFAULT_RIGHTS & generation.clock_rights | map)
    }

    /// `zx_clock_read`, in nanoseconds.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without READ.
    pub fn clock_read(&mut self, clock: u32) -> Result<i64> {
        let id: ClockId = self.get(clock, Rights::READ)?;
        Ok(self.state.objects.get(id)?.read(self.state.clock.ticks()))
    }

    /// `zx_clock_get_details`.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without READ.
    pub fn clock_get_details(&mut self, clock: u32) -> Result<ClockDetails> {
        let id: ClockId = self.get(clock, Rights::READ)?;
        Ok(self.state.objects.get(id)?.details(self.state.clock.ticks()))
    }

    /// `zx_vmar_map_clock`: where a clock appears that can be mapped. What is there is the kernel's: the
    /// vDSO asks it.
    ///
    /// # Errors
    /// INVALID_ARGS to map it writable or executable, and for another length than a page; BAD_HANDLE,
    /// WRONG_TYPE for the clock; INVALID_ARGS for one that is not MAPPABLE; BAD_HANDLE, WRONG_TYPE for
    /// the VMAR; ACCESS_DENIED for a clock without MAP or READ; then as [`Caller::vmar_map`].
    pub fn vmar_map_clock(
        &mut self,
        vmar: u32,
        options: u32,
        offset: u64,
        clock: u32,
        len: u64,
    ) -> Result<u64> {
        let refused = VmOptions::PERM_WRITE
            | VmOptions::PERM_EXECUTE
            | VmOptions::PERM_READ_IF_XOM_UNSUPPORTED;
        if options & refused.bits() != 0 || len != PAGE_SIZE {
            return Err(Status::INVALID_ARGS);
        }
        let (id, rights) = self.typed::<ClockId>(clock)?;
        if !self.state.objects.get(id)?.is_mappable() {
            return Err(Status::INVALID_ARGS);
        }
        let vmar = self.typed::<VmarId>(vmar)?;
        let vmo = self.state.clock_page(id)?;
        self.map_vmo(vmar, options, offset, (vmo, rights & (Rights::MAP | Rights::READ)), 0, len)
    }

    /// The clock that is mapped at an address of the caller, for `zx_clock_read_mapped` and its kin.
    ///
    /// # Errors
    /// INVALID_ARGS where there is none.
    pub(crate) fn mapped_clock(&self, address: u64) -> Result<&Clock> {
        let place = self.state.translate(self.process, address).ok_or(Status::INVALID_ARGS)?;
        let objects = &self.state.objects;
        let clock = objects.get(place.vmo)?.clock.filter(|_| place.vmo_offset == 0);
        objects.get(clock.ok_or(Status::INVALID_ARGS)?).or(Err(Status::INVALID_ARGS))
    }

    /// `zx_clock_update`. UPDATED is shown to those who wait at that moment; the first update,
    /// which has to set the clock, starts it.
    ///
    /// # Errors
    /// INVALID_ARGS for no change at all, or a rate beyond 1000 millionths; BAD_HANDLE, WRONG_TYPE,
    /// ACCESS_DENIED without WRITE; INVALID_ARGS for a moment in version 1, or without a value or
    /// rate; BAD_STATE for a stopped clock that is not set; INVALID_ARGS for setting a continuous
    /// clock, a monotonic one back, any below its backstop, and what version 2 forbids.
    pub fn clock_update(&mut self, clock: u32, update: ClockUpdate) -> Result {
        let ClockUpdate { value, rate_adjust, error_bound, reference, version } = update;
        let changes = value.is_some() || rate_adjust.is_some();
        let rates = -CLOCK_MAX_RATE_ADJUST..=CLOCK_MAX_RATE_ADJUST;
        if !changes && error_bound.is_none() && reference.is_none()
            || rate_adjust.is_some_and(|adjust| !rates.contains(&adjust))
        {
            return Err(Status::INVALID_ARGS);
        }
        let id: ClockId = self.get(clock, Rights::WRITE)?;
        if reference.is_some() && (version == ClockUpdateVersion::V1 || !changes) {
            return Err(Status::INVALID_ARGS);
        }
        self.state.clock_update(id, update)
    }
}
