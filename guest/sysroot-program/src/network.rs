//! Names: of services and protocols, which are known, and of what there is none of, for there is no
//! network.

use core::ffi::{CStr, c_char, c_void};
use core::ptr;

use crate::{c, call, check, errno};

pub fn check_all() {
    services();
    protocols();
    nobody();
}

/// Finds a service, and checks its record.
fn service(name: &CStr, protocol: Option<&CStr>, port: u16, told: &CStr) -> bool {
    let asked = protocol.map_or(ptr::null(), CStr::as_ptr);
    let found = call!(getservbyname(name.as_ptr(), asked));
    // SAFETY: it is null, or a record with strings and a list that ends with null.
    unsafe {
        !found.is_null()
            && CStr::from_ptr((*found).name) == name
            && CStr::from_ptr(*(*found).aliases) == name
            && (*(*found).aliases.add(1)).is_null()
            && (*found).port == i32::from(port.to_be())
            && CStr::from_ptr((*found).protocol) == told
    }
}

fn no_service(name: &CStr, protocol: *const c_char) -> bool {
    call!(getservbyname(name.as_ptr(), protocol)).is_null()
}

fn services() {
    check!(service(c"echo", Some(c"tcp"), 7, c"tcp"));
    check!(service(c"echo", Some(c"udp"), 7, c"udp"));
    check!(service(c"https", Some(c"tcp"), 443, c"tcp"));
    check!(service(c"tftp", Some(c"udp"), 69, c"udp"));
    check!(service(c"ntp", None, 123, c"udp"));
    check!(no_service(c"http", c"udp".as_ptr()) && no_service(c"http", ptr::null()));
    check!(no_service(c"http", c"sctp".as_ptr()) && no_service(c"HTTP", c"tcp".as_ptr()));
    check!(no_service(c"80", c"tcp".as_ptr()) && no_service(c"", c"tcp".as_ptr()));
}

fn protocols() {
    for (name, number) in [(c"ip", 0), (c"tcp", 6), (c"udp", 17), (c"ipv6-icmp", 58), (c"raw", 255)]
    {
        let found = call!(getprotobyname(name.as_ptr()));
        // SAFETY: it is null, or a record with a string and a list that ends with null.
        unsafe {
            check!(!found.is_null() && (*found).number == number);
            check!(CStr::from_ptr((*found).name) == name && (*(*found).aliases).is_null());
        }
        check!(call!(getprotobynumber(number)) == found);
    }
    check!(call!(getprotobyname(c"TCP".as_ptr())).is_null());
    check!(call!(getprotobynumber(7)).is_null() && call!(getprotobynumber(-1)).is_null());
    check!(call!(getprotobynumber(256)).is_null());
}

fn nobody() {
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
