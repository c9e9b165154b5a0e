//! How an image relocates itself, before it can use a pointer of its own.

const DT_NULL: u64 = 0;
const DT_RELA: u64 = 7;
const DT_RELASZ: u64 = 8;
const R_X86_64_RELATIVE: u64 = 8;

/// An entry of the dynamic section.
#[repr(C)]
pub struct Dyn {
    tag: u64,
    value: u64,
}

#[repr(C)]
struct Rela {
    offset: u64,
    info: u64,
    addend: u64,
}

/// Applies the image's relative relocations, and says whether it has no others. The image is
/// linked at 0, so its base is its bias.
///
/// # Safety
/// Called once, before anything that needs a relocated pointer, with the image's base and its
/// dynamic section. The relocations are in writable memory.
#[must_use]
#[inline]
pub unsafe fn relative(base: *mut u8, dynamic: *const Dyn) -> bool {
    let mut table = 0;
    let mut size = 0;
    let mut entry = dynamic;
    // SAFETY: the dynamic section ends with DT_NULL.
    while let Dyn { tag, value } = unsafe { entry.read() }
        && tag != DT_NULL
    {
        if tag == DT_RELA {
            table = value as usize;
        } else if tag == DT_RELASZ {
            size = value as usize;
        }
        // SAFETY: DT_NULL is still ahead.
        entry = unsafe { entry.add(1) };
    }
    let mut all = true;
    for index in 0..size / size_of::<Rela>() {
        // SAFETY: DT_RELA and DT_RELASZ describe a table inside the image.
        let rela = unsafe { base.add(table).cast::<Rela>().add(index).read() };
        if rela.info != R_X86_64_RELATIVE {
            all = false;
            continue;
        }
        // SAFETY: the caller's promise.
        unsafe {
            let place = base.add(rela.offset as usize).cast::<u64>();
            place.write_unaligned((base as u64).wrapping_add(rela.addend));
        }
    }
    all
}
