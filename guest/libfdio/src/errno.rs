//! Errors' numbers, and what statuses mean.

use core::ffi::c_int;

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
    ENOENT = 2, EIO = 5, EBADF = 9, EAGAIN = 11, ENOMEM = 12, EACCES = 13, EEXIST = 17,
    ENOTDIR = 20, EISDIR = 21, EINVAL = 22, EMFILE = 24, ENOTTY = 25, EFBIG = 27, ENOSPC = 28,
    ESPIPE = 29, EPIPE = 32, ERANGE = 34, ENAMETOOLONG = 36, ENOTEMPTY = 39, EOVERFLOW = 75,
    EOPNOTSUPP = 95, ETIMEDOUT = 110, ENOTSOCK = 88, EPROTONOSUPPORT = 93, EAFNOSUPPORT = 97,
    ENOTCONN = 107,
}

impl From<Status> for Errno {
    fn from(status: Status) -> Self {
        match status {
            Status::NOT_FOUND => ENOENT,
            Status::NO_MEMORY => ENOMEM,
            Status::INVALID_ARGS | Status::BUFFER_TOO_SMALL => EINVAL,
            Status::TIMED_OUT => ETIMEDOUT,
            Status::ALREADY_EXISTS => EEXIST,
            Status::PEER_CLOSED => EPIPE,
            Status::BAD_STATE => EPIPE,
            Status::BAD_PATH => ENAMETOOLONG,
            Status::IO => EIO,
            Status::NOT_FILE => EISDIR,
            Status::NOT_DIR => ENOTDIR,
            Status::NOT_SUPPORTED => EOPNOTSUPP,
            Status::WRONG_TYPE => EOPNOTSUPP,
            Status::OUT_OF_RANGE => EINVAL,
            Status::NO_RESOURCES => ENOMEM,
            Status::BAD_HANDLE => EBADF,
            Status::ACCESS_DENIED => EACCES,
            Status::SHOULD_WAIT => EAGAIN,
            Status::FILE_BIG => EFBIG,
            Status::NO_SPACE => ENOSPC,
            Status::NOT_EMPTY => ENOTEMPTY,
            _ => EIO,
        }
    }
}

/// Sets `errno`.
pub fn set(Errno(error): Errno) {
    // SAFETY: libc.so's place for it.
    unsafe { __errno_location().write(error) };
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
