//! The environment: `environ` and stdlib.h's functions.

use core::ffi::{CStr, c_char, c_int};
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use core::{ptr, slice};

use guest_rt::lock::Lock;

use crate::{errno, memory};

/// The list, which ends with null. Programs read it, and may replace it.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals, reason = "C's name")]
static environ: AtomicPtr<*mut c_char> = AtomicPtr::new(ptr::null_mut());

/// For changes.
static LOCK: Lock = Lock::new();
/// How many places the last list of this library's own has.
static CAPACITY: AtomicUsize = AtomicUsize::new(0);
static OWN: AtomicPtr<*mut c_char> = AtomicPtr::new(ptr::null_mut());

/// Begins with this list, which ends with null.
pub fn adopt(list: &'static mut [*mut c_char]) {
    environ.store(list.as_mut_ptr(), Ordering::Relaxed);
}

/// The list as it is.
pub fn current() -> *mut *mut c_char {
    environ.load(Ordering::Relaxed)
}

/// The strings of the list.
///
/// # Safety
/// Nobody changes the list meanwhile.
unsafe fn entries<'a>() -> &'a mut [*mut c_char] {
    let list = current();
    if list.is_null() {
        return &mut [];
    }
    let mut count = 0;
    // SAFETY: the list ends with null.
    unsafe {
        while !(*list.add(count)).is_null() {
            count += 1;
        }
        slice::from_raw_parts_mut(list, count)
    }
}

/// The value of a variable, if the string is one of this name.
///
/// # Safety
/// The entry is a string.
unsafe fn value(entry: *mut c_char, name: &[u8]) -> Option<*mut c_char> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { CStr::from_ptr(entry) }.to_bytes();
    let rest = bytes.strip_prefix(name)?;
    (rest.first() == Some(&b'=')).then(|| entry.wrapping_add(name.len() + 1))
}

/// A name that a variable may have.
///
/// # Safety
/// The name is null or a string.
unsafe fn name_of<'a>(name: *const c_char) -> Option<&'a [u8]> {
    if name.is_null() {
        return None;
    }
    // SAFETY: the caller's promise.
    let name = unsafe { CStr::from_ptr(name) }.to_bytes();
    (!name.is_empty() && !name.contains(&b'=')).then_some(name)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn getenv(name: *const c_char) -> *mut c_char {
    // SAFETY: the caller's promise, that nobody changes the environment among it.
    unsafe {
        let Some(name) = name_of(name) else { return ptr::null_mut() };
        let found = entries().iter().find_map(|&entry| value(entry, name));
        found.unwrap_or(ptr::null_mut())
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn setenv(name: *const c_char, text: *const c_char, overwrite: c_int) -> c_int {
    // SAFETY: the caller's promise.
    let (Some(name), text) = (unsafe { (name_of(name), CStr::from_ptr(text)) }) else {
        return errno::fail(errno::EINVAL);
    };
    let text = text.to_bytes_with_nul();
    let entry = memory::malloc(name.len() + 1 + text.len()).cast::<u8>();
    if entry.is_null() {
        return -1;
    }
    // SAFETY: the block has room for all three.
    unsafe {
        entry.copy_from_nonoverlapping(name.as_ptr(), name.len());
        entry.add(name.len()).write(b'=');
        entry.add(name.len() + 1).copy_from_nonoverlapping(text.as_ptr(), text.len());
    }
    locked(|| {
        // SAFETY: the lock is held.
        unsafe { put(entry.cast(), name, overwrite != 0) }
    })
}

/// The string itself becomes part of the environment.
#[unsafe(no_mangle)]
unsafe extern "C" fn putenv(entry: *mut c_char) -> c_int {
    // SAFETY: the caller's promise.
    let bytes = unsafe { CStr::from_ptr(entry) }.to_bytes();
    match bytes.iter().position(|&byte| byte == b'=') {
        // SAFETY: the lock is held.
        Some(end) if end > 0 => locked(|| unsafe { put(entry, &bytes[..end], true) }),
        Some(_) => errno::fail(errno::EINVAL),
        // SAFETY: the caller's promise.
        None => unsafe { unsetenv(entry) },
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn unsetenv(name: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    let Some(name) = (unsafe { name_of(name) }) else { return errno::fail(errno::EINVAL) };
    locked(|| {
        // SAFETY: the lock is held; the list's null is one behind its entries.
        unsafe {
            let list = entries();
            let (start, count) = (list.as_mut_ptr(), list.len());
            let mut kept = 0;
            for index in 0..count {
                let entry = start.add(index).read();
                if value(entry, name).is_none() {
                    start.add(kept).write(entry);
                    kept += 1;
                }
            }
            if !start.is_null() && count > 0 {
                start.add(kept).write(ptr::null_mut());
            }
        }
        0
    })
}

#[unsafe(no_mangle)]
extern "C" fn clearenv() -> c_int {
    locked(|| {
        environ.store(ptr::null_mut(), Ordering::Relaxed);
        0
    })
}

fn locked(act: impl FnOnce() -> c_int) -> c_int {
    LOCK.acquire();
    let result = act();
    LOCK.release();
    result
}

/// Makes a string the entry of this name.
///
/// # Safety
/// The lock is held, and the string stays.
unsafe fn put(entry: *mut c_char, name: &[u8], overwrite: bool) -> c_int {
    // SAFETY: the caller's promise.
    let list = unsafe { entries() };
    // SAFETY: entries are strings.
    if let Some(place) = list.iter_mut().find(|place| unsafe { value(**place, name) }.is_some()) {
        if overwrite {
            // What was there may be in use: C says nothing of its end.
            *place = entry;
        }
        return 0;
    }
    let count = list.len();
    let own = OWN.load(Ordering::Relaxed);
    let capacity = CAPACITY.load(Ordering::Relaxed);
    let list = if current() == own && count + 2 <= capacity {
        own
    } else {
        let capacity = (count + 2).next_power_of_two().max(16);
        let larger = memory::calloc(capacity, size_of::<*mut c_char>()).cast::<*mut c_char>();
        if larger.is_null() {
            return -1;
        }
        // SAFETY: there is room for more than the entries. The old list may be in use.
        unsafe { larger.copy_from_nonoverlapping(list.as_ptr(), count) };
        CAPACITY.store(capacity, Ordering::Relaxed);
        OWN.store(larger, Ordering::Relaxed);
        larger
    };
    // SAFETY: there are two places behind the entries.
    unsafe {
        list.add(count + 1).write(ptr::null_mut());
        list.add(count).write(entry);
    }
    environ.store(list, Ordering::Relaxed);
    0
}
