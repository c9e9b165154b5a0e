//! `zx_status_t` (zircon/errors.h).

use core::fmt;

/// A Zircon status code. Errors are negative.
///
/// `Display` is the bare name (`NOT_FOUND`), `Debug` is `Status(NOT_FOUND)`; an unknown code
/// displays as `Unknown zircon status code: N`, as upstream's zx-status crate prints them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(transparent)]
pub struct Status(i32);

/// The result of an operation that fails with a [`Status`].
pub type Result<T = (), E = Status> = core::result::Result<T, E>;

impl Status {
    /// The raw `zx_status_t`.
    pub const fn into_raw(self) -> i32 {
        self.0
    }

    /// Wraps a raw `zx_status_t`, known or not.
    pub const fn from_raw(raw: i32) -> Self {
        Self(raw)
    }

    /// `Ok` for `ZX_OK`, the status itself otherwise.
    pub const fn ok(raw: i32) -> Result {
        if raw == 0 { Ok(()) } else { Err(Self(raw)) }
    }
}

macro_rules! statuses {
    ($($name:ident = $value:literal,)*) => {
        impl Status {
            $(#[doc = concat!("`ZX_ERR_", stringify!($name), "` (", stringify!($value), ")")]
            pub const $name: Self = Self($value);)*

            /// Every known status, with its name less the `ZX_ERR_`.
            pub const ALL: &'static [(&'static str, Self)] =
                &[$((stringify!($name), Self::$name),)*];

            /// The name less the `ZX_ERR_`, if the code is known.
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$name => Some(stringify!($name)),)*
                    _ => None,
                }
            }
        }
    };
}

statuses! {
    OK = 0,
    INTERNAL = -1,
    NOT_SUPPORTED = -2,
    NO_RESOURCES = -3,
    NO_MEMORY = -4,
    INTERNAL_INTR_RETRY = -6,
    INVALID_ARGS = -10,
    BAD_HANDLE = -11,
    WRONG_TYPE = -12,
    BAD_SYSCALL = -13,
    OUT_OF_RANGE = -14,
    BUFFER_TOO_SMALL = -15,
    BAD_STATE = -20,
    TIMED_OUT = -21,
    SHOULD_WAIT = -22,
    CANCELED = -23,
    PEER_CLOSED = -24,
    NOT_FOUND = -25,
    ALREADY_EXISTS = -26,
    ALREADY_BOUND = -27,
    UNAVAILABLE = -28,
    ACCESS_DENIED = -30,
    IO = -40,
    IO_REFUSED = -41,
    IO_DATA_INTEGRITY = -42,
    IO_DATA_LOSS = -43,
    IO_NOT_PRESENT = -44,
    IO_OVERRUN = -45,
    IO_MISSED_DEADLINE = -46,
    IO_INVALID = -47,
    BAD_PATH = -50,
    NOT_DIR = -51,
    NOT_FILE = -52,
    FILE_BIG = -53,
    NO_SPACE = -54,
    NOT_EMPTY = -55,
    STOP = -60,
    NEXT = -61,
    ASYNC = -62,
    PROTOCOL_NOT_SUPPORTED = -70,
    ADDRESS_UNREACHABLE = -71,
    ADDRESS_IN_USE = -72,
    NOT_CONNECTED = -73,
    CONNECTION_REFUSED = -74,
    CONNECTION_RESET = -75,
    CONNECTION_ABORTED = -76,
    INTERNAL_INTR_KILLED = -502,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "Unknown zircon status code: {}", self.0),
        }
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "Status({name})"),
            None => write!(f, "Status({})", self.0),
        }
    }
}

impl core::error::Error for Status {}
