//! Page faults: those that the kernel mends, after which the program goes on as if nothing had been.
//!
//! What a mapping shows need not be real. Where it is lazy, the machine knows nothing of it; the first
//! access comes here, and makes it real together with its surroundings, which are charged.

use zx_abi::{EXCP_FATAL_PAGE_FAULT, PAGE_SIZE, Result, Status};

use crate::object::{Origin, Placed, ProcessId, ThreadId};
use crate::ranges::Ranges;
use crate::state::State;
use crate::{ExceptionOutcome, ExceptionReport, Koid};

/// Which addresses of the lazy mappings of a process are real.
#[derive(Debug, Default)]
pub(crate) struct Real {
    pub ranges: Ranges,
    /// How often less has become real.
    losses: u64,
}

/// A fault at an address that was real when it was judged, and after how many losses.
type Futile = (u64, u64);

impl Real {
    /// Whether a thread may try once more what it did at an address that is real: another thread has
    /// faulted there at the same time, unless it has been told so before.
    fn may_retry(&self, address: u64, last: &mut Option<Futile>) -> bool {
        let this = (address, self.losses);
        last.replace(this) != Some(this)
    }

    /// Nothing in a range is real any more.
    pub fn lose(&mut self, base: u64, len: u64) {
        self.losses += 1;
        self.ranges.remove(base..base + len);
    }
}

/// See [`Real::may_retry`].
#[derive(Debug, Default)]
pub(crate) struct LastFault(Option<Futile>);

impl State {
    /// A guest thread has raised an exception.
    pub fn guest_raised(
        &mut self,
        process: Koid,
        thread: Koid,
        mut report: ExceptionReport,
    ) -> ExceptionOutcome {
        if report.kind == EXCP_FATAL_PAGE_FAULT
            && let Some((process_id, thread_id)) = self.running_thread(process, thread)
        {
            match self.mend(process_id, thread_id, &report) {
                Ok(()) => return ExceptionOutcome::Resume,
                Err(status @ Status::NO_MEMORY) => report.synth_code = status.into_raw() as u32,
                // Nothing that Zircon would have mended.
                Err(_) => {}
            }
        }
        self.trace_exception(process, thread, &report);
        let running = self.running_thread(process, thread);
        let raised = |(_, id)| self.raise(id, report.clone(), Origin::Program);
        if !running.is_some_and(raised) {
            self.die_of(process, thread, report);
        }
        ExceptionOutcome::Stopped
    }

    /// Makes real what a thread has accessed.
    ///
    /// # Errors
    /// NOT_FOUND where nothing is mapped, ACCESS_DENIED where the mapping does not allow it or is
    /// real, OUT_OF_RANGE beyond the VMO's end, NO_MEMORY.
    fn mend(&mut self, id: ProcessId, thread: ThreadId, report: &ExceptionReport) -> Result {
        let address = report.fault_address;
        let page = address - address % PAGE_SIZE;
        let placed = self.mapping_at(id, address).ok_or(Status::NOT_FOUND)?;
        let Placed { start, mapping, .. } = placed;
        if !mapping.lazy || !mapping.permissions.contains(report.access()) {
            return Err(Status::ACCESS_DENIED);
        }
        let vmo = self.objects.get(mapping.vmo)?;
        let shown = mapping.shown(vmo);
        if page - start >= shown {
            return Err(Status::OUT_OF_RANGE);
        }
        let first = vmo.memory_offset() + mapping.vmo_offset;
        let store = vmo.store;
        let process = self.objects.processes.get(id).ok_or(Status::BAD_STATE)?;
        let pieces = process.real.ranges.pieces();
        self.meter.count(1);
        if process.real.ranges.around(page).is_some() {
            let thread = self.objects.threads.get_mut(thread).ok_or(Status::BAD_STATE)?;
            let again = process.real.may_retry(address, &mut thread.last_fault.0);
            return if again { Ok(()) } else { Err(Status::ACCESS_DENIED) };
        }
        let at = first + (page - start);
        let around = self.objects.charge_around(store, at, first..first + shown, pieces)?;
        let base = start + (around.start - first);
        self.show(id, &placed, base..base + (around.end - around.start));
        Ok(())
    }
}
