//! Job policy (zircon/syscalls/policy.h).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// What a job's policy decides about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum PolicyCondition {
    /// A handle value that names nothing.
    BadHandle = 0,
    /// A handle of another type than the call needs.
    WrongObject = 1,
    /// A mapping both writable and executable.
    VmarWx = 2,
    /// Every condition whose name begins with New.
    NewAny = 3,
    /// `zx_vmo_create`
    NewVmo = 4,
    /// `zx_channel_create`
    NewChannel = 5,
    /// `zx_event_create`
    NewEvent = 6,
    /// `zx_eventpair_create`
    NewEventpair = 7,
    /// `zx_port_create`
    NewPort = 8,
    /// `zx_socket_create`
    NewSocket = 9,
    /// `zx_fifo_create`
    NewFifo = 10,
    /// `zx_timer_create`
    NewTimer = 11,
    /// `zx_process_create`
    NewProcess = 12,
    /// `zx_profile_create`
    NewProfile = 13,
    /// `zx_pager_create`
    NewPager = 14,
    /// `zx_vmo_replace_as_executable` without a resource
    AmbientMarkVmoExec = 15,
    /// `zx_iob_create`
    NewIob = 16,
    /// `zx_sampler_create`
    NewSampler = 17,
}

impl PolicyCondition {
    /// Conditions that exist.
    pub const COUNT: usize = 18;

    /// Every condition, in order of its number.
    pub const ALL: [Self; Self::COUNT] = [
        Self::BadHandle,
        Self::WrongObject,
        Self::VmarWx,
        Self::NewAny,
        Self::NewVmo,
        Self::NewChannel,
        Self::NewEvent,
        Self::NewEventpair,
        Self::NewPort,
        Self::NewSocket,
        Self::NewFifo,
        Self::NewTimer,
        Self::NewProcess,
        Self::NewProfile,
        Self::NewPager,
        Self::AmbientMarkVmoExec,
        Self::NewIob,
        Self::NewSampler,
    ];

    /// Whether [`PolicyCondition::NewAny`] covers it.
    pub const fn is_new(self) -> bool {
        !matches!(
            self,
            Self::BadHandle
                | Self::WrongObject
                | Self::VmarWx
                | Self::NewAny
                | Self::AmbientMarkVmoExec
        )
    }
}

/// What happens when a condition is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum PolicyAction {
    /// Go on.
    Allow = 0,
    /// Fail with ACCESS_DENIED.
    Deny = 1,
    /// Raise a policy exception, then go on.
    AllowException = 2,
    /// Raise a policy exception, then fail with ACCESS_DENIED.
    DenyException = 3,
    /// Kill the process.
    Kill = 4,
}

impl PolicyAction {
    /// The action with this number.
    pub const fn from_raw(raw: u32) -> Option<Self> {
        match raw {
            0 => Some(Self::Allow),
            1 => Some(Self::Deny),
            2 => Some(Self::AllowException),
            3 => Some(Self::DenyException),
            4 => Some(Self::Kill),
            _ => None,
        }
    }
}

/// `ZX_JOB_POL_RELATIVE`: conflicting entries are skipped.
pub const JOB_POL_RELATIVE: u32 = 0;
/// `ZX_JOB_POL_ABSOLUTE`: a conflicting entry fails the call.
pub const JOB_POL_ABSOLUTE: u32 = 1;
/// Entries in one `zx_job_set_policy`, at most.
pub const JOB_POL_MAX_COUNT: usize = 32;

/// `ZX_JOB_POL_BASIC_V1`: topic whose entries are [`RawPolicyBasicV1`].
pub const JOB_POL_BASIC_V1: u32 = 0;
/// `ZX_JOB_POL_BASIC_V2`: topic whose entries are [`RawPolicyBasicV2`].
pub const JOB_POL_BASIC_V2: u32 = 0x0100_0000;
/// `ZX_JOB_POL_TIMER_SLACK`: topic whose one entry is [`RawPolicyTimerSlack`].
pub const JOB_POL_TIMER_SLACK: u32 = 1;

/// Every topic of `zx_job_set_policy` with its name less the `ZX_`.
pub const JOB_POLICY_TOPICS: &[(&str, u32)] =
    named![JOB_POL_BASIC_V1, JOB_POL_BASIC_V2, JOB_POL_TIMER_SLACK,];

/// `ZX_POL_OVERRIDE_ALLOW`: descendants may change the entry.
pub const POL_OVERRIDE_ALLOW: u32 = 0;
/// `ZX_POL_OVERRIDE_DENY`: the entry is final.
pub const POL_OVERRIDE_DENY: u32 = 1;

/// `ZX_JOB_CRITICAL_PROCESS_RETCODE_NONZERO`: the process is critical unless it returns 0.
pub const JOB_CRITICAL_PROCESS_RETCODE_NONZERO: u32 = 1;

/// `zx_policy_basic_v1_t`
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct RawPolicyBasicV1 {
    /// What it decides about.
    pub condition: u32,
    /// What happens then.
    pub action: u32,
}

/// `zx_policy_basic_v2_t`
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct RawPolicyBasicV2 {
    /// What it decides about.
    pub condition: u32,
    /// What happens then.
    pub action: u32,
    /// [`POL_OVERRIDE_ALLOW`] or [`POL_OVERRIDE_DENY`].
    pub flags: u32,
}

/// `zx_policy_timer_slack_t`
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct RawPolicyTimerSlack {
    /// The least slack of a timer, in nanoseconds.
    pub min_slack: i64,
    /// `TIMER_SLACK_*`, for timers that the kernel sets itself.
    pub default_mode: u32,
    /// Zero.
    pub padding: u32,
}
