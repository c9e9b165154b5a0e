//! Address spaces and VMOs of processes as records.

use kernel_sim::{Caller, Name};
use zerocopy::FromBytes;
use zx_abi::{
    Abi, Arch, INFO_MAPS_TYPE_ASPACE, INFO_MAPS_TYPE_MAPPING, INFO_MAPS_TYPE_VMAR,
    INFO_PROCESS_MAPS, INFO_PROCESS_MAPS_V2, INFO_PROCESS_MAPS_V3, INFO_PROCESS_VMOS,
    INFO_PROCESS_VMOS_V2, INFO_PROCESS_VMOS_V3, INFO_PROCESS_VMOS_V4, INFO_TASK_STATS,
    INFO_TASK_STATS_V2, INFO_VMAR_MAPS, INFO_VMO, INFO_VMO_V2, INFO_VMO_V3, INFO_VMO_V4,
    INFO_VMO_VIA_HANDLE, INFO_VMO_VIA_MAPPING, InfoMaps, InfoTaskStats, InfoVmoV4, PROP_NAME,
    Rights, Status, VmOptions, VmoChildOptions,
};

use crate::support::{PAGE, READ, World, basic, info, vmo_info, without};

fn records<T: FromBytes>(c: &mut Caller<'_>, handle: u32, topic: u32) -> Vec<T> {
    let info = c.object_get_info(handle, topic).unwrap();
    assert!(info.list && info.record_size == size_of::<T>());
    info.bytes.chunks_exact(info.record_size).map(|r| T::read_from_bytes(r).unwrap()).collect()
}

fn name(bytes: &[u8; 32]) -> String {
    Name::truncated(bytes).to_string()
}

#[test]
fn maps_are_the_space_its_vmars_and_mappings_in_pre_order() {
    let world = World::null();
    let root_job = world.root_job();
    world.host(|c| {
        let (process, root) = c.process_create(root_job, b"p", 0).unwrap();
        let options = VmOptions::CAN_MAP_RXW | VmOptions::CAN_MAP_SPECIFIC | VmOptions::SPECIFIC;
        let (child, base) = c.vmar_allocate(root, options.bits(), PAGE, 8 * PAGE).unwrap();
        let vmo = c.vmo_create(4 * PAGE, 0).unwrap();
        c.object_set_property(vmo, PROP_NAME, b"data").unwrap();
        c.vmo_write(vmo, 0, &[1; 3 * PAGE as usize]).unwrap();
        let write = VmOptions::PERM_READ | VmOptions::PERM_WRITE;
        let specific = (write | VmOptions::SPECIFIC).bits();
        let at = c.vmar_map(child, specific, 2 * PAGE, vmo, 2 * PAGE, 2 * PAGE).unwrap();
        let maps: Vec<InfoMaps> = records(c, process, INFO_PROCESS_MAPS_V3);
        let lines: Vec<_> = maps
            .iter()
            .map(|map| (name(&map.name), map.base, map.size, map.depth, map.kind))
            .collect();
        let (low, top) = (Arch::X86_64.user_base(Abi::Newest), Arch::X86_64.user_top());
        let koid = basic(c, process).koid;
        let expected = [
            (format!("proc:{koid}"), low, top - low, 0, INFO_MAPS_TYPE_ASPACE),
            ("root".to_owned(), low, top - low, 1, INFO_MAPS_TYPE_VMAR),
            ("useralloc".to_owned(), base, 8 * PAGE, 2, INFO_MAPS_TYPE_VMAR),
            ("data".to_owned(), at, 2 * PAGE, 3, INFO_MAPS_TYPE_MAPPING),
        ];
        assert_eq!(lines, expected);
        let mapping = maps[3].mapping;
        assert_eq!(mapping.mmu_flags, write.bits());
        assert_eq!((mapping.vmo_koid, mapping.vmo_offset), (basic(c, vmo).koid, 2 * PAGE));
        assert_eq!((mapping.committed_bytes, mapping.populated_bytes), (PAGE, PAGE));
        assert_eq!((mapping.committed_private_bytes, mapping.committed_scaled_bytes), (PAGE, PAGE));
        // A VMAR tells of itself and what is below.
        let below: Vec<InfoMaps> = records(c, child, INFO_VMAR_MAPS);
        let depths: Vec<u64> = below.iter().map(|map| map.depth).collect();
        assert_eq!((depths, below[1].base), (vec![0, 1], at));
        assert_eq!(records::<InfoMaps>(c, root, INFO_VMAR_MAPS).len(), 3);
    });
}

#[test]
fn older_versions_are_shorter_and_count_pages() {
    let world = World::null();
    let root_job = world.root_job();
    world.host(|c| {
        let (process, root) = c.process_create(root_job, b"p", 0).unwrap();
        let vmo = c.vmo_create(4 * PAGE, 0).unwrap();
        c.vmo_write(vmo, 0, &[1; 3 * PAGE as usize]).unwrap();
        c.vmar_map(root, 1, 0, vmo, 0, 4 * PAGE).unwrap();
        let newest = c.object_get_info(process, INFO_PROCESS_MAPS_V3).unwrap();
        for (topic, size) in [(INFO_PROCESS_MAPS, 96), (INFO_PROCESS_MAPS_V2, 104)] {
            let maps = c.object_get_info(process, topic).unwrap();
            assert_eq!((maps.record_size, maps.bytes.len()), (size, 3 * size));
            let (record, new) = (&maps.bytes[2 * size..], &newest.bytes[2 * 152..]);
            assert_eq!(record[..88], new[..88]);
            // committed_pages, then in version 2 populated_pages.
            for pages in record[88..].chunks_exact(8) {
                assert_eq!(u64::from_le_bytes(pages.try_into().unwrap()), 3);
            }
        }
    });
}

#[test]
fn process_topics_need_inspect_and_a_living_process() {
    let world = World::null();
    let root_job = world.root_job();
    world.host(|c| {
        let (process, _root) = c.process_create(root_job, b"p", 0).unwrap();
        let hidden = without(c, process, Rights::INSPECT);
        let (dead, _gone) = c.process_create(root_job, b"dead", 0).unwrap();
        c.task_kill(dead).unwrap();
        for topic in [
            INFO_PROCESS_MAPS,
            INFO_PROCESS_MAPS_V2,
            INFO_PROCESS_MAPS_V3,
            INFO_PROCESS_VMOS,
            INFO_PROCESS_VMOS_V2,
            INFO_PROCESS_VMOS_V3,
            INFO_PROCESS_VMOS_V4,
            INFO_TASK_STATS,
            INFO_TASK_STATS_V2,
        ] {
            for (handle, status) in [
                (9, Status::BAD_HANDLE),
                (root_job, Status::WRONG_TYPE),
                (hidden, Status::ACCESS_DENIED),
                (dead, Status::BAD_STATE),
            ] {
                assert_eq!(c.object_get_info(handle, topic), Err(status), "{topic:#x}");
            }
            assert!(c.object_get_info(process, topic).is_ok());
        }
    });
}

#[test]
fn vmos_are_listed_by_handle_then_by_mapping() {
    let world = World::null();
    let root_job = world.root_job();
    let context = world.host(|c| c.context_create(root_job, b"other")).unwrap();
    world.host(|c| {
        let process = c.object_get_child(root_job, context, 1 << 31).unwrap();
        let vmo = c.vmo_create(PAGE, 0).unwrap();
        let given = c.handle_duplicate(vmo, (Rights::TRANSFER | Rights::READ).bits()).unwrap();
        c.handle_transfer(given, context).unwrap();
        let listed: Vec<InfoVmoV4> = records(c, process, INFO_PROCESS_VMOS_V4);
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].v1.koid, basic(c, vmo).koid);
        assert_eq!(listed[0].v1.handle_rights, (Rights::TRANSFER | Rights::READ).bits());
        assert_ne!(listed[0].v1.flags & INFO_VMO_VIA_HANDLE, 0);
        let (mapper, root) = c.process_create(root_job, b"p", 0).unwrap();
        for _ in 0..2 {
            c.vmar_map(root, 1, 0, vmo, 0, PAGE).unwrap();
        }
        let listed: Vec<InfoVmoV4> = records(c, mapper, INFO_PROCESS_VMOS_V4);
        assert_eq!(listed.len(), 2);
        for vmo in &listed {
            assert_ne!(vmo.v1.flags & INFO_VMO_VIA_MAPPING, 0);
            assert_eq!(vmo.v1.handle_rights, 0);
            assert_eq!((vmo.v1.num_mappings, vmo.v1.share_count), (2, 1));
        }
        for (topic, size) in [
            (INFO_PROCESS_VMOS, 104),
            (INFO_PROCESS_VMOS_V2, 120),
            (INFO_PROCESS_VMOS_V3, 128),
            (INFO_PROCESS_VMOS_V4, 176),
        ] {
            let list = c.object_get_info(mapper, topic).unwrap();
            assert_eq!((list.record_size, list.bytes.len()), (size, 2 * size));
        }
    });
}

#[test]
fn each_version_of_a_vmos_record_begins_with_the_one_before() {
    World::null().host(|c| {
        let vmo = c.vmo_create(PAGE, 0).unwrap();
        c.vmo_write(vmo, 0, &[1]).unwrap();
        let newest = c.object_get_info(vmo, INFO_VMO_V4).unwrap();
        let topics = [(INFO_VMO, 104), (INFO_VMO_V2, 120), (INFO_VMO_V3, 128), (INFO_VMO_V4, 176)];
        for (topic, size) in topics {
            let record = c.object_get_info(vmo, topic).unwrap();
            assert_eq!(record.bytes, newest.bytes[..size]);
        }
        let hidden = without(c, vmo, Rights::INSPECT);
        for (topic, _) in topics {
            assert_eq!(c.object_get_info(hidden, topic), Err(Status::ACCESS_DENIED));
        }
    });
}

#[test]
fn memory_is_counted_once_and_shares_are_told() {
    World::null().host(|c| {
        let vmo = c.vmo_create(4 * PAGE, 0).unwrap();
        c.vmo_write(vmo, 0, &[1; 3 * PAGE as usize]).unwrap();
        let snapshot = VmoChildOptions::SNAPSHOT.bits();
        let copy = |c: &mut Caller<'_>| c.vmo_create_child(vmo, snapshot, 0, 4 * PAGE).unwrap();
        let first = copy(c);
        let info = vmo_info(c, vmo);
        assert_eq!((info.v1.committed_bytes, info.committed_private_bytes), (3 * PAGE, 0));
        assert_eq!(info.committed_scaled_bytes, 3 * PAGE / 2);
        assert_eq!(info.populated_bytes, 3 * PAGE);
        // A write takes a page out of the sharing.
        c.vmo_write(first, 0, &[2]).unwrap();
        for vmo in [vmo, first] {
            let info = vmo_info(c, vmo);
            assert_eq!(info.committed_private_bytes, PAGE);
            assert_eq!(info.committed_scaled_bytes, 2 * PAGE);
            assert_eq!(info.committed_fractional_scaled_bytes, 0);
        }
        // One page with two owners, two pages with three: 2048 + 2 * 4096 / 3.
        copy(c);
        let info = vmo_info(c, vmo);
        assert_eq!(info.committed_scaled_bytes, PAGE / 2 + 2 * PAGE / 3);
        let fraction = info.committed_fractional_scaled_bytes as f64 / (1u64 << 63) as f64;
        assert!((fraction - 2.0 / 3.0).abs() < 1e-9);
        // References and slices are their original's.
        let slice = c.vmo_create_child(vmo, VmoChildOptions::SLICE.bits(), 0, PAGE).unwrap();
        assert_eq!(vmo_info(c, slice).v1.committed_bytes, 0);
    });
}

#[test]
fn the_vdso_is_shared_with_the_kernel() {
    let world = World::null();
    let root_job = world.root_job();
    world.host(|c| {
        let (process, root) = c.process_create(root_job, b"p", 0).unwrap();
        let vdso = c.vdso(Abi::default()).unwrap();
        c.vmar_map(root, READ, 0, vdso, 0, PAGE).unwrap();
        let stats: InfoTaskStats = info(c, process, INFO_TASK_STATS_V2).unwrap();
        assert_eq!((stats.mem_private_bytes, stats.mem_shared_bytes), (0, PAGE));
        assert_eq!(stats.mem_scaled_shared_bytes, PAGE / 2);
    });
}

#[test]
fn a_vmo_that_nobody_maps_is_counted_once_and_its_pages_have_a_list() {
    World::null().host(|c| {
        let vmo = c.vmo_create(8 * PAGE, 0).unwrap();
        let told = vmo_info(c, vmo);
        assert_eq!((told.v1.share_count, told.v1.num_mappings, told.metadata_bytes), (1, 0, 0));
        c.vmo_write(vmo, PAGE - 1, &[1; 2]).unwrap();
        let told = vmo_info(c, vmo);
        assert_eq!((told.v1.committed_bytes, told.metadata_bytes), (2 * PAGE, 16));
    });
}

#[test]
fn task_stats_tell_private_from_shared() {
    let world = World::null();
    let root_job = world.root_job();
    world.host(|c| {
        let (first, first_root) = c.process_create(root_job, b"first", 0).unwrap();
        let (second, second_root) = c.process_create(root_job, b"second", 0).unwrap();
        let own = c.vmo_create(4 * PAGE, 0).unwrap();
        let common = c.vmo_create(4 * PAGE, 0).unwrap();
        for vmo in [own, common] {
            c.vmo_write(vmo, 0, &[1; 2 * PAGE as usize]).unwrap();
        }
        c.vmar_map(first_root, 1, 0, own, 0, 4 * PAGE).unwrap();
        for root in [first_root, second_root] {
            c.vmar_map(root, 1, 0, common, PAGE, 2 * PAGE).unwrap();
        }
        let stats: InfoTaskStats = info(c, first, INFO_TASK_STATS_V2).unwrap();
        let expected = InfoTaskStats {
            mem_mapped_bytes: 6 * PAGE,
            mem_private_bytes: 2 * PAGE,
            mem_shared_bytes: PAGE,
            mem_scaled_shared_bytes: PAGE / 2,
            mem_fractional_scaled_shared_bytes: 0,
        };
        assert_eq!(stats, expected);
        let older = c.object_get_info(first, INFO_TASK_STATS).unwrap();
        let newer = c.object_get_info(first, INFO_TASK_STATS_V2).unwrap();
        assert_eq!(older.bytes, newer.bytes[..32]);
        assert_eq!(vmo_info(c, common).v1.share_count, 2);
        c.handle_close_many(&[second, second_root]).unwrap();
        assert_eq!(vmo_info(c, common).v1.share_count, 1);
        let stats: InfoTaskStats = info(c, first, INFO_TASK_STATS_V2).unwrap();
        assert_eq!((stats.mem_private_bytes, stats.mem_shared_bytes), (3 * PAGE, 0));
    });
}
