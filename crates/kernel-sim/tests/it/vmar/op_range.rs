//! `zx_vmar_op_range`, operation by operation.

use zx_abi::{Abi, Rights, Status, VmOptions, VmarOp};

use crate::support::{PAGE, READ, SPECIFIC, WRITE, World, bytes, vdso_image, vmo_info, without};

const ALL: [VmarOp; 7] = [
    VmarOp::Commit,
    VmarOp::Decommit,
    VmarOp::MapRange,
    VmarOp::Zero,
    VmarOp::DontNeed,
    VmarOp::AlwaysNeed,
    VmarOp::Prefetch,
];

#[test]
fn operations_are_judged_in_upstreams_order() {
    let world = World::null();
    let root_job = world.root_job();
    world.host(|c| {
        let (_process, root) = c.process_create(root_job, b"p", 0).unwrap();
        let can = (VmOptions::CAN_MAP_RXW | VmOptions::CAN_MAP_SPECIFIC).bits();
        let (vmar, base) = c.vmar_allocate(root, can, 0, 8 * PAGE).unwrap();
        let (dead, dead_base) = c.vmar_allocate(root, can, 0, PAGE).unwrap();
        c.vmar_destroy(dead).unwrap();
        let event = c.event_create(0).unwrap();
        let vmo = c.vmo_create(2 * PAGE, 0).unwrap();
        c.vmar_map(vmar, READ | WRITE | SPECIFIC, 0, vmo, 0, 2 * PAGE).unwrap();
        let map = VmarOp::MapRange as u32;
        for (handle, op, address, len, status) in [
            (9, 0, 1, 0, Status::BAD_HANDLE),
            (event, 0, 1, 0, Status::WRONG_TYPE),
            (dead, 0, 1, 0, Status::NOT_SUPPORTED),
            (dead, 4, 1, 0, Status::NOT_SUPPORTED),
            (dead, 15, 1, 0, Status::NOT_SUPPORTED),
            (dead, map, dead_base + 1, PAGE, Status::INVALID_ARGS),
            (dead, map, dead_base, 0, Status::INVALID_ARGS),
            (dead, map, dead_base, u64::MAX, Status::INVALID_ARGS),
            (dead, map, dead_base + PAGE, PAGE, Status::OUT_OF_RANGE),
            (dead, map, dead_base, PAGE, Status::BAD_STATE),
            (vmar, map, base - PAGE, PAGE, Status::OUT_OF_RANGE),
            (vmar, map, base, 9 * PAGE, Status::OUT_OF_RANGE),
            (vmar, map, base, 3 * PAGE, Status::BAD_STATE),
            (vmar, map, base + 4 * PAGE, PAGE, Status::BAD_STATE),
        ] {
            let result = c.vmar_op_range(handle, op, address, len);
            assert_eq!(result, Err(status), "{op} {address:#x} {len:#x}");
        }
        for op in ALL {
            assert_eq!(c.vmar_op_range(vmar, op as u32, base, PAGE + 1), Ok(()), "{op:?}");
        }
    });
}

#[test]
fn what_is_done_is_done_to_the_vmos() {
    let world = World::null();
    let root_job = world.root_job();
    world.host(|c| {
        let (_process, root) = c.process_create(root_job, b"p", 0).unwrap();
        let can = (VmOptions::CAN_MAP_RXW | VmOptions::CAN_MAP_SPECIFIC).bits();
        let (vmar, base) = c.vmar_allocate(root, can, 0, 4 * PAGE).unwrap();
        let first = c.vmo_create(4 * PAGE, 0).unwrap();
        let second = c.vmo_create(4 * PAGE, 0).unwrap();
        c.vmar_map(vmar, READ | SPECIFIC, 0, first, PAGE, 2 * PAGE).unwrap();
        c.vmar_map(vmar, READ | SPECIFIC, 2 * PAGE, second, 0, 2 * PAGE).unwrap();
        let committed = |c: &mut kernel_sim::Caller<'_>| {
            [first, second].map(|vmo| vmo_info(c, vmo).v1.committed_bytes / PAGE)
        };
        c.vmar_op_range(vmar, VmarOp::Commit as u32, base + PAGE, 2 * PAGE).unwrap();
        assert_eq!(committed(c), [1, 1]);
        c.vmo_write(first, 2 * PAGE, b"x").unwrap();
        c.vmar_op_range(vmar, VmarOp::Zero as u32, base, 2 * PAGE).unwrap();
        assert_eq!(bytes(c, first, 2 * PAGE, 1), [0]);
        c.vmar_op_range(vmar, VmarOp::Decommit as u32, base, 4 * PAGE).unwrap();
        assert_eq!(committed(c), [0, 0]);
    });
}

#[test]
fn writing_operations_need_what_could_be_written() {
    let world = World::null();
    let root_job = world.root_job();
    world.host(|c| {
        let (_process, root) = c.process_create(root_job, b"p", 0).unwrap();
        let vmo = c.vmo_create(PAGE, 0).unwrap();
        let read_only = without(c, vmo, Rights::WRITE);
        let blind = without(c, vmo, Rights::READ);
        let [fixed, blind] = [(read_only, READ), (blind, 0)]
            .map(|(vmo, options)| c.vmar_map(root, options, 0, vmo, 0, PAGE).unwrap());
        for op in ALL {
            let writes = matches!(op, VmarOp::Commit | VmarOp::Decommit | VmarOp::Zero);
            let expected = if writes { Err(Status::ACCESS_DENIED) } else { Ok(()) };
            assert_eq!(c.vmar_op_range(root, op as u32, fixed, PAGE), expected, "{op:?}");
        }
        let prefetch = c.vmar_op_range(root, VmarOp::Prefetch as u32, blind, PAGE);
        assert_eq!(prefetch, Err(Status::ACCESS_DENIED));
    });
}

#[test]
fn children_are_reached_with_leave_and_by_some_operations_never() {
    let world = World::null();
    let root_job = world.root_job();
    world.host(|c| {
        let (_process, root) = c.process_create(root_job, b"p", 0).unwrap();
        let (child, base) = c.vmar_allocate(root, VmOptions::CAN_MAP_RXW.bits(), 0, PAGE).unwrap();
        let vmo = c.vmo_create(PAGE, 0).unwrap();
        c.vmar_map(child, READ | WRITE, 0, vmo, 0, PAGE).unwrap();
        let plain = without(c, root, Rights::OP_CHILDREN);
        for op in ALL {
            let refused = Err(Status::INVALID_ARGS);
            assert_eq!(c.vmar_op_range(plain, op as u32, base, PAGE), refused, "{op:?}");
            let here = matches!(op, VmarOp::Commit | VmarOp::Decommit | VmarOp::Prefetch);
            let expected = if here { refused } else { Ok(()) };
            assert_eq!(c.vmar_op_range(root, op as u32, base, PAGE), expected, "{op:?}");
            assert_eq!(c.vmar_op_range(child, op as u32, base, PAGE), Ok(()), "{op:?}");
        }
    });
}

#[test]
fn the_vdsos_code_is_out_of_reach() {
    let world = World::null();
    let root_job = world.root_job();
    world.host(|c| {
        let (_process, root) = c.process_create(root_job, b"p", 0).unwrap();
        let vdso = c.vdso(Abi::default()).unwrap();
        let (offset, size) = (vdso_image().code_offset, vdso_image().code_size);
        let code = READ | VmOptions::PERM_EXECUTE.bits();
        let base = c.vmar_map(root, code, 0, vdso, offset, size).unwrap();
        for op in ALL {
            let result = c.vmar_op_range(root, op as u32, base, PAGE);
            assert_eq!(result, Err(Status::ACCESS_DENIED), "{op:?}");
        }
    });
}

#[test]
fn nothing_is_done_beyond_a_vmo() {
    let world = World::null();
    let root_job = world.root_job();
    world.host(|c| {
        let (_process, root) = c.process_create(root_job, b"p", 0).unwrap();
        let vmo = c.vmo_create(PAGE, 0).unwrap();
        let faults = VmOptions::ALLOW_FAULTS.bits();
        let base = c.vmar_map(root, READ | WRITE | faults, 0, vmo, 0, 2 * PAGE).unwrap();
        for op in ALL {
            let result = c.vmar_op_range(root, op as u32, base, 2 * PAGE);
            assert_eq!(result, Err(Status::OUT_OF_RANGE), "{op:?}");
        }
        let stream = faults | VmOptions::FAULT_BEYOND_STREAM_SIZE.bits();
        let base = c.vmar_map(root, READ | WRITE | stream, 0, vmo, 0, PAGE).unwrap();
        c.vmar_op_range(root, VmarOp::Zero as u32, base, PAGE).unwrap();
        c.vmo_set_stream_size(vmo, PAGE - 1).unwrap();
        let result = c.vmar_op_range(root, VmarOp::Zero as u32, base, PAGE);
        assert_eq!(result, Err(Status::OUT_OF_RANGE));
    });
}
