//! Options of `zx_vmar_allocate` and `zx_vmar_map` that the families' own tests leave.

use zx_abi::{Abi, Arch, Rights, Status, VmOptions, VmoChildOptions, VmoOptions};

use crate::support::{Guest, Order, PAGE, READ, SPECIFIC, WRITE, World, without};

#[test]
fn compact_is_for_vmars_and_maps_refuse_it() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let (_process, vmar) = c.process_create(root, b"p", 0).unwrap();
        let vmo = c.vmo_create(PAGE, 0).unwrap();
        let compact = VmOptions::COMPACT.bits();
        assert_eq!(c.vmar_map(vmar, READ | compact, 0, vmo, 0, PAGE), Err(Status::INVALID_ARGS));
        assert!(c.vmar_allocate(vmar, compact, 0, PAGE).is_ok());
    });
}

#[test]
fn an_upper_limit_is_a_choice_that_a_vmar_must_allow() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let (_process, vmar) = c.process_create(root, b"p", 0).unwrap();
        let can_read = VmOptions::CAN_MAP_READ.bits();
        let (plain, _) = c.vmar_allocate(vmar, can_read, 0, 4 * PAGE).unwrap();
        let vmo = c.vmo_create(PAGE, 0).unwrap();
        let limit = VmOptions::OFFSET_IS_UPPER_LIMIT.bits();
        let denied = Err(Status::ACCESS_DENIED);
        assert_eq!(c.vmar_map(plain, READ | limit, PAGE, vmo, 0, PAGE), denied);
        assert!(c.vmar_map(vmar, READ | limit, PAGE, vmo, 0, PAGE).is_ok());
    });
}

#[test]
fn filling_page_tables_changes_nothing_that_shows() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let (_process, vmar) = c.process_create(root, b"p", 0).unwrap();
        let vmo = c.vmo_create(PAGE, 0).unwrap();
        let range = VmOptions::MAP_RANGE.bits();
        assert!(c.vmar_map(vmar, READ | range, 0, vmo, 0, PAGE).is_ok());
        assert_eq!(crate::support::vmo_info(c, vmo).v1.committed_bytes, 0);
    });
}

#[test]
fn permissions_shrink_through_a_parent_and_never_grow() {
    let world = World::null();
    let root_job = world.root_job();
    world.host(|c| {
        let (_process, root) = c.process_create(root_job, b"p", 0).unwrap();
        let vmo = c.vmo_create(2 * PAGE, 0).unwrap();
        let can = VmOptions::CAN_MAP_RXW.bits();
        let (child, base) = c.vmar_allocate(root, can, 0, 2 * PAGE).unwrap();
        let write = READ | VmOptions::PERM_WRITE.bits();
        let at = c.vmar_map(child, write, 0, vmo, 0, 2 * PAGE).unwrap();
        assert_eq!(at, base);
        let plain = without(c, root, Rights::OP_CHILDREN);
        assert_eq!(c.vmar_protect(plain, READ, base, PAGE), Err(Status::INVALID_ARGS));
        c.vmar_protect(root, READ, base, PAGE).unwrap();
        assert_eq!(c.vmar_protect(root, write, base, PAGE), Err(Status::ACCESS_DENIED));
        assert_eq!(c.vmar_protect(root, write, base, 2 * PAGE), Err(Status::ACCESS_DENIED));
        c.vmar_protect(root, write, base + PAGE, PAGE).unwrap();
        // The VMAR itself still can.
        c.vmar_protect(child, write, base, 2 * PAGE).unwrap();
    });
}

#[test]
fn a_child_that_holds_nothing_is_a_hole() {
    let world = World::null();
    let root_job = world.root_job();
    world.host(|c| {
        let (_process, root) = c.process_create(root_job, b"p", 0).unwrap();
        let (_child, base) = c.vmar_allocate(root, 0, 0, PAGE).unwrap();
        assert_eq!(c.vmar_protect(root, READ, base, PAGE), Err(Status::NOT_FOUND));
    });
}

#[test]
fn the_machine_sees_of_a_slice_what_is_the_slices() {
    let world = World::new();
    let guest = Guest::start(&world);
    world.machine.orders();
    let faults = READ | VmOptions::ALLOW_FAULTS.bits();
    let (base, handles) = world.host(|c| {
        let vmo = c.vmo_create(8 * PAGE, 0).unwrap();
        let slice = VmoChildOptions::SLICE.bits();
        let slice = c.vmo_create_child(vmo, slice, 2 * PAGE, 2 * PAGE).unwrap();
        let base = c.vmar_map(guest.root_vmar, faults, 0, slice, PAGE, 4 * PAGE).unwrap();
        (base, [vmo, slice])
    });
    let orders = world.machine.orders();
    let [Order::Map { place, .. }] = orders.as_slice() else { panic!("{orders:?}") };
    assert_eq!((place.base, place.len, place.offset), (base, PAGE, 3 * PAGE));
    world.host(|c| c.vmar_protect(guest.root_vmar, 0, base, 4 * PAGE)).unwrap();
    let orders = world.machine.orders();
    let [Order::Protect { base: at, len, .. }] = orders.as_slice() else { panic!("{orders:?}") };
    assert_eq!((*at, *len), (base, PAGE));
    world.host(|c| c.handle_close_many(&handles)).unwrap();
    guest.finish();
}

#[test]
fn the_machine_may_choose_a_free_place_for_all_of_a_new_vmo_and_no_other() {
    const SIZE: u64 = 4 * PAGE;
    let world = World::new();
    let guest = Guest::start(&world);
    let vmar = guest.root_vmar;
    let base = Arch::X86_64.user_base(Abi::default());
    let place = base + (1 << 36);
    *world.machine.vacancy.lock().unwrap() = Some(place);
    world.host(|c| {
        let vmo = c.vmo_create(SIZE, 0).unwrap();
        let resizable = c.vmo_create(SIZE, VmoOptions::RESIZABLE.bits()).unwrap();
        let usual = READ | WRITE;
        let upper = VmOptions::OFFSET_IS_UPPER_LIMIT.bits();
        let aligned = 32 << zx_abi::VM_ALIGN_BASE;
        let end = place + SIZE - base;
        let elsewhere = [
            (usual | SPECIFIC, 1 << 20, vmo, 0, SIZE),
            (usual | upper, end - PAGE, vmo, 0, SIZE),
            (usual | aligned, 0, vmo, 0, SIZE),
            (READ, 0, vmo, 0, SIZE),
            (usual, 0, vmo, 0, SIZE - PAGE),
            (usual, 0, vmo, PAGE, SIZE - PAGE),
            (usual, 0, resizable, 0, SIZE + PAGE),
        ];
        for (options, offset, vmo, at, len) in elsewhere {
            let mapped = c.vmar_map(vmar, options, offset, vmo, at, len).unwrap();
            assert_ne!(mapped, place);
            c.vmar_unmap(vmar, mapped, len).unwrap();
        }
        for vmo in [vmo, resizable] {
            for (options, offset) in [(usual, 0), (usual | upper, end)] {
                assert_eq!(c.vmar_map(vmar, options, offset, vmo, 0, SIZE), Ok(place));
                // It is taken now.
                assert_ne!(c.vmar_map(vmar, options, offset, vmo, 0, SIZE), Ok(place));
                c.vmar_unmap(vmar, place, SIZE).unwrap();
            }
        }
        c.handle_close_many(&[vmo, resizable]).unwrap();
    });
    guest.finish();
}

#[test]
fn the_machine_may_choose_a_free_place_for_a_new_vmar() {
    const SIZE: u64 = 4 * PAGE;
    let world = World::new();
    let guest = Guest::start(&world);
    let vmar = guest.root_vmar;
    let base = Arch::X86_64.user_base(Abi::default());
    let place = base + (1 << 36);
    *world.machine.vacated.lock().unwrap() = Some(place);
    *world.machine.vacancy.lock().unwrap() = Some(place + PAGE);
    world.host(|c| {
        let specific = VmOptions::CAN_MAP_SPECIFIC.bits();
        let options = VmOptions::CAN_MAP_RXW.bits() | specific;
        let aligned = 32 << zx_abi::VM_ALIGN_BASE;
        for (options, offset) in [(options | SPECIFIC, 1 << 20), (options | aligned, 0)] {
            assert_ne!(c.vmar_allocate(vmar, options, offset, SIZE).unwrap().1, place);
        }
        let (child, at) = c.vmar_allocate(vmar, options, 0, SIZE).unwrap();
        assert_eq!(at, place);
        // It is taken now.
        assert_ne!(c.vmar_allocate(vmar, options, 0, SIZE).unwrap().1, place);
        // What is new is shown there without a memory of its own, and elsewhere with one.
        let vmo = c.vmo_create(PAGE, VmoOptions::RESIZABLE.bits()).unwrap();
        for offset in [PAGE, 2 * PAGE] {
            let mapped = c.vmar_map(child, READ | WRITE | SPECIFIC, offset, vmo, 0, PAGE);
            assert_eq!(mapped, Ok(place + offset));
        }
        c.vmar_destroy(child).unwrap();
        assert_eq!(c.vmar_allocate(vmar, options, 0, SIZE).unwrap().1, place);
    });
    guest.finish();
}

#[test]
fn a_tebibyte_of_addresses_costs_nothing() {
    let world = World::null();
    let root_job = world.root_job();
    let before = world.stats();
    world.host(|c| {
        let (process, root) = c.process_create(root_job, b"p", 0).unwrap();
        let can = VmOptions::CAN_MAP_RXW.bits();
        let (vmar, _) = c.vmar_allocate(root, can, 0, 1 << 40).unwrap();
        let vmo = c.vmo_create(1 << 40, 0).unwrap();
        c.vmar_map(vmar, READ, 0, vmo, 0, 1 << 40).unwrap();
        assert_eq!(crate::support::vmo_info(c, vmo).v1.committed_bytes, 0);
        c.handle_close_many(&[process, root, vmar, vmo]).unwrap();
    });
    assert_eq!(world.stats(), before);
}
