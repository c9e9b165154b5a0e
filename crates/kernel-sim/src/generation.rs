//! Where generations of the ABI differ in what calls do. Which calls there are, and what their
//! arguments mean, is in the table of system calls.

use zx_abi::{Abi, WAIT_ASYNC_BOOT_TIMESTAMP, WAIT_ASYNC_EDGE, WAIT_ASYNC_TIMESTAMP};

/// What calls do for a process of one generation.
pub(crate) struct Generation {
    /// Objects: the options that `zx_object_wait_async` knows.
    pub wait_async_options: u32,
    /// Objects: `ZX_INFO_PROCESS` without a version is a topic.
    pub has_first_process_info: bool,
    /// Ports: a packet too many is not only refused, but a policy exception.
    pub full_port_is_exception: bool,
}

static NEWEST: Generation = Generation {
    wait_async_options: WAIT_ASYNC_TIMESTAMP | WAIT_ASYNC_EDGE | WAIT_ASYNC_BOOT_TIMESTAMP,
    has_first_process_info: false,
    full_port_is_exception: true,
};

static SDK_2020: Generation = Generation {
    wait_async_options: WAIT_ASYNC_TIMESTAMP,
    has_first_process_info: true,
    full_port_is_exception: false,
};

impl Generation {
    /// The generation of an ABI.
    pub fn of(abi: Abi) -> &'static Self {
        match abi {
            Abi::Sdk2020 => &SDK_2020,
            Abi::Newest => &NEWEST,
        }
    }
}
