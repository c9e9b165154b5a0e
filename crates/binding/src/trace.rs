//! Trace records, packed. `lib/trace.ts` reads them.

use kernel_sim::{TraceEvent, TraceRecord};

use crate::wire::Writer;

/// Appends one record: its time, its kind's number, its fields.
pub fn pack(record: &TraceRecord, out: &mut Writer) {
    out.i64(record.time);
    match &record.event {
        TraceEvent::SyscallEnter { process, thread, number, syscall, args } => {
            out.u8(0).u64(*process).u64(*thread).u64(*number);
            out.bytes(syscall.map_or("", |syscall| syscall.info().name).as_bytes());
            for arg in args {
                out.u64(*arg);
            }
        }
        TraceEvent::SyscallExit { process, thread, value } => {
            out.u8(1).u64(*process).u64(*thread).u64(*value);
        }
        TraceEvent::SyscallNotImplemented { process, thread, syscall } => {
            out.u8(2).u64(*process).u64(*thread).bytes(syscall.info().name.as_bytes());
        }
        TraceEvent::Map { process, base, len, permissions, vmo } => {
            out.u8(3).u64(*process).u64(*base).u64(*len).u32(*permissions).u64(*vmo);
        }
        TraceEvent::Unmap { process, base, len } => {
            out.u8(4).u64(*process).u64(*base).u64(*len);
        }
        TraceEvent::Protect { process, base, len, permissions } => {
            out.u8(5).u64(*process).u64(*base).u64(*len).u32(*permissions);
        }
        TraceEvent::Message { channel, bytes, handles } => {
            out.u8(6).u64(*channel).bytes(bytes).u32(handles.len() as u32);
            for handle in handles {
                out.u64(*handle);
            }
        }
        TraceEvent::Signal { object, object_type, before, after } => {
            out.u8(7).u64(*object).u32(*object_type as u32).u32(*before).u32(*after);
        }
        TraceEvent::ProcessStart { process, thread, entry, stack } => {
            out.u8(8).u64(*process).u64(*thread).u64(*entry).u64(*stack);
        }
        TraceEvent::Exception { process, thread, kind, pc, fault_address } => {
            out.u8(9).u64(*process).u64(*thread).u32(*kind).u64(*pc).u64(*fault_address);
        }
        TraceEvent::ProcessExit { process, return_code } => {
            out.u8(10).u64(*process).i64(*return_code);
        }
    }
}
