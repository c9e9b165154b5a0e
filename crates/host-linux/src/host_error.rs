//! What a computer can refuse.

use std::fmt;
use std::io;

use kernel_sim::HostFailure;
use zx_abi::Status;

/// Something that the host does so that programs run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Being x86-64 Linux.
    Platform,
    /// Being a Linux that is new enough.
    Kernel,
    /// Having filters of system calls that ask and trap.
    Seccomp,
    /// Mapping our own pages, which lie low.
    LowestAddress,
    /// Executing a program that is in memory only.
    ProgramInMemory,
    /// Having room for all registers where a signal finds a guest.
    SignalFrame,
    /// Having no shadow stacks, which a guest's way into its program does not know.
    ShadowStack,
    /// Having guests killed first when memory is short.
    OutOfMemoryScore,
    /// Gaining no privileges.
    NoNewPrivileges,
    /// A user namespace of the guests' own.
    UserNamespace,
    /// A mount namespace of their own.
    MountNamespace,
    /// A network namespace of their own, without network.
    NetworkNamespace,
    /// An IPC namespace of their own.
    IpcNamespace,
    /// A PID namespace of their own.
    PidNamespace,
    /// An empty root.
    EmptyRoot,
    /// Landlock's rules.
    Landlock,
    /// Giving up all capabilities.
    Capabilities,
    /// Starting a thread in the embedder's process.
    HostThread,
    /// Writing the helper's program.
    HelperFile,
    /// Connecting to the helper or to a guest.
    Socket,
    /// Starting the helper, and talking to it.
    Helper,
    /// Making the memory that a guest and the host share.
    ControlArea,
    /// Forking a guest.
    GuestProcess,
    /// Putting a guest's filter in place, and getting its listener.
    Listener,
    /// Putting the bytes of a VMO where guests can map them.
    Memory,
    /// Sending memory to a guest.
    Message,
    /// Changing what a guest has mapped.
    Mapping,
    /// Starting a thread of a guest.
    GuestThread,
    /// Stopping a thread of a guest.
    Suspension,
    /// Killing a guest or the helper.
    Kill,
    /// Waiting for their end.
    Wait,
}

impl Step {
    /// The step in a few words, the same on every computer.
    pub fn name(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Kernel => "kernel",
            Self::Seccomp => "seccomp",
            Self::LowestAddress => "lowest address",
            Self::ProgramInMemory => "programs in memory",
            Self::SignalFrame => "signal frame",
            Self::ShadowStack => "no shadow stacks",
            Self::OutOfMemoryScore => "out-of-memory score",
            Self::NoNewPrivileges => "no new privileges",
            Self::UserNamespace => "user namespace",
            Self::MountNamespace => "mount namespace",
            Self::NetworkNamespace => "network namespace",
            Self::IpcNamespace => "IPC namespace",
            Self::PidNamespace => "PID namespace",
            Self::EmptyRoot => "empty root",
            Self::Landlock => "Landlock",
            Self::Capabilities => "no capabilities",
            Self::HostThread => "thread of the host",
            Self::HelperFile => "helper's program",
            Self::Socket => "socket",
            Self::Helper => "helper process",
            Self::ControlArea => "control area",
            Self::GuestProcess => "guest process",
            Self::Listener => "seccomp listener",
            Self::Memory => "memory of a VMO",
            Self::Message => "message to a guest",
            Self::Mapping => "mapping",
            Self::GuestThread => "thread of a guest",
            Self::Suspension => "suspension",
            Self::Kill => "kill",
            Self::Wait => "wait for an end",
        }
    }

    /// The error for a call of Linux's that has failed.
    pub fn refused(self, error: impl Into<io::Error>) -> HostError {
        HostError::Refused { step: self, errno: error.into().raw_os_error().unwrap_or(EIO) }
    }

    /// What to do if it fails in a way that does not say more.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Platform => "native execution needs x86-64 Linux",
            Self::Kernel => "use Linux 5.10 or newer",
            Self::Seccomp => "use a kernel with CONFIG_SECCOMP_FILTER",
            Self::LowestAddress => "set vm.mmap_min_addr to 65536 or less",
            Self::ProgramInMemory => "set vm.memfd_noexec to 0 or 1",
            Self::SignalFrame => {
                "this processor has more registers than this version knows: boot with fewer \
                 (clearcpuid=), or use a newer version"
            }
            Self::ShadowStack => "boot without user shadow stacks (nousershstk)",
            Self::OutOfMemoryScore => "mount /proc",
            Self::NoNewPrivileges => "allow prctl",
            Self::UserNamespace => {
                "allow unshare of user namespaces (user.max_user_namespaces, \
                 kernel.unprivileged_userns_clone, a container's seccomp profile)"
            }
            Self::MountNamespace
            | Self::NetworkNamespace
            | Self::IpcNamespace
            | Self::PidNamespace => {
                "allow capabilities in user namespaces (an AppArmor profile with `userns`, or \
                 kernel.apparmor_restrict_unprivileged_userns=0)"
            }
            Self::EmptyRoot => "allow mount, fsopen and chroot in a mount namespace",
            Self::Landlock => "use a kernel with Landlock (CONFIG_SECURITY_LANDLOCK, lsm=landlock)",
            Self::Capabilities => "allow capset",
            Self::HostThread => "allow threads",
            Self::HelperFile => "allow memfd_create with executable content (vm.memfd_noexec)",
            Self::Socket => "allow socketpair of AF_UNIX, sendmsg and recvmsg",
            Self::Helper => {
                "mount /proc, and allow memfd_create, execve, clone, prctl and pidfd_open; \
                 emulators of x86-64 do not work"
            }
            Self::ControlArea => "allow memfd_create, file seals and shared mappings",
            Self::GuestProcess => {
                "allow clone with pidfds, and look in the kernel's log for what ended the process"
            }
            Self::Listener => {
                "allow seccomp with user notifications (Docker's default profile does)"
            }
            Self::Memory => "allow memfd_create, and give the computer or its cgroup more memory",
            Self::Message => "allow sendmsg with descriptors",
            Self::Mapping => {
                "raise vm.max_map_count, the limit of address space (ulimit -v) or the cgroup's \
                 memory"
            }
            Self::GuestThread => "allow clone of threads; a program has 231 threads at most",
            Self::Suspension => "allow tgkill; a program that blocks signals cannot be suspended",
            Self::Kill => "allow pidfd_send_signal; what is left ends with this process",
            Self::Wait => "allow poll; what is left ends with this process",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a program cannot run on this computer, or not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", self.step(), self.reason())]
pub enum HostError {
    /// The computer has no such thing.
    Lacking {
        /// What.
        step: Step,
    },
    /// Linux refused it.
    Refused {
        /// What.
        step: Step,
        /// Its error number.
        errno: i32,
    },
    /// It did not come to its end in time.
    TimedOut {
        /// What.
        step: Step,
    },
    /// The process that should do it has ended without a word.
    Ended {
        /// What.
        step: Step,
    },
}

impl HostError {
    /// What failed.
    pub fn step(self) -> Step {
        match self {
            Self::Lacking { step }
            | Self::Refused { step, .. }
            | Self::TimedOut { step }
            | Self::Ended { step } => step,
        }
    }

    /// What was wrong.
    pub fn reason(self) -> String {
        match self {
            Self::Lacking { .. } => "not as it has to be".into(),
            Self::Refused { errno, .. } => io::Error::from_raw_os_error(errno).to_string(),
            Self::TimedOut { .. } => "not done in time".into(),
            Self::Ended { .. } => "ended by itself, or was killed from outside".into(),
        }
    }

    /// Linux's error number, if a system call has failed.
    pub fn errno(self) -> Option<i32> {
        match self {
            Self::Refused { errno, .. } => Some(errno),
            _ => None,
        }
    }

    /// What to do about it.
    pub fn remedy(self) -> &'static str {
        match (self.errno(), self.step()) {
            (Some(EMFILE), _) => "raise the limit of open files (ulimit -n)",
            (Some(ENFILE), _) => "raise the system's limit of open files (fs.file-max)",
            (Some(EAGAIN), Step::HostThread | Step::Helper | Step::GuestProcess) => {
                "raise the limit of processes (ulimit -u, or the cgroup's pids.max)"
            }
            (Some(EAGAIN), Step::GuestThread) => {
                "raise the limit of processes (ulimit -u, or the cgroup's pids.max); \
                 a program has 231 threads at most"
            }
            (Some(ENOENT), Step::Helper) => "mount /proc",
            (Some(ENOMEM), step) if step != Step::Mapping => {
                "give the computer or its cgroup more memory, or raise the limit of address space \
                 (ulimit -v)"
            }
            (_, step) => step.remedy(),
        }
    }

    /// The status that stands for it.
    pub fn as_zx_status(self) -> Status {
        match self {
            Self::Lacking { .. } => Status::NOT_SUPPORTED,
            Self::TimedOut { .. } => Status::TIMED_OUT,
            Self::Ended { .. } => Status::PEER_CLOSED,
            Self::Refused { errno, .. } => match errno {
                ENOMEM => Status::NO_MEMORY,
                EMFILE | ENFILE | EAGAIN | ENOSPC | EDQUOT => Status::NO_RESOURCES,
                EPERM | EACCES => Status::ACCESS_DENIED,
                ENOSYS | EINVAL | EOPNOTSUPP | ENOENT => Status::NOT_SUPPORTED,
                EIO => Status::IO,
                _ => Status::INTERNAL,
            },
        }
    }
}

impl From<HostError> for HostFailure {
    fn from(error: HostError) -> Self {
        Self {
            step: error.step().name(),
            errno: error.errno(),
            message: error.to_string(),
            remedy: error.remedy(),
            status: error.as_zx_status(),
        }
    }
}

// Linux's, for the crate is compiled where there is none, too.
const EPERM: i32 = 1;
const ENOENT: i32 = 2;
const EIO: i32 = 5;
const EAGAIN: i32 = 11;
const ENOMEM: i32 = 12;
const EACCES: i32 = 13;
const EINVAL: i32 = 22;
const ENFILE: i32 = 23;
const EMFILE: i32 = 24;
const ENOSPC: i32 = 28;
const ENOSYS: i32 = 38;
const EOPNOTSUPP: i32 = 95;
const EDQUOT: i32 = 122;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_failed_why_and_what_to_do() {
        let error = HostError::Refused { step: Step::Memory, errno: EMFILE };
        assert!(error.to_string().starts_with("memory of a VMO: "), "{error}");
        let failure = HostFailure::from(error);
        assert_eq!((failure.step, failure.errno), ("memory of a VMO", Some(24)));
        assert_eq!(failure.remedy, "raise the limit of open files (ulimit -n)");
        assert_eq!(failure.status, Status::NO_RESOURCES);
    }

    #[test]
    fn the_remedy_follows_from_the_error_number_and_from_the_step() {
        let remedy = |step, errno| HostError::Refused { step, errno }.remedy();
        assert_eq!(remedy(Step::Helper, ENOENT), "mount /proc");
        assert!(remedy(Step::GuestProcess, EAGAIN).contains("ulimit -u"));
        assert!(remedy(Step::Mapping, ENOMEM).contains("vm.max_map_count"));
        assert!(remedy(Step::Memory, ENOMEM).contains("ulimit -v"));
        assert_eq!(remedy(Step::Listener, EPERM), Step::Listener.remedy());
        assert_eq!(HostError::TimedOut { step: Step::Wait }.remedy(), Step::Wait.remedy());
    }

    #[test]
    fn statuses_are_those_of_the_error_numbers() {
        let status = |errno| HostError::Refused { step: Step::Helper, errno }.as_zx_status();
        assert_eq!(status(EPERM), Status::ACCESS_DENIED);
        assert_eq!(status(ENOSYS), Status::NOT_SUPPORTED);
        assert_eq!(status(ENOMEM), Status::NO_MEMORY);
        assert_eq!(status(EAGAIN), Status::NO_RESOURCES);
        assert_eq!(status(12345), Status::INTERNAL);
        let step = Step::GuestProcess;
        assert_eq!(HostError::Lacking { step }.as_zx_status(), Status::NOT_SUPPORTED);
        assert_eq!(HostError::TimedOut { step }.as_zx_status(), Status::TIMED_OUT);
        assert_eq!(HostError::Ended { step }.as_zx_status(), Status::PEER_CLOSED);
    }
}
