//! Requests for pages, as the host waits for them.

use zx_abi::{ObjectType, Signals, Status, TIME_INFINITE, VmoChildOptions, VmoOptions};

use super::{Asked, Paged};
use crate::support::{PAGE, World};

const NONE: Signals = Signals::empty();

#[test]
fn a_page_is_asked_for_once_and_supplied() {
    let world = World::new();
    let it = Paged::new(&world, 2);
    assert_eq!(it.byte(0), Err(Status::SHOULD_WAIT));
    assert_eq!(it.asked(), None);
    assert_eq!(it.prefetch(0, 1, 7), Ok(true));
    assert_eq!(it.prefetch(0, 1, 8), Ok(true));
    assert_eq!((it.asked(), it.asked()), (Some(Asked::Read(0, 1)), None));
    it.supply(0, 1);
    assert_eq!(world.events.waits(), [(7, Status::OK, NONE), (8, Status::OK, NONE)]);
    assert_eq!((it.byte(0), it.byte(1)), (Ok(1), Err(Status::SHOULD_WAIT)));
    assert_eq!(it.prefetch(0, 1, 9), Ok(false));
    it.finish();
    assert_eq!(world.count(ObjectType::Pager) + world.count(ObjectType::Vmo), 0);
}

#[test]
fn what_is_supplied_beforehand_or_before_its_packet_is_read_is_not_asked_for() {
    let world = World::new();
    let it = Paged::new(&world, 2);
    it.supply(0, 1);
    assert_eq!(it.prefetch(0, 1, 1), Ok(false));
    assert_eq!(it.prefetch(1, 1, 1), Ok(true));
    it.supply(1, 1);
    assert_eq!(world.events.waits(), [(1, Status::OK, NONE)]);
    assert_eq!(it.asked(), None);
}

#[test]
fn one_packet_of_a_vmo_waits_at_a_time_in_the_order_of_requests() {
    let world = World::new();
    let it = Paged::new(&world, 8);
    for page in [5, 1, 3] {
        assert_eq!(it.prefetch(page, 1, page), Ok(true));
    }
    assert_eq!(world.stats().packets, 1);
    it.supply(1, 1);
    let asked = [it.asked(), it.asked(), it.asked()];
    assert_eq!(asked, [Some(Asked::Read(5, 1)), Some(Asked::Read(3, 1)), None]);
    it.supply(0, 8);
    assert_eq!(world.events.waits().len(), 3);
}

#[test]
fn a_request_ends_at_pages_that_are_there_and_at_another_request() {
    let world = World::new();
    let it = Paged::new(&world, 33);
    it.supply(16, 1);
    assert_eq!(it.prefetch(8, 2, 1), Ok(true));
    assert_eq!(it.prefetch(0, 33, 2), Ok(true));
    assert_eq!(it.asked(), Some(Asked::Read(8, 2)));
    assert_eq!(it.asked(), Some(Asked::Read(0, 8)));
    it.supply(0, 8);
    // Now it waits for the other request.
    assert_eq!(it.asked(), None);
    it.supply(8, 2);
    assert_eq!(it.asked(), Some(Asked::Read(10, 6)));
    assert_eq!(world.events.waits(), [(1, Status::OK, NONE)]);
    for page in 10..16 {
        it.supply(page, 1);
    }
    assert_eq!(it.asked(), Some(Asked::Read(17, 16)));
    it.supply(17, 16);
    assert_eq!(world.events.waits(), [(2, Status::OK, NONE)]);
}

#[test]
fn pages_that_are_there_stay_as_they_are_whatever_is_supplied() {
    let world = World::new();
    let it = Paged::new(&world, 3);
    it.supply(1, 1);
    world.host(|c| c.vmo_write(it.vmo, PAGE, &[99])).unwrap();
    it.supply(0, 3);
    assert_eq!([0, 1, 2].map(|page| it.byte(page).unwrap()), [1, 99, 3]);
}

#[test]
fn requests_that_fail_tell_why_and_may_be_made_again() {
    let world = World::new();
    let it = Paged::new(&world, 11);
    for status in [
        Status::IO,
        Status::IO_DATA_INTEGRITY,
        Status::BAD_STATE,
        Status::NO_SPACE,
        Status::BUFFER_TOO_SMALL,
    ] {
        assert_eq!(it.prefetch(0, 2, 1), Ok(true));
        assert_eq!(it.prefetch(9, 2, 2), Ok(true));
        assert_eq!(it.prefetch(5, 1, 3), Ok(true));
        assert_eq!(it.asked(), Some(Asked::Read(0, 2)));
        it.fail(1, 9, status).unwrap();
        let mut waits = world.events.waits();
        waits.sort_unstable_by_key(|wait| wait.0);
        assert_eq!(waits, [(1, status, NONE), (2, status, NONE), (3, status, NONE)]);
        assert_eq!(it.asked(), None);
        it.fail(0, 11, status).unwrap();
    }
    assert_eq!(it.prefetch(0, 11, 1), Ok(true));
    assert_eq!(it.asked(), Some(Asked::Read(0, 11)));
    it.supply(0, 11);
    assert_eq!(world.events.waits(), [(1, Status::OK, NONE)]);
}

#[test]
fn a_wait_that_is_taken_back_or_times_out_takes_its_packet_with_it() {
    let world = World::new();
    let it = Paged::new(&world, 4);
    assert_eq!(it.prefetch(0, 1, 1), Ok(true));
    assert_eq!(it.prefetch(0, 1, 2), Ok(true));
    assert_eq!(it.prefetch(1, 1, 3), Ok(true));
    assert!(world.kernel.cancel_wait(1));
    assert_eq!(world.stats().packets, 1);
    assert!(world.kernel.cancel_wait(2));
    assert_eq!(it.asked(), Some(Asked::Read(1, 1)));
    world.clock.advance(300_000_000_000);
    assert_eq!(world.events.waits(), [(3, Status::TIMED_OUT, NONE)]);
    it.supply(0, 2);
    assert_eq!((world.stats().waits, it.asked()), (0, None));
}

#[test]
fn detaching_ends_waits_and_completes_once() {
    let world = World::new();
    let it = Paged::new(&world, 2);
    it.supply(1, 1);
    assert_eq!(it.prefetch(0, 1, 1), Ok(true));
    it.detach();
    assert_eq!(world.events.waits(), [(1, Status::BAD_STATE, NONE)]);
    it.detach();
    assert_eq!((it.asked(), it.asked()), (Some(Asked::Complete), None));
    // What is clean is gone.
    assert_eq!(it.byte(1), Err(Status::SHOULD_WAIT));
    assert_eq!(it.prefetch(1, 1, 1), Err(Status::BAD_STATE));
    assert_eq!(it.try_supply(0, 1), Err(Status::BAD_STATE));
    assert_eq!(it.fail(0, 1, Status::IO), Err(Status::BAD_STATE));
    it.finish();
}

#[test]
fn the_last_reference_completes_and_a_closed_pager_says_nothing_more() {
    let world = World::new();
    let it = Paged::new(&world, 1);
    let slice = world.host(|c| c.vmo_create_child(it.vmo, 8, 0, PAGE)).unwrap();
    world.host(|c| c.handle_close(it.vmo)).unwrap();
    assert_eq!(it.asked(), None);
    world.host(|c| c.handle_close(slice)).unwrap();
    assert_eq!(it.asked(), Some(Asked::Complete));
    let vmo = world.host(|c| c.pager_create_vmo(it.pager, 0, it.port, 0, PAGE)).unwrap();
    world.host(|c| c.handle_close(vmo)).unwrap();
    assert_eq!(world.stats().packets, 1);
    world.host(|c| c.handle_close(it.pager)).unwrap();
    assert_eq!(world.stats().packets, 0);
}

#[test]
fn closing_the_pager_ends_waits_and_leaves_what_is_there() {
    let world = World::new();
    let it = Paged::new(&world, 2);
    it.supply(1, 1);
    assert_eq!(it.prefetch(0, 1, 1), Ok(true));
    world.host(|c| c.handle_close(it.pager)).unwrap();
    assert_eq!(world.events.waits(), [(1, Status::BAD_STATE, NONE)]);
    assert_eq!((it.asked(), it.byte(1)), (None, Ok(2)));
    assert_eq!(it.prefetch(0, 1, 1), Err(Status::BAD_STATE));
    world.host(|c| c.handle_close_many(&[it.vmo, it.port])).unwrap();
    assert_eq!(world.count(ObjectType::Vmo), 0);
}

#[test]
fn without_its_port_requests_wait_and_supplies_still_serve_them() {
    let world = World::new();
    let it = Paged::new(&world, 3);
    assert_eq!(it.prefetch(0, 1, 1), Ok(true));
    world.host(|c| c.handle_close(it.port)).unwrap();
    assert_eq!(it.prefetch(1, 1, 2), Ok(true));
    assert_eq!(it.prefetch(2, 1, 3), Ok(true));
    it.supply(1, 1);
    assert_eq!(world.events.waits(), [(2, Status::OK, NONE)]);
    it.supply(0, 1);
    it.detach();
    let waits = [(1, Status::OK, NONE), (3, Status::BAD_STATE, NONE)];
    assert_eq!(world.events.waits(), waits);
}

#[test]
fn shrinking_ends_what_waits_beyond_the_end() {
    let world = World::new();
    let it = Paged::with_options(&world, 4, VmoOptions::RESIZABLE.bits());
    assert_eq!(it.prefetch(0, 4, 1), Ok(true));
    assert_eq!(it.asked(), Some(Asked::Read(0, 4)));
    it.supply(2, 1);
    world.host(|c| c.vmo_set_size(it.vmo, PAGE)).unwrap();
    assert_eq!(world.events.waits(), []);
    it.supply(0, 1);
    assert_eq!(world.events.waits(), [(1, Status::OK, NONE)]);
    assert_eq!(it.try_supply(1, 1), Err(Status::OUT_OF_RANGE));
    assert_eq!(it.asked(), None);
    // What grows back is zero, and there.
    world.host(|c| c.vmo_set_size(it.vmo, 4 * PAGE)).unwrap();
    assert_eq!((it.byte(0), it.byte(2)), (Ok(1), Ok(0)));
}

#[test]
fn what_the_host_waits_for_stays_until_its_pages_are_there() {
    let world = World::new();
    let it = Paged::new(&world, 3);
    it.supply(1, 1);
    let clone = VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE.bits();
    let clone = world.host(|c| c.vmo_create_child(it.vmo, clone, 0, 3 * PAGE)).unwrap();
    let waits = world.host(|c| c.vmo_prefetch(clone, (0, 3 * PAGE), TIME_INFINITE, 7));
    assert_eq!((waits, it.asked()), (Ok(true), Some(Asked::Read(0, 1))));
    world.host(|c| c.handle_close(clone)).unwrap();
    it.supply(0, 1);
    assert_eq!((it.asked(), world.events.waits()), (Some(Asked::Read(2, 1)), vec![]));
    it.supply(2, 1);
    assert_eq!(world.events.waits(), [(7, Status::OK, NONE)]);
    it.finish();
    assert_eq!((world.count(ObjectType::Vmo), world.stats().waits), (0, 0));
}
