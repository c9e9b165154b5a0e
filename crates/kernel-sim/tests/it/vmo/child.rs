//! Kinds of child VMOs: what they show, what they allow, whose children they are.

use kernel_sim::{Caller, Name};
use zx_abi::{
    INFO_VMO_IMMUTABLE, INFO_VMO_IS_COW_CLONE, INFO_VMO_RESIZABLE, PROP_NAME, Rights, Signals,
    Status, VmOptions, VmoChildOptions, VmoOptions,
};

use crate::support::{PAGE, World, basic, bytes, vmo_info, without};

const SNAPSHOT: u32 = VmoChildOptions::SNAPSHOT.bits();
const MODIFIED: u32 = VmoChildOptions::SNAPSHOT_MODIFIED.bits();
const SLICE: u32 = VmoChildOptions::SLICE.bits();
const REFERENCE: u32 = VmoChildOptions::REFERENCE.bits();
const CHILD_RESIZABLE: u32 = VmoChildOptions::RESIZABLE.bits();
const NO_WRITE: u32 = VmoChildOptions::NO_WRITE.bits();
const RESIZABLE: u32 = VmoOptions::RESIZABLE.bits();

#[test]
fn a_modified_snapshot_is_a_snapshot_without_a_pager() {
    World::null().host(|c| {
        let parent = c.vmo_create(PAGE, 0).unwrap();
        c.vmo_write(parent, 0, b"before").unwrap();
        let child = c.vmo_create_child(parent, MODIFIED, 0, PAGE).unwrap();
        c.vmo_write(parent, 0, b"after!").unwrap();
        assert_eq!(bytes(c, child, 0, 6), b"before");
        assert_eq!(vmo_info(c, child).v1.flags & INFO_VMO_IS_COW_CLONE, INFO_VMO_IS_COW_CLONE);
    });
}

#[test]
fn a_slice_is_a_window_on_its_parent() {
    World::null().host(|c| {
        let parent = c.vmo_create(4 * PAGE, 0).unwrap();
        let slice = c.vmo_create_child(parent, SLICE, PAGE, 2 * PAGE).unwrap();
        let inner = c.vmo_create_child(slice, SLICE, PAGE, PAGE).unwrap();
        assert_eq!(c.vmo_get_size(slice), Ok(2 * PAGE));
        c.vmo_write(inner, 7, b"seen").unwrap();
        assert_eq!(bytes(c, parent, 2 * PAGE + 7, 4), b"seen");
        assert_eq!(bytes(c, slice, PAGE + 7, 4), b"seen");
        // Its end is its own.
        assert_eq!(c.vmo_write(slice, 2 * PAGE, b"x"), Err(Status::OUT_OF_RANGE));
        assert_eq!(c.vmo_set_size(slice, PAGE), Err(Status::UNAVAILABLE));
        // What it shows outlives the VMO that it was made from.
        c.handle_close(parent).unwrap();
        assert_eq!(bytes(c, inner, 7, 4), b"seen");
    });
}

#[test]
fn slices_lie_within_parents_of_fixed_size() {
    World::null().host(|c| {
        let parent = c.vmo_create(2 * PAGE, 0).unwrap();
        let resizable = c.vmo_create(2 * PAGE, RESIZABLE).unwrap();
        for (vmo, options, offset, size, status) in [
            (parent, SLICE | CHILD_RESIZABLE, 0, PAGE, Status::INVALID_ARGS),
            (parent, SLICE | SNAPSHOT, 0, PAGE, Status::INVALID_ARGS),
            (parent, SLICE, 1, PAGE, Status::INVALID_ARGS),
            (parent, SLICE, 0, 2 * PAGE + 1, Status::INVALID_ARGS),
            (parent, SLICE, PAGE, 2 * PAGE, Status::INVALID_ARGS),
            (parent, SLICE, 3 * PAGE, 0, Status::INVALID_ARGS),
            (parent, SLICE, 0, u64::MAX, Status::OUT_OF_RANGE),
            (resizable, SLICE, PAGE, 2 * PAGE, Status::INVALID_ARGS),
            (resizable, SLICE, 0, PAGE, Status::NOT_SUPPORTED),
        ] {
            let result = c.vmo_create_child(vmo, options, offset, size);
            assert_eq!(result, Err(status), "{options:#x} {offset:#x} {size:#x}");
        }
        assert!(c.vmo_create_child(parent, SLICE, 0, 2 * PAGE).is_ok());
        assert!(c.vmo_create_child(parent, SLICE, 2 * PAGE, 0).is_ok());
        // A copy of a resizable VMO is fine.
        assert!(c.vmo_create_child(resizable, SNAPSHOT, 0, PAGE).is_ok());
    });
}

#[test]
fn a_reference_is_the_same_vmo_under_another_koid() {
    World::null().host(|c| {
        let parent = c.vmo_create(PAGE, RESIZABLE).unwrap();
        let reference = c.vmo_create_child(parent, REFERENCE | CHILD_RESIZABLE, 0, 0).unwrap();
        assert_ne!(basic(c, parent).koid, basic(c, reference).koid);
        c.vmo_write(reference, 0, b"both").unwrap();
        assert_eq!(bytes(c, parent, 0, 4), b"both");
        c.vmo_set_size(reference, 3 * PAGE + 1).unwrap();
        assert_eq!(c.vmo_get_size(parent), Ok(4 * PAGE));
        assert_eq!(c.vmo_get_stream_size(parent), Ok(3 * PAGE + 1));
        c.vmo_set_stream_size(parent, 5).unwrap();
        assert_eq!(c.vmo_get_stream_size(reference), Ok(5));
        // It resizes with its parent, but its handle may not.
        let plain = c.vmo_create_child(parent, REFERENCE, 0, 0).unwrap();
        assert_eq!(c.vmo_set_size(plain, PAGE), Err(Status::ACCESS_DENIED));
        assert_eq!(vmo_info(c, plain).v1.flags & INFO_VMO_RESIZABLE, INFO_VMO_RESIZABLE);
        c.handle_close(parent).unwrap();
        assert_eq!(bytes(c, plain, 0, 4), b"both");
    });
}

#[test]
fn references_take_no_range_and_no_slice() {
    World::null().host(|c| {
        let parent = c.vmo_create(PAGE, 0).unwrap();
        let slice = c.vmo_create_child(parent, SLICE, 0, PAGE).unwrap();
        for (vmo, options, offset, size, status) in [
            (parent, REFERENCE, 0, PAGE, Status::INVALID_ARGS),
            (parent, REFERENCE, PAGE, 0, Status::INVALID_ARGS),
            (parent, REFERENCE | SLICE, 0, 0, Status::INVALID_ARGS),
            (parent, REFERENCE | CHILD_RESIZABLE, 0, 0, Status::NOT_SUPPORTED),
            (slice, REFERENCE, 0, 0, Status::NOT_SUPPORTED),
        ] {
            assert_eq!(c.vmo_create_child(vmo, options, offset, size), Err(status), "{options:#x}");
        }
    });
}

#[test]
fn only_copies_gain_write_and_lose_execute() {
    World::null().host(|c| {
        let read_execute = Rights::BASIC | Rights::READ | Rights::EXECUTE | Rights::MAP;
        let name = Name::truncated(b"file");
        let file = c.vmo_from_bytes(&[1; PAGE as usize], name, read_execute.bits()).unwrap();
        let rights = |c: &mut Caller<'_>, options, size| {
            let child = c.vmo_create_child(file, options, 0, size).unwrap();
            Rights::from_bits_retain(basic(c, child).rights)
        };
        let shared = read_execute | Rights::PROPERTY;
        let copied = shared.difference(Rights::EXECUTE) | Rights::WRITE;
        assert_eq!(rights(c, SLICE, PAGE), shared);
        assert_eq!(rights(c, SLICE | NO_WRITE, PAGE), shared);
        assert_eq!(rights(c, REFERENCE, 0), shared);
        assert_eq!(rights(c, MODIFIED, PAGE), copied);
        assert_eq!(rights(c, MODIFIED | NO_WRITE, PAGE), shared);
        // NO_WRITE takes the parent's WRITE away, too; and what cannot be written cannot resize.
        let vmo = c.vmo_create(PAGE, RESIZABLE).unwrap();
        let child = c.vmo_create_child(vmo, SNAPSHOT | NO_WRITE, 0, PAGE).unwrap();
        let expected = Rights::from_bits_retain(basic(c, vmo).rights);
        let expected = expected.difference(Rights::WRITE | Rights::RESIZE);
        assert_eq!(basic(c, child).rights, expected.bits());
        let both = SNAPSHOT | NO_WRITE | CHILD_RESIZABLE;
        assert_eq!(c.vmo_create_child(vmo, both, 0, PAGE), Err(Status::INVALID_ARGS));
    });
}

#[test]
fn only_a_snapshot_that_nobody_can_write_is_immutable() {
    World::null().host(|c| {
        let vmo = c.vmo_create(PAGE, 0).unwrap();
        for (options, immutable) in [
            (SNAPSHOT | NO_WRITE, true),
            (SNAPSHOT, false),
            (MODIFIED | NO_WRITE, false),
            (VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE.bits() | NO_WRITE, false),
            (SLICE | NO_WRITE, false),
        ] {
            let child = c.vmo_create_child(vmo, options, 0, PAGE).unwrap();
            let flags = vmo_info(c, child).v1.flags;
            assert_eq!(flags & INFO_VMO_IMMUTABLE != 0, immutable, "{options:#x}");
        }
    });
}

#[test]
fn a_child_has_its_parents_name_if_that_may_be_read() {
    World::null().host(|c| {
        let parent = c.vmo_create(PAGE, 0).unwrap();
        c.object_set_property(parent, PROP_NAME, b"parent").unwrap();
        let hidden = without(c, parent, Rights::GET_PROPERTY);
        for (vmo, name) in [(parent, "parent"), (hidden, "")] {
            for (options, size) in [(SNAPSHOT, PAGE), (SLICE, PAGE), (REFERENCE, 0)] {
                let child = c.vmo_create_child(vmo, options, 0, size).unwrap();
                let found = c.object_get_property(child, PROP_NAME, 32).unwrap();
                assert_eq!(Name::truncated(&found).to_string(), name, "{options:#x}");
            }
        }
    });
}

#[test]
fn children_become_their_grandparents_when_their_parent_goes() {
    let world = World::null();
    for (options, size) in [(SNAPSHOT, PAGE), (SLICE, PAGE), (REFERENCE, 0)] {
        let (parent, child, grandchild) = world.host(|c| {
            let parent = c.vmo_create(PAGE, 0).unwrap();
            let child = c.vmo_create_child(parent, SNAPSHOT, 0, PAGE).unwrap();
            let grandchild = c.vmo_create_child(child, options, 0, size).unwrap();
            (parent, child, grandchild)
        });
        let (koid, child_koid) = (world.koid(parent), world.koid(child));
        let parent_koid = |c: &mut Caller<'_>| vmo_info(c, grandchild).v1.parent_koid;
        assert_eq!(world.host(parent_koid), child_koid);
        assert_eq!(world.signals(child), Signals::empty());
        world.host(|c| c.handle_close(child)).unwrap();
        assert_eq!(world.host(parent_koid), koid);
        assert_eq!(world.signals(parent), Signals::empty());
        assert_eq!(world.host(|c| vmo_info(c, parent).v1.num_children), 1);
        world.host(|c| c.handle_close(grandchild)).unwrap();
        assert_eq!(world.signals(parent), Signals::VMO_ZERO_CHILDREN);
        world.host(|c| c.handle_close(parent)).unwrap();
    }
}

#[test]
fn an_orphan_has_no_parent() {
    World::null().host(|c| {
        let parent = c.vmo_create(PAGE, 0).unwrap();
        let child = c.vmo_create_child(parent, SNAPSHOT, 0, PAGE).unwrap();
        c.handle_close(parent).unwrap();
        let info = vmo_info(c, child).v1;
        assert_eq!(info.parent_koid, 0);
        assert_eq!(info.flags & INFO_VMO_IS_COW_CLONE, INFO_VMO_IS_COW_CLONE);
    });
}

#[test]
fn a_mapped_parent_keeps_its_children() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let (_process, vmar) = c.process_create(root, b"p", 0).unwrap();
        let grandparent = c.vmo_create(PAGE, 0).unwrap();
        let parent = c.vmo_create_child(grandparent, SNAPSHOT, 0, PAGE).unwrap();
        let child = c.vmo_create_child(parent, SNAPSHOT, 0, PAGE).unwrap();
        let read = VmOptions::PERM_READ.bits();
        let base = c.vmar_map(vmar, read, 0, parent, 0, PAGE).unwrap();
        let koid = basic(c, parent).koid;
        c.handle_close(parent).unwrap();
        assert_eq!(vmo_info(c, child).v1.parent_koid, koid);
        c.vmar_unmap(vmar, base, PAGE).unwrap();
        assert_eq!(vmo_info(c, child).v1.parent_koid, basic(c, grandparent).koid);
    });
}

#[test]
fn what_is_not_cached_has_no_children_and_no_data_calls() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let vmo = c.vmo_create(PAGE, 0).unwrap();
        let event = c.event_create(0).unwrap();
        let fixed = without(c, vmo, Rights::MAP);
        for (handle, policy, status) in [
            (9, 4, Status::INVALID_ARGS),
            (9, 1, Status::BAD_HANDLE),
            (event, 1, Status::WRONG_TYPE),
            (fixed, 1, Status::ACCESS_DENIED),
        ] {
            assert_eq!(c.vmo_set_cache_policy(handle, policy), Err(status));
        }
        for policy in [1, 2, 3] {
            c.vmo_set_cache_policy(vmo, policy).unwrap();
            assert_eq!(vmo_info(c, vmo).v1.cache_policy, policy);
            assert_eq!(c.vmo_read(vmo, 0, &mut [0]), Err(Status::BAD_STATE));
            assert_eq!(c.vmo_write(vmo, 0, &[0]), Err(Status::BAD_STATE));
            assert_eq!(c.vmo_read(vmo, PAGE, &mut [0]), Err(Status::OUT_OF_RANGE));
            for (options, size) in [(SNAPSHOT, PAGE), (SLICE, PAGE), (REFERENCE, 0)] {
                let child = c.vmo_create_child(vmo, options, 0, size);
                assert_eq!(child, Err(Status::BAD_STATE), "{options:#x}");
            }
        }
        c.vmo_set_cache_policy(vmo, 0).unwrap();
        for (options, size) in [(SNAPSHOT, PAGE), (SLICE, PAGE), (REFERENCE, 0)] {
            let child = c.vmo_create_child(vmo, options, 0, size).unwrap();
            for related in [vmo, child] {
                assert_eq!(c.vmo_set_cache_policy(related, 1), Err(Status::BAD_STATE));
            }
            c.handle_close(child).unwrap();
        }
        let (_process, vmar) = c.process_create(root, b"p", 0).unwrap();
        let base = c.vmar_map(vmar, 1, 0, vmo, 0, PAGE).unwrap();
        assert_eq!(c.vmo_set_cache_policy(vmo, 1), Err(Status::BAD_STATE));
        c.vmar_unmap(vmar, base, PAGE).unwrap();
        assert_eq!(c.vmo_set_cache_policy(vmo, 1), Ok(()));
    });
}
