//! Names of what there is none of, for there is no network.

use core::ffi::c_void;
use core::ptr;

use crate::{c, check, errno};

pub fn check_all() {
    let mut list = ptr::dangling_mut::<c_void>();
    // SAFETY: names are strings, and there is room for what is asked for.
    unsafe {
        check!(c::getifaddrs(&mut list) == 0 && list.is_null());
        c::freeifaddrs(list);
        check!(c::if_nametoindex(c"lo".as_ptr()) == 0 && errno() == 19);
        check!(c::if_indextoname(1, [0; 16].as_mut_ptr()).is_null() && errno() == 6);
        let names = c::if_nameindex();
        check!((*names).index == 0 && (*names).name.is_null());
        c::if_freenameindex(names);

        check!(c::getservbyname(c"http".as_ptr(), c"tcp".as_ptr()).is_null());
        check!(c::getprotobyname(c"tcp".as_ptr()).is_null());
        check!(c::getprotobynumber(6).is_null());
        let mut found = ptr::null_mut();
        check!(c::getaddrinfo(c"name".as_ptr(), ptr::null(), ptr::null(), &mut found) == -11);
        check!(errno() == 97);
        let address = [2_u64, 0];
        let mut name = [0; 8];
        check!(
            c::getnameinfo(
                address.as_ptr().cast(),
                16,
                name.as_mut_ptr(),
                8,
                ptr::null_mut(),
                0,
                0
            ) == -11
        );
        check!(errno() == 97);
        check!(c::res_init() == 0);
    }
}
