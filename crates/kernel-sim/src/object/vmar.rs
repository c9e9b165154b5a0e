//! VMARs and the mappings in them (zircon/kernel/vm/vm_address_region.cc).

use std::collections::BTreeMap;

use zx_abi::{PAGE_SIZE, Result, Rights, Status, VmOptions};

use super::{Header, ProcessId, ProcessRun, VmarId, VmoId, object, rights};
use crate::machine;
use crate::report::MappingInfo;
use crate::state::State;
use crate::trace::TraceEvent;

/// Placement picks among this many of the leftmost candidates: 30 bits of entropy, as upstream.
const MAX_CANDIDATES: u64 = 1 << 30;

#[derive(Debug)]
pub(crate) struct Vmar {
    pub header: Header,
    pub process: ProcessId,
    /// None for the root and for destroyed ones.
    pub parent: Option<VmarId>,
    pub base: u64,
    pub len: u64,
    /// The `CAN_MAP_*` bits.
    pub can_map: VmOptions,
    /// Regions by their first address; they never overlap.
    pub regions: BTreeMap<u64, Region>,
    pub alive: bool,
}

object!(Vmar, rights(&[Rights::DUPLICATE, Rights::TRANSFER, Rights::INSPECT, Rights::OP_CHILDREN]));

/// What a VMAR holds at one place.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Region {
    Vmar { id: VmarId, len: u64 },
    Mapping(MappedRange),
}

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
    /// Part of the vDSO's code, which nothing may change.
    pub vdso_code: bool,
}

impl Region {
    pub fn len(&self) -> u64 {
        match self {
            Self::Vmar { len, .. } => *len,
            Self::Mapping(mapping) => mapping.len,
        }
    }
}

/// Where a new region shall go.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Placement {
    /// Anywhere; the kernel picks.
    Any { align: u64, below: u64 },
    /// At this address, where nothing may be.
    Specific(u64),
    /// At this address, replacing mappings.
    Overwrite(u64),
}

/// Where an address of a process leads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Translation {
    pub vmo: VmoId,
    pub vmo_offset: u64,
    /// Bytes of the mapping from here on.
    pub len: u64,
    pub permissions: VmOptions,
}

impl Vmar {
    fn end(&self) -> u64 {
        self.base + self.len
    }

    /// Whether `base..base + len` lies inside. No overflow: both ends are checked.
    pub fn contains(&self, base: u64, len: u64) -> bool {
        base >= self.base && base.checked_add(len).is_some_and(|end| end <= self.end())
    }

    /// The regions that share an address with `base..end`, ascending.
    pub fn overlapping(&self, base: u64, end: u64) -> impl Iterator<Item = (u64, &Region)> {
        let first = self.regions.range(..base).next_back();
        let first = first.filter(|(start, region)| **start + region.len() > base);
        first
            .into_iter()
            .chain(self.regions.range(base..end))
            .map(|(start, region)| (*start, region))
    }

    /// The gaps between regions, ascending.
    fn gaps(&self) -> impl Iterator<Item = (u64, u64)> {
        let starts = self.regions.keys().copied().chain([self.end()]);
        let ends = self.regions.iter().map(|(start, region)| start + region.len());
        std::iter::once(self.base).chain(ends).zip(starts).filter(|(start, end)| start < end)
    }

    /// How many aligned places for `len` bytes a gap has below `below`, and the first of them.
    fn candidates(gap: (u64, u64), len: u64, align: u64, below: u64) -> Option<(u64, u64)> {
        let first = gap.0.checked_next_multiple_of(align)?;
        let last = gap.1.min(below).checked_sub(len)?;
        Some((first, last.checked_sub(first)? / align + 1))
    }

    /// A free place, uniformly among the leftmost [`MAX_CANDIDATES`].
    fn pick(&self, len: u64, align: u64, below: u64, random: u64) -> Option<u64> {
        let candidates = || self.gaps().filter_map(|gap| Self::candidates(gap, len, align, below));
        let mut total = 0;
        for (_, count) in candidates() {
            total = (total + count).min(MAX_CANDIDATES);
            if total == MAX_CANDIDATES {
                break;
            }
        }
        let mut choice = random.checked_rem(total)?;
        for (first, count) in candidates() {
            if choice < count {
                return Some(first + choice * align);
            }
            choice -= count;
        }
        None
    }
}

impl State {
    pub fn new_root_vmar(&mut self, process: ProcessId) -> VmarId {
        let (base, top) = (self.target.user_base(), self.target.user_top());
        let can_map = VmOptions::CAN_MAP_RXW | VmOptions::CAN_MAP_SPECIFIC;
        self.insert_vmar(process, None, base, top - base, can_map)
    }

    fn insert_vmar(
        &mut self,
        process: ProcessId,
        parent: Option<VmarId>,
        base: u64,
        len: u64,
        can_map: VmOptions,
    ) -> VmarId {
        let header = self.objects.new_header(0, zx_abi::Signals::empty());
        let regions = BTreeMap::new();
        self.objects.vmars.insert(Vmar {
            header,
            process,
            parent,
            base,
            len,
            can_map,
            regions,
            alive: true,
        })
    }

    /// Chooses where `len` bytes go in a VMAR. What an overwrite replaces is still there.
    ///
    /// # Errors
    /// NO_MEMORY without a gap, ALREADY_EXISTS where something is, INVALID_ARGS where an
    /// overwrite would meet a child VMAR, ACCESS_DENIED where it would meet the vDSO's code.
    pub fn place(&mut self, id: VmarId, len: u64, placement: Placement) -> Result<u64> {
        let random = match placement {
            Placement::Any { .. } => self.entropy.next_u64(),
            _ => 0,
        };
        let vmar = self.objects.vmars.get(id).ok_or(Status::BAD_STATE)?;
        match placement {
            Placement::Any { align, below } => {
                vmar.pick(len, align, below, random).ok_or(Status::NO_MEMORY)
            }
            Placement::Specific(base) => match vmar.overlapping(base, base + len).next() {
                Some(_) => Err(Status::ALREADY_EXISTS),
                None => Ok(base),
            },
            Placement::Overwrite(base) => {
                for (_, region) in vmar.overlapping(base, base + len) {
                    match region {
                        Region::Vmar { .. } => return Err(Status::INVALID_ARGS),
                        Region::Mapping(mapping) if mapping.vdso_code => {
                            return Err(Status::ACCESS_DENIED);
                        }
                        Region::Mapping(_) => {}
                    }
                }
                Ok(base)
            }
        }
    }

    /// A child VMAR at a place that [`State::place`] chose.
    pub fn new_child_vmar(
        &mut self,
        parent_id: VmarId,
        base: u64,
        len: u64,
        can_map: VmOptions,
    ) -> Result<VmarId> {
        let process = self.objects.vmars.get(parent_id).ok_or(Status::BAD_STATE)?.process;
        let id = self.insert_vmar(process, Some(parent_id), base, len, can_map);
        if let Some(parent) = self.objects.vmars.get_mut(parent_id) {
            parent.regions.insert(base, Region::Vmar { id, len });
        }
        Ok(id)
    }

    /// A mapping at a place that [`State::place`] chose.
    pub fn insert_mapping(&mut self, id: VmarId, base: u64, mapping: MappedRange) {
        let Some(vmar) = self.objects.vmars.get_mut(id) else { return };
        let process = vmar.process;
        vmar.regions.insert(base, Region::Mapping(mapping));
        if let Some(vmo) = self.objects.vmos.get_mut(mapping.vmo) {
            vmo.mappings += 1;
        }
        if let Some(koid) = self.running_koid(process)
            && let Some(mapping) = self.machine_mapping(base, &mapping)
        {
            self.machine.map(koid, mapping);
        }
        self.trace_mapping(process, base, &mapping);
    }

    /// What the machine needs to know of a mapping.
    pub fn machine_mapping(&self, base: u64, mapping: &MappedRange) -> Option<machine::Mapping> {
        let vmo = self.objects.vmos.get(mapping.vmo)?;
        Some(machine::Mapping {
            base,
            len: mapping.len,
            permissions: mapping.permissions,
            memory: vmo.memory.clone(),
            offset: mapping.vmo_offset,
            vdso: vmo.vdso.is_some(),
        })
    }

    fn trace_mapping(&self, process: ProcessId, base: u64, mapping: &MappedRange) {
        let MappedRange { len, permissions, .. } = *mapping;
        let vmo = mapping.vmo;
        self.trace(|state| TraceEvent::Map {
            process: state.objects.koid(process),
            base,
            len,
            permissions: permissions.bits(),
            vmo: state.objects.koid(vmo),
        });
    }

    /// The koid of a process whose address space the machine has made real.
    fn running_koid(&self, id: ProcessId) -> Option<u64> {
        let process = self.objects.processes.get(id)?;
        (process.run == ProcessRun::Running).then_some(process.header.koid)
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
                Region::Mapping(mapping) => self.cut_mapping(id, start, mapping, base, end),
            }
        }
        self.unmapped(process, base, len);
    }

    /// Nothing is mapped any more in a range of a process.
    fn unmapped(&self, process: ProcessId, base: u64, len: u64) {
        if let Some(koid) = self.running_koid(process) {
            self.machine.unmap(koid, base, len);
        }
        self.trace(|state| TraceEvent::Unmap { process: state.objects.koid(process), base, len });
    }

    /// Takes `base..end` out of a mapping that begins at `start`.
    fn cut_mapping(&mut self, id: VmarId, start: u64, mapping: MappedRange, base: u64, end: u64) {
        let Some(vmar) = self.objects.vmars.get_mut(id) else { return };
        vmar.regions.remove(&start);
        let mut pieces = 0;
        for piece in split(start, mapping, base, end).into_iter().flatten() {
            if piece.0 < base || piece.0 >= end {
                vmar.regions.insert(piece.0, Region::Mapping(piece.1));
                pieces += 1;
            }
        }
        let process = vmar.process;
        if let Some(vmo) = self.objects.vmos.get_mut(mapping.vmo) {
            vmo.mappings = vmo.mappings + pieces - 1;
        }
        self.release_vmo(mapping.vmo);
        if mapping.vdso_code
            && let Some(process) = self.objects.processes.get_mut(process)
        {
            process.vdso = None;
        }
    }

    /// Changes the permissions of `base..base + len`, which mappings of this VMAR fill wholly.
    pub fn protect_range(&mut self, id: VmarId, base: u64, len: u64, permissions: VmOptions) {
        let end = base + len;
        let Some(vmar) = self.objects.vmars.get_mut(id) else { return };
        let process = vmar.process;
        let hit: Vec<(u64, Region)> =
            vmar.overlapping(base, end).map(|(start, region)| (start, *region)).collect();
        for (start, region) in hit {
            let Region::Mapping(mapping) = region else { continue };
            vmar.regions.remove(&start);
            let mut pieces = 0;
            for (at, mut piece) in split(start, mapping, base, end).into_iter().flatten() {
                if (base..end).contains(&at) {
                    piece.permissions = permissions;
                }
                vmar.regions.insert(at, Region::Mapping(piece));
                pieces += 1;
            }
            if let Some(vmo) = self.objects.vmos.get_mut(mapping.vmo) {
                vmo.mappings = vmo.mappings + pieces - 1;
            }
        }
        if let Some(koid) = self.running_koid(process) {
            self.machine.protect(koid, base, len, permissions);
        }
        let bits = permissions.bits();
        self.trace(|state| TraceEvent::Protect {
            process: state.objects.koid(process),
            base,
            len,
            permissions: bits,
        });
    }

    /// Whether the vDSO's code is mapped somewhere below.
    pub fn holds_vdso_code(&self, id: VmarId) -> bool {
        let mut pending = vec![id];
        while let Some(vmar) = pending.pop().and_then(|id| self.objects.vmars.get(id)) {
            for region in vmar.regions.values() {
                match region {
                    Region::Vmar { id, .. } => pending.push(*id),
                    Region::Mapping(mapping) if mapping.vdso_code => return true,
                    Region::Mapping(_) => {}
                }
            }
        }
        false
    }

    /// Destroys a VMAR with everything in it. Handles to it stay, and find it dead.
    pub fn destroy_vmar(&mut self, id: VmarId) {
        let Some(vmar) = self.objects.vmars.get(id) else { return };
        let (process, base, len) = (vmar.process, vmar.base, vmar.len);
        self.dismantle_vmar(id);
        self.unmapped(process, base, len);
    }

    /// [`State::destroy_vmar`] as part of something larger, of which the machine is told.
    pub fn dismantle_vmar(&mut self, id: VmarId) {
        let Some(vmar) = self.objects.vmars.get_mut(id) else { return };
        let (base, parent) = (vmar.base, vmar.parent.take());
        if let Some(parent) = parent.and_then(|parent| self.objects.vmars.get_mut(parent)) {
            parent.regions.remove(&base);
        }
        let mut pending = vec![id];
        while let Some(next) = pending.pop() {
            let Some(vmar) = self.objects.vmars.get_mut(next) else { continue };
            vmar.alive = false;
            vmar.parent = None;
            for region in std::mem::take(&mut vmar.regions).into_values() {
                match region {
                    Region::Vmar { id, .. } => pending.push(id),
                    Region::Mapping(mapping) => {
                        if let Some(vmo) = self.objects.vmos.get_mut(mapping.vmo) {
                            vmo.mappings -= 1;
                        }
                        self.release_vmo(mapping.vmo);
                    }
                }
            }
            self.release_vmar(next);
        }
    }

    /// Frees a VMAR that is dead and that nobody holds. A live one keeps its range.
    pub fn release_vmar(&mut self, id: VmarId) {
        let done = |vmar: &Vmar| !vmar.alive && vmar.header.handles == 0;
        if self.objects.vmars.get(id).is_some_and(done) {
            self.objects.vmars.remove(id);
        }
    }

    /// Where an address of a process leads.
    pub fn translate(&self, process: ProcessId, address: u64) -> Option<Translation> {
        let root = self.objects.processes.get(process)?.root_vmar?;
        let mut vmar = self.objects.vmars.get(root)?;
        loop {
            let (start, region) = vmar.regions.range(..=address).next_back()?;
            let inside = address - start;
            match region {
                _ if inside >= region.len() => return None,
                Region::Vmar { id, .. } => vmar = self.objects.vmars.get(*id)?,
                Region::Mapping(mapping) => {
                    return Some(Translation {
                        vmo: mapping.vmo,
                        vmo_offset: mapping.vmo_offset + inside,
                        len: mapping.len - inside,
                        permissions: mapping.permissions,
                    });
                }
            }
        }
    }

    /// All VMARs and mappings of a process in pre-order, as `ZX_INFO_PROCESS_MAPS` lists them.
    pub fn address_space(&self, process: ProcessId) -> Vec<MappingInfo> {
        let mut list = Vec::new();
        let root = self.objects.processes.get(process).and_then(|process| process.root_vmar);
        let Some(root) = root else { return list };
        let mut pending: Vec<(u32, u64, Region)> = self
            .objects
            .vmars
            .get(root)
            .map(|vmar| (0, vmar.base, Region::Vmar { id: root, len: vmar.len }))
            .into_iter()
            .collect();
        while let Some((depth, base, region)) = pending.pop() {
            match region {
                Region::Vmar { id, len } => {
                    let Some(vmar) = self.objects.vmars.get(id) else { continue };
                    list.push(MappingInfo::vmar(depth, base, len, vmar));
                    let children = vmar.regions.iter().rev();
                    pending.extend(children.map(|(at, region)| (depth + 1, *at, *region)));
                }
                Region::Mapping(mapping) => {
                    let vmo = self.objects.vmos.get(mapping.vmo);
                    list.push(MappingInfo::mapping(depth, base, &mapping, vmo));
                }
            }
        }
        list
    }

    /// The mappings of a process, ascending, as the machine needs them at the start.
    pub fn machine_mappings(&self, process: ProcessId) -> Vec<machine::Mapping> {
        let mut list = Vec::new();
        let root = self.objects.processes.get(process).and_then(|process| process.root_vmar);
        let mut pending: Vec<VmarId> = root.into_iter().collect();
        while let Some(vmar) = pending.pop().and_then(|id| self.objects.vmars.get(id)) {
            for (base, region) in &vmar.regions {
                match region {
                    Region::Vmar { id, .. } => pending.push(*id),
                    Region::Mapping(mapping) => list.extend(self.machine_mapping(*base, mapping)),
                }
            }
        }
        list.sort_by_key(|mapping| mapping.base);
        list
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
