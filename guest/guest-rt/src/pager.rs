//! Pagers, and the ports that tell what they are asked for.

use zerocopy::{FromBytes, FromZeros};
use zx_abi::{PacketPageRequest, PagerOp, PortPacket, Result, Status, VmoOptions};

use crate::{Handle, Owned, syscalls};

/// Creates a pager.
///
/// # Errors
/// NO_MEMORY, ACCESS_DENIED (job policy).
pub fn create() -> Result<Owned> {
    let mut pager = 0;
    // SAFETY: `pager` is valid for the write.
    Status::ok(unsafe { syscalls::pager_create(0, &mut pager) })?;
    Ok(Owned::new(Handle::from_raw(pager)))
}

/// Creates a port.
///
/// # Errors
/// NO_MEMORY, ACCESS_DENIED (job policy).
pub fn create_port() -> Result<Owned> {
    let mut port = 0;
    // SAFETY: `port` is valid for the write.
    Status::ok(unsafe { syscalls::port_create(0, &mut port) })?;
    Ok(Owned::new(Handle::from_raw(port)))
}

/// Creates a VMO whose pages this pager supplies.
///
/// # Errors
/// As `zx_pager_create_vmo`.
pub fn create_vmo(
    pager: Handle,
    options: VmoOptions,
    (port, key): (Handle, u64),
    size: u64,
) -> Result<Owned> {
    let mut vmo = 0;
    // SAFETY: `vmo` is valid for the write.
    Status::ok(unsafe {
        syscalls::pager_create_vmo(
            pager.into_raw(),
            options.bits(),
            port.into_raw(),
            key,
            size as usize,
            &mut vmo,
        )
    })?;
    Ok(Owned::new(Handle::from_raw(vmo)))
}

/// Waits for the next request.
///
/// # Errors
/// As `zx_port_wait`.
pub fn next_request(port: Handle, deadline: i64) -> Result<PacketPageRequest> {
    let mut packet = PortPacket::new_zeroed();
    // SAFETY: `packet` is valid for the write.
    Status::ok(unsafe { syscalls::port_wait(port.into_raw(), deadline, &mut packet) })?;
    PacketPageRequest::read_from_bytes(&packet.payload).map_err(|_| Status::INTERNAL)
}

/// Moves pages from the start of another VMO to a pager's.
///
/// # Errors
/// As `zx_pager_supply_pages`.
pub fn supply(pager: Handle, vmo: Handle, offset: u64, length: u64, aux: Handle) -> Result {
    // SAFETY: no pointer is passed.
    Status::ok(unsafe {
        syscalls::pager_supply_pages(
            pager.into_raw(),
            vmo.into_raw(),
            offset,
            length as usize,
            aux.into_raw(),
            0,
        )
    })
}

/// Does something to a range of a pager's VMO.
///
/// # Errors
/// As `zx_pager_op_range`.
pub fn op_range(
    pager: Handle,
    op: PagerOp,
    vmo: Handle,
    (offset, length): (u64, u64),
    data: u64,
) -> Result {
    // SAFETY: no pointer is passed.
    Status::ok(unsafe {
        syscalls::pager_op_range(
            pager.into_raw(),
            op as u32,
            vmo.into_raw(),
            offset,
            length as usize,
            data,
        )
    })
}
