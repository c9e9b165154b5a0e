//! Errors' numbers, and what statuses mean.

use core::ffi::c_int;
use core::ptr;

use zx_abi::Status;

unsafe extern "C" {
    safe fn __errno_location() -> *mut c_int;
}

/// An error's number. What can fail returns it, and [`answer`] sets `errno`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errno(pub c_int);

pub type Result<T = (), E = Errno> = core::result::Result<T, E>;

macro_rules! errors {
    ($($name:ident = $value:literal,)*) => {
        $(pub const $name: Errno = Errno($value);)*
    };
}

errors! {
    ENOENT = 2, EIO = 5, ENXIO = 6, EBADF = 9, EAGAIN = 11, ENOMEM = 12, EACCES = 13, EBUSY = 16,
    EEXIST = 17, ENODEV = 19, ENOTDIR = 20, EISDIR = 21, EINVAL = 22, EMFILE = 24, ENOTTY = 25,
    EFBIG = 27, ENOSPC = 28, ESPIPE = 29, EPIPE = 32, EDOM = 33, ERANGE = 34, ENAMETOOLONG = 36,
    ENOSYS = 38, ENOTEMPTY = 39, EOVERFLOW = 75, ENOTSOCK = 88, EPROTOTYPE = 91,
    EPROTONOSUPPORT = 93,
    EOPNOTSUPP = 95, EAFNOSUPPORT = 97, EADDRINUSE = 98, ECONNABORTED = 103, ECONNRESET = 104,
    ENOTCONN = 107, ETIMEDOUT = 110, ECONNREFUSED = 111, EHOSTUNREACH = 113,
}

/// What statuses mean (`fdio_status_to_errno`).
impl From<Status> for Errno {
    fn from(status: Status) -> Self {
        match status {
            Status::NOT_FOUND => ENOENT,
            Status::NO_MEMORY | Status::NO_RESOURCES => ENOMEM,
            Status::INVALID_ARGS | Status::BUFFER_TOO_SMALL | Status::OUT_OF_RANGE => EINVAL,
            Status::TIMED_OUT => ETIMEDOUT,
            Status::UNAVAILABLE => EBUSY,
            Status::ALREADY_EXISTS => EEXIST,
            Status::PEER_CLOSED | Status::BAD_STATE => EPIPE,
            Status::BAD_PATH => ENAMETOOLONG,
            Status::NOT_FILE => EISDIR,
            Status::NOT_DIR => ENOTDIR,
            Status::NOT_SUPPORTED | Status::WRONG_TYPE => EOPNOTSUPP,
            Status::BAD_HANDLE | Status::CANCELED => EBADF,
            Status::ACCESS_DENIED => EACCES,
            Status::SHOULD_WAIT => EAGAIN,
            Status::FILE_BIG => EFBIG,
            Status::NO_SPACE => ENOSPC,
            Status::NOT_EMPTY => ENOTEMPTY,
            Status::IO_REFUSED | Status::CONNECTION_REFUSED => ECONNREFUSED,
            Status::PROTOCOL_NOT_SUPPORTED => EPROTONOSUPPORT,
            Status::ADDRESS_UNREACHABLE => EHOSTUNREACH,
            Status::ADDRESS_IN_USE => EADDRINUSE,
            Status::NOT_CONNECTED => ENOTCONN,
            Status::CONNECTION_RESET => ECONNRESET,
            Status::CONNECTION_ABORTED => ECONNABORTED,
            _ => EIO,
        }
    }
}

/// Sets `errno`.
pub fn set(Errno(error): Errno) {
    // SAFETY: libc.so's place for it.
    unsafe { __errno_location().write(error) };
}

/// What `errno` is.
pub fn get() -> Errno {
    // SAFETY: libc.so's place for it.
    Errno(unsafe { __errno_location().read() })
}

/// What a function returns that sets `errno`: a number, or -1.
pub trait Answer {
    /// For a failure.
    const FAILURE: Self;
}

impl Answer for c_int {
    const FAILURE: Self = -1;
}

impl Answer for i64 {
    const FAILURE: Self = -1;
}

impl Answer for isize {
    const FAILURE: Self = -1;
}

/// Makes a C function's answer of a result.
pub fn answer<T: Answer>(result: Result<T>) -> T {
    result.unwrap_or_else(|error| {
        set(error);
        T::FAILURE
    })
}

/// Makes the answer of a C function that only fails or not.
pub fn done(result: Result) -> c_int {
    answer(result.map(|()| 0))
}

/// Makes the answer of a C function that returns a pointer, or null.
pub fn pointer<T>(result: Result<*mut T>) -> *mut T {
    result.unwrap_or_else(|error| {
        set(error);
        ptr::null_mut()
    })
}
