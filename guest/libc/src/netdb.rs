//! Services and protocols, which this library knows by heart: netdb.h. What is found is a record that
//! nobody changes, so that each thread may keep what it has found.

use core::ffi::{CStr, c_char, c_int};
use core::ptr;

/// `struct servent`
#[repr(C)]
struct Service {
    name: *const c_char,
    aliases: *const *const c_char,
    /// In the network's order of bytes.
    port: c_int,
    protocol: *const c_char,
}

/// What is known of a service: its record, and whether it is the one that is meant where a program
/// names no protocol. Fuchsia's libc then finds those of both protocols only, with UDP.
struct Known {
    service: Service,
    name: &'static CStr,
    protocol: &'static CStr,
    is_meant: bool,
}

/// Records that lead to strings.
#[repr(transparent)]
struct Records<T>(T);

// SAFETY: they and the strings stay as they are.
unsafe impl<T> Sync for Records<T> {}

macro_rules! service {
    ($name:literal, $port:literal, $protocol:literal, $is_meant:literal) => {
        Known {
            service: Service {
                name: $name.as_ptr(),
                // Its name is among them, as in Fuchsia's libc.
                aliases: const { &[$name.as_ptr(), ptr::null()] }.as_ptr(),
                port: u16::to_be($port) as c_int,
                protocol: $protocol.as_ptr(),
            },
            name: $name,
            protocol: $protocol,
            is_meant: $is_meant,
        }
    };
}

/// Those of Fuchsia's libc, by their ports.
static SERVICES: Records<[Known; 15]> = Records([
    service!(c"echo", 7, c"tcp", false),
    service!(c"echo", 7, c"udp", true),
    service!(c"ftp", 21, c"tcp", false),
    service!(c"ssh", 22, c"tcp", false),
    service!(c"telnet", 23, c"tcp", false),
    service!(c"tftp", 69, c"udp", false),
    service!(c"http", 80, c"tcp", false),
    service!(c"ntp", 123, c"tcp", false),
    service!(c"ntp", 123, c"udp", true),
    service!(c"imap", 143, c"tcp", false),
    service!(c"irc", 194, c"tcp", false),
    service!(c"irc", 194, c"udp", true),
    service!(c"ldap", 389, c"tcp", false),
    service!(c"ldap", 389, c"udp", true),
    service!(c"https", 443, c"tcp", false),
]);

/// Null if there is none, which is no error.
#[unsafe(no_mangle)]
unsafe extern "C" fn getservbyname(name: *const c_char, protocol: *const c_char) -> *const Service {
    // SAFETY: the caller's promise.
    let name = unsafe { CStr::from_ptr(name) };
    // SAFETY: the caller's promise: null or a string.
    let protocol = (!protocol.is_null()).then(|| unsafe { CStr::from_ptr(protocol) });
    let found = SERVICES.0.iter().find(|known| {
        known.name == name && protocol.map_or(known.is_meant, |asked| asked == known.protocol)
    });
    found.map_or(ptr::null(), |known| &raw const known.service)
}

/// `struct protoent`
#[repr(C)]
struct Protocol {
    name: *const c_char,
    aliases: *const *const c_char,
    number: c_int,
}

const NO_ALIASES: *const *const c_char = const { &[ptr::null()] }.as_ptr();

macro_rules! protocols {
    ($($name:literal = $number:literal,)*) => {
        [$((
            $name,
            Protocol { name: $name.as_ptr(), aliases: NO_ALIASES, number: $number },
        ),)*]
    };
}

/// Those of Fuchsia's libc, by their numbers.
static PROTOCOLS: Records<[(&CStr, Protocol); 36]> = Records(protocols! {
    c"ip" = 0, c"icmp" = 1, c"igmp" = 2, c"ggp" = 3, c"ipencap" = 4, c"st" = 5, c"tcp" = 6,
    c"egp" = 8, c"pup" = 12, c"udp" = 17, c"hmp" = 20, c"xns-idp" = 22, c"rdp" = 27,
    c"iso-tp4" = 29, c"xtp" = 36, c"ddp" = 37, c"idpr-cmtp" = 38, c"ipv6" = 41,
    c"ipv6-route" = 43, c"ipv6-frag" = 44, c"idrp" = 45, c"rsvp" = 46, c"gre" = 47, c"esp" = 50,
    c"ah" = 51, c"skip" = 57, c"ipv6-icmp" = 58, c"ipv6-nonxt" = 59, c"ipv6-opts" = 60,
    c"rspf" = 73, c"vmtp" = 81, c"ospf" = 89, c"ipip" = 94, c"encap" = 98, c"pim" = 103,
    c"raw" = 255,
});

fn protocol(is_meant: impl Fn(&CStr, c_int) -> bool) -> *const Protocol {
    let found = PROTOCOLS.0.iter().find(|(name, protocol)| is_meant(name, protocol.number));
    found.map_or(ptr::null(), |(_, protocol)| protocol)
}

/// Null if there is none, which is no error.
#[unsafe(no_mangle)]
unsafe extern "C" fn getprotobyname(name: *const c_char) -> *const Protocol {
    // SAFETY: the caller's promise.
    let asked = unsafe { CStr::from_ptr(name) };
    protocol(|name, _| name == asked)
}

/// Null if there is none, which is no error.
#[unsafe(no_mangle)]
extern "C" fn getprotobynumber(asked: c_int) -> *const Protocol {
    protocol(|_, number| number == asked)
}
