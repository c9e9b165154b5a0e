//! Limits and fixed values (zircon/limits.h, zircon/types.h).

/// Bytes in a page.
pub const PAGE_SIZE: u64 = 4096;
/// Bytes of a VMO, at most: the offsets less two nodes of Zircon's lists of pages
/// (zircon/kernel/vm/include/vm/vm_object_paged.h).
pub const VMO_MAX_SIZE: u64 = 0_u64.wrapping_sub(2 * 16 * PAGE_SIZE);
/// Bytes in a channel message, at most.
pub const CHANNEL_MAX_MSG_BYTES: u32 = 65536;
/// Handles in a channel message, at most.
pub const CHANNEL_MAX_MSG_HANDLES: u32 = 64;
/// Bytes in an object's name with its NUL, at most.
pub const MAX_NAME_LEN: usize = 32;
/// Items in one `zx_object_wait_many`, at most.
pub const WAIT_MANY_MAX_ITEMS: usize = 64;
/// `ZX_HANDLE_INVALID`: no handle.
pub const HANDLE_INVALID: u32 = 0;
/// Bits that every valid handle value has set.
pub const HANDLE_FIXED_BITS_MASK: u32 = 0x3;
/// `ZX_KOID_INVALID`: no object.
pub const KOID_INVALID: u64 = 0;
/// The first koid of an object; those below are reserved.
pub const KOID_FIRST: u64 = 1024;
/// Levels of jobs below the root job.
pub const JOB_MAX_HEIGHT: u32 = 32;
/// VMARs below a root VMAR, one in the other, at most. Zircon has no such limit; without one a look-up
/// of an address could take any time.
pub const VMAR_MAX_DEPTH: u32 = 64;
/// Live handles in the system, at most (zircon/kernel/object/handle.cc).
pub const MAX_HANDLE_COUNT: usize = 1 << 18;
/// Messages waiting at one channel endpoint before the writer gets a policy exception.
pub const CHANNEL_MAX_PENDING: usize = 3500;
/// Bytes that a socket buffers in each direction: 128 blocks just under 2 KiB.
pub const SOCKET_CAPACITY: usize = 256 * 1024;
/// Bytes of elements that a fifo holds in each direction, at most.
pub const FIFO_MAX_BYTES: usize = 4096;
/// Bytes of one `zx_cprng_draw_once`, at most.
pub const CPRNG_DRAW_MAX_LEN: u64 = 256;
/// Bytes of one `zx_cprng_add_entropy`, at most.
pub const CPRNG_ADD_ENTROPY_MAX_LEN: u64 = 256;
/// Bytes that one `zx_debug_write` takes, at most.
pub const DEBUG_WRITE_MAX_LEN: u64 = 256;
