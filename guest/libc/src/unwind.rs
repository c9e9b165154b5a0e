//! `_Unwind_*`, which the crate `unwinding` exports. It learns here where images have the tables of
//! their frames.

use unwinding::custom_eh_frame_finder::{
    EhFrameFinder, FrameInfo, FrameInfoKind, set_custom_eh_frame_finder,
};

use crate::dl::{self, PT_GNU_EH_FRAME, PT_LOAD};

struct Images;

// SAFETY: the addresses are those of an image that contains the program counter, which stays.
unsafe impl EhFrameFinder for Images {
    fn find(&self, pc: usize) -> Option<FrameInfo> {
        dl::find_image(|image| {
            let address = |vaddr: u64| image.bias.wrapping_add(vaddr) as usize;
            let text = image.headers().iter().find(|header| {
                header.kind == PT_LOAD
                    && pc.wrapping_sub(address(header.vaddr)) < header.memsz as usize
            })?;
            let frames = image.headers().iter().find(|header| header.kind == PT_GNU_EH_FRAME)?;
            Some(FrameInfo {
                text_base: Some(address(text.vaddr)),
                kind: FrameInfoKind::EhFrameHdr(address(frames.vaddr)),
            })
        })
    }
}

/// Makes frames findable, once in the life of a process.
pub fn initialize() {
    // Only a second time fails.
    let _ = set_custom_eh_frame_finder(&Images);
}
