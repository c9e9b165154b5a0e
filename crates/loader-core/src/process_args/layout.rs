//! Where things go in a message, known before the first byte is written.

use super::contents::MessageContents;
use super::error::ProcessargsError;
use zerocopy::little_endian::U32;
use zx_abi::{
    CHANNEL_MAX_MSG_BYTES, CHANNEL_MAX_MSG_HANDLES, PROCARGS_PROTOCOL, PROCARGS_VERSION, ProcArgs,
};

/// Bytes in the header.
pub(super) const HEADER_SIZE: usize = size_of::<ProcArgs>();
/// Bytes per handle info.
pub(super) const INFO_SIZE: usize = size_of::<u32>();

/// How many strings a section holds, and in how many bytes.
#[derive(Clone, Copy)]
struct Section {
    strings: usize,
    bytes: usize,
}

impl From<&super::CStringList> for Section {
    fn from(list: &super::CStringList) -> Self {
        Self { strings: list.len(), bytes: list.packed().len() }
    }
}

/// A message's header and size.
pub(crate) struct Layout {
    /// The header.
    pub header: ProcArgs,
    /// Bytes in the message, at most [`CHANNEL_MAX_MSG_BYTES`].
    pub size: u32,
    /// Handles with the message, at most [`CHANNEL_MAX_MSG_HANDLES`].
    pub handles: u32,
}

impl Layout {
    /// The layout of a message with these contents and `extra_handles` more.
    pub(crate) fn new<H>(
        contents: &MessageContents<H>,
        extra_handles: usize,
    ) -> Result<Self, ProcessargsError> {
        Self::of_sections(
            contents.handles.len().saturating_add(extra_handles),
            (&contents.args).into(),
            (&contents.environment_vars).into(),
            (&contents.namespace_paths).into(),
        )
    }

    fn of_sections(
        handles: usize,
        args: Section,
        environ: Section,
        names: Section,
    ) -> Result<Self, ProcessargsError> {
        let handles = u32::try_from(handles)
            .ok()
            .filter(|handles| *handles <= CHANNEL_MAX_MSG_HANDLES)
            .ok_or(ProcessargsError::TooManyHandles(handles))?;
        let handle_info_off = HEADER_SIZE as u32;
        let args_off = handle_info_off + handles * INFO_SIZE as u32;
        let environ_off = u32::try_from(args_off as u64 + args.bytes as u64)?;
        let names_off = u32::try_from(environ_off as u64 + environ.bytes as u64)?;
        let size = names_off as u64 + names.bytes as u64;
        let header = ProcArgs {
            protocol: U32::new(PROCARGS_PROTOCOL),
            version: U32::new(PROCARGS_VERSION),
            handle_info_off: U32::new(handle_info_off),
            args_off: U32::new(args_off),
            args_num: U32::new(args.strings.try_into()?),
            environ_off: U32::new(environ_off),
            environ_num: U32::new(environ.strings.try_into()?),
            names_off: U32::new(names_off),
            names_num: U32::new(names.strings.try_into()?),
        };
        let size = u32::try_from(size)
            .ok()
            .filter(|size| *size <= CHANNEL_MAX_MSG_BYTES)
            .ok_or(ProcessargsError::SizeTooLarge(size))?;
        Ok(Self { header, size, handles })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: Section = Section { strings: 0, bytes: 0 };

    /// One string of `bytes` bytes with its NUL.
    const fn one(bytes: usize) -> Section {
        Section { strings: 1, bytes }
    }

    fn error_of(
        handles: usize,
        args: Section,
        environ: Section,
        names: Section,
    ) -> ProcessargsError {
        Layout::of_sections(handles, args, environ, names).err().expect("an error")
    }

    #[test]
    fn too_many_handles_come_before_a_size_too_large() {
        let huge = one(1 << 40);
        assert_eq!(error_of(65, huge, EMPTY, EMPTY), ProcessargsError::TooManyHandles(65));
        assert_eq!(
            error_of(usize::MAX, EMPTY, EMPTY, EMPTY),
            ProcessargsError::TooManyHandles(usize::MAX)
        );
    }

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn an_offset_beyond_u32_comes_before_a_size_too_large() {
        const ROOM: usize = u32::MAX as usize - HEADER_SIZE;
        for (args, environ) in [(one(ROOM + 1), EMPTY), (one(ROOM), one(1))] {
            let error = error_of(0, args, environ, EMPTY);
            assert!(matches!(error, ProcessargsError::TryFromInt(_)), "{error:?}");
            assert_eq!(
                error.to_string(),
                "Value > u32 MAX when building processargs message: \
                 out of range integral type conversion attempted"
            );
        }
        assert_eq!(
            error_of(0, one(ROOM), EMPTY, EMPTY),
            ProcessargsError::SizeTooLarge(u64::from(u32::MAX))
        );
        // Namespace paths are not followed by an offset.
        assert_eq!(error_of(0, one(ROOM), EMPTY, one(1)), ProcessargsError::SizeTooLarge(1 << 32));
    }

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn a_count_beyond_u32_comes_before_a_size_too_large() {
        let names = Section { strings: 1 << 32, bytes: 1 << 32 };
        let error = error_of(0, EMPTY, EMPTY, names);
        assert!(matches!(error, ProcessargsError::TryFromInt(_)), "{error:?}");
    }
}
