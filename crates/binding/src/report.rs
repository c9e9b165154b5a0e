//! Address spaces and crash reports, packed. `lib/zx/report.ts` reads them.

use kernel_sim::{CrashReport, MappingInfo, MappingKind};
use zx_abi::exception_name;

use crate::wire::Writer;

/// Packs an address space: per line its depth, base, length and kind's number, then the kind.
pub fn pack_maps(maps: &[MappingInfo], out: &mut Writer) {
    out.u32(maps.len() as u32);
    for line in maps {
        out.u32(line.depth).u64(line.base).u64(line.len);
        match &line.kind {
            MappingKind::Vmar { koid, can_map } => {
                out.u8(0).u64(*koid).u32(can_map.bits());
            }
            MappingKind::Mapping { vmo, name, vmo_offset, permissions } => {
                out.u8(1).u64(*vmo).bytes(name.as_bytes()).u64(*vmo_offset);
                out.u32(permissions.bits());
            }
        }
    }
}

/// Packs a crash report.
pub fn pack_crash(report: &CrashReport, out: &mut Writer) {
    out.bytes(report.to_string().as_bytes());
    out.u64(report.process).bytes(report.process_name.as_bytes());
    out.u64(report.thread).bytes(report.thread_name.as_bytes());
    let exception = &report.exception;
    out.u32(exception.kind).bytes(exception_name(exception.kind).as_bytes());
    out.u64(exception.vector).u64(exception.error_code).u64(exception.fault_address);
    out.u32(exception.synth_code).u32(exception.synth_data);
    for register in exception.registers.words() {
        out.u64(register);
    }
    pack_maps(&report.mappings, out);
}
