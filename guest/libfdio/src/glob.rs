//! Paths that are like a pattern: glob.h. There are no links, and a name that is not UTF-8 is found
//! only by itself.

use alloc::ffi::CString;
use alloc::vec::Vec;
use core::ffi::{c_char, c_int, c_void};
use core::{ptr, str};

use guest_rt::io::MAX_PATH;

use crate::errno::{ENOTDIR, Errno};
use crate::heap::{free, malloc, realloc};
use crate::open::AT_FDCWD;
use crate::pattern::Pattern;
use crate::text::text;
use crate::{directory, stat};

const GLOB_ERR: c_int = 1;
const GLOB_MARK: c_int = 2;
const GLOB_NOSORT: c_int = 4;
const GLOB_DOOFFS: c_int = 8;
const GLOB_NOCHECK: c_int = 0x10;
const GLOB_APPEND: c_int = 0x20;
const GLOB_NOESCAPE: c_int = 0x40;
const GLOB_PERIOD: c_int = 0x80;

/// Why nothing is found.
#[derive(Clone, Copy)]
#[repr(i32)]
enum Failure {
    NoSpace = 1,
    Aborted = 2,
    NoMatch = 3,
}

/// `glob_t`
#[repr(C)]
struct Found {
    count: usize,
    paths: *mut *mut c_char,
    /// Places before the first path, which stay null.
    reserved: usize,
    padding: c_int,
    padding2: [*mut c_void; 5],
}

type OnError = unsafe extern "C" fn(*const c_char, c_int) -> c_int;

/// Returns a failure's number of its own.
#[unsafe(no_mangle)]
unsafe extern "C" fn glob(
    pattern: *const c_char,
    flags: c_int,
    on_error: Option<OnError>,
    found: *mut Found,
) -> c_int {
    // SAFETY: the caller's promise.
    let (found, Ok(pattern)) = (unsafe { &mut *found }, unsafe { text(pattern) }) else {
        return Failure::NoMatch as c_int;
    };
    if flags & GLOB_APPEND == 0 {
        found.count = 0;
        found.paths = ptr::null_mut();
        if flags & GLOB_DOOFFS == 0 {
            found.reserved = 0;
        }
    }
    let search = Search { flags, on_error };
    match search.run(pattern).and_then(|paths| found.add(&paths)) {
        Ok(()) => 0,
        Err(failure) => failure as c_int,
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn globfree(found: *mut Found) {
    // SAFETY: the caller's promise: `glob` has filled it in.
    unsafe {
        let found = &mut *found;
        for index in 0..found.count {
            free((*found.paths.add(found.reserved + index)).cast());
        }
        free(found.paths.cast());
        found.count = 0;
        found.paths = ptr::null_mut();
    }
}

impl Found {
    /// Adds paths behind those that there are.
    fn add(&mut self, paths: &[CString]) -> Result<(), Failure> {
        let is_new = self.paths.is_null();
        let start = self.reserved.checked_add(self.count);
        let size = start
            .and_then(|start| start.checked_add(paths.len())?.checked_add(1))
            .and_then(|places| places.checked_mul(size_of::<*mut c_char>()));
        let (Some(start), Some(size)) = (start, size) else { return Err(Failure::NoSpace) };
        // SAFETY: null, or the block of `glob`.
        let list = unsafe { realloc(self.paths.cast(), size) }.cast::<*mut c_char>();
        if list.is_null() {
            return Err(Failure::NoSpace);
        }
        self.paths = list;
        // SAFETY: the list has room for what is reserved, for all paths, and for null at the end.
        unsafe {
            if is_new {
                list.write_bytes(0, self.reserved);
            }
            for (index, path) in paths.iter().enumerate() {
                let copy = copy(path);
                if copy.is_null() {
                    (0..index).for_each(|index| free((*list.add(start + index)).cast()));
                    list.add(start).write(ptr::null_mut());
                    return Err(Failure::NoSpace);
                }
                list.add(start + index).write(copy);
            }
            list.add(start + paths.len()).write(ptr::null_mut());
        }
        self.count += paths.len();
        Ok(())
    }
}

/// A string in a block of its own; null if there is no room.
fn copy(path: &CString) -> *mut c_char {
    let bytes = path.as_bytes_with_nul();
    // SAFETY: takes no pointer; the block has room for all bytes.
    unsafe {
        let block = malloc(bytes.len()).cast::<u8>();
        if !block.is_null() {
            block.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        }
        block.cast()
    }
}

struct Search {
    flags: c_int,
    on_error: Option<OnError>,
}

impl Search {
    fn has(&self, flag: c_int) -> bool {
        self.flags & flag != 0
    }

    /// The paths that are like a pattern, in the order of their bytes unless that does not matter.
    fn run(&self, pattern: &[u8]) -> Result<Vec<CString>, Failure> {
        if pattern.len() > MAX_PATH {
            return Err(Failure::NoSpace);
        }
        let mut names =
            pattern.split(|&byte| byte == b'/').filter(|name| !name.is_empty()).peekable();
        let is_directory = pattern.ends_with(b"/");
        let start = if pattern.starts_with(b"/") { &b"/"[..] } else { b"" };
        let mut paths: Vec<Vec<u8>> =
            if pattern.is_empty() { Vec::new() } else { Vec::from([start.to_vec()]) };
        while let Some(name) = names.next() {
            let leads_on = is_directory || names.peek().is_some();
            let mut next = Vec::new();
            for path in &paths {
                self.follow(path, name, leads_on, &mut next)?;
            }
            paths = next;
        }
        for path in &mut paths {
            let is_marked = is_directory
                || self.has(GLOB_MARK) && stat::is_directory(AT_FDCWD, path).unwrap_or(false);
            if is_marked && !path.ends_with(b"/") {
                path.push(b'/');
            }
        }
        if !self.has(GLOB_NOSORT) {
            paths.sort();
        }
        if paths.is_empty() {
            if !self.has(GLOB_NOCHECK) {
                return Err(Failure::NoMatch);
            }
            paths.push(pattern.to_vec());
        }
        // Neither a pattern nor the name of an entry has a NUL.
        Ok(paths.into_iter().filter_map(|path| CString::new(path).ok()).collect())
    }

    /// Finds the entries of a directory whose names are like a pattern, which are directories if the
    /// pattern leads on.
    fn follow(
        &self,
        path: &[u8],
        name: &[u8],
        leads_on: bool,
        found: &mut Vec<Vec<u8>>,
    ) -> Result<(), Failure> {
        let pattern = str::from_utf8(name).map(|name| Pattern::new(name, !self.has(GLOB_NOESCAPE)));
        let exact = pattern.as_ref().map_or_else(|_| Some(name.to_vec()), Pattern::exact);
        let (None, Ok(pattern)) = (&exact, &pattern) else {
            let entry = join(path, &exact.unwrap_or_default());
            let is_directory = stat::is_directory(AT_FDCWD, &entry);
            if is_directory.is_ok_and(|is_directory| is_directory || !leads_on) {
                found.push(entry);
            }
            return Ok(());
        };
        let listed = match directory::list(if path.is_empty() { b"." } else { path }) {
            Ok(listed) => listed,
            Err(ENOTDIR) => return Ok(()),
            Err(error) => return self.report(path, error),
        };
        for (name, is_directory) in listed {
            let is_hidden = name.starts_with(b".") && !pattern.is_dotted();
            let is_like = str::from_utf8(&name).is_ok_and(|name| pattern.takes(name));
            if !is_like || is_hidden && !self.has(GLOB_PERIOD) {
                continue;
            }
            let entry = join(path, &name);
            let is_directory = || {
                is_directory
                    .unwrap_or_else(|| stat::is_directory(AT_FDCWD, &entry).unwrap_or(false))
            };
            if !leads_on || is_directory() {
                found.push(entry);
            }
        }
        Ok(())
    }

    /// Tells the program of a directory that cannot be listed.
    fn report(&self, path: &[u8], Errno(error): Errno) -> Result<(), Failure> {
        let ends = self.on_error.is_some_and(|on_error| {
            let path = CString::new(path).unwrap_or_default();
            // SAFETY: it takes a string and a number.
            unsafe { on_error(path.as_ptr(), error) != 0 }
        });
        if ends || self.has(GLOB_ERR) { Err(Failure::Aborted) } else { Ok(()) }
    }
}

fn join(path: &[u8], name: &[u8]) -> Vec<u8> {
    let separator: &[u8] = if path.is_empty() || path.ends_with(b"/") { b"" } else { b"/" };
    [path, separator, name].concat()
}
