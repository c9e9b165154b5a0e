//! Policy exceptions: raised when the call returns, with its result.

use kernel_sim::{KernelEntry, PolicyBasic, SyscallOutcome};
use zx_abi::{
    Abi, EXCP_POLICY_ERROR, ExceptionRecord, INFO_THREAD_EXCEPTION_REPORT_V2, JOB_POL_ABSOLUTE,
    ObjectType, PolicyAction, PolicyCondition, Status, Syscall, TASK_RETCODE_EXCEPTION_KILL,
};

use super::{bind, close, expect_none, receive, resume};
use crate::support::{Guest, Order, World, info};

/// A guest that may not make events, and a channel of its process.
fn restricted(world: &World, action: PolicyAction, abi: Abi) -> (Guest<'_>, u32) {
    let root = world.root_job();
    let job = world.host(|c| {
        let job = c.job_create(root, 0).unwrap();
        let condition = PolicyCondition::NewEvent;
        let entry = PolicyBasic { condition, action, can_override: false };
        c.job_set_policy(job, JOB_POL_ABSOLUTE, &[entry]).unwrap();
        job
    });
    let guest = Guest::create_for(world, job, abi).started(0);
    let channel = bind(world, guest.process, 0);
    world.machine.orders();
    (guest, channel)
}

/// The call is stopped before it returns: the value that it has.
fn stopped(world: &World, guest: &Guest<'_>) -> i64 {
    let orders = world.machine.orders();
    let [Order::Suspend { number, .. }, Order::Resume { value, .. }] = orders[..] else {
        panic!("{orders:?}")
    };
    world.kernel.suspended(guest.koid, guest.thread_koid, number);
    value
}

#[test]
fn the_call_has_its_result_and_the_thread_goes_on_with_it() {
    for (action, status, events) in [
        (PolicyAction::AllowException, Status::OK, 1),
        (PolicyAction::DenyException, Status::ACCESS_DENIED, 0),
    ] {
        let world = World::new();
        let (guest, channel) = restricted(&world, action, Abi::Newest);
        let outcome = guest.enter(Syscall::EventCreate, &[0, guest.at(0)]);
        assert_eq!(outcome, SyscallOutcome::Blocked);
        assert_eq!(world.count(ObjectType::Event), events);
        expect_none(&world, channel);
        assert_eq!(stopped(&world, &guest), status.into_raw().into());
        let (told, exception) = receive(&world, channel);
        assert_eq!(told.kind, EXCP_POLICY_ERROR);
        let report: ExceptionRecord =
            world.host(|c| info(c, guest.thread, INFO_THREAD_EXCEPTION_REPORT_V2)).unwrap();
        assert_eq!(report.context.synth_code, PolicyCondition::NewEvent as u32);
        resume(&world, exception);
        let (process, thread) = (guest.koid, guest.thread_koid);
        assert_eq!(world.machine.orders(), [Order::Release { process, thread }]);
        assert_eq!(guest.call(Syscall::HandleClose, &[0]), Ok(()));
        guest.finish();
    }
}

#[test]
fn whom_nobody_handles_ends() {
    let world = World::new();
    let (guest, channel) = restricted(&world, PolicyAction::DenyException, Abi::Newest);
    guest.enter(Syscall::EventCreate, &[0, guest.at(0)]);
    stopped(&world, &guest);
    close(&world, receive(&world, channel).1);
    assert_eq!(world.machine.orders(), [Order::Kill { process: guest.koid }]);
    guest.gone();
    assert_eq!(guest.info().return_code, TASK_RETCODE_EXCEPTION_KILL);
    guest.finish();
}

#[test]
fn a_handler_that_goes_before_the_thread_has_stopped_has_not_handled_it() {
    let world = World::new();
    let (guest, channel) = restricted(&world, PolicyAction::DenyException, Abi::Newest);
    guest.enter(Syscall::EventCreate, &[0, guest.at(0)]);
    close(&world, channel);
    stopped(&world, &guest);
    assert_eq!(world.machine.orders(), [Order::Kill { process: guest.koid }]);
    guest.gone();
    guest.finish();
    assert_eq!(world.count(ObjectType::Exception), 0);
}

#[test]
fn a_call_that_does_not_exist_returns_so() {
    for (abi, code) in [(Abi::Newest, 18), (Abi::Sdk2020, 17)] {
        let world = World::new();
        let (guest, channel) = restricted(&world, PolicyAction::Allow, abi);
        assert_eq!(guest.enter_raw(9999, &[]), SyscallOutcome::Blocked);
        assert_eq!(stopped(&world, &guest), Status::BAD_SYSCALL.into_raw().into());
        let (_, exception) = receive(&world, channel);
        // As the guest's own generation counts.
        let thread = world.host(|c| c.exception_get_thread(exception)).unwrap();
        let own = guest.receive(thread);
        let report = world.as_process(guest.koid, |c| {
            c.object_get_info(own, INFO_THREAD_EXCEPTION_REPORT_V2).unwrap().bytes
        });
        assert_eq!(report[32..36], u32::to_le_bytes(code));
        assert_eq!(report[36..40], 9999u32.to_le_bytes());
        resume(&world, exception);
        guest.finish();
    }
}
