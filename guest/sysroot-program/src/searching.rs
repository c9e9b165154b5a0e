//! Paths by patterns, in the working directory, which is empty and can be written.

use core::ffi::{CStr, c_char, c_int};
use core::ptr;
use core::sync::atomic::{AtomicI32, Ordering};

use crate::c::Found;
use crate::files::{O_CREAT, O_WRONLY};
use crate::{call, check};

const ERR: c_int = 1;
const MARK: c_int = 2;
const NOSORT: c_int = 4;
const DOOFFS: c_int = 8;
const NOCHECK: c_int = 0x10;
const APPEND: c_int = 0x20;
const NOESCAPE: c_int = 0x40;
const PERIOD: c_int = 0x80;

const NOSPACE: c_int = 1;
const ABORTED: c_int = 2;
const NOMATCH: c_int = 3;

pub fn check_all() {
    for path in [c"dir", c"dir/sub", c"empty"] {
        check!(call!(mkdir(path.as_ptr(), 0o755)) == 0);
    }
    let files = [
        c"a",
        c"ab",
        c"abc",
        c"b1",
        c"b2",
        c"b-",
        c"b]",
        c"st*r",
        c".hidden",
        c"ä",
        c"dir/one",
        c"dir/sub/two",
    ];
    for path in files {
        let fd = call!(open(path.as_ptr(), O_WRONLY | O_CREAT, 0o644));
        check!(fd >= 0 && call!(close(fd)) == 0);
    }
    patterns();
    directories();
    lists();
    failures();
}

fn none() -> Found {
    Found { count: 0, paths: ptr::null_mut(), reserved: 0, padding: [0; 6] }
}

/// Whether these are the paths of a list, and null follows.
fn are(found: &Found, expected: &[&CStr]) -> bool {
    // SAFETY: it has as many strings, and null behind them.
    unsafe {
        let paths = found.paths.add(found.reserved);
        let is_like = |(index, path): (usize, &&CStr)| CStr::from_ptr(*paths.add(index)) == *path;
        found.count == expected.len()
            && expected.iter().enumerate().all(is_like)
            && (*paths.add(found.count)).is_null()
    }
}

fn finds(pattern: &CStr, flags: c_int, expected: &[&CStr]) -> bool {
    let mut found = none();
    let is_found = call!(glob(pattern.as_ptr(), flags, None, &mut found)) == 0;
    let are_these = is_found && are(&found, expected);
    call!(globfree(&mut found));
    are_these && found.count == 0 && found.paths.is_null()
}

fn fails(pattern: &CStr, flags: c_int, failure: c_int) -> bool {
    let mut found = none();
    call!(glob(pattern.as_ptr(), flags, None, &mut found)) == failure && found.count == 0
}

fn patterns() {
    check!(finds(c"a*", 0, &[c"a", c"ab", c"abc"]));
    check!(
        finds(c"*b*c", 0, &[c"abc"]) && finds(c"a?", 0, &[c"ab"]) && finds(c"**c", 0, &[c"abc"])
    );
    check!(finds(c"?", 0, &[c"a", c"ä"]) && finds(c"[[:alpha:]]", 0, &[c"a", c"ä"]));
    check!(finds(c"b[0-1]", 0, &[c"b1"]) && finds(c"b[!0-1]", 0, &[c"b-", c"b2", c"b]"]));
    check!(finds(c"b[^12-]", 0, &[c"b]"]) && finds(c"b[]-]", 0, &[c"b-", c"b]"]));
    check!(
        finds(c"b[[:digit:]]", 0, &[c"b1", c"b2"]) && finds(c"b[[.-.][=1=]]", 0, &[c"b-", c"b1"])
    );
    check!(finds(c"st\\*r", 0, &[c"st*r"]) && fails(c"a\\*", 0, NOMATCH));
    check!(finds(c"st[*]r", 0, &[c"st*r"]) && fails(c"st\\*r", NOESCAPE, NOMATCH));
    check!(
        fails(c"b[1", 0, NOMATCH) && fails(c"b[[:none:]]", 0, NOMATCH) && fails(c"", 0, NOMATCH)
    );
    check!(finds(c".h*", 0, &[c".hidden"]) && fails(c"*idden", 0, NOMATCH));
    check!(finds(c"*idden", PERIOD, &[c".hidden"]) && fails(c"[.]hidden", 0, NOMATCH));
}

fn directories() {
    check!(finds(c"*/*", 0, &[c"dir/one", c"dir/sub"]) && finds(c"*/one", 0, &[c"dir/one"]));
    check!(finds(c"d*//s?b/*", 0, &[c"dir/sub/two"]) && finds(c"dir/one", 0, &[c"dir/one"]));
    check!(finds(c"*/", 0, &[c"dir/", c"empty/"]) && finds(c"dir/", 0, &[c"dir/"]));
    check!(finds(c"[ad]*", MARK, &[c"a", c"ab", c"abc", c"dir/"]));
    check!(finds(c"/data/d*/sub", 0, &[c"/data/dir/sub"]) && finds(c"/dat?", 0, &[c"/data"]));
    check!(finds(c"dir/../a", 0, &[c"dir/../a"]) && finds(c"/", 0, &[c"/"]));
    check!(fails(c"a/*", 0, NOMATCH) && fails(c"a/", 0, NOMATCH) && fails(c"none/*", ERR, NOMATCH));
}

/// What is added to a list, and places that stay free.
fn lists() {
    let mut found = Found { reserved: 2, ..none() };
    check!(call!(glob(c"ab".as_ptr(), DOOFFS, None, &mut found)) == 0);
    check!(are(&found, &[c"ab"]));
    check!(call!(glob(c"b[12]".as_ptr(), DOOFFS | APPEND, None, &mut found)) == 0);
    check!(call!(glob(c"none".as_ptr(), DOOFFS | APPEND, None, &mut found)) == NOMATCH);
    check!(call!(glob(c"no*".as_ptr(), DOOFFS | APPEND | NOCHECK, None, &mut found)) == 0);
    check!(call!(glob(c"a".as_ptr(), DOOFFS | APPEND, None, &mut found)) == 0);
    check!(are(&found, &[c"ab", c"b1", c"b2", c"no*", c"a"]));
    // SAFETY: they are there.
    unsafe { check!((*found.paths).is_null() && (*found.paths.add(1)).is_null()) };
    call!(globfree(&mut found));
    let mut found = none();
    check!(call!(glob(c"b[12]".as_ptr(), NOSORT, None, &mut found)) == 0 && found.count == 2);
    call!(globfree(&mut found));
}

/// `EMFILE`
const TOO_MANY: c_int = 24;

/// How often a program was told of a directory that cannot be listed.
static TOLD: AtomicI32 = AtomicI32::new(0);

extern "C" fn goes_on(_path: *const c_char, error: c_int) -> c_int {
    TOLD.fetch_add(c_int::from(error == TOO_MANY), Ordering::Relaxed);
    0
}

extern "C" fn ends(path: *const c_char, _error: c_int) -> c_int {
    // SAFETY: it is a string.
    c_int::from(unsafe { CStr::from_ptr(path) } == c"dir")
}

fn failures() {
    let mut long = [b'a' as c_char; 4097];
    long[4096] = 0;
    // SAFETY: it ends with a NUL.
    let long = unsafe { CStr::from_ptr(long.as_ptr()) };
    check!(fails(long, 0, NOSPACE));
    for reserved in [usize::MAX, usize::MAX / 8] {
        let mut found = Found { reserved, ..none() };
        check!(call!(glob(c"a".as_ptr(), DOOFFS, None, &mut found)) == NOSPACE && found.count == 0);
    }
    // A directory is listed through a descriptor, of which there are no more.
    let first = call!(dup(2));
    let mut last = first;
    loop {
        match call!(dup(2)) {
            -1 => break,
            next => last = next,
        }
    }
    check!(fails(c"dir/*", 0, NOMATCH) && fails(c"dir/*", ERR, ABORTED));
    let mut found = none();
    check!(call!(glob(c"*".as_ptr(), 0, Some(goes_on), &mut found)) == NOMATCH);
    check!(call!(glob(c"dir/*".as_ptr(), 0, Some(ends), &mut found)) == ABORTED);
    check!(TOLD.load(Ordering::Relaxed) == 1 && finds(c"dir/one", ERR, &[c"dir/one"]));
    for fd in first..=last {
        check!(call!(close(fd)) == 0);
    }
}
