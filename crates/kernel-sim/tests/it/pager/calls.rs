//! What the calls judge, in order.

use zx_abi::{
    Abi, INFO_VMO_PAGER_BACKED, JOB_POL_ABSOLUTE, ObjectType, PagerOp, PolicyAction,
    PolicyCondition, Rights, Status, StreamMode, Syscall, VmoOptions,
};

use super::{KEY, Paged};
use crate::support::{Guest, PAGE, World, reduced, vmo_info, without};

#[test]
fn a_pager_has_the_rights_to_attach_and_manage_vmos() {
    let world = World::new();
    assert_eq!(world.host(|c| c.pager_create(1)), Err(Status::INVALID_ARGS));
    let it = Paged::new(&world, 2);
    let basic = world.basic(it.pager);
    let rights = Rights::TRANSFER | Rights::INSPECT | Rights::ATTACH_VMO | Rights::MANAGE_VMO;
    assert_eq!((basic.object_type, basic.rights), (ObjectType::Pager as u32, rights.bits()));
    let info = world.host(|c| vmo_info(c, it.vmo)).v1;
    assert_eq!((info.flags & INFO_VMO_PAGER_BACKED, info.committed_bytes), (32, 0));
    it.finish();
    assert_eq!(world.count(ObjectType::Pager), 0);
}

#[test]
fn creating_a_vmo_judges_pager_port_options_and_size() {
    let world = World::new();
    let it = Paged::new(&world, 1);
    let create = |pager, options, port, size| {
        let created = world.host(|c| c.pager_create_vmo(pager, options, port, KEY, size));
        created.map(|vmo| world.host(|c| c.handle_close(vmo)).unwrap())
    };
    assert_eq!(create(0, 0, it.port, 1), Err(Status::BAD_HANDLE));
    assert_eq!(create(it.pager, 0, 0, 1), Err(Status::BAD_HANDLE));
    assert_eq!(create(it.port, 0, it.port, 1), Err(Status::WRONG_TYPE));
    assert_eq!(create(it.pager, 0, it.vmo, 1), Err(Status::WRONG_TYPE));
    let blind = world.host(|c| without(c, it.port, Rights::WRITE));
    assert_eq!(create(it.pager, 0, blind, 1), Err(Status::ACCESS_DENIED));
    let (resizable, trap) = (VmoOptions::RESIZABLE, VmoOptions::TRAP_DIRTY);
    let unbounded = VmoOptions::UNBOUNDED;
    for options in [u32::MAX, 1, 4, (resizable | unbounded).bits()] {
        assert_eq!(create(it.pager, options, it.port, 1), Err(Status::INVALID_ARGS));
    }
    for options in [resizable, trap, resizable | trap, unbounded] {
        assert_eq!(create(it.pager, options.bits(), it.port, 1), Ok(()));
    }
    assert_eq!(create(it.pager, 0, it.port, u64::MAX), Err(Status::OUT_OF_RANGE));
    let weak = world.host(|c| reduced(c, it.pager, Rights::ATTACH_VMO));
    assert_eq!(create(weak, 0, it.port, 1), Err(Status::ACCESS_DENIED));
}

#[test]
fn others_vmos_ranges_and_rights_are_refused() {
    let world = World::new();
    let it = Paged::new(&world, 2);
    let other = Paged::new(&world, 2);
    let plain = world.host(|c| c.vmo_create(2 * PAGE, 0)).unwrap();
    let clone = world.host(|c| c.vmo_create_child(it.vmo, 16, 0, PAGE)).unwrap();
    let fail = i64::from(Status::IO.into_raw()) as u64;
    for vmo in [plain, other.vmo, clone] {
        world.host(|c| {
            let not_its = Err(Status::INVALID_ARGS);
            assert_eq!(c.pager_detach_vmo(it.pager, vmo), not_its);
            assert_eq!(c.pager_supply_pages(it.pager, vmo, (0, 0), 0, 0), not_its);
            assert_eq!(c.pager_op_range(it.pager, 1, vmo, (0, 0), fail), not_its);
            let ranges = c.pager_query_dirty_ranges(it.pager, vmo, (0, 0), 1);
            assert_eq!(ranges.map(|_| ()), not_its);
            assert_eq!(c.pager_query_vmo_stats(it.pager, vmo, 0).map(|_| ()), not_its);
        });
    }
    let supply =
        |range, aux, at| world.host(|c| c.pager_supply_pages(it.pager, it.vmo, range, aux, at));
    for (range, at) in [((1, 0), 0), ((0, 1), 0), ((0, 0), 1)] {
        assert_eq!(supply(range, 0, at), Err(Status::INVALID_ARGS));
    }
    assert_eq!(supply((0, PAGE), 0, 0), Err(Status::BAD_HANDLE));
    assert_eq!(supply((0, PAGE), it.port, 0), Err(Status::WRONG_TYPE));
    assert_eq!(supply((0, PAGE), plain, 2 * PAGE), Err(Status::OUT_OF_RANGE));
    assert_eq!(supply((2 * PAGE, PAGE), plain, 0), Err(Status::OUT_OF_RANGE));
    assert_eq!(supply((0, PAGE), other.vmo, 0), Err(Status::NOT_SUPPORTED));
    for right in [Rights::READ, Rights::WRITE] {
        let weak = world.host(|c| without(c, plain, right));
        assert_eq!(supply((0, PAGE), weak, 0), Err(Status::ACCESS_DENIED));
    }
    for (op, data, status) in [
        (0, 0, Status::NOT_SUPPORTED),
        (5, 0, Status::NOT_SUPPORTED),
        (1, 0, Status::INVALID_ARGS),
        (1, 10, Status::INVALID_ARGS),
        (1, 0x11_ffff_ffff, Status::INVALID_ARGS),
        (2, 1, Status::INVALID_ARGS),
        (2, 0, Status::NOT_SUPPORTED),
        (3, 2, Status::INVALID_ARGS),
        (4, 1, Status::INVALID_ARGS),
    ] {
        let done = world.host(|c| c.pager_op_range(it.pager, op, it.vmo, (0, PAGE), data));
        assert_eq!(done, Err(status), "{op} {data}");
    }
    assert_eq!(it.op(PagerOp::WritebackBegin, 2, 1, 0), Err(Status::OUT_OF_RANGE));
    let weak = world.host(|c| reduced(c, it.pager, Rights::MANAGE_VMO));
    world.host(|c| {
        let denied = Err(Status::ACCESS_DENIED);
        assert_eq!(c.pager_detach_vmo(weak, it.vmo), denied);
        assert_eq!(c.pager_supply_pages(weak, it.vmo, (0, 0), plain, 0), denied);
        assert_eq!(c.pager_op_range(weak, 1, it.vmo, (0, 0), fail), denied);
    });
}

#[test]
fn supplying_empties_the_source_where_pages_were_not_needed_too() {
    let world = World::new();
    let it = Paged::new(&world, 3);
    it.supply(1, 1);
    let aux = world.host(|c| c.vmo_create(3 * PAGE, 0)).unwrap();
    world.host(|c| c.vmo_write(aux, PAGE, &[7; 4096])).unwrap();
    let range = (0, 3 * PAGE);
    world.host(|c| c.pager_supply_pages(it.pager, it.vmo, range, aux, 0)).unwrap();
    assert_eq!([0, 1, 2].map(|page| it.byte(page)), [Ok(0), Ok(2), Ok(0)]);
    assert_eq!(
        (it.byte_of(aux, 1), world.host(|c| vmo_info(c, aux)).v1.committed_bytes),
        (Ok(0), 0)
    );
}

#[test]
fn the_generation_of_2020_looks_at_no_rights_knows_fail_only_and_drops_all_on_detach() {
    let world = World::new();
    let guest = Guest::start_for(&world, Abi::Sdk2020);
    let as_guest = guest.koid;
    world.as_process(as_guest, |c| {
        let (pager, port) = (c.pager_create(0).unwrap(), c.port_create(0).unwrap());
        assert_eq!(crate::support::basic(c, pager).rights, 0x80c2);
        let trap = VmoOptions::TRAP_DIRTY.bits();
        let refused = c.pager_create_vmo(pager, trap, port, KEY, PAGE);
        assert_eq!(refused, Err(Status::INVALID_ARGS));
        let vmo = c.pager_create_vmo(pager, 0, port, KEY, 2 * PAGE).unwrap();
        let weak = pager;
        let aux = c.vmo_create(PAGE, 0).unwrap();
        c.pager_supply_pages(weak, vmo, (0, PAGE), aux, 0).unwrap();
        c.vmo_write(vmo, 0, b"dirty").unwrap();
        let no_space = i64::from(Status::NO_SPACE.into_raw()) as u64;
        let failed = c.pager_op_range(weak, 1, vmo, (0, PAGE), no_space);
        assert_eq!(failed, Err(Status::INVALID_ARGS));
        let begun = c.pager_op_range(weak, 3, vmo, (0, PAGE), 0);
        assert_eq!(begun, Err(Status::NOT_SUPPORTED));
        // What is used otherwise is no source.
        let child = c.vmo_create_child(aux, 1, 0, PAGE).unwrap();
        for used in [aux, child] {
            let supplied = c.pager_supply_pages(weak, vmo, (PAGE, PAGE), used, 0);
            assert_eq!(supplied, Err(Status::BAD_STATE));
        }
        c.pager_detach_vmo(weak, vmo).unwrap();
        let mut bytes = [0; 5];
        assert_eq!(c.vmo_read(vmo, 0, &mut bytes), Err(Status::SHOULD_WAIT));
        assert_eq!(vmo_info(c, vmo).v1.committed_bytes, 0);
        // It can be supplied all the same, and failing it does nothing.
        let fresh = c.vmo_create(PAGE, 0).unwrap();
        c.pager_supply_pages(weak, vmo, (0, PAGE), fresh, 0).unwrap();
        assert_eq!((c.vmo_read(vmo, 0, &mut bytes), bytes), (Ok(()), [0; 5]));
        let io = i64::from(Status::IO.into_raw()) as u64;
        c.pager_op_range(weak, 1, vmo, (0, PAGE), io).unwrap();
    });
}

#[test]
fn policy_judges_pagers_and_their_vmos() {
    let world = World::new();
    let root = world.root_job();
    let deny = |condition| {
        let job = world.host(|c| c.job_create(root, 0)).unwrap();
        let action = PolicyAction::Deny;
        let policy = [kernel_sim::PolicyBasic { condition, action, can_override: false }];
        world.host(|c| c.job_set_policy(job, JOB_POL_ABSOLUTE, &policy)).unwrap();
        job
    };
    let job = deny(PolicyCondition::NewPager);
    let guest = Guest::start_in(&world, job, 0);
    let create = guest.create(Syscall::PagerCreate, &[0, guest.at(0)]);
    assert_eq!(create, Err(Status::ACCESS_DENIED));
}

#[test]
fn streams_ask_for_pages_before_anything_changes() {
    let world = World::new();
    let it = Paged::new(&world, 2);
    let append = (StreamMode::READ | StreamMode::WRITE | StreamMode::APPEND).bits();
    let stream = world.host(|c| {
        c.vmo_set_stream_size(it.vmo, PAGE - 1)?;
        c.stream_create(append, it.vmo, 0)
    });
    let stream = stream.unwrap();
    let read = |len| {
        let mut bytes = vec![0; len];
        world.host(|c| c.stream_read(stream, 0, None, &mut bytes)).map(|count| (count, bytes))
    };
    assert_eq!(read(2), Err(Status::SHOULD_WAIT));
    it.supply(0, 1);
    assert_eq!(read(2), Ok((2, vec![1, 1])));
    let write = || world.host(|c| c.stream_write(stream, 0, None, b"abc"));
    assert_eq!(write(), Err(Status::SHOULD_WAIT));
    assert_eq!(world.host(|c| c.vmo_get_stream_size(it.vmo)), Ok(PAGE - 1));
    it.supply(1, 1);
    assert_eq!(write(), Ok(3));
    assert_eq!(world.host(|c| c.vmo_get_stream_size(it.vmo)), Ok(PAGE + 2));
    assert_eq!(it.byte(1), Ok(b'b'));
    world.host(|c| c.handle_close(stream)).unwrap();
    it.finish();
}
