//! Pagers: pages that somebody supplies when they are needed.

mod calls;
mod clone;
mod dirty;
mod fault;
mod guest;
mod meanwhile;
mod missing;
mod model;
mod request;
mod vectors;
mod work;

use kernel_sim::PortWait;
use zerocopy::FromBytes;
use zx_abi::{
    PACKET_PAGE_REQUEST, PAGER_VMO_COMPLETE, PAGER_VMO_DIRTY, PAGER_VMO_READ, PacketPageRequest,
    Result, TIME_INFINITE,
};

use crate::support::{PAGE, World};

/// The key of the packets.
const KEY: u64 = 0x1234;

/// A pager of the host's, its port, and a VMO of it.
struct Paged<'a> {
    world: &'a World,
    pager: u32,
    port: u32,
    vmo: u32,
}

/// What a packet asks for, in pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Read(u64, u64),
    Dirty(u64, u64),
    Complete,
}

impl<'a> Paged<'a> {
    fn new(world: &'a World, pages: u64) -> Self {
        Self::with_options(world, pages, 0)
    }

    fn with_options(world: &'a World, pages: u64, options: u32) -> Self {
        let (pager, port) = world.host(|c| (c.pager_create(0), c.port_create(0)));
        let (pager, port) = (pager.unwrap(), port.unwrap());
        let vmo = world.host(|c| c.pager_create_vmo(pager, options, port, KEY, pages * PAGE));
        Self { world, pager, port, vmo: vmo.unwrap() }
    }

    /// What the port tells next.
    fn asked(&self) -> Option<Asked> {
        let packet = match self.world.host(|c| c.port_wait(self.port, 0, 0)) {
            Ok(PortWait::Ready(packet)) => packet,
            _ => return None,
        };
        assert_eq!((packet.key, packet.packet_type, packet.status), (KEY, PACKET_PAGE_REQUEST, 0));
        let request = PacketPageRequest::read_from_bytes(&packet.payload).unwrap();
        assert_eq!((request.flags, request.reserved0, request.reserved1), (0, 0, 0));
        let pages = (request.offset / PAGE, request.length / PAGE);
        Some(match request.command {
            PAGER_VMO_READ => Asked::Read(pages.0, pages.1),
            PAGER_VMO_DIRTY => Asked::Dirty(pages.0, pages.1),
            PAGER_VMO_COMPLETE => Asked::Complete,
            other => panic!("{other}"),
        })
    }

    /// Supplies pages: all bytes of each are its number, and one more.
    fn supply(&self, first: u64, count: u64) {
        self.try_supply(first, count).unwrap();
    }

    fn try_supply(&self, first: u64, count: u64) -> Result {
        self.world.host(|c| {
            let aux = c.vmo_create(count * PAGE, 0).unwrap();
            for page in 0..count {
                let bytes = vec![(first + page + 1) as u8; PAGE as usize];
                c.vmo_write(aux, page * PAGE, &bytes).unwrap();
            }
            let range = (first * PAGE, count * PAGE);
            let supplied = c.pager_supply_pages(self.pager, self.vmo, range, aux, 0);
            c.handle_close(aux).unwrap();
            supplied
        })
    }

    /// The first byte of a page.
    fn byte(&self, page: u64) -> Result<u8> {
        self.byte_of(self.vmo, page)
    }

    fn byte_of(&self, vmo: u32, page: u64) -> Result<u8> {
        let mut byte = [0xaa];
        self.world.host(|c| c.vmo_read(vmo, page * PAGE, &mut byte)).map(|()| byte[0])
    }

    /// Has the host wait for pages. False if they are there.
    fn prefetch(&self, first: u64, count: u64, token: u64) -> Result<bool> {
        let range = (first * PAGE, count * PAGE);
        self.world.host(|c| c.vmo_prefetch(self.vmo, range, TIME_INFINITE, token))
    }

    fn op(&self, op: zx_abi::PagerOp, first: u64, count: u64, data: u64) -> Result {
        let range = (first * PAGE, count * PAGE);
        self.world.host(|c| c.pager_op_range(self.pager, op as u32, self.vmo, range, data))
    }

    fn fail(&self, first: u64, count: u64, status: zx_abi::Status) -> Result {
        let data = i64::from(status.into_raw()) as u64;
        self.op(zx_abi::PagerOp::Fail, first, count, data)
    }

    fn detach(&self) {
        self.world.host(|c| c.pager_detach_vmo(self.pager, self.vmo)).unwrap();
    }

    fn finish(self) {
        self.world.host(|c| c.handle_close_many(&[self.vmo, self.pager, self.port])).unwrap();
    }
}
