//! Where generations of the ABI differ in what calls do. Which calls there are, and what their
//! arguments mean, is in the table of system calls.

use zx_abi::{
    Abi, EXCP_POLICY_CODE_CHANNEL_FULL_WRITE, PolicyCondition, Rights, Status, VmoChildOptions,
    WAIT_ASYNC_BOOT_TIMESTAMP, WAIT_ASYNC_EDGE, WAIT_ASYNC_TIMESTAMP,
};

/// What calls do for a process of one generation.
pub(crate) struct Generation {
    /// Objects: the options that `zx_object_wait_async` knows.
    pub wait_async_options: u32,
    /// Objects: `ZX_INFO_PROCESS` without a version is a topic.
    pub has_first_process_info: bool,
    /// Objects: a property that does not exist.
    pub unknown_property: Status,
    /// Exceptions: all debuggers of all jobs above are told of a process that starts, one after the
    /// other, not only the nearest one; a job may have several; a thread may end of an exception
    /// alone.
    pub tells_all_job_debuggers: bool,
    /// Exceptions: by how much policy codes are less that are no condition's number.
    pub policy_codes_less: u32,
    /// Ports: a packet too many is not only refused, but a policy exception.
    pub full_port_is_exception: bool,
    /// Handles: the rights that there are.
    pub rights: Rights,
    /// Jobs: the conditions by their numbers.
    pub policy_conditions: &'static [PolicyCondition],
    /// Tasks: a thread cannot be killed.
    pub thread_killed: Status,
    /// Tasks: threads may begin in the pages below the address space, which are never mapped.
    pub begins_below_space: bool,
    /// Tasks: the address of the linker's list may be any, and be changed.
    pub debug_addr_is_free: bool,
    /// Clocks and timers: `ZX_CLOCK_BOOT` is one.
    pub has_boot_clock: bool,
    /// Clocks: rights of the first handle.
    pub clock_rights: Rights,
    /// VMARs: a place that is chosen and taken.
    pub place_taken: Status,
    /// VMARs: no place that is free.
    pub no_place: Status,
    /// VMARs: the root of an address space cannot be destroyed.
    pub root_lasts: bool,
    /// VMARs: permissions can be changed, and memory decommitted, in this one only or below it too.
    pub protects_below: bool,
    pub decommits_below: bool,
    /// VMARs: a mapping beyond the end of a VMO needs `ALLOW_FAULTS`.
    pub overhang_needs_allowance: bool,
    /// VMOs: have a stream size, which follows their size and never exceeds it. Without, it is a number
    /// that users set.
    pub has_stream_size: bool,
    /// VMOs: a page that copies share counts in each of them, and not only in one.
    pub counts_shared_pages_in_each: bool,
    /// VMOs: the options of children that there are.
    pub child_options: VmoChildOptions,
}

static NEWEST: Generation = Generation {
    wait_async_options: WAIT_ASYNC_TIMESTAMP | WAIT_ASYNC_EDGE | WAIT_ASYNC_BOOT_TIMESTAMP,
    has_first_process_info: false,
    unknown_property: Status::NOT_SUPPORTED,
    tells_all_job_debuggers: true,
    policy_codes_less: 0,
    full_port_is_exception: true,
    rights: Rights::all(),
    policy_conditions: &PolicyCondition::ALL,
    thread_killed: Status::NOT_SUPPORTED,
    begins_below_space: true,
    debug_addr_is_free: true,
    has_boot_clock: true,
    clock_rights: Rights::all(),
    place_taken: Status::ALREADY_EXISTS,
    no_place: Status::NO_RESOURCES,
    root_lasts: true,
    protects_below: true,
    decommits_below: false,
    overhang_needs_allowance: true,
    has_stream_size: true,
    counts_shared_pages_in_each: true,
    child_options: VmoChildOptions::all(),
};

static SDK_2020: Generation = Generation {
    wait_async_options: WAIT_ASYNC_TIMESTAMP,
    has_first_process_info: true,
    unknown_property: Status::INVALID_ARGS,
    tells_all_job_debuggers: false,
    policy_codes_less: 1,
    full_port_is_exception: false,
    rights: Rights::all().difference(
        Rights::MANAGE_SOCKET
            .union(Rights::OP_CHILDREN)
            .union(Rights::RESIZE)
            .union(Rights::ATTACH_VMO)
            .union(Rights::MANAGE_VMO),
    ),
    policy_conditions: &CONDITIONS_2020,
    thread_killed: Status::WRONG_TYPE,
    begins_below_space: false,
    debug_addr_is_free: false,
    has_boot_clock: false,
    clock_rights: Rights::BASIC.union(Rights::IO),
    place_taken: Status::NO_MEMORY,
    no_place: Status::NO_MEMORY,
    root_lasts: false,
    protects_below: false,
    decommits_below: true,
    overhang_needs_allowance: false,
    has_stream_size: false,
    counts_shared_pages_in_each: false,
    child_options: VmoChildOptions::all()
        .difference(VmoChildOptions::REFERENCE.union(VmoChildOptions::SNAPSHOT_MODIFIED)),
};

/// The conditions of 2020 by their numbers.
static CONDITIONS_2020: [PolicyCondition; 15] = {
    let mut conditions = [PolicyCondition::AmbientMarkVmoExec; 15];
    // Those before it are today's.
    let (before, _) = PolicyCondition::ALL.split_at(14);
    conditions.split_at_mut(14).0.copy_from_slice(before);
    conditions
};

impl Generation {
    /// The number of a condition; of one that does not exist, that of today.
    pub fn condition_number(&self, condition: PolicyCondition) -> u32 {
        let number = self.policy_conditions.iter().position(|known| *known == condition);
        number.map_or(condition as u32, |number| number as u32)
    }

    /// The generation of an ABI.
    pub fn of(abi: Abi) -> &'static Self {
        match abi {
            Abi::Sdk2020 => &SDK_2020,
            Abi::Newest => &NEWEST,
        }
    }

    /// What programs of this generation know a policy code as that is not a condition's number.
    pub fn policy_code(&self, code: u32) -> u32 {
        if code >= EXCP_POLICY_CODE_CHANNEL_FULL_WRITE {
            code - self.policy_codes_less
        } else {
            code
        }
    }
}
