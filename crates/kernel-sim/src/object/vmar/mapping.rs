//! Mappings: made, changed and removed (zircon/kernel/vm/vm_mapping.cc).

use std::ops::Range;
use std::sync::Arc;

use zx_abi::{CachePolicy, PAGE_SIZE, Result, Status, VmOptions};

use super::{LOOKED_AT, Placement, Region};
use crate::Name;
use crate::account::AccountId;
use crate::machine;
use crate::object::{OnMachine, Process, ProcessId, ProcessRun, StoreId, VmarId, Vmo, VmoId};
use crate::state::State;
use crate::trace::TraceEvent;

/// Bytes that a mapping may add to what is charged and be real at once; more for a process that has
/// had many faults ([`State::small`]).
const SMALL: u64 = 64 * PAGE_SIZE;

/// A mapping.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MappedRange {
    pub len: u64,
    pub vmo: VmoId,
    pub vmo_offset: u64,
    /// `PERM_*`
    pub permissions: VmOptions,
    /// `PERM_*` that protect may go up to.
    pub max_permissions: VmOptions,
    /// Accesses beyond the page where the VMO's stream ends fault.
    pub beyond_stream: bool,
    /// Part of the vDSO's code, which nothing may change.
    pub vdso_code: bool,
    /// It becomes real where it is accessed ([`Real`](crate::fault::Real)), not as a whole.
    pub lazy: bool,
}

/// A mapping and where it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed {
    /// Directly in this VMAR.
    pub vmar: VmarId,
    pub start: u64,
    pub mapping: MappedRange,
}

/// Where an address of a process leads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Translation {
    pub vmo: VmoId,
    pub vmo_offset: u64,
    /// Bytes of the mapping from here on.
    pub len: u64,
    pub permissions: VmOptions,
    pub beyond_stream: bool,
}

impl Placed {
    pub fn end(&self) -> u64 {
        self.start + self.mapping.len
    }
}

impl MappedRange {
    /// Bytes from the start that exist.
    pub fn shown(&self, vmo: &Vmo) -> u64 {
        self.backed(vmo).min(vmo.size().saturating_sub(self.vmo_offset))
    }

    /// Bytes from the start that exist in the VMO, as far as the kernel must see to it: the machine
    /// knows the end of its own memory.
    fn backed(&self, vmo: &Vmo) -> u64 {
        let mut end = if vmo.memory_offset() > 0 || vmo.size() < vmo.memory.size() {
            vmo.size()
        } else {
            u64::MAX
        };
        if self.beyond_stream {
            end = end.min(page_end(vmo.stream_size()).unwrap_or(u64::MAX));
        }
        self.len.min(end.saturating_sub(self.vmo_offset))
    }
}

impl State {
    /// A mapping at a place that [`State::place`] chose.
    pub fn insert_mapping(&mut self, id: VmarId, base: u64, mut mapping: MappedRange) {
        self.may_be_written(mapping.vmo, mapping.permissions);
        let Some(process) = self.objects.vmars.get(id).map(|vmar| vmar.process) else { return };
        mapping.lazy = !self.make_real(process, &mapping);
        let Some(vmar) = self.objects.vmars.get_mut(id) else { return };
        let owner @ (process, _) = vmar.owner();
        vmar.insert(base, Region::Mapping(mapping));
        self.vmo_mapped(mapping.vmo, owner, mapping.beyond_stream);
        if let Some(koid) = self.koid_if_told(process, base)
            && let Some(mapping) = self.machine_mapping(base, &mapping)
        {
            self.machine.map(koid, mapping);
        }
        if let Some(process) = self.objects.processes.get_mut(process)
            && let OnMachine::Launching(told) = &mut process.on_machine
            && base < *told
        {
            *told = (*told).max(base + mapping.len);
        }
        self.show_small(process, &Placed { vmar: id, start: base, mapping });
        self.trace(|state| TraceEvent::Map {
            process: state.objects.koid(process),
            vmar: state.objects.koid(id),
            base,
            len: mapping.len,
            permissions: mapping.permissions.bits(),
            vmo: state.objects.koid(mapping.vmo),
            vmo_name: state.objects.vmos.get(mapping.vmo).map_or(Name::default(), |vmo| vmo.name),
            vmo_offset: mapping.vmo_offset,
        });
    }

    /// A mapping of a VMO has these permissions from now on.
    fn may_be_written(&mut self, vmo: VmoId, permissions: VmOptions) {
        let vmo = self.objects.vmos.get(vmo);
        if let Some(store) = vmo.filter(|_| permissions.contains(VmOptions::PERM_WRITE)) {
            self.objects.written_unseen(store.store);
        }
    }

    /// Sees to it that the machine can map a VMO in a process that it runs, or is about to.
    ///
    /// # Errors
    /// NO_RESOURCES, NO_MEMORY.
    pub fn prepare_mapping(&self, process: ProcessId, vmo: VmoId) -> Result {
        let runs = |process: &Process| process.run == ProcessRun::Running;
        if self.objects.processes.get(process).is_some_and(runs) {
            self.objects.get(vmo)?.memory.prepare()?;
        }
        Ok(())
    }

    /// Where the machine would have a new mapping of all of a VMO, if it may be there.
    pub fn vacancy(
        &self,
        id: VmarId,
        placement: Placement,
        vmo: VmoId,
        (vmo_offset, len): (u64, u64),
        permissions: VmOptions,
    ) -> Option<u64> {
        let (vmar, vmo) = (self.objects.vmars.get(id)?, self.objects.vmos.get(vmo)?);
        let (offset, store) = (vmo.memory_offset() + vmo_offset, vmo.store);
        if offset != 0 || len != vmo.memory.size() || vmo.size() != len {
            return None;
        }
        let koid = self.koid_if_told(vmar.process, vmar.base)?;
        let is_real = len <= self.small(vmar.process, store)
            && self.objects.paging(store).is_none()
            && self.objects.check_store(store, len).is_ok();
        let may_be = |base| vmar.has_room_for(placement, base, len);
        is_real.then(|| self.machine.vacancy(koid, &*vmo.memory, permissions, &may_be)).flatten()
    }

    /// Where the machine would have a new VMAR of so many bytes, if it may be there.
    pub fn vacated(&self, parent: VmarId, placement: Placement, len: u64) -> Option<u64> {
        let Placement::Any { .. } = placement else { return None };
        let parent = self.objects.vmars.get(parent)?;
        let koid = self.koid_if_told(parent.process, parent.base)?;
        self.machine.vacated(koid, len, &|base| parent.has_room_for(placement, base, len))
    }

    /// Charges all that a new mapping may show, if that is not much. Whether it has been.
    fn make_real(&mut self, process: ProcessId, mapping: &MappedRange) -> bool {
        let vmo = self.objects.vmos.get(mapping.vmo);
        vmo.is_some_and(|vmo| !vmo.resizable) && self.charge_small(process, mapping)
    }

    /// Shows what a new mapping has of a VMO that may grow, if that is not much: it is accessed next.
    /// What the VMO grows by is shown where it is accessed.
    fn show_small(&mut self, process: ProcessId, placed: &Placed) {
        let &Placed { start, mapping, .. } = placed;
        let Some(vmo) = self.objects.vmos.get(mapping.vmo).filter(|vmo| vmo.resizable) else {
            return;
        };
        let shown = mapping.shown(vmo);
        let is_told = self.koid_if_told(process, start).is_some();
        if is_told && shown > 0 && self.charge_small(process, &mapping) {
            self.show(process, placed, start..start + shown);
        }
    }

    /// Charges what there is of a mapping, if that is not much and no pager decides on it. Whether it has
    /// been.
    fn charge_small(&mut self, process: ProcessId, mapping: &MappedRange) -> bool {
        let Some(vmo) = self.objects.vmos.get(mapping.vmo) else { return false };
        if self.objects.paging(vmo.store).is_some() || mapping.permissions.is_empty() {
            return false;
        }
        let start = vmo.memory_offset() + mapping.vmo_offset;
        let len = mapping.len.min(vmo.size().saturating_sub(mapping.vmo_offset));
        let (store, range) = (vmo.store, start..start + len);
        let most = self.small(process, store);
        self.objects.charge_at_most(store, range, most).is_ok()
    }

    /// Bytes that a mapping of a store in a process may add to what is charged and be real at once: as
    /// much more than usual as the process gets at a fault.
    fn small(&self, process: ProcessId, store: StoreId) -> u64 {
        let often = self.objects.processes.get(process).map_or(0, |it| it.real.often(false));
        if often > 0 && self.objects.has_half_left(store) { SMALL << often } else { SMALL }
    }

    /// What the machine needs to know of a mapping; nothing if it shows nothing, or not yet.
    pub fn machine_mapping(&self, base: u64, mapping: &MappedRange) -> Option<machine::Mapping> {
        let vmo = self.objects.vmos.get(mapping.vmo)?;
        let len = mapping.backed(vmo);
        (len > 0 && !mapping.lazy).then(|| machine::Mapping {
            base,
            len,
            permissions: mapping.permissions,
            memory: Arc::clone(&vmo.memory),
            offset: vmo.memory_offset() + mapping.vmo_offset,
            vdso: vmo.vdso.is_some(),
        })
    }

    /// Makes real what is not yet of a range of a lazy mapping, all of which is charged.
    pub fn show(&mut self, id: ProcessId, placed: &Placed, range: Range<u64>) {
        let Some(process) = self.objects.processes.get_mut(id) else { return };
        let koid = process.header.koid;
        let missing: Vec<_> = process.real.ranges.missing(range.clone()).collect();
        process.real.ranges.insert(range);
        for Range { start, end } in missing {
            let vmo_offset = placed.mapping.vmo_offset + (start - placed.start);
            let piece = MappedRange { len: end - start, vmo_offset, lazy: false, ..placed.mapping };
            if let Some(mapping) = self.machine_mapping(start, &piece) {
                self.machine.map(koid, mapping);
            }
        }
    }

    /// The koid of a process, if the machine is told of changes to what is mapped at an address.
    pub fn koid_if_told(&self, id: ProcessId, address: u64) -> Option<u64> {
        let process = self.objects.processes.get(id)?;
        let told = process.run == ProcessRun::Running && process.on_machine.knows(address);
        told.then_some(process.header.koid)
    }

    /// Removes mappings and whole child VMARs in a range of one VMAR, splitting mappings at its ends:
    /// some of them, from its start on. Returns where the rest begins. The caller has checked that no
    /// child VMAR is cut and that the vDSO's code is not touched, unless to take back a mapping that
    /// was just made.
    pub fn unmap_some(&mut self, id: VmarId, base: u64, end: u64) -> u64 {
        let Some(vmar) = self.objects.vmars.get(id) else { return end };
        let process = vmar.process;
        let regions = vmar.overlapping(base, end).map(|(start, region)| (start, *region));
        let mut hit: Vec<(u64, Region)> = regions.take(LOOKED_AT + 1).collect();
        let rest = if hit.len() > LOOKED_AT { hit.pop() } else { None };
        let end = rest.map_or(end, |(start, _)| start);
        for (start, region) in hit {
            match region {
                Region::Vmar { id: child, .. } => self.dismantle_vmar(child),
                Region::Mapping(mapping) => {
                    self.cut(Placed { vmar: id, start, mapping }, base, end, None);
                }
            }
        }
        self.unmapped(process, base, end - base);
        end
    }

    /// Nothing is mapped any more in a range of a process.
    pub fn unmapped(&mut self, process: ProcessId, base: u64, len: u64) {
        if let Some(koid) = self.koid_if_told(process, base) {
            self.machine.unmap(koid, base, len);
        }
        if let Some(process) = self.objects.processes.get_mut(process) {
            process.real.lose(base, len);
        }
        self.trace(|state| TraceEvent::Unmap { process: state.objects.koid(process), base, len });
    }

    /// Changes the permissions of `base..end`, which these mappings of one process fill.
    pub fn protect_range(
        &mut self,
        process: ProcessId,
        mappings: &[Placed],
        (base, end): (u64, u64),
        permissions: VmOptions,
    ) {
        for placed in mappings {
            self.may_be_written(placed.mapping.vmo, permissions);
        }
        // What the machine has mapped of it, adjacent pieces together.
        let mut real: Vec<(u64, u64)> = Vec::new();
        for placed in mappings {
            let vmo = self.objects.vmos.get(placed.mapping.vmo);
            let backed = vmo.map_or(0, |vmo| placed.mapping.backed(vmo));
            let (from, to) = (placed.start.max(base), (placed.start + backed).min(end));
            if vmo.is_some_and(|vmo| self.objects.paging(vmo.store).is_some()) {
                // Which of its pages can be written is decided page by page.
                if from < to {
                    self.hide(process, placed, from..to, false);
                }
                self.cut(*placed, base, end, Some(permissions));
                continue;
            }
            for Range { start, end } in self.real_in(process, placed.mapping.lazy, from..to) {
                match real.last_mut() {
                    Some(last) if last.1 == start => last.1 = end,
                    _ => real.push((start, end)),
                }
            }
            self.cut(*placed, base, end, Some(permissions));
        }
        for (from, to) in real {
            if let Some(koid) = self.koid_if_told(process, from) {
                self.machine.protect(koid, from, to - from, permissions);
            }
        }
        self.trace(|state| TraceEvent::Protect {
            process: state.objects.koid(process),
            base,
            len: end - base,
            permissions: permissions.bits(),
        });
    }

    /// What of a range in one mapping of a process is real.
    fn real_in(&self, process: ProcessId, lazy: bool, range: Range<u64>) -> Vec<Range<u64>> {
        match self.objects.processes.get(process) {
            Some(process) if lazy => process.real.ranges.within(range).collect(),
            _ if range.is_empty() => Vec::new(),
            _ => vec![range],
        }
    }

    /// Splits a mapping at `base` and `end`; what lies between goes, or stays with `permissions`.
    fn cut(&mut self, placed: Placed, base: u64, end: u64, permissions: Option<VmOptions>) {
        let Placed { vmar: id, start, mapping } = placed;
        let Some(vmar) = self.objects.vmars.get_mut(id) else { return };
        let owner = vmar.owner();
        vmar.remove(start);
        let mut kept = 0;
        for (at, mut piece) in split(start, mapping, base, end).into_iter().flatten() {
            if (base..end).contains(&at) {
                let Some(permissions) = permissions else { continue };
                piece.permissions = permissions;
            }
            vmar.insert(at, Region::Mapping(piece));
            kept += 1;
        }
        for _ in 0..kept {
            self.vmo_mapped(mapping.vmo, owner, mapping.beyond_stream);
        }
        self.drop_mapping(owner, &mapping);
    }

    /// A mapping has left its VMAR: what follows for its VMO and its process.
    pub fn drop_mapping(&mut self, owner: (ProcessId, AccountId), mapping: &MappedRange) {
        self.meter.count(1);
        self.vmo_unmapped(mapping.vmo, owner, mapping.beyond_stream);
        self.release_vmo(mapping.vmo);
        if mapping.vdso_code
            && let Some(process) = self.objects.processes.get_mut(owner.0)
        {
            process.vdso = None;
        }
    }

    /// The VMO, and those of its references, that mappings show which fault beyond its stream: each
    /// with a process that has such a mapping.
    pub fn stream_mappers(&self, id: VmoId) -> Vec<(VmoId, ProcessId)> {
        let vmos = &self.objects.vmos;
        let Some(own) = vmos.get(id) else { return Vec::new() };
        let sharers: Vec<(VmoId, &Vmo)> = if Arc::strong_count(&own.stream_size) == 1 {
            vec![(id, own)]
        } else {
            let shares = |vmo: &Vmo| Arc::ptr_eq(&vmo.stream_size, &own.stream_size);
            vmos.iter().filter(|(_, vmo)| shares(vmo)).collect()
        };
        let mapped = sharers.into_iter().filter(|(_, vmo)| vmo.stream_mappings > 0);
        mapped.flat_map(|(id, vmo)| vmo.spaces.keys().map(move |process| (id, *process))).collect()
    }

    /// Makes a mapping anew, whose VMO's stream ends elsewhere now.
    pub fn remake_mapping(&mut self, process: ProcessId, Placed { start, mapping, .. }: &Placed) {
        let Some(koid) = self.koid_if_told(process, *start) else { return };
        self.machine.unmap(koid, *start, mapping.len);
        if let Some(process) = self.objects.processes.get_mut(process) {
            process.real.lose(*start, mapping.len);
        }
        if let Some(mapping) = self.machine_mapping(*start, mapping) {
            self.machine.map(koid, mapping);
        }
    }

    /// The mapping at an address, if it is one of code that others see, too: through a handle, in another
    /// address space, or through a VMO that shares its pages; or one of memory that never changes.
    pub fn shared_code_at(&self, process: ProcessId, address: u64) -> Option<Placed> {
        let placed = self.mapping_at(process, address)?;
        let Placed { mapping, .. } = placed;
        let is_code = mapping.permissions.contains(VmOptions::PERM_EXECUTE)
            && !mapping.permissions.contains(VmOptions::PERM_WRITE);
        let vmo = self.objects.vmos.get(mapping.vmo)?;
        let is_plain = vmo.vdso.is_none()
            && vmo.cache_policy == CachePolicy::Cached
            && self.objects.paging(vmo.store).is_none();
        let is_shared = vmo.header.handles > 0
            || vmo.keepers > 0
            || vmo.spaces.len() > 1
            || !self.objects.is_alone(vmo.store);
        let is_fixed = vmo.memory.is_fixed();
        (is_plain && (is_fixed || is_code && is_shared)).then_some(placed)
    }

    /// Has a mapping of a process show another VMO from its start on, as far as programs can tell
    /// without a moment in between.
    ///
    /// # Errors
    /// NO_MEMORY if it is not there any more; those of [`State::prepare_mapping`].
    pub fn replace_code(&mut self, process: ProcessId, placed: Placed, vmo: VmoId) -> Result {
        let Placed { vmar: id, start, mapping: old } = placed;
        let now = self.mapping_at(process, start).ok_or(Status::NO_MEMORY)?;
        if (now.vmar, now.start) != (id, start)
            || (now.mapping.vmo, now.mapping.vmo_offset) != (old.vmo, old.vmo_offset)
            || now.mapping.len != old.len
        {
            return Err(Status::NO_MEMORY);
        }
        self.prepare_mapping(process, vmo)?;
        let mut mapping = MappedRange { vmo, vmo_offset: 0, ..now.mapping };
        mapping.lazy = !self.make_real(process, &mapping);
        let vmar = self.objects.vmars.get_mut(id).ok_or(Status::NO_MEMORY)?;
        let owner = vmar.owner();
        vmar.remove(start);
        vmar.insert(start, Region::Mapping(mapping));
        self.vmo_mapped(vmo, owner, mapping.beyond_stream);
        if let Some(koid) = self.koid_if_told(process, start) {
            match self.machine_mapping(start, &mapping) {
                Some(shown) => self.machine.remap(koid, shown),
                // It is shown where it is accessed.
                None => self.machine.unmap(koid, start, mapping.len),
            }
        }
        if let Some(process) = self.objects.processes.get_mut(process) {
            process.real.lose(start, mapping.len);
        }
        self.drop_mapping(owner, &old);
        Ok(())
    }

    /// The mapping at an address of a process.
    pub fn mapping_at(&self, process: ProcessId, address: u64) -> Option<Placed> {
        let mut id = self.objects.processes.get(process)?.root_vmar?;
        loop {
            let (start, region) = self.objects.vmars.get(id)?.at(address)?;
            match region {
                Region::Vmar { id: child, .. } => id = *child,
                Region::Mapping(mapping) => {
                    return Some(Placed { vmar: id, start, mapping: *mapping });
                }
            }
        }
    }

    /// Where an address of a process leads.
    pub fn translate(&self, process: ProcessId, address: u64) -> Option<Translation> {
        let Placed { start, mapping, .. } = self.mapping_at(process, address)?;
        let inside = address - start;
        Some(Translation {
            vmo: mapping.vmo,
            vmo_offset: mapping.vmo_offset + inside,
            len: mapping.len - inside,
            permissions: mapping.permissions,
            beyond_stream: mapping.beyond_stream,
        })
    }

    /// The first of the mappings below a VMAR that share an address with `base..end`, ascending, and
    /// where the rest begins.
    pub fn some_mappings(&self, id: VmarId, base: u64, end: u64) -> (Vec<Placed>, u64) {
        let inside = |id: VmarId| {
            let vmar = self.objects.vmars.get(id)?;
            Some((id, vmar.overlapping(base, end)))
        };
        let (mut found, mut looked_at) = (Vec::new(), 0);
        let mut pending = Vec::from_iter(inside(id));
        let mut rest = end;
        while let Some((vmar, regions)) = pending.last_mut() {
            let vmar = *vmar;
            let Some((start, region)) = regions.next() else {
                pending.pop();
                continue;
            };
            // The VMARs around the first address may begin before it, and are looked at each time.
            if looked_at >= LOOKED_AT && start > base {
                rest = start;
                break;
            }
            looked_at += 1;
            match region {
                Region::Vmar { id, .. } => pending.extend(inside(*id)),
                Region::Mapping(mapping) => found.push(Placed { vmar, start, mapping: *mapping }),
            }
        }
        self.meter.count(looked_at);
        (found, rest)
    }

    /// The root VMAR of a process that is not dead.
    pub fn root_vmar_of(&self, process: ProcessId) -> Option<VmarId> {
        self.objects.processes.get(process)?.root_vmar
    }

    /// Whether the vDSO's code is mapped somewhere in `base..end` of a process.
    pub fn vdso_code_in(&self, process: ProcessId, base: u64, end: u64) -> bool {
        let process = self.objects.processes.get(process);
        let vdso = process.and_then(|process| process.vdso);
        vdso.is_some_and(|vdso| base < vdso.code_end && vdso.code_start < end)
    }
}

/// The up to three pieces that cutting a mapping at `base` and `end` leaves.
fn split(start: u64, mapping: MappedRange, base: u64, end: u64) -> [Option<(u64, MappedRange)>; 3] {
    let stop = start + mapping.len;
    let (base, end) = (base.clamp(start, stop), end.clamp(start, stop));
    [(start, base), (base, end), (end, stop)].map(|(from, to)| {
        let piece = MappedRange {
            len: to - from,
            vmo_offset: mapping.vmo_offset + (from - start),
            ..mapping
        };
        (from < to).then_some((from, piece))
    })
}

/// Rounds up to whole pages.
pub(crate) fn page_end(len: u64) -> Option<u64> {
    len.checked_next_multiple_of(PAGE_SIZE)
}
