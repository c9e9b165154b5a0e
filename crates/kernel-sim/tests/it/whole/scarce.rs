//! Memory fails at each step in turn: whoever asked is told, others go on, and nothing is left.

use kernel_sim::{Caller, KernelStats};
use zx_abi::{Result, Status, Syscall, VmoChildOptions, VmoOp};

use crate::support::{Guest, PAGE, READ, WRITE, World};

/// A process, its memory and all that commits some, as the host has it made.
fn life(c: &mut Caller<'_>) -> Result {
    let job = c.root_job()?;
    let mut handles = vec![job];
    let result = (|| {
        let (process, vmar) = c.process_create(job, b"scarce", 0)?;
        handles.extend([process, vmar]);
        handles.push(c.thread_create(process, b"scarce", 0)?);
        let vmo = c.vmo_create(8 * PAGE, 0)?;
        handles.push(vmo);
        c.vmo_write(vmo, 100, &[1; 2 * PAGE as usize])?;
        c.vmo_op_range(vmo, VmoOp::Commit as u32, 0, 4 * PAGE)?;
        c.vmo_op_range(vmo, VmoOp::Zero as u32, 10, PAGE)?;
        c.vmar_map(vmar, READ | WRITE, 0, vmo, 0, 8 * PAGE)?;
        let child = c.vmo_create_child(vmo, VmoChildOptions::SNAPSHOT.bits(), 0, 8 * PAGE)?;
        handles.push(child);
        c.vmo_write(child, 0, b"child")?;
        c.vmo_write(vmo, 0, b"parent")
    })();
    c.handle_close_many(&handles).unwrap();
    result
}

#[test]
fn memory_that_fails_at_any_step_leaves_nothing() {
    let world = World::new();
    let before = world.stats();
    let mut failures = 0;
    for operations in 0.. {
        world.machine.supply.fail_after(operations);
        let result = world.host(life);
        assert_eq!(world.stats(), before, "after {operations} operations");
        if !world.machine.supply.has_failed() {
            assert_eq!(result, Ok(()));
            break;
        }
        failures += 1;
        assert!(matches!(result, Ok(()) | Err(Status::NO_MEMORY)), "{operations}: {result:?}");
    }
    assert!(failures >= 6, "{failures}");
}

/// What a guest gets of calls that commit memory, while another's goes on.
#[test]
fn a_guest_without_memory_is_told_and_others_go_on() {
    let world = World::new();
    let other = Guest::start(&world);
    let guest = Guest::start(&world);
    let vmo = guest.create(Syscall::VmoCreate, &[8 * PAGE, 0, guest.at(0)]).unwrap();
    let stats: KernelStats = world.stats();
    world.machine.supply.limit(0);
    for (call, args) in [
        (Syscall::VmoWrite, [vmo.into(), guest.at(0), 0, 8, 0]),
        (Syscall::VmoOpRange, [vmo.into(), VmoOp::Commit as u64, 0, PAGE, 0]),
    ] {
        assert_eq!(guest.call(call, &args), Err(Status::NO_MEMORY), "{call:?}");
    }
    assert_eq!(world.stats(), stats);
    // What asks for no more than it has.
    assert_eq!(other.call(Syscall::HandleClose, &[9]), Err(Status::BAD_HANDLE));
    world.machine.supply.limit(1 << 30);
    assert_eq!(guest.call(Syscall::VmoWrite, &[vmo.into(), guest.at(0), 0, 8, 0]), Ok(()));
    other.finish();
    guest.finish();
}
