//! `zx_process_read_memory` and `zx_process_write_memory`.

use kernel_sim::Item;
use zx_abi::{Abi, Rights, Status, VmOptions};

use crate::support::{Guest, Order, PAGE, READ, World, bytes, without};

const MAX: u64 = 64 << 20;

#[test]
fn calls_judge_sizes_then_the_process_then_the_address() {
    let world = World::null();
    let root = world.root_job();
    let host = world.kernel.host();
    world.host(|c| {
        let (process, _vmar) = c.process_create(root, b"p", 0).unwrap();
        let (dead, _gone) = c.process_create(root, b"dead", 0).unwrap();
        c.task_kill(dead).unwrap();
        let own = c.object_get_child(root, host, 1 << 31).unwrap();
        let [no_read, no_write] =
            [Rights::READ, Rights::WRITE].map(|right| without(c, process, right));
        for (handle, len, status) in [
            (9, 0, Status::INVALID_ARGS),
            (9, MAX + 1, Status::INVALID_ARGS),
            (9, MAX, Status::BAD_HANDLE),
            (root, 1, Status::WRONG_TYPE),
            (no_read, 1, Status::ACCESS_DENIED),
            (no_write, 1, Status::ACCESS_DENIED),
            (dead, 1, Status::BAD_STATE),
            // The embedder's memory is no guest's.
            (own, 1, Status::BAD_STATE),
            (process, 1, Status::NO_MEMORY),
        ] {
            assert_eq!(c.process_read_memory(handle, 0x1000, len), Err(status), "{len:#x}");
        }
        for (handle, len, status) in [
            (9, 0, Status::INVALID_ARGS),
            (9, MAX + 1, Status::INVALID_ARGS),
            (9, 1, Status::BAD_HANDLE),
            (root, 1, Status::WRONG_TYPE),
            (no_write, 1, Status::ACCESS_DENIED),
            (dead, 1, Status::BAD_STATE),
            (no_read, 1, Status::NO_MEMORY),
        ] {
            let bytes = vec![0; len as usize];
            assert_eq!(c.process_write_memory(handle, 0x1000, &bytes), Err(status), "{len:#x}");
        }
    });
}

#[test]
fn copies_end_with_the_mapping_and_its_vmo_and_ignore_permissions() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let (process, vmar) = c.process_create(root, b"p", 0).unwrap();
        let vmo = c.vmo_create(4 * PAGE, 0).unwrap();
        c.vmo_write(vmo, 0, &(0..4 * PAGE).map(|i| (i / 7) as u8).collect::<Vec<_>>()).unwrap();
        // No permission at all.
        let base = c.vmar_map(vmar, 0, 0, vmo, PAGE, 2 * PAGE).unwrap();
        let found = c.process_read_memory(process, base + 5, 10).unwrap();
        assert_eq!(found, bytes(c, vmo, PAGE + 5, 10));
        let found = c.process_read_memory(process, base + PAGE, MAX).unwrap();
        assert_eq!(found, bytes(c, vmo, 2 * PAGE, PAGE));
        assert_eq!(c.process_write_memory(process, base + 2 * PAGE - 2, b"abc"), Ok(2));
        assert_eq!(bytes(c, vmo, 3 * PAGE - 2, 2), b"ab");
        // Beyond the VMO.
        let small = c.vmo_create(PAGE, 0).unwrap();
        let faults = READ | VmOptions::ALLOW_FAULTS.bits();
        let base = c.vmar_map(vmar, faults, 0, small, 0, 3 * PAGE).unwrap();
        assert_eq!(c.process_read_memory(process, base + PAGE - 3, 10).map(|b| b.len()), Ok(3));
        for address in [base + PAGE, base + 3 * PAGE - 1] {
            let read = c.process_read_memory(process, address, 1);
            assert_eq!(read, Err(Status::OUT_OF_RANGE));
            assert_eq!(c.process_write_memory(process, address, b"x"), Err(Status::OUT_OF_RANGE));
        }
        let beyond = c.process_read_memory(process, base + 3 * PAGE, 1);
        assert_eq!(beyond, Err(Status::NO_MEMORY));
    });
}

#[test]
fn what_is_not_cached_stays_closed() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let (process, vmar) = c.process_create(root, b"p", 0).unwrap();
        let vmo = c.vmo_create(PAGE, 0).unwrap();
        c.vmo_set_cache_policy(vmo, 1).unwrap();
        let base = c.vmar_map(vmar, READ, 0, vmo, 0, PAGE).unwrap();
        assert_eq!(c.process_read_memory(process, base, 1), Err(Status::BAD_STATE));
        assert_eq!(c.process_write_memory(process, base, b"x"), Err(Status::BAD_STATE));
    });
}

#[test]
fn nobody_writes_the_vdso() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let (process, vmar) = c.process_create(root, b"p", 0).unwrap();
        let vdso = c.vdso(Abi::default()).unwrap();
        let base = c.vmar_map(vmar, READ, 0, vdso, 0, PAGE).unwrap();
        assert_eq!(c.process_write_memory(process, base, b"x"), Err(Status::ACCESS_DENIED));
        assert_eq!(c.process_read_memory(process, base, 4), Ok(b"\x7fELF".to_vec()));
    });
}

#[test]
fn code_that_others_see_becomes_the_processs_own_when_it_is_written() {
    let world = World::new();
    let guest = Guest::start(&world);
    let other = Guest::start(&world);
    world.host(|c| {
        let vmo = c.vmo_create(3 * PAGE, 0).unwrap();
        c.vmo_write(vmo, PAGE, b"the code").unwrap();
        let code = c.vmo_replace_as_executable(vmo, 0).unwrap();
        let executable = READ | VmOptions::PERM_EXECUTE.bits();
        let maps = |vmar| c.vmar_map(vmar, executable, 0, code, PAGE, 2 * PAGE).unwrap();
        let [mine, theirs] = [guest.root_vmar, other.root_vmar].map(maps);
        world.machine.orders();
        let before = c.process_maps(guest.process).unwrap();
        assert_eq!(c.process_write_memory(guest.process, mine + 4, b"\xcc"), Ok(1));
        let orders = world.machine.orders();
        let [Order::Remap { place, .. }] = &orders[..] else { panic!("{orders:?}") };
        assert_eq!((place.base, place.len, place.offset), (mine, 2 * PAGE, 0));
        assert_eq!(place.permissions.bits(), executable);
        assert_eq!(c.process_read_memory(guest.process, mine, 8).unwrap(), b"the \xccode");
        assert_eq!(c.process_read_memory(other.process, theirs, 8).unwrap(), b"the code");
        assert_eq!(bytes(c, code, PAGE, 8), b"the code");
        // It is its own now, and nobody's besides.
        assert_eq!(c.process_write_memory(guest.process, mine + 4, b"c"), Ok(1));
        assert_eq!(world.machine.orders(), []);
        assert_eq!(c.process_maps(guest.process).unwrap().len(), before.len());
        c.handle_close(code).unwrap();
    });
    guest.finish();
    world.machine.orders();
    // Nobody else has the VMO any more.
    world.host(|c| {
        let maps = c.process_maps(other.process).unwrap();
        let theirs = maps.iter().find(|it| it.len == 2 * PAGE && it.base != other.base).unwrap();
        assert_eq!(c.process_write_memory(other.process, theirs.base, b"x"), Ok(1));
    });
    assert_eq!(world.machine.orders(), []);
    other.finish();
}

#[test]
fn code_is_shared_on_where_there_is_no_memory_for_its_own() {
    let world = World::new();
    let root = world.root_job();
    let job = world.host(|c| c.job_create(root, 0)).unwrap();
    let guest = Guest::start_in(&world, job, 0);
    world.host(|c| {
        let vmo = c.vmo_create(2 * PAGE, 0).unwrap();
        c.vmo_write(vmo, 0, &[1; 2 * PAGE as usize]).unwrap();
        let code = c.vmo_replace_as_executable(vmo, 0).unwrap();
        let executable = READ | VmOptions::PERM_EXECUTE.bits();
        let base = c.vmar_map(guest.root_vmar, executable, 0, code, 0, 2 * PAGE).unwrap();
        let used = c.job_accounts(job).unwrap().1[Item::Memory];
        c.job_set_limits(job, &[(Item::Memory, used + PAGE)]).unwrap();
        assert_eq!(c.process_write_memory(guest.process, base, b"x"), Err(Status::NO_MEMORY));
        assert_eq!(c.job_accounts(job).unwrap().1[Item::Memory], used);
        c.job_set_limits(job, &[(Item::Memory, used + 2 * PAGE)]).unwrap();
        assert_eq!(c.process_write_memory(guest.process, base, b"x"), Ok(1));
        assert_eq!(bytes(c, code, 0, 1), [1]);
    });
    guest.finish();
}
