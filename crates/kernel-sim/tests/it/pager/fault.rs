//! Accesses of guests to pages that are not there.

use kernel_sim::{ExceptionOutcome, KernelEntry};
use zx_abi::{
    INFO_VMAR, InfoVmar, Status, TASK_RETCODE_EXCEPTION_KILL, TASK_RETCODE_SYSCALL_KILL,
    ThreadState, VmOptions, VmoOptions,
};

use super::{Asked, Paged};
use crate::support::{Guest, Order, PAGE, READ, Thread, WRITE, World, fault, info, thread_state};

const READS: u64 = 4;
const WRITES: u64 = 6;

/// A guest that has mapped a VMO.
pub struct Mapped<'a> {
    pub world: &'a World,
    pub guest: Guest<'a>,
    pub base: u64,
}

impl<'a> Mapped<'a> {
    pub fn new(world: &'a World, vmo: u32, pages: u64) -> Self {
        let guest = Guest::start(world);
        let base = Self::map(world, &guest, vmo, pages);
        world.machine.orders();
        Self { world, guest, base }
    }

    pub fn map(world: &World, guest: &Guest<'_>, vmo: u32, pages: u64) -> u64 {
        let options = READ | WRITE | VmOptions::ALLOW_FAULTS.bits();
        world.host(|c| c.vmar_map(guest.root_vmar, options, 0, vmo, 0, pages * PAGE)).unwrap()
    }

    fn access(&self, page: u64, access: u64) -> ExceptionOutcome {
        let mut report = fault(self.base + page * PAGE + 8);
        report.error_code = access;
        self.world.kernel.exception(self.guest.koid, self.guest.thread_koid, report)
    }

    pub fn read(&self, page: u64) -> ExceptionOutcome {
        self.access(page, READS)
    }

    pub fn write(&self, page: u64) -> ExceptionOutcome {
        self.access(page, WRITES)
    }

    /// What the machine was told about mappings, in pages from the base: first page, count, permissions,
    /// which are 0 for what is not there any more.
    pub fn shown(&self) -> Vec<(u64, u64, u32)> {
        let page = |address: u64| (address - self.base) / PAGE;
        let mut shown: Vec<(u64, u64, u32)> = Vec::new();
        for order in self.world.machine.orders() {
            let now = match order {
                Order::Unmap { base, len, .. } => (page(base), len / PAGE, 0),
                Order::Protect { base, len, permissions, .. } => {
                    (page(base), len / PAGE, permissions.bits())
                }
                Order::Map { place, .. } => {
                    (page(place.base), place.len / PAGE, place.permissions.bits())
                }
                _ => continue,
            };
            // What replaces another mapping.
            shown.pop_if(|last| (last.0, last.1, last.2) == (now.0, now.1, 0));
            shown.push(now);
        }
        shown
    }

    fn went_on(&self) -> bool {
        let gone_on =
            Order::ResumeException { process: self.guest.koid, thread: self.guest.thread_koid };
        self.world.machine.orders().contains(&gone_on)
    }

    /// Ends as by an access that failed: the synthetic code.
    pub fn died(self) -> u32 {
        self.guest.gone();
        let report = self.world.host(|c| c.process_crash_report(self.guest.process));
        assert_eq!(self.guest.info().return_code, TASK_RETCODE_EXCEPTION_KILL);
        let code = report.unwrap().unwrap().exception.synth_code;
        self.guest.finish();
        code
    }
}

fn code(status: Status) -> u32 {
    status.into_raw() as u32
}

#[test]
fn a_thread_waits_for_the_page_that_it_reads() {
    let world = World::new();
    let it = Paged::new(&world, 4);
    let program = Mapped::new(&world, it.vmo, 4);
    assert_eq!(program.read(1), ExceptionOutcome::Stopped);
    assert_eq!(thread_state(&world, program.guest.thread), ThreadState::BlockedPager as u32);
    assert_eq!((it.asked(), it.asked()), (Some(Asked::Read(1, 1)), None));
    it.supply(0, 4);
    assert_eq!(thread_state(&world, program.guest.thread), ThreadState::Running as u32);
    // It may read what lies behind, and asks before it writes.
    assert_eq!(program.shown(), [(1, 3, READ)]);
    assert_eq!(program.write(2), ExceptionOutcome::Resume);
    assert_eq!(program.shown(), [(2, 1, READ | WRITE)]);
    program.guest.finish();
    it.finish();
    assert_eq!(world.stats().waits, 0);
}

#[test]
fn threads_that_wait_for_one_page_all_go_on() {
    let world = World::new();
    let it = Paged::new(&world, 1);
    let program = Mapped::new(&world, it.vmo, 1);
    let threads: Vec<_> = (0..3).map(|_| Thread::start(&world, &program.guest)).collect();
    assert_eq!(program.read(0), ExceptionOutcome::Stopped);
    for thread in &threads {
        let outcome = world.kernel.exception(thread.process, thread.koid, fault(program.base));
        assert_eq!(outcome, ExceptionOutcome::Stopped);
    }
    assert_eq!((it.asked(), it.asked()), (Some(Asked::Read(0, 1)), None));
    world.machine.orders();
    it.supply(0, 1);
    let orders = world.machine.orders();
    let gone_on =
        orders.iter().filter(|order| matches!(order, Order::ResumeException { .. })).count();
    assert_eq!(gone_on, 4);
}

#[test]
fn a_page_that_does_not_come_ends_the_program_and_says_why() {
    let world = World::new();
    for status in [Status::IO, Status::BAD_STATE] {
        let it = Paged::new(&world, 2);
        let program = Mapped::new(&world, it.vmo, 2);
        assert_eq!(program.read(0), ExceptionOutcome::Stopped);
        if status == Status::IO {
            it.fail(0, 1, status).unwrap()
        } else {
            it.detach()
        }
        assert_eq!(program.died(), code(status));
        it.finish();
    }
    // After the detach too.
    let it = Paged::new(&world, 1);
    let program = Mapped::new(&world, it.vmo, 1);
    it.supply(0, 1);
    assert_eq!(program.read(0), ExceptionOutcome::Resume);
    program.shown();
    it.detach();
    assert_eq!(program.shown(), [(0, 1, 0)]);
    assert_eq!(program.read(0), ExceptionOutcome::Stopped);
    assert_eq!(program.died(), code(Status::BAD_STATE));
    let it = Paged::with_options(&world, 1, VmoOptions::RESIZABLE.bits());
    let program = Mapped::new(&world, it.vmo, 1);
    assert_eq!(program.read(0), ExceptionOutcome::Stopped);
    world.host(|c| c.vmo_set_size(it.vmo, 0)).unwrap();
    assert_eq!(program.died(), code(Status::OUT_OF_RANGE));
    // Nor does one after five minutes.
    let it = Paged::new(&world, 1);
    let program = Mapped::new(&world, it.vmo, 1);
    assert_eq!(program.read(0), ExceptionOutcome::Stopped);
    world.clock.advance(300_000_000_000);
    assert_eq!(program.died(), code(Status::TIMED_OUT));
}

#[test]
fn what_is_mapped_instead_meanwhile_is_what_is_accessed() {
    let world = World::new();
    let it = Paged::new(&world, 1);
    let other = Paged::new(&world, 1);
    let program = Mapped::new(&world, it.vmo, 1);
    let root = program.guest.root_vmar;
    assert_eq!(program.read(0), ExceptionOutcome::Stopped);
    let options = READ | VmOptions::SPECIFIC_OVERWRITE.bits();
    world.host(|c| {
        let offset = program.base - info::<InfoVmar>(c, root, INFO_VMAR).unwrap().base;
        c.vmar_map(root, options, offset, other.vmo, 0, PAGE).unwrap();
    });
    it.supply(0, 1);
    assert_eq!((other.asked(), program.went_on()), (Some(Asked::Read(0, 1)), false));
    world.host(|c| c.vmar_unmap(root, program.base, PAGE)).unwrap();
    other.supply(0, 1);
    assert_eq!(program.died(), code(Status::NOT_FOUND));
}

#[test]
fn who_is_suspended_while_it_waits_for_a_page_asks_again() {
    let world = World::new();
    let it = Paged::new(&world, 1);
    let program = Mapped::new(&world, it.vmo, 1);
    assert_eq!(program.read(0), ExceptionOutcome::Stopped);
    assert_eq!(it.asked(), Some(Asked::Read(0, 1)));
    let token = world.host(|c| c.task_suspend(program.guest.thread)).unwrap();
    // It is out of its access, and stays so until it is stopped.
    let orders = world.machine.orders();
    let [Order::Suspend { number, .. }, Order::ResumeException { .. }] = *orders else {
        panic!("{orders:?}")
    };
    assert_eq!(program.read(0), ExceptionOutcome::Resume);
    world.kernel.suspended(program.guest.koid, program.guest.thread_koid, number);
    assert_eq!((it.asked(), world.stats().waits), (None, 0));
    world.host(|c| c.handle_close(token)).unwrap();
    assert_eq!(program.read(0), ExceptionOutcome::Stopped);
    assert_eq!(it.asked(), Some(Asked::Read(0, 1)));
    it.supply(0, 1);
    assert!(program.went_on());
}

#[test]
fn who_is_killed_while_it_waits_for_a_page_takes_its_request_along() {
    let world = World::new();
    let it = Paged::new(&world, 2);
    let program = Mapped::new(&world, it.vmo, 2);
    assert_eq!(it.prefetch(1, 1, 1), Ok(true));
    assert_eq!(program.read(0), ExceptionOutcome::Stopped);
    world.host(|c| c.task_kill(program.guest.process)).unwrap();
    program.guest.gone();
    assert_eq!(program.guest.info().return_code, TASK_RETCODE_SYSCALL_KILL);
    assert_eq!((it.asked(), it.asked()), (Some(Asked::Read(1, 1)), None));
    it.supply(0, 2);
    program.guest.finish();
    it.finish();
    let stats = world.stats();
    assert_eq!((stats.waits, stats.packets), (0, 0));
}

#[test]
fn filling_page_tables_and_mapping_never_wait() {
    let world = World::new();
    let it = Paged::new(&world, 2);
    it.supply(0, 1);
    let program = Mapped::new(&world, it.vmo, 2);
    let op = zx_abi::VmarOp::MapRange as u32;
    world.host(|c| c.vmar_op_range(program.guest.root_vmar, op, program.base, 2 * PAGE)).unwrap();
    assert_eq!(it.asked(), None);
}

#[test]
fn permissions_that_change_are_those_of_the_pages_that_are_there() {
    let world = World::new();
    let it = Paged::new(&world, 2);
    it.supply(0, 2);
    let program = Mapped::new(&world, it.vmo, 2);
    let root = program.guest.root_vmar;
    assert_eq!(program.write(0), ExceptionOutcome::Resume);
    world.host(|c| c.vmar_protect(root, READ, program.base, 2 * PAGE)).unwrap();
    program.shown();
    assert_eq!(program.read(0), ExceptionOutcome::Resume);
    assert_eq!(program.shown(), [(0, 1, READ)]);
    world.host(|c| c.vmar_protect(root, READ | WRITE, program.base, 2 * PAGE)).unwrap();
    program.shown();
    assert_eq!(program.read(1), ExceptionOutcome::Resume);
    assert_eq!(program.shown(), [(1, 1, READ)]);
    assert_eq!(program.write(1), ExceptionOutcome::Resume);
    assert_eq!(program.shown(), [(1, 1, READ | WRITE)]);
}
