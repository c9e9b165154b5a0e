//! Stream sizes, and mappings that fault beyond them.

use zx_abi::{PROP_VMO_CONTENT_SIZE, Rights, Status, VmOptions, VmoOptions};

use crate::support::{Guest, Order, PAGE, World, bytes, without};

#[test]
fn a_stream_stays_within_its_vmo_and_clears_what_it_leaves() {
    World::null().host(|c| {
        let vmo = c.vmo_create(PAGE + 10, 0).unwrap();
        assert_eq!(c.vmo_get_stream_size(vmo), Ok(PAGE + 10));
        c.vmo_write(vmo, 0, &[1; 2 * PAGE as usize]).unwrap();
        assert_eq!(c.vmo_set_stream_size(vmo, 2 * PAGE + 1), Err(Status::OUT_OF_RANGE));
        assert_eq!(c.vmo_set_stream_size(vmo, PAGE + 10), Ok(()));
        assert_eq!(bytes(c, vmo, 2 * PAGE - 1, 1), [1]);
        // Growing clears from the old end on, shrinking from the new one.
        c.vmo_set_stream_size(vmo, 2 * PAGE).unwrap();
        assert_eq!(bytes(c, vmo, PAGE + 9, 2), [1, 0]);
        c.vmo_set_stream_size(vmo, 5).unwrap();
        assert_eq!(bytes(c, vmo, 4, 2), [1, 0]);
        assert_eq!(c.vmo_get_size(vmo), Ok(2 * PAGE));
    });
}

#[test]
fn setting_a_stream_needs_write_by_either_way() {
    World::null().host(|c| {
        let vmo = c.vmo_create(PAGE, 0).unwrap();
        let event = c.event_create(0).unwrap();
        let read_only = without(c, vmo, Rights::WRITE);
        for (handle, status) in [
            (9, Status::BAD_HANDLE),
            (event, Status::WRONG_TYPE),
            (read_only, Status::ACCESS_DENIED),
        ] {
            assert_eq!(c.vmo_set_stream_size(handle, u64::MAX), Err(status));
        }
        let set = c.object_set_property(read_only, PROP_VMO_CONTENT_SIZE, &[0; 8]);
        assert_eq!(set, Err(Status::ACCESS_DENIED));
        assert_eq!(c.vmo_get_stream_size(read_only), Ok(PAGE));
        assert_eq!(c.vmo_get_stream_size(event), Err(Status::WRONG_TYPE));
        c.object_set_property(vmo, PROP_VMO_CONTENT_SIZE, &7u64.to_le_bytes()).unwrap();
        assert_eq!(c.vmo_get_stream_size(vmo), Ok(7));
    });
}

#[test]
fn resizing_moves_the_stream() {
    World::null().host(|c| {
        let vmo = c.vmo_create(0, VmoOptions::RESIZABLE.bits()).unwrap();
        c.vmo_set_size(vmo, PAGE + 1).unwrap();
        assert_eq!(c.vmo_get_stream_size(vmo), Ok(PAGE + 1));
        assert_eq!(c.vmo_get_size(vmo), Ok(2 * PAGE));
    });
}

#[test]
fn faulting_beyond_the_stream_needs_leave_to_fault() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let (_process, vmar) = c.process_create(root, b"p", 0).unwrap();
        let vmo = c.vmo_create(PAGE, 0).unwrap();
        let options = VmOptions::PERM_READ | VmOptions::FAULT_BEYOND_STREAM_SIZE;
        let plain = c.vmar_map(vmar, options.bits(), 0, vmo, 0, PAGE);
        assert_eq!(plain, Err(Status::INVALID_ARGS));
        let faults = options | VmOptions::ALLOW_FAULTS;
        assert!(c.vmar_map(vmar, faults.bits(), 0, vmo, 0, PAGE).is_ok());
    });
}

#[test]
fn the_machine_sees_such_a_mapping_as_far_as_the_stream_goes() {
    let world = World::new();
    let guest = Guest::start(&world);
    let options =
        VmOptions::PERM_READ | VmOptions::FAULT_BEYOND_STREAM_SIZE | VmOptions::ALLOW_FAULTS;
    let (vmo, base) = world.host(|c| {
        let vmo = c.vmo_create(4 * PAGE, 0).unwrap();
        c.vmo_set_stream_size(vmo, PAGE + 1).unwrap();
        let base = c.vmar_map(guest.root_vmar, options.bits(), 0, vmo, 0, 4 * PAGE).unwrap();
        (vmo, base)
    });
    let mapped = |world: &World| {
        let mut mapped = None;
        for order in world.machine.orders() {
            match order {
                Order::Map { place, .. } if place.base == base => mapped = Some(place.len),
                Order::Unmap { base: at, .. } if at == base => mapped = Some(0),
                _ => {}
            }
        }
        mapped
    };
    assert_eq!(mapped(&world), Some(2 * PAGE));
    world.host(|c| c.vmo_set_stream_size(vmo, 3 * PAGE)).unwrap();
    assert_eq!(mapped(&world), Some(3 * PAGE));
    world.host(|c| c.vmo_set_stream_size(vmo, 0)).unwrap();
    assert_eq!(mapped(&world), Some(0));
    // A change of protection concerns only what is there.
    world.host(|c| c.vmar_protect(guest.root_vmar, 0, base, 4 * PAGE)).unwrap();
    assert_eq!(world.machine.orders(), []);
    // Nor is there anything for system calls to read.
    world.host(|c| c.vmar_protect(guest.root_vmar, options.bits() & 1, base, 4 * PAGE)).unwrap();
    let read = guest.call(zx_abi::Syscall::VmoCreate, &[1, 0, base]);
    assert_eq!(read, Err(Status::INVALID_ARGS));
    world.host(|c| c.handle_close(vmo)).unwrap();
    guest.finish();
}
