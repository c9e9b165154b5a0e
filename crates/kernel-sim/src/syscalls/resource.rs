//! `zx_resource_create`, and what resources are asked for (zircon/kernel/object/resource.cc).

use zx_abi::{Abi, RSRC_FLAG_EXCLUSIVE, RSRC_KIND_MASK, ResourceKind, Result, Rights, Status};

use crate::object::ResourceId;
use crate::{Caller, Name};

impl Caller<'_> {
    /// A resource that gives everything of a kind, for the embedder, who decides which process gets
    /// one.
    ///
    /// # Errors
    /// NO_RESOURCES and NO_MEMORY at a limit.
    pub fn whole_resource(&mut self, kind: ResourceKind, name: Name) -> Result<u32> {
        let resource = self.state.new_resource(self.account, kind, false, (0, 0), name)?;
        self.add_default(resource)
    }

    /// `zx_resource_create`: a part of another resource. `options` are a kind, and EXCLUSIVE
    /// (0x10000); `name` may have failed to be copied in.
    ///
    /// # Errors
    /// Since 2021 INVALID_ARGS for a range that overflows; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED
    /// without WRITE; INVALID_ARGS for other options, ROOT among them since 2021; ACCESS_DENIED for
    /// what the other resource does not give; INVALID_ARGS for EXCLUSIVE on either where the other does
    /// not give everything of the kind, for a bad name, a ROOT with a range, and another kind without
    /// one of a resource that does not give everything; NOT_FOUND for what there is not, and what is
    /// taken; NO_RESOURCES and NO_MEMORY at a limit.
    pub fn resource_create(
        &mut self,
        parent: u32,
        options: u32,
        (base, size): (u64, u64),
        name: Result<Name>,
    ) -> Result<u32> {
        let newest = self.abi() > Abi::Sdk2020;
        let overflows = base.checked_add(size).is_none();
        if newest && overflows {
            return Err(Status::INVALID_ARGS);
        }
        let id: ResourceId = self.get(parent, Rights::WRITE)?;
        let kind = ResourceKind::from_raw(options & RSRC_KIND_MASK)
            .filter(|kind| !newest || *kind != ResourceKind::Root)
            .ok_or(Status::INVALID_ARGS)?;
        if options & !RSRC_KIND_MASK & !RSRC_FLAG_EXCLUSIVE != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let exclusive = options & RSRC_FLAG_EXCLUSIVE != 0;
        let parent = self.state.objects.get(id)?;
        let whole = parent.is_whole(kind);
        parent.covers(kind, base, size).or(Err(Status::ACCESS_DENIED))?;
        if !whole && (exclusive || parent.exclusive) {
            return Err(Status::INVALID_ARGS);
        }
        let name = name.or(Err(Status::INVALID_ARGS))?;
        let part = (base, size) != (0, 0);
        if overflows
            || kind == ResourceKind::Root && part
            || kind != ResourceKind::Root && size == 0 && (part || !whole)
        {
            return Err(Status::INVALID_ARGS);
        }
        let account = self.account;
        let resource = self.state.new_resource(account, kind, exclusive, (base, size), name)?;
        self.add_default(resource)
    }

    /// Judges a resource that a call asks for.
    ///
    /// # Errors
    /// BAD_HANDLE; WRONG_TYPE for another object or kind; OUT_OF_RANGE.
    pub(crate) fn check_resource(
        &mut self,
        resource: u32,
        kind: ResourceKind,
        base: u64,
        size: u64,
    ) -> Result {
        let id: ResourceId = self.get(resource, Rights::empty())?;
        self.state.objects.get(id)?.covers(kind, base, size)
    }

    /// Judges the resource for a part of the kernel (`RSRC_SYSTEM_*`).
    ///
    /// # Errors
    /// As [`Caller::check_resource`].
    pub(crate) fn check_system_resource(&mut self, resource: u32, base: u64) -> Result {
        self.check_resource(resource, ResourceKind::System, base, 1)
    }
}
