//! Memory that becomes real where a guest accesses it, and what is charged for it.

use std::sync::atomic::Ordering;

use kernel_sim::{ExceptionOutcome, ExceptionReport, Item, KernelEntry, Koid, SyscallOutcome};
use zx_abi::{
    EXCP_FATAL_PAGE_FAULT, Status, Syscall, TASK_RETCODE_EXCEPTION_KILL, TASK_RETCODE_OOM_KILL,
    VmOptions, VmoOp, VmoOptions, X86_64Registers,
};

use crate::support::{Guest, Order, PAGE, READ, SPECIFIC, WRITE, World, vmo_info};

/// What a mapping may add to be real at once, and what becomes real at a place at least.
const SMALL: u64 = 64 * PAGE;
const LEAST: u64 = 16 * PAGE;

const READS: u64 = 4;
const WRITES: u64 = 6;
const EXECUTES: u64 = 0x14;

fn report(address: u64, access: u64) -> ExceptionReport {
    ExceptionReport {
        kind: EXCP_FATAL_PAGE_FAULT,
        vector: 14,
        error_code: access,
        fault_address: address,
        synth_code: 0,
        synth_data: 0,
        registers: X86_64Registers::default().into(),
    }
}

/// Where an order maps something in a process.
fn mapped(order: &Order, koid: Koid) -> (u64, u64) {
    match order {
        Order::Map { process, place } if *process == koid => (place.base, place.len),
        other => panic!("{other:?}"),
    }
}

/// A guest in a job of its own.
struct Faulting<'a> {
    world: &'a World,
    job: u32,
    guest: Guest<'a>,
}

impl<'a> Faulting<'a> {
    fn new(world: &'a World) -> Self {
        let root = world.root_job();
        let job = world.host(|c| c.job_create(root, 0)).unwrap();
        let guest = Guest::start_in(world, job, 0);
        world.machine.orders();
        Self { world, job, guest }
    }

    /// Bytes that are charged to the job.
    fn used(&self) -> u64 {
        self.world.host(|c| c.job_accounts(self.job)).unwrap().1[Item::Memory]
    }

    /// Lets it have so many bytes more.
    fn allow(&self, more: u64) {
        let limit = self.used() + more;
        self.world.host(|c| c.job_set_limits(self.job, &[(Item::Memory, limit)])).unwrap();
    }

    /// A VMO of the guest's, in the host's table.
    fn vmo(&self, size: u64, options: VmoOptions) -> u32 {
        let world = self.world;
        let context = world.host(|c| c.context_create(self.job, b"maker")).unwrap();
        world.as_process(context, |c| {
            let vmo = c.vmo_create(size, options.bits()).unwrap();
            c.handle_transfer(vmo, world.kernel.host()).unwrap()
        })
    }

    fn map(&self, vmo: u32, permissions: u32, offset: u64, len: u64) -> u64 {
        let options = permissions | VmOptions::ALLOW_FAULTS.bits();
        let vmar = self.guest.root_vmar;
        self.world.host(|c| c.vmar_map(vmar, options, 0, vmo, offset, len)).unwrap()
    }

    /// A gigabyte, which can be written, and where it is mapped. Nothing of it is real.
    fn lazy(&self) -> (u32, u64) {
        let vmo = self.vmo(1 << 30, VmoOptions::empty());
        let base = self.map(vmo, READ | WRITE, 0, 1 << 30);
        self.world.machine.orders();
        (vmo, base)
    }

    fn fault(&self, address: u64, access: u64) -> ExceptionOutcome {
        let Guest { koid, thread_koid, .. } = self.guest;
        self.world.kernel.exception(koid, thread_koid, report(address, access))
    }

    /// Accesses an address: the range that becomes real.
    fn touch(&self, address: u64, access: u64) -> (u64, u64) {
        let pieces = self.touch_pieces(address, access);
        let [piece] = pieces.as_slice() else { panic!("{pieces:?}") };
        *piece
    }

    /// Accesses an address: the ranges that become real.
    fn touch_pieces(&self, address: u64, access: u64) -> Vec<(u64, u64)> {
        assert_eq!(self.fault(address, access), ExceptionOutcome::Resume);
        let orders = self.world.machine.orders();
        orders.iter().map(|order| mapped(order, self.guest.koid)).collect()
    }

    /// Accesses an address, which ends the guest: why, by the synthetic code.
    fn dies_of(&self, address: u64, access: u64) -> Status {
        assert_eq!(self.fault(address, access), ExceptionOutcome::Stopped);
        self.guest.gone();
        let report = self.world.host(|c| c.process_crash_report(self.guest.process));
        assert_eq!(self.guest.info().return_code, TASK_RETCODE_EXCEPTION_KILL);
        Status::from_raw(report.unwrap().unwrap().exception.synth_code as i32)
    }
}

#[test]
fn what_is_small_is_real_at_once_and_what_is_large_where_it_is_accessed() {
    let world = World::new();
    let it = Faulting::new(&world);
    let before = it.used();
    let small = it.vmo(SMALL, VmoOptions::empty());
    it.map(small, READ | WRITE, 0, SMALL);
    let orders = world.machine.orders();
    let [Order::Map { place, .. }] = orders.as_slice() else { panic!("{orders:?}") };
    assert_eq!(place.permissions, VmOptions::PERM_READ | VmOptions::PERM_WRITE);
    assert_eq!(it.used(), before + SMALL);
    let large = it.vmo(SMALL + PAGE, VmoOptions::empty());
    let base = it.map(large, READ | WRITE, 0, SMALL + PAGE);
    assert_eq!(world.machine.orders(), []);
    assert_eq!(it.used(), before + SMALL);
    assert_eq!(it.touch(base + 5, WRITES), (base, LEAST));
    assert_eq!(it.used(), before + SMALL + LEAST);
}

#[test]
fn a_fault_that_no_page_mends_says_why() {
    let world = World::new();
    for (access, at, status) in [
        (WRITES, 0, Status::ACCESS_DENIED),
        (EXECUTES, 0, Status::ACCESS_DENIED),
        (READS, SMALL, Status::OUT_OF_RANGE),
        (WRITES, SMALL, Status::ACCESS_DENIED),
        (READS, 2 * SMALL, Status::NOT_FOUND),
    ] {
        let it = Faulting::new(&world);
        let vmo = it.vmo(SMALL, VmoOptions::empty());
        let base = it.map(vmo, READ, 0, 2 * SMALL);
        assert_eq!(it.dies_of(base + at, access), status, "{access} {at}");
        it.guest.finish();
    }
}

#[test]
fn who_goes_on_gets_more_each_time_in_either_direction() {
    let world = World::new();
    let it = Faulting::new(&world);
    let size = 64 * SMALL;
    for down in [false, true] {
        let vmo = it.vmo(size, VmoOptions::empty());
        let base = it.map(vmo, READ | WRITE, 0, size);
        world.machine.orders();
        let mut faults = 0;
        let mut real = 0;
        while real < size {
            let at = if down { size - real - 8 } else { real };
            let (start, len) = it.touch(base + at, WRITES);
            let next = if down { size - real - len } else { real };
            assert_eq!(start - base, next);
            real += len;
            faults += 1;
        }
        // 64 KiB, twice as much each time: 16 MiB.
        assert_eq!(faults, 9);
    }
}

#[test]
fn far_apart_little_becomes_real_and_more_after_many_times() {
    let world = World::new();
    let it = Faulting::new(&world);
    let size = 1 << 40;
    let vmo = it.vmo(size, VmoOptions::empty());
    let base = it.map(vmo, READ, 0, size);
    world.machine.orders();
    let mut places = 1..512;
    let before = it.used();
    for (times, at_once) in [(64, 1), (64, 2), (64, 4), (64, 8), (100, 16)] {
        for _ in 0..times {
            let place = places.next().unwrap() << 31;
            let (start, len) = it.touch(base + place + 3 * PAGE, READS);
            assert_eq!((start, len), (base + place, at_once * LEAST));
        }
    }
    assert_eq!(it.used() - before, (64 * 15 + 100 * 16) * LEAST);
    // Where there is less room than is used already, as little as at first.
    it.allow(it.used() - 1);
    assert_eq!(it.touch(base + (511 << 31), READS), (base + (511 << 31), LEAST));
    it.allow(it.used());
    assert_eq!(it.touch(base, READS), (base, 16 * LEAST));
    world.host(|c| assert_eq!(vmo_info(c, vmo).v1.committed_bytes, 0));
}

#[test]
fn who_has_accessed_memory_far_apart_gets_larger_mappings_at_once_while_there_is_room() {
    for (times, at_once) in [(63, SMALL), (64, 2 * SMALL), (256, 16 * SMALL), (500, 16 * SMALL)] {
        let world = World::new();
        let it = Faulting::new(&world);
        let (vmo, size) = (it.vmo(1 << 40, VmoOptions::empty()), 1 << 40);
        let base = it.map(vmo, READ, 0, size);
        for place in 1..=times {
            it.touch(base + (place << 31), READS);
        }
        let is_at_once = |size: u64, options: VmoOptions| {
            it.map(it.vmo(size, options), READ | WRITE, 0, size);
            let orders = world.machine.orders();
            let shown: Vec<_> = orders.iter().map(|order| mapped(order, it.guest.koid).1).collect();
            assert!(shown.is_empty() || shown == [size], "{shown:?}");
            !shown.is_empty()
        };
        for options in [VmoOptions::empty(), VmoOptions::RESIZABLE] {
            assert!(is_at_once(at_once, options));
            assert!(!is_at_once(at_once + PAGE, options));
        }
        // Where there is less room than is used already, no more than at first.
        it.allow(it.used() - 1);
        assert!(is_at_once(SMALL, VmoOptions::empty()));
        assert!(!is_at_once(SMALL + PAGE, VmoOptions::empty()));
    }
}

#[test]
fn at_the_limit_the_last_page_is_there_and_the_next_ends_the_guest_for_want_of_memory() {
    let world = World::new();
    let it = Faulting::new(&world);
    let (_, base) = it.lazy();
    it.allow(LEAST + 2 * PAGE);
    assert_eq!(it.touch(base, WRITES), (base, LEAST));
    // Where there is no room for more, single pages.
    assert_eq!(it.touch(base + LEAST, WRITES), (base + LEAST, PAGE));
    assert_eq!(it.touch(base + LEAST + PAGE, WRITES), (base + LEAST + PAGE, PAGE));
    let code = it.dies_of(base + LEAST + 2 * PAGE, WRITES);
    assert_eq!(code, Status::NO_MEMORY);
    let report = world.host(|c| c.process_crash_report(it.guest.process)).unwrap().unwrap();
    assert!(report.to_string().ends_with(": no memory is left for it"), "{report}");
}

#[test]
fn an_access_that_the_mapping_does_not_allow_is_no_want_of_memory() {
    let world = World::new();
    for (permissions, access) in [(READ, WRITES), (READ | WRITE, 0x14), (0, READS)] {
        let it = Faulting::new(&world);
        let vmo = it.vmo(1 << 30, VmoOptions::empty());
        let base = it.map(vmo, permissions, 0, 1 << 30);
        it.allow(0);
        assert_eq!(it.dies_of(base, access), Status::ACCESS_DENIED);
    }
}

#[test]
fn a_thread_that_faults_where_it_is_real_may_try_again_once() {
    let world = World::new();
    let it = Faulting::new(&world);
    let (_, base) = it.lazy();
    it.touch(base, WRITES);
    // Another thread was faster.
    for address in [base, base + 1, base] {
        assert_eq!(it.fault(address, WRITES), ExceptionOutcome::Resume);
        assert_eq!(world.machine.orders(), []);
    }
    // Something else was unmapped meanwhile: it may be another time.
    let other = it.vmo(PAGE, VmoOptions::empty());
    let place = it.map(other, READ, 0, PAGE);
    world.host(|c| c.vmar_unmap(it.guest.root_vmar, place, PAGE)).unwrap();
    assert_eq!(it.fault(base, WRITES), ExceptionOutcome::Resume);
    assert_eq!(it.dies_of(base, WRITES), Status::ACCESS_DENIED);
}

#[test]
fn whose_call_needs_the_reserve_is_killed_for_want_of_memory() {
    let world = World::new();
    let guest = Guest::start(&world);
    world.machine.orders();
    guest.call(Syscall::HandleClose, &[0]).unwrap();
    world.machine.is_short.store(true, Ordering::Relaxed);
    assert_eq!(guest.enter(Syscall::HandleClose, &[0]), SyscallOutcome::Blocked);
    assert_eq!(world.machine.orders(), [Order::Kill { process: guest.koid }]);
    guest.gone();
    assert_eq!(guest.info().return_code, TASK_RETCODE_OOM_KILL);
    guest.finish();
}

#[test]
fn two_processes_that_map_one_vmo_pay_once() {
    let world = World::new();
    let it = Faulting::new(&world);
    let second = Guest::start_in(&world, it.job, 0);
    let vmo = it.vmo(1 << 30, VmoOptions::empty());
    let base = it.map(vmo, READ | WRITE, 0, 1 << 30);
    let options = READ | WRITE;
    let there = world.host(|c| c.vmar_map(second.root_vmar, options, 0, vmo, 0, 1 << 30)).unwrap();
    world.machine.orders();
    let before = it.used();
    it.touch(base + 8 * LEAST, WRITES);
    assert_eq!(it.used() - before, LEAST);
    let fault = report(there + 9 * LEAST - 8, READS);
    let outcome = world.kernel.exception(second.koid, second.thread_koid, fault);
    assert_eq!(outcome, ExceptionOutcome::Resume);
    let orders = world.machine.orders();
    let [order] = orders.as_slice() else { panic!("{orders:?}") };
    assert_eq!(mapped(order, second.koid), (there + 8 * LEAST, LEAST));
    assert_eq!(it.used() - before, LEAST);
}

#[test]
fn what_a_call_writes_is_charged_and_becomes_real_for_nothing() {
    let world = World::new();
    let it = Faulting::new(&world);
    let (vmo, base) = it.lazy();
    it.allow(2 * PAGE);
    let before = it.used();
    let at = base + 7 * PAGE - 4;
    world.host(|c| c.vmo_write(vmo, 7 * PAGE - 4, &[1; 8])).unwrap();
    assert_eq!(it.used() - before, 2 * PAGE);
    assert_eq!(it.touch(at, READS), (base + 6 * PAGE, 2 * PAGE));
    assert_eq!(it.used() - before, 2 * PAGE);
    let full = it.guest.call(Syscall::CprngDrawOnce, &[base, 8]);
    assert_eq!(full, Err(Status::NO_MEMORY));
    assert_eq!(it.guest.call(Syscall::CprngDrawOnce, &[at, 8]), Ok(()));
}

#[test]
fn what_is_real_is_not_mapped_again() {
    let world = World::new();
    let it = Faulting::new(&world);
    let (vmo, base) = it.lazy();
    it.touch(base + LEAST, WRITES);
    world.host(|c| c.vmo_op_range(vmo, VmoOp::Commit as u32, 0, 3 * LEAST)).unwrap();
    let around = [(base, LEAST), (base + 2 * LEAST, LEAST)];
    assert_eq!(it.touch_pieces(base, WRITES), around);
}

#[test]
fn permissions_change_where_it_is_real_and_later_elsewhere() {
    let world = World::new();
    let it = Faulting::new(&world);
    let (_, base) = it.lazy();
    it.touch(base, WRITES);
    it.touch(base + 4 * LEAST, WRITES);
    world.host(|c| c.vmar_protect(it.guest.root_vmar, READ, base, 1 << 30)).unwrap();
    let places = world.machine.orders().into_iter().map(|order| match order {
        Order::Protect { base: at, len, permissions, .. } => (at - base, len, permissions),
        other => panic!("{other:?}"),
    });
    let read = VmOptions::PERM_READ;
    assert_eq!(places.collect::<Vec<_>>(), [(0, LEAST, read), (4 * LEAST, LEAST, read)]);
    // What becomes real from now on can be read.
    assert_eq!(it.fault(base + 8 * LEAST, READS), ExceptionOutcome::Resume);
    let orders = world.machine.orders();
    let [Order::Map { place, .. }] = orders.as_slice() else { panic!("{orders:?}") };
    assert_eq!(place.permissions, read);
    assert_eq!(it.dies_of(base + 12 * LEAST, WRITES), Status::ACCESS_DENIED);
}

#[test]
fn what_is_mapped_anew_is_not_real() {
    let world = World::new();
    let it = Faulting::new(&world);
    let vmo = it.vmo(1 << 30, VmoOptions::empty());
    let base = it.map(vmo, READ, 0, 1 << 30);
    world.machine.orders();
    it.touch(base, READS);
    world.host(|c| {
        c.vmar_unmap(it.guest.root_vmar, base, PAGE).unwrap();
        let offset = base - zx_abi::Arch::X86_64.user_base(zx_abi::Abi::default());
        let options = READ | SPECIFIC;
        c.vmar_map(it.guest.root_vmar, options, offset, vmo, SMALL * 4, SMALL * 2)
            .expect_err("only a page is free");
        c.vmar_map(it.guest.root_vmar, options, offset, vmo, 0, PAGE).unwrap();
    });
    let orders = world.machine.orders();
    let [Order::Unmap { .. }, Order::Map { place, .. }] = orders.as_slice() else {
        panic!("{orders:?}")
    };
    // It is charged already, so that it is real at once.
    assert_eq!((place.base, place.permissions), (base, VmOptions::PERM_READ));
}

#[test]
fn beyond_the_end_nothing_becomes_real_until_there_is_something() {
    let world = World::new();
    let it = Faulting::new(&world);
    let koid = it.guest.koid;
    let vmo = it.vmo(2 * PAGE, VmoOptions::RESIZABLE);
    let before = it.used();
    let base = it.map(vmo, READ | WRITE, 0, 8 * PAGE);
    let orders = world.machine.orders();
    assert_eq!(orders.iter().map(|it| mapped(it, koid)).collect::<Vec<_>>(), [(base, 2 * PAGE)]);
    assert_eq!(it.used() - before, 2 * PAGE);
    world.host(|c| c.vmo_set_size(vmo, 3 * PAGE)).unwrap();
    assert_eq!(it.touch(base + 2 * PAGE, WRITES), (base + 2 * PAGE, PAGE));
    assert_eq!(it.used() - before, 3 * PAGE);
    // What shrinks stays charged while it may be seen again.
    world.host(|c| c.vmo_set_size(vmo, PAGE)).unwrap();
    world.host(|c| c.vmo_set_size(vmo, 3 * PAGE)).unwrap();
    assert_eq!(it.used() - before, 3 * PAGE);
    assert_eq!(it.dies_of(base + 3 * PAGE, WRITES), Status::OUT_OF_RANGE);
}

#[test]
fn of_what_may_grow_as_much_is_real_at_once_as_of_what_may_not() {
    let world = World::new();
    let it = Faulting::new(&world);
    let before = it.used();
    let small = it.vmo(SMALL, VmoOptions::RESIZABLE);
    let base = it.map(small, READ | WRITE, 0, SMALL);
    let orders = world.machine.orders();
    let [Order::Map { place, .. }] = orders.as_slice() else { panic!("{orders:?}") };
    assert_eq!((place.base, place.len), (base, SMALL));
    assert_eq!(it.used(), before + SMALL);
    let large = it.vmo(SMALL + PAGE, VmoOptions::RESIZABLE);
    it.map(large, READ | WRITE, 0, SMALL + PAGE);
    assert_eq!(world.machine.orders(), []);
    assert_eq!(it.used(), before + SMALL);
    // Without room for it, it is as what is large.
    it.allow(PAGE);
    let other = it.vmo(2 * PAGE, VmoOptions::RESIZABLE);
    let base = it.map(other, READ | WRITE, 0, 2 * PAGE);
    assert_eq!(world.machine.orders(), []);
    assert_eq!(it.touch(base, WRITES), (base, PAGE));
    assert_eq!(it.dies_of(base + PAGE, WRITES), Status::NO_MEMORY);
}

#[test]
fn pages_are_refunded_once_no_mapping_shows_them() {
    let world = World::new();
    let it = Faulting::new(&world);
    let vmo = it.vmo(SMALL, VmoOptions::empty());
    let before = it.used();
    let base = it.map(vmo, READ | WRITE, 0, SMALL);
    let decommit = |len| {
        world.host(|c| c.vmo_op_range(vmo, VmoOp::Decommit as u32, 0, len)).unwrap();
        it.used() - before
    };
    assert_eq!(decommit(SMALL), SMALL);
    world.host(|c| c.vmar_unmap(it.guest.root_vmar, base, SMALL)).unwrap();
    assert_eq!(decommit(PAGE), SMALL - PAGE);
    world.host(|c| c.handle_close(vmo)).unwrap();
    assert_eq!(it.used(), before);
}

#[test]
fn the_end_of_a_guest_refunds_all_that_was_its() {
    let world = World::new();
    let it = Faulting::new(&world);
    let vmo = it.vmo(1 << 30, VmoOptions::empty());
    let base = it.map(vmo, READ | WRITE, 0, 1 << 30);
    world.host(|c| c.handle_close(vmo)).unwrap();
    world.machine.orders();
    it.touch(base, WRITES);
    it.guest.enter(Syscall::ProcessExit, &[0]);
    let Faulting { job, guest, .. } = it;
    guest.finish();
    assert_eq!(world.host(|c| c.job_accounts(job)).unwrap().1[Item::Memory], 0);
}
