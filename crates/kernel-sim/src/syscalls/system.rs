//! `zx_system_get_event`, `zx_system_watch_memory_stall`, `zx_membarrier_*` and `zx_cprng_add_entropy`
//! (zircon/kernel/lib/syscalls/system.cc, zircon.cc).

use zx_abi::{
    Abi, CPRNG_ADD_ENTROPY_MAX_LEN, MEMORY_STALL_MAX_WINDOW, PolicyCondition,
    RSRC_SYSTEM_STALL_BASE, Result, Rights, SYSTEM_MEMORY_STALL_FULL, SYSTEM_MEMORY_STALL_SOME,
    Signals, Status, SystemEvent,
};

use crate::Caller;
use crate::object::JobId;

/// What an event of the system allows: not to signal it.
const EVENT_RIGHTS: Rights = Rights::BASIC.difference(Rights::INSPECT);

impl Caller<'_> {
    /// `zx_system_get_event`: NORMAL is signalled, as memory runs out for one process at a time here,
    /// by limits.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without MANAGE_PROCESS for OUT_OF_MEMORY; ACCESS_DENIED for
    /// another job than the root job; INVALID_ARGS for an event that is none; NO_MEMORY.
    pub fn system_get_event(&mut self, root_job: u32, kind: u32) -> Result<u32> {
        let needed = match SystemEvent::from_raw(kind) {
            Some(SystemEvent::OutOfMemory) => Rights::MANAGE_PROCESS,
            _ => Rights::empty(),
        };
        let job: JobId = self.get(root_job, needed)?;
        if self.state.root_job != Some(job) {
            return Err(Status::ACCESS_DENIED);
        }
        let event = SystemEvent::from_raw(kind).ok_or(Status::INVALID_ARGS)?;
        if event == SystemEvent::ImminentOutOfMemory && self.abi() == Abi::Sdk2020 {
            return Err(Status::INVALID_ARGS);
        }
        let id = self.state.system_event(event)?;
        self.add(id, EVENT_RIGHTS)
    }

    /// `zx_system_watch_memory_stall`: an event that is never signalled, for no thread ever waits for
    /// memory here.
    ///
    /// # Errors
    /// ACCESS_DENIED by policy; INVALID_ARGS for a window of more than 10 seconds, and unless
    /// `0 < threshold <= window`; BAD_HANDLE, WRONG_TYPE, OUT_OF_RANGE unless the resource is that of the
    /// kernel's part STALL; INVALID_ARGS for a kind that is none; NO_MEMORY.
    pub fn system_watch_memory_stall(
        &mut self,
        resource: u32,
        kind: u32,
        threshold: i64,
        window: i64,
    ) -> Result<u32> {
        self.check_policy(PolicyCondition::NewEvent)?;
        if window > MEMORY_STALL_MAX_WINDOW || threshold <= 0 || threshold > window {
            return Err(Status::INVALID_ARGS);
        }
        self.check_system_resource(resource, RSRC_SYSTEM_STALL_BASE)?;
        if !matches!(kind, SYSTEM_MEMORY_STALL_SOME | SYSTEM_MEMORY_STALL_FULL) {
            return Err(Status::INVALID_ARGS);
        }
        let event = self.state.new_event(self.account)?;
        self.add(event, EVENT_RIGHTS)
    }

    /// `zx_cprng_add_entropy`. The kernel's randomness is the host's, or repeats a seed: it needs none.
    ///
    /// # Errors
    /// INVALID_ARGS for more than 256 bytes.
    pub fn cprng_add_entropy(&mut self, len: u64) -> Result {
        if len > CPRNG_ADD_ENTROPY_MAX_LEN { Err(Status::INVALID_ARGS) } else { Ok(()) }
    }

    /// `zx_membarrier_sync_process_data` and `_insn`: what threads of guests have written before, on
    /// any processor, all of them see from now on.
    pub(crate) fn membarrier(&mut self) {
        let machine = std::sync::Arc::clone(&self.state.machine);
        self.state.outside(|| machine.barrier());
    }
}

impl crate::state::State {
    /// An event of the system, which is there from when it is first asked for.
    ///
    /// # Errors
    /// NO_MEMORY at a limit.
    fn system_event(&mut self, event: SystemEvent) -> Result<crate::object::EventId> {
        if let Some(id) = self.system_events.get(&event) {
            return Ok(*id);
        }
        let id = self.new_event(self.root_account())?;
        if let Some(event) = self.objects.events.get_mut(id) {
            event.kept = true;
        }
        let normal = event == SystemEvent::MemoryPressureNormal;
        self.set_signals(id, Signals::SIGNALED, normal);
        self.system_events.insert(event, id);
        Ok(id)
    }
}
