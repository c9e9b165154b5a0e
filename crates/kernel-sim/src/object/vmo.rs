//! VMOs (zircon/kernel/object/vm_object_dispatcher.cc).

use std::sync::Arc;

use zx_abi::{Abi, Rights, Signals};

use super::{Header, Object, VmoId, object, rights};
use crate::state::State;
use crate::{Koid, Memory, Name};

#[derive(Debug)]
pub(crate) struct Vmo {
    pub header: Header,
    pub name: Name,
    pub memory: Arc<dyn Memory>,
    /// The stream size: what was asked for, before rounding up to pages.
    pub content_size: u64,
    pub resizable: bool,
    pub parent: Option<VmoId>,
    /// Stays when the parent dies.
    pub parent_koid: Koid,
    pub children: usize,
    pub mappings: usize,
    /// The kernel itself keeps this VMO.
    pub pinned: bool,
    /// Set on the images that count as "the vDSO" for the mapping rules.
    pub vdso: Option<VdsoLayout>,
}

/// What the mapping rules need to know of a vDSO image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VdsoLayout {
    pub abi: Abi,
    pub code_offset: u64,
    pub code_size: u64,
}

object!(Vmo, rights(&[Rights::BASIC, Rights::IO, Rights::PROPERTY, Rights::MAP, Rights::SIGNAL]));

/// Rights of a vDSO handle: VMO defaults less WRITE plus EXECUTE (vdso.md section 6).
pub(crate) const VDSO_RIGHTS: Rights =
    Vmo::DEFAULT_RIGHTS.difference(Rights::WRITE).union(Rights::EXECUTE);

impl State {
    /// A VMO over this memory, a child of `parent` if there is one.
    pub fn new_vmo(
        &mut self,
        memory: Arc<dyn Memory>,
        content_size: u64,
        resizable: bool,
        parent: Option<VmoId>,
    ) -> VmoId {
        let header = self.objects.new_header(0, Signals::VMO_ZERO_CHILDREN);
        let parent_koid = parent.map_or(0, |parent| self.objects.koid(parent));
        if let Some(id) = parent
            && let Some(parent) = self.objects.vmos.get_mut(id)
        {
            parent.children += 1;
            self.update_signals(id, Signals::VMO_ZERO_CHILDREN, Signals::empty());
        }
        self.objects.vmos.insert(Vmo {
            header,
            name: Name::default(),
            memory,
            content_size,
            resizable,
            parent,
            parent_koid,
            children: 0,
            mappings: 0,
            pinned: false,
            vdso: None,
        })
    }

    /// Frees a VMO that nothing refers to any more.
    pub fn release_vmo(&mut self, id: VmoId) {
        let unused = |vmo: &Vmo| vmo.header.handles == 0 && vmo.mappings == 0 && !vmo.pinned;
        if !self.objects.vmos.get(id).is_some_and(unused) {
            return;
        }
        let parent = self.objects.vmos.remove(id).and_then(|vmo| vmo.parent);
        if let Some(parent_id) = parent
            && let Some(parent) = self.objects.vmos.get_mut(parent_id)
        {
            parent.children -= 1;
            if parent.children == 0 {
                self.update_signals(parent_id, Signals::empty(), Signals::VMO_ZERO_CHILDREN);
            }
        }
    }
}
