//! `zx_iob_*` (zircon/kernel/lib/syscalls/iob.cc, object/io_buffer_dispatcher.cc).

use zx_abi::{
    IOB_DISCIPLINE_TYPE_ID_ALLOCATOR, IOB_DISCIPLINE_TYPE_NONE, IOB_DISCIPLINE_TYPE_RING_BUFFER,
    IOB_MAX_REGIONS, IOB_MAX_WRITE, IOB_REGION_TYPE_PRIVATE, IOB_REGION_TYPE_SHARED, InfoIob,
    IobAccess, IobRegion, IobRegionInfo, PAGE_SIZE, PolicyCondition, Result, Rights, Signals,
    Status, VmoOptions,
};

use super::process::Target;
use super::vmo::page_size;
use crate::Caller;
use crate::object::{IobId, IobSharedRegionId, IobView, VmarId, VmoId};

/// Bytes before the entries of an ID allocator: the next number, and where the blobs begin.
const ALLOCATOR_HEADER: u64 = 8;
/// Bytes of an entry: the size of a blob, and where it is.
const ALLOCATOR_ENTRY: u64 = 8;
/// Bytes before the data of a record in a ring: tag and length.
const RECORD_HEADER: u64 = 16;

/// The options of a private region's VMO, where they stand, and a shared region's handle.
const OPTIONS: usize = 0;
const SHARED_HANDLE: usize = 1;

/// A region as it is to be made.
enum Planned {
    Private { size: u64, options: VmoOptions },
    Shared { region: IobSharedRegionId },
}

impl Caller<'_> {
    /// `zx_iob_create`, for both ends.
    ///
    /// # Errors
    /// INVALID_ARGS for options; ACCESS_DENIED by policy; OUT_OF_RANGE for more than 64 regions;
    /// INVALID_ARGS for none. For each region INVALID_ARGS for a kind or a discipline that is none, for
    /// access that nobody has or that does not go with the discipline; BAD_HANDLE, WRONG_TYPE for what
    /// is no shared region; OUT_OF_RANGE for a size that cannot be. NO_MEMORY.
    pub fn iob_create(
        &mut self,
        options: u64,
        regions: impl FnOnce(&Self) -> Result<Vec<IobRegion>>,
    ) -> Result<(u32, u32)> {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        self.check_policy(PolicyCondition::NewIob)?;
        let regions = regions(self)?;
        if regions.is_empty() {
            return Err(Status::INVALID_ARGS);
        }
        if regions.len() > IOB_MAX_REGIONS {
            return Err(Status::OUT_OF_RANGE);
        }
        let mut planned = Vec::new();
        for region in &regions {
            planned.push(self.plan_region(region)?);
        }
        let ends = self.state.new_iob(self.account)?;
        for (region, planned) in regions.into_iter().zip(planned) {
            if let Err(status) = self.make_region(ends, region, &planned) {
                self.state.close_end(ends.0);
                self.state.close_end(ends.1);
                return Err(status);
            }
        }
        self.add_pair(ends.0, ends.1)
    }

    fn plan_region(&mut self, region: &IobRegion) -> Result<Planned> {
        let access = IobAccess::from_bits_retain(region.access);
        let shared = match region.kind {
            IOB_REGION_TYPE_PRIVATE => false,
            IOB_REGION_TYPE_SHARED => true,
            _ => return Err(Status::INVALID_ARGS),
        };
        let reads = IobAccess::EP0_CAN_MEDIATED_READ | IobAccess::EP1_CAN_MEDIATED_READ;
        let writes = IobAccess::EP0_CAN_MEDIATED_WRITE | IobAccess::EP1_CAN_MEDIATED_WRITE;
        let maps_write = IobAccess::EP0_CAN_MAP_WRITE | IobAccess::EP1_CAN_MAP_WRITE;
        let reads_only = |access: IobAccess| {
            access.contains(IobAccess::EP0_CAN_MEDIATED_READ)
                && !access.contains(IobAccess::EP0_CAN_MEDIATED_WRITE)
        };
        let wrong = match region.discipline {
            IOB_DISCIPLINE_TYPE_NONE => shared || access.intersects(reads | writes),
            IOB_DISCIPLINE_TYPE_ID_ALLOCATOR => {
                shared || reads_only(access) || reads_only(access.swapped())
            }
            IOB_DISCIPLINE_TYPE_RING_BUFFER => !shared || region.size != 0,
            _ => true,
        };
        if wrong
            || IobAccess::from_bits(region.access).is_none()
            || !access.intersects(maps_write | reads | writes)
        {
            return Err(Status::INVALID_ARGS);
        }
        if !shared {
            let options = super::vmo::vmo_options(region.extension[OPTIONS])?;
            return Ok(Planned::Private { size: page_size(region.size)?, options });
        }
        if region.extension[OPTIONS] != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let id: IobSharedRegionId = self.get(region.extension[SHARED_HANDLE], Rights::empty())?;
        let vmo = self.state.objects.get(id)?.vmo;
        if self.state.objects.get(vmo)?.size() < 2 * PAGE_SIZE {
            return Err(Status::INVALID_ARGS);
        }
        Ok(Planned::Shared { region: id })
    }

    fn make_region(
        &mut self,
        (first, second): (IobId, IobId),
        region: IobRegion,
        planned: &Planned,
    ) -> Result {
        let account = self.account;
        let (vmo, shared, size) = match *planned {
            Planned::Private { size, options } => {
                let memory = self.state.machine.memory(size)?;
                let store = self.state.objects.new_store(account, memory);
                let vmo = self.state.new_vmo(account, store, size)?;
                if let Some(vmo) = self.state.objects.vmos.get_mut(vmo) {
                    vmo.resizable = options.contains(VmoOptions::RESIZABLE);
                    vmo.discardable = options.contains(VmoOptions::DISCARDABLE).then_some(0);
                }
                if region.discipline == IOB_DISCIPLINE_TYPE_ID_ALLOCATOR {
                    let header = [0, allocator_end(size)].map(u32::to_le_bytes).concat();
                    if let Err(status) = self.state.objects.write_store(store, 0, &header) {
                        self.state.release_vmo(vmo);
                        return Err(status);
                    }
                }
                (vmo, None, region.size)
            }
            Planned::Shared { region } => {
                let vmo = self.state.objects.get(region)?.vmo;
                (vmo, Some(region), self.state.objects.get(vmo)?.size())
            }
        };
        let told = IobRegion { size, ..region };
        let access = IobAccess::from_bits_retain(region.access).swapped();
        let ends = [(first, told), (second, IobRegion { access: access.bits(), ..told })];
        // The regions of the ends keep what is theirs.
        self.state.hold_vmo(vmo);
        let added = self.state.add_iob_region(account, ends, vmo, shared);
        self.state.let_vmo_go(vmo);
        added
    }

    /// `zx_iob_create_shared_region`, of `size` bytes: whole pages.
    ///
    /// # Errors
    /// INVALID_ARGS for options, a size of 0, and one within a page; ACCESS_DENIED by policy;
    /// OUT_OF_RANGE for a size that cannot be; NO_MEMORY.
    pub fn iob_create_shared_region(&mut self, options: u64, size: u64) -> Result<u32> {
        if options != 0 || size == 0 || !size.is_multiple_of(PAGE_SIZE) {
            return Err(Status::INVALID_ARGS);
        }
        self.check_policy(PolicyCondition::NewIob)?;
        let account = self.account;
        let memory = self.state.machine.memory(page_size(size)?)?;
        let store = self.state.objects.new_store(account, memory);
        let vmo = self.state.new_vmo(account, store, size)?;
        let region = self.state.new_iob_shared_region(account, vmo);
        if region.is_err() {
            self.state.release_vmo(vmo);
        }
        self.add_default(region?)
    }

    /// `zx_iob_allocate_id`: the number of a blob in the table of a region.
    ///
    /// # Errors
    /// INVALID_ARGS for options; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without WRITE; OUT_OF_RANGE for a
    /// region that there is not; WRONG_TYPE for one of another discipline; ACCESS_DENIED if this end may
    /// not have it written; NO_MEMORY for a table that is full; IO_DATA_INTEGRITY for one that is
    /// broken.
    pub fn iob_allocate_id(
        &mut self,
        iob: u32,
        options: u32,
        region: u32,
        blob: &[u8],
    ) -> Result<u32> {
        let target = self.iob_allocator(iob, options, region)?;
        let mut header = [0; ALLOCATOR_HEADER as usize];
        target.memory.read(target.offset, &mut header)?;
        let (number, _) = header.split_first_chunk().ok_or(Status::INTERNAL)?;
        let (_, head) = header.split_last_chunk().ok_or(Status::INTERNAL)?;
        let (number, head) = (u32::from_le_bytes(*number), u32::from_le_bytes(*head));
        let entry = ALLOCATOR_HEADER + u64::from(number) * ALLOCATOR_ENTRY;
        if head > allocator_end(target.len) || entry > head.into() {
            return Err(Status::IO_DATA_INTEGRITY);
        }
        let needed = ALLOCATOR_ENTRY + blob.len() as u64;
        if u64::from(head) - entry < needed {
            return Err(Status::NO_MEMORY);
        }
        let at = head - blob.len() as u32;
        let objects = &mut self.state.objects;
        let place = |offset: u64| target.offset + offset;
        objects.write_store(target.store, place(at.into()), blob)?;
        let index = [blob.len() as u32, at].map(u32::to_le_bytes).concat();
        objects.write_store(target.store, place(entry), &index)?;
        let header = [number + 1, at].map(u32::to_le_bytes).concat();
        objects.write_store(target.store, place(0), &header)?;
        Ok(number)
    }

    /// The table of a region, for [`Caller::iob_allocate_id`].
    pub(crate) fn iob_allocator(&mut self, iob: u32, options: u32, region: u32) -> Result<Target> {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let (_, target) = self.mediated_region(iob, region, IOB_DISCIPLINE_TYPE_ID_ALLOCATOR)?;
        Ok(target)
    }

    /// `zx_iob_writev`: a record with the tag of this end, in the ring of a region.
    ///
    /// # Errors
    /// INVALID_ARGS for options; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without WRITE; OUT_OF_RANGE for a
    /// region that there is not; WRONG_TYPE for one of another discipline; ACCESS_DENIED if this end may
    /// not have it written; INVALID_ARGS for more than 65,519 bytes; NO_SPACE for a ring that is full;
    /// IO_DATA_INTEGRITY for one that is broken; NO_MEMORY.
    pub fn iob_write(&mut self, iob: u32, options: u64, region: u32, data: &[u8]) -> Result {
        let (region, target) = self.iob_ring(iob, options, region)?;
        if data.len() as u64 > IOB_MAX_WRITE {
            return Err(Status::INVALID_ARGS);
        }
        let mut places = [0; 16];
        target.memory.read(target.offset, &mut places)?;
        let (head, _) = places.split_first_chunk().ok_or(Status::INTERNAL)?;
        let (_, tail) = places.split_last_chunk().ok_or(Status::INTERNAL)?;
        let (head, tail) = (u64::from_le_bytes(*head), u64::from_le_bytes(*tail));
        let ring = target.len - PAGE_SIZE;
        let used = head.checked_sub(tail).filter(|used| *used <= ring && head.is_multiple_of(8));
        let used = used.ok_or(Status::IO_DATA_INTEGRITY)?;
        let size = (RECORD_HEADER + data.len() as u64).next_multiple_of(8);
        if ring - used < size {
            return Err(Status::NO_SPACE);
        }
        let tag = region.told.discipline_extension.first().copied().unwrap_or_default();
        let mut record = [tag, data.len() as u64].map(u64::to_le_bytes).concat();
        record.extend(data);
        record.resize(size as usize, 0);
        let at = head % ring;
        let (before, after) = record.split_at((ring - at).min(size) as usize);
        let start = target.offset + PAGE_SIZE;
        let objects = &mut self.state.objects;
        objects.write_store(target.store, start + at, before)?;
        objects.write_store(target.store, start, after)?;
        let head = head.wrapping_add(size).to_le_bytes();
        objects.write_store(target.store, target.offset, &head)?;
        if let Some(shared) = region.shared {
            self.state.pulse_signals(shared, Signals::empty(), Signals::IOB_SHARED_REGION_UPDATED);
        }
        Ok(())
    }

    /// The ring of a region, for [`Caller::iob_write`].
    pub(crate) fn iob_ring(
        &mut self,
        iob: u32,
        options: u64,
        region: u32,
    ) -> Result<(IobView, Target)> {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        self.mediated_region(iob, region, IOB_DISCIPLINE_TYPE_RING_BUFFER)
    }

    /// A region that an end has the kernel write.
    fn mediated_region(
        &mut self,
        iob: u32,
        index: u32,
        discipline: u64,
    ) -> Result<(IobView, Target)> {
        let id: IobId = self.get(iob, Rights::WRITE)?;
        let region = self.iob_region(id, index)?;
        if region.told.discipline != discipline {
            return Err(Status::WRONG_TYPE);
        }
        let access = IobAccess::from_bits_retain(region.told.access);
        if !access.contains(IobAccess::EP0_CAN_MEDIATED_WRITE) {
            return Err(Status::ACCESS_DENIED);
        }
        let size = self.state.objects.get(region.vmo)?.size();
        let target = self.vmo_data(region.vmo, 0, size)?;
        Ok((region, target))
    }

    fn iob_region(&self, id: IobId, index: u32) -> Result<IobView> {
        let regions = &self.state.objects.get(id)?.regions;
        regions.get(index as usize).copied().ok_or(Status::OUT_OF_RANGE)
    }

    /// `zx_vmar_map_iob`: where a part of a region appears. What may be done there is what the handle
    /// and the region allow.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE for either; OUT_OF_RANGE for a region that there is not; ACCESS_DENIED if
    /// this end may not map it; then as [`Caller::vmar_map`].
    pub fn vmar_map_iob(
        &mut self,
        vmar: u32,
        options: u32,
        offset: u64,
        (iob, region): (u32, u32),
        (region_offset, len): (u64, u64),
    ) -> Result<u64> {
        let vmar = self.typed::<VmarId>(vmar)?;
        let (id, rights) = self.typed::<IobId>(iob)?;
        let region = self.iob_region(id, region)?;
        let access = IobAccess::from_bits_retain(region.told.access);
        let mut allowed = Rights::empty();
        allowed.set(Rights::READ, access.contains(IobAccess::EP0_CAN_MAP_READ));
        allowed.set(Rights::WRITE, access.contains(IobAccess::EP0_CAN_MAP_WRITE));
        let allowed = allowed & rights;
        if allowed.is_empty() {
            return Err(Status::ACCESS_DENIED);
        }
        let vmo: (VmoId, Rights) = (region.vmo, allowed | rights & Rights::MAP);
        self.map_vmo(vmar, options, offset, vmo, region_offset, len)
    }

    /// `ZX_INFO_IOB`.
    pub(crate) fn info_iob(&mut self, iob: u32) -> Result<InfoIob> {
        let id: IobId = self.get(iob, Rights::INSPECT)?;
        let region_count = self.state.objects.get(id)?.regions.len() as u32;
        Ok(InfoIob { options: 0, region_count, padding: 0 })
    }

    /// `ZX_INFO_IOB_REGIONS`.
    pub(crate) fn info_iob_regions(&mut self, iob: u32) -> Result<Vec<IobRegionInfo>> {
        let id: IobId = self.get(iob, Rights::INSPECT)?;
        let regions = &self.state.objects.get(id)?.regions;
        Ok(regions.iter().map(|it| IobRegionInfo { region: it.told, koid: it.koid }).collect())
    }
}

/// Where blobs begin in an empty table of so many bytes.
fn allocator_end(size: u64) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}
