//! The C headers of the sysroot: Zircon's system calls, numbers and records, written from the
//! tables of zx-abi, in the newest ABI.
//!
//! Headers, names and members are called as upstream's are. A record that zx-abi has is given with
//! its members one by one, so that one which is added or taken away there does not compile here;
//! [`layout_checks`] is C that holds sizes and offsets against Rust's.
#![forbid(unsafe_code)]

mod calls;
mod constants;
mod header;
mod process;
mod records;
mod syscalls;
mod types;

pub use header::Header;

use std::fmt::Write as _;

/// Every header, in the order of their paths. The same each time.
pub fn headers() -> Vec<Header> {
    let mut headers = [process::headers(), syscalls::headers(), types::headers()].concat();
    headers.sort_by_key(|header| header.path);
    headers
}

/// C, or C++ of 2011 and later, that compiles only if every record has the size that it has in
/// Rust, and every member its offset. It belongs to 64-bit targets.
pub fn layout_checks() -> String {
    let mut text: String = "#include <stddef.h>\n".into();
    for header in headers() {
        let _ = writeln!(text, "#include <{}>", header.path);
    }
    text += "#ifdef __cplusplus\n#define CHECK(what) static_assert(what, #what)\n#else\n";
    text += "#define CHECK(what) _Static_assert(what, #what)\n#endif\n";
    for record in records::all() {
        text += &record.layout_checks();
    }
    text
}
