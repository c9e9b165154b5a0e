//! Discardable and unbounded VMOs.

use zx_abi::{
    INFO_VMO_DISCARDABLE, Status, VmOptions, VmoChildOptions, VmoLockState, VmoOp, VmoOptions,
};

use crate::support::{PAGE, World, vmo_info};

const DISCARDABLE: u32 = VmoOptions::DISCARDABLE.bits();

#[test]
fn locks_are_counted_and_take_the_whole_vmo() {
    World::null().host(|c| {
        let vmo = c.vmo_create(2 * PAGE, DISCARDABLE).unwrap();
        assert_ne!(vmo_info(c, vmo).v1.flags & INFO_VMO_DISCARDABLE, 0);
        let [lock, try_lock, unlock] = [VmoOp::Lock, VmoOp::TryLock, VmoOp::Unlock];
        for op in [lock, try_lock, unlock] {
            for (offset, size) in [(0, PAGE), (PAGE, PAGE), (0, 3 * PAGE), (0, 0)] {
                let result = c.vmo_op_range(vmo, op as u32, offset, size);
                assert_eq!(result, Err(Status::OUT_OF_RANGE), "{op:?}");
            }
        }
        let whole = 2 * PAGE;
        assert_eq!(c.vmo_op_range(vmo, unlock as u32, 0, whole), Err(Status::BAD_STATE));
        let state = c.vmo_op_range(vmo, lock as u32, 0, whole).unwrap();
        // Nothing is ever discarded.
        let expected =
            VmoLockState { offset: 0, size: whole, discarded_offset: 0, discarded_size: 0 };
        assert_eq!(state, Some(expected));
        assert_eq!(c.vmo_op_range(vmo, try_lock as u32, 0, whole), Ok(None));
        assert_eq!(c.vmo_op_range(vmo, unlock as u32, 0, whole), Ok(None));
        assert_eq!(c.vmo_op_range(vmo, unlock as u32, 0, whole), Ok(None));
        assert_eq!(c.vmo_op_range(vmo, unlock as u32, 0, whole), Err(Status::BAD_STATE));
    });
}

#[test]
fn discardable_vmos_have_no_children_and_stay_cached() {
    World::null().host(|c| {
        let vmo = c.vmo_create(PAGE, DISCARDABLE).unwrap();
        for kind in [VmoChildOptions::SNAPSHOT, VmoChildOptions::SLICE] {
            let result = c.vmo_create_child(vmo, kind.bits(), 0, PAGE);
            assert_eq!(result, Err(Status::NOT_SUPPORTED));
        }
        let reference = VmoChildOptions::REFERENCE.bits();
        assert_eq!(c.vmo_create_child(vmo, reference, 0, 0), Err(Status::NOT_SUPPORTED));
        assert_eq!(c.vmo_set_cache_policy(vmo, 1), Err(Status::BAD_STATE));
        assert_eq!(c.vmo_set_cache_policy(vmo, 0), Ok(()));
    });
}

#[test]
fn a_mapping_of_a_discardable_vmo_must_allow_faults() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let (_process, vmar) = c.process_create(root, b"p", 0).unwrap();
        let vmo = c.vmo_create(PAGE, DISCARDABLE).unwrap();
        let read = VmOptions::PERM_READ;
        let plain = c.vmar_map(vmar, read.bits(), 0, vmo, 0, PAGE);
        assert_eq!(plain, Err(Status::NOT_SUPPORTED));
        let faults = read | VmOptions::ALLOW_FAULTS;
        assert!(c.vmar_map(vmar, faults.bits(), 0, vmo, 0, PAGE).is_ok());
    });
}

#[test]
fn an_unbounded_vmo_is_as_large_as_one_can_be_and_costs_nothing() {
    const LARGEST: u64 = 0xffff_ffff_fffe_0000;
    World::null().host(|c| {
        let unbounded = VmoOptions::UNBOUNDED.bits();
        let vmo = c.vmo_create(10, unbounded).unwrap();
        assert_eq!(c.vmo_get_size(vmo), Ok(LARGEST));
        assert_eq!(c.vmo_get_stream_size(vmo), Ok(10));
        c.vmo_write(vmo, LARGEST - 1, &[1]).unwrap();
        assert_eq!(vmo_info(c, vmo).v1.committed_bytes, PAGE);
        assert_eq!(c.vmo_set_size(vmo, 0), Err(Status::UNAVAILABLE));
        assert_eq!(c.vmo_create(LARGEST + 1, unbounded), Err(Status::OUT_OF_RANGE));
    });
}
