//! Ends of waits, packed. `lib/native/completion.ts` reads them.

use kernel_sim::WaitResult;
use zx_abi::{HandleInfo, PortPacket, Signals, Status};

use crate::wire::Writer;

/// Appends one: token, status, observed signals, the kind of its result, the result.
pub fn pack(
    token: u64,
    status: Status,
    observed: Signals,
    result: Option<WaitResult>,
    out: &mut Writer,
) {
    out.f64(token as f64).i32(status.into_raw()).u32(observed.bits());
    match result {
        None => {
            out.u8(0);
        }
        Some(WaitResult::Items(items)) => {
            out.u8(1).u32(items.len() as u32);
            for signals in items {
                out.u32(signals.bits());
            }
        }
        Some(WaitResult::Packet(packet)) => {
            out.u8(2);
            pack_packet(&packet, out);
        }
        Some(WaitResult::Timestamp(timestamp)) => {
            out.u8(4).i64(timestamp);
        }
        Some(WaitResult::Reply { bytes, handles }) => {
            out.u8(3).bytes(&bytes).u32(handles.len() as u32);
            for HandleInfo { handle, object_type, rights, .. } in handles {
                out.u32(handle).u32(object_type).u32(rights);
            }
        }
    }
}

/// Packs a packet.
pub fn pack_packet(packet: &PortPacket, out: &mut Writer) {
    out.u64(packet.key).u32(packet.packet_type).i32(packet.status).bytes(&packet.payload);
}
