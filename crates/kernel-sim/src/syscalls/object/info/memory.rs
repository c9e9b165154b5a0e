//! What `zx_object_get_info` tells of memory (zircon/kernel/object/diagnostics.cc).

use zx_abi::{
    INFO_MAPS_TYPE_ASPACE, INFO_MAPS_TYPE_MAPPING, INFO_MAPS_TYPE_VMAR, INFO_PROCESS_MAPS,
    INFO_PROCESS_MAPS_V2, INFO_PROCESS_MAPS_V3, INFO_PROCESS_VMOS, INFO_PROCESS_VMOS_V2,
    INFO_PROCESS_VMOS_V3, INFO_PROCESS_VMOS_V4, INFO_TASK_STATS, INFO_TASK_STATS_V2,
    INFO_VMAR_MAPS, INFO_VMO, INFO_VMO_DISCARDABLE, INFO_VMO_IMMUTABLE, INFO_VMO_IS_COW_CLONE,
    INFO_VMO_PAGER_BACKED, INFO_VMO_RESIZABLE, INFO_VMO_TYPE_PAGED, INFO_VMO_V2, INFO_VMO_V3,
    INFO_VMO_V4, INFO_VMO_VIA_HANDLE, INFO_VMO_VIA_MAPPING, InfoMaps, InfoMapsMapping,
    InfoTaskStats, InfoVmo, InfoVmoV4, PAGE_SIZE, Result, Rights, Status,
};

use super::Info;
use super::usage::{Range, Usages};
use crate::object::{
    MappedRange, Node, ObjectId, ProcessId, Region, Vmar, VmarId, Vmo, VmoId, VmoKind,
};
use crate::state::State;
use crate::{Caller, MemoryUsage, Name};

/// Bytes of [`InfoVmoV4`] in versions 1 to 4.
const VMO_SIZES: [usize; 4] = [104, 120, 128, 176];
/// Bytes of [`InfoMaps`] in versions 1 to 3.
const MAPS_SIZES: [usize; 3] = [96, 104, 152];
/// Bytes of [`InfoTaskStats`] in versions 1 and 2.
const TASK_STATS_SIZES: [usize; 2] = [32, 40];

/// Bytes that a page of a VMO takes in Zircon's list of them.
const METADATA: u64 = size_of::<u64>() as u64;

/// How a VMO was found.
#[derive(Clone, Copy)]
enum Via {
    Handle(Rights),
    Mapping,
}

impl Caller<'_> {
    /// Answers topics about memory; None for others. In older versions of maps, memory is counted
    /// in pages.
    pub(super) fn memory_info(&mut self, handle: u32, topic: u32) -> Result<Option<Info>> {
        let [vmo1, vmo2, vmo3, vmo4] = VMO_SIZES;
        let [maps1, maps2, maps3] = MAPS_SIZES;
        let [stats1, stats2] = TASK_STATS_SIZES;
        let info = match topic {
            INFO_VMO => self.info_vmo(handle)?.prefix(vmo1),
            INFO_VMO_V2 => self.info_vmo(handle)?.prefix(vmo2),
            INFO_VMO_V3 => self.info_vmo(handle)?.prefix(vmo3),
            INFO_VMO_V4 => self.info_vmo(handle)?.prefix(vmo4),
            INFO_PROCESS_VMOS => self.info_process_vmos(handle, vmo1)?,
            INFO_PROCESS_VMOS_V2 => self.info_process_vmos(handle, vmo2)?,
            INFO_PROCESS_VMOS_V3 => self.info_process_vmos(handle, vmo3)?,
            INFO_PROCESS_VMOS_V4 => self.info_process_vmos(handle, vmo4)?,
            INFO_PROCESS_MAPS => self.info_process_maps(handle, maps1, PAGE_SIZE)?,
            INFO_PROCESS_MAPS_V2 => self.info_process_maps(handle, maps2, PAGE_SIZE)?,
            INFO_PROCESS_MAPS_V3 => self.info_process_maps(handle, maps3, 1)?,
            INFO_VMAR_MAPS => {
                let id: VmarId = self.get(handle, Rights::INSPECT)?;
                let mut info = Info::list(maps3);
                self.list_maps(id, 0, 1, &mut info)?;
                info
            }
            INFO_TASK_STATS => self.info_task_stats(handle)?.prefix(stats1),
            INFO_TASK_STATS_V2 => self.info_task_stats(handle)?.prefix(stats2),
            _ => return Ok(None),
        };
        Ok(Some(info))
    }

    fn info_vmo(&mut self, handle: u32) -> Result<Info> {
        let (id, rights) = self.typed::<VmoId>(handle)?;
        if !rights.contains(Rights::INSPECT) {
            return Err(Status::ACCESS_DENIED);
        }
        let usages = Usages::new(self, [whole(id)])?;
        self.state.vmo_record(id, Via::Handle(rights), &usages).map(Info::record)
    }

    /// The process behind a handle for INSPECT, unless it is dead.
    pub(super) fn inspected_process(&mut self, handle: u32) -> Result<ProcessId> {
        let id: ProcessId = self.get(handle, Rights::INSPECT)?;
        let process = self.state.objects.get(id)?;
        if process.run.has_handles() { Ok(id) } else { Err(Status::BAD_STATE) }
    }

    /// All VMOs that a process has a handle to, then all that it maps, as often as it does.
    fn info_process_vmos(&mut self, handle: u32, size: usize) -> Result<Info> {
        let id = self.inspected_process(handle)?;
        let mut found = Vec::new();
        self.each_handle(id, |_, _, handle| {
            if let ObjectId::Vmo(vmo) = handle.object {
                found.push((vmo, Via::Handle(handle.rights)));
            }
            Ok(())
        })?;
        self.each_mapping_of(id, |mapping| found.push((mapping.vmo, Via::Mapping)))?;
        let usages = Usages::new(self, found.iter().map(|(id, _)| whole(*id)))?;
        let mut info = Info::list(size);
        self.each(found, |state, (id, via)| {
            // Those that are gone meanwhile are left out.
            state.vmo_record(id, via, &usages).map_or(Ok(()), |record| info.push(&record))
        })?;
        Ok(info)
    }

    /// Calls `f` with each mapping of a process.
    fn each_mapping_of(&mut self, process: ProcessId, mut f: impl FnMut(&MappedRange)) -> Result {
        let Some(root) = self.state.root_vmar_of(process) else { return Ok(()) };
        self.each_mapping(root, (0, u64::MAX), |_, mappings, _| {
            mappings.iter().for_each(|placed| f(&placed.mapping));
            Ok(())
        })
    }

    /// The address space of a process: itself, then its VMARs and mappings in pre-order. Memory is
    /// counted in units of so many bytes.
    fn info_process_maps(&mut self, handle: u32, size: usize, unit: u64) -> Result<Info> {
        let id = self.inspected_process(handle)?;
        let process = self.state.objects.get(id)?;
        let mut info = Info::list(size);
        if let Some(root) = process.root_vmar {
            let &Vmar { base, len, .. } = self.state.objects.get(root)?;
            let name = Name::truncated(format!("proc:{}", process.header.koid).as_bytes());
            info.push(&InfoMaps {
                name: *name.padded(),
                base,
                size: len,
                depth: 0,
                kind: INFO_MAPS_TYPE_ASPACE,
                padding: 0,
                mapping: NO_MAPPING,
            })?;
            self.list_maps(root, 1, unit, &mut info)?;
        }
        Ok(info)
    }

    /// Adds a VMAR at `depth` and all below it, in pre-order.
    fn list_maps(&mut self, id: VmarId, depth: u64, unit: u64, info: &mut Info) -> Result {
        let nodes = self.nodes_below(id)?;
        let mappings = nodes.iter().filter_map(|node| match node.region {
            Region::Mapping(mapping) => Some(range(&mapping)),
            Region::Vmar { .. } => None,
        });
        let usages = Usages::new(self, mappings)?;
        self.each(nodes, |state, node| {
            let mut record = state.maps_record(&node, depth, &usages);
            record.mapping.committed_bytes /= unit;
            record.mapping.populated_bytes /= unit;
            info.push(&record)
        })
    }

    fn info_task_stats(&mut self, handle: u32) -> Result<Info> {
        let id = self.inspected_process(handle)?;
        let (mut mapped, mut private, mut shared, mut scaled) = (0, 0, 0, 0);
        let mut mappings = Vec::new();
        self.each_mapping_of(id, |mapping| mappings.push(*mapping))?;
        let usages = Usages::new(self, mappings.iter().map(range))?;
        self.each(mappings, |state, mapping| {
            let vmo = state.objects.vmos.get(mapping.vmo);
            // What the kernel keeps, programs share with it.
            let sharers = |vmo: &Vmo| vmo.spaces.len() + usize::from(vmo.vdso.is_some());
            let spaces = vmo.map_or(1, |vmo| sharers(vmo).max(1)) as u128;
            let usage = usages.of(range(&mapping));
            let own = if spaces == 1 { usage.private } else { 0 };
            mapped += mapping.len;
            private += own;
            shared += usage.committed - own;
            scaled += (usage.scaled - (u128::from(own) << MemoryUsage::FRACTION_BITS)) / spaces;
            Ok(())
        })?;
        let (whole, fraction) = fixed(scaled);
        Ok(Info::record(InfoTaskStats {
            mem_mapped_bytes: mapped,
            mem_private_bytes: private,
            mem_shared_bytes: shared,
            mem_scaled_shared_bytes: whole,
            mem_fractional_scaled_shared_bytes: fraction,
        }))
    }
}

impl State {
    fn vmo_record(&self, id: VmoId, via: Via, usages: &Usages) -> Result<InfoVmoV4> {
        let vmo = self.objects.get(id)?;
        let (kind, immutable) = match vmo.kind {
            VmoKind::Snapshot { immutable } => (INFO_VMO_IS_COW_CLONE, immutable),
            _ => (0, false),
        };
        let (via, rights) = match via {
            Via::Handle(rights) if immutable => (INFO_VMO_VIA_HANDLE | INFO_VMO_IMMUTABLE, rights),
            Via::Handle(rights) => (INFO_VMO_VIA_HANDLE, rights),
            Via::Mapping => (INFO_VMO_VIA_MAPPING, Rights::empty()),
        };
        let when = |condition: bool, flag: u32| if condition { flag } else { 0 };
        let usage = usages.of(whole(id));
        let (scaled, fraction) = fixed(usage.scaled);
        Ok(InfoVmoV4 {
            v1: InfoVmo {
                koid: vmo.header.koid,
                name: *vmo.name.padded(),
                size_bytes: vmo.size(),
                parent_koid: self.vmo_parent(vmo).map_or(0, |id| self.objects.koid(id)),
                num_children: vmo.children as u64,
                num_mappings: vmo.mappings as u64,
                share_count: vmo.spaces.len().max(1) as u64,
                flags: INFO_VMO_TYPE_PAGED
                    | when(vmo.resizable, INFO_VMO_RESIZABLE)
                    | when(vmo.discardable.is_some(), INFO_VMO_DISCARDABLE)
                    | when(self.objects.source(vmo.store).is_some(), INFO_VMO_PAGER_BACKED)
                    | kind
                    | via,
                padding1: 0,
                committed_bytes: usage.committed,
                handle_rights: rights.bits(),
                cache_policy: vmo.cache_policy as u32,
            },
            // What Zircon takes for a list of so many pages.
            metadata_bytes: usage.committed / PAGE_SIZE * METADATA,
            // Nothing is ever taken away.
            committed_change_events: 0,
            populated_bytes: usage.committed,
            committed_private_bytes: usage.private,
            populated_private_bytes: usage.private,
            committed_scaled_bytes: scaled,
            populated_scaled_bytes: scaled,
            committed_fractional_scaled_bytes: fraction,
            populated_fractional_scaled_bytes: fraction,
        })
    }

    /// A VMAR or mapping, `depth` deeper than the list has it.
    fn maps_record(&self, node: &Node, depth: u64, usages: &Usages) -> InfoMaps {
        let mut record = InfoMaps {
            name: [0; 32],
            base: node.base,
            size: node.region.len(),
            depth: depth + u64::from(node.depth),
            kind: INFO_MAPS_TYPE_VMAR,
            padding: 0,
            mapping: NO_MAPPING,
        };
        match node.region {
            Region::Vmar { id, .. } => {
                let root = self.is_live(id)
                    && self.objects.vmars.get(id).is_some_and(|vmar| vmar.parent.is_none());
                let name: &[u8] = if root { b"root" } else { b"useralloc" };
                record.name = *Name::truncated(name).padded();
            }
            Region::Mapping(mapping) => {
                let vmo = self.objects.vmos.get(mapping.vmo);
                record.name = vmo.map_or([0; 32], |vmo| *vmo.name.padded());
                record.kind = INFO_MAPS_TYPE_MAPPING;
                record.mapping = self.mapping_record(&mapping, usages);
            }
        }
        record
    }

    fn mapping_record(&self, mapping: &MappedRange, usages: &Usages) -> InfoMapsMapping {
        let usage = usages.of(range(mapping));
        let (scaled, fraction) = fixed(usage.scaled);
        InfoMapsMapping {
            mmu_flags: mapping.permissions.bits(),
            padding: 0,
            vmo_koid: self.objects.koid(mapping.vmo),
            vmo_offset: mapping.vmo_offset,
            committed_bytes: usage.committed,
            populated_bytes: usage.committed,
            committed_private_bytes: usage.private,
            populated_private_bytes: usage.private,
            committed_scaled_bytes: scaled,
            populated_scaled_bytes: scaled,
            committed_fractional_scaled_bytes: fraction,
            populated_fractional_scaled_bytes: fraction,
        }
    }
}

/// All of a VMO.
fn whole(id: VmoId) -> Range {
    Range { vmo: id, offset: 0, len: u64::MAX }
}

/// What a mapping shows.
fn range(mapping: &MappedRange) -> Range {
    Range { vmo: mapping.vmo, offset: mapping.vmo_offset, len: mapping.len }
}

const NO_MAPPING: InfoMapsMapping = InfoMapsMapping {
    mmu_flags: 0,
    padding: 0,
    vmo_koid: 0,
    vmo_offset: 0,
    committed_bytes: 0,
    populated_bytes: 0,
    committed_private_bytes: 0,
    populated_private_bytes: 0,
    committed_scaled_bytes: 0,
    populated_scaled_bytes: 0,
    committed_fractional_scaled_bytes: 0,
    populated_fractional_scaled_bytes: 0,
};

/// The whole bytes and the fraction of a number of [`MemoryUsage::scaled`].
fn fixed(scaled: u128) -> (u64, u64) {
    let fraction = scaled & ((1 << MemoryUsage::FRACTION_BITS) - 1);
    ((scaled >> MemoryUsage::FRACTION_BITS) as u64, fraction as u64)
}
