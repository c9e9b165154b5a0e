//! Resources: whole kinds, which the embedder hands out, and parts of them.

use kernel_sim::{Caller, Name};
use zx_abi::{
    Abi, INFO_CPU_STATS, INFO_KMEM_STATS, INFO_RESOURCE, InfoKmemStats, InfoResource,
    RSRC_FLAG_EXCLUSIVE, RSRC_SYSTEM_INFO_BASE, RSRC_SYSTEM_VMEX_BASE, ResourceKind, Result,
    Rights, Status,
};

use crate::support::{Guest, PAGE, World, basic, info, without};

const MMIO: u32 = ResourceKind::Mmio as u32;
const IRQ: u32 = ResourceKind::Irq as u32;
const ROOT: u32 = ResourceKind::Root as u32;
const SYSTEM: u32 = ResourceKind::System as u32;

fn whole(c: &mut Caller<'_>, kind: ResourceKind) -> u32 {
    c.whole_resource(kind, Name::default()).unwrap()
}

fn create(c: &mut Caller<'_>, parent: u32, options: u32, range: (u64, u64)) -> Result<u32> {
    c.resource_create(parent, options, range, Ok(Name::default()))
}

fn in_2020(f: impl FnOnce(&mut Caller<'_>)) {
    let world = World::new();
    let guest = Guest::start_for(&world, Abi::Sdk2020);
    world.as_process(guest.koid, f);
    guest.finish();
}

#[test]
fn a_part_is_told_as_it_was_made() {
    in_2020(|c| {
        let root = whole(c, ResourceKind::Root);
        assert_eq!(basic(c, root).rights, 0x800b);
        let name = Name::truncated(b"a resource");
        let options = MMIO | RSRC_FLAG_EXCLUSIVE;
        let part = c.resource_create(root, options, (PAGE, 2 * PAGE), Ok(name)).unwrap();
        let told: InfoResource = info(c, part, INFO_RESOURCE).unwrap();
        assert_eq!((told.kind, told.flags), (MMIO, RSRC_FLAG_EXCLUSIVE));
        assert_eq!((told.base, told.size, told.name), (PAGE, 2 * PAGE, *name.padded()));
        let again = create(c, root, ROOT, (0, 0)).unwrap();
        let told: InfoResource = info(c, again, INFO_RESOURCE).unwrap();
        assert_eq!((told.kind, told.base, told.size), (ROOT, 0, 0));
    });
}

#[test]
fn create_judges_in_upstreams_order() {
    in_2020(|c| {
        let root = whole(c, ResourceKind::Root);
        let event = c.event_create(0).unwrap();
        let mute = without(c, root, Rights::WRITE);
        let part = create(c, root, MMIO, (PAGE, 2 * PAGE)).unwrap();
        let denied = Err(Status::ACCESS_DENIED);
        let invalid = Err(Status::INVALID_ARGS);
        for (parent, options, range, status) in [
            (9, 99, (0, 0), Err(Status::BAD_HANDLE)),
            (event, 99, (0, 0), Err(Status::WRONG_TYPE)),
            (mute, 99, (0, 0), denied),
            (root, 6, (0, 1), invalid),
            (root, MMIO | 0x2_0000, (0, 1), invalid),
            (root, MMIO, (u64::MAX, 1024), invalid),
            (root, MMIO, (1024, u64::MAX), invalid),
            (root, ROOT, (0, 1), invalid),
            (root, MMIO, (PAGE, 0), invalid),
            // No part gives more than it has, nor another kind.
            (part, ROOT, (0, 0), denied),
            (part, IRQ, (PAGE, PAGE), denied),
            (part, MMIO, (0, PAGE), denied),
            (part, MMIO, (2 * PAGE, PAGE + 1), denied),
            (part, MMIO, (0, 0), denied),
            (part, MMIO, (PAGE, 0), invalid),
            (part, MMIO | RSRC_FLAG_EXCLUSIVE, (PAGE, PAGE), invalid),
        ] {
            assert_eq!(create(c, parent, options, range), status, "{options:#x} {range:?}");
        }
        assert!(create(c, part, MMIO, (PAGE, 2 * PAGE)).is_ok());
        assert!(create(c, part, MMIO, (2 * PAGE, 1)).is_ok());
        let name = c.resource_create(root, MMIO, (PAGE, 1), Err(Status::NO_MEMORY));
        assert_eq!(name, invalid);
    });
    World::null().host(|c| {
        let mmio = whole(c, ResourceKind::Mmio);
        // Since 2021 a range that overflows is judged first, and there is no root.
        assert_eq!(create(c, 9, MMIO, (u64::MAX, 1)), Err(Status::INVALID_ARGS));
        assert_eq!(create(c, mmio, ROOT, (0, 0)), Err(Status::INVALID_ARGS));
        assert!(create(c, mmio, MMIO, (0, 0)).is_ok());
    });
}

#[test]
fn nobody_else_has_what_is_exclusive() {
    World::null().host(|c| {
        let mmio = whole(c, ResourceKind::Mmio);
        let exclusive = MMIO | RSRC_FLAG_EXCLUSIVE;
        let taken = Err(Status::NOT_FOUND);
        let shared = create(c, mmio, MMIO, (PAGE, PAGE)).unwrap();
        assert_eq!(create(c, mmio, exclusive, (2 * PAGE - 1, 1)), taken);
        assert!(create(c, mmio, MMIO, (PAGE, PAGE)).is_ok());
        let own = create(c, mmio, exclusive, (2 * PAGE, PAGE)).unwrap();
        assert_eq!(create(c, mmio, MMIO, (3 * PAGE - 1, PAGE)), taken);
        assert!(create(c, mmio, exclusive, (3 * PAGE, PAGE)).is_ok());
        assert_eq!(create(c, own, MMIO, (2 * PAGE, 1)), Err(Status::INVALID_ARGS));
        // Another kind has other ranges.
        let irq = whole(c, ResourceKind::Irq);
        let interrupt = create(c, irq, IRQ | RSRC_FLAG_EXCLUSIVE, (2 * PAGE, 1)).unwrap();
        c.handle_close_many(&[shared, own, interrupt]).unwrap();
        assert!(create(c, mmio, exclusive, (2 * PAGE, PAGE)).is_ok());
        assert_eq!(create(c, irq, IRQ, (1 << 32, 1)), taken);
    });
}

#[test]
fn there_are_1024_resources_and_not_one_more() {
    let world = World::null();
    let mmio = world.host(|c| whole(c, ResourceKind::Mmio));
    let part = |at| world.host(|c| create(c, mmio, MMIO, (at * PAGE, PAGE)));
    let parts: Vec<u32> = (1..1024).map(|at| part(at).unwrap()).collect();
    assert_eq!(part(0), Err(Status::NO_RESOURCES));
    world.host(|c| c.handle_close(parts[0])).unwrap();
    assert!(part(0).is_ok());
    assert!(world.kernel.greatest_work() < 1024 + 64);
}

#[test]
fn vmos_become_executable_by_a_resource() {
    World::null().host(|c| {
        let system = whole(c, ResourceKind::System);
        let vmex = create(c, system, SYSTEM, (RSRC_SYSTEM_VMEX_BASE, 1)).unwrap();
        let other = create(c, system, SYSTEM, (RSRC_SYSTEM_INFO_BASE, 1)).unwrap();
        let mmio = whole(c, ResourceKind::Mmio);
        for (resource, status) in [
            (9, Err(Status::BAD_HANDLE)),
            (mmio, Err(Status::WRONG_TYPE)),
            (other, Err(Status::OUT_OF_RANGE)),
            (vmex, Ok(())),
            (system, Ok(())),
        ] {
            let vmo = c.vmo_create(PAGE, 0).unwrap();
            let vmo = c.handle_replace(vmo, Rights::READ.bits()).unwrap();
            let made = c.vmo_replace_as_executable(vmo, resource);
            assert_eq!(made.map(|_| ()), status);
            if let Ok(vmo) = made {
                assert_eq!(basic(c, vmo).rights, (Rights::READ | Rights::EXECUTE).bits());
            }
        }
    });
}

#[test]
fn physical_and_contiguous_vmos_are_judged_and_not_made() {
    World::null().host(|c| {
        let mmio = whole(c, ResourceKind::Mmio);
        let irq = whole(c, ResourceKind::Irq);
        let part = create(c, mmio, MMIO, (0x7800, 0x2000)).unwrap();
        for (resource, address, size, status) in [
            (9, 1, 0, Status::BAD_HANDLE),
            (irq, 1, 0, Status::WRONG_TYPE),
            (part, 0x6000, PAGE, Status::OUT_OF_RANGE),
            (part, 0x9000, 2 * PAGE, Status::OUT_OF_RANGE),
            (part, 0x7001, PAGE, Status::INVALID_ARGS),
            (mmio, 0, 0, Status::INVALID_ARGS),
            (mmio, PAGE, u64::MAX, Status::INVALID_ARGS),
            (part, 0x7000, 0x3000, Status::NOT_SUPPORTED),
            (mmio, 0, PAGE, Status::NOT_SUPPORTED),
        ] {
            assert_eq!(c.vmo_create_physical(resource, address, size), Err(status), "{address:#x}");
        }
        for (bti, size, alignment, status) in [
            (9, 0, 0, Status::INVALID_ARGS),
            (9, PAGE, 11, Status::INVALID_ARGS),
            (9, PAGE, 64, Status::INVALID_ARGS),
            (9, PAGE, 12, Status::BAD_HANDLE),
            (mmio, PAGE, 0, Status::WRONG_TYPE),
        ] {
            assert_eq!(c.vmo_create_contiguous(bti, size, alignment), Err(status));
        }
    });
}

#[test]
fn what_the_whole_kernel_does_is_told_by_a_resource() {
    World::null().host(|c| {
        let system = whole(c, ResourceKind::System);
        let told = create(c, system, SYSTEM, (RSRC_SYSTEM_INFO_BASE, 1)).unwrap();
        let other = create(c, system, SYSTEM, (RSRC_SYSTEM_VMEX_BASE, 1)).unwrap();
        for topic in [INFO_CPU_STATS, INFO_KMEM_STATS] {
            assert_eq!(c.object_get_info(9, topic), Err(Status::BAD_HANDLE));
            assert_eq!(c.object_get_info(other, topic), Err(Status::OUT_OF_RANGE));
        }
        let processors = c.object_get_info(told, INFO_CPU_STATS).unwrap();
        assert_eq!((processors.list, processors.bytes.len()), (true, 120));
        let before: InfoKmemStats = info(c, told, INFO_KMEM_STATS).unwrap();
        let vmo = c.vmo_create(PAGE, 0).unwrap();
        c.vmo_write(vmo, 0, b"x").unwrap();
        let after: InfoKmemStats = info(c, told, INFO_KMEM_STATS).unwrap();
        assert_eq!(after.vmo_bytes, before.vmo_bytes + PAGE);
        assert_eq!(after.free_bytes, before.free_bytes - PAGE);
        assert_eq!(before.total_bytes, 1 << 30);
    });
}

#[test]
fn what_needs_hardware_or_a_serial_port_judges_its_resource() {
    World::null().host(|c| {
        let irq = whole(c, ResourceKind::Irq);
        let part = create(c, irq, IRQ, (5, 1)).unwrap();
        let system = whole(c, ResourceKind::System);
        assert_eq!(c.interrupt_create(9, 5, 0), Err(Status::BAD_HANDLE));
        assert_eq!(c.interrupt_create(system, 5, 0), Err(Status::WRONG_TYPE));
        assert_eq!(c.interrupt_create(part, 6, 0), Err(Status::OUT_OF_RANGE));
        assert_eq!(c.interrupt_create(part, 5, 0), Err(Status::NOT_SUPPORTED));
        assert_eq!(c.debug_read(irq), Err(Status::WRONG_TYPE));
        assert_eq!(c.debug_read(system), Err(Status::NOT_SUPPORTED));
    });
}
