//! The walls behind the filters: what the helper gives up before it forks guests.
//!
//! Each is a few system calls that the helper's code goes through, so that what a computer does not
//! grant is left out and told. The order matters: /proc is gone with the root, all but the first
//! need capabilities, and Landlock lets nobody mount.

use crate::host_error::{HostError, Step};

/// A system call: number, six arguments; then, of 32 bits each, the wall that it belongs to, and the
/// one that must stand for it.
pub type Record = [u64; 8];

/// The walls, in the order of their results.
const WALLS: [Step; 11] = [
    Step::ShadowStack,
    Step::OutOfMemoryScore,
    Step::NoNewPrivileges,
    Step::UserNamespace,
    Step::MountNamespace,
    Step::NetworkNamespace,
    Step::IpcNamespace,
    Step::PidNamespace,
    Step::EmptyRoot,
    Step::Landlock,
    Step::Capabilities,
];

/// The namespaces among them, with the flag of each.
const NAMESPACES: [(Step, i32); 5] = [
    (Step::UserNamespace, libc::CLONE_NEWUSER),
    (Step::MountNamespace, libc::CLONE_NEWNS),
    (Step::NetworkNamespace, libc::CLONE_NEWNET),
    (Step::IpcNamespace, libc::CLONE_NEWIPC),
    (Step::PidNamespace, libc::CLONE_NEWPID),
];

/// Whether some filters end a process for what a wall takes, instead of refusing.
fn is_risky(wall: Step) -> bool {
    matches!(wall, Step::EmptyRoot | Step::Landlock)
        || NAMESPACES.iter().any(|(namespace, _)| *namespace == wall)
}

/// What has become of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Walls([i64; WALLS.len()]);

impl Walls {
    /// Bytes of the helper's message.
    pub const LEN: usize = 8 * WALLS.len();

    /// From the helper's message.
    pub fn from_bytes(bytes: &[u8; Self::LEN]) -> Self {
        let (words, _) = bytes.as_chunks();
        let result =
            |index| words.get(index).map_or(-1, |word: &[u8; 8]| i64::from_le_bytes(*word));
        Self(std::array::from_fn(|index| match (WALLS.get(index), result(index)) {
            // Neither does a computer have what it does not know.
            (Some(Step::ShadowStack), NOT_KNOWN | NOT_SUPPORTED) => 0,
            (_, result) => result,
        }))
    }

    /// The same, if those walls were not tried that are risky.
    pub fn without_risky(self) -> Self {
        let result = |index| if is_risky(WALLS[index]) { UNTRIED } else { self.0[index] };
        Self(std::array::from_fn(result))
    }

    /// Each wall, with why it does not stand.
    pub fn each(self) -> impl Iterator<Item = (Step, Result<(), HostError>)> {
        WALLS.into_iter().zip(self.0).map(|(step, result)| {
            let errno = i32::try_from(result.wrapping_neg()).unwrap_or(0);
            (step, if result < 0 { Err(HostError::Refused { step, errno }) } else { Ok(()) })
        })
    }

    /// Whether that stands without which no guest gets far.
    ///
    /// # Errors
    /// Why it does not.
    pub fn check_needed(self) -> Result<(), HostError> {
        self.each()
            .filter(|(step, _)| *step == Step::ShadowStack)
            .try_for_each(|(_, stands)| stands)
    }

    /// Whether all stand that a sandbox has. Landlock is for where others do not, and the score
    /// confines nobody.
    ///
    /// # Errors
    /// Why the first one does not.
    pub fn check(self) -> Result<(), HostError> {
        self.each()
            .filter(|(step, _)| !matches!(step, Step::Landlock | Step::OutOfMemoryScore))
            .try_for_each(|(_, stands)| stands)
    }
}

/// The steps, and what they point to.
pub struct Steps {
    /// Those of the process that forks the helper.
    pub outside: Vec<Record>,
    /// Those of the helper, which is the first in its PID namespace.
    pub inside: Vec<Record>,
    pub texts: Vec<u8>,
}

impl Steps {
    /// The steps, whose texts are to be at an address; unless `all`, without those of risky walls.
    /// `landlock` is the version that Linux has.
    pub fn new(texts_at: u64, landlock: i64, all: bool) -> Self {
        let mut writer = Writer { at: texts_at, texts: Vec::new() };
        let mut outside = writer.score();
        let shadow = [ARCH_SHSTK_DISABLE, ARCH_SHSTK_SHSTK];
        outside.push(step(Step::ShadowStack, libc::SYS_arch_prctl, &shadow));
        outside.push(step(Step::NoNewPrivileges, libc::SYS_prctl, &[PR_SET_NO_NEW_PRIVS, 1]));
        let mut inside = Vec::new();
        if all {
            outside.extend(
                NAMESPACES.map(|(wall, flag)| step(wall, libc::SYS_unshare, &[flag as u64])),
            );
            inside.extend(writer.root());
            inside.extend(writer.landlock(landlock));
        }
        inside.extend(writer.capabilities());
        Self { outside, inside, texts: writer.texts }
    }
}

/// Writes steps that need texts.
struct Writer {
    at: u64,
    texts: Vec<u8>,
}

/// The descriptors that steps get: only 0 is open.
const FIRST: u64 = 1;
const SECOND: u64 = 2;

const AT_FDCWD: u64 = libc::AT_FDCWD as u64;
const PR_SET_NO_NEW_PRIVS: u64 = libc::PR_SET_NO_NEW_PRIVS as u64;

// asm/prctl.h
const ARCH_SHSTK_DISABLE: u64 = 0x5002;
const ARCH_SHSTK_SHSTK: u64 = 1;
/// What Linux says without shadow stacks, and on a processor without.
const NOT_KNOWN: i64 = -(libc::EINVAL as i64);
const NOT_SUPPORTED: i64 = -(libc::EOPNOTSUPP as i64);
/// As if Linux did not know the call.
const UNTRIED: i64 = -(libc::ENOSYS as i64);

impl Writer {
    /// The address of a text, which is added; aligned as words are.
    fn text(&mut self, bytes: &[u8]) -> u64 {
        let address = self.at + self.texts.len() as u64;
        self.texts.extend(bytes);
        self.texts.resize(self.texts.len().next_multiple_of(8), 0);
        address
    }

    /// Guests go before anybody else when memory is short.
    fn score(&mut self) -> Vec<Record> {
        let (file, score) = (self.text(b"/proc/self/oom_score_adj\0"), self.text(b"1000"));
        let calls = [
            (libc::SYS_openat, [AT_FDCWD, file, libc::O_WRONLY as u64]),
            (libc::SYS_write, [FIRST, score, 4]),
            (libc::SYS_close, [FIRST, 0, 0]),
        ];
        calls.map(|(number, arguments)| step(Step::OutOfMemoryScore, number, &arguments)).into()
    }

    /// An empty root that cannot be written. Without a mount namespace of its own it would be
    /// everybody's. Nothing leads to what lies below it for who has no capability and no descriptor
    /// of it; to take that away, too, would cost milliseconds, in which Linux waits for all who may
    /// be looking.
    fn root(&mut self) -> Vec<Record> {
        // linux/mount.h: read-only, and no set-user-ID, no devices, no programs.
        const MOUNT_ATTR_NOTHING: u64 = 0xf;
        const FSCONFIG_CMD_CREATE: u64 = 6;
        const MOVE_MOUNT_F_EMPTY_PATH: u64 = 4;
        let (kind, root, here) = (self.text(b"tmpfs\0"), self.text(b"/\0"), self.text(b".\0"));
        let empty = here + 1;
        let private = libc::MS_REC | libc::MS_PRIVATE;
        let calls: [(i64, &[u64]); 8] = [
            (libc::SYS_mount, &[0, root, 0, private]),
            (libc::SYS_fsopen, &[kind, 0]),
            (libc::SYS_fsconfig, &[FIRST, FSCONFIG_CMD_CREATE]),
            (libc::SYS_fsmount, &[FIRST, 0, MOUNT_ATTR_NOTHING]),
            (libc::SYS_move_mount, &[SECOND, empty, AT_FDCWD, root, MOVE_MOUNT_F_EMPTY_PATH]),
            (libc::SYS_fchdir, &[SECOND]),
            (libc::SYS_chroot, &[here]),
            (libc::SYS_close_range, &[FIRST, u32::MAX.into()]),
        ];
        let on = Step::MountNamespace;
        calls.map(|(number, arguments)| step_on(on, Step::EmptyRoot, number, arguments)).into()
    }

    /// No file, port, or process outside.
    fn landlock(&mut self, version: i64) -> Vec<Record> {
        let (attributes, len) = ruleset(version);
        let attributes = self.text(&attributes);
        let calls: [(i64, &[u64]); 4] = [
            // What a root has left that there is not.
            (libc::SYS_close_range, &[FIRST, u32::MAX.into()]),
            (libc::SYS_landlock_create_ruleset, &[attributes, len, 0]),
            (libc::SYS_landlock_restrict_self, &[FIRST, 0]),
            (libc::SYS_close, &[FIRST]),
        ];
        calls.map(|(number, arguments)| step(Step::Landlock, number, arguments)).into()
    }

    /// No capabilities, also if the embedder is root.
    fn capabilities(&mut self) -> Vec<Record> {
        // `struct __user_cap_header_struct`: version 3, the caller; then what it gets.
        let header = self.text(&0x2008_0522u64.to_le_bytes());
        let none = self.text(&[0; 24]);
        vec![step(Step::Capabilities, libc::SYS_capset, &[header, none])]
    }
}

/// `struct landlock_ruleset_attr` that handles all that a version of Landlock can forbid, and how many
/// bytes of it that version knows.
fn ruleset(version: i64) -> ([u8; 24], u64) {
    // linux/landlock.h: rights to files, to ports, and scopes.
    let (files, ports, scopes, len) = match version {
        ..=1 => (13, 0, 0, 8),
        2 => (14, 0, 0, 8),
        3 => (15, 0, 0, 8),
        4 => (15, 2, 0, 16),
        5 => (16, 2, 0, 16),
        _ => (16, 2, 2, 24),
    };
    let words = [files, ports, scopes].map(|bits| ((1u64 << bits) - 1).to_le_bytes());
    let mut bytes = [0; 24];
    bytes.copy_from_slice(words.as_flattened());
    (bytes, len)
}

fn step(wall: Step, number: i64, arguments: &[u64]) -> Record {
    step_on(wall, wall, number, arguments)
}

fn step_on(on: Step, wall: Step, number: i64, arguments: &[u64]) -> Record {
    let index = |step| WALLS.iter().position(|wall| *wall == step).unwrap_or(0) as u64;
    let mut record = [number as u64, 0, 0, 0, 0, 0, 0, index(on) << 32 | index(wall)];
    for (place, argument) in record[1..7].iter_mut().zip(arguments) {
        *place = *argument;
    }
    record
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sandbox_is_every_wall_but_landlock() {
        let walls = |missing: &[Step]| {
            let result = |wall: &Step| if missing.contains(wall) { -1 } else { 0 };
            Walls(std::array::from_fn(|index| result(&WALLS[index])))
        };
        assert_eq!(walls(&[]).check(), Ok(()));
        assert_eq!(walls(&[Step::Landlock, Step::OutOfMemoryScore]).check(), Ok(()));
        for step in WALLS {
            if !matches!(step, Step::Landlock | Step::OutOfMemoryScore) {
                let error = HostError::Refused { step, errno: libc::EPERM };
                assert_eq!(walls(&[step]).check(), Err(error));
            }
        }
    }

    #[test]
    fn a_computer_without_shadow_stacks_has_none_and_one_that_insists_on_them_runs_nothing() {
        let with = |result: i64| {
            let mut bytes = [0; Walls::LEN];
            bytes[..8].copy_from_slice(&result.to_le_bytes());
            Walls::from_bytes(&bytes)
        };
        for result in [0, NOT_KNOWN, NOT_SUPPORTED] {
            assert_eq!(with(result).check_needed(), Ok(()));
        }
        let locked = HostError::Refused { step: Step::ShadowStack, errno: libc::EPERM };
        assert_eq!(with(-i64::from(libc::EPERM)).check_needed(), Err(locked));
    }

    #[test]
    fn where_no_risk_is_taken_no_call_of_a_risky_wall_is_made_and_none_stands() {
        let Steps { outside, inside, .. } = Steps::new(0x1000, 7, false);
        let wall = |step: &Record| WALLS[(step[7] & u64::from(u32::MAX)) as usize];
        assert!(outside.iter().chain(&inside).all(|step| !is_risky(wall(step))));
        let walls = Walls([0; WALLS.len()]).without_risky();
        for (step, stands) in walls.each() {
            assert_eq!(stands.is_err(), is_risky(step), "{step}");
        }
    }

    #[test]
    fn a_root_is_changed_in_a_mount_namespace_of_its_own_only() {
        let steps = Steps::new(0x1000, 7, true);
        let of = |step| WALLS.iter().position(|wall| *wall == step).unwrap() as u64;
        let calls = [libc::SYS_mount, libc::SYS_move_mount, libc::SYS_chroot];
        for number in calls {
            let step = steps.inside.iter().find(|step| step[0] == number as u64).unwrap();
            assert_eq!(step[7], of(Step::MountNamespace) << 32 | of(Step::EmptyRoot));
        }
    }

    #[test]
    fn a_ruleset_has_what_its_version_knows() {
        let words = |version| {
            let (bytes, len) = ruleset(version);
            let (words, _) = bytes.as_chunks();
            (words.iter().map(|word| u64::from_le_bytes(*word)).collect::<Vec<_>>(), len)
        };
        assert_eq!(words(1), (vec![0x1fff, 0, 0], 8));
        assert_eq!(words(3), (vec![0x7fff, 0, 0], 8));
        assert_eq!(words(4), (vec![0x7fff, 3, 0], 16));
        assert_eq!(words(5), (vec![0xffff, 3, 0], 16));
        assert_eq!(words(99), (vec![0xffff, 3, 3], 24));
    }
}
