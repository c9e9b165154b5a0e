//! `zx_thread_read_state` and `zx_thread_write_state`.

use kernel_sim::{GeneralRegisters, KernelEntry};
use zerocopy::IntoBytes;
use zx_abi::{
    Arch, INFO_INVALID_CPU, INFO_THREAD, INFO_THREAD_STATS, InfoThread, InfoThreadStats, Rights,
    Status, Syscall, X86_64Registers,
};

use crate::support::{Guest, World, info, without};

/// `ZX_THREAD_STATE_*` kinds of registers that every generation knows.
const GENERAL: u64 = 0;
const OTHERS: [u64; 4] = [1, 2, 4, 5];

/// Bytes of the general registers.
const SIZE: u64 = 160;

/// Where a guest's buffer is.
const BUFFER: u64 = 1024;

fn marked() -> X86_64Registers {
    X86_64Registers { rax: 1, r15: 15, rip: 0x1234, fs_base: 99, ..X86_64Registers::default() }
}

/// A world whose machine shows marked registers, with a thread that it has stopped, and a guest
/// that has a handle to it.
fn with_stopped_thread(test: impl FnOnce(&World, &Guest<'_>, u64)) {
    let world = World::new();
    let (target, guest) = (Guest::start(&world), Guest::start(&world));
    *world.machine.registers.lock().unwrap() = marked();
    let token = world.host(|c| c.task_suspend(target.thread)).unwrap();
    world.kernel.suspended(target.koid, target.thread_koid, 1);
    let again = world.host(|c| c.handle_duplicate(target.thread, 1 << 31)).unwrap();
    test(&world, &guest, guest.receive(again).into());
    world.host(|c| c.handle_close(token)).unwrap();
    target.finish();
    guest.finish();
}

#[test]
fn a_thread_may_run_on_every_processor_and_has_run_on_one() {
    let world = World::new();
    let guest = Guest::start(&world);
    world.host(|c| {
        let told: InfoThread = info(c, guest.thread, INFO_THREAD).unwrap();
        assert_eq!(told.cpu_affinity_mask, [1, 0, 0, 0, 0, 0, 0, 0]);
        let new = c.thread_create(guest.process, b"new", 0).unwrap();
        for (thread, cpu) in [(guest.thread, 0), (new, INFO_INVALID_CPU)] {
            let stats: InfoThreadStats = info(c, thread, INFO_THREAD_STATS).unwrap();
            assert_eq!(stats.last_scheduled_cpu, cpu);
        }
        c.handle_close(new).unwrap();
    });
    guest.finish();
}

#[test]
fn registers_are_those_of_a_suspended_thread_only() {
    let world = World::new();
    let guest = Guest::start(&world);
    *world.machine.registers.lock().unwrap() = marked();
    let read = || world.host(|c| c.thread_read_registers(guest.thread));
    let write = |value: X86_64Registers| {
        world.host(|c| c.thread_write_registers(guest.thread, &value.into()))
    };
    assert_eq!((read(), write(marked())), (Err(Status::BAD_STATE), Err(Status::BAD_STATE)));
    let foreign = GeneralRegisters::zero(Arch::Aarch64);
    let judged = world.host(|c| c.thread_write_registers(guest.thread, &foreign));
    assert_eq!(judged, Err(Status::INVALID_ARGS));
    let token = world.host(|c| c.task_suspend(guest.thread)).unwrap();
    // Asked for, not yet done.
    assert_eq!(read(), Err(Status::BAD_STATE));
    world.kernel.suspended(guest.koid, guest.thread_koid, 1);
    assert_eq!(read(), Ok(marked().into()));
    let other = X86_64Registers { rbx: 7, ..marked() };
    assert_eq!((write(other), read()), (Ok(()), Ok(other.into())));
    world.host(|c| c.handle_close(token)).unwrap();
    assert_eq!(read(), Err(Status::BAD_STATE));
    let new = world.host(|c| c.thread_create(guest.process, b"new", 0)).unwrap();
    assert_eq!(world.host(|c| c.thread_read_registers(new)), Err(Status::BAD_STATE));
    guest.finish();
}

#[test]
fn registers_judge_handle_then_rights_then_state() {
    let world = World::new();
    let guest = Guest::start(&world);
    world.host(|c| {
        let blind = without(c, guest.thread, Rights::READ);
        let bound = without(c, guest.thread, Rights::WRITE);
        for (read, write, status) in [
            (9, 9, Status::BAD_HANDLE),
            (guest.process, guest.process, Status::WRONG_TYPE),
            (blind, bound, Status::ACCESS_DENIED),
            (bound, blind, Status::BAD_STATE),
        ] {
            assert_eq!(c.thread_read_registers(read), Err(status));
            assert_eq!(c.thread_write_registers(write, &marked().into()), Err(status));
        }
    });
    guest.finish();
}

#[test]
fn a_thread_that_was_suspended_before_has_registers_before_its_first_instruction() {
    let world = World::new();
    let root = world.root_job();
    let guest = Guest::create_in(&world, root);
    *world.machine.registers.lock().unwrap() = marked();
    let thread = guest.thread;
    let token = world.host(|c| {
        let token = c.task_suspend(thread).unwrap();
        c.process_start(guest.process, thread, 0x1000, 0x2000, 0, 4).unwrap();
        token
    });
    let read = || world.host(|c| c.thread_read_registers(thread));
    assert_eq!(read(), Err(Status::BAD_STATE));
    world.kernel.suspended(guest.koid, guest.thread_koid, 1);
    assert_eq!(read(), Ok(marked().into()));
    let other = X86_64Registers { rbx: 1, fs_base: 0x1000, gs_base: 0x2000, ..marked() };
    assert_eq!(world.host(|c| c.thread_write_registers(thread, &other.into())), Ok(()));
    assert_eq!(read(), Ok(other.into()));
    world.host(|c| c.handle_close(token)).unwrap();
    guest.finish();
}

#[test]
fn guests_read_and_write_registers() {
    with_stopped_thread(|world, guest, thread| {
        let call = |call, kind, buffer, size| guest.call(call, &[thread, kind, buffer, size]);
        let at = guest.at(BUFFER);
        for call in [Syscall::ThreadReadState, Syscall::ThreadWriteState] {
            let judge = |handle, kind, size| guest.call(call, &[handle, kind, at, size]);
            assert_eq!(judge(9, 3, 0), Err(Status::BAD_HANDLE));
            assert_eq!(judge(thread, 3, SIZE), Err(Status::INVALID_ARGS));
            for kind in OTHERS {
                assert_eq!(judge(thread, kind, 4096), Err(Status::NOT_SUPPORTED));
            }
            assert_eq!(judge(thread, GENERAL, SIZE - 1), Err(Status::BUFFER_TOO_SMALL));
        }
        let unmapped = guest.unmapped();
        for (syscall, address) in
            [(Syscall::ThreadReadState, guest.read_only()), (Syscall::ThreadWriteState, unmapped)]
        {
            assert_eq!(call(syscall, GENERAL, address, SIZE), Err(Status::INVALID_ARGS));
        }
        call(Syscall::ThreadReadState, GENERAL, at, SIZE + 1).unwrap();
        assert_eq!(guest.peek::<{ SIZE as usize }>(BUFFER), marked().as_bytes());
        let other = X86_64Registers { rbx: 5, gs_base: 6, ..marked() };
        guest.poke(BUFFER, other.as_bytes());
        call(Syscall::ThreadWriteState, GENERAL, at, SIZE).unwrap();
        assert_eq!(*world.machine.registers.lock().unwrap(), other);
    });
}
