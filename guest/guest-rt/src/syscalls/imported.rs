//! Calls that the dynamic linker binds to the vDSO before the program runs.

use zx_abi::*;

use super::Raw;

macro_rules! declare {
    ($($category:ident {
        $($variant:ident $name:ident $kind:ident [$($column:tt)*] $support:ident $(($note:expr))?
            fn($($arg:ident: $ty:ty $([$count:ident $(* $unit:ident)? $(=> $written:ident)?])?),*)
                -> $returns:ty;)*
    })*) => {
        unsafe extern "C" {
            $($(
                #[doc = concat!("`zx_", stringify!($name), "`")]
                ///
                /// # Safety
                /// See the module.
                #[link_name = concat!("_zx_", stringify!($name))]
                pub fn $name($($arg: <$ty as Raw>::Raw),*) -> <$returns as Raw>::Raw;
            )*)*
        }
    };
}

zx_abi::syscall_table! { declare }
