//! locale.h and langinfo.h: there is C's locale, with UTF-8 for text.

use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr;

use crate::errno;

/// Names of that locale.
const NAMES: [&CStr; 4] = [c"", c"C", c"POSIX", c"C.UTF-8"];

/// What a `locale_t` points to.
static LOCALE: u8 = 0;

fn locale() -> *mut c_void {
    ptr::from_ref(&LOCALE).cast_mut().cast()
}

/// The locale's name, whatever it was asked for by; null for any other.
#[unsafe(no_mangle)]
unsafe extern "C" fn setlocale(category: c_int, name: *const c_char) -> *const c_char {
    const LAST: c_int = 6;
    // SAFETY: null or a string, by the caller's promise.
    let known = name.is_null() || NAMES.contains(&unsafe { CStr::from_ptr(name) });
    if known && (0..=LAST).contains(&category) { c"C".as_ptr() } else { ptr::null() }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn newlocale(
    _categories: c_int,
    name: *const c_char,
    _base: *mut c_void,
) -> *mut c_void {
    // SAFETY: the caller's promise.
    if NAMES.contains(&unsafe { CStr::from_ptr(name) }) {
        return locale();
    }
    errno::set(errno::ENOENT);
    ptr::null_mut()
}

#[unsafe(no_mangle)]
extern "C" fn duplocale(locale: *mut c_void) -> *mut c_void {
    locale
}

#[unsafe(no_mangle)]
extern "C" fn freelocale(_locale: *mut c_void) {}

#[unsafe(no_mangle)]
extern "C" fn uselocale(_locale: *mut c_void) -> *mut c_void {
    locale()
}

/// `struct lconv`
#[repr(C)]
struct Conventions {
    decimal_point: *const c_char,
    /// Strings that are empty.
    texts: [*const c_char; 9],
    /// What is not said.
    numbers: [c_char; 14],
}

// SAFETY: it points to strings that stay.
unsafe impl Sync for Conventions {}

#[unsafe(no_mangle)]
extern "C" fn localeconv() -> *const c_void {
    static CONVENTIONS: Conventions = Conventions {
        decimal_point: c".".as_ptr(),
        texts: [c"".as_ptr(); 9],
        numbers: [c_char::MAX; 14],
    };
    ptr::from_ref(&CONVENTIONS).cast()
}

/// How text is encoded, and the point of numbers; all else is empty.
#[unsafe(no_mangle)]
extern "C" fn nl_langinfo(item: c_int) -> *const c_char {
    const CODESET: c_int = 14;
    const RADIXCHAR: c_int = 0x1_0000;
    match item {
        CODESET => c"UTF-8".as_ptr(),
        RADIXCHAR => c".".as_ptr(),
        _ => c"".as_ptr(),
    }
}

#[unsafe(no_mangle)]
extern "C" fn nl_langinfo_l(item: c_int, _locale: *mut c_void) -> *const c_char {
    nl_langinfo(item)
}
