//! The system calls as the vDSO exports them. A name that the vDSO does not export fails with
//! NOT_SUPPORTED, or with the value given here.
//!
//! # Safety
//! Pointers must be valid for what the call reads or writes through them, or null where Zircon
//! allows it. All calls follow the C ABI.

use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

use zx_abi::{Status, TIME_INFINITE};

use crate::process::trap;
use crate::vdso::Image;

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

impl StringView {
    const EMPTY: Self = Self { data: c"".as_ptr().cast(), length: 0 };
}

const NOT_SUPPORTED: RawStatus = Status::NOT_SUPPORTED.into_raw();

macro_rules! vdso {
    ($(fn $name:ident($($arg:ident: $ty:ty),* $(,)?) -> $ret:ty { $missing:expr })*) => {
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy)]
        enum Call { $($name,)* }

        const NAMES: &[(Call, &str)] = &[$((Call::$name, concat!("_zx_", stringify!($name))),)*];

        $(
            #[doc = concat!("`zx_", stringify!($name), "`")]
            ///
            /// # Safety
            /// See the module.
            #[allow(clippy::too_many_arguments)]
            pub unsafe fn $name($($arg: $ty),*) -> $ret {
                let entry = Call::$name.entry().load(Ordering::Relaxed);
                if entry.is_null() {
                    $missing
                } else {
                    // SAFETY: the vDSO exports this function under this name with this signature;
                    // the arguments are the caller's promise.
                    unsafe {
                        let entry: unsafe extern "C" fn($($ty),*) -> $ret =
                            core::mem::transmute(entry);
                        entry($($arg),*)
                    }
                }
            }
        )*
    };
}

vdso! {
    fn channel_create(options: u32, out0: *mut RawHandle, out1: *mut RawHandle) -> RawStatus {
        NOT_SUPPORTED
    }
    fn channel_read(
        handle: RawHandle, options: u32, bytes: *mut u8, handles: *mut RawHandle, num_bytes: u32,
        num_handles: u32, actual_bytes: *mut u32, actual_handles: *mut u32,
    ) -> RawStatus { NOT_SUPPORTED }
    fn channel_write(
        handle: RawHandle, options: u32, bytes: *const u8, num_bytes: u32,
        handles: *const RawHandle, num_handles: u32,
    ) -> RawStatus { NOT_SUPPORTED }
    fn clock_get_monotonic() -> i64 { 0 }
    fn cprng_draw(buffer: *mut u8, buffer_size: usize) -> () { trap() }
    fn deadline_after(nanoseconds: i64) -> i64 { TIME_INFINITE }
    fn debug_write(buffer: *const u8, buffer_size: usize) -> RawStatus { NOT_SUPPORTED }
    fn debuglog_write(
        handle: RawHandle, options: u32, buffer: *const u8, buffer_size: usize,
    ) -> RawStatus { NOT_SUPPORTED }
    fn handle_close(handle: RawHandle) -> RawStatus { NOT_SUPPORTED }
    fn handle_duplicate(handle: RawHandle, rights: u32, out: *mut RawHandle) -> RawStatus {
        NOT_SUPPORTED
    }
    fn handle_replace(handle: RawHandle, rights: u32, out: *mut RawHandle) -> RawStatus {
        NOT_SUPPORTED
    }
    fn nanosleep(deadline: i64) -> RawStatus { NOT_SUPPORTED }
    fn object_get_info(
        handle: RawHandle, topic: u32, buffer: *mut u8, buffer_size: usize, actual: *mut usize,
        avail: *mut usize,
    ) -> RawStatus { NOT_SUPPORTED }
    fn object_signal(handle: RawHandle, clear_mask: u32, set_mask: u32) -> RawStatus {
        NOT_SUPPORTED
    }
    fn object_wait_one(
        handle: RawHandle, signals: u32, deadline: i64, observed: *mut u32,
    ) -> RawStatus { NOT_SUPPORTED }
    fn process_exit(code: i64) -> ! { trap() }
    fn socket_read(
        handle: RawHandle, options: u32, buffer: *mut u8, buffer_size: usize, actual: *mut usize,
    ) -> RawStatus { NOT_SUPPORTED }
    fn socket_write(
        handle: RawHandle, options: u32, buffer: *const u8, buffer_size: usize,
        actual: *mut usize,
    ) -> RawStatus { NOT_SUPPORTED }
    fn system_get_num_cpus() -> u32 { 0 }
    fn system_get_physmem() -> u64 { 0 }
    fn system_get_version_string() -> StringView { StringView::EMPTY }
    fn ticks_get() -> i64 { 0 }
    fn ticks_per_second() -> i64 { 0 }
    fn vmar_map(
        handle: RawHandle, options: u32, vmar_offset: usize, vmo: RawHandle, vmo_offset: u64,
        len: usize, mapped_addr: *mut usize,
    ) -> RawStatus { NOT_SUPPORTED }
    fn vmar_protect(handle: RawHandle, options: u32, addr: usize, len: usize) -> RawStatus {
        NOT_SUPPORTED
    }
    fn vmar_unmap(handle: RawHandle, addr: usize, len: usize) -> RawStatus { NOT_SUPPORTED }
    fn vmo_create(size: u64, options: u32, out: *mut RawHandle) -> RawStatus { NOT_SUPPORTED }
    fn vmo_get_size(handle: RawHandle, size: *mut u64) -> RawStatus { NOT_SUPPORTED }
    fn vmo_read(
        handle: RawHandle, buffer: *mut u8, offset: u64, buffer_size: usize,
    ) -> RawStatus { NOT_SUPPORTED }
    fn vmo_write(
        handle: RawHandle, buffer: *const u8, offset: u64, buffer_size: usize,
    ) -> RawStatus { NOT_SUPPORTED }
}

static ENTRIES: [AtomicPtr<()>; NAMES.len()] =
    [const { AtomicPtr::new(ptr::null_mut()) }; NAMES.len()];

impl Call {
    fn entry(self) -> &'static AtomicPtr<()> {
        &ENTRIES[self as usize]
    }
}

/// Looks all calls up in the vDSO.
pub fn resolve(vdso: &Image<'_>) {
    for (call, name) in NAMES {
        if let Some(entry) = vdso.function(name.as_bytes()) {
            call.entry().store(entry.cast_mut().cast(), Ordering::Relaxed);
        }
    }
}
