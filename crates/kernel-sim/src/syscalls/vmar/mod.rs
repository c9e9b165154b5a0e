//! `zx_vmar_*` (zircon/kernel/lib/syscalls/vmar.cc, object/vm_address_region_dispatcher.cc).

mod op_range;

use zx_abi::{PAGE_SIZE, Result, Rights, Status, VM_ALIGN_BASE, VmOptions};

use crate::Caller;
use crate::account::Item;
use crate::object::{
    MappedRange, MappedVdso, Node, Placed, Placement, ProcessId, Region, VdsoLayout, Vmar, VmarId,
    VmoId, page_end,
};

/// Smallest and largest log2 of an alignment.
const ALIGN_LOG2: std::ops::RangeInclusive<u32> = 10..=32;

impl Caller<'_> {
    /// `zx_vmar_allocate`: a child VMAR of `size` bytes, as handle and base address.
    ///
    /// # Errors
    /// In order: BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without READ, WRITE, EXECUTE for the
    /// `CAN_MAP_*` asked for; INVALID_ARGS for other options, `PERM_*`, or a size that is no
    /// multiple of the page size; BAD_STATE for a destroyed VMAR; INVALID_ARGS for size 0;
    /// ACCESS_DENIED for `CAN_MAP_*` that the parent lacks; then those of placement; NO_MEMORY, also
    /// if 64 VMARs below the root are one in the other.
    pub fn vmar_allocate(
        &mut self,
        handle: u32,
        options: u32,
        offset: u64,
        size: u64,
    ) -> Result<(u32, u64)> {
        let (parent_id, rights) = self.typed::<VmarId>(handle)?;
        let requested = VmOptions::from_bits_truncate(options);
        if !rights.contains(rights_for(requested, CAN_MAP)) {
            return Err(Status::ACCESS_DENIED);
        }
        let options = VmOptions::from_bits(options).ok_or(Status::INVALID_ARGS)?;
        let allowed = VmOptions::SPECIFIC
            | VmOptions::CAN_MAP_SPECIFIC
            | VmOptions::CAN_MAP_RXW
            | VmOptions::COMPACT
            | VmOptions::OFFSET_IS_UPPER_LIMIT
            | VmOptions::ALIGN_MASK;
        if !allowed.contains(options) || !size.is_multiple_of(PAGE_SIZE) {
            return Err(Status::INVALID_ARGS);
        }
        let parent = self.live_vmar(parent_id)?;
        if size == 0 {
            return Err(Status::INVALID_ARGS);
        }
        let can_map = options & (VmOptions::CAN_MAP_RXW | VmOptions::CAN_MAP_SPECIFIC);
        if !parent.can_map.contains(can_map) {
            return Err(Status::ACCESS_DENIED);
        }
        let placement = placement(parent, options, offset, size)?;
        let base = self.place(parent_id, size, placement)?;
        let base = self.state.vacated(parent_id, placement, size).unwrap_or(base);
        let child = self.state.new_child_vmar(
            parent_id,
            (base, size),
            can_map | options & VmOptions::COMPACT,
        )?;
        match self.add(child, vmar_rights(can_map)) {
            Ok(handle) => Ok((handle, base)),
            Err(status) => {
                self.state.dismantle_vmar(child);
                Err(status)
            }
        }
    }

    /// `zx_vmar_map`: the address where `len` bytes (rounded up to pages) of a VMO appear.
    ///
    /// The VMO's handle is only looked at; the mapping keeps the VMO alive.
    ///
    /// # Errors
    /// In order: BAD_HANDLE, WRONG_TYPE for either; ACCESS_DENIED for a VMO without MAP;
    /// INVALID_ARGS for permissions that cannot be, `MAP_RANGE` with `SPECIFIC_OVERWRITE`, and
    /// `CAN_MAP_*`; ACCESS_DENIED for permissions that either handle lacks; INVALID_ARGS for
    /// `FAULT_BEYOND_STREAM_SIZE` without `ALLOW_FAULTS`; NOT_SUPPORTED for a resizable VMO under
    /// `REQUIRE_NON_RESIZABLE` and for a discardable one without `ALLOW_FAULTS`; INVALID_ARGS for
    /// unknown bits, `COMPACT`, length 0, and an offset within a page; since 2020 BUFFER_TOO_SMALL
    /// beyond a VMO of fixed size without `ALLOW_FAULTS`; NO_MEMORY for an end beyond 2^63; BAD_STATE for a destroyed VMAR; then those of placement; ACCESS_DENIED for
    /// an executable mapping of a vDSO that is not exactly its code, or not the first; NO_MEMORY at a
    /// limit of objects, as which a mapping counts, and of memory for a VMO of the embedder's whose
    /// handle has WRITE: it is charged to the process's job from then on.
    pub fn vmar_map(
        &mut self,
        handle: u32,
        options: u32,
        offset: u64,
        vmo: u32,
        vmo_offset: u64,
        len: u64,
    ) -> Result<u64> {
        let vmar = self.typed(handle)?;
        let vmo = self.typed(vmo)?;
        self.map_vmo(vmar, options, offset, vmo, vmo_offset, len)
    }

    /// `zx_vmar_map` once the handles are known.
    pub(crate) fn map_vmo(
        &mut self,
        (vmar_id, vmar_rights): (VmarId, Rights),
        options: u32,
        offset: u64,
        (vmo_id, vmo_rights): (VmoId, Rights),
        vmo_offset: u64,
        len: u64,
    ) -> Result<u64> {
        if !vmo_rights.contains(Rights::MAP) {
            return Err(Status::ACCESS_DENIED);
        }
        let known = VmOptions::from_bits_truncate(options);
        let permissions = permissions(known)?;
        if known.contains(VmOptions::MAP_RANGE | VmOptions::SPECIFIC_OVERWRITE)
            || known.intersects(VmOptions::CAN_MAP_RXW)
        {
            return Err(Status::INVALID_ARGS);
        }
        let common = vmar_rights & vmo_rights;
        if !common.contains(rights_for(permissions, PERM)) {
            return Err(Status::ACCESS_DENIED);
        }
        let beyond_stream = known.contains(VmOptions::FAULT_BEYOND_STREAM_SIZE);
        if beyond_stream && !known.contains(VmOptions::ALLOW_FAULTS) {
            return Err(Status::INVALID_ARGS);
        }
        let vmo = self.state.objects.get(vmo_id)?;
        let discardable = vmo.discardable.is_some();
        let (resizable, size, vdso) = (vmo.resizable, vmo.size(), vmo.vdso);
        if known.contains(VmOptions::REQUIRE_NON_RESIZABLE) && resizable {
            return Err(Status::NOT_SUPPORTED);
        }
        if discardable && !known.contains(VmOptions::ALLOW_FAULTS) {
            return Err(Status::NOT_SUPPORTED);
        }
        let options = VmOptions::from_bits(options).ok_or(Status::INVALID_ARGS)?;
        if options.intersects(VmOptions::CAN_MAP_SPECIFIC | VmOptions::COMPACT) {
            return Err(Status::INVALID_ARGS);
        }
        let len = page_end(len).filter(|len| *len > 0).ok_or(Status::INVALID_ARGS)?;
        let vmo_end = vmo_offset.checked_add(len).ok_or(Status::INVALID_ARGS)?;
        if !vmo_offset.is_multiple_of(PAGE_SIZE) {
            return Err(Status::INVALID_ARGS);
        }
        let overhangs = vmo_end > size && !resizable && !options.contains(VmOptions::ALLOW_FAULTS);
        if overhangs && self.generation().overhang_needs_allowance {
            return Err(Status::BUFFER_TOO_SMALL);
        }
        // Machines map files, in which offsets are signed.
        if vmo_end > i64::MAX as u64 {
            return Err(Status::NO_MEMORY);
        }
        let vmar = self.live_vmar(vmar_id)?;
        let process = vmar.process;
        let placement = placement(vmar, options, offset, len)?;
        let base = self.place(vmar_id, len, placement)?;
        let vdso_code = vdso.filter(|_| permissions.contains(VmOptions::PERM_EXECUTE));
        let judge = |caller: &Self| {
            let vdso = caller.state.objects.processes.get(process).and_then(|it| it.vdso);
            let refused = |code: VdsoLayout| {
                (vmo_offset, len) != (code.code_offset, code.code_size) || vdso.is_some()
            };
            if vdso_code.is_some_and(refused) { Err(Status::ACCESS_DENIED) } else { Ok(()) }
        };
        judge(self)?;
        let overwrites = matches!(placement, Placement::Overwrite(_));
        let halves = overwrites && halves_mapping(self.live_vmar(vmar_id)?, base, base + len);
        self.check_mappings(process, 1 + u64::from(halves))?;
        if vmo_rights.contains(Rights::WRITE) {
            self.state.take_over(vmo_id, process)?;
        }
        let range = (vmo_offset, len);
        let vacancy = self.state.vacancy(vmar_id, placement, vmo_id, range, permissions);
        let base = vacancy.unwrap_or(base);
        if vacancy.is_none() {
            self.state.prepare_mapping(process, vmo_id)?;
        }
        if overwrites {
            self.overwrite(vmar_id, base, base + len)?;
            // Others may have changed either meanwhile.
            self.state.objects.get(vmo_id)?;
            judge(self)?;
        }
        if let Some(vdso) = vdso_code
            && let Some(process) = self.state.objects.processes.get_mut(process)
        {
            process.abi = vdso.abi;
            process.vdso = Some(MappedVdso {
                base: base.wrapping_sub(vdso.code_offset),
                code_start: base,
                code_end: base + len,
            });
        }
        let vdso_code = vdso_code.is_some();
        // A handle to a VMAR has no rights that its `CAN_MAP_*` do not allow.
        let max_permissions = permissions_for(common);
        let mapping = MappedRange {
            len,
            vmo: vmo_id,
            vmo_offset,
            permissions,
            max_permissions,
            beyond_stream,
            vdso_code,
            lazy: true,
        };
        self.state.insert_mapping(vmar_id, base, mapping);
        Ok(base)
    }

    /// `zx_vmar_unmap`: removes mappings and whole child VMARs in a range; holes are fine.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE; INVALID_ARGS for an unaligned address or length 0; BAD_STATE for a
    /// destroyed VMAR; INVALID_ARGS outside of it; ACCESS_DENIED for the vDSO's code; INVALID_ARGS
    /// for a child VMAR that is only partly covered, and for any child VMAR without OP_CHILDREN;
    /// NO_MEMORY at a limit of objects if a mapping falls into two.
    pub fn vmar_unmap(&mut self, handle: u32, address: u64, len: u64) -> Result {
        let (id, rights) = self.typed::<VmarId>(handle)?;
        let (vmar, len) = self.vmar_range(id, address, len)?;
        let end = address + len;
        if self.state.vdso_code_in(vmar.process, address, end) {
            return Err(Status::ACCESS_DENIED);
        }
        let takes_children = self.reaches_children(rights);
        let spared = |(start, child_end): (u64, u64)| {
            let whole = start >= address && child_end <= end;
            !(whole && takes_children)
        };
        if vmar.outermost_children(address, end).any(spared) {
            return Err(Status::INVALID_ARGS);
        }
        self.check_mappings(vmar.process, u64::from(halves_mapping(vmar, address, end)))?;
        let mut from = address;
        // Others may destroy the VMAR in between, with what is left.
        while from < end && self.live_vmar(id).is_ok() {
            from = self.state.unmap_some(id, from, end);
            self.breathe()?;
        }
        Ok(())
    }

    /// Removes the mappings that a new one replaces. Nothing is there afterwards.
    ///
    /// # Errors
    /// If others have changed the VMAR meanwhile: BAD_STATE if it is destroyed, and those of
    /// placement.
    fn overwrite(&mut self, id: VmarId, base: u64, end: u64) -> Result {
        // From the start each time, for others may map there again.
        while self.state.unmap_some(id, base, end) < end {
            self.breathe()?;
            self.live_vmar(id)?;
            self.state.place(id, end - base, Placement::Overwrite(base))?;
        }
        Ok(())
    }

    /// `zx_vmar_protect`: new permissions for a range that mappings fill.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without the rights of the permissions; INVALID_ARGS
    /// for permissions that cannot be, an unaligned address, other options, length 0; BAD_STATE
    /// for a destroyed VMAR; INVALID_ARGS outside of it and, in 2020, for any child VMAR; NOT_FOUND
    /// for a hole; INVALID_ARGS for mappings in child VMARs without OP_CHILDREN; ACCESS_DENIED for permissions that a mapping
    /// cannot have, that one in a child VMAR does not have now, and for the vDSO's code; NO_MEMORY
    /// at a limit of objects for what is cut off a mapping.
    pub fn vmar_protect(&mut self, handle: u32, options: u32, address: u64, len: u64) -> Result {
        let (id, rights) = self.typed::<VmarId>(handle)?;
        let known = VmOptions::from_bits_truncate(options);
        if !rights.contains(rights_for(known, PERM)) {
            return Err(Status::ACCESS_DENIED);
        }
        let permissions = permissions(known)?;
        let allowed = VmOptions::PERM_ALL | VmOptions::PERM_READ_IF_XOM_UNSUPPORTED;
        if !VmOptions::from_bits(options).is_some_and(|options| allowed.contains(options)) {
            return Err(Status::INVALID_ARGS);
        }
        let (vmar, len) = self.vmar_range(id, address, len)?;
        let (process, end) = (vmar.process, address + len);
        let child = vmar.outermost_children(address, end).next();
        if child.is_some() && !self.generation().protects_below {
            return Err(Status::INVALID_ARGS);
        }
        let foreign = |placed: &Placed| placed.vmar != id;
        let allowed = |placed: &Placed| {
            let Placed { mapping, .. } = placed;
            // Through a parent, permissions can only shrink.
            let most = if foreign(placed) { mapping.permissions } else { mapping.max_permissions };
            most.contains(permissions) && !mapping.vdso_code
        };
        let judge = |mappings: &[Placed], range| {
            if !fills(mappings, range) {
                Err(Status::NOT_FOUND)
            } else if mappings.iter().any(foreign) && !rights.contains(Rights::OP_CHILDREN) {
                Err(Status::INVALID_ARGS)
            } else if mappings.iter().all(allowed) {
                Ok(())
            } else {
                Err(Status::ACCESS_DENIED)
            }
        };
        let mut cuts = 0;
        self.each_mapping(id, (address, end), |_, mappings, range| {
            cuts += mappings.iter().filter(|placed| placed.start < address).count();
            cuts += mappings.iter().filter(|placed| placed.end() > end).count();
            judge(mappings, range)
        })?;
        self.check_mappings(process, cuts as u64)?;
        // What others have changed since then is judged again.
        self.each_mapping(id, (address, end), |caller, mappings, range| {
            judge(mappings, range)?;
            caller.state.protect_range(process, mappings, range, permissions);
            Ok(())
        })
    }

    /// Calls `f` with the mappings in a range of a VMAR, some at a time, and the part of the range
    /// that these are in; lets others in in between.
    ///
    /// # Errors
    /// Those of `f`, which then is not called any more.
    pub(crate) fn each_mapping(
        &mut self,
        id: VmarId,
        (base, end): (u64, u64),
        mut f: impl FnMut(&mut Self, &[Placed], (u64, u64)) -> Result,
    ) -> Result {
        let mut from = base;
        loop {
            let (mappings, rest) = self.state.some_mappings(id, from, end);
            f(self, &mappings, (from, rest))?;
            if rest == end {
                break Ok(());
            }
            from = rest;
            self.breathe()?;
        }
    }

    /// `zx_vmar_destroy`: everything in it goes, and its handles find it dead.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE; ACCESS_DENIED without OP_CHILDREN; BAD_STATE if it is destroyed;
    /// NOT_SUPPORTED, since 2020, for the root of an address space; ACCESS_DENIED with the vDSO
    /// inside.
    pub fn vmar_destroy(&mut self, handle: u32) -> Result {
        let (id, rights) = self.typed::<VmarId>(handle)?;
        if !self.reaches_children(rights) {
            return Err(Status::ACCESS_DENIED);
        }
        let vmar = self.live_vmar(id)?;
        if vmar.parent.is_none() && self.generation().root_lasts {
            return Err(Status::NOT_SUPPORTED);
        }
        let (process, base, end) = (vmar.process, vmar.base, vmar.base + vmar.len);
        if self.state.vdso_code_in(process, base, end) {
            return Err(Status::ACCESS_DENIED);
        }
        self.state.destroy_vmar(id);
        Ok(())
    }

    /// Whether a process may have so many mappings more.
    fn check_mappings(&self, process: ProcessId, count: u64) -> Result {
        let process = self.state.objects.get(process)?;
        self.state.objects.accounts.check(process.account, Item::Objects, count)
    }

    /// Where a new region goes.
    fn place(&mut self, id: VmarId, len: u64, placement: Placement) -> Result<u64> {
        let generation = self.generation();
        self.state.place(id, len, placement).map_err(|status| match status {
            Status::ALREADY_EXISTS => generation.place_taken,
            Status::NO_RESOURCES => generation.no_place,
            other => other,
        })
    }

    /// Whether a handle's VMAR can be changed with what is in it: by OP_CHILDREN, where there is such
    /// a right.
    fn reaches_children(&self, rights: Rights) -> bool {
        rights.contains(Rights::OP_CHILDREN & self.generation().rights)
    }

    fn live_vmar(&self, id: VmarId) -> Result<&Vmar> {
        let vmar = self.state.objects.vmars.get(id).filter(|_| self.state.is_live(id));
        vmar.ok_or(Status::BAD_STATE)
    }

    /// A live VMAR with a range inside it, the length rounded up to pages.
    fn vmar_range(&self, id: VmarId, address: u64, len: u64) -> Result<(&Vmar, u64)> {
        let len = page_end(len).filter(|len| *len > 0).ok_or(Status::INVALID_ARGS)?;
        if !address.is_multiple_of(PAGE_SIZE) {
            return Err(Status::INVALID_ARGS);
        }
        let vmar = self.live_vmar(id)?;
        if vmar.contains(address, len) { Ok((vmar, len)) } else { Err(Status::INVALID_ARGS) }
    }

    /// A VMAR and all below it, in pre-order. What others change meanwhile may be told or not.
    pub(crate) fn nodes_below(&mut self, root: VmarId) -> Result<Vec<Node>> {
        let mut nodes = self.state.some_nodes(root, None);
        loop {
            let more = self.state.some_nodes(root, nodes.last());
            if more.is_empty() {
                break Ok(nodes);
            }
            nodes.extend(more);
            self.breathe()?;
        }
    }

    /// Gives the caller the root VMAR of a process.
    pub(crate) fn add_root_vmar(&mut self, process: ProcessId) -> Result<u32> {
        let root = self.state.root_vmar_of(process);
        self.add(root.ok_or(Status::BAD_STATE)?, vmar_rights(VmOptions::CAN_MAP_RXW))
    }
}

/// Whether mappings, in ascending order, leave no hole in `base..end`.
pub(super) fn fills(mappings: &[Placed], (base, end): (u64, u64)) -> bool {
    let mut covered = base;
    for placed in mappings {
        if placed.start > covered {
            return false;
        }
        covered = placed.end();
    }
    covered >= end
}

/// Which right goes with which bit.
type RightBits = [(VmOptions, Rights); 3];

const PERM: &RightBits = &[
    (VmOptions::PERM_READ, Rights::READ),
    (VmOptions::PERM_WRITE, Rights::WRITE),
    (VmOptions::PERM_EXECUTE, Rights::EXECUTE),
];

const CAN_MAP: &RightBits = &[
    (VmOptions::CAN_MAP_READ, Rights::READ),
    (VmOptions::CAN_MAP_WRITE, Rights::WRITE),
    (VmOptions::CAN_MAP_EXECUTE, Rights::EXECUTE),
];

fn rights_for(options: VmOptions, bits: &RightBits) -> Rights {
    let needed = bits.iter().filter(|(bit, _)| options.contains(*bit));
    needed.fold(Rights::empty(), |all, (_, right)| all | *right)
}

/// Rights of a new VMAR handle.
fn vmar_rights(can_map: VmOptions) -> Rights {
    <Vmar as crate::object::Object>::DEFAULT_RIGHTS | rights_for(can_map, CAN_MAP)
}

/// The `PERM_*` that rights allow.
fn permissions_for(rights: Rights) -> VmOptions {
    let allowed = PERM.iter().filter(|(_, right)| rights.contains(*right));
    allowed.fold(VmOptions::empty(), |all, (permission, _)| all | *permission)
}

/// The permissions asked for. This kernel has no execute-only memory, so that
/// `PERM_READ_IF_XOM_UNSUPPORTED` adds `PERM_READ`.
///
/// # Errors
/// INVALID_ARGS for writable or executable without readable.
fn permissions(options: VmOptions) -> Result<VmOptions> {
    let mut permissions = options & VmOptions::PERM_ALL;
    if options.contains(VmOptions::PERM_EXECUTE | VmOptions::PERM_READ_IF_XOM_UNSUPPORTED) {
        permissions |= VmOptions::PERM_READ;
    }
    if permissions.is_empty() || permissions.contains(VmOptions::PERM_READ) {
        Ok(permissions)
    } else {
        Err(Status::INVALID_ARGS)
    }
}

/// Where a region of `len` bytes may go.
///
/// # Errors
/// In order: INVALID_ARGS for an offset without a meaning; ACCESS_DENIED for an offset where the
/// VMAR does not allow to choose; INVALID_ARGS outside the VMAR, for a misaligned offset and for an
/// alignment that cannot be.
fn placement(vmar: &Vmar, options: VmOptions, offset: u64, len: u64) -> Result<Placement> {
    let specific = options.intersects(VmOptions::SPECIFIC | VmOptions::SPECIFIC_OVERWRITE);
    let upper_limit = options.contains(VmOptions::OFFSET_IS_UPPER_LIMIT);
    if offset != 0 && !specific && !upper_limit || specific && upper_limit {
        return Err(Status::INVALID_ARGS);
    }
    if (specific || upper_limit) && !vmar.can_map.contains(VmOptions::CAN_MAP_SPECIFIC) {
        return Err(Status::ACCESS_DENIED);
    }
    let end = if upper_limit { Some(offset) } else { offset.checked_add(len) };
    if end.is_none_or(|end| end > vmar.len || end < len) {
        return Err(Status::INVALID_ARGS);
    }
    let align = match options.bits() >> VM_ALIGN_BASE {
        0 => PAGE_SIZE,
        log2 if ALIGN_LOG2.contains(&log2) => (1 << log2).max(PAGE_SIZE),
        _ => return Err(Status::INVALID_ARGS),
    };
    let base = vmar.base + offset;
    if specific && !base.is_multiple_of(align) || !offset.is_multiple_of(PAGE_SIZE) {
        return Err(Status::INVALID_ARGS);
    }
    Ok(if options.contains(VmOptions::SPECIFIC_OVERWRITE) {
        Placement::Overwrite(base)
    } else if specific {
        Placement::Specific(base)
    } else if upper_limit {
        Placement::Any { align, below: base }
    } else {
        Placement::Any { align, below: u64::MAX }
    })
}

/// Whether a mapping reaches beyond both ends of a range, so that two are left of it without the range.
fn halves_mapping(vmar: &Vmar, base: u64, end: u64) -> bool {
    let at_base = vmar.at(base);
    at_base.is_some_and(|(start, region)| {
        matches!(region, Region::Mapping(_)) && start < base && start + region.len() > end
    })
}
