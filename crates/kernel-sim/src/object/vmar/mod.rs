//! VMARs: the tree of an address space (zircon/kernel/vm/vm_address_region.cc).

mod gaps;
mod mapping;

use std::collections::{BTreeMap, btree_map};

use zx_abi::{Abi, Result, Rights, Signals, Status, VMAR_MAX_DEPTH, VmOptions};

use super::{Header, Key, ProcessId, ProcessRun, VmarId, object, rights};
use crate::account::AccountId;
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
    /// VMARs that it is in.
    pub depth: u32,
    /// Places are chosen close together.
    compact: bool,
    /// Regions by their first address; they never overlap.
    regions: BTreeMap<u64, Region>,
    /// Those of them that are VMARs: the end of each.
    children: BTreeMap<u64, u64>,
    /// What the regions leave.
    gaps: Gaps,
    alive: bool,
}

object!(Vmar, rights(&[Rights::DUPLICATE, Rights::TRANSFER, Rights::INSPECT, Rights::OP_CHILDREN]));

/// Regions that are looked at at a time: more than VMARs can be one in the other.
const LOOKED_AT: usize = 2 * VMAR_MAX_DEPTH as usize;

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

/// What was in a VMAR that is gone, from its first address on.
#[derive(Debug)]
pub(crate) struct Contents {
    regions: btree_map::IntoIter<u64, Region>,
    /// No more than regions, so that they go with them.
    children: BTreeMap<u64, u64>,
    gaps: Gaps,
}

impl Iterator for Contents {
    type Item = (u64, Region);

    fn next(&mut self) -> Option<Self::Item> {
        self.children.pop_first();
        self.gaps.forget_one();
        self.regions.next()
    }
}

/// A VMAR, or what is in one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    /// VMARs that it is in, from where the list begins.
    pub depth: u32,
    pub base: u64,
    pub region: Region,
}

impl Vmar {
    /// Whose address space it is in, and what its mappings are charged to, however it ends.
    pub fn owner(&self) -> (ProcessId, AccountId) {
        (self.process, self.header.account)
    }

    fn top(&self) -> u64 {
        self.base + self.len
    }

    /// Ends it; what was in it is the caller's to end.
    pub fn end(&mut self) -> Contents {
        self.alive = false;
        self.parent = None;
        let regions = std::mem::take(&mut self.regions).into_iter();
        let children = std::mem::take(&mut self.children);
        Contents { regions, children, gaps: std::mem::take(&mut self.gaps) }
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

    /// First address and end of the first and of the last child VMAR that share an address with
    /// `base..end`. The others lie between them.
    pub fn outermost_children(&self, base: u64, end: u64) -> impl Iterator<Item = (u64, u64)> {
        let before = self.children.range(..base).next_back();
        let before = before.filter(|(_, child_end)| **child_end > base);
        let first = before.or_else(|| self.children.range(base..end).next());
        let last = first.and_then(|_| self.children.range(..end).next_back());
        first.into_iter().chain(last).map(|(start, child_end)| (*start, *child_end))
    }

    /// Whether nothing is in a range where the machine would have something new, and it may be there.
    fn has_room_for(&self, placement: Placement, base: u64, len: u64) -> bool {
        let Some(end) = base.checked_add(len) else { return false };
        let is_allowed = match placement {
            Placement::Any { align, below } => {
                !self.compact && base.is_multiple_of(align) && end <= below
            }
            Placement::Specific(place) => base == place,
            Placement::Overwrite(_) => false,
        };
        is_allowed && self.gaps.contains(base, end)
    }

    /// The region at an address.
    pub fn at(&self, address: u64) -> Option<(u64, &Region)> {
        let (start, region) = self.regions.range(..=address).next_back()?;
        (address - start < region.len()).then_some((*start, region))
    }

    /// Puts a region where nothing is.
    pub fn insert(&mut self, start: u64, region: Region) {
        self.gaps.occupy(start, start + region.len());
        if let Region::Vmar { len, .. } = region {
            self.children.insert(start, start + len);
        }
        self.regions.insert(start, region);
    }

    /// Takes the region out that begins at `start`.
    pub fn remove(&mut self, start: u64) {
        if let Some(region) = self.regions.remove(&start) {
            self.gaps.free(start, start + region.len());
            self.children.remove(&start);
        }
    }
}

impl State {
    /// The root VMAR of a process, with its header.
    pub fn new_root_vmar(&mut self, process: ProcessId, header: Header) -> VmarId {
        let (base, top) = (self.target.user_base(self.abi_of(process)), self.target.user_top());
        let can_map = VmOptions::CAN_MAP_RXW | VmOptions::CAN_MAP_SPECIFIC;
        self.insert_vmar(header, (process, None), (base, top - base), can_map, 0)
    }

    /// Has a process speak another ABI, and its address space begin where that has it.
    ///
    /// # Errors
    /// BAD_STATE for a process that has been started, or where something is.
    pub fn set_abi(&mut self, id: ProcessId, abi: Abi) -> Result {
        let process = self.objects.processes.get_mut(id).ok_or(Status::BAD_STATE)?;
        if process.run != ProcessRun::Initial {
            return Err(Status::BAD_STATE);
        }
        let root = process.root_vmar.and_then(|root| self.objects.vmars.get_mut(root));
        let root = root.filter(|root| root.regions.is_empty()).ok_or(Status::BAD_STATE)?;
        process.abi = abi;
        let (base, top) = (self.target.user_base(abi), self.target.user_top());
        (root.base, root.len, root.gaps) = (base, top - base, Gaps::new(base, top));
        Ok(())
    }

    /// `options` are the `CAN_MAP_*` bits and COMPACT.
    fn insert_vmar(
        &mut self,
        header: Header,
        (process, parent): (ProcessId, Option<VmarId>),
        (base, len): (u64, u64),
        options: VmOptions,
        depth: u32,
    ) -> VmarId {
        self.objects.vmars.insert(Vmar {
            header,
            process,
            parent,
            base,
            len,
            can_map: options & (VmOptions::CAN_MAP_RXW | VmOptions::CAN_MAP_SPECIFIC),
            depth,
            compact: options.contains(VmOptions::COMPACT),
            regions: BTreeMap::new(),
            children: BTreeMap::new(),
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
                vmar.gaps.pick(wanted, seed).ok_or(Status::NO_RESOURCES)
            }
            Placement::Specific(base) if vmar.gaps.contains(base, base + len) => Ok(base),
            Placement::Specific(_) => Err(Status::ALREADY_EXISTS),
            Placement::Overwrite(base) => {
                let end = base + len;
                if self.vdso_code_in(vmar.process, base, end) {
                    return Err(Status::ACCESS_DENIED);
                }
                if vmar.outermost_children(base, end).next().is_some() {
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
    /// NO_MEMORY at a limit, also of how many VMARs are one in the other.
    pub fn new_child_vmar(
        &mut self,
        parent_id: VmarId,
        (base, len): (u64, u64),
        options: VmOptions,
    ) -> Result<VmarId> {
        let parent = self.objects.vmars.get(parent_id).ok_or(Status::BAD_STATE)?;
        let (process, account, depth) = (parent.process, parent.header.account, parent.depth + 1);
        if depth > VMAR_MAX_DEPTH {
            return Err(Status::NO_MEMORY);
        }
        let header = self.objects.new_header(account, 0, Signals::empty())?;
        let id = self.insert_vmar(header, (process, Some(parent_id)), (base, len), options, depth);
        if let Some(parent) = self.objects.vmars.get_mut(parent_id) {
            parent.insert(base, Region::Vmar { id, len });
        }
        Ok(id)
    }

    /// Whether a VMAR, and so all that it is in, is not destroyed.
    pub fn is_live(&self, id: VmarId) -> bool {
        let mut next = Some(id);
        while let Some(id) = next {
            let Some(vmar) = self.objects.vmars.get(id).filter(|vmar| vmar.alive) else {
                return false;
            };
            next = vmar.parent;
        }
        true
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
        self.end_vmar(id);
    }

    /// Frees a VMAR that is dead and has no handles. A live one keeps its range.
    pub fn release_vmar(&mut self, id: VmarId) {
        let done = |vmar: &Vmar| !vmar.alive && vmar.header.handles == 0;
        if self.objects.vmars.get(id).is_some_and(done) {
            id.remove(&mut self.objects);
        }
    }

    /// A node of an address space as reports have it.
    pub fn mapping_info(&self, node: &Node) -> Option<MappingInfo> {
        let Node { depth, base, region } = *node;
        Some(match region {
            Region::Vmar { id, len } => {
                MappingInfo::vmar(depth, base, len, self.objects.vmars.get(id)?)
            }
            Region::Mapping(mapping) => {
                let vmo = self.objects.vmos.get(mapping.vmo);
                MappingInfo::mapping(depth, base, &mapping, vmo)
            }
        })
    }

    /// Some of what is below a VMAR, in pre-order: it itself first, at depth 0, then what comes after
    /// `last`. Nothing if that was all.
    pub fn some_nodes(&self, root: VmarId, last: Option<&Node>) -> Vec<Node> {
        let (mut nodes, mut pending) = (Vec::new(), Vec::new());
        let Some(mut vmar) = self.objects.vmars.get(root) else { return nodes };
        match last {
            None => {
                let region = Region::Vmar { id: root, len: vmar.len };
                nodes.push(Node { depth: 0, base: vmar.base, region });
                pending.push((1, vmar.regions.range(..)));
            }
            Some(last) => {
                // Of the VMARs that it is in, what comes after it; of itself, all that is in it.
                for depth in 0..=last.depth {
                    let from = if depth < last.depth { last.base + 1 } else { last.base };
                    pending.push((depth + 1, vmar.regions.range(from..)));
                    let Some((_, Region::Vmar { id, .. })) = vmar.at(last.base) else { break };
                    let Some(child) = self.objects.vmars.get(*id) else { break };
                    vmar = child;
                }
            }
        }
        while nodes.len() < LOOKED_AT
            && let Some((depth, regions)) = pending.last_mut()
        {
            let depth = *depth;
            let Some((base, region)) = regions.next() else {
                pending.pop();
                continue;
            };
            nodes.push(Node { depth, base: *base, region: *region });
            if let Region::Vmar { id, .. } = region
                && let Some(vmar) = self.objects.vmars.get(*id)
            {
                pending.push((depth + 1, vmar.regions.range(..)));
            }
        }
        self.meter.count(nodes.len());
        nodes
    }
}
