//! Names of hosts and network interfaces: netdb.h, net/if.h, ifaddrs.h. There is no network, and so
//! nothing that has one: lists are empty, and what is looked up is not found.

use core::ffi::{c_char, c_int, c_uint, c_void};
use core::ptr;

use crate::errno::{self, EAFNOSUPPORT, ENODEV, ENXIO, pointer};

/// `EAI_SYSTEM`: `errno` says what it is.
const EAI_SYSTEM: c_int = -11;

/// Returns an error's number of its own.
#[unsafe(no_mangle)]
extern "C" fn getaddrinfo(
    _node: *const c_char,
    _service: *const c_char,
    _hints: *const c_void,
    _result: *mut *mut c_void,
) -> c_int {
    errno::set(EAFNOSUPPORT);
    EAI_SYSTEM
}

/// There are none to free.
#[unsafe(no_mangle)]
extern "C" fn freeaddrinfo(_list: *mut c_void) {}

/// Returns an error's number of its own.
#[unsafe(no_mangle)]
extern "C" fn getnameinfo(
    _address: *const c_void,
    _address_size: u32,
    _host: *mut c_char,
    _host_size: u32,
    _service: *mut c_char,
    _service_size: u32,
    _flags: c_int,
) -> c_int {
    errno::set(EAFNOSUPPORT);
    EAI_SYSTEM
}

#[unsafe(no_mangle)]
extern "C" fn gai_strerror(_error: c_int) -> *const c_char {
    c"there is no network".as_ptr()
}

/// There is no configuration to read again.
#[unsafe(no_mangle)]
extern "C" fn res_init() -> c_int {
    0
}

/// An interface's index, or 0.
#[unsafe(no_mangle)]
extern "C" fn if_nametoindex(_name: *const c_char) -> c_uint {
    errno::set(ENODEV);
    0
}

#[unsafe(no_mangle)]
extern "C" fn if_indextoname(_index: c_uint, _name: *mut c_char) -> *mut c_char {
    pointer(Err(ENXIO))
}

/// `struct if_nameindex`
#[repr(C)]
struct IndexedName {
    index: c_uint,
    name: *const c_char,
}

// SAFETY: it has no name.
unsafe impl Sync for IndexedName {}

/// The end of a list.
static END: IndexedName = IndexedName { index: 0, name: ptr::null() };

/// A list for [`if_freenameindex`].
#[unsafe(no_mangle)]
extern "C" fn if_nameindex() -> *const IndexedName {
    &raw const END
}

#[unsafe(no_mangle)]
extern "C" fn if_freenameindex(_list: *const IndexedName) {}

#[unsafe(no_mangle)]
unsafe extern "C" fn getifaddrs(list: *mut *mut c_void) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { list.write(ptr::null_mut()) };
    0
}

#[unsafe(no_mangle)]
extern "C" fn freeifaddrs(_list: *mut c_void) {}
