//! Where generations of the ABI differ in what calls do. Which calls there are, and what their
//! arguments mean, is in the table of system calls.

use zx_abi::{Abi, WAIT_ASYNC_BOOT_TIMESTAMP, WAIT_ASYNC_EDGE, WAIT_ASYNC_TIMESTAMP};

/// What calls do for a process of one generation.
pub(crate) struct Generation {
    /// Objects: the options that `zx_object_wait_async` knows.
    pub wait_async_options: u32,
    /// Objects: `ZX_INFO_PROCESS` without a version is a topic.
    pub has_first_process_info: bool,
    /// VMOs and streams: content begins at 0, is as large as a program says, whatever the size of the
    /// VMO, and stays so when that changes; a stream counts what it is asked to transfer, and makes
    /// any resizable VMO larger.
    pub content_is_the_programs: bool,
    /// Ports: a packet too many is not only refused, but a policy exception.
    pub full_port_is_exception: bool,
}

static NEWEST: Generation = Generation {
    wait_async_options: WAIT_ASYNC_TIMESTAMP | WAIT_ASYNC_EDGE | WAIT_ASYNC_BOOT_TIMESTAMP,
    has_first_process_info: false,
    content_is_the_programs: false,
    full_port_is_exception: true,
};

static SDK_2020: Generation = Generation {
    wait_async_options: WAIT_ASYNC_TIMESTAMP,
    has_first_process_info: true,
    content_is_the_programs: true,
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
