//! Options of a command line: `getopt` of unistd.h.

use core::cell::UnsafeCell;
use core::ffi::{CStr, c_char, c_int};
use core::ptr;

use guest_rt::bytes::Lossy;

/// A variable that C programs have by its name. One thread at a time calls `getopt`.
#[repr(transparent)]
struct Variable<T>(UnsafeCell<T>);

// SAFETY: C says that who reads options sees to it that nobody else does.
unsafe impl<T> Sync for Variable<T> {}

impl<T: Copy> Variable<T> {
    const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    fn get(&self) -> T {
        // SAFETY: one thread looks at it.
        unsafe { self.0.get().read() }
    }

    fn set(&self, value: T) {
        // SAFETY: as above.
        unsafe { self.0.get().write(value) };
    }
}

/// What an option has behind it.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals, reason = "C's name")]
static optarg: Variable<*mut c_char> = Variable::new(ptr::null_mut());
/// The next argument; 0 and 1 begin again.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals, reason = "C's name")]
static optind: Variable<c_int> = Variable::new(1);
/// Whether errors are to be told.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals, reason = "C's name")]
static opterr: Variable<c_int> = Variable::new(1);
/// The letter that was wrong.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals, reason = "C's name")]
static optopt: Variable<c_int> = Variable::new(0);

/// Where the next letter is in its argument; 0 for a new argument.
static PLACE: Variable<usize> = Variable::new(0);

/// The next option's letter, or -1; `?` or `:` for what is wrong.
#[unsafe(no_mangle)]
unsafe extern "C" fn getopt(
    count: c_int,
    args: *const *mut c_char,
    letters: *const c_char,
) -> c_int {
    if optind.get() == 0 {
        optind.set(1);
        PLACE.set(0);
    }
    let arg = |index: c_int| {
        // SAFETY: the caller's promise: there are as many strings, and null.
        (index < count).then(|| unsafe { args.add(index as usize).read() })
    };
    let index = optind.get();
    let Some(current) = arg(index).filter(|current| !current.is_null()) else { return -1 };
    // SAFETY: the caller's promise, for all three.
    let (text, letters, program) = unsafe {
        let program = args.read();
        let program = if program.is_null() { c"" } else { CStr::from_ptr(program) };
        (CStr::from_ptr(current).to_bytes(), CStr::from_ptr(letters).to_bytes(), program)
    };
    if PLACE.get() == 0 {
        match text {
            [b'-', b'-'] => {
                optind.set(index + 1);
                return -1;
            }
            [b'-', _, ..] => PLACE.set(1),
            _ => return -1,
        }
    }
    let place = PLACE.get();
    let Some(&letter) = text.get(place) else { return -1 };
    let rest = text.get(place + 1..).unwrap_or_default();
    let next = |used: c_int| {
        optind.set(index + used);
        PLACE.set(0);
    };
    // A colon in front asks for silence, and to be told what is missing.
    let (tells_missing, letters) = match letters {
        [b':', letters @ ..] => (true, letters),
        letters => (false, letters),
    };
    let wrong = |what: &str, answer: u8| {
        optopt.set(letter.into());
        if !tells_missing && opterr.get() != 0 {
            let program = Lossy(program.to_bytes());
            guest_rt::eprintln!("{program}: {what} -- {}", char::from(letter));
        }
        c_int::from(answer)
    };
    let known = letters.iter().position(|&known| known == letter && letter != b':');
    let Some(known) = known else {
        if rest.is_empty() {
            next(1)
        } else {
            PLACE.set(place + 1)
        }
        return wrong("unknown option", b'?');
    };
    if letters.get(known + 1) != Some(&b':') {
        if rest.is_empty() {
            next(1)
        } else {
            PLACE.set(place + 1)
        }
        return letter.into();
    }
    if !rest.is_empty() {
        optarg.set(current.wrapping_add(place + 1));
        next(1);
        return letter.into();
    }
    match arg(index + 1).filter(|value| !value.is_null()) {
        Some(value) => {
            optarg.set(value);
            next(2);
            letter.into()
        }
        None => {
            next(1);
            wrong("an argument is missing", if tells_missing { b':' } else { b'?' })
        }
    }
}
