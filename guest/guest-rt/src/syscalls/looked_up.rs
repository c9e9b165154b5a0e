//! Calls through addresses looked up in the vDSO. A name that it does not export fails with
//! NOT_SUPPORTED, or with the value given in the list.

use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

use zx_abi::{ChannelCallArgs, Status, TIME_INFINITE, WaitItem};

use super::{RawHandle, RawStatus, StringView, system_calls};
use crate::process::trap;
use crate::vdso::Image;

impl StringView {
    const EMPTY: Self = Self { data: c"".as_ptr().cast(), length: 0 };
}

const NOT_SUPPORTED: RawStatus = Status::NOT_SUPPORTED.into_raw();

macro_rules! define {
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

system_calls!(define);

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
