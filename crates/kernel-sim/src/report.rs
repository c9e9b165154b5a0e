//! What the kernel tells about processes: address spaces and crashes.

use std::fmt;

use zx_abi::{VmOptions, exception_name};

use crate::object::{MappedRange, Vmar, Vmo};
use crate::{ExceptionReport, Koid, Name};

/// One line of an address space: a VMAR or a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingInfo {
    /// Nesting, 0 for the root VMAR.
    pub depth: u32,
    /// The first address.
    pub base: u64,
    /// Bytes.
    pub len: u64,
    /// What is there.
    pub kind: MappingKind,
}

/// What an address range is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MappingKind {
    /// A VMAR.
    Vmar {
        /// Its koid.
        koid: Koid,
        /// The `CAN_MAP_*` bits.
        can_map: VmOptions,
    },
    /// A mapping.
    Mapping {
        /// The VMO's koid.
        vmo: Koid,
        /// The VMO's name.
        name: Name,
        /// Where in the VMO it begins.
        vmo_offset: u64,
        /// The `PERM_*` bits.
        permissions: VmOptions,
    },
}

impl MappingInfo {
    pub(crate) fn vmar(depth: u32, base: u64, len: u64, vmar: &Vmar) -> Self {
        let kind = MappingKind::Vmar { koid: vmar.header.koid, can_map: vmar.can_map };
        Self { depth, base, len, kind }
    }

    pub(crate) fn mapping(depth: u32, base: u64, mapping: &MappedRange, vmo: Option<&Vmo>) -> Self {
        let kind = MappingKind::Mapping {
            vmo: vmo.map_or(0, |vmo| vmo.header.koid),
            name: vmo.map_or_else(Name::default, |vmo| vmo.name),
            vmo_offset: mapping.vmo_offset,
            permissions: mapping.permissions,
        };
        Self { depth, base, len: mapping.len, kind }
    }
}

/// What is left of a process that died of an exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrashReport {
    /// The process.
    pub process: Koid,
    /// Its name.
    pub process_name: Name,
    /// The thread that raised the exception.
    pub thread: Koid,
    /// Its name.
    pub thread_name: Name,
    /// The exception, with the thread's registers.
    pub exception: ExceptionReport,
    /// The address space when it came to its end.
    pub mappings: Vec<MappingInfo>,
}

impl fmt::Display for CrashReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exception = &self.exception;
        write!(
            f,
            "{} in {}/{} at pc {:#x}",
            exception_name(exception.kind),
            self.process_name,
            self.thread_name,
            exception.registers.pc()
        )?;
        if exception.kind == zx_abi::EXCP_FATAL_PAGE_FAULT {
            write!(f, ", address {:#x}", exception.fault_address)?;
            if exception.synth_code == zx_abi::Status::NO_MEMORY.into_raw() as u32 {
                f.write_str(": no memory is left for it")?;
            }
        }
        Ok(())
    }
}
