//! Page faults: those that the kernel mends, after which the program goes on as if nothing had been.
//!
//! What a mapping shows need not be real. Where it is lazy, the machine knows nothing of it; the first
//! access comes here, and makes it real together with its surroundings, which are charged.

use std::ops::Range;

use zx_abi::{EXCP_FATAL_PAGE_FAULT, PAGE_SIZE, Result, Status, TIME_INFINITE, VmOptions};

use crate::machine;
use crate::object::{Found, Origin, Placed, ProcessId, StoreId, ThreadId};
use crate::ranges::Ranges;
use crate::state::State;
use crate::wait::{Redo, Sleeper};
use crate::{Caller, ExceptionOutcome, ExceptionReport, Koid};

/// Bytes from the page that a program accesses on that it may read afterwards, of what its store has
/// at that place.
const AROUND: u64 = 16 * PAGE_SIZE;

/// Pieces of a mapping whose permissions are changed one by one.
const PIECES: usize = 64;

/// Which addresses of the lazy mappings of a process are real.
#[derive(Debug, Default)]
pub(crate) struct Real {
    pub ranges: Ranges,
    /// Those of them that can be written, of the mappings whose store may not have all of its pages.
    writable: Ranges,
    /// How often less has become real.
    losses: u64,
    /// How often an access has made more real.
    mended: usize,
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

    /// How often what becomes real at once has doubled. Linux wants no more than about 65,000 mappings
    /// in a process. And who has had so many faults will have more, at a signal each time; where memory is short, that has to be.
    fn doublings(&self, is_short: bool) -> usize {
        (self.ranges.pieces() / 4096).min(8).max(self.often(is_short))
    }

    /// The part of [`Real::doublings`] that follows from how many faults it has had.
    pub fn often(&self, is_short: bool) -> usize {
        if is_short { 0 } else { (self.mended / 64).min(4) }
    }

    /// Nothing in a range is real any more.
    pub fn lose(&mut self, base: u64, len: u64) {
        self.losses += 1;
        self.ranges.remove(base..base + len);
        self.writable.remove(base..base + len);
    }

    /// Nothing in a range can be written any more. Where it could; none, with nothing changed, if that
    /// is in too many pieces.
    fn protect(&mut self, range: Range<u64>) -> Option<Vec<Range<u64>>> {
        if self.writable.within(range.clone()).nth(PIECES).is_some() {
            return None;
        }
        self.losses += 1;
        Some(self.writable.take_some(range, PIECES).0)
    }
}

/// See [`Real::may_retry`].
#[derive(Debug, Default)]
pub(crate) struct LastFault(Option<Futile>);

/// Where a process has accessed a mapping.
struct Accessed {
    placed: Placed,
    /// Bytes of the mapping that exist.
    shown: u64,
    /// Where its first is in the store.
    first: u64,
    store: StoreId,
    /// The address of the page.
    page: u64,
}

impl Caller<'_> {
    /// The calling process has accessed something. If it has written a page that a store has not itself
    /// and that others see too, the store gets it, and they will see that.
    ///
    /// # Errors
    /// NO_MEMORY; CANCELED if the process has been killed meanwhile.
    pub(crate) fn own_accessed(&mut self, report: &ExceptionReport) -> Result {
        let is_write =
            report.kind == EXCP_FATAL_PAGE_FAULT && report.access() == VmOptions::PERM_WRITE;
        let accessed = is_write.then(|| self.state.accessed(self.process, report));
        let Some(Ok(Accessed { placed, first, store, page, .. })) = accessed else { return Ok(()) };
        let at = first + (page - placed.start);
        let page = at..at + PAGE_SIZE;
        let is_there = self.state.objects.write_need(store, page.clone()).0.is_none();
        if is_there && self.state.objects.is_seen_elsewhere(store, page.clone()) {
            self.own_pages(store, page)?;
        }
        Ok(())
    }
}

impl State {
    /// A guest thread has waited for a page that it has accessed: what it was about to do is judged once
    /// more, or fails.
    pub fn access_again(
        &mut self,
        process: Koid,
        thread: Koid,
        mut report: ExceptionReport,
        result: Result,
    ) -> ExceptionOutcome {
        match result {
            Ok(()) => self.guest_raised(process, thread, report, Ok(())),
            Err(status) => {
                report.synth_code = status.into_raw() as u32;
                self.unmended(process, thread, report)
            }
        }
    }

    /// A guest thread has raised an exception, before which [`Caller::own_accessed`] has ended so.
    pub fn guest_raised(
        &mut self,
        process: Koid,
        thread: Koid,
        mut report: ExceptionReport,
        owned: Result,
    ) -> ExceptionOutcome {
        if report.kind == EXCP_FATAL_PAGE_FAULT
            && let Some((process_id, thread_id)) = self.running_thread(process, thread)
        {
            match owned.and_then(|()| self.mend(process_id, thread_id, &report)) {
                Ok(outcome) => return outcome,
                Err(status) => report.synth_code = status.into_raw() as u32,
            }
        }
        self.unmended(process, thread, report)
    }

    /// What no page mends.
    fn unmended(
        &mut self,
        process: Koid,
        thread: Koid,
        report: ExceptionReport,
    ) -> ExceptionOutcome {
        self.trace_exception(process, thread, &report);
        let running = self.running_thread(process, thread);
        let raised = |(_, id)| self.raise(id, report.clone(), Origin::Program);
        if !running.is_some_and(raised) {
            self.die_of(process, thread, report);
        }
        ExceptionOutcome::Stopped
    }

    /// What a process has accessed: the mapping, how much of it exists, and the page in its store.
    ///
    /// # Errors
    /// NOT_FOUND where nothing is mapped, ACCESS_DENIED where the mapping does not allow it or is
    /// real, OUT_OF_RANGE beyond the VMO's end.
    fn accessed(&self, id: ProcessId, report: &ExceptionReport) -> Result<Accessed> {
        let address = report.fault_address;
        let placed = self.mapping_at(id, address).ok_or(Status::NOT_FOUND)?;
        let Placed { start, mapping, .. } = placed;
        if !mapping.permissions.contains(report.access()) {
            return Err(Status::ACCESS_DENIED);
        }
        let vmo = self.objects.get(mapping.vmo)?;
        let (page, shown) = (address - address % PAGE_SIZE, mapping.shown(vmo));
        if page - start >= shown {
            return Err(Status::OUT_OF_RANGE);
        }
        if !mapping.lazy {
            return Err(Status::ACCESS_DENIED);
        }
        let first = vmo.memory_offset() + mapping.vmo_offset;
        Ok(Accessed { placed, shown, first, store: vmo.store, page })
    }

    /// Makes real what a thread has accessed.
    ///
    /// # Errors
    /// Those of [`State::accessed`], BAD_STATE for a page that its pager is not asked for any more,
    /// NO_MEMORY.
    fn mend(
        &mut self,
        id: ProcessId,
        thread: ThreadId,
        report: &ExceptionReport,
    ) -> Result<ExceptionOutcome> {
        let Accessed { placed, shown, first, store, page } = self.accessed(id, report)?;
        let start = placed.start;
        let process = self.objects.get(id)?;
        self.meter.count(1);
        let at = first + (page - start);
        let is_paged = self.objects.paging(store).is_some();
        let writes = is_paged && report.access() == VmOptions::PERM_WRITE;
        let real = if writes { &process.real.writable } else { &process.real.ranges };
        if real.around(page).is_some() {
            let process = self.objects.processes.get(id).ok_or(Status::NOT_FOUND)?;
            let thread = self.objects.threads.get_mut(thread).ok_or(Status::NOT_FOUND)?;
            let again = process.real.may_retry(report.fault_address, &mut thread.last_fault.0);
            return if again { Ok(ExceptionOutcome::Resume) } else { Err(Status::ACCESS_DENIED) };
        }
        if is_paged {
            let end = at.saturating_add(AROUND).min(first + shown);
            return self.mend_page((id, thread), placed, (store, at..end), report);
        }
        let is_short = !self.objects.has_half_left(store);
        let doublings = self.objects.get(id)?.real.doublings(is_short);
        let around = self.objects.charge_around(store, at, first..first + shown, doublings)?;
        let base = start + (around.start - first);
        let len = around.end - around.start;
        self.show(id, &placed, base..base + len);
        self.objects.get_mut(id)?.real.mended += 1;
        self.trace_page_fault((id, thread), report.fault_address, (base, len));
        Ok(ExceptionOutcome::Resume)
    }

    /// Shows a thread the page that it has accessed, with what lies behind it in the range if that is
    /// in the same place; or has it wait for the page.
    fn mend_page(
        &mut self,
        (id, thread): (ProcessId, ThreadId),
        Placed { start, mapping, .. }: Placed,
        (store, range): (StoreId, Range<u64>),
        report: &ExceptionReport,
    ) -> Result<ExceptionOutcome> {
        let page = range.start..range.start + PAGE_SIZE;
        let writes = report.access() == VmOptions::PERM_WRITE;
        let (need, _) = if writes {
            self.objects.write_need(store, page.clone())
        } else {
            self.objects.read_need(store, page.clone())
        };
        if let Some(need) = need {
            // It is to be stopped, and must be out of its access for that.
            let is_to_stop = |thread: &crate::object::Thread| thread.suspension.is_asked();
            if self.objects.threads.get(thread).is_some_and(is_to_stop) {
                return Ok(ExceptionOutcome::Resume);
            }
            let redo = Redo::Access(Box::new(report.clone()));
            self.await_pages(id, Sleeper::Thread(thread), need, redo, TIME_INFINITE)?;
            return Ok(ExceptionOutcome::Stopped);
        }
        if writes {
            if self.objects.is_seen_elsewhere(store, page.clone()) {
                // The access is made once more, and others see what it writes.
                return Ok(ExceptionOutcome::Resume);
            }
            self.make_writable(store, page.clone()).1?;
        }
        let (found, mut end) = self.objects.find(store, range.clone());
        let first = self.objects.get(mapping.vmo)?.memory_offset() + mapping.vmo_offset;
        let base = start + (range.start - first);
        let real = &self.objects.get(id)?.real;
        let was_real = real.ranges.around(base).is_some();
        if was_real {
            end = page.end;
        } else {
            let gap = real.ranges.gap_around(base, base..base + (end - range.start));
            end = range.start + (gap.end - base);
        }
        // Who may write what the store has need not ask again.
        let is_writable = match self.objects.source(store) {
            _ if found != Found::Own => false,
            None => true,
            Some(source) => {
                let (is_free, free_end) = source.written_freely(range.start..end);
                end = end.min(free_end);
                is_free
            }
        };
        let (from, at) = match found {
            Found::Of(other, at) => (other, at),
            _ => (store, range.start),
        };
        if from == store {
            // What is zero takes up room once it is seen.
            if self.objects.charge_range(store, range.start..end).is_err() {
                end = page.end;
                self.objects.charge_range(store, page)?;
            }
        }
        let mut permissions = mapping.permissions;
        permissions
            .set(VmOptions::PERM_WRITE, is_writable && permissions.contains(VmOptions::PERM_WRITE));
        let (len, memory) = (end - range.start, self.objects.memory_of(from)?);
        memory.prepare()?;
        let process = self.objects.get_mut(id)?;
        process.real.ranges.insert(base..base + len);
        if permissions.contains(VmOptions::PERM_WRITE) {
            process.real.writable.insert(base..base + len);
        }
        let koid = process.header.koid;
        self.trace_page_fault((id, thread), report.fault_address, (base, len));
        self.meter.count((len / PAGE_SIZE) as usize);
        if was_real {
            // Perhaps of another memory, or not to be written.
            self.machine.unmap(koid, base, len);
        }
        let vdso = false;
        let shown = machine::Mapping { base, len, permissions, memory, offset: at, vdso };
        self.machine.map(koid, shown);
        Ok(ExceptionOutcome::Resume)
    }

    /// Takes from a range of a mapping what is real there, so that the next access is judged anew; or
    /// only what can be written, if that is in few pieces.
    pub fn hide(
        &mut self,
        process: ProcessId,
        Placed { mapping, .. }: &Placed,
        range: Range<u64>,
        only_writes: bool,
    ) {
        let Some(real) = self.objects.processes.get_mut(process).map(|it| &mut it.real) else {
            return;
        };
        if only_writes && let Some(lost) = real.protect(range.clone()) {
            let permissions = mapping.permissions - VmOptions::PERM_WRITE;
            for Range { start, end } in lost {
                self.meter.count(1);
                if let Some(koid) = self.koid_if_told(process, start) {
                    self.machine.protect(koid, start, end - start, permissions);
                }
            }
            return;
        }
        let (base, len) = (range.start, range.end - range.start);
        let was_real = real.ranges.within(range).next().is_some();
        real.lose(base, len);
        let Some(koid) = self.koid_if_told(process, base).filter(|_| was_real) else { return };
        self.machine.unmap(koid, base, len);
    }
}
