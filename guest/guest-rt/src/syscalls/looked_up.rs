//! Calls through addresses looked up in the vDSO. One that it does not export answers
//! NOT_SUPPORTED, or ends the process if its result is no status.

use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

use zx_abi::*;

use super::Raw;
use crate::process::trap;
use crate::vdso::Image;

macro_rules! define {
    ($($category:ident {
        $($variant:ident $name:ident $kind:ident [$($column:tt)*] $support:ident $(($note:expr))?
            fn($($arg:ident: $ty:ty $([$count:ident $(* $unit:ident)? $(=> $written:ident)?])?),*)
                -> $returns:ty;)*
    })*) => {
        $($(
            #[doc = concat!("`zx_", stringify!($name), "`")]
            ///
            /// # Safety
            /// See the module.
            #[allow(clippy::too_many_arguments)]
            pub unsafe fn $name($($arg: <$ty as Raw>::Raw),*) -> <$returns as Raw>::Raw {
                static ENTRY: Entry = Entry::new(concat!("_zx_", stringify!($name)));
                match ENTRY.address() {
                    // SAFETY: the vDSO exports this function under this name with this signature;
                    // the arguments are the caller's promise.
                    Some(address) => unsafe {
                        let entry: unsafe extern "C" fn($(<$ty as Raw>::Raw),*)
                            -> <$returns as Raw>::Raw = core::mem::transmute(address);
                        entry($($arg),*)
                    },
                    None => <$returns as Missing>::answer(),
                }
            }
        )*)*
    };
}

zx_abi::syscall_table! { define }

/// What a call answers that the vDSO does not export.
trait Missing: Raw {
    fn answer() -> Self::Raw {
        trap()
    }
}

impl Missing for Status {
    fn answer() -> i32 {
        Self::NOT_SUPPORTED.into_raw()
    }
}

macro_rules! missing {
    ($($name:ty)*) => { $(impl Missing for $name {})* };
}

missing! { u32 u64 i64 Instant Ticks Void NoReturn StaticText zx_abi::StringView }

/// Where the vDSO is.
static VDSO: AtomicPtr<u8> = AtomicPtr::new(ptr::null_mut());

/// Says where the vDSO is. Before that there are no calls.
///
/// # Safety
/// As [`Image::at`].
pub unsafe fn find_in(vdso: *const u8) {
    VDSO.store(vdso.cast_mut(), Ordering::Relaxed);
}

/// A function of the vDSO.
struct Entry {
    name: &'static str,
    /// Null until it is looked up, and again if there is none.
    address: AtomicPtr<u8>,
}

impl Entry {
    const fn new(name: &'static str) -> Self {
        Self { name, address: AtomicPtr::new(ptr::null_mut()) }
    }

    fn address(&self) -> Option<*const u8> {
        let known = self.address.load(Ordering::Relaxed);
        if known.is_null() { self.look_up() } else { Some(known) }
    }

    #[cold]
    #[inline(never)]
    fn look_up(&self) -> Option<*const u8> {
        // SAFETY: the promise of `find_in`; before that it is null.
        let image = unsafe { Image::at(VDSO.load(Ordering::Relaxed)) }?;
        let address = image.function(self.name.as_bytes())?;
        self.address.store(address.cast_mut(), Ordering::Relaxed);
        Some(address)
    }
}
