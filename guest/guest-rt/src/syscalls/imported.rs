//! Calls that the dynamic linker binds to the vDSO before the program runs.

use zx_abi::{ChannelCallArgs, WaitItem};

use super::{RawHandle, RawStatus, StringView, system_calls};

macro_rules! declare {
    ($(fn $name:ident($($arg:ident: $ty:ty),* $(,)?) -> $ret:ty { $missing:expr })*) => {
        unsafe extern "C" {
            $(
                #[doc = concat!("`zx_", stringify!($name), "`")]
                ///
                /// # Safety
                /// See the module.
                #[link_name = concat!("_zx_", stringify!($name))]
                pub fn $name($($arg: $ty),*) -> $ret;
            )*
        }
    };
}

system_calls!(declare);
