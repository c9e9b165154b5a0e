//! Strings, and numbers in them.

use core::ffi::{CStr, c_char, c_int, c_long, c_void};
use core::ptr;

use crate::{c, check};

pub fn check_all() {
    finding();
    copying();
    tokens();
    characters();
    wide();
    integers();
    floats();
    sorting();
    options();
}

/// What is at a place of a string.
fn rest(found: *const c_char) -> &'static [u8] {
    // SAFETY: it is null, or in a string.
    if found.is_null() { b"" } else { unsafe { CStr::from_ptr(found) }.to_bytes() }
}

fn finding() {
    let text = c"one two one two".as_ptr();
    // SAFETY: all are strings.
    unsafe {
        check!(rest(c::strstr(text, c"two".as_ptr())) == b"two one two");
        check!(c::strstr(text, c"three".as_ptr()).is_null());
        check!(c::strstr(text, c"".as_ptr()).cast_const() == text);
        check!(rest(c::strcasestr(text, c"TWO O".as_ptr())) == b"two one two");
        check!(rest(c::strrchr(text, c_int::from(b'o'))) == b"o");
        check!(rest(c::strpbrk(text, c"xtw".as_ptr())) == b"two one two");
        check!(c::strpbrk(text, c"xyz".as_ptr()).is_null());
        check!(c::strlen(text) == 15 && c::strlen(c"".as_ptr()) == 0);
        let two: *const c_void = c"two".as_ptr().cast();
        check!(rest(c::memmem(text.cast(), 7, two, 3).cast()) == b"two one two");
        check!(c::memmem(text.cast(), 6, two, 3).is_null());
        check!(c::memchr(text.cast(), c_int::from(b't'), 4).is_null());
    }
}

fn copying() {
    let mut room = [0x7f_i8; 8];
    let start = room.as_mut_ptr();
    // SAFETY: all are strings, and there is room.
    unsafe {
        check!(c::strlcpy(start, c"long text".as_ptr(), 8) == 9 && rest(start) == b"long te");
        check!(c::strlcpy(start, c"a".as_ptr(), 8) == 1);
        check!(c::strncat(start, c"bcd".as_ptr(), 2) == start && rest(start) == b"abc");
        check!(c::strlcat(start, c"defghij".as_ptr(), 8) == 10 && rest(start) == b"abcdefg");
    }
}

fn tokens() {
    let mut text = *b" a,,b ;c\0";
    let mut next = ptr::null_mut();
    // SAFETY: the text is a string.
    unsafe {
        let mut string = text.as_mut_ptr().cast::<c_char>();
        for expected in [&b"a"[..], b"b", b"c"] {
            let token = c::strtok_r(string, c" ,;".as_ptr(), &mut next);
            check!(rest(token) == expected);
            string = ptr::null_mut();
        }
        check!(c::strtok_r(string, c" ,;".as_ptr(), &mut next).is_null());
        let mut text = *b"a,,b\0";
        let mut string = text.as_mut_ptr().cast::<c_char>();
        for expected in [&b"a"[..], b"", b"b"] {
            let token = c::strsep(&mut string, c",".as_ptr());
            check!(rest(token) == expected);
        }
        check!(string.is_null() && c::strsep(&mut string, c",".as_ptr()).is_null());
    }
}

fn characters() {
    // SAFETY: takes no pointer.
    unsafe {
        for character in 0..256 {
            let byte = character as u8;
            check!((c::isalpha(character) != 0) == byte.is_ascii_alphabetic());
            check!((c::isspace(character) != 0) == b" \t\n\x0b\x0c\r".contains(&byte));
            check!(c::tolower(character) == c_int::from(byte.to_ascii_lowercase()));
        }
        check!(c::isalpha(-1) == 0 && c::tolower(-1) == -1);
    }
}

fn wide() {
    let text = ['a', 'é', '€', '😀', '\0'].map(|character| character as c_int);
    let mut room = [0x7f_u8; 12];
    // SAFETY: the text ends with 0, and there is room.
    unsafe {
        check!(c::wcslen(text.as_ptr()) == 4);
        check!(c::wcstombs(ptr::null_mut(), text.as_ptr(), 0) == 10);
        check!(c::wcstombs(room.as_mut_ptr().cast(), text.as_ptr(), 12) == 10);
        check!(room[..11] == *"aé€😀\0".as_bytes() && room[11] == 0x7f);
        check!(c::wcstombs(room.as_mut_ptr().cast(), text.as_ptr(), 9) == 6);
        check!(c::wcstombs(ptr::null_mut(), [0xd800, 0].as_ptr(), 0) == usize::MAX);
    }
}

/// `errno`, which is 0 again.
fn errno() -> c_int {
    // SAFETY: it is there.
    unsafe { core::mem::take(&mut *c::__errno_location()) }
}

fn integers() {
    errno();
    let signed: [(&CStr, c_int, c_long, usize, c_int); 16] = [
        (c"42 rest", 10, 42, 3 - 1, 0),
        (c" \t-42", 10, -42, 5, 0),
        (c"+7", 0, 7, 2, 0),
        (c"0x1Fg", 0, 31, 4, 0),
        (c"0x1F", 16, 31, 4, 0),
        (c"0xg", 0, 0, 1, 0),
        (c"017", 0, 15, 3, 0),
        (c"08", 0, 0, 1, 0),
        (c"zz", 36, 1295, 2, 0),
        (c"102", 2, 2, 2, 0),
        (c"x", 10, 0, 0, 0),
        (c"-", 10, 0, 0, 0),
        (c"9223372036854775807", 10, c_long::MAX, 19, 0),
        (c"9223372036854775808", 10, c_long::MAX, 19, 34),
        (c"-9223372036854775808", 10, c_long::MIN, 20, 0),
        (c"-9223372036854775809x", 10, c_long::MIN, 20, 34),
    ];
    for (text, base, value, size, error) in signed {
        let mut end = ptr::null_mut();
        // SAFETY: the text is a string.
        let parsed = unsafe { c::strtol(text.as_ptr(), &mut end, base) };
        check!(parsed == value);
        check!(end.addr() - text.as_ptr().addr() == size);
        check!(errno() == error);
    }
    // SAFETY: all are strings.
    unsafe {
        let mut end = ptr::null_mut();
        check!(c::strtol(c"1".as_ptr(), &mut end, 1) == 0 && errno() == 22);
        check!(c::strtoul(c"-1".as_ptr(), ptr::null_mut(), 10) == u64::MAX && errno() == 0);
        check!(c::strtoul(c"18446744073709551615".as_ptr(), ptr::null_mut(), 10) == u64::MAX);
        check!(errno() == 0);
        check!(c::strtoul(c"-18446744073709551615".as_ptr(), ptr::null_mut(), 10) == 1);
        check!(errno() == 0);
        check!(c::strtoul(c"18446744073709551616".as_ptr(), ptr::null_mut(), 10) == u64::MAX);
        check!(errno() == 34);
        check!(c::atoi(c" 12abc".as_ptr()) == 12 && c::atoi(c"abc".as_ptr()) == 0);
    }
}

fn floats() {
    let numbers: [(&CStr, f64, usize, c_int); 18] = [
        (c"1.5e3x", 1500.0, 5, 0),
        (c" -.5", -0.5, 4, 0),
        (c"5.", 5.0, 2, 0),
        (c"1e", 1.0, 1, 0),
        (c"1e+", 1.0, 1, 0),
        (c"0.1", 0.1, 3, 0),
        (c"2.2250738585072014e-308", f64::MIN_POSITIVE, 23, 0),
        (c"1.7976931348623157e308", f64::MAX, 22, 0),
        (c"1e309", f64::INFINITY, 5, 34),
        (c"-1e400", f64::NEG_INFINITY, 6, 34),
        (c"1e-400", 0.0, 6, 34),
        (c"0e-400", 0.0, 6, 0),
        (c"0x1.8p3", 12.0, 7, 0),
        (c"0x.8", 0.5, 4, 0),
        (c"0x1.fffffffffffff8p0", 2.0, 20, 0),
        (c"0xg", 0.0, 1, 0),
        (c"Infinity", f64::INFINITY, 8, 0),
        (c".", 0.0, 0, 0),
    ];
    for (text, value, size, error) in numbers {
        let mut end = ptr::null_mut();
        // SAFETY: the text is a string.
        let parsed = unsafe { c::strtod(text.as_ptr(), &mut end) };
        check!(parsed.to_bits() == value.to_bits());
        check!(end.addr() - text.as_ptr().addr() == size);
        check!(errno() == error);
    }
    // SAFETY: all are strings.
    unsafe {
        check!(c::strtod(c"nan".as_ptr(), ptr::null_mut()).is_nan());
        check!(c::strtof(c"0.1".as_ptr(), ptr::null_mut()).to_bits() == 0.1_f32.to_bits());
        check!(c::strtof(c"1e39".as_ptr(), ptr::null_mut()) == f32::INFINITY && errno() == 34);
        let quarter = c::atof(c"0.25".as_ptr());
        check!(quarter.to_bits() == 0.25_f64.to_bits());
    }
}

extern "C" fn compare(left: *const c_void, right: *const c_void) -> c_int {
    // SAFETY: both are elements.
    let (left, right) = unsafe { (left.cast::<[u8; 3]>().read(), right.cast::<[u8; 3]>().read()) };
    left.cmp(&right) as c_int
}

fn sorting() {
    // SAFETY: elements have this size.
    unsafe {
        c::srand(7);
        let first = c::rand();
        for count in [0, 1, 2, 3, 17, 100] {
            let mut elements = [[0_u8; 3]; 100];
            let elements = &mut elements[..count];
            for element in elements.iter_mut() {
                let number = c::rand();
                check!(number >= 0);
                // Some of them are the same.
                *element = [number as u8 % 8, (number >> 8) as u8 % 8, 1];
            }
            let start = elements.as_mut_ptr().cast::<c_void>();
            c::qsort(start, count, 3, compare);
            check!(elements.is_sorted());
            for element in elements.iter() {
                let found = c::bsearch(element.as_ptr().cast(), start, count, 3, compare);
                check!(found.cast::<[u8; 3]>().read() == *element);
            }
            let key = [9_u8, 0, 0];
            check!(c::bsearch(key.as_ptr().cast(), start, count, 3, compare).is_null());
        }
        c::srand(7);
        check!(c::rand() == first);
    }
}

fn options() {
    let args = [c"program", c"-ab", c"-cvalue", c"-c", c"next", c"-x", c"-c"];
    let mut args = args.map(|arg| arg.as_ptr().cast_mut());
    let letters = c":abc:".as_ptr();
    // SAFETY: all are strings, and nobody else reads options.
    unsafe {
        let option = || c::getopt(7, args.as_ptr(), letters);
        check!(option() == c_int::from(b'a') && option() == c_int::from(b'b'));
        check!(option() == c_int::from(b'c') && rest(c::optarg) == b"value" && c::optind == 3);
        check!(option() == c_int::from(b'c') && rest(c::optarg) == b"next" && c::optind == 5);
        check!(option() == c_int::from(b'?') && c::optopt == c_int::from(b'x'));
        check!(option() == c_int::from(b':') && c::optopt == c_int::from(b'c'));
        check!(option() == -1 && c::optind == 7);
        args[1] = c"--".as_ptr().cast_mut();
        c::optind = 1;
        check!(c::getopt(7, args.as_ptr(), letters) == -1 && c::optind == 2);
        args[1] = c"word".as_ptr().cast_mut();
        c::optind = 1;
        check!(c::getopt(7, args.as_ptr(), letters) == -1 && c::optind == 1);
        c::opterr = 0;
        args[1] = c"-z".as_ptr().cast_mut();
        check!(c::getopt(7, args.as_ptr(), c"a".as_ptr()) == c_int::from(b'?'));
    }
}
