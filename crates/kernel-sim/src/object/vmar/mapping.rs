//! Mappings: made, changed and removed (zircon/kernel/vm/vm_mapping.cc).

use std::ops::Range;
use std::sync::Arc;

use zx_abi::{PAGE_SIZE, Result, VmOptions};

use super::Region;
use crate::Name;
use crate::machine;
use crate::object::{Process, ProcessId, ProcessRun, VmarId, Vmo, VmoId};
use crate::state::State;
use crate::trace::TraceEvent;

/// Bytes that a mapping may add to what is charged and be real at once.
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
        mapping.lazy = !self.make_real(&mapping);
        let Some(vmar) = self.objects.vmars.get_mut(id) else { return };
        let process = vmar.process;
        vmar.insert(base, Region::Mapping(mapping));
        self.vmo_mapped(mapping.vmo, process, mapping.beyond_stream);
        if let Some(koid) = self.running_koid(process)
            && let Some(mapping) = self.machine_mapping(base, &mapping)
        {
            self.machine.map(koid, mapping);
        }
        self.trace(|state| TraceEvent::Map {
            process: state.objects.koid(process),
            base,
            len: mapping.len,
            permissions: mapping.permissions.bits(),
            vmo: state.objects.koid(mapping.vmo),
            vmo_name: state.objects.vmos.get(mapping.vmo).map_or(Name::default(), |vmo| vmo.name),
            vmo_offset: mapping.vmo_offset,
        });
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

    /// Charges all that a new mapping shows, if that is not much. Whether it has been.
    fn make_real(&mut self, mapping: &MappedRange) -> bool {
        let Some(vmo) = self.objects.vmos.get(mapping.vmo) else { return false };
        if vmo.resizable || mapping.permissions.is_empty() {
            return false;
        }
        let start = vmo.memory_offset() + mapping.vmo_offset;
        let len = mapping.len.min(vmo.size().saturating_sub(mapping.vmo_offset));
        let (store, range) = (vmo.store, start..start + len);
        self.objects.uncharged(store, range.clone()) <= SMALL
            && self.objects.charge_range(store, range).is_ok()
    }

    /// What the machine needs to know of a mapping; nothing if it shows nothing.
    pub fn machine_mapping(&self, base: u64, mapping: &MappedRange) -> Option<machine::Mapping> {
        let vmo = self.objects.vmos.get(mapping.vmo)?;
        let len = mapping.backed(vmo);
        (len > 0).then(|| machine::Mapping {
            base,
            len,
            permissions: if mapping.lazy { VmOptions::empty() } else { mapping.permissions },
            memory: Arc::clone(&vmo.memory),
            offset: vmo.memory_offset() + mapping.vmo_offset,
            vdso: vmo.vdso.is_some(),
        })
    }

    /// The koid of a process that the machine has been told to start.
    fn running_koid(&self, id: ProcessId) -> Option<u64> {
        let process = self.objects.processes.get(id)?;
        let real = process.run == ProcessRun::Running && process.on_machine;
        real.then_some(process.header.koid)
    }

    /// Removes all mappings and whole child VMARs in a range of one VMAR, splitting mappings at
    /// its ends. The caller has checked that no child VMAR is cut and that the vDSO's code is not
    /// touched, unless to take back a mapping that was just made.
    pub fn unmap_range(&mut self, id: VmarId, base: u64, len: u64) {
        let end = base + len;
        let Some(vmar) = self.objects.vmars.get(id) else { return };
        let process = vmar.process;
        let hit: Vec<(u64, Region)> =
            vmar.overlapping(base, end).map(|(start, region)| (start, *region)).collect();
        for (start, region) in hit {
            match region {
                Region::Vmar { id: child, .. } => self.dismantle_vmar(child),
                Region::Mapping(mapping) => {
                    self.cut(Placed { vmar: id, start, mapping }, base, end, None);
                }
            }
        }
        self.unmapped(process, base, len);
    }

    /// Nothing is mapped any more in a range of a process.
    pub fn unmapped(&mut self, process: ProcessId, base: u64, len: u64) {
        if let Some(koid) = self.running_koid(process) {
            self.machine.unmap(koid, base, len);
        }
        if let Some(process) = self.objects.processes.get_mut(process) {
            process.real.lose(base, len);
        }
        self.trace(|state| TraceEvent::Unmap { process: state.objects.koid(process), base, len });
    }

    /// Changes the permissions of `base..base + len`, which these mappings of one process fill.
    pub fn protect_range(
        &mut self,
        process: ProcessId,
        mappings: &[Placed],
        (base, len): (u64, u64),
        permissions: VmOptions,
    ) {
        let end = base + len;
        // What the machine has mapped of it, adjacent pieces together.
        let mut real: Vec<(u64, u64)> = Vec::new();
        for placed in mappings {
            let vmo = self.objects.vmos.get(placed.mapping.vmo);
            let backed = vmo.map_or(0, |vmo| placed.mapping.backed(vmo));
            let (from, to) = (placed.start.max(base), (placed.start + backed).min(end));
            for Range { start, end } in self.real_in(process, placed.mapping.lazy, from..to) {
                match real.last_mut() {
                    Some(last) if last.1 == start => last.1 = end,
                    _ => real.push((start, end)),
                }
            }
            self.cut(*placed, base, end, Some(permissions));
        }
        if let Some(koid) = self.running_koid(process) {
            for (from, to) in real {
                self.machine.protect(koid, from, to - from, permissions);
            }
        }
        self.trace(|state| TraceEvent::Protect {
            process: state.objects.koid(process),
            base,
            len,
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
        let process = vmar.process;
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
            self.vmo_mapped(mapping.vmo, process, mapping.beyond_stream);
        }
        self.drop_mapping(process, &mapping);
    }

    /// A mapping has left its VMAR: what follows for its VMO and its process.
    pub fn drop_mapping(&mut self, process: ProcessId, mapping: &MappedRange) {
        self.meter.count(1);
        self.vmo_unmapped(mapping.vmo, process, mapping.beyond_stream);
        self.release_vmo(mapping.vmo);
        if mapping.vdso_code
            && let Some(process) = self.objects.processes.get_mut(process)
        {
            process.vdso = None;
        }
    }

    /// The stream of a VMO, and of its references, ends elsewhere: mappings that fault beyond it
    /// are made anew.
    pub fn stream_size_changed(&mut self, id: VmoId) {
        let vmos = &self.objects.vmos;
        let Some(stream) = vmos.get(id).map(|vmo| &vmo.stream_size) else { return };
        let affected = |vmo: &Vmo| vmo.stream_mappings > 0 && Arc::ptr_eq(&vmo.stream_size, stream);
        let sharers: Vec<VmoId> = if Arc::strong_count(stream) == 1 {
            vmos.get(id).filter(|vmo| affected(vmo)).map(|_| id).into_iter().collect()
        } else {
            vmos.iter().filter(|(_, vmo)| affected(vmo)).map(|(id, _)| id).collect()
        };
        for id in sharers {
            let spaces = self.objects.vmos.get(id).map(|vmo| vmo.spaces.keys().copied().collect());
            let spaces: Vec<ProcessId> = spaces.unwrap_or_default();
            for process in spaces {
                self.remake_stream_mappings(process, id);
            }
        }
    }

    fn remake_stream_mappings(&mut self, process: ProcessId, vmo: VmoId) {
        let Some(koid) = self.running_koid(process) else { return };
        for Placed { start, mapping, .. } in self.mappings_of(process) {
            if mapping.vmo == vmo && mapping.beyond_stream {
                self.machine.unmap(koid, start, mapping.len);
                if let Some(process) = self.objects.processes.get_mut(process) {
                    process.real.lose(start, mapping.len);
                }
                if let Some(mapping) = self.machine_mapping(start, &mapping) {
                    self.machine.map(koid, mapping);
                }
            }
        }
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

    /// The mappings below a VMAR that share an address with `base..end`, ascending.
    pub fn mappings_in(&self, id: VmarId, base: u64, end: u64) -> Vec<Placed> {
        let mut found = Vec::new();
        let mut pending = vec![id];
        while let Some(vmar_id) = pending.pop() {
            let Some(vmar) = self.objects.vmars.get(vmar_id) else { continue };
            for (start, region) in vmar.overlapping(base, end) {
                match region {
                    Region::Vmar { id, .. } => pending.push(*id),
                    Region::Mapping(mapping) => {
                        found.push(Placed { vmar: vmar_id, start, mapping: *mapping });
                    }
                }
            }
        }
        self.meter.count(found.len());
        found.sort_by_key(|placed| placed.start);
        found
    }

    /// All mappings of a process, ascending.
    pub fn mappings_of(&self, process: ProcessId) -> Vec<Placed> {
        let root = self.objects.processes.get(process).and_then(|process| process.root_vmar);
        root.map(|root| self.mappings_in(root, 0, u64::MAX)).unwrap_or_default()
    }

    /// The mappings of a process, ascending, as the machine needs them at the start.
    pub fn machine_mappings(&self, process: ProcessId) -> Vec<machine::Mapping> {
        let mappings = self.mappings_of(process);
        let mappings = mappings.iter();
        mappings.filter_map(|placed| self.machine_mapping(placed.start, &placed.mapping)).collect()
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
