//! `zx_job_set_critical` and the ends of jobs.

use zx_abi::{
    INFO_JOB, INFO_PROCESS, InfoJob, InfoProcess, Rights, Signals, Status,
    TASK_RETCODE_CRITICAL_PROCESS_KILL, TASK_RETCODE_SYSCALL_KILL,
};

use crate::support::{Guest, World, info, without};

const NONZERO: u32 = zx_abi::JOB_CRITICAL_PROCESS_RETCODE_NONZERO;

#[test]
fn set_critical_judges_options_then_job_then_process() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let job = c.job_create(root, 0).unwrap();
        let other = c.job_create(root, 0).unwrap();
        let inner = c.job_create(job, 0).unwrap();
        let (process, _vmar) = c.process_create(job, b"p", 0).unwrap();
        let soft = without(c, job, Rights::DESTROY);
        let deaf = without(c, process, Rights::WAIT);
        for (job, options, process, status) in [
            (9, 2, 9, Status::INVALID_ARGS),
            (9, NONZERO, 9, Status::BAD_HANDLE),
            (process, 0, 9, Status::WRONG_TYPE),
            (soft, 0, 9, Status::ACCESS_DENIED),
            (job, 0, 9, Status::BAD_HANDLE),
            (job, 0, job, Status::WRONG_TYPE),
            (job, 0, deaf, Status::ACCESS_DENIED),
            (other, 0, process, Status::INVALID_ARGS),
            (inner, 0, process, Status::INVALID_ARGS),
        ] {
            assert_eq!(c.job_set_critical(job, options, process), Err(status));
        }
        // An ancestor will do, and it is final.
        assert_eq!(c.job_set_critical(root, 0, process), Ok(()));
        assert_eq!(c.job_set_critical(job, 0, process), Err(Status::ALREADY_BOUND));
        assert_eq!(c.job_set_critical(other, 0, process), Err(Status::ALREADY_BOUND));
    });
}

#[test]
fn a_job_dies_with_its_critical_process() {
    let world = World::null();
    let root = world.root_job();
    let (outer, job, sibling) = world.host(|c| {
        let outer = c.job_create(root, 0).unwrap();
        let job = c.job_create(outer, 0).unwrap();
        let (process, vmar) = c.process_create(job, b"critical", 0).unwrap();
        let (sibling, other) = c.process_create(outer, b"sibling", 0).unwrap();
        c.job_set_critical(outer, 0, process).unwrap();
        c.task_kill(process).unwrap();
        let dead: InfoProcess = info(c, process, INFO_PROCESS).unwrap();
        assert_eq!(dead.return_code, TASK_RETCODE_SYSCALL_KILL);
        c.handle_close_many(&[process, vmar, other]).unwrap();
        (outer, job, sibling)
    });
    for task in [outer, job, sibling] {
        assert!(world.signals(task).contains(Signals::TASK_TERMINATED));
    }
    world.host(|c| {
        for job in [outer, job] {
            let dead: InfoJob = info(c, job, INFO_JOB).unwrap();
            assert_eq!((dead.exited, dead.return_code), (1, TASK_RETCODE_CRITICAL_PROCESS_KILL));
        }
        let dead: InfoProcess = info(c, sibling, INFO_PROCESS).unwrap();
        assert_eq!(dead.return_code, TASK_RETCODE_CRITICAL_PROCESS_KILL);
        assert_eq!(c.job_create(job, 0), Err(Status::BAD_STATE));
    });
}

#[test]
fn a_process_that_returns_zero_may_be_uncritical() {
    for (options, code, dies) in
        [(0, 0, true), (0, 1, true), (NONZERO, 0, false), (NONZERO, 1, true), (NONZERO, -1, true)]
    {
        let world = World::new();
        let root = world.root_job();
        let job = world.host(|c| c.job_create(root, 0)).unwrap();
        let guest = Guest::start_in(&world, job, 0);
        world.host(|c| c.job_set_critical(job, options, guest.process)).unwrap();
        guest.enter(zx_abi::Syscall::ProcessExit, &[code as u64]);
        guest.gone();
        let dead = world.signals(job).contains(Signals::TASK_TERMINATED);
        assert_eq!(dead, dies, "{options} {code}");
        guest.finish();
    }
}

#[test]
fn a_chain_of_critical_processes_falls_at_once() {
    let world = World::null();
    let root = world.root_job();
    let before = world.stats();
    world.host(|c| {
        let mut jobs = vec![c.job_create(root, 0).unwrap()];
        let mut processes = Vec::new();
        // As deep as jobs go: each process is critical to the job above its own.
        for _ in 0..31 {
            let above = *jobs.last().unwrap();
            let job = c.job_create(above, 0).unwrap();
            let (process, vmar) = c.process_create(job, b"p", 0).unwrap();
            c.handle_close(vmar).unwrap();
            c.job_set_critical(above, 0, process).unwrap();
            jobs.push(job);
            processes.push(process);
        }
        c.task_kill(*processes.last().unwrap()).unwrap();
        let top: InfoJob = info(c, jobs[0], INFO_JOB).unwrap();
        assert_eq!(top.return_code, TASK_RETCODE_CRITICAL_PROCESS_KILL);
        c.handle_close_many(&jobs).unwrap();
        c.handle_close_many(&processes).unwrap();
    });
    assert_eq!(world.stats(), before);
}
