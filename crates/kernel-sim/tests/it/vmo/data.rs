//! VMOs: sizes, data, copy-on-write children, executable ones.

use std::sync::Arc;

use kernel_sim::{Caller, Image, Name, PolicyBasic, SparsePages};
use zx_abi::{
    Abi, INFO_VMO, INFO_VMO_IS_COW_CLONE, INFO_VMO_RESIZABLE, INFO_VMO_TYPE_PAGED,
    INFO_VMO_VIA_HANDLE, InfoVmo, JOB_POL_ABSOLUTE, ObjectType, PAGE_SIZE, PROP_VMO_CONTENT_SIZE,
    PolicyAction, PolicyCondition, Rights, Signals, Status, VmoChildOptions, VmoOptions,
};

use crate::support::{World, basic, bytes, info, with_rights, without};

const RESIZABLE: u32 = VmoOptions::RESIZABLE.bits();
const SNAPSHOT: u32 = VmoChildOptions::SNAPSHOT.bits();
const AT_LEAST_ON_WRITE: u32 = VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE.bits();
const NO_WRITE: u32 = VmoChildOptions::NO_WRITE.bits();
const LARGEST: u64 = 0xffff_ffff_fffe_0000;

fn content_size(c: &mut Caller<'_>, vmo: u32) -> u64 {
    let value = c.object_get_property(vmo, PROP_VMO_CONTENT_SIZE, 8).unwrap();
    u64::from_le_bytes(value.try_into().unwrap())
}

#[test]
fn sizes_round_up_to_pages_and_content_sizes_do_not() {
    let world = World::null();
    world.host(|c| {
        for (size, rounded) in [
            (0, 0),
            (1, PAGE_SIZE),
            (PAGE_SIZE - 1, PAGE_SIZE),
            (PAGE_SIZE, PAGE_SIZE),
            (PAGE_SIZE + 1, 2 * PAGE_SIZE),
            (LARGEST, LARGEST),
        ] {
            let vmo = c.vmo_create(size, 0).unwrap();
            assert_eq!(c.vmo_get_size(vmo), Ok(rounded));
            assert_eq!(content_size(c, vmo), size);
        }
        for size in [LARGEST + 1, u64::MAX - PAGE_SIZE, u64::MAX] {
            assert_eq!(c.vmo_create(size, 0), Err(Status::OUT_OF_RANGE), "{size:#x}");
        }
    });
}

#[test]
fn create_judges_policy_then_options_then_size() {
    let world = World::null();
    let root = world.root_job();
    let denied = world.host(|c| {
        let job = c.job_create(root, 0).unwrap();
        let deny = PolicyBasic {
            condition: PolicyCondition::NewVmo,
            action: PolicyAction::Deny,
            can_override: false,
        };
        c.job_set_policy(job, JOB_POL_ABSOLUTE, &[deny]).unwrap();
        c.context_create(job, b"denied").unwrap()
    });
    let result = world.as_process(denied, |c| c.vmo_create(u64::MAX, 1));
    assert_eq!(result, Err(Status::ACCESS_DENIED));
    world.host(|c| {
        let (dirty, unbounded) = (VmoOptions::TRAP_DIRTY.bits(), VmoOptions::UNBOUNDED.bits());
        for options in [1, 1 << 5, 1 << 31, dirty, RESIZABLE | unbounded] {
            assert_eq!(c.vmo_create(u64::MAX, options), Err(Status::INVALID_ARGS));
        }
    });
}

#[test]
fn data_is_zero_at_first_and_moves_only_as_a_whole() {
    let world = World::null();
    world.host(|c| {
        let vmo = c.vmo_create(2 * PAGE_SIZE, 0).unwrap();
        assert!(bytes(c, vmo, 0, 2 * PAGE_SIZE).iter().all(|byte| *byte == 0));
        c.vmo_write(vmo, PAGE_SIZE - 2, b"span").unwrap();
        assert_eq!(bytes(c, vmo, PAGE_SIZE - 3, 6), b"\0span\0");
        let end = 2 * PAGE_SIZE;
        assert_eq!(c.vmo_write(vmo, end - 2, b"ab"), Ok(()));
        assert_eq!(c.vmo_write(vmo, end - 2, b"xyz"), Err(Status::OUT_OF_RANGE));
        assert_eq!(bytes(c, vmo, end - 2, 2), b"ab");
        assert_eq!(c.vmo_write(vmo, end, b""), Ok(()));
        assert_eq!(c.vmo_write(vmo, end + 1, b""), Err(Status::OUT_OF_RANGE));
        assert_eq!(c.vmo_write(vmo, u64::MAX, b"xyz"), Err(Status::OUT_OF_RANGE));
        let mut buffer = [7; 3];
        assert_eq!(c.vmo_read(vmo, end - 2, &mut buffer), Err(Status::OUT_OF_RANGE));
        assert_eq!(buffer, [7; 3]);
    });
}

#[test]
fn data_calls_judge_the_handle_before_the_range() {
    let world = World::null();
    world.host(|c| {
        let vmo = c.vmo_create(0, 0).unwrap();
        let wrong = c.event_create(0).unwrap();
        let none = with_rights(c, vmo, Rights::empty());
        for (handle, status) in [
            (9, Status::BAD_HANDLE),
            (wrong, Status::WRONG_TYPE),
            (none, Status::ACCESS_DENIED),
            (vmo, Status::OUT_OF_RANGE),
        ] {
            assert_eq!(c.vmo_read(handle, 1, &mut [0]), Err(status));
            assert_eq!(c.vmo_write(handle, 1, &[0]), Err(status));
        }
        // The size needs no right.
        assert_eq!(c.vmo_get_size(none), Ok(0));
        assert_eq!(c.vmo_get_size(wrong), Err(Status::WRONG_TYPE));
    });
}

#[test]
fn set_size_judges_rights_then_size_then_resizability() {
    let world = World::null();
    world.host(|c| {
        let fixed = c.vmo_create(0, 0).unwrap();
        let vmo = c.vmo_create(0, RESIZABLE).unwrap();
        let wrong = c.event_create(0).unwrap();
        let read_only = without(c, vmo, Rights::WRITE);
        let no_resize = without(c, vmo, Rights::RESIZE);
        let large = LARGEST + 1;
        for (handle, size, status) in [
            (9, large, Status::BAD_HANDLE),
            (wrong, large, Status::WRONG_TYPE),
            (read_only, large, Status::ACCESS_DENIED),
            (no_resize, large, Status::ACCESS_DENIED),
            (vmo, large, Status::OUT_OF_RANGE),
            (fixed, large, Status::OUT_OF_RANGE),
            (fixed, 0, Status::UNAVAILABLE),
        ] {
            assert_eq!(c.vmo_set_size(handle, size), Err(status), "{status:?}");
        }
        assert_eq!(c.vmo_set_size(vmo, LARGEST), Ok(()));
    });
}

#[test]
fn shrinking_clears_what_growing_shows_again() {
    let world = World::null();
    world.host(|c| {
        let vmo = c.vmo_create(2 * PAGE_SIZE, RESIZABLE).unwrap();
        c.vmo_write(vmo, 0, &[0xff; 2 * PAGE_SIZE as usize]).unwrap();
        c.vmo_set_size(vmo, 10).unwrap();
        assert_eq!(c.vmo_get_size(vmo), Ok(PAGE_SIZE));
        assert_eq!(content_size(c, vmo), 10);
        assert_eq!(bytes(c, vmo, 8, 4), [0xff, 0xff, 0, 0]);
        c.vmo_set_size(vmo, 2 * PAGE_SIZE).unwrap();
        assert!(bytes(c, vmo, 10, 2 * PAGE_SIZE - 10).iter().all(|byte| *byte == 0));
    });
}

#[test]
fn a_tebibyte_costs_nothing_until_touched() {
    let world = World::null();
    world.host(|c| {
        let vmo = c.vmo_create(1 << 40, 0).unwrap();
        let child = c.vmo_create_child(vmo, SNAPSHOT, 0, 1 << 40).unwrap();
        for handle in [vmo, child] {
            let info: InfoVmo = info(c, handle, INFO_VMO).unwrap();
            assert_eq!((info.size_bytes, info.committed_bytes), (1 << 40, 0));
        }
    });
}

#[test]
fn children_of_both_kinds_stay_apart_from_their_parent() {
    let world = World::null();
    for kind in [SNAPSHOT, AT_LEAST_ON_WRITE] {
        world.host(|c| {
            let parent = c.vmo_create(2 * PAGE_SIZE, 0).unwrap();
            c.vmo_write(parent, PAGE_SIZE, b"before").unwrap();
            let child = c.vmo_create_child(parent, kind, PAGE_SIZE, 2 * PAGE_SIZE).unwrap();
            assert_eq!(bytes(c, child, 0, 6), b"before");
            c.vmo_write(child, 0, b"child!").unwrap();
            assert_eq!(bytes(c, parent, PAGE_SIZE, 6), b"before");
            c.vmo_write(parent, PAGE_SIZE + 6, b"later").unwrap();
            assert_eq!(bytes(c, child, 6, 5), [0; 5]);
            // Beyond the parent's end there is zero.
            assert_eq!(bytes(c, child, PAGE_SIZE, 1), [0]);
            // It outlives its parent.
            c.handle_close(parent).unwrap();
            assert_eq!(bytes(c, child, 0, 6), b"child!");
        });
    }
}

#[test]
fn create_child_judges_rights_then_options_then_range() {
    let world = World::null();
    world.host(|c| {
        let vmo = c.vmo_create(PAGE_SIZE, 0).unwrap();
        let wrong = c.event_create(0).unwrap();
        let fixed = without(c, vmo, Rights::DUPLICATE);
        let blind = without(c, vmo, Rights::READ);
        let (unknown, both) = (1 << 8, SNAPSHOT | AT_LEAST_ON_WRITE);
        for (handle, options, offset, size, status) in [
            (9, unknown, 1, u64::MAX, Status::BAD_HANDLE),
            (wrong, unknown, 1, u64::MAX, Status::WRONG_TYPE),
            (fixed, unknown, 1, u64::MAX, Status::ACCESS_DENIED),
            (blind, unknown, 1, u64::MAX, Status::ACCESS_DENIED),
            (vmo, unknown, 0, u64::MAX, Status::INVALID_ARGS),
            (vmo, 0, 0, u64::MAX, Status::INVALID_ARGS),
            (vmo, both, 0, u64::MAX, Status::INVALID_ARGS),
            (vmo, NO_WRITE, 0, u64::MAX, Status::INVALID_ARGS),
            (vmo, SNAPSHOT, 1, u64::MAX, Status::INVALID_ARGS),
            (vmo, SNAPSHOT, 0, u64::MAX, Status::OUT_OF_RANGE),
            (vmo, SNAPSHOT, 0, LARGEST + 1, Status::OUT_OF_RANGE),
            (vmo, SNAPSHOT, !(PAGE_SIZE - 1), PAGE_SIZE, Status::OUT_OF_RANGE),
        ] {
            let result = c.vmo_create_child(handle, options, offset, size);
            assert_eq!(result, Err(status), "{options:#x} {offset:#x} {size:#x}");
        }
        let info: InfoVmo = info(c, vmo, INFO_VMO).unwrap();
        assert_eq!(info.num_children, 0);
        // Wholly beyond the parent.
        assert!(c.vmo_create_child(vmo, SNAPSHOT, 1 << 40, PAGE_SIZE).is_ok());
    });
}

#[test]
fn a_child_can_be_written_and_not_executed_unless_it_says_otherwise() {
    let world = World::null();
    world.host(|c| {
        let read_execute = (Rights::BASIC | Rights::READ | Rights::EXECUTE | Rights::MAP).bits();
        let file = c.vmo_from_bytes(b"code", Name::truncated(b"file"), read_execute).unwrap();
        let rights = |c: &mut Caller<'_>, options: u32| {
            let child = c.vmo_create_child(file, options, 0, PAGE_SIZE).unwrap();
            basic(c, child).rights
        };
        let common = read_execute | Rights::PROPERTY.bits();
        let (write, execute) = (Rights::WRITE.bits(), Rights::EXECUTE.bits());
        assert_eq!(rights(c, AT_LEAST_ON_WRITE), common & !execute | write);
        assert_eq!(rights(c, SNAPSHOT | NO_WRITE), common);
        let resizable = VmoChildOptions::RESIZABLE.bits();
        let resize = Rights::RESIZE.bits();
        assert_eq!(rights(c, SNAPSHOT | resizable), common & !execute | write | resize);
    });
}

#[test]
fn zero_children_falls_with_the_first_and_rises_after_the_last() {
    let world = World::null();
    let parent = world.host(|c| c.vmo_create(PAGE_SIZE, 0)).unwrap();
    assert_eq!(world.signals(parent), Signals::VMO_ZERO_CHILDREN);
    let child = |world: &World| world.host(|c| c.vmo_create_child(parent, SNAPSHOT, 0, 1)).unwrap();
    let children = [child(&world), child(&world)];
    assert_eq!(world.signals(parent), Signals::empty());
    world.host(|c| c.handle_close(children[0])).unwrap();
    assert_eq!(world.signals(parent), Signals::empty());
    world.host(|c| c.handle_close(children[1])).unwrap();
    assert_eq!(world.signals(parent), Signals::VMO_ZERO_CHILDREN);
}

#[test]
fn a_mapping_keeps_a_child_and_so_its_parents_signal() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let (_process, vmar) = c.process_create(root, b"p", 0).unwrap();
        let parent = c.vmo_create(PAGE_SIZE, 0).unwrap();
        let child = c.vmo_create_child(parent, SNAPSHOT, 0, PAGE_SIZE).unwrap();
        let base = c.vmar_map(vmar, 1, 0, child, 0, PAGE_SIZE).unwrap();
        c.handle_close(child).unwrap();
        let before: InfoVmo = info(c, parent, INFO_VMO).unwrap();
        assert_eq!(before.num_children, 1);
        c.vmar_unmap(vmar, base, PAGE_SIZE).unwrap();
        let after: InfoVmo = info(c, parent, INFO_VMO).unwrap();
        assert_eq!(after.num_children, 0);
    });
}

#[test]
fn info_tells_kind_parent_and_mappings() {
    let world = World::null();
    world.host(|c| {
        let parent = c.vmo_create(100, RESIZABLE).unwrap();
        let child = c.vmo_create_child(parent, SNAPSHOT, 0, PAGE_SIZE).unwrap();
        let parent_info: InfoVmo = info(c, parent, INFO_VMO).unwrap();
        let child_info: InfoVmo = info(c, child, INFO_VMO).unwrap();
        let common = INFO_VMO_TYPE_PAGED | INFO_VMO_VIA_HANDLE;
        assert_eq!(parent_info.flags, common | INFO_VMO_RESIZABLE);
        assert_eq!(child_info.flags, common | INFO_VMO_IS_COW_CLONE);
        assert_eq!((parent_info.parent_koid, parent_info.num_children), (0, 1));
        assert_eq!(child_info.parent_koid, parent_info.koid);
        assert_eq!(child_info.handle_rights, basic(c, child).rights);
        let hidden = without(c, child, Rights::INSPECT);
        assert_eq!(info::<InfoVmo>(c, hidden, INFO_VMO), Err(Status::ACCESS_DENIED));
    });
}

#[test]
fn replace_as_executable_judges_handle_then_resource_then_policy_then_type() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let vmo = |c: &mut Caller<'_>| c.vmo_create(0, 0).unwrap();
        let gone = |c: &mut Caller<'_>, handle| {
            assert_eq!(c.handle_close(handle), Err(Status::BAD_HANDLE));
        };
        assert_eq!(c.vmo_replace_as_executable(9, 13), Err(Status::BAD_HANDLE));
        let subject = vmo(c);
        assert_eq!(c.vmo_replace_as_executable(subject, 9), Err(Status::BAD_HANDLE));
        gone(c, subject);
        let (subject, resource) = (vmo(c), c.event_create(0).unwrap());
        let result = c.vmo_replace_as_executable(subject, resource);
        assert_eq!(result, Err(Status::WRONG_TYPE));
        gone(c, subject);
        assert_eq!(c.vmo_replace_as_executable(resource, 0), Err(Status::BAD_HANDLE));
        gone(c, resource);
        let subject = vmo(c);
        let rights = basic(c, subject).rights;
        let executable = c.vmo_replace_as_executable(subject, 0).unwrap();
        gone(c, subject);
        assert_eq!(basic(c, executable).rights, rights | Rights::EXECUTE.bits());
    });
    let denied = world.host(|c| {
        let job = c.job_create(root, 0).unwrap();
        let deny = PolicyBasic {
            condition: PolicyCondition::AmbientMarkVmoExec,
            action: PolicyAction::Deny,
            can_override: false,
        };
        c.job_set_policy(job, JOB_POL_ABSOLUTE, &[deny]).unwrap();
        c.context_create(job, b"denied").unwrap()
    });
    world.as_process(denied, |c| {
        let event = c.event_create(0).unwrap();
        assert_eq!(c.vmo_replace_as_executable(event, 0), Err(Status::ACCESS_DENIED));
        assert_eq!(c.handle_close(event), Err(Status::BAD_HANDLE));
    });
}

#[test]
fn the_content_size_stays_within_the_vmo() {
    let world = World::null();
    world.host(|c| {
        let vmo = c.vmo_create(10, 0).unwrap();
        let set = |c: &mut Caller<'_>, size: u64| {
            c.object_set_property(vmo, PROP_VMO_CONTENT_SIZE, &size.to_le_bytes())
        };
        assert_eq!(set(c, PAGE_SIZE), Ok(()));
        assert_eq!(set(c, PAGE_SIZE + 1), Err(Status::OUT_OF_RANGE));
        assert_eq!(content_size(c, vmo), PAGE_SIZE);
    });
}

#[test]
fn bytes_of_the_host_come_in_with_a_name_and_chosen_rights() {
    let world = World::null();
    world.host(|c| {
        let data: Vec<u8> = (0..PAGE_SIZE as u32 + 5).map(|i| i as u8).collect();
        let rights = (Rights::READ | Rights::EXECUTE).bits();
        let vmo = c.vmo_from_bytes(&data, Name::truncated(b"bin/hello"), rights).unwrap();
        assert_eq!(basic(c, vmo).rights, rights);
        assert_eq!(c.vmo_get_size(vmo), Ok(2 * PAGE_SIZE));
        assert!(bytes(c, vmo, 0, data.len() as u64) == data);
        for rights in [Rights::SIGNAL_PEER.bits(), 1 << 30] {
            let result = c.vmo_from_bytes(&[], Name::default(), rights);
            assert_eq!(result, Err(Status::INVALID_ARGS));
        }
    });
    assert_eq!(world.count(ObjectType::Vmo), 1);
}

#[test]
fn a_file_of_the_host_may_begin_with_its_head_alone() {
    let world = World::null();
    world.host(|c| {
        let rights = Rights::SAME_RIGHTS.bits();
        let mut of_size = |size| c.vmo_from_head(b"head", size, Name::default(), rights);
        assert_eq!(of_size(3), Err(Status::OUT_OF_RANGE));
        assert_eq!(of_size(u64::MAX), Err(Status::OUT_OF_RANGE));
        assert!(of_size(4).is_ok());
        let vmo = of_size((5 << 30) + 1).unwrap();
        assert_eq!(c.vmo_get_size(vmo), Ok((5 << 30) + PAGE_SIZE));
        assert_eq!(content_size(c, vmo), (5 << 30) + 1);
        assert!(bytes(c, vmo, 0, 6) == b"head\0\0");
        c.vmo_write(vmo, 5 << 30, b"x").unwrap();
        assert!(bytes(c, vmo, 5 << 30, 1) == b"x");
    });
}

#[test]
fn kernels_have_vmos_of_one_image_that_nobody_can_write() {
    let mut pages = SparsePages::default();
    pages.write(PAGE_SIZE, b"text").unwrap();
    assert_eq!(Image::new(PAGE_SIZE, pages.clone()).unwrap_err(), Status::OUT_OF_RANGE);
    assert_eq!(Image::new(u64::MAX, SparsePages::default()).unwrap_err(), Status::OUT_OF_RANGE);
    let image = Arc::new(Image::new(PAGE_SIZE + 4, pages).unwrap());
    for world in [World::null(), World::null()] {
        world.host(|c| {
            let write = Rights::WRITE.bits();
            let refused = c.vmo_from_image(&image, Name::default(), write);
            assert_eq!(refused, Err(Status::INVALID_ARGS));
            let rights = Rights::SAME_RIGHTS.bits();
            let vmo = c.vmo_from_image(&image, Name::default(), rights).unwrap();
            assert_eq!(basic(c, vmo).rights & write, 0);
            assert_eq!(
                (c.vmo_get_size(vmo), content_size(c, vmo)),
                (Ok(2 * PAGE_SIZE), PAGE_SIZE + 4)
            );
            assert_eq!(c.vmo_write(vmo, 0, b"x"), Err(Status::ACCESS_DENIED));
            assert!(bytes(c, vmo, PAGE_SIZE - 1, 6) == b"\0text\0");
            let copy = c.vmo_create_child(vmo, SNAPSHOT, 0, 2 * PAGE_SIZE).unwrap();
            c.vmo_write(copy, PAGE_SIZE, b"mine").unwrap();
            assert!(bytes(c, vmo, PAGE_SIZE, 4) == b"text");
        });
    }
}

#[test]
fn the_vdso_is_one_vmo_that_nobody_can_write() {
    let world = World::null();
    world.host(|c| {
        let first = c.vdso(Abi::default()).unwrap();
        let second = c.vdso(Abi::default()).unwrap();
        assert_eq!(basic(c, first).koid, basic(c, second).koid);
        assert_eq!(c.vmo_write(first, 0, b"x"), Err(Status::ACCESS_DENIED));
        let other = c.vdso(Abi::Sdk2020).unwrap();
        assert_ne!(basic(c, first).koid, basic(c, other).koid);
        let koid = basic(c, first).koid;
        c.handle_close_many(&[first, second]).unwrap();
        let again = c.vdso(Abi::default()).unwrap();
        assert_eq!(basic(c, again).koid, koid);
    });
}
