//! VMARs: the tree of an address space (zircon/kernel/vm/vm_address_region.cc).

mod gaps;
mod mapping;

use std::collections::{BTreeMap, btree_map};
use std::ops::Range;

use zx_abi::{Result, Rights, Signals, Status, VmOptions};

use super::{Header, Key, ProcessId, VmarId, object, rights};
use crate::report::MappingInfo;
use crate::state::State;

use gaps::{Gaps, Wanted};
pub(crate) use mapping::*;

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
    /// Places are chosen close together.
    compact: bool,
    /// Regions by their first address; they never overlap.
    regions: BTreeMap<u64, Region>,
    /// What the regions leave.
    gaps: Gaps,
    pub alive: bool,
}

object!(Vmar, rights(&[Rights::DUPLICATE, Rights::TRANSFER, Rights::INSPECT, Rights::OP_CHILDREN]));

/// What a VMAR holds at one place.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Region {
    Vmar { id: VmarId, len: u64 },
    Mapping(MappedRange),
}

impl Region {
    pub fn len(&self) -> u64 {
        match self {
            Self::Vmar { len, .. } => *len,
            Self::Mapping(mapping) => mapping.len,
        }
    }
}

/// Where a new region goes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Placement {
    /// Anywhere; the kernel picks.
    Any { align: u64, below: u64 },
    /// At this address, where nothing may be.
    Specific(u64),
    /// At this address, replacing mappings.
    Overwrite(u64),
}

impl Vmar {
    fn top(&self) -> u64 {
        self.base + self.len
    }

    /// Ends it with its process; what is in it is the caller's to end.
    pub fn end(&mut self) -> btree_map::IntoValues<u64, Region> {
        self.alive = false;
        self.parent = None;
        std::mem::take(&mut self.regions).into_values()
    }

    /// Whether `base..base + len` lies inside. No overflow: both ends are checked.
    pub fn contains(&self, base: u64, len: u64) -> bool {
        base >= self.base && base.checked_add(len).is_some_and(|end| end <= self.top())
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

    /// Where the region begins before which `count` others begin in a range.
    pub fn nth_region(&self, count: usize, range: Range<u64>) -> Option<u64> {
        self.regions.range(range).nth(count).map(|(start, _)| *start)
    }

    /// The region at an address.
    pub fn at(&self, address: u64) -> Option<(u64, &Region)> {
        let (start, region) = self.regions.range(..=address).next_back()?;
        (address - start < region.len()).then_some((*start, region))
    }

    /// Puts a region where nothing is.
    pub fn insert(&mut self, start: u64, region: Region) {
        self.gaps.occupy(start, start + region.len());
        self.regions.insert(start, region);
    }

    /// Takes the region out that begins at `start`.
    pub fn remove(&mut self, start: u64) {
        if let Some(region) = self.regions.remove(&start) {
            self.gaps.free(start, start + region.len());
        }
    }
}

impl State {
    /// The root VMAR of a process, with its header.
    pub fn new_root_vmar(&mut self, process: ProcessId, header: Header) -> VmarId {
        let (base, top) = (self.target.user_base(self.abi_of(process)), self.target.user_top());
        let can_map = VmOptions::CAN_MAP_RXW | VmOptions::CAN_MAP_SPECIFIC;
        self.insert_vmar(header, (process, None), (base, top - base), can_map)
    }

    /// `options` are the `CAN_MAP_*` bits and COMPACT.
    fn insert_vmar(
        &mut self,
        header: Header,
        (process, parent): (ProcessId, Option<VmarId>),
        (base, len): (u64, u64),
        options: VmOptions,
    ) -> VmarId {
        self.objects.vmars.insert(Vmar {
            header,
            process,
            parent,
            base,
            len,
            can_map: options & (VmOptions::CAN_MAP_RXW | VmOptions::CAN_MAP_SPECIFIC),
            compact: options.contains(VmOptions::COMPACT),
            regions: BTreeMap::new(),
            gaps: Gaps::new(base, base + len),
            alive: true,
        })
    }

    /// Chooses where `len` bytes go in a VMAR. What an overwrite replaces is still there.
    ///
    /// # Errors
    /// NO_MEMORY without a gap, ALREADY_EXISTS where something is, ACCESS_DENIED where an
    /// overwrite would meet the vDSO's code, INVALID_ARGS where it would meet a child VMAR.
    pub fn place(&mut self, id: VmarId, len: u64, placement: Placement) -> Result<u64> {
        let seed = match placement {
            Placement::Any { .. } => self.entropy.next_u64(),
            _ => 0,
        };
        let vmar = self.objects.vmars.get(id).ok_or(Status::BAD_STATE)?;
        match placement {
            Placement::Any { align, below } => {
                let wanted = Wanted { len, align, below, compact: vmar.compact };
                vmar.gaps.pick(wanted, seed).ok_or(Status::NO_MEMORY)
            }
            Placement::Specific(base) if vmar.gaps.contains(base, base + len) => Ok(base),
            Placement::Specific(_) => Err(Status::ALREADY_EXISTS),
            Placement::Overwrite(base) => {
                let end = base + len;
                if self.vdso_code_in(vmar.process, base, end) {
                    return Err(Status::ACCESS_DENIED);
                }
                let child = |(_, region): (u64, &Region)| matches!(region, Region::Vmar { .. });
                if vmar.overlapping(base, end).any(child) {
                    return Err(Status::INVALID_ARGS);
                }
                Ok(base)
            }
        }
    }

    /// A child VMAR at a place that [`State::place`] chose. `options` are the `CAN_MAP_*` bits and
    /// COMPACT.
    ///
    /// # Errors
    /// NO_MEMORY at a limit.
    pub fn new_child_vmar(
        &mut self,
        parent_id: VmarId,
        (base, len): (u64, u64),
        options: VmOptions,
    ) -> Result<VmarId> {
        let parent = self.objects.vmars.get(parent_id).ok_or(Status::BAD_STATE)?;
        let (process, account) = (parent.process, parent.header.account);
        let header = self.objects.new_header(account, 0, Signals::empty())?;
        let id = self.insert_vmar(header, (process, Some(parent_id)), (base, len), options);
        if let Some(parent) = self.objects.vmars.get_mut(parent_id) {
            parent.insert(base, Region::Vmar { id, len });
        }
        Ok(id)
    }

    /// Destroys a VMAR with everything in it. Handles to it stay, and find it dead.
    pub fn destroy_vmar(&mut self, id: VmarId) {
        let Some(vmar) = self.objects.vmars.get(id) else { return };
        let (process, base, len) = (vmar.process, vmar.base, vmar.len);
        self.dismantle_vmar(id);
        self.unmapped(process, base, len);
    }

    /// [`State::destroy_vmar`] without telling the machine, which the caller does.
    pub fn dismantle_vmar(&mut self, id: VmarId) {
        let Some(vmar) = self.objects.vmars.get_mut(id) else { return };
        let (base, parent) = (vmar.base, vmar.parent.take());
        if let Some(parent) = parent.and_then(|parent| self.objects.vmars.get_mut(parent)) {
            parent.remove(base);
        }
        let mut pending = vec![id];
        while let Some(next) = pending.pop() {
            let Some(vmar) = self.objects.vmars.get_mut(next) else { continue };
            let process = vmar.process;
            for region in vmar.end() {
                match region {
                    Region::Vmar { id, .. } => pending.push(id),
                    Region::Mapping(mapping) => self.drop_mapping(process, &mapping),
                }
            }
            self.release_vmar(next);
        }
    }

    /// Frees a VMAR that is dead and has no handles. A live one keeps its range.
    pub fn release_vmar(&mut self, id: VmarId) {
        let done = |vmar: &Vmar| !vmar.alive && vmar.header.handles == 0;
        if self.objects.vmars.get(id).is_some_and(done) {
            id.remove(&mut self.objects);
        }
    }

    /// All VMARs and mappings of a process in pre-order, its root VMAR first, at depth 0.
    pub fn address_space(&self, process: ProcessId) -> Vec<MappingInfo> {
        let root = self.objects.processes.get(process).and_then(|process| process.root_vmar);
        let nodes = root.map(|root| self.regions_below(root)).unwrap_or_default().into_iter();
        let line = |(depth, base, region)| match region {
            Region::Vmar { id, len } => {
                Some(MappingInfo::vmar(depth, base, len, self.objects.vmars.get(id)?))
            }
            Region::Mapping(mapping) => {
                let vmo = self.objects.vmos.get(mapping.vmo);
                Some(MappingInfo::mapping(depth, base, &mapping, vmo))
            }
        };
        nodes.filter_map(line).collect()
    }

    /// A VMAR, at depth 0, and all below it, in pre-order: depth, first address, what it is.
    pub fn regions_below(&self, root: VmarId) -> Vec<(u32, u64, Region)> {
        let mut list = Vec::new();
        let Some(vmar) = self.objects.vmars.get(root) else { return list };
        let mut pending = vec![(0, vmar.base, Region::Vmar { id: root, len: vmar.len })];
        while let Some((depth, base, region)) = pending.pop() {
            list.push((depth, base, region));
            if let Region::Vmar { id, .. } = region
                && let Some(vmar) = self.objects.vmars.get(id)
            {
                let children = vmar.regions.iter().rev();
                pending.extend(children.map(|(at, region)| (depth + 1, *at, *region)));
            }
        }
        self.meter.count(list.len());
        list
    }
}
