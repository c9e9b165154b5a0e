//! The system calls as the vDSO exports them: imported by what the dynamic linker links, looked up
//! at the start by a static program.
//!
//! # Safety
//! Pointers must be valid for what the call reads or writes through them, or null where Zircon
//! allows it. All calls follow the C ABI.

#[cfg(all(feature = "linked", not(test)))]
mod imported;
#[cfg(any(test, not(feature = "linked")))]
mod looked_up;

#[cfg(all(feature = "linked", not(test)))]
pub use imported::*;
#[cfg(any(test, not(feature = "linked")))]
pub use looked_up::*;

type RawHandle = u32;
type RawStatus = i32;

/// `zx_string_view_t`
#[repr(C)]
pub struct StringView {
    /// The first character.
    pub data: *const u8,
    /// Bytes, without the NUL that follows.
    pub length: usize,
}

/// Hands every call to the macro `$define`, with what it does where the vDSO does not export it.
macro_rules! system_calls {
    ($define:ident) => {
        $define! {
            fn channel_call(
                handle: RawHandle, options: u32, deadline: i64, args: *const ChannelCallArgs,
                actual_bytes: *mut u32, actual_handles: *mut u32,
            ) -> RawStatus { NOT_SUPPORTED }
            fn channel_create(
                options: u32, out0: *mut RawHandle, out1: *mut RawHandle,
            ) -> RawStatus { NOT_SUPPORTED }
            fn channel_read(
                handle: RawHandle, options: u32, bytes: *mut u8, handles: *mut RawHandle,
                num_bytes: u32, num_handles: u32, actual_bytes: *mut u32, actual_handles: *mut u32,
            ) -> RawStatus { NOT_SUPPORTED }
            fn channel_write(
                handle: RawHandle, options: u32, bytes: *const u8, num_bytes: u32,
                handles: *const RawHandle, num_handles: u32,
            ) -> RawStatus { NOT_SUPPORTED }
            fn clock_get_boot() -> i64 { 0 }
            fn clock_get_monotonic() -> i64 { 0 }
            fn clock_read(handle: RawHandle, now: *mut i64) -> RawStatus { NOT_SUPPORTED }
            fn cprng_draw(buffer: *mut u8, buffer_size: usize) -> () { trap() }
            fn deadline_after(nanoseconds: i64) -> i64 { TIME_INFINITE }
            fn debug_write(buffer: *const u8, buffer_size: usize) -> RawStatus { NOT_SUPPORTED }
            fn debuglog_create(
                resource: RawHandle, options: u32, out: *mut RawHandle,
            ) -> RawStatus { NOT_SUPPORTED }
            fn debuglog_write(
                handle: RawHandle, options: u32, buffer: *const u8, buffer_size: usize,
            ) -> RawStatus { NOT_SUPPORTED }
            fn fifo_create(
                elem_count: usize, elem_size: usize, options: u32, out0: *mut RawHandle,
                out1: *mut RawHandle,
            ) -> RawStatus { NOT_SUPPORTED }
            fn fifo_read(
                handle: RawHandle, elem_size: usize, data: *mut u8, count: usize,
                actual_count: *mut usize,
            ) -> RawStatus { NOT_SUPPORTED }
            fn fifo_write(
                handle: RawHandle, elem_size: usize, data: *const u8, count: usize,
                actual_count: *mut usize,
            ) -> RawStatus { NOT_SUPPORTED }
            fn futex_get_owner(futex: *const u32, koid: *mut u64) -> RawStatus { NOT_SUPPORTED }
            fn futex_requeue(
                futex: *const u32, wake_count: u32, current: u32, requeue: *const u32,
                requeue_count: u32, owner: RawHandle,
            ) -> RawStatus { NOT_SUPPORTED }
            fn futex_wait(
                futex: *const u32, current: u32, owner: RawHandle, deadline: i64,
            ) -> RawStatus { NOT_SUPPORTED }
            fn futex_wake(futex: *const u32, wake_count: u32) -> RawStatus { NOT_SUPPORTED }
            fn handle_close(handle: RawHandle) -> RawStatus { NOT_SUPPORTED }
            fn handle_duplicate(handle: RawHandle, rights: u32, out: *mut RawHandle) -> RawStatus {
                NOT_SUPPORTED
            }
            fn handle_replace(handle: RawHandle, rights: u32, out: *mut RawHandle) -> RawStatus {
                NOT_SUPPORTED
            }
            fn nanosleep(deadline: i64) -> RawStatus { NOT_SUPPORTED }
            fn object_get_info(
                handle: RawHandle, topic: u32, buffer: *mut u8, buffer_size: usize,
                actual: *mut usize, avail: *mut usize,
            ) -> RawStatus { NOT_SUPPORTED }
            fn object_get_property(
                handle: RawHandle, property: u32, value: *mut u8, value_size: usize,
            ) -> RawStatus { NOT_SUPPORTED }
            fn object_set_property(
                handle: RawHandle, property: u32, value: *const u8, value_size: usize,
            ) -> RawStatus { NOT_SUPPORTED }
            fn object_signal(handle: RawHandle, clear_mask: u32, set_mask: u32) -> RawStatus {
                NOT_SUPPORTED
            }
            fn object_wait_many(items: *mut WaitItem, num_items: usize, deadline: i64) -> RawStatus {
                NOT_SUPPORTED
            }
            fn object_wait_one(
                handle: RawHandle, signals: u32, deadline: i64, observed: *mut u32,
            ) -> RawStatus { NOT_SUPPORTED }
            fn process_create(
                job: RawHandle, name: *const u8, name_size: usize, options: u32,
                process: *mut RawHandle, root_vmar: *mut RawHandle,
            ) -> RawStatus { NOT_SUPPORTED }
            fn process_exit(code: i64) -> ! { trap() }
            fn socket_create(
                options: u32, out0: *mut RawHandle, out1: *mut RawHandle,
            ) -> RawStatus { NOT_SUPPORTED }
            fn socket_read(
                handle: RawHandle, options: u32, buffer: *mut u8, buffer_size: usize,
                actual: *mut usize,
            ) -> RawStatus { NOT_SUPPORTED }
            fn socket_set_disposition(handle: RawHandle, own: u32, peer: u32) -> RawStatus {
                NOT_SUPPORTED
            }
            fn socket_write(
                handle: RawHandle, options: u32, buffer: *const u8, buffer_size: usize,
                actual: *mut usize,
            ) -> RawStatus { NOT_SUPPORTED }
            fn system_get_num_cpus() -> u32 { 0 }
            fn system_get_physmem() -> u64 { 0 }
            fn system_get_version_string() -> StringView { StringView::EMPTY }
            fn thread_create(
                process: RawHandle, name: *const u8, name_size: usize, options: u32,
                out: *mut RawHandle,
            ) -> RawStatus { NOT_SUPPORTED }
            fn thread_exit() -> ! { trap() }
            fn thread_start(
                handle: RawHandle, entry: usize, stack: usize, arg1: u64, arg2: u64,
            ) -> RawStatus { NOT_SUPPORTED }
            fn ticks_get() -> i64 { 0 }
            fn ticks_per_second() -> i64 { 0 }
            fn vmar_allocate(
                parent: RawHandle, options: u32, offset: usize, size: usize, child: *mut RawHandle,
                child_addr: *mut usize,
            ) -> RawStatus { NOT_SUPPORTED }
            fn vmar_destroy(handle: RawHandle) -> RawStatus { NOT_SUPPORTED }
            fn vmar_map(
                handle: RawHandle, options: u32, vmar_offset: usize, vmo: RawHandle,
                vmo_offset: u64, len: usize, mapped_addr: *mut usize,
            ) -> RawStatus { NOT_SUPPORTED }
            fn vmar_protect(handle: RawHandle, options: u32, addr: usize, len: usize) -> RawStatus {
                NOT_SUPPORTED
            }
            fn vmar_unmap(handle: RawHandle, addr: usize, len: usize) -> RawStatus { NOT_SUPPORTED }
            fn vmar_unmap_handle_close_thread_exit(
                vmar: RawHandle, addr: usize, len: usize, close: RawHandle,
            ) -> RawStatus { NOT_SUPPORTED }
            fn vmo_create(size: u64, options: u32, out: *mut RawHandle) -> RawStatus {
                NOT_SUPPORTED
            }
            fn vmo_create_child(
                handle: RawHandle, options: u32, offset: u64, size: u64, out: *mut RawHandle,
            ) -> RawStatus { NOT_SUPPORTED }
            fn vmo_get_size(handle: RawHandle, size: *mut u64) -> RawStatus { NOT_SUPPORTED }
            fn vmo_read(
                handle: RawHandle, buffer: *mut u8, offset: u64, buffer_size: usize,
            ) -> RawStatus { NOT_SUPPORTED }
            fn vmo_write(
                handle: RawHandle, buffer: *const u8, offset: u64, buffer_size: usize,
            ) -> RawStatus { NOT_SUPPORTED }
        }
    };
}
use system_calls;
