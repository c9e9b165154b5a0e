//! errno.h, and what strings say of errors.

use core::ffi::{c_char, c_int};

use zx_abi::Status;

use crate::thread::Thread;

macro_rules! errors {
    ($($name:ident = $value:literal, $text:literal;)*) => {
        $(pub const $name: c_int = $value;)*

        pub fn text(error: c_int) -> &'static core::ffi::CStr {
            match error {
                $($name => {
                    const TEXT: &[u8] = concat!($text, "\0").as_bytes();
                    match core::ffi::CStr::from_bytes_with_nul(TEXT) {
                        Ok(text) => text,
                        Err(_) => c"",
                    }
                })*
                _ => c"Unknown error",
            }
        }
    };
}

errors! {
    OK = 0, "No error";
    EPERM = 1, "Operation not permitted";
    ENOENT = 2, "No such file or directory";
    ESRCH = 3, "No such process";
    EINTR = 4, "Interrupted call";
    EIO = 5, "Input/output error";
    ENXIO = 6, "No such device or address";
    E2BIG = 7, "Argument list too long";
    ENOEXEC = 8, "Not an executable";
    EBADF = 9, "Bad file descriptor";
    ECHILD = 10, "No child process";
    EAGAIN = 11, "Resource temporarily unavailable";
    ENOMEM = 12, "Out of memory";
    EACCES = 13, "Permission denied";
    EFAULT = 14, "Bad address";
    EBUSY = 16, "Resource busy";
    EEXIST = 17, "File exists";
    EXDEV = 18, "Cross-device link";
    ENODEV = 19, "No such device";
    ENOTDIR = 20, "Not a directory";
    EISDIR = 21, "Is a directory";
    EINVAL = 22, "Invalid argument";
    ENFILE = 23, "Too many open files in the system";
    EMFILE = 24, "Too many open files";
    ENOTTY = 25, "Not a terminal";
    EFBIG = 27, "File too large";
    ENOSPC = 28, "No space left";
    ESPIPE = 29, "Cannot seek";
    EROFS = 30, "Read-only file system";
    EMLINK = 31, "Too many links";
    EPIPE = 32, "Broken pipe";
    EDOM = 33, "Argument out of domain";
    ERANGE = 34, "Result out of range";
    EDEADLK = 35, "Would deadlock";
    ENAMETOOLONG = 36, "Name too long";
    ENOSYS = 38, "Function not implemented";
    ENOTEMPTY = 39, "Directory not empty";
    ELOOP = 40, "Too many symbolic links";
    EPROTO = 71, "Protocol error";
    EBADMSG = 74, "Bad message";
    EOVERFLOW = 75, "Value too large";
    EILSEQ = 84, "Illegal byte sequence";
    ENOTSOCK = 88, "Not a socket";
    EDESTADDRREQ = 89, "Destination address required";
    EMSGSIZE = 90, "Message too long";
    EPROTOTYPE = 91, "Wrong protocol type for socket";
    ENOPROTOOPT = 92, "Protocol not available";
    EPROTONOSUPPORT = 93, "Protocol not supported";
    EOPNOTSUPP = 95, "Operation not supported";
    EAFNOSUPPORT = 97, "Address family not supported";
    EADDRINUSE = 98, "Address in use";
    EADDRNOTAVAIL = 99, "Address not available";
    ENETDOWN = 100, "Network is down";
    ENETUNREACH = 101, "Network unreachable";
    ECONNABORTED = 103, "Connection aborted";
    ECONNRESET = 104, "Connection reset";
    ENOBUFS = 105, "No buffer space available";
    EISCONN = 106, "Socket is connected";
    ENOTCONN = 107, "Socket is not connected";
    ETIMEDOUT = 110, "Timed out";
    ECONNREFUSED = 111, "Connection refused";
    EHOSTUNREACH = 113, "Host unreachable";
    EALREADY = 114, "Operation already in progress";
    EINPROGRESS = 115, "Operation in progress";
    ECANCELED = 125, "Canceled";
}

/// The number of the error that a status means, for functions that return it.
pub fn of_status(status: Status) -> c_int {
    match status {
        Status::OK => OK,
        Status::NO_MEMORY | Status::NO_RESOURCES => ENOMEM,
        Status::INVALID_ARGS | Status::OUT_OF_RANGE => EINVAL,
        Status::BAD_HANDLE => EBADF,
        Status::ACCESS_DENIED => EACCES,
        Status::TIMED_OUT => ETIMEDOUT,
        Status::SHOULD_WAIT => EAGAIN,
        Status::ALREADY_EXISTS => EEXIST,
        Status::NOT_FOUND => ENOENT,
        Status::NOT_SUPPORTED => ENOSYS,
        _ => EIO,
    }
}

/// `errno`
pub fn get() -> c_int {
    Thread::current().errno.get()
}

/// Sets `errno`.
pub fn set(error: c_int) {
    Thread::current().errno.set(error);
}

/// Sets `errno`, and returns what functions return then.
pub fn fail(error: c_int) -> c_int {
    set(error);
    -1
}

#[unsafe(no_mangle)]
extern "C" fn __errno_location() -> *mut c_int {
    Thread::current().errno.as_ptr()
}

#[unsafe(no_mangle)]
extern "C" fn strerror(error: c_int) -> *const c_char {
    text(error).as_ptr()
}

/// Returns ERANGE if the text is cut to fit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn strerror_r(error: c_int, buffer: *mut c_char, size: usize) -> c_int {
    let text = text(error).to_bytes_with_nul();
    let Some(last) = size.checked_sub(1) else { return ERANGE };
    let count = text.len().min(last);
    // SAFETY: the caller's buffer has `size` bytes.
    unsafe {
        buffer.cast::<u8>().copy_from_nonoverlapping(text.as_ptr(), count);
        buffer.add(count).write(0);
    }
    if count < text.len() - 1 { ERANGE } else { 0 }
}

/// The same under the name that it has where another function has its usual one.
#[unsafe(no_mangle)]
unsafe extern "C" fn __xpg_strerror_r(error: c_int, buffer: *mut c_char, size: usize) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { strerror_r(error, buffer, size) }
}
