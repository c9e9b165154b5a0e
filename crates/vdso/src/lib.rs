//! The vDSO: the ELF image through which a process reaches the kernel.
//!
//! [`image`] writes a whole `libzircon.so` from the system call table: one read-only segment with
//! headers, symbols and data, and one executable segment with code, both of whole pages, with file
//! offsets equal to addresses. Nothing is relocated and nothing is writable. The structure follows
//! upstream's image (zircon/kernel/lib/userabi/vdso); the code is this project's own.
//!
//! On x86-64 every kernel entry is the seven bytes `mov eax, imm32; syscall`, and these bytes stand
//! nowhere else in the code, so that a machine can find each entry and put another number there. The
//! number says more than which call it is: see [`EntryWord`](zx_abi::EntryWord).
#![forbid(unsafe_code)]

mod aarch64;
mod asm;
mod body;
mod code;
mod data;
mod elf;
mod gnu_hash;
mod riscv64;
mod strings;
mod target;
mod x86_64;

use std::sync::{Mutex, PoisonError};

use thiserror::Error;
use zx_abi::{Abi, Arch, Status, Syscall};

pub use asm::SyscallSite;
pub use data::{Constants, MAX_VERSION_LEN, TimeValues};

use data::DataAddresses;
use elf::Layout;
use strings::StringTable;

/// Why there is no such image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum VdsoError {
    /// The generation ended before Zircon ran on the architecture.
    #[error("{abi:?} does not exist for {}", arch.name())]
    UnsupportedArch {
        /// The generation.
        abi: Abi,
        /// The architecture.
        arch: Arch,
    },
    /// The version string does not fit into the constants.
    #[error("a version string of {len} bytes is longer than {MAX_VERSION_LEN}")]
    VersionTooLong {
        /// Its length in bytes.
        len: usize,
    },
}

impl VdsoError {
    /// The status that a kernel would report.
    pub const fn as_zx_status(self) -> Status {
        match self {
            Self::UnsupportedArch { .. } => Status::NOT_SUPPORTED,
            Self::VersionTooLong { .. } => Status::INVALID_ARGS,
        }
    }
}

/// An exported function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VdsoFunction {
    /// Which one.
    pub call: Syscall,
    /// Where its code begins, from the start of the image.
    pub offset: u64,
    /// Bytes of code.
    pub size: u64,
}

/// A vDSO image. All offsets are from its start, in the file as in memory.
#[derive(Clone, Debug)]
pub struct VdsoImage {
    /// The generation whose names and numbers it has.
    pub abi: Abi,
    /// The architecture that its code is for.
    pub arch: Arch,
    /// The whole image: `code_offset + code_size` bytes.
    pub bytes: Vec<u8>,
    /// `e_entry`: the address of `zx_process_exit`.
    pub entry: u64,
    /// Where the executable segment begins; a whole number of pages.
    pub code_offset: u64,
    /// Bytes of the executable segment, padding included; a whole number of pages.
    pub code_size: u64,
    /// Where [`Constants`] stand, on a page of their own.
    pub constants_offset: u64,
    /// Where [`TimeValues`] stand, on a page of their own.
    pub time_values_offset: u64,
    /// The exported functions, in the order of their code.
    pub functions: Vec<VdsoFunction>,
    /// Every kernel entry, in the order of the code.
    pub syscall_sites: Vec<SyscallSite>,
}

impl VdsoImage {
    /// Fills in what the functions report about the system. A new image holds zeros.
    ///
    /// # Errors
    /// [`VdsoError::VersionTooLong`]; the image is then unchanged.
    pub fn write_constants(&mut self, constants: &Constants) -> Result<(), VdsoError> {
        self.write(self.constants_offset, &constants.to_bytes()?);
        Ok(())
    }

    /// Fills in how the counter relates to time. A new image holds zeros, which send every
    /// question about time to the kernel.
    pub fn write_time_values(&mut self, values: &TimeValues) {
        self.write(self.time_values_offset, &values.to_bytes());
    }

    /// The exported function of this call.
    pub fn function(&self, call: Syscall) -> Option<&VdsoFunction> {
        self.functions.iter().find(|function| function.call == call)
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) {
        let start = offset as usize;
        self.bytes[start..start + bytes.len()].copy_from_slice(bytes);
    }
}

/// Generates the vDSO of one ABI for one architecture. The same parameters give the same bytes.
///
/// # Errors
/// [`VdsoError::UnsupportedArch`]: the SDKs of 2020 and 2021 know no RISC-V.
pub fn image(abi: Abi, arch: Arch) -> Result<VdsoImage, VdsoError> {
    if arch == Arch::Riscv64 && abi != Abi::Newest {
        return Err(VdsoError::UnsupportedArch { abi, arch });
    }
    let exports: Vec<Syscall> = Syscall::exported(abi).collect();
    let statuses = StringTable::statuses();
    let exceptions = StringTable::exceptions();
    let layout = Layout::new(&exports, statuses.len() + exceptions.len());
    let data = DataAddresses {
        constants: layout.constants,
        time_values: layout.time_values,
        statuses: layout.strings,
        status_count: statuses.entry_count(),
        exceptions: layout.strings + statuses.len(),
        exception_count: exceptions.entry_count(),
    };
    let code = code::assemble(abi, arch, &exports, &data, layout.code);
    let rodata = [statuses.into_bytes(), exceptions.into_bytes()].concat();
    let entry = code
        .functions
        .iter()
        .find(|function| function.call == Syscall::ProcessExit)
        .map_or(0, |function| function.offset);
    Ok(VdsoImage {
        abi,
        arch,
        bytes: elf::write(arch, &layout, &rodata, &code, entry),
        entry,
        code_offset: layout.code,
        code_size: code.bytes.len() as u64,
        constants_offset: layout.constants,
        time_values_offset: layout.time_values,
        functions: code.functions,
        syscall_sites: code.syscall_sites,
    })
}

/// The same, generated once in this process: that takes longer than to start a program.
///
/// # Errors
/// As [`image`].
pub fn shared_image(abi: Abi, arch: Arch) -> Result<&'static VdsoImage, VdsoError> {
    static IMAGES: Mutex<Vec<&VdsoImage>> = Mutex::new(Vec::new());
    let mut images = IMAGES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = images.iter().find(|image| (image.abi, image.arch) == (abi, arch)) {
        return Ok(known);
    }
    // Once for each ABI and architecture at most.
    let image = Box::leak(Box::new(image(abi, arch)?));
    images.push(image);
    Ok(image)
}
