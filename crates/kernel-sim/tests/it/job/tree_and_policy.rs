//! Jobs: height, killing, policy and its inheritance.

use kernel_sim::{Caller, PolicyBasic};
use zx_abi::{
    INFO_JOB, INFO_JOB_CHILDREN, INFO_JOB_PROCESSES, INFO_PROCESS, InfoJob, InfoProcess,
    JOB_MAX_HEIGHT, JOB_POL_ABSOLUTE, JOB_POL_RELATIVE, ObjectType, PolicyAction, PolicyCondition,
    Rights, Signals, Status, TASK_RETCODE_SYSCALL_KILL,
};

use crate::support::{Guest, World, basic, info, koids, with_rights, without};

fn entry(condition: PolicyCondition, action: PolicyAction) -> PolicyBasic {
    PolicyBasic { condition, action, can_override: false }
}

fn deny(condition: PolicyCondition) -> PolicyBasic {
    entry(condition, PolicyAction::Deny)
}

/// A job with a policy.
fn job_with(c: &mut Caller<'_>, parent: u32, policy: &[PolicyBasic]) -> u32 {
    let job = c.job_create(parent, 0).unwrap();
    c.job_set_policy(job, JOB_POL_ABSOLUTE, policy).unwrap();
    job
}

#[test]
fn jobs_nest_32_deep() {
    let world = World::null();
    let mut job = world.root_job();
    for _ in 0..JOB_MAX_HEIGHT {
        job = world.host(|c| c.job_create(job, 0)).unwrap();
    }
    assert_eq!(world.host(|c| c.job_create(job, 0)), Err(Status::OUT_OF_RANGE));
    // The height comes before the state.
    world.host(|c| c.task_kill(job)).unwrap();
    assert_eq!(world.host(|c| c.job_create(job, 0)), Err(Status::OUT_OF_RANGE));
}

#[test]
fn create_judges_options_then_handle_then_state() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let wrong = c.event_create(0).unwrap();
        let inert = without(c, root, Rights::MANAGE_JOB | Rights::WRITE);
        let dead = c.job_create(root, 0).unwrap();
        c.task_kill(dead).unwrap();
        assert_eq!(c.job_create(9, 1), Err(Status::INVALID_ARGS));
        assert_eq!(c.job_create(9, 0), Err(Status::BAD_HANDLE));
        assert_eq!(c.job_create(wrong, 0), Err(Status::WRONG_TYPE));
        assert_eq!(c.job_create(inert, 0), Err(Status::ACCESS_DENIED));
        assert_eq!(c.job_create(dead, 0), Err(Status::BAD_STATE));
        // Either right will do.
        for right in [Rights::MANAGE_JOB, Rights::WRITE] {
            let able = with_rights(c, root, right);
            assert!(c.job_create(able, 0).is_ok(), "{right:?}");
        }
    });
}

#[test]
fn children_are_listed_oldest_first_and_only_direct_ones() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let first = c.job_create(root, 0).unwrap();
        let second = c.job_create(root, 0).unwrap();
        let grandchild = c.job_create(first, 0).unwrap();
        let (process, _vmar) = c.process_create(second, b"p", 0).unwrap();
        let of = |c: &mut Caller<'_>, job, topic| koids(c, job, topic).unwrap();
        let [first_koid, second_koid] = [first, second].map(|job| basic(c, job).koid);
        assert_eq!(of(c, root, INFO_JOB_CHILDREN), [first_koid, second_koid]);
        assert_eq!(of(c, first, INFO_JOB_CHILDREN), [basic(c, grandchild).koid]);
        assert_eq!(of(c, second, INFO_JOB_PROCESSES), [basic(c, process).koid]);
        assert_eq!(of(c, first, INFO_JOB_PROCESSES), []);
        let hidden = without(c, root, Rights::ENUMERATE);
        assert_eq!(koids(c, hidden, INFO_JOB_CHILDREN), Err(Status::ACCESS_DENIED));
    });
}

#[test]
fn signals_tell_whether_children_exist() {
    let world = World::null();
    let root = world.root_job();
    let job = world.host(|c| c.job_create(root, 0)).unwrap();
    let empty = Signals::JOB_NO_JOBS | Signals::JOB_NO_PROCESSES | Signals::JOB_NO_CHILDREN;
    assert_eq!(world.signals(job), empty);
    // The host itself lives in the root job.
    assert_eq!(world.signals(root), Signals::empty());
    let child = world.host(|c| c.job_create(job, 0)).unwrap();
    assert_eq!(world.signals(job), Signals::JOB_NO_PROCESSES);
    let (process, vmar) = world.host(|c| c.process_create(job, b"p", 0)).unwrap();
    assert_eq!(world.signals(job), Signals::empty());
    world.host(|c| c.handle_close(child)).unwrap();
    assert_eq!(world.signals(job), Signals::JOB_NO_JOBS);
    // One that begins with a process, too.
    let other = world.host(|c| c.process_create(job, b"other", 0)).unwrap();
    world.host(|c| c.handle_close_many(&[process, vmar])).unwrap();
    assert_eq!(world.signals(job), Signals::JOB_NO_JOBS);
    world.host(|c| c.handle_close_many(&[other.0, other.1])).unwrap();
    assert_eq!(world.signals(job), empty);
}

#[test]
fn a_job_without_handles_lives_as_long_as_its_children() {
    let world = World::null();
    let before = world.stats();
    let root = world.root_job();
    world.host(|c| {
        let outer = c.job_create(root, 0).unwrap();
        let inner = c.job_create(outer, 0).unwrap();
        let (process, vmar) = c.process_create(inner, b"p", 0).unwrap();
        c.handle_close_many(&[outer, inner]).unwrap();
        assert_eq!(koids(c, root, INFO_JOB_CHILDREN).unwrap().len(), 1);
        c.handle_close_many(&[process, vmar]).unwrap();
        assert_eq!(koids(c, root, INFO_JOB_CHILDREN).unwrap(), []);
        c.handle_close(root).unwrap();
    });
    assert_eq!(world.stats(), before);
}

#[test]
fn killing_reaches_the_deepest_first_with_one_return_code() {
    let world = World::traced(0);
    let root = world.root_job();
    let (outer, inner) = world.host(|c| {
        let outer = c.job_create(root, 0).unwrap();
        (outer, c.job_create(outer, 0).unwrap())
    });
    let create = |job: u32| world.host(|c| c.process_create(job, b"p", 0)).unwrap().0;
    let (shallow, deep) = (create(outer), create(inner));
    world.trace.trace();
    world.host(|c| c.task_kill(outer)).unwrap();
    let exits: Vec<u64> = world
        .trace
        .trace()
        .into_iter()
        .filter_map(|event| match event {
            kernel_sim::TraceEvent::ProcessExit { process, return_code } => {
                assert_eq!(return_code, TASK_RETCODE_SYSCALL_KILL);
                Some(process)
            }
            _ => None,
        })
        .collect();
    assert_eq!(exits, [world.koid(deep), world.koid(shallow)]);
    for job in [outer, inner] {
        let empty = Signals::JOB_NO_JOBS | Signals::JOB_NO_PROCESSES | Signals::JOB_NO_CHILDREN;
        assert_eq!(world.signals(job), Signals::TASK_TERMINATED | empty);
        let info: InfoJob = world.host(|c| info(c, job, INFO_JOB)).unwrap();
        assert_eq!((info.exited, info.return_code), (1, TASK_RETCODE_SYSCALL_KILL));
    }
    for process in [shallow, deep] {
        let info: InfoProcess = world.host(|c| info(c, process, INFO_PROCESS)).unwrap();
        assert_eq!(info.return_code, TASK_RETCODE_SYSCALL_KILL);
    }
    world.host(|c| {
        assert_eq!(koids(c, root, INFO_JOB_CHILDREN).unwrap(), []);
        assert_eq!(c.process_create(inner, b"p", 0), Err(Status::BAD_STATE));
        assert_eq!(c.context_create(outer, b"c"), Err(Status::BAD_STATE));
        assert_eq!(c.task_kill(outer), Ok(()));
    });
}

#[test]
fn a_killed_job_terminates_when_its_last_process_is_gone() {
    let world = World::new();
    let root = world.root_job();
    let (outer, inner) = world.host(|c| {
        let outer = c.job_create(root, 0).unwrap();
        (outer, c.job_create(outer, 0).unwrap())
    });
    let first = Guest::start_in(&world, inner, 0);
    let second = Guest::start_in(&world, outer, 0);
    world.host(|c| c.task_kill(outer)).unwrap();
    let exited = |job: u32| {
        let info: InfoJob = world.host(|c| info(c, job, INFO_JOB)).unwrap();
        (world.signals(job).contains(Signals::TASK_TERMINATED), info.exited != 0)
    };
    assert_eq!((exited(outer), exited(inner)), ((false, false), (false, false)));
    // No new children meanwhile.
    assert_eq!(world.host(|c| c.job_create(inner, 0)), Err(Status::BAD_STATE));
    second.gone();
    assert_eq!((exited(outer), exited(inner)), ((false, false), (false, false)));
    first.gone();
    assert_eq!((exited(outer), exited(inner)), ((true, true), (true, true)));
    first.finish();
    second.finish();
}

#[test]
fn killing_needs_destroy_and_a_job_or_process() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let (process, vmar) = c.process_create(root, b"p", 0).unwrap();
        let thread = c.thread_create(process, b"t", 0).unwrap();
        let spared = without(c, process, Rights::DESTROY);
        assert_eq!(c.task_kill(9), Err(Status::BAD_HANDLE));
        assert_eq!(c.task_kill(spared), Err(Status::ACCESS_DENIED));
        assert_eq!(c.task_kill(thread), Err(Status::NOT_SUPPORTED));
        assert_eq!(c.task_kill(vmar), Err(Status::ACCESS_DENIED));
        assert_eq!(c.task_kill(process), Ok(()));
    });
}

#[test]
fn killing_the_root_job_ends_the_host_too() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        c.task_kill(root).unwrap();
        // The rest of the call finds nothing and leaves nothing.
        assert_eq!(c.handle_duplicate(root, 1 << 31), Err(Status::BAD_STATE));
        let _ = c.event_create(0);
    });
    assert_eq!(world.kernel.call(world.kernel.host(), |_| ()), Err(Status::BAD_STATE));
    assert_eq!(world.stats().handles, 0);
    assert_eq!(world.stats().objects, [(ObjectType::Job, 1, 0)]);
}

#[test]
fn set_policy_judges_in_upstreams_order() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let wrong = c.event_create(0).unwrap();
        let job = c.job_create(root, 0).unwrap();
        let fixed = without(c, job, Rights::SET_POLICY);
        let one = [deny(PolicyCondition::NewVmo)];
        let many = |count| vec![deny(PolicyCondition::NewVmo); count];
        assert_eq!(c.job_set_policy(9, 2, &one), Err(Status::INVALID_ARGS));
        assert_eq!(c.job_set_policy(9, JOB_POL_ABSOLUTE, &[]), Err(Status::INVALID_ARGS));
        assert_eq!(c.job_set_policy(9, JOB_POL_ABSOLUTE, &many(33)), Err(Status::INVALID_ARGS));
        assert_eq!(c.job_set_policy(9, JOB_POL_ABSOLUTE, &many(32)), Err(Status::BAD_HANDLE));
        assert_eq!(c.job_set_policy(wrong, JOB_POL_RELATIVE, &one), Err(Status::WRONG_TYPE));
        assert_eq!(c.job_set_policy(fixed, JOB_POL_RELATIVE, &one), Err(Status::ACCESS_DENIED));
        // The root job has the host in it.
        assert_eq!(c.job_set_policy(root, JOB_POL_RELATIVE, &many(32)), Err(Status::BAD_STATE));
        assert_eq!(c.job_set_policy(job, JOB_POL_RELATIVE, &many(32)), Err(Status::OUT_OF_RANGE));
        assert_eq!(c.job_set_policy(job, JOB_POL_RELATIVE, &many(19)), Err(Status::OUT_OF_RANGE));
        assert_eq!(c.job_set_policy(job, JOB_POL_RELATIVE, &many(18)), Ok(()));
        let child = c.job_create(job, 0).unwrap();
        assert_eq!(c.job_set_policy(job, JOB_POL_RELATIVE, &one), Err(Status::BAD_STATE));
        c.handle_close(child).unwrap();
        assert_eq!(c.job_set_policy(job, JOB_POL_RELATIVE, &one), Ok(()));
    });
}

#[test]
fn children_inherit_policy_and_cannot_loosen_it() {
    let world = World::null();
    let root = world.root_job();
    let context = world.host(|c| {
        let parent = job_with(c, root, &[deny(PolicyCondition::NewEvent)]);
        let child = c.job_create(parent, 0).unwrap();
        let loosen = [
            deny(PolicyCondition::NewSocket),
            entry(PolicyCondition::NewEvent, PolicyAction::Allow),
        ];
        let absolute = c.job_set_policy(child, JOB_POL_ABSOLUTE, &loosen);
        assert_eq!(absolute, Err(Status::ALREADY_EXISTS));
        let same = c.job_set_policy(child, JOB_POL_ABSOLUTE, &[deny(PolicyCondition::NewEvent)]);
        assert_eq!(same, Ok(()));
        c.job_set_policy(child, JOB_POL_RELATIVE, &loosen).unwrap();
        c.context_create(child, b"context").unwrap()
    });
    world.as_process(context, |c| {
        assert_eq!(c.event_create(0), Err(Status::ACCESS_DENIED));
        assert_eq!(c.socket_create(0), Err(Status::ACCESS_DENIED));
        assert!(c.channel_create(0).is_ok());
    });
}

#[test]
fn an_overridable_entry_can_be_changed_below() {
    let world = World::null();
    let root = world.root_job();
    let context = world.host(|c| {
        let soft = PolicyBasic { can_override: true, ..deny(PolicyCondition::NewEvent) };
        let parent = job_with(c, root, &[soft]);
        let child = job_with(c, parent, &[entry(PolicyCondition::NewEvent, PolicyAction::Allow)]);
        c.context_create(child, b"context").unwrap()
    });
    assert!(world.as_process(context, |c| c.event_create(0)).is_ok());
}

#[test]
fn every_create_call_is_judged_by_its_own_condition() {
    type Create = fn(&mut Caller<'_>, u32) -> Option<Status>;
    let cases: [(PolicyCondition, Create); 10] = [
        (PolicyCondition::NewVmo, |c, _| c.vmo_create(0, 0).err()),
        (PolicyCondition::NewChannel, |c, _| c.channel_create(0).err()),
        (PolicyCondition::NewChannel, |c, job| {
            let channel = c.task_create_exception_channel(job, 0);
            channel.map(|channel| c.handle_close(channel).unwrap()).err()
        }),
        (PolicyCondition::NewEvent, |c, _| c.event_create(0).err()),
        (PolicyCondition::NewEventpair, |c, _| c.eventpair_create(0).err()),
        (PolicyCondition::NewSocket, |c, _| c.socket_create(0).err()),
        (PolicyCondition::NewIob, |c, _| c.iob_create_shared_region(0, 4096).err()),
        (PolicyCondition::NewFifo, |c, _| c.fifo_create(1, 1, 0).err()),
        (PolicyCondition::NewPager, |c, _| c.pager_create(0).err()),
        (PolicyCondition::NewProcess, |c, job| c.process_create(job, b"", 0).err()),
    ];
    let world = World::null();
    let root = world.root_job();
    for (denied, _) in cases {
        let context = world.host(|c| {
            let job = job_with(c, root, &[deny(denied)]);
            c.context_create(job, b"context").unwrap()
        });
        let free = world.host(|c| c.job_create(root, 0)).unwrap();
        let free = world.host(|c| c.handle_transfer(free, context)).unwrap();
        for (condition, create) in cases {
            let expected = (condition == denied).then_some(Status::ACCESS_DENIED);
            let result = world.as_process(context, |c| create(c, free));
            assert_eq!(result, expected, "{condition:?} under {denied:?}");
        }
    }
}

#[test]
fn the_callers_policy_decides_about_new_processes_not_the_targets() {
    let world = World::null();
    let root = world.root_job();
    let (strict, context) = world.host(|c| {
        let strict = job_with(c, root, &[deny(PolicyCondition::NewProcess)]);
        (strict, c.context_create(strict, b"context").unwrap())
    });
    // The host may put a process even into the strict job.
    assert!(world.host(|c| c.process_create(strict, b"p", 0)).is_ok());
    let job = world.host(|c| c.handle_transfer(root, context)).unwrap();
    world.as_process(context, |c| {
        // Options, then policy, then the job.
        assert_eq!(c.process_create(9, b"p", 2), Err(Status::INVALID_ARGS));
        assert_eq!(c.process_create(9, b"p", 0), Err(Status::ACCESS_DENIED));
        assert_eq!(c.process_create(job, b"p", 0), Err(Status::ACCESS_DENIED));
    });
}

#[test]
fn a_processs_policy_never_changes() {
    let world = World::null();
    let root = world.root_job();
    let job = world.host(|c| c.job_create(root, 0)).unwrap();
    let early = world.host(|c| c.context_create(job, b"early")).unwrap();
    let set =
        |policy: &[PolicyBasic]| world.host(|c| c.job_set_policy(job, JOB_POL_ABSOLUTE, policy));
    assert_eq!(set(&[deny(PolicyCondition::NewEvent)]), Err(Status::BAD_STATE));
    world.as_process(early, |c| c.context_close());
    assert_eq!(set(&[deny(PolicyCondition::NewEvent)]), Ok(()));
    let late = world.host(|c| c.context_create(job, b"late")).unwrap();
    assert_eq!(world.as_process(late, |c| c.event_create(0)), Err(Status::ACCESS_DENIED));
}

#[test]
fn contexts_of_the_host_take_policy_exceptions_as_denials() {
    let world = World::null();
    let root = world.root_job();
    for (action, result) in [
        (PolicyAction::AllowException, None),
        (PolicyAction::DenyException, Some(Status::ACCESS_DENIED)),
    ] {
        let context = world.host(|c| {
            let job = job_with(c, root, &[entry(PolicyCondition::NewEvent, action)]);
            c.context_create(job, b"context").unwrap()
        });
        assert_eq!(world.as_process(context, |c| c.event_create(0)).err(), result);
        assert_eq!(world.kernel.call(context, |_| ()), Ok(()));
    }
}

#[test]
fn closing_a_context_closes_its_handles_and_its_job() {
    let world = World::null();
    let before = world.stats();
    let root = world.root_job();
    let context = world.host(|c| {
        let job = c.job_create(root, 0).unwrap();
        let context = c.context_create(job, b"context").unwrap();
        c.handle_close_many(&[job, root]).unwrap();
        context
    });
    world.as_process(context, |c| {
        let (near, far) = c.channel_create(0).unwrap();
        let vmo = c.vmo_create(0, 0).unwrap();
        c.channel_write(near, 0, vec![], &[vmo]).unwrap();
        c.channel_write(far, 0, vec![], &[]).unwrap();
        c.eventpair_create(0).unwrap();
        c.context_close();
    });
    assert_eq!(world.kernel.call(context, |_| ()), Err(Status::BAD_STATE));
    assert_eq!(world.stats(), before);
}

#[test]
fn killing_a_job_closes_the_contexts_in_it() {
    let world = World::null();
    let root = world.root_job();
    let (job, context) = world.host(|c| {
        let job = c.job_create(root, 0).unwrap();
        (job, c.context_create(job, b"context").unwrap())
    });
    world.as_process(context, |c| c.event_create(0)).unwrap();
    world.host(|c| c.task_kill(job)).unwrap();
    assert_eq!(world.kernel.call(context, |_| ()), Err(Status::BAD_STATE));
    assert_eq!(world.count(ObjectType::Event), 0);
    assert!(world.signals(job).contains(Signals::TASK_TERMINATED));
}
