//! The initial thread's stack (src/lib/process_builder,
//! zircon/system/ulib/elf-psabi/include/lib/elf-psabi/sp.h).

use crate::elf_parse::{Elf64Headers, ElfParseError, SegmentType};
use crate::page::page_end;
use crate::process_args::{Layout, MessageContents, ProcessargsError};
use zx_abi::{Arch, MAX_NAME_LEN, Status};

/// The stack of a static executable that does not ask for a size: 256 KiB.
pub const DEFAULT_STACK_SIZE: u64 = 256 << 10;

/// What the dynamic linker and the C library need until they switch stacks, in bytes: musl's
/// `PTHREAD_STACK_MIN`.
const STARTUP_STACK_USE: u64 = 3072;

/// Bytes in a `zx_handle_t`.
const HANDLE_SIZE: u32 = 4;

/// Why there can be no such stack. Upstream panics where `ElfParse` and `ProcessArgs` do not
/// apply.
#[derive(
    Clone, Debug, PartialEq, Eq, strum::IntoStaticStr, strum::VariantNames, thiserror::Error,
)]
pub enum StackError {
    /// The headers do not say which size.
    #[error("Failed to parse ELF: {0}")]
    ElfParse(#[from] ElfParseError),
    /// The message that the stack is to hold cannot be built.
    #[error("{0}")]
    ProcessArgs(#[from] ProcessargsError),
    /// The size in whole pages does not fit in 64 bits.
    #[error("Stack size {size:#x} is too large")]
    SizeOverflow {
        /// The size asked for, in bytes.
        size: u64,
    },
    /// The VMO's name does not fit: an explicit size of 2^52 bytes or more.
    #[error("Stack VMO name {name:?} is too long")]
    NameTooLong {
        /// The name.
        name: String,
    },
    /// The stack's end does not fit in 64 bits, or there is no room for a word in it.
    #[error("Overflow in stack pointer calculation: base {base:#x}, size {size:#x}")]
    PointerOverflow {
        /// The stack's lowest address.
        base: u64,
        /// The stack's size in bytes.
        size: u64,
    },
}

impl StackError {
    /// The status: that of a wrapped error; `OUT_OF_RANGE` for an overflow, `INVALID_ARGS` for a
    /// name.
    pub const fn as_zx_status(&self) -> Status {
        match self {
            Self::ElfParse(error) => error.as_zx_status(),
            Self::ProcessArgs(error) => error.as_zx_status(),
            Self::NameTooLong { .. } => Status::INVALID_ARGS,
            Self::SizeOverflow { .. } | Self::PointerOverflow { .. } => Status::OUT_OF_RANGE,
        }
    }
}

/// The size of an initial stack and the name of its VMO.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitialStack {
    size: u64,
    name: String,
}

impl InitialStack {
    /// The stack of a dynamic executable: the linker uses it to read the main message, whose
    /// contents are complete but for the stack's own handle.
    ///
    /// # Errors
    ///
    /// [`StackError::ProcessArgs`]: the limits of the message already count here.
    pub fn for_dynamic<H>(contents: &MessageContents<H>) -> Result<Self, StackError> {
        let size = calculate_initial_linker_stack_size(contents, 1)?;
        Self::new("msg of", size)
    }

    /// The stack of a static executable: what PT_GNU_STACK asks for, or
    /// [`DEFAULT_STACK_SIZE`] if it asks for nothing.
    ///
    /// # Errors
    ///
    /// [`StackError::ElfParse`] if there are two PT_GNU_STACK, [`StackError::SizeOverflow`],
    /// [`StackError::NameTooLong`].
    pub fn for_static(headers: &Elf64Headers) -> Result<Self, StackError> {
        let header = headers.program_header_with_type(SegmentType::GnuStack)?;
        match header.map(|header| header.memsz).filter(|size| *size > 0) {
            Some(size) => Self::new("explicit", whole_pages(size)?),
            None => Self::new("default", DEFAULT_STACK_SIZE),
        }
    }

    /// The same stack, but of at least `min_size` bytes. The name keeps its number.
    ///
    /// # Errors
    ///
    /// [`StackError::SizeOverflow`]
    pub fn with_min_size(self, min_size: u64) -> Result<Self, StackError> {
        let size = if self.size < min_size { whole_pages(min_size)? } else { self.size };
        Ok(Self { size, ..self })
    }

    /// Bytes in the stack: whole pages.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The name of its VMO: at most 31 bytes.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn new(kind: &str, size: u64) -> Result<Self, StackError> {
        let name = format!("stack: {kind} {size:#x}");
        if name.len() >= MAX_NAME_LEN {
            return Err(StackError::NameTooLong { name });
        }
        Ok(Self { size, name })
    }
}

/// The size in bytes of a stack on which the dynamic linker can read a message with these
/// contents and `extra_handles` more: whole pages, with room for its startup code.
///
/// # Errors
///
/// [`StackError::ProcessArgs`] if the message cannot be built.
pub fn calculate_initial_linker_stack_size<H>(
    contents: &MessageContents<H>,
    extra_handles: usize,
) -> Result<u64, StackError> {
    let layout = Layout::new(contents, extra_handles)?;
    whole_pages(u64::from(layout.size + layout.handles * HANDLE_SIZE) + STARTUP_STACK_USE)
}

/// The stack pointer with which a thread starts whose stack has `size` bytes from `base` on.
///
/// Aligned to 16 bytes; on x86-64 8 less, as if a return address had been pushed.
///
/// # Errors
///
/// [`StackError::PointerOverflow`]
pub fn compute_initial_stack_pointer(base: u64, size: u64, arch: Arch) -> Result<u64, StackError> {
    let overflow = StackError::PointerOverflow { base, size };
    let Some(end) = base.checked_add(size) else { return Err(overflow) };
    let aligned = end & !15;
    match arch {
        Arch::X86_64 => aligned.checked_sub(8).ok_or(overflow),
        Arch::Aarch64 | Arch::Riscv64 => Ok(aligned),
    }
}

fn whole_pages(size: u64) -> Result<u64, StackError> {
    page_end(size).ok_or(StackError::SizeOverflow { size })
}
