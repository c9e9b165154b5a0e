//! IOBuffers (zircon/kernel/object/io_buffer_dispatcher.cc).

use zx_abi::{IobRegion, Result, Rights, Signals};

use super::{Header, IobId, IobSharedRegionId, Key, Peered, VmoId, object, rights};
use crate::account::AccountId;
use crate::state::State;
use crate::{Koid, Name};

/// One end of an IOBuffer.
#[derive(Debug)]
pub(crate) struct Iob {
    pub header: Header,
    pub peer: Option<IobId>,
    /// That of its regions' VMOs.
    pub name: Name,
    /// Its regions, as this end sees them.
    pub regions: Vec<Region>,
}

/// A region, as one end sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Region {
    /// What it was made from.
    pub told: IobRegion,
    /// What this end maps of it: the end lasts as long as its mappings.
    pub vmo: VmoId,
    /// The koid of its memory.
    pub koid: Koid,
    pub shared: Option<IobSharedRegionId>,
}

/// Memory that regions of several IOBuffers show.
#[derive(Debug)]
pub(crate) struct IobSharedRegion {
    pub header: Header,
    pub vmo: VmoId,
}

object!(
    Iob,
    rights(&[
        Rights::BASIC,
        Rights::IO,
        Rights::PROPERTY,
        Rights::MAP,
        Rights::SIGNAL,
        Rights::SIGNAL_PEER,
    ])
);
object!(IobSharedRegion, rights(&[Rights::BASIC, Rights::PROPERTY, Rights::SIGNAL]));

impl Peered for IobId {
    const LOST_WITH_PEER: Signals = Signals::empty();

    fn peer(end: &Iob) -> Option<Self> {
        end.peer
    }

    fn peer_mut(end: &mut Iob) -> &mut Option<Self> {
        &mut end.peer
    }

    fn closed(end: Iob, state: &mut State) {
        for region in end.regions {
            state.let_vmo_go(region.vmo);
        }
    }
}

impl State {
    /// Both ends of an IOBuffer without regions.
    ///
    /// # Errors
    /// NO_MEMORY at a limit.
    pub fn new_iob(&mut self, account: AccountId) -> Result<(IobId, IobId)> {
        let regions = Vec::new();
        self.new_pair(account, Signals::empty(), |header| Iob {
            header,
            peer: None,
            name: Name::default(),
            regions: regions.clone(),
        })
    }

    /// Gives both ends a region over a VMO, which is let go if that fails.
    ///
    /// # Errors
    /// NO_MEMORY at a limit.
    pub fn add_iob_region(
        &mut self,
        account: AccountId,
        ends: [(IobId, IobRegion); 2],
        vmo: VmoId,
        shared: Option<IobSharedRegionId>,
    ) -> Result {
        let koid = self.objects.koid(vmo);
        for (end, told) in ends {
            let view = self.new_reference_vmo(account, vmo)?;
            self.hold_vmo(view);
            if let Some(vmo) = self.objects.vmos.get_mut(view) {
                vmo.iob = Some(end);
            }
            self.objects.get_mut(end)?.regions.push(Region { told, vmo: view, koid, shared });
        }
        Ok(())
    }

    /// The last handle of an end is gone, or one of its mappings: its peer learns of that once all
    /// are.
    pub fn iob_on_zero_handles(&mut self, id: IobId) {
        let Some(end) = self.objects.iobs.get(id) else { return };
        self.meter.count(1 + end.regions.len());
        let mapped =
            |region: &Region| self.objects.vmos.get(region.vmo).is_some_and(|vmo| vmo.mappings > 0);
        if end.header.handles == 0 && !end.regions.iter().any(mapped) {
            self.close_end(id);
        }
    }

    /// # Errors
    /// NO_MEMORY at a limit.
    pub fn new_iob_shared_region(
        &mut self,
        account: AccountId,
        vmo: VmoId,
    ) -> Result<IobSharedRegionId> {
        let header = self.objects.new_header(account, 0, Signals::empty())?;
        self.hold_vmo(vmo);
        Ok(self.objects.iob_shared_regions.insert(IobSharedRegion { header, vmo }))
    }

    pub fn iob_shared_region_on_zero_handles(&mut self, id: IobSharedRegionId) {
        if let Some(region) = id.remove(&mut self.objects) {
            self.let_vmo_go(region.vmo);
        }
    }
}
