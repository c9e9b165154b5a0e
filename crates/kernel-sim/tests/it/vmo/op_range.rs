//! `zx_vmo_op_range`, operation by operation.

use kernel_sim::Caller;
use zx_abi::{Rights, Status, VmoChildOptions, VmoOp, VmoOptions};

use crate::support::{PAGE, World, bytes, vmo_info, with_rights};

const ALL: [VmoOp; 13] = [
    VmoOp::Commit,
    VmoOp::Decommit,
    VmoOp::Lock,
    VmoOp::Unlock,
    VmoOp::CacheSync,
    VmoOp::CacheInvalidate,
    VmoOp::CacheClean,
    VmoOp::CacheCleanInvalidate,
    VmoOp::Zero,
    VmoOp::TryLock,
    VmoOp::DontNeed,
    VmoOp::AlwaysNeed,
    VmoOp::Prefetch,
];

fn committed(c: &mut Caller<'_>, vmo: u32) -> u64 {
    vmo_info(c, vmo).v1.committed_bytes / PAGE
}

#[test]
fn each_operation_needs_its_right() {
    World::null().host(|c| {
        let vmo = c.vmo_create(PAGE, VmoOptions::DISCARDABLE.bits()).unwrap();
        let [none, read, write] = [Rights::empty(), Rights::READ, Rights::WRITE]
            .map(|rights| with_rights(c, vmo, rights));
        for op in ALL {
            let allowed = match op {
                VmoOp::Commit | VmoOp::Decommit | VmoOp::CacheInvalidate | VmoOp::Zero => {
                    [false, false, true]
                }
                VmoOp::CacheSync
                | VmoOp::CacheClean
                | VmoOp::CacheCleanInvalidate
                | VmoOp::Prefetch => [false, true, false],
                VmoOp::Lock | VmoOp::TryLock | VmoOp::Unlock => [false, true, true],
                VmoOp::DontNeed | VmoOp::AlwaysNeed => [true, true, true],
            };
            for (handle, allowed) in [none, read, write].into_iter().zip(allowed) {
                // An unlock needs a lock.
                c.vmo_op_range(vmo, VmoOp::Lock as u32, 0, PAGE).unwrap();
                let result = c.vmo_op_range(handle, op as u32, 0, PAGE).map(|_| ());
                let expected = if allowed { Ok(()) } else { Err(Status::ACCESS_DENIED) };
                assert_eq!(result, expected, "{op:?}");
            }
        }
    });
}

#[test]
fn handles_come_before_operations_and_rights_before_ranges() {
    World::null().host(|c| {
        let vmo = c.vmo_create(PAGE, 0).unwrap();
        let event = c.event_create(0).unwrap();
        let none = with_rights(c, vmo, Rights::empty());
        let commit = VmoOp::Commit as u32;
        for (handle, op, status) in [
            (9, 0, Status::BAD_HANDLE),
            (event, 0, Status::WRONG_TYPE),
            (none, 0, Status::INVALID_ARGS),
            (none, 5, Status::INVALID_ARGS),
            (none, 15, Status::INVALID_ARGS),
            (none, commit, Status::ACCESS_DENIED),
            (vmo, commit, Status::OUT_OF_RANGE),
        ] {
            assert_eq!(c.vmo_op_range(handle, op, u64::MAX, u64::MAX), Err(status), "{op}");
        }
    });
}

#[test]
fn ranges_end_with_the_vmo() {
    World::null().host(|c| {
        let vmo = c.vmo_create(2 * PAGE, 0).unwrap();
        for op in ALL {
            if matches!(op, VmoOp::Lock | VmoOp::TryLock | VmoOp::Unlock) {
                // This one cannot be locked, whatever the range.
                let result = c.vmo_op_range(vmo, op as u32, 0, u64::MAX);
                assert_eq!(result, Err(Status::NOT_SUPPORTED));
                continue;
            }
            for (offset, size, fits) in [
                (0, 2 * PAGE, true),
                (PAGE, PAGE, true),
                (0, 3 * PAGE, false),
                (PAGE, 2 * PAGE, false),
                (2 * PAGE, PAGE, false),
                (!(PAGE - 1), PAGE, false),
                (PAGE, !(PAGE - 1), false),
            ] {
                let result = c.vmo_op_range(vmo, op as u32, offset, size);
                // What is decommitted is as much as there is.
                let fits = fits || op == VmoOp::Decommit && offset <= 2 * PAGE;
                let expected = if fits { Ok(None) } else { Err(Status::OUT_OF_RANGE) };
                assert_eq!(result, expected, "{op:?} {offset:#x} {size:#x}");
            }
        }
    });
}

#[test]
fn empty_ranges_are_nothing_but_for_caches() {
    World::null().host(|c| {
        let vmo = c.vmo_create(PAGE, 0).unwrap();
        for op in ALL {
            let expected = match op {
                VmoOp::Lock | VmoOp::TryLock | VmoOp::Unlock => Err(Status::NOT_SUPPORTED),
                VmoOp::CacheSync
                | VmoOp::CacheInvalidate
                | VmoOp::CacheClean
                | VmoOp::CacheCleanInvalidate => Err(Status::INVALID_ARGS),
                _ => Ok(None),
            };
            assert_eq!(c.vmo_op_range(vmo, op as u32, PAGE, 0), expected, "{op:?}");
        }
    });
}

#[test]
fn commit_takes_the_pages_around_a_range_and_keeps_their_data() {
    World::null().host(|c| {
        let vmo = c.vmo_create(8 * PAGE, 0).unwrap();
        c.vmo_write(vmo, 2 * PAGE, b"kept").unwrap();
        c.vmo_op_range(vmo, VmoOp::Commit as u32, 2 * PAGE - 1, PAGE + 2).unwrap();
        assert_eq!(committed(c, vmo), 3);
        assert_eq!(bytes(c, vmo, 2 * PAGE, 5), b"kept\0");
        c.vmo_op_range(vmo, VmoOp::Commit as u32, 8 * PAGE - 1, 1).unwrap();
        assert_eq!(committed(c, vmo), 4);
    });
}

#[test]
fn no_more_is_committed_than_the_computer_has() {
    World::null().host(|c| {
        // The small computer that every null machine is has 1 GiB.
        let vmo = c.vmo_create(1 << 40, 0).unwrap();
        let commit = VmoOp::Commit as u32;
        assert_eq!(c.vmo_op_range(vmo, commit, 0, 1 << 40), Err(Status::NO_MEMORY));
        assert_eq!(c.vmo_op_range(vmo, commit, 0, (1 << 30) + 1), Err(Status::NO_MEMORY));
        assert_eq!(committed(c, vmo), 0);
    });
}

#[test]
fn decommit_gives_whole_pages_back_where_no_copy_shares_them() {
    World::null().host(|c| {
        let vmo = c.vmo_create(4 * PAGE, 0).unwrap();
        c.vmo_write(vmo, 0, &[1; 4 * PAGE as usize]).unwrap();
        let decommit = VmoOp::Decommit as u32;
        for (offset, size) in [(1, PAGE), (0, PAGE - 1), (0, 1)] {
            let result = c.vmo_op_range(vmo, decommit, offset, size);
            assert_eq!(result, Err(Status::INVALID_ARGS), "{offset} {size}");
        }
        c.vmo_op_range(vmo, decommit, PAGE, 2 * PAGE).unwrap();
        assert_eq!(committed(c, vmo), 2);
        assert!(bytes(c, vmo, PAGE, 2 * PAGE).iter().all(|byte| *byte == 0));
        let snapshot = VmoChildOptions::SNAPSHOT.bits();
        let child = c.vmo_create_child(vmo, snapshot, 0, PAGE).unwrap();
        let slice = c.vmo_create_child(vmo, VmoChildOptions::SLICE.bits(), 3 * PAGE, PAGE).unwrap();
        let grandchild = c.vmo_create_child(child, snapshot, 0, PAGE).unwrap();
        for last in [child, grandchild] {
            for shared in [last, vmo, slice] {
                let result = c.vmo_op_range(shared, decommit, 0, PAGE);
                assert_eq!(result, Err(Status::NOT_SUPPORTED));
            }
            assert_eq!(bytes(c, last, 0, 1), [1]);
            c.handle_close(last).unwrap();
        }
        c.vmo_op_range(slice, decommit, 0, 2 * PAGE).unwrap();
        assert_eq!(committed(c, vmo), 1);
        c.handle_close(slice).unwrap();
        let reference = c.vmo_create_child(vmo, VmoChildOptions::REFERENCE.bits(), 0, 0).unwrap();
        // It is the same VMO, and has no pages of its own.
        let copy = c.vmo_create_child(reference, snapshot, 0, PAGE).unwrap();
        let other = c.vmo_create_child(vmo, VmoChildOptions::REFERENCE.bits(), 0, 0).unwrap();
        for shared in [vmo, reference, other, copy] {
            let result = c.vmo_op_range(shared, decommit, 0, PAGE);
            assert_eq!(result, Err(Status::NOT_SUPPORTED));
        }
        c.handle_close_many(&[copy, other]).unwrap();
        for shared in [vmo, reference] {
            c.vmo_write(vmo, 0, &[1]).unwrap();
            c.vmo_op_range(shared, decommit, 0, PAGE).unwrap();
            assert_eq!(bytes(c, vmo, 0, 1), [0]);
        }
        c.vmo_write(vmo, 0, &[1]).unwrap();
        c.handle_close(reference).unwrap();
        c.vmo_op_range(vmo, decommit, 0, u64::MAX - PAGE + 1).unwrap();
        assert_eq!(committed(c, vmo), 0);
    });
}

#[test]
fn the_last_of_some_copies_is_decommitted_like_any_vmo() {
    World::null().host(|c| {
        let decommit = VmoOp::Decommit as u32;
        let snapshot = VmoChildOptions::SNAPSHOT.bits();
        let first = c.vmo_create(PAGE, 0).unwrap();
        c.vmo_write(first, 0, &[1]).unwrap();
        let second = c.vmo_create_child(first, snapshot, 0, PAGE).unwrap();
        let third = c.vmo_create_child(second, snapshot, 0, PAGE).unwrap();
        let slice = c.vmo_create_child(first, VmoChildOptions::SLICE.bits(), 0, PAGE).unwrap();
        for gone in [first, second, slice] {
            for vmo in [third, gone] {
                let result = c.vmo_op_range(vmo, decommit, 0, PAGE);
                assert_eq!(result, Err(Status::NOT_SUPPORTED));
            }
            c.handle_close(gone).unwrap();
        }
        assert_eq!((committed(c, third), bytes(c, third, 0, 1)), (1, vec![1]));
        c.vmo_op_range(third, decommit, 0, PAGE).unwrap();
        assert_eq!((committed(c, third), bytes(c, third, 0, 1)), (0, vec![0]));
    });
}

#[test]
fn zero_clears_any_range_and_a_copy_alone() {
    World::null().host(|c| {
        let vmo = c.vmo_create(3 * PAGE, 0).unwrap();
        c.vmo_write(vmo, 0, &[1; 3 * PAGE as usize]).unwrap();
        let snapshot = VmoChildOptions::SNAPSHOT.bits();
        let child = c.vmo_create_child(vmo, snapshot, 0, 3 * PAGE).unwrap();
        c.vmo_op_range(child, VmoOp::Zero as u32, PAGE - 1, PAGE + 2).unwrap();
        let mut expected = vec![1; 3 * PAGE as usize];
        expected[PAGE as usize - 1..2 * PAGE as usize + 1].fill(0);
        assert_eq!(bytes(c, child, 0, 3 * PAGE), expected);
        assert!(bytes(c, vmo, 0, 3 * PAGE).iter().all(|byte| *byte == 1));
        c.handle_close(child).unwrap();
        c.vmo_set_cache_policy(vmo, 1).unwrap();
        let result = c.vmo_op_range(vmo, VmoOp::Zero as u32, 0, 1);
        assert_eq!(result, Err(Status::BAD_STATE));
    });
}
