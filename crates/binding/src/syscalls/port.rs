//! Ports.

use kernel_sim::PortWait;
use napi::Result;
use napi::bindgen_prelude::{BigInt, Uint8ArraySlice};
use napi_derive::napi;
use zx_abi::{PACKET_USER, PortPacket, Status};

use super::{Out, WAIT_PENDING};
use crate::completion::pack_packet;
use crate::kernel::NativeKernel;
use crate::number::{signed, unsigned};
use crate::wire::Writer;

#[napi]
impl NativeKernel {
    /// `zx_port_create`
    #[napi]
    pub fn port_create(&self, context: f64, options: u32) -> Result<f64> {
        self.number(context, |caller| caller.port_create(options))
    }

    /// `zx_port_queue`: a packet of a user, with 32 bytes.
    #[napi]
    pub fn port_queue(
        &self,
        context: f64,
        port: u32,
        key: BigInt,
        status: i32,
        payload: Uint8ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let payload = (*payload).try_into().map_err(|_| Status::INVALID_ARGS)?;
            let key = unsigned(&key)?;
            caller.port_queue(port, PortPacket { key, packet_type: PACKET_USER, status, payload })
        })
    }

    /// How many bytes of `out` the packet takes; 2^32 if the wait goes on and its completion will
    /// come under `token`.
    #[napi]
    pub fn port_wait(
        &self,
        context: f64,
        port: u32,
        deadline: BigInt,
        token: f64,
        mut out: Uint8ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| {
            match caller.port_wait(port, signed(&deadline)?, token as u64)? {
                PortWait::Ready(packet) => {
                    let mut packed = Writer::default();
                    pack_packet(&packet, &mut packed);
                    let packed = packed.take();
                    out.put(&packed)?;
                    Ok(packed.len() as u64)
                }
                PortWait::Pending => Ok(WAIT_PENDING),
            }
        })
    }

    /// `zx_port_cancel`
    #[napi]
    pub fn port_cancel(&self, context: f64, port: u32, source: u32, key: BigInt) -> Result<f64> {
        self.number(context, |caller| caller.port_cancel(port, source, unsigned(&key)?))
    }

    /// `zx_port_cancel_key`
    #[napi]
    pub fn port_cancel_key(&self, context: f64, port: u32, key: BigInt) -> Result<f64> {
        self.number(context, |caller| caller.port_cancel_key(port, 0, unsigned(&key)?))
    }
}
