//! The data that the vDSO's code reads and the kernel fills in.
//!
//! Layouts are those of the newest ABI (`vdso-constants.h` in zircon/kernel/lib/userabi, `abi.h`
//! in zircon/kernel/lib/fasttime). They are private to an image and its kernel, so images of older
//! ABIs use them too.

use zx_abi::PAGE_SIZE;

use crate::VdsoError;

/// Bytes of a version string, at most. One NUL or more follows it.
pub const MAX_VERSION_LEN: usize = VERSION_ROOM - 1;
/// Room for the version string; `zx_system_get_version` copies all of it.
pub(crate) const VERSION_ROOM: usize = 64;

/// What the vDSO reports about the system. All zero by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Constants {
    /// `zx_system_get_num_cpus`.
    pub max_num_cpus: u32,
    /// `ZX_FEATURE_KIND_CPU`; without bit 0 the kind is not supported.
    pub features_cpu: u32,
    /// `ZX_FEATURE_KIND_HW_BREAKPOINT_COUNT`.
    pub hw_breakpoint_count: u32,
    /// `ZX_FEATURE_KIND_HW_WATCHPOINT_COUNT`.
    pub hw_watchpoint_count: u32,
    /// `ZX_FEATURE_KIND_ADDRESS_TAGGING`, newest ABI only.
    pub features_address_tagging: u32,
    /// `ZX_FEATURE_KIND_VM`, newest ABI only.
    pub features_vm: u32,
    /// Bytes of a data cache line, a power of two. With 0, `zx_cache_flush` is not supported.
    pub dcache_line_size: u32,
    /// Bytes of an instruction cache line, a power of two.
    pub icache_line_size: u32,
    /// Bytes of a page.
    pub page_size: u32,
    /// Bytes of memory.
    pub physmem: u64,
    /// `zx_system_get_version_string`: at most [`MAX_VERSION_LEN`] bytes.
    pub version: String,
}

pub(crate) const MAX_NUM_CPUS: u64 = 0;
/// Five `u32`, indexed by the kind of `zx_system_get_features`.
pub(crate) const FEATURES: u64 = 4;
pub(crate) const DCACHE_LINE_SIZE: u64 = 24;
pub(crate) const ICACHE_LINE_SIZE: u64 = 28;
pub(crate) const SYSTEM_PAGE_SIZE: u64 = 32;
pub(crate) const PHYSMEM: u64 = 40;
pub(crate) const VERSION_LEN: u64 = 48;
pub(crate) const VERSION: u64 = 56;
const CONSTANTS_SIZE: usize = VERSION as usize + VERSION_ROOM;

impl Constants {
    /// The bytes at [`VdsoImage::constants_offset`](super::VdsoImage::constants_offset).
    ///
    /// # Errors
    /// [`VdsoError::VersionTooLong`].
    pub fn to_bytes(&self) -> Result<[u8; CONSTANTS_SIZE], VdsoError> {
        let version = self.version.as_bytes();
        if version.len() > MAX_VERSION_LEN {
            return Err(VdsoError::VersionTooLong { len: version.len() });
        }
        let words = [
            self.max_num_cpus,
            self.features_cpu,
            self.hw_breakpoint_count,
            self.hw_watchpoint_count,
            self.features_address_tagging,
            self.features_vm,
            self.dcache_line_size,
            self.icache_line_size,
            self.page_size,
        ];
        let mut bytes = [0; CONSTANTS_SIZE];
        for (slot, word) in bytes.chunks_exact_mut(4).zip(words) {
            slot.copy_from_slice(&word.to_le_bytes());
        }
        put(&mut bytes, PHYSMEM, &self.physmem.to_le_bytes());
        put(&mut bytes, VERSION_LEN, &(version.len() as u64).to_le_bytes());
        put(&mut bytes, VERSION, version);
        Ok(bytes)
    }
}

/// How the processor's counter relates to time.
///
/// Monotonic nanoseconds are `(counter + mono_ticks_offset) * numerator / denominator`, rounded
/// towards zero and clamped to ±(2⁶³ − 1), which is also the answer of a zero denominator. Sums of
/// counter and offset wrap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeValues {
    /// `zx_ticks_per_second`.
    pub ticks_per_second: i64,
    /// What to add to the counter for boot ticks.
    pub boot_ticks_offset: i64,
    /// What to add to the counter for monotonic ticks. It may change while threads read it.
    pub mono_ticks_offset: i64,
    /// Nanoseconds per `denominator` ticks.
    pub numerator: u32,
    /// Ticks per `numerator` nanoseconds.
    pub denominator: u32,
    /// Whether the vDSO may read the counter. If not, it asks the kernel.
    pub usermode_can_access_ticks: bool,
}

pub(crate) const TICKS_PER_SECOND: u64 = 8;
pub(crate) const BOOT_TICKS_OFFSET: u64 = 16;
pub(crate) const MONO_TICKS_OFFSET: u64 = 24;
pub(crate) const NUMERATOR: u64 = 32;
pub(crate) const DENOMINATOR: u64 = 36;
pub(crate) const USERMODE_CAN_ACCESS_TICKS: u64 = 40;
const TIME_VALUES_SIZE: usize = 48;
/// The only version of the layout that upstream has had since it is versioned.
const TIME_VALUES_VERSION: u64 = 1;

impl TimeValues {
    /// The bytes at [`VdsoImage::time_values_offset`](super::VdsoImage::time_values_offset).
    pub fn to_bytes(&self) -> [u8; TIME_VALUES_SIZE] {
        let mut bytes = [0; TIME_VALUES_SIZE];
        put(&mut bytes, 0, &TIME_VALUES_VERSION.to_le_bytes());
        put(&mut bytes, TICKS_PER_SECOND, &self.ticks_per_second.to_le_bytes());
        put(&mut bytes, BOOT_TICKS_OFFSET, &self.boot_ticks_offset.to_le_bytes());
        put(&mut bytes, MONO_TICKS_OFFSET, &self.mono_ticks_offset.to_le_bytes());
        put(&mut bytes, NUMERATOR, &self.numerator.to_le_bytes());
        put(&mut bytes, DENOMINATOR, &self.denominator.to_le_bytes());
        put(&mut bytes, USERMODE_CAN_ACCESS_TICKS, &[self.usermode_can_access_ticks.into()]);
        bytes
    }
}

fn put(bytes: &mut [u8], offset: u64, value: &[u8]) {
    let start = offset as usize;
    bytes[start..start + value.len()].copy_from_slice(value);
}

// Each of the two stands on a page of its own.
const _: () = assert!(CONSTANTS_SIZE as u64 <= PAGE_SIZE && TIME_VALUES_SIZE as u64 <= PAGE_SIZE);

/// The bit that tells that the CPU features are known.
pub(crate) const HAS_CPU_FEATURES: u32 = 1;
/// The highest set of options of `zx_cache_flush`: INSN 1, DATA 2, INVALIDATE 4.
pub(crate) const CACHE_FLUSH_ALL: u32 = 7;
/// Bit N is set if N is a valid set of options: not empty, and INVALIDATE only with DATA.
pub(crate) const CACHE_FLUSH_VALID: u32 = 0b1100_1110;

/// Where the code finds its data: addresses in the image.
pub(crate) struct DataAddresses {
    pub(crate) constants: u64,
    pub(crate) time_values: u64,
    pub(crate) statuses: u64,
    pub(crate) status_count: u64,
    pub(crate) exceptions: u64,
    pub(crate) exception_count: u64,
}
