//! `zx_vmo_transfer_data`.

use zx_abi::{Rights, Status, VmoChildOptions};

use crate::support::{PAGE, World, bytes, vmo_info, without};

#[test]
fn pages_move_and_leave_zeros() {
    World::null().host(|c| {
        let source = c.vmo_create(4 * PAGE, 0).unwrap();
        let target = c.vmo_create(4 * PAGE, 0).unwrap();
        c.vmo_write(source, PAGE, &[1; 2 * PAGE as usize]).unwrap();
        c.vmo_write(target, 0, &[2; 4 * PAGE as usize]).unwrap();
        c.vmo_transfer_data(target, 0, 0, 3 * PAGE, source, 0).unwrap();
        assert_eq!(vmo_info(c, source).v1.committed_bytes, 0);
        let found: Vec<u8> = (0..4).map(|page| bytes(c, target, page * PAGE, 1)[0]).collect();
        assert_eq!(found, [0, 1, 1, 2]);
    });
}

#[test]
fn ranges_of_one_vmo_may_overlap() {
    World::null().host(|c| {
        let vmo = c.vmo_create(4 * PAGE, 0).unwrap();
        for page in 0..4 {
            c.vmo_write(vmo, page * PAGE, &[page as u8 + 1]).unwrap();
        }
        let firsts = |c: &mut kernel_sim::Caller<'_>| {
            (0..4).map(|page| bytes(c, vmo, page * PAGE, 1)[0]).collect::<Vec<_>>()
        };
        c.vmo_transfer_data(vmo, 0, PAGE, 3 * PAGE, vmo, 0).unwrap();
        assert_eq!(firsts(c), [0, 1, 2, 3]);
        c.vmo_transfer_data(vmo, 0, 0, 3 * PAGE, vmo, PAGE).unwrap();
        assert_eq!(firsts(c), [1, 2, 3, 0]);
        // Onto itself, nothing happens.
        c.vmo_transfer_data(vmo, 0, 0, 4 * PAGE, vmo, 0).unwrap();
        assert_eq!(firsts(c), [1, 2, 3, 0]);
    });
}

#[test]
fn transfer_judges_numbers_then_handles_then_ranges() {
    World::null().host(|c| {
        let source = c.vmo_create(2 * PAGE, 0).unwrap();
        let target = c.vmo_create(2 * PAGE, 0).unwrap();
        let event = c.event_create(0).unwrap();
        let fixed = without(c, target, Rights::WRITE);
        let [blind, safe] = [Rights::READ, Rights::WRITE].map(|right| without(c, source, right));
        for (to, options, offset, len, from, from_offset, status) in [
            (9, 1, 0, PAGE, 9, 0, Status::INVALID_ARGS),
            (9, 0, 1, PAGE, 9, 0, Status::INVALID_ARGS),
            (9, 0, 0, 1, 9, 0, Status::INVALID_ARGS),
            (9, 0, 0, PAGE, 9, 1, Status::INVALID_ARGS),
            (9, 0, 0, PAGE, 9, 0, Status::BAD_HANDLE),
            (event, 0, 0, PAGE, 9, 0, Status::WRONG_TYPE),
            (fixed, 0, 0, PAGE, 9, 0, Status::ACCESS_DENIED),
            (target, 0, 0, PAGE, 9, 0, Status::BAD_HANDLE),
            (target, 0, 0, PAGE, event, 0, Status::WRONG_TYPE),
            (target, 0, 0, PAGE, blind, 0, Status::ACCESS_DENIED),
            (target, 0, 0, PAGE, safe, 0, Status::ACCESS_DENIED),
            (target, 0, 2 * PAGE, PAGE, source, 0, Status::OUT_OF_RANGE),
            (target, 0, 0, PAGE, source, 2 * PAGE, Status::OUT_OF_RANGE),
            (target, 0, 0, 3 * PAGE, source, 0, Status::OUT_OF_RANGE),
        ] {
            let result = c.vmo_transfer_data(to, options, offset, len, from, from_offset);
            assert_eq!(result, Err(status), "{options} {offset:#x} {len:#x}");
        }
    });
}

#[test]
fn a_tebibyte_of_holes_moves_at_once() {
    World::null().host(|c| {
        let (source, target) =
            (c.vmo_create(1 << 40, 0).unwrap(), c.vmo_create(1 << 40, 0).unwrap());
        c.vmo_write(source, 1 << 39, b"here").unwrap();
        c.vmo_transfer_data(target, 0, 0, 1 << 40, source, 0).unwrap();
        assert_eq!(bytes(c, target, 1 << 39, 4), b"here");
        assert_eq!(vmo_info(c, target).v1.committed_bytes, PAGE);
    });
}

#[test]
fn copies_keep_what_moves_away_from_their_origin() {
    World::null().host(|c| {
        let source = c.vmo_create(PAGE, 0).unwrap();
        c.vmo_write(source, 0, b"kept").unwrap();
        let copy = c.vmo_create_child(source, VmoChildOptions::SNAPSHOT.bits(), 0, PAGE).unwrap();
        let target = c.vmo_create(PAGE, 0).unwrap();
        c.vmo_transfer_data(target, 0, 0, PAGE, source, 0).unwrap();
        assert_eq!(bytes(c, copy, 0, 4), b"kept");
        assert_eq!(bytes(c, target, 0, 4), b"kept");
        assert_eq!(bytes(c, source, 0, 4), [0; 4]);
    });
}
