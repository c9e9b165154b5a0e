//! The kernel's own vDSO images.

use std::sync::{Arc, Mutex, PoisonError};

use vdso::{Constants, TimeValues};
use zx_abi::{Abi, Arch, PAGE_SIZE, Result};

use crate::machine::Machine;
use crate::object::{VdsoLayout, VmoId};
use crate::state::State;
use crate::{Image, Name, SparsePages};

/// `ZX_HAS_CPU_FEATURES`: `zx_system_get_features` knows the processor's kind.
const HAS_CPU_FEATURES: u32 = 1;

/// What `zx_system_get_version_string` says.
const VERSION: &str = concat!("zirconia ", env!("CARGO_PKG_VERSION"));

impl State {
    /// The stable vDSO of an ABI, with this kernel's constants.
    pub(super) fn vdso_vmo(&mut self, abi: Abi) -> Result<VmoId> {
        if let Some(id) = self.vdsos.get(&abi) {
            return Ok(*id);
        }
        let system = self.machine.system();
        let constants = Constants {
            max_num_cpus: system.num_cpus,
            features_cpu: HAS_CPU_FEATURES,
            dcache_line_size: system.dcache_line_size,
            icache_line_size: system.icache_line_size,
            page_size: PAGE_SIZE as u32,
            physmem: system.physmem,
            version: VERSION.to_owned(),
            ..Constants::default()
        };
        let time = TimeValues {
            ticks_per_second: self.rate.ticks_per_second,
            boot_ticks_offset: self.rate.offset,
            mono_ticks_offset: self.rate.offset,
            numerator: self.rate.numerator,
            denominator: self.rate.denominator,
            usermode_can_access_ticks: self.rate.user_readable,
        };
        let kept = kept((abi, self.target), constants, time, &*self.machine)?;
        let id = self.new_image_vmo(self.root_account(), &kept.image)?;
        if let Some(vmo) = self.objects.vmos.get_mut(id) {
            vmo.name = Name::truncated(b"vdso/stable");
            vmo.vdso = Some(kept.layout);
        }
        self.hold_vmo(id);
        self.vdsos.insert(abi, id);
        Ok(id)
    }
}

/// An image with constants.
#[derive(Debug)]
struct Kept {
    key: (Abi, Arch),
    constants: Constants,
    time: TimeValues,
    layout: VdsoLayout,
    image: Arc<Image>,
}

/// The last image of an ABI for a processor that had these constants, which most kernels of a process
/// share. Programs can only read it.
fn kept(
    key: (Abi, Arch),
    constants: Constants,
    time: TimeValues,
    machine: &dyn Machine,
) -> Result<Arc<Kept>> {
    static KEPT: Mutex<Vec<Arc<Kept>>> = Mutex::new(Vec::new());
    let mut all = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(kept) = all.iter().find(|kept| kept.key == key)
        && (&kept.constants, &kept.time) == (&constants, &time)
    {
        // Another machine may have made it, or this one had no room.
        machine.keep_image(&kept.image);
        return Ok(Arc::clone(kept));
    }
    let (abi, arch) = key;
    let plain = vdso::shared_image(abi, arch).map_err(|error| error.as_zx_status())?;
    let mut own = plain.clone();
    own.write_constants(&constants).map_err(|error| error.as_zx_status())?;
    own.write_time_values(&time);
    let size = own.bytes.len() as u64;
    let mut pages = SparsePages::default();
    pages.write(0, &own.bytes)?;
    let image = Arc::new(Image::new(size, pages)?);
    machine.keep_image(&image);
    let layout = VdsoLayout { abi, code_offset: own.code_offset, code_size: own.code_size };
    let kept = Arc::new(Kept { key, constants, time, layout, image });
    all.retain(|other| other.key != key);
    all.push(Arc::clone(&kept));
    Ok(kept)
}
