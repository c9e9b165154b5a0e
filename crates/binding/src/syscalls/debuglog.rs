//! The debug log.

use napi::Result;
use napi::bindgen_prelude::Uint8ArraySlice;
use napi_derive::napi;

use super::Out;
use crate::kernel::NativeKernel;
use crate::wire::Writer;

#[napi]
impl NativeKernel {
    /// A handle that reads and writes the debug log.
    #[napi]
    pub fn debuglog(&self, context: f64) -> Result<f64> {
        self.number(context, |caller| caller.debuglog())
    }

    /// `zx_debuglog_write`
    #[napi]
    pub fn debuglog_write(
        &self,
        context: f64,
        log: u32,
        options: u32,
        data: Uint8ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| caller.debuglog_write(log, options, &data, 0))
    }

    /// How many bytes of `out` the next record takes: sequence, timestamp, process, thread,
    /// severity, data.
    #[napi]
    pub fn debuglog_read(&self, context: f64, log: u32, mut out: Uint8ArraySlice) -> Result<f64> {
        self.number(context, |caller| {
            let record = caller.debuglog_read(log, 0)?;
            let mut packed = Writer::default();
            packed.u64(record.sequence).i64(record.timestamp);
            packed.u64(record.process).u64(record.thread);
            packed.u8(record.severity).bytes(&record.data);
            let packed = packed.take();
            out.put(&packed)?;
            Ok(packed.len())
        })
    }
}
