//! Options of mappings, and what VMOs hold and tell.

use kernel_sim::Caller;
use zx_abi::{INFO_VMO_V4, InfoVmoV4, PAGE_SIZE, VmOptions};

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
