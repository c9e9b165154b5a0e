//! Profiles.

use kernel_sim::{Caller, Name};
use zx_abi::{
    Abi, INFO_THREAD, InfoThread, PRIORITY_DEFAULT, PRIORITY_HIGH, PRIORITY_HIGHEST,
    PROFILE_INFO_FLAG_CPU_MASK as CPU_MASK, PROFILE_INFO_FLAG_CRITICAL as CRITICAL,
    PROFILE_INFO_FLAG_DEADLINE as DEADLINE, PROFILE_INFO_FLAG_MEMORY_PRIORITY as MEMORY,
    PROFILE_INFO_FLAG_NO_INHERIT as NO_INHERIT, PROFILE_INFO_FLAG_PRIORITY as PRIORITY,
    ProfileInfo, ResourceKind, Result, Rights, Status, Syscall,
};

use crate::support::{Guest, PAGE, World, basic, info, without};

fn of(flags: u32, params: [i64; 3]) -> ProfileInfo {
    ProfileInfo { flags, params, ..ProfileInfo::default() }
}

fn priority(flags: u32, priority: i32) -> ProfileInfo {
    of(flags, [i64::from(priority as u32), 0, 0])
}

fn create(c: &mut Caller<'_>, authority: u32, info: ProfileInfo) -> Result<u32> {
    c.profile_create(authority, 0, |_| Ok(info))
}

/// Calls as a process of each ABI, with what allows it to make profiles.
fn in_each_abi(f: impl Fn(&mut Caller<'_>, Abi, u32)) {
    for abi in Abi::ALL {
        let world = World::new();
        let guest = Guest::start_for(&world, abi);
        world.as_process(guest.koid, |c| {
            let authority = match abi {
                Abi::Sdk2020 => c.root_job().unwrap(),
                Abi::Newest => c.whole_resource(ResourceKind::System, Name::default()).unwrap(),
            };
            f(c, abi, authority);
        });
        guest.finish();
    }
}

#[test]
fn what_a_profile_says_must_make_sense() {
    const MS: i64 = 1_000_000;
    let (ok, invalid) = (Ok(()), Err(Status::INVALID_ARGS));
    let second = 4_000 * MS;
    in_each_abi(|c, abi, authority| {
        let newest = |status| if abi == Abi::Newest { status } else { invalid };
        for (profile, status) in [
            (of(0, [0; 3]), invalid),
            (priority(PRIORITY, -1), invalid),
            (priority(PRIORITY, 0), ok),
            (priority(PRIORITY, PRIORITY_HIGHEST), ok),
            (priority(PRIORITY, PRIORITY_HIGHEST + 1), invalid),
            (priority(PRIORITY | CPU_MASK, 5), ok),
            (priority(CPU_MASK, 99), ok),
            (priority(PRIORITY | DEADLINE, 5), invalid),
            (of(DEADLINE, [MS, 8 * MS, 10 * MS]), ok),
            (of(DEADLINE, [0, 8 * MS, 10 * MS]), invalid),
            (of(DEADLINE, [8 * MS, MS, 10 * MS]), invalid),
            (of(DEADLINE, [8 * MS, 10 * MS, MS]), invalid),
            (
                of(DEADLINE, [second; 3]),
                if abi == Abi::Newest { Err(Status::OUT_OF_RANGE) } else { ok },
            ),
            (priority(PRIORITY | NO_INHERIT, 5), newest(ok)),
            (of(DEADLINE | NO_INHERIT, [MS; 3]), invalid),
            (of(DEADLINE | CRITICAL, [MS; 3]), newest(ok)),
            (priority(PRIORITY | CRITICAL, 5), invalid),
            (priority(MEMORY, PRIORITY_HIGH), newest(ok)),
            (priority(MEMORY, PRIORITY_DEFAULT), newest(ok)),
            (priority(MEMORY, 17), invalid),
            (priority(MEMORY | CPU_MASK, PRIORITY_HIGH), invalid),
            (priority(CPU_MASK | 0x80, 0), newest(ok)),
        ] {
            let made = create(c, authority, profile).map(|_| ());
            assert_eq!(made, status, "{abi:?} {profile:?}");
        }
        let made = create(c, authority, priority(PRIORITY, 5)).unwrap();
        assert_eq!(basic(c, made).rights, 0x88003);
    });
}

#[test]
fn the_root_job_or_the_resource_allows_profiles() {
    in_each_abi(|c, abi, authority| {
        let event = c.event_create(0).unwrap();
        let good = priority(PRIORITY, 5);
        let fails = |_: &Caller<'_>| Err(Status::INVALID_ARGS);
        assert_eq!(c.profile_create(9, 1, fails), Err(Status::INVALID_ARGS));
        assert_eq!(c.profile_create(0, 0, fails), Err(Status::BAD_HANDLE));
        assert_eq!(c.profile_create(authority, 0, fails), Err(Status::INVALID_ARGS));
        let (wrong, other) = match abi {
            Abi::Sdk2020 => (Status::WRONG_TYPE, c.job_create(authority, 0).unwrap()),
            Abi::Newest => {
                let mmio = c.whole_resource(ResourceKind::Mmio, Name::default()).unwrap();
                (Status::ACCESS_DENIED, mmio)
            }
        };
        assert_eq!(create(c, event, good), Err(wrong));
        assert_eq!(create(c, other, good), Err(Status::ACCESS_DENIED));
        if abi == Abi::Sdk2020 {
            let weak = without(c, authority, Rights::MANAGE_PROCESS);
            assert_eq!(create(c, weak, good), Err(Status::ACCESS_DENIED));
        }
    });
}

#[test]
fn a_threads_processors_are_those_of_its_profile_that_there_are() {
    in_each_abi(|c, _, authority| {
        let job = c.root_job().unwrap();
        let (process, _) = c.process_create(job, b"p", 0).unwrap();
        let thread = c.thread_create(process, b"t", 0).unwrap();
        let mut mask = ProfileInfo { flags: CPU_MASK, ..ProfileInfo::default() };
        for (word, shown) in [(0b1011, 1), (0b10, 0), (0, 0)] {
            mask.cpu_affinity_mask[0] = word;
            mask.cpu_affinity_mask[7] = 1;
            let profile = create(c, authority, mask).unwrap();
            assert_eq!(c.object_set_profile(thread, profile, 0), Ok(()));
            let told: InfoThread = info(c, thread, INFO_THREAD).unwrap();
            // There is one processor.
            assert_eq!(told.cpu_affinity_mask, [shown, 0, 0, 0, 0, 0, 0, 0], "{word:#b}");
        }
    });
}

#[test]
fn setting_a_profile_judges_in_the_order_of_the_abi() {
    in_each_abi(|c, abi, authority| {
        let job = c.root_job().unwrap();
        let (process, vmar) = c.process_create(job, b"p", 0).unwrap();
        let thread = c.thread_create(process, b"t", 0).unwrap();
        let profile = create(c, authority, priority(PRIORITY, 5)).unwrap();
        let weak_thread = without(c, thread, Rights::MANAGE_THREAD);
        let weak_profile = without(c, profile, Rights::APPLY_PROFILE);
        let first = abi == Abi::Sdk2020;
        let denied = Err(Status::ACCESS_DENIED);
        let options = c.object_set_profile(thread, profile, 1);
        assert_eq!(options, if first { Ok(()) } else { Err(Status::INVALID_ARGS) });
        assert_eq!(c.object_set_profile(weak_thread, profile, 0), denied);
        assert_eq!(c.object_set_profile(thread, weak_profile, 0), denied);
        assert_eq!(c.object_set_profile(thread, job, 0), Err(Status::WRONG_TYPE));
        assert_eq!(c.object_set_profile(job, profile, 0), Err(Status::WRONG_TYPE));
        let both = c.object_set_profile(job, 9, 0);
        assert_eq!(both, Err(if first { Status::WRONG_TYPE } else { Status::BAD_HANDLE }));
        let of_vmar = c.object_set_profile(vmar, profile, 0);
        assert_eq!(of_vmar, if first { Err(Status::WRONG_TYPE) } else { Ok(()) });
        if !first {
            let weak = c.handle_duplicate(vmar, 0).unwrap();
            assert_eq!(c.object_set_profile(weak, profile, 0), denied);
            let (child, _) = c.vmar_allocate(vmar, 0, 0, PAGE).unwrap();
            c.vmar_destroy(child).unwrap();
            assert_eq!(c.object_set_profile(child, profile, 0), Err(Status::BAD_STATE));
        }
        c.task_kill(process).unwrap();
        assert_eq!(c.object_set_profile(thread, profile, 0), Err(Status::BAD_STATE));
    });
}

#[test]
fn guests_lay_out_their_profiles_in_memory() {
    let world = World::new();
    let guest = Guest::start_for(&world, Abi::Sdk2020);
    let job = u64::from(guest.receive(world.root_job()));
    guest.poke_words(64, &[PRIORITY, 0, 31, 0]);
    let at = guest.at(64);
    let create = |profile, out| guest.call(Syscall::ProfileCreate, &[job, 0, profile, out]);
    assert_eq!(create(0, guest.at(0)), Err(Status::INVALID_ARGS));
    assert_eq!(create(at, guest.unmapped()), Err(Status::INVALID_ARGS));
    assert_eq!(create(at, guest.at(0)), Ok(()));
    let profile = u64::from(guest.word(0));
    let thread = world.host(|c| c.handle_duplicate(guest.thread, 1 << 31)).unwrap();
    let thread = u64::from(guest.receive(thread));
    assert_eq!(guest.call(Syscall::ObjectSetProfile, &[thread, profile, 0]), Ok(()));
    guest.finish();
}
