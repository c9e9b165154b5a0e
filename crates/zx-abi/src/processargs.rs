//! The header of the bootstrap message (zircon/processargs.h).

use zerocopy::little_endian::U32;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// `ZX_PROCARGS_PROTOCOL`
pub const PROCARGS_PROTOCOL: u32 = 0x4150_585d;
/// `ZX_PROCARGS_VERSION`
pub const PROCARGS_VERSION: u32 = 0x0000_1000;

/// `zx_proc_args_t`: offsets are in bytes from the start of the message.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned,
)]
#[repr(C)]
pub struct ProcArgs {
    /// [`PROCARGS_PROTOCOL`]
    pub protocol: U32,
    /// [`PROCARGS_VERSION`]
    pub version: U32,
    /// Where the array of handle infos begins.
    pub handle_info_off: U32,
    /// Where the arguments begin.
    pub args_off: U32,
    /// How many arguments there are.
    pub args_num: U32,
    /// Where the environment begins.
    pub environ_off: U32,
    /// How many environment strings there are.
    pub environ_num: U32,
    /// Where the namespace paths begin.
    pub names_off: U32,
    /// How many namespace paths there are.
    pub names_num: U32,
}
