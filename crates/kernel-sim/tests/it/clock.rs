//! Clock objects.

use kernel_sim::{ClockUpdate, ClockUpdateVersion, WaitStart};
use zerocopy::FromBytes;
use zx_abi::{
    CLOCK_OPT_AUTO_START, CLOCK_OPT_BOOT, CLOCK_OPT_CONTINUOUS, CLOCK_OPT_MAPPABLE,
    CLOCK_OPT_MONOTONIC, CLOCK_UNKNOWN_ERROR, ClockDetails, ObjectType, Rights, Signals, Status,
    Syscall, TIME_INFINITE,
};

use crate::support::{Guest, PAGE, World, without};

const STARTED: Signals = Signals::CLOCK_STARTED;

fn clock(world: &World, options: u64) -> u32 {
    world.host(|c| c.clock_create(options, 0)).unwrap()
}

fn update(world: &World, clock: u32, change: ClockUpdate) -> Result<(), Status> {
    world.host(|c| c.clock_update(clock, change))
}

fn read(world: &World, clock: u32) -> i64 {
    world.host(|c| c.clock_read(clock)).unwrap()
}

fn set(value: i64) -> ClockUpdate {
    ClockUpdate { value: Some(value), version: ClockUpdateVersion::V1, ..ClockUpdate::default() }
}

fn rate(adjust: i32) -> ClockUpdate {
    ClockUpdate { rate_adjust: Some(adjust), ..ClockUpdate::default() }
}

#[test]
fn create_judges_its_options() {
    let world = World::null();
    let create = |options: u64, backstop: i64| world.host(|c| c.clock_create(options, backstop));
    let invalid = Err(Status::INVALID_ARGS);
    assert_eq!(create(32, 0), invalid);
    assert_eq!(create(CLOCK_OPT_CONTINUOUS, 0), invalid);
    assert_eq!(create(0, -1), invalid);
    assert_eq!(create(CLOCK_OPT_AUTO_START, world.now() + 1), invalid);
    assert_eq!(world.count(ObjectType::Clock), 0);
    let all = CLOCK_OPT_MONOTONIC | CLOCK_OPT_CONTINUOUS | CLOCK_OPT_AUTO_START | CLOCK_OPT_BOOT;
    let clock = create(all, world.now()).unwrap();
    assert_eq!(world.basic(clock).rights, 0xd0cf);
    let mappable = create(CLOCK_OPT_MAPPABLE, 0).unwrap();
    assert_eq!(world.basic(mappable).rights, 0xd0ef);
}

#[test]
fn a_clock_that_can_be_mapped_is_read_where_it_is() {
    let world = World::new();
    let before = world.stats();
    let guest = Guest::start(&world);
    let mapped = clock(&world, CLOCK_OPT_MAPPABLE);
    update(&world, mapped, set(5000)).unwrap();
    let vmar = world.host(|c| c.handle_duplicate(guest.root_vmar, 1 << 31)).unwrap();
    let vmar = u64::from(guest.receive(vmar));
    let plain = u64::from(guest.receive(clock(&world, 0)));
    let weak = world.host(|c| without(c, mapped, Rights::MAP));
    let (mapped, weak) = (u64::from(guest.receive(mapped)), u64::from(guest.receive(weak)));
    let map = |options, vmar, clock, len| {
        guest.call(Syscall::VmarMapClock, &[vmar, options, 0, clock, len, guest.at(0)])
    };
    for (options, vmar, clock, len, status) in [
        (3, 9, 9, PAGE, Status::INVALID_ARGS),
        (5, 9, 9, PAGE, Status::INVALID_ARGS),
        (1, 9, 9, 2 * PAGE, Status::INVALID_ARGS),
        (1, 9, 9, PAGE, Status::BAD_HANDLE),
        (1, 9, vmar, PAGE, Status::WRONG_TYPE),
        (1, 9, plain, PAGE, Status::INVALID_ARGS),
        (1, mapped, mapped, PAGE, Status::WRONG_TYPE),
        (1, vmar, weak, PAGE, Status::ACCESS_DENIED),
    ] {
        assert_eq!(map(options, vmar, clock, len), Err(status), "{options} {len:#x}");
    }
    assert_eq!(map(1, vmar, mapped, PAGE), Ok(()));
    let at = guest.long(0);
    world.clock.advance(7);
    // The mapping keeps the clock.
    guest.call(Syscall::HandleClose, &[mapped]).unwrap();
    guest.call(Syscall::HandleClose, &[weak]).unwrap();
    guest.call(Syscall::HandleClose, &[plain]).unwrap();
    assert_eq!(guest.call(Syscall::ClockReadMapped, &[at, guest.at(8)]), Ok(()));
    assert_eq!(guest.long(8), 5007);
    assert_eq!(guest.call(Syscall::ClockGetDetailsMapped, &[at, 1 << 58, guest.at(16)]), Ok(()));
    let details = guest.peek::<{ size_of::<ClockDetails>() }>(16);
    let details = ClockDetails::read_from_bytes(&details).unwrap();
    assert_eq!(details.options, CLOCK_OPT_MAPPABLE);
    for garbage in [0, at + 8, guest.at(0), guest.unmapped(), u64::MAX] {
        let read = guest.call(Syscall::ClockReadMapped, &[garbage, guest.at(8)]);
        assert_eq!(read, Err(Status::INVALID_ARGS), "{garbage:#x}");
    }
    guest.call(Syscall::VmarUnmap, &[vmar, at, PAGE]).unwrap();
    assert_eq!(world.count(ObjectType::Clock), 0);
    guest.finish();
    assert_eq!(world.stats().handles, before.handles);
}

#[test]
fn a_stopped_clock_shows_its_backstop() {
    let world = World::null();
    let clock = world.host(|c| c.clock_create(0, 500)).unwrap();
    world.clock.advance(1000);
    assert_eq!((read(&world, clock), world.signals(clock)), (500, Signals::empty()));
    assert_eq!(update(&world, clock, rate(1)), Err(Status::BAD_STATE));
    assert_eq!(update(&world, clock, set(499)), Err(Status::INVALID_ARGS));
    assert_eq!(world.signals(clock), Signals::empty());
    update(&world, clock, set(500)).unwrap();
    world.clock.advance(7);
    assert_eq!((read(&world, clock), world.signals(clock)), (507, STARTED));
}

#[test]
fn an_auto_started_clock_is_its_reference() {
    let world = World::null();
    let clock = clock(&world, CLOCK_OPT_AUTO_START);
    assert_eq!(world.signals(clock), STARTED);
    world.clock.advance(12345);
    assert_eq!(read(&world, clock), world.now());
}

#[test]
fn the_rate_is_in_millionths_within_a_thousand() {
    let world = World::null();
    let clock = clock(&world, CLOCK_OPT_AUTO_START);
    for adjust in [-1001, 1001] {
        assert_eq!(update(&world, clock, rate(adjust)), Err(Status::INVALID_ARGS));
    }
    for adjust in [1000, -1000] {
        let before = read(&world, clock);
        update(&world, clock, rate(adjust)).unwrap();
        world.clock.advance(1_000_000);
        assert_eq!(read(&world, clock) - before, 1_000_000 + i64::from(adjust));
    }
}

#[test]
fn updates_pulse_their_signal() {
    let world = World::null();
    let clock = clock(&world, 0);
    let updated = Signals::CLOCK_UPDATED;
    world.host(|c| c.object_wait_one(clock, updated, TIME_INFINITE, 1)).unwrap();
    update(&world, clock, set(10)).unwrap();
    assert_eq!(world.events.waits(), [(1, Status::OK, STARTED | updated)]);
    assert_eq!(world.signals(clock), STARTED);
    let again = world.host(|c| c.object_wait_one(clock, updated, TIME_INFINITE, 2));
    assert_eq!(again, Ok(WaitStart::Pending));
    let error = ClockUpdate { error_bound: Some(3), ..ClockUpdate::default() };
    update(&world, clock, error).unwrap();
    assert_eq!(world.events.waits(), [(2, Status::OK, STARTED | updated)]);
}

#[test]
fn update_judges_arguments_then_handle_then_clock() {
    let world = World::null();
    let clock = clock(&world, CLOCK_OPT_AUTO_START);
    let invalid = Err(Status::INVALID_ARGS);
    assert_eq!(update(&world, 9, ClockUpdate::default()), invalid);
    assert_eq!(update(&world, 9, rate(1001)), invalid);
    let moment = ClockUpdate { reference: Some(1), ..ClockUpdate::default() };
    assert_eq!(update(&world, 9, moment), Err(Status::BAD_HANDLE));
    let fixed = world.host(|c| without(c, clock, Rights::WRITE));
    assert_eq!(update(&world, fixed, set(1)), Err(Status::ACCESS_DENIED));
    let unreadable = world.host(|c| without(c, clock, Rights::READ));
    assert_eq!(world.host(|c| c.clock_read(unreadable)), Err(Status::ACCESS_DENIED));
    assert_eq!(update(&world, clock, moment), invalid);
    assert_eq!(update(&world, clock, ClockUpdate { reference: Some(1), ..set(1) }), invalid);
}

#[test]
fn monotonic_clocks_do_not_go_back_and_continuous_ones_do_not_jump() {
    let world = World::null();
    let monotonic = clock(&world, CLOCK_OPT_MONOTONIC);
    let continuous = clock(&world, CLOCK_OPT_MONOTONIC | CLOCK_OPT_CONTINUOUS);
    let invalid = Err(Status::INVALID_ARGS);
    for clock in [monotonic, continuous] {
        update(&world, clock, set(1000)).unwrap();
    }
    assert_eq!(update(&world, monotonic, set(999)), invalid);
    assert_eq!(update(&world, monotonic, set(1000)), Ok(()));
    assert_eq!(update(&world, continuous, set(2000)), invalid);
    // Version 2 sets a monotonic clock for a moment only, and not with its rate.
    let v2 = ClockUpdate { version: ClockUpdateVersion::V2, ..set(2000) };
    assert_eq!(update(&world, monotonic, v2), invalid);
    let placed = ClockUpdate { reference: Some(world.now()), ..v2 };
    assert_eq!(update(&world, monotonic, ClockUpdate { rate_adjust: Some(1), ..placed }), invalid);
    assert_eq!(update(&world, monotonic, placed), Ok(()));
    assert_eq!(read(&world, monotonic), 2000);
    assert_eq!(update(&world, continuous, rate(5)), Ok(()));
}

#[test]
fn a_moment_in_the_past_counts_from_there() {
    let world = World::null();
    let clock = clock(&world, 0);
    world.clock.advance(99);
    let change = ClockUpdate { value: Some(1000), reference: Some(40), ..ClockUpdate::default() };
    update(&world, clock, change).unwrap();
    assert_eq!(read(&world, clock), 1060);
}

#[test]
fn details_tell_every_update() {
    let world = World::null();
    let clock = world.host(|c| c.clock_create(CLOCK_OPT_MONOTONIC, 5)).unwrap();
    let details = || world.host(|c| c.clock_get_details(clock)).unwrap();
    assert_eq!((details().error_bound, details().generation_counter), (CLOCK_UNKNOWN_ERROR, 0));
    assert_eq!(details().reference_to_synthetic.synthetic_ticks, 0);
    world.clock.advance(9);
    update(&world, clock, set(100)).unwrap();
    world.clock.advance(10);
    update(&world, clock, ClockUpdate { error_bound: Some(6), ..ClockUpdate::default() }).unwrap();
    let told = details();
    assert_eq!((told.options, told.backstop_time), (CLOCK_OPT_MONOTONIC, 5));
    assert_eq!((told.last_value_update_ticks, told.last_rate_adjust_update_ticks), (10, 10));
    assert_eq!((told.last_error_bounds_update_ticks, told.error_bound), (20, 6));
    assert_eq!((told.query_ticks, told.generation_counter), (20, 4));
    let line = told.reference_to_synthetic;
    assert_eq!((line.reference_offset, line.synthetic_offset), (10, 100));
    assert_eq!((line.synthetic_ticks, line.reference_ticks), (1, 1));
}

#[test]
fn guests_create_set_and_read_clocks() {
    let world = World::new();
    let guest = Guest::start(&world);
    let version = |version: u64| version << 58;
    guest.poke(64, &7i64.to_le_bytes());
    let create = [version(1), guest.at(64), guest.at(0)];
    let clock = u64::from(guest.create(Syscall::ClockCreate, &create).unwrap());
    let read = || {
        guest.call(Syscall::ClockRead, &[clock, guest.at(8)]).unwrap();
        guest.long(8)
    };
    assert_eq!(read(), 7);
    let invalid = Err(Status::INVALID_ARGS);
    assert_eq!(guest.call(Syscall::ClockCreate, &[0, guest.at(64), guest.at(0)]), invalid);
    assert_eq!(guest.call(Syscall::ClockCreate, &[version(2), 0, guest.at(0)]), invalid);
    assert_eq!(guest.call(Syscall::ClockUpdate, &[clock, version(1) | 1, 0]), invalid);
    assert_eq!(guest.call(Syscall::ClockUpdate, &[clock, version(3) | 1, guest.at(64)]), invalid);
    assert_eq!(guest.call(Syscall::ClockUpdate, &[clock, version(1), guest.at(64)]), invalid);
    assert_eq!(guest.call(Syscall::ClockUpdate, &[clock, version(1) | 16, guest.at(64)]), invalid);
    // Version 1: rate, padding, value, error bound.
    guest.poke_words(64, &[0, 0, 1000, 0, 0, 0]);
    guest.call(Syscall::ClockUpdate, &[clock, version(1) | 1, guest.at(64)]).unwrap();
    assert_eq!(read(), 1000);
    // Version 2: rate, padding, value, reference, error bound.
    let now = world.now() as u32;
    guest.poke_words(64, &[0, 0, 5000, 0, now, 0, 9, 0]);
    guest.call(Syscall::ClockUpdate, &[clock, version(2) | 13, guest.at(64)]).unwrap();
    assert_eq!(read(), 5000);
    let details = [clock, version(1), guest.at(64)];
    guest.call(Syscall::ClockGetDetails, &details).unwrap();
    let told = ClockDetails::read_from_bytes(&guest.peek::<112>(64)).unwrap();
    assert_eq!((told.error_bound, told.generation_counter), (9, 4));
    assert_eq!(guest.call(Syscall::ClockGetDetails, &[clock, 0, guest.at(64)]), invalid);
    assert_eq!(guest.call(Syscall::ClockGetDetails, &[clock, version(1), 0]), invalid);
    guest.finish();
}
