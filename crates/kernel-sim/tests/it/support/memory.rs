//! Options of mappings, and what VMOs hold and tell.

use std::any::Any;
use std::ops::Range;
use std::sync::Arc;

use kernel_sim::{Caller, Image, Memory};
use zx_abi::{INFO_VMO_V4, InfoVmoV4, PAGE_SIZE, Result, Status, VmOptions};

use super::info;

pub const PAGE: u64 = PAGE_SIZE;

pub const READ: u32 = VmOptions::PERM_READ.bits();
pub const WRITE: u32 = VmOptions::PERM_WRITE.bits();
pub const SPECIFIC: u32 = VmOptions::SPECIFIC.bits();

/// All that the newest topic tells of a VMO.
pub fn vmo_info(c: &mut Caller<'_>, vmo: u32) -> InfoVmoV4 {
    info(c, vmo, INFO_VMO_V4).unwrap()
}

/// A range of a VMO.
pub fn bytes(c: &mut Caller<'_>, vmo: u32, offset: u64, len: u64) -> Vec<u8> {
    let mut buffer = vec![0xaa; len as usize];
    c.vmo_read(vmo, offset, &mut buffer).unwrap();
    buffer
}

/// Memory that shows an image, and never changes.
#[derive(Debug)]
pub struct FixedMemory(pub Arc<Image>);

impl Memory for FixedMemory {
    fn size(&self) -> u64 {
        self.0.size().next_multiple_of(PAGE)
    }

    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result {
        self.0.pages().read(offset, buffer);
        Ok(())
    }

    fn write(&self, _: u64, _: &[u8]) -> Result {
        Err(Status::ACCESS_DENIED)
    }

    fn zero(&self, _: u64, _: u64) -> Result {
        Err(Status::ACCESS_DENIED)
    }

    fn resize(&self, _: u64) -> Result {
        Err(Status::ACCESS_DENIED)
    }

    fn copy_to(&self, range: Range<u64>, to: &dyn Memory, at: u64) -> Result {
        let copied = self.0.pages().share(range.start, range.end - range.start);
        copied.iter().try_for_each(|(offset, page)| to.write(at + offset, page))
    }

    fn is_fixed(&self) -> bool {
        true
    }

    fn give_back(&mut self, pages: usize) -> bool {
        Arc::get_mut(&mut self.0).is_some_and(|image| image.give_back(pages))
    }

    fn committed(&self) -> u64 {
        self.0.pages().committed()
    }

    fn next_committed(&self, offset: u64) -> Option<Range<u64>> {
        self.0.pages().next_committed(offset)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
