//! Suspend tokens: of threads that begin suspended.

use kernel_sim::KernelEntry;
use zx_abi::{ObjectType, Rights, Signals, Status, Syscall, ThreadState};

use crate::support::{Guest, Order, World, thread_state, without};

fn starts(world: &World) -> usize {
    let starts = |order: &Order| matches!(order, Order::Start { .. });
    world.machine.orders().iter().filter(|order| starts(order)).count()
}

#[test]
fn suspend_judges_handle_then_type_then_state() {
    let world = World::new();
    let root = world.root_job();
    world.host(|c| {
        let event = c.event_create(0).unwrap();
        let vmo = c.vmo_create(0, 0).unwrap();
        let (process, _vmar) = c.process_create(root, b"p", 0).unwrap();
        let thread = c.thread_create(process, b"t", 0).unwrap();
        let weak = without(c, process, Rights::WRITE);
        for (handle, status) in [
            (9, Status::BAD_HANDLE),
            (event, Status::ACCESS_DENIED),
            (weak, Status::ACCESS_DENIED),
            (vmo, Status::WRONG_TYPE),
            (root, Status::WRONG_TYPE),
        ] {
            assert_eq!(c.task_suspend(handle), Err(status));
        }
        // The embedder's own code cannot be stopped.
        let context = c.context_create(root, b"context").unwrap();
        let context = c.object_get_child(root, context, 1 << 31).unwrap();
        assert_eq!(c.task_suspend(context), Err(Status::NOT_SUPPORTED));
        c.task_kill(process).unwrap();
        for dead in [process, thread] {
            assert_eq!(c.task_suspend(dead), Err(Status::BAD_STATE));
        }
    });
}

#[test]
fn nobody_suspends_itself() {
    let world = World::new();
    let guest = Guest::start(&world);
    let again = |handle| world.host(|c| c.handle_duplicate(handle, 1 << 31)).unwrap();
    for handle in [guest.process, guest.thread] {
        let own = guest.receive(again(handle));
        for call in [Syscall::TaskSuspend, Syscall::TaskSuspendToken] {
            let args = [own.into(), guest.at(0)];
            assert_eq!(guest.call(call, &args), Err(Status::NOT_SUPPORTED));
        }
    }
    guest.finish();
}

#[test]
fn a_suspended_thread_stands_at_its_first_instruction_until_the_last_token_is_closed() {
    let world = World::new();
    let root = world.root_job();
    let guest = Guest::create_in(&world, root);
    let tokens = world.host(|c| {
        let tokens =
            [guest.thread, guest.process, guest.thread].map(|t| c.task_suspend(t).unwrap());
        let token = crate::support::basic(c, tokens[0]);
        assert_eq!((token.object_type, token.rights), (ObjectType::SuspendToken as u32, 0x8002));
        c.process_start(guest.process, guest.thread, 0x1000, 0x2000, 0, 0).unwrap();
        tokens
    });
    let orders = world.machine.orders();
    let [Order::Start { entry, .. }, Order::Suspend { process, thread, number }] =
        orders.as_slice()
    else {
        panic!("{orders:?}")
    };
    assert_eq!((entry.pc, entry.sp), (0x1000, 0x2000));
    world.kernel.suspended(*process, *thread, *number);
    assert_eq!(thread_state(&world, guest.thread), ThreadState::Suspended as u32);
    assert_eq!(world.signals(guest.thread), Signals::THREAD_SUSPENDED);
    for token in &tokens[..2] {
        world.host(|c| c.handle_close(*token)).unwrap();
        assert_eq!(world.machine.orders(), []);
    }
    world.host(|c| c.handle_close(tokens[2])).unwrap();
    assert!(matches!(*world.machine.orders(), [Order::Release { .. }]));
    assert_eq!(thread_state(&world, guest.thread), ThreadState::Running as u32);
    assert_eq!(world.signals(guest.thread), Signals::THREAD_RUNNING);
    guest.finish();
}

#[test]
fn a_token_closed_before_the_start_leaves_nothing() {
    let world = World::new();
    let root = world.root_job();
    let guest = Guest::create_in(&world, root);
    world.host(|c| {
        for task in [guest.thread, guest.process] {
            let token = c.task_suspend(task).unwrap();
            c.handle_close(token).unwrap();
        }
        c.process_start(guest.process, guest.thread, 0, 0, 0, 0).unwrap();
    });
    assert_eq!(starts(&world), 1);
    guest.finish();
}

#[test]
fn a_further_thread_can_be_held_back_alone() {
    let world = World::new();
    let guest = Guest::start(&world);
    world.machine.orders();
    world.host(|c| {
        let thread = c.thread_create(guest.process, b"second", 0).unwrap();
        let token = c.task_suspend(thread).unwrap();
        let entry = kernel_sim::EntryState::new(1, 2, 3, 4);
        c.thread_start(thread, entry).unwrap();
        let orders = world.machine.orders();
        assert!(matches!(*orders, [Order::StartThread { .. }, Order::Suspend { .. }]));
        c.handle_close(token).unwrap();
        assert!(matches!(*world.machine.orders(), [Order::Release { .. }]));
        c.handle_close(thread).unwrap();
    });
    guest.finish();
}

#[test]
fn a_process_that_began_suspended_dies_with_its_token_open() {
    let world = World::new();
    let root = world.root_job();
    let before = world.stats();
    let guest = Guest::create_in(&world, root);
    let token = world.host(|c| {
        let token = c.task_suspend(guest.process).unwrap();
        c.process_start(guest.process, guest.thread, 0, 0, 0, 0).unwrap();
        token
    });
    assert_eq!(world.stats().running, 1);
    world.machine.orders();
    world.host(|c| c.task_kill(guest.process)).unwrap();
    assert_eq!(world.machine.orders(), [Order::Kill { process: guest.koid }]);
    guest.gone();
    assert!(world.signals(guest.process).contains(Signals::TASK_TERMINATED));
    assert!(world.signals(guest.thread).contains(Signals::TASK_TERMINATED));
    world.host(|c| c.handle_close(token)).unwrap();
    assert_eq!(world.machine.orders(), []);
    guest.finish();
    // The vDSO's VMO stays with the kernel.
    let vmos = |stats: &kernel_sim::KernelStats| {
        stats
            .objects
            .iter()
            .filter(|(kind, ..)| *kind != ObjectType::Vmo)
            .copied()
            .collect::<Vec<_>>()
    };
    assert_eq!(vmos(&world.stats()), vmos(&before));
    assert_eq!(world.stats().running, 0);
}
