//! VMARs: placement, mappings, protection, and the rules of the vDSO.

use kernel_sim::{Caller, MappingKind};
use zx_abi::{
    Abi, Arch, INFO_VMAR, InfoVmar, ObjectType, PROP_PROCESS_VDSO_BASE_ADDRESS, Rights, Status,
    VmOptions,
};

use crate::support::{
    Guest, PAGE, READ, SPECIFIC, WRITE, World, basic, info, vdso_image, with_rights, without,
};

const EXECUTE: u32 = VmOptions::PERM_EXECUTE.bits();
const OVERWRITE: u32 = VmOptions::SPECIFIC_OVERWRITE.bits();
const UPPER_LIMIT: u32 = VmOptions::OFFSET_IS_UPPER_LIMIT.bits();
const CAN_MAP_READ: u32 = VmOptions::CAN_MAP_READ.bits();
const CAN_MAP_RXW: u32 = VmOptions::CAN_MAP_RXW.bits();
const CAN_MAP_SPECIFIC: u32 = VmOptions::CAN_MAP_SPECIFIC.bits();

/// A process that is never started, and a VMAR of 16 pages in it.
struct Space {
    process: u32,
    root: u32,
    vmar: u32,
    base: u64,
    vmo: u32,
}

const LEN: u64 = 16 * PAGE;

fn space(c: &mut Caller<'_>) -> Space {
    let job = c.root_job().unwrap();
    let space = space_in(c, job);
    c.handle_close(job).unwrap();
    space
}

fn space_in(c: &mut Caller<'_>, job: u32) -> Space {
    let (process, root) = c.process_create(job, b"space", 0).unwrap();
    let (vmar, base) = c.vmar_allocate(root, CAN_MAP_RXW | CAN_MAP_SPECIFIC, 0, LEN).unwrap();
    let vmo = c.vmo_create(LEN, 0).unwrap();
    let vmo = c.vmo_replace_as_executable(vmo, 0).unwrap();
    Space { process, root, vmar, base, vmo }
}

/// Runs a test in a space of its own.
fn test(f: impl FnOnce(&mut Caller<'_>, Space)) {
    World::null().host(|c| {
        let space = space(c);
        f(c, space);
    });
}

/// The mappings of a process: address, pages, offset in pages, permissions.
fn mappings(c: &mut Caller<'_>, process: u32) -> Vec<(u64, u64, u64, u32)> {
    let maps = c.process_maps(process).unwrap();
    let lines = maps.into_iter().filter_map(|line| match line.kind {
        MappingKind::Mapping { vmo_offset, permissions, .. } => {
            Some((line.base, line.len / PAGE, vmo_offset / PAGE, permissions.bits()))
        }
        MappingKind::Vmar { .. } => None,
    });
    lines.collect()
}

fn alignment(log2: u32) -> u32 {
    log2 << 24
}

#[test]
fn the_root_spans_the_user_addresses() {
    test(|c, s| {
        let root: InfoVmar = info(c, s.root, INFO_VMAR).unwrap();
        let (base, top) = (Arch::X86_64.user_base(Abi::Newest), Arch::X86_64.user_top());
        assert_eq!((root.base, root.len), (base, top - base));
        let child: InfoVmar = info(c, s.vmar, INFO_VMAR).unwrap();
        assert_eq!((child.base, child.len), (s.base, LEN));
    });
}

#[test]
fn allocate_judges_in_upstreams_order() {
    test(|c, s| {
        let wrong = c.event_create(0).unwrap();
        let blind = without(c, s.vmar, Rights::READ);
        let (narrow, _) = c.vmar_allocate(s.vmar, CAN_MAP_READ, 0, 4 * PAGE).unwrap();
        let (dead, _) = c.vmar_allocate(s.vmar, CAN_MAP_READ, 0, PAGE).unwrap();
        c.vmar_destroy(dead).unwrap();
        let unknown = 1 << 16;
        let top = u64::MAX;
        for (handle, options, offset, size, status) in [
            (9, CAN_MAP_READ | unknown, top, 1, Status::BAD_HANDLE),
            (wrong, CAN_MAP_READ | unknown, top, 1, Status::WRONG_TYPE),
            (blind, CAN_MAP_READ | unknown, top, 1, Status::ACCESS_DENIED),
            (dead, unknown, 0, PAGE, Status::INVALID_ARGS),
            (dead, READ, 0, PAGE, Status::INVALID_ARGS),
            (dead, 0, 0, 1, Status::INVALID_ARGS),
            (dead, OVERWRITE, 0, PAGE, Status::INVALID_ARGS),
            (dead, CAN_MAP_SPECIFIC, 1, 0, Status::BAD_STATE),
            (narrow, CAN_MAP_SPECIFIC, 0, 0, Status::INVALID_ARGS),
            (narrow, CAN_MAP_SPECIFIC, 1, PAGE, Status::ACCESS_DENIED),
            (narrow, 0, PAGE, PAGE, Status::INVALID_ARGS),
            (narrow, SPECIFIC | UPPER_LIMIT, PAGE, PAGE, Status::INVALID_ARGS),
            (narrow, SPECIFIC, top, PAGE, Status::ACCESS_DENIED),
            (s.vmar, SPECIFIC, top - PAGE + 1, PAGE, Status::INVALID_ARGS),
            (s.vmar, SPECIFIC, LEN, PAGE, Status::INVALID_ARGS),
            (s.vmar, SPECIFIC, 1, PAGE, Status::INVALID_ARGS),
            (s.vmar, 0, 0, LEN + PAGE, Status::INVALID_ARGS),
            (s.vmar, UPPER_LIMIT, LEN + PAGE, PAGE, Status::INVALID_ARGS),
            (s.vmar, UPPER_LIMIT, PAGE, 2 * PAGE, Status::INVALID_ARGS),
            (s.vmar, UPPER_LIMIT, PAGE + 1, PAGE, Status::INVALID_ARGS),
            (s.vmar, 0, 0, LEN, Status::NO_RESOURCES),
        ] {
            let result = c.vmar_allocate(handle, options, offset, size);
            assert_eq!(result, Err(status), "{options:#x} {offset:#x} {size:#x}");
        }
    });
}

#[test]
fn alignment_is_from_1_kib_to_4_gib() {
    test(|c, s| {
        for log2 in [1, 9, 33, 255] {
            let result = c.vmar_allocate(s.root, alignment(log2), 0, PAGE);
            assert_eq!(result, Err(Status::INVALID_ARGS), "{log2}");
        }
        for log2 in [10, 12, 21, 32] {
            let (_, base) = c.vmar_allocate(s.root, alignment(log2), 0, PAGE).unwrap();
            assert!(base.is_multiple_of((1 << log2).max(PAGE)), "{log2}: {base:#x}");
        }
        let root: InfoVmar = info(c, s.root, INFO_VMAR).unwrap();
        let misaligned = (1 << 32) - root.base + PAGE;
        let result = c.vmar_allocate(s.root, SPECIFIC | alignment(32), misaligned, PAGE);
        assert_eq!(result, Err(Status::INVALID_ARGS));
        let aligned = c.vmar_allocate(s.root, SPECIFIC | alignment(32), misaligned - PAGE, PAGE);
        assert_eq!(aligned.map(|(_, base)| base), Ok(1 << 32));
    });
}

#[test]
fn children_have_the_rights_of_what_they_can_map() {
    test(|c, s| {
        for (options, rights) in
            [(0, 0x8003), (CAN_MAP_READ, 0x8007), (CAN_MAP_RXW, 0x801f), (CAN_MAP_SPECIFIC, 0x8003)]
        {
            let (vmar, _) = c.vmar_allocate(s.vmar, options, 0, PAGE).unwrap();
            assert_eq!(basic(c, vmar).rights, rights | Rights::OP_CHILDREN.bits());
        }
    });
}

#[test]
fn specific_places_exactly_and_only_where_nothing_is() {
    test(|c, s| {
        let allocate = |c: &mut Caller<'_>, offset, pages| {
            c.vmar_allocate(s.vmar, SPECIFIC | CAN_MAP_READ, offset, pages * PAGE)
        };
        assert_eq!(allocate(c, 4 * PAGE, 2).unwrap().1, s.base + 4 * PAGE);
        for (offset, pages) in [(4, 2), (3, 2), (5, 1), (3, 4), (5, 9)] {
            let result = allocate(c, offset * PAGE, pages);
            assert_eq!(result, Err(Status::ALREADY_EXISTS), "{offset} {pages}");
        }
        assert!(allocate(c, 3 * PAGE, 1).is_ok());
        assert!(allocate(c, 6 * PAGE, 10).is_ok());
        let map = c.vmar_map(s.vmar, READ | SPECIFIC, 2 * PAGE, s.vmo, 0, 2 * PAGE);
        assert_eq!(map, Err(Status::ALREADY_EXISTS));
    });
}

#[test]
fn a_full_vmar_is_filled_to_the_last_page() {
    test(|c, s| {
        let mut bases: Vec<u64> =
            (0..16).map(|_| c.vmar_allocate(s.vmar, 0, 0, PAGE).unwrap().1).collect();
        assert_eq!(c.vmar_allocate(s.vmar, 0, 0, PAGE), Err(Status::NO_RESOURCES));
        bases.sort_unstable();
        let pages: Vec<u64> = (0..16).map(|page| s.base + page * PAGE).collect();
        assert_eq!(bases, pages);
    });
}

#[test]
fn an_upper_limit_bounds_the_end() {
    test(|c, s| {
        for _ in 0..4 {
            let (_, base) = c.vmar_allocate(s.vmar, UPPER_LIMIT, 4 * PAGE, PAGE).unwrap();
            assert!(base + PAGE <= s.base + 4 * PAGE);
        }
        let full = c.vmar_allocate(s.vmar, UPPER_LIMIT, 4 * PAGE, PAGE);
        assert_eq!(full, Err(Status::NO_RESOURCES));
    });
}

#[test]
fn map_judges_in_upstreams_order() {
    test(|c, s| {
        let wrong = c.event_create(0).unwrap();
        let fixed = without(c, s.vmo, Rights::MAP);
        let no_write = without(c, s.vmo, Rights::WRITE);
        let vmar_read = with_rights(c, s.vmar, Rights::READ);
        let resizable = c.vmo_create(PAGE, VmOptions::PERM_WRITE.bits()).unwrap();
        let (dead, _) = c.vmar_allocate(s.vmar, CAN_MAP_RXW, 0, PAGE).unwrap();
        c.vmar_destroy(dead).unwrap();
        let (plain, _) = c.vmar_allocate(s.vmar, CAN_MAP_RXW, 0, PAGE).unwrap();
        let (unknown, range) = (1 << 16, VmOptions::MAP_RANGE.bits());
        let require = VmOptions::REQUIRE_NON_RESIZABLE.bits();
        for (vmar, options, offset, vmo, vmo_offset, len, status) in [
            (9, WRITE, 1, 9, 1, 0, Status::BAD_HANDLE),
            (wrong, WRITE, 1, 9, 1, 0, Status::WRONG_TYPE),
            (s.vmar, WRITE, 1, 9, 1, 0, Status::BAD_HANDLE),
            (s.vmar, WRITE, 1, wrong, 1, 0, Status::WRONG_TYPE),
            (s.vmar, WRITE, 1, fixed, 1, 0, Status::ACCESS_DENIED),
            (vmar_read, WRITE, 1, s.vmo, 1, 0, Status::INVALID_ARGS),
            (vmar_read, EXECUTE, 1, s.vmo, 1, 0, Status::INVALID_ARGS),
            (vmar_read, READ | WRITE | range | OVERWRITE, 1, s.vmo, 1, 0, Status::INVALID_ARGS),
            (vmar_read, READ | WRITE | CAN_MAP_READ, 1, s.vmo, 1, 0, Status::INVALID_ARGS),
            (vmar_read, READ | WRITE | unknown, 1, s.vmo, 1, 0, Status::ACCESS_DENIED),
            (s.vmar, READ | WRITE | unknown, 1, no_write, 1, 0, Status::ACCESS_DENIED),
            (dead, READ | require | unknown, 1, resizable, 1, 0, Status::NOT_SUPPORTED),
            (dead, READ | unknown, 0, s.vmo, 0, PAGE, Status::INVALID_ARGS),
            (dead, READ | CAN_MAP_SPECIFIC, 0, s.vmo, 0, PAGE, Status::INVALID_ARGS),
            (dead, READ, 0, s.vmo, 0, 0, Status::INVALID_ARGS),
            (dead, READ, 0, s.vmo, 0, u64::MAX, Status::INVALID_ARGS),
            (dead, READ, 0, s.vmo, 1, PAGE, Status::INVALID_ARGS),
            (dead, READ, 0, s.vmo, !(PAGE - 1), PAGE, Status::INVALID_ARGS),
            (dead, READ, 1, s.vmo, 0, PAGE, Status::BAD_STATE),
            (s.vmar, READ, 0, s.vmo, PAGE, LEN, Status::BUFFER_TOO_SMALL),
            (s.vmar, READ, PAGE, s.vmo, 0, PAGE, Status::INVALID_ARGS),
            (plain, READ | SPECIFIC, 1, s.vmo, 0, PAGE, Status::ACCESS_DENIED),
            (plain, READ | OVERWRITE, 1, s.vmo, 0, PAGE, Status::ACCESS_DENIED),
            (s.vmar, READ | SPECIFIC, LEN, s.vmo, 0, PAGE, Status::INVALID_ARGS),
            (s.vmar, READ | SPECIFIC, 1, s.vmo, 0, PAGE, Status::INVALID_ARGS),
        ] {
            let result = c.vmar_map(vmar, options, offset, vmo, vmo_offset, len);
            assert_eq!(result, Err(status), "{options:#x} {offset:#x} {vmo_offset:#x} {len:#x}");
        }
        assert_eq!(mappings(c, s.process), []);
    });
}

#[test]
fn a_mapping_may_reach_beyond_a_vmo_that_can_grow_or_when_faults_are_welcome() {
    test(|c, s| {
        let resizable = c.vmo_create(PAGE, 2).unwrap();
        assert!(c.vmar_map(s.vmar, READ, 0, resizable, 0, 2 * PAGE).is_ok());
        let fixed = c.vmo_create(PAGE, 0).unwrap();
        let past = c.vmar_map(s.vmar, READ, 0, fixed, 0, PAGE + 1);
        assert_eq!(past, Err(Status::BUFFER_TOO_SMALL));
        let faults = VmOptions::ALLOW_FAULTS.bits();
        assert!(c.vmar_map(s.vmar, READ | faults, 0, fixed, 0, 2 * PAGE).is_ok());
    });
}

#[test]
fn what_lies_beyond_the_offsets_of_files_is_not_mapped() {
    test(|c, Space { vmar, .. }| {
        let vmo = c.vmo_create(0xffff_ffff_fffe_0000, 0).unwrap();
        let mut map = |offset, len| c.vmar_map(vmar, READ, 0, vmo, offset, len).map(drop);
        let end = 1 << 63;
        assert_eq!(map(end - 2 * PAGE, PAGE), Ok(()));
        for (offset, len) in [(end - PAGE, 2 * PAGE), (end, PAGE)] {
            assert_eq!(map(offset, len), Err(Status::NO_MEMORY), "{offset:#x}");
        }
    });
}

#[test]
fn mappings_round_up_and_keep_their_vmo_alive() {
    let world = World::null();
    world.host(|c| {
        let s = space(c);
        let base = c.vmar_map(s.vmar, READ | SPECIFIC, PAGE, s.vmo, 2 * PAGE, 1).unwrap();
        assert_eq!(base, s.base + PAGE);
        // No permission at all is one, too.
        c.vmar_map(s.vmar, SPECIFIC, 3 * PAGE, s.vmo, 0, PAGE).unwrap();
        assert_eq!(mappings(c, s.process), [(base, 1, 2, READ), (s.base + 3 * PAGE, 1, 0, 0)]);
        c.handle_close(s.vmo).unwrap();
        c.vmar_unmap(s.vmar, base, PAGE).unwrap();
    });
    assert_eq!(world.count(ObjectType::Vmo), 1);
}

#[test]
fn execute_only_needs_the_bit_that_allows_reading() {
    test(|c, s| {
        let xom = VmOptions::PERM_READ_IF_XOM_UNSUPPORTED.bits();
        let only = c.vmar_map(s.vmar, EXECUTE, 0, s.vmo, 0, PAGE);
        assert_eq!(only, Err(Status::INVALID_ARGS));
        let base = c.vmar_map(s.vmar, EXECUTE | xom, 0, s.vmo, 0, PAGE).unwrap();
        assert_eq!(mappings(c, s.process), [(base, 1, 0, READ | EXECUTE)]);
    });
}

#[test]
fn overwrite_replaces_mappings_but_no_child_vmar() {
    test(|c, s| {
        c.vmar_map(s.vmar, READ | SPECIFIC, PAGE, s.vmo, 0, 4 * PAGE).unwrap();
        let other = c.vmo_create(PAGE, 0).unwrap();
        c.vmar_map(s.vmar, READ | WRITE | OVERWRITE, 2 * PAGE, other, 0, PAGE).unwrap();
        let expected = [
            (s.base + PAGE, 1, 0, READ),
            (s.base + 2 * PAGE, 1, 0, READ | WRITE),
            (s.base + 3 * PAGE, 2, 2, READ),
        ];
        assert_eq!(mappings(c, s.process), expected);
        c.vmar_allocate(s.vmar, SPECIFIC, 6 * PAGE, PAGE).unwrap();
        let result = c.vmar_map(s.vmar, READ | OVERWRITE, 4 * PAGE, s.vmo, 0, 3 * PAGE);
        assert_eq!(result, Err(Status::INVALID_ARGS));
        assert_eq!(mappings(c, s.process), expected);
    });
}

#[test]
fn unmap_judges_in_upstreams_order() {
    test(|c, s| {
        let wrong = c.event_create(0).unwrap();
        let (dead, _) = c.vmar_allocate(s.vmar, 0, 0, PAGE).unwrap();
        c.vmar_destroy(dead).unwrap();
        for (handle, address, len, status) in [
            (9, 1, 0, Status::BAD_HANDLE),
            (wrong, 1, 0, Status::WRONG_TYPE),
            (dead, 1, PAGE, Status::INVALID_ARGS),
            (dead, 0, 0, Status::INVALID_ARGS),
            (dead, 0, u64::MAX, Status::INVALID_ARGS),
            (dead, 0, PAGE, Status::BAD_STATE),
            (s.vmar, s.base - PAGE, PAGE, Status::INVALID_ARGS),
            (s.vmar, s.base, LEN + 1, Status::INVALID_ARGS),
            (s.vmar, s.base + LEN, PAGE, Status::INVALID_ARGS),
            (s.vmar, !(PAGE - 1), PAGE, Status::INVALID_ARGS),
        ] {
            assert_eq!(c.vmar_unmap(handle, address, len), Err(status), "{address:#x} {len:#x}");
        }
        // Holes are fine, no right is needed.
        let weak = with_rights(c, s.vmar, Rights::empty());
        assert_eq!(c.vmar_unmap(weak, s.base, LEN), Ok(()));
    });
}

#[test]
fn unmap_cuts_mappings_and_takes_only_whole_children() {
    test(|c, s| {
        c.vmar_map(s.vmar, READ | SPECIFIC, 0, s.vmo, 0, 6 * PAGE).unwrap();
        let (child, at) =
            c.vmar_allocate(s.vmar, SPECIFIC | CAN_MAP_READ, 8 * PAGE, 2 * PAGE).unwrap();
        c.vmar_map(child, READ, 0, s.vmo, 0, PAGE).unwrap();
        for (offset, pages) in [(2, 7), (9, 3), (8, 1)] {
            let result = c.vmar_unmap(s.vmar, s.base + offset * PAGE, pages * PAGE);
            assert_eq!(result, Err(Status::INVALID_ARGS), "{offset} {pages}");
        }
        assert_eq!(mappings(c, s.process).len(), 2);
        let plain = without(c, s.vmar, Rights::OP_CHILDREN);
        assert_eq!(c.vmar_unmap(plain, at, 2 * PAGE), Err(Status::INVALID_ARGS));
        c.vmar_unmap(s.vmar, s.base + 2 * PAGE, PAGE).unwrap();
        assert_eq!(
            mappings(c, s.process)[..2],
            [(s.base, 2, 0, READ), (s.base + 3 * PAGE, 3, 3, READ)]
        );
        c.vmar_unmap(s.vmar, s.base + PAGE, LEN - PAGE).unwrap();
        assert_eq!(mappings(c, s.process), [(s.base, 1, 0, READ)]);
        assert_eq!(c.vmar_map(child, READ, 0, s.vmo, 0, PAGE), Err(Status::BAD_STATE));
        assert_eq!(c.vmar_destroy(child), Err(Status::BAD_STATE));
    });
}

#[test]
fn protect_judges_in_upstreams_order() {
    test(|c, s| {
        let wrong = c.event_create(0).unwrap();
        let reader = with_rights(c, s.vmar, Rights::READ);
        let (dead, _) = c.vmar_allocate(s.vmar, CAN_MAP_RXW, 0, PAGE).unwrap();
        c.vmar_destroy(dead).unwrap();
        let read_only = without(c, s.vmo, Rights::WRITE);
        c.vmar_map(s.vmar, READ | SPECIFIC, 0, read_only, 0, PAGE).unwrap();
        c.vmar_map(s.vmar, READ | SPECIFIC, PAGE, s.vmo, 0, PAGE).unwrap();
        let (child, _) =
            c.vmar_allocate(s.vmar, SPECIFIC | CAN_MAP_READ, 2 * PAGE, 2 * PAGE).unwrap();
        c.vmar_map(child, READ, 0, s.vmo, 0, 2 * PAGE).unwrap();
        let plain = without(c, s.vmar, Rights::OP_CHILDREN);
        for (handle, options, address, len, status) in [
            (9, WRITE, 1, 0, Status::BAD_HANDLE),
            (wrong, WRITE, 1, 0, Status::WRONG_TYPE),
            (reader, WRITE, 1, 0, Status::ACCESS_DENIED),
            (dead, WRITE, 0, PAGE, Status::INVALID_ARGS),
            (dead, READ, 1, PAGE, Status::INVALID_ARGS),
            (dead, READ | SPECIFIC, 0, PAGE, Status::INVALID_ARGS),
            (dead, READ | 1 << 16, 0, PAGE, Status::INVALID_ARGS),
            (dead, READ, 0, 0, Status::INVALID_ARGS),
            (dead, READ, 0, PAGE, Status::BAD_STATE),
            (s.vmar, READ, s.base - PAGE, PAGE, Status::INVALID_ARGS),
            (s.vmar, READ | WRITE, s.base, LEN, Status::NOT_FOUND),
            (s.vmar, READ, s.base + 4 * PAGE, PAGE, Status::NOT_FOUND),
            (plain, READ | WRITE, s.base, 3 * PAGE, Status::INVALID_ARGS),
            (s.vmar, READ | WRITE, s.base + PAGE, 2 * PAGE, Status::ACCESS_DENIED),
            (s.vmar, READ | WRITE, s.base, 2 * PAGE, Status::ACCESS_DENIED),
        ] {
            let result = c.vmar_protect(handle, options, address, len);
            assert_eq!(result, Err(status), "{options:#x} {address:#x} {len:#x}");
        }
        assert!(mappings(c, s.process).iter().all(|(.., permissions)| *permissions == READ));
    });
}

#[test]
fn protect_goes_up_to_the_rights_at_map_time_and_splits() {
    test(|c, s| {
        c.vmar_map(s.vmar, SPECIFIC, 0, s.vmo, 0, 3 * PAGE).unwrap();
        c.vmar_protect(s.vmar, READ | WRITE, s.base + PAGE, 1).unwrap();
        let expected =
            [(s.base, 1, 0, 0), (s.base + PAGE, 1, 1, READ | WRITE), (s.base + 2 * PAGE, 1, 2, 0)];
        assert_eq!(mappings(c, s.process), expected);
        c.vmar_protect(s.vmar, READ | EXECUTE, s.base, 3 * PAGE).unwrap();
        assert!(mappings(c, s.process).iter().all(|line| line.3 == READ | EXECUTE));
    });
}

#[test]
fn destroy_ends_everything_below_and_every_handle_finds_it_dead() {
    let world = World::null();
    world.host(|c| {
        let s = space(c);
        let before = c.process_maps(s.process).unwrap().len();
        let (outer, _) = c.vmar_allocate(s.vmar, CAN_MAP_RXW, 0, 8 * PAGE).unwrap();
        let (inner, _) = c.vmar_allocate(outer, CAN_MAP_RXW, 0, 4 * PAGE).unwrap();
        c.vmar_map(inner, READ, 0, s.vmo, 0, PAGE).unwrap();
        let none = with_rights(c, outer, Rights::empty());
        assert_eq!(c.vmar_destroy(none), Err(Status::ACCESS_DENIED));
        let again = with_rights(c, outer, Rights::OP_CHILDREN);
        c.vmar_destroy(again).unwrap();
        assert_eq!(c.process_maps(s.process).unwrap().len(), before);
        for vmar in [outer, inner, again] {
            assert_eq!(c.vmar_destroy(vmar), Err(Status::BAD_STATE));
        }
        assert_eq!(c.vmar_destroy(9), Err(Status::BAD_HANDLE));
        assert_eq!(c.vmar_destroy(s.vmo), Err(Status::WRONG_TYPE));
        // The range is free again.
        assert!(c.vmar_allocate(s.vmar, 0, 0, LEN).is_ok());
        c.handle_close_many(&[outer, inner, again, none]).unwrap();
    });
    assert_eq!(world.count(ObjectType::Vmar), 3);
}

#[test]
fn a_child_vmar_keeps_its_range_without_a_handle() {
    test(|c, s| {
        let (child, base) = c.vmar_allocate(s.vmar, SPECIFIC, 0, PAGE).unwrap();
        c.handle_close(child).unwrap();
        let again = c.vmar_allocate(s.vmar, SPECIFIC, 0, PAGE);
        assert_eq!(again, Err(Status::ALREADY_EXISTS));
        c.vmar_unmap(s.vmar, base, PAGE).unwrap();
        assert!(c.vmar_allocate(s.vmar, SPECIFIC, 0, PAGE).is_ok());
    });
}

#[test]
fn the_root_can_be_destroyed_in_2020_and_its_process_still_ends_cleanly() {
    test(|c, s| assert_eq!(c.vmar_destroy(s.root), Err(Status::NOT_SUPPORTED)));
    let world = World::new();
    let guest = Guest::start_for(&world, Abi::Sdk2020);
    let job = guest.receive(world.root_job());
    let before = world.stats();
    world.as_process(guest.koid, |c| {
        let s = space_in(c, job);
        c.vmar_map(s.vmar, READ, 0, s.vmo, 0, PAGE).unwrap();
        c.vmar_destroy(s.root).unwrap();
        assert_eq!(c.vmar_allocate(s.root, 0, 0, PAGE), Err(Status::BAD_STATE));
        assert_eq!(mappings(c, s.process), []);
        c.handle_close_many(&[s.process, s.root, s.vmar, s.vmo]).unwrap();
    });
    assert_eq!(world.stats(), before);
    guest.finish();
}

fn vdso_base(c: &mut Caller<'_>, process: u32) -> u64 {
    let value = c.object_get_property(process, PROP_PROCESS_VDSO_BASE_ADDRESS, 8).unwrap();
    u64::from_le_bytes(value.try_into().unwrap())
}

#[test]
fn the_vdso_is_executable_exactly_and_once() {
    test(|c, s| {
        let (offset, size) = (vdso_image().code_offset, vdso_image().code_size);
        let vdso = c.vdso(Abi::default()).unwrap();
        let code = READ | EXECUTE;
        let whole = vdso_image().bytes.len() as u64;
        for (offset, size) in
            [(0, whole), (offset, size + PAGE), (offset, size - PAGE), (offset - PAGE, size)]
        {
            if size == 0 {
                continue;
            }
            let faults = VmOptions::ALLOW_FAULTS.bits();
            let result = c.vmar_map(s.root, code | faults, 0, vdso, offset, size);
            assert_eq!(result, Err(Status::ACCESS_DENIED), "{offset:#x} {size:#x}");
        }
        assert_eq!(vdso_base(c, s.process), 0);
        // Reading it is free.
        assert!(c.vmar_map(s.root, READ, 0, vdso, 0, whole).is_ok());
        let base = c.vmar_map(s.root, code, 0, vdso, offset, size).unwrap();
        assert_eq!(vdso_base(c, s.process), base - offset);
        let again = c.vmar_map(s.root, code, 0, vdso, offset, size);
        assert_eq!(again, Err(Status::ACCESS_DENIED));
        let other = c.vdso(Abi::Sdk2020).unwrap();
        let faults = VmOptions::ALLOW_FAULTS.bits();
        let other = c.vmar_map(s.root, code | faults, 0, other, offset, size);
        assert_eq!(other, Err(Status::ACCESS_DENIED));
    });
}

#[test]
fn placement_of_the_vdso_fails_before_its_rules() {
    test(|c, s| {
        let vdso = c.vdso(Abi::default()).unwrap();
        c.vmar_map(s.vmar, READ | SPECIFIC, 0, s.vmo, 0, PAGE).unwrap();
        let result = c.vmar_map(s.vmar, READ | EXECUTE | SPECIFIC, 0, vdso, 0, PAGE);
        assert_eq!(result, Err(Status::ALREADY_EXISTS));
        // An overwrite that is refused replaces nothing.
        let result = c.vmar_map(s.vmar, READ | EXECUTE | OVERWRITE, 0, vdso, 0, PAGE);
        assert_eq!(result, Err(Status::ACCESS_DENIED));
        assert_eq!(mappings(c, s.process), [(s.base, 1, 0, READ)]);
    });
}

#[test]
fn nothing_changes_the_vdsos_code() {
    test(|c, s| {
        let (offset, size) = (vdso_image().code_offset, vdso_image().code_size);
        let vdso = c.vdso(Abi::default()).unwrap();
        let options = CAN_MAP_RXW | CAN_MAP_SPECIFIC;
        let len = size + 4 * PAGE;
        let (outer, start) = c.vmar_allocate(s.root, options, 0, len).unwrap();
        let (inner, _) = c.vmar_allocate(outer, options | SPECIFIC, PAGE, size + PAGE).unwrap();
        let code = c.vmar_map(inner, READ | EXECUTE | SPECIFIC, 0, vdso, offset, size).unwrap();
        // The vDSO beats a child that is cut.
        c.vmar_allocate(inner, SPECIFIC, size, PAGE).unwrap();
        let denied = Err(Status::ACCESS_DENIED);
        assert_eq!(c.vmar_unmap(inner, code, PAGE), denied);
        assert_eq!(c.vmar_unmap(outer, start, len), denied);
        assert_eq!(c.vmar_destroy(inner), denied);
        assert_eq!(c.vmar_destroy(outer), denied);
        assert_eq!(c.vmar_destroy(s.root), Err(Status::NOT_SUPPORTED));
        assert_eq!(c.vmar_protect(inner, READ, code, PAGE), denied);
        assert_eq!(c.vmar_protect(inner, READ | EXECUTE, code, size), denied);
        let over = c.vmar_map(inner, READ | OVERWRITE, 0, s.vmo, 0, PAGE);
        assert_eq!(over, Err(Status::ACCESS_DENIED));
        // It beats the child that would be cut, too.
        assert_eq!(c.vmar_unmap(outer, start + PAGE, size), denied);
    });
}

#[test]
fn a_process_with_the_vdso_ends_with_it() {
    let world = World::null();
    world.host(|c| c.vdso(Abi::default()).and_then(|vdso| c.handle_close(vdso))).unwrap();
    let before = world.stats();
    world.host(|c| {
        let s = space(c);
        let vdso = c.vdso(Abi::default()).unwrap();
        let (offset, size) = (vdso_image().code_offset, vdso_image().code_size);
        c.vmar_map(s.root, READ | EXECUTE, 0, vdso, offset, size).unwrap();
        c.handle_close_many(&[s.process, s.root, s.vmar, s.vmo, vdso]).unwrap();
    });
    assert_eq!(world.stats(), before);
}
