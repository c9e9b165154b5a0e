//! System calls of guests with any arguments, on a machine whose memory runs out: no sequence of them
//! panics, and nothing is left when the guests are gone.
#![no_main]

use std::collections::BTreeMap;

use kernel_sim::{
    Amounts, ExceptionOutcome, ExceptionReport, Item, KernelEntry, Koid, PolicyBasic,
    SyscallOutcome,
};
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use scenes::Paged;
use support::{Guest, Order, WRITABLE, World};
use zx_abi::{Abi, JOB_POL_ABSOLUTE, Meaning, Passing, PolicyAction, PolicyCondition, Syscall};

#[path = "syscalls/scenes.rs"]
mod scenes;
#[allow(dead_code, unused_imports, reason = "not all of it is for this target")]
#[path = "../../crates/kernel-sim/tests/it/support/mod.rs"]
mod support;
#[path = "syscalls/values.rs"]
mod values;

/// Bytes that all VMOs together can commit.
const ROOM: u64 = 1 << 24;
/// What they can while a run begins.
const ENOUGH: u64 = u64::MAX / 2;
/// Calls of one run.
const MAX_STEPS: usize = 256;
/// Values that are remembered of a kind.
const MAX_KEPT: usize = 64;
/// Rights that a handle has.
const SAME: u32 = support::SAME;

/// Kinds of exceptions: faults, which the kernel may mend, more often than others.
const EXCEPTIONS: [u32; 8] = [0x108, 0x108, 0x108, 0x108, 0x8, 0x208, 0x308, 0x508];
/// What a page fault was about: reading, writing, executing.
const ACCESSES: [u64; 4] = [4, 6, 7, 0x14];

fuzz_target!(|input: &[u8]| {
    let mut input = Unstructured::new(input);
    // An input that ends ends the run.
    _ = run(&mut input);
});

fn run(input: &mut Unstructured<'_>) -> Result<()> {
    let setup = input.arbitrary::<u8>()?;
    let abi = Abi::ALL[usize::from(setup % 2)];
    let traced: bool = input.arbitrary()?;
    let world = if traced { World::traced(0) } else { World::new() };
    world.machine.supply.limit(ENOUGH);
    let job = world.root_job();
    for abi in Abi::ALL {
        let vdso = world.host(|c| c.vdso(abi)).unwrap();
        world.host(|c| c.handle_close(vdso)).unwrap();
    }
    let before = (world.stats(), used(&world, job));
    let own = world.host(|c| c.job_create(job, 0)).unwrap();
    let second = world.host(|c| c.job_create(own, 0)).unwrap();
    restrict(&world, second, usize::from(setup / 2));
    let guests = [(own, abi), (second, Abi::ALL[usize::from(1 - setup % 2)])].map(|(job, abi)| {
        let bootstrap = world.host(|c| c.handle_duplicate(job, SAME)).unwrap();
        (Guest::create_for(&world, job, abi).started(bootstrap), abi)
    });
    let all = ENOUGH - world.machine.supply.left() + ROOM;
    world.machine.supply.limit(ROOM);
    if input.arbitrary()? {
        world.machine.supply.fail_after(input.arbitrary::<u8>()?.into());
    }
    let mut run = Run::new(&world, own, &guests);
    let mut steps = Ok(());
    for _ in 0..MAX_STEPS {
        steps = run.step(input);
        // Whatever takes up room is charged.
        let taken = all - world.machine.supply.left();
        let charged = used(&world, job)[Item::Memory];
        assert!(taken <= charged, "{taken} bytes are taken up, and {charged} charged");
        if steps.is_err() {
            break;
        }
    }
    world.host(|c| c.task_kill(own)).unwrap();
    run.end();
    guests.into_iter().for_each(|(guest, _)| guest.finish());
    world.host(|c| c.handle_close_many(&[own, second])).unwrap();
    assert_eq!((world.stats(), used(&world, job)), before);
    steps
}

/// What a job of the host's uses, less what outlives its programs.
fn used(world: &World, job: u32) -> Amounts {
    let mut used = world.host(|c| c.job_accounts(job)).unwrap().1;
    [Item::CpuTime, Item::LogBytes].into_iter().for_each(|item| used[item] = 0);
    used
}

/// A policy for the processes of a job: one condition that is not allowed, or none.
fn restrict(world: &World, job: u32, choice: usize) {
    let Some(condition) = PolicyCondition::ALL.get(choice % 18).copied() else { return };
    let Some(action) = PolicyAction::from_raw((choice / 18) as u32) else { return };
    let entry = PolicyBasic { condition, action, can_override: false };
    world.host(|c| c.job_set_policy(job, JOB_POL_ABSOLUTE, &[entry])).unwrap();
}

/// A thread that can make calls.
#[derive(Clone, Copy, PartialEq)]
struct Actor {
    process: Koid,
    thread: Koid,
    is_blocked: bool,
}

/// A process that was there from the start.
struct Known<'a> {
    guest: &'a Guest<'a>,
    abi: Abi,
    /// Its own handle to its address space.
    vmar: u32,
}

struct Run<'a> {
    world: &'a World,
    job: u32,
    known: [Known<'a>; 2],
    actors: Vec<Actor>,
    /// Values that were handles of each process.
    handles: BTreeMap<Koid, Vec<u64>>,
    /// Addresses of mappings.
    places: Vec<u64>,
    paged: Vec<Paged>,
    /// Threads that are to stop, with the order's number.
    stopping: BTreeMap<(Koid, Koid), u64>,
    dying: Vec<Koid>,
}

impl<'a> Run<'a> {
    fn new(world: &'a World, job: u32, guests: &'a [(Guest<'a>, Abi); 2]) -> Self {
        let give = |handle: u32, to: &Guest<'_>| {
            let copy = world.host(|c| c.handle_duplicate(handle, SAME)).unwrap();
            to.receive(copy)
        };
        let mut handles = BTreeMap::new();
        let known = [0, 1].map(|index| {
            let ((guest, abi), (other, _)) = (&guests[index], &guests[1 - index]);
            let own = [guest.process, guest.root_vmar, guest.thread].map(|it| give(it, guest));
            let others = [other.process, other.root_vmar, other.thread].map(|it| give(it, guest));
            let all = own.into_iter().chain([guest.bootstrap]).chain(others);
            handles.insert(guest.koid, all.map(u64::from).collect());
            Known { guest, abi: *abi, vmar: own[1] }
        });
        let actor = |it: &Known<'_>| Actor {
            process: it.guest.koid,
            thread: it.guest.thread_koid,
            is_blocked: false,
        };
        Self {
            world,
            job,
            actors: known.iter().map(actor).collect(),
            places: known.iter().map(|it| it.guest.base).collect(),
            known,
            handles,
            paged: Vec::new(),
            stopping: BTreeMap::new(),
            dying: Vec::new(),
        }
    }

    fn step(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        match input.arbitrary::<u8>()? {
            kind @ 0..160 => match kind % 16 {
                0 => self.world.clock.advance(1 << (input.arbitrary::<u8>()? % 40)),
                1 => {
                    let offset = self.offset(input)?;
                    let bytes: [u8; 16] = input.arbitrary()?;
                    self.poke(0, offset, &bytes);
                }
                2 => {
                    let offset = self.offset(input)?;
                    for index in 0..input.arbitrary::<u8>()? % 8 {
                        let handle = self.handle(input, self.known[0].guest.koid)? as u32;
                        self.poke(0, offset + 4 * u64::from(index), &handle.to_le_bytes());
                    }
                }
                3 => {
                    let offset = self.offset(input)?;
                    let number = self.number(input)?;
                    self.poke(0, offset, &number.to_le_bytes());
                }
                4 => self.stop_and_die(),
                _ => self.call(input, false)?,
            },
            160..192 => self.call(input, true)?,
            192..208 => self.record(input)?,
            208..220 => self.except(input)?,
            220..252 => self.scene(input)?,
            _ => self.limit(input)?,
        }
        self.follow_orders();
        Ok(())
    }

    /// A thread that can make a call: its place among the actors.
    fn ready(&self, input: &mut Unstructured<'_>) -> Result<Option<usize>> {
        let ready: Vec<usize> =
            (0..self.actors.len()).filter(|index| !self.actors[*index].is_blocked).collect();
        Ok(ready.get(usize::from(input.arbitrary::<u8>()?) % ready.len().max(1)).copied())
    }

    /// The ABI of a process; one that a guest has made may have either.
    fn abi_of(&self, process: Koid) -> Abi {
        let known = self.known.iter().find(|it| it.guest.koid == process);
        known.map_or(Abi::ALL[process as usize % 2], |it| it.abi)
    }

    /// Makes a call, whose arguments make sense by themselves if they are to.
    fn call(&mut self, input: &mut Unstructured<'_>, is_sensible: bool) -> Result<()> {
        let index = usize::from(input.arbitrary::<u8>()?);
        let call = Syscall::ALL[index % Syscall::ALL.len()];
        let Some(actor) = self.ready(input)? else { return Ok(()) };
        let Actor { process, thread, .. } = self.actors[actor];
        let Some(number) = call.info().number(self.abi_of(process)) else { return Ok(()) };
        let mut args = [0; 8];
        for (arg, register) in call.info().args.iter().zip(&mut args) {
            *register = match (arg.passing, arg.ty.meaning) {
                (Passing::Value, Meaning::HandleValue) => self.handle(input, process)?,
                (Passing::Value, meaning) if is_sensible => self.sensible(input, meaning)?,
                (Passing::Value, _) => self.number(input)?,
                _ => self.pointer(input, process)?,
            };
        }
        match self.world.kernel.syscall(process, thread, number.into(), args) {
            SyscallOutcome::Return(0) => self.remember(process, call, &args),
            SyscallOutcome::Return(_) => {}
            SyscallOutcome::Blocked => self.actors[actor].is_blocked = true,
            SyscallOutcome::Exited => _ = self.actors.remove(actor),
        }
        Ok(())
    }

    /// Has a thread raise an exception.
    fn except(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        let Some(actor) = self.ready(input)? else { return Ok(()) };
        let Actor { process, thread, .. } = self.actors[actor];
        let kind = EXCEPTIONS[usize::from(input.arbitrary::<u8>()?) % EXCEPTIONS.len()];
        let error_code = ACCESSES[usize::from(input.arbitrary::<u8>()?) % ACCESSES.len()];
        let report = support::fault(self.place(input)?);
        let report = ExceptionReport { kind, error_code, ..report };
        if self.world.kernel.exception(process, thread, report) == ExceptionOutcome::Stopped {
            self.actors[actor].is_blocked = true;
        }
        Ok(())
    }

    /// Limits what the guests may use: to what they do, and a little more.
    fn limit(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        let item = Item::ALL[usize::from(input.arbitrary::<u8>()?) % Item::ALL.len()];
        let more = self.sensible(input, Meaning::Size)?;
        let used = used(self.world, self.job)[item];
        self.world
            .host(|c| c.job_set_limits(self.job, &[(item, used.saturating_add(more))]))
            .unwrap();
        Ok(())
    }

    /// Remembers what a call has handed out.
    fn remember(&mut self, process: Koid, call: Syscall, args: &[u64; 8]) {
        let Some(known) = self.known.iter().find(|it| it.guest.koid == process) else { return };
        for (arg, address) in call.info().args.iter().zip(args) {
            let offset = address.wrapping_sub(known.guest.base);
            if arg.passing == Passing::Value || offset > WRITABLE - 8 {
                continue;
            }
            if let Some(place) = arg.ty.handle {
                let handle = known.guest.word(offset + place as u64);
                keep(self.handles.entry(process).or_default(), handle.into());
            }
            if arg.ty.meaning == Meaning::Address {
                let address = known.guest.long(offset);
                keep(&mut self.places, address);
            }
        }
    }

    /// Does what the kernel has asked of the machine.
    fn follow_orders(&mut self) {
        for order in self.world.machine.orders() {
            match order {
                Order::Start { process, thread, entry, .. } => {
                    keep(self.handles.entry(process).or_default(), entry.arg1);
                    self.actors.push(Actor { process, thread, is_blocked: false });
                }
                Order::StartThread { process, thread, .. } => {
                    self.actors.push(Actor { process, thread, is_blocked: false });
                }
                Order::Resume { process, thread, .. }
                | Order::ResumeException { process, thread } => {
                    let blocked = Actor { process, thread, is_blocked: true };
                    if let Some(actor) = self.actors.iter_mut().find(|actor| **actor == blocked) {
                        actor.is_blocked = false;
                    }
                }
                Order::Suspend { process, thread, number } => {
                    self.stopping.insert((process, thread), number);
                }
                Order::Release { process, thread } => {
                    self.stopping.remove(&(process, thread));
                }
                Order::EndThread { process, thread } => {
                    self.actors.retain(|actor| (actor.process, actor.thread) != (process, thread));
                }
                Order::Kill { process } => {
                    self.actors.retain(|actor| actor.process != process);
                    self.dying.push(process);
                }
                Order::Prepare { .. }
                | Order::Map { .. }
                | Order::Remap { .. }
                | Order::Unmap { .. }
                | Order::Protect { .. } => {}
            }
        }
    }

    /// Says of what was to stop or to die that it has.
    fn stop_and_die(&mut self) {
        for ((process, thread), number) in std::mem::take(&mut self.stopping) {
            self.world.kernel.suspended(process, thread, number);
        }
        for process in std::mem::take(&mut self.dying) {
            self.world.kernel.process_gone(process);
        }
    }

    /// Ends what still runs, all of which is being killed.
    fn end(&mut self) {
        loop {
            self.follow_orders();
            if self.dying.is_empty() {
                break;
            }
            self.stop_and_die();
        }
    }

    fn poke(&self, index: usize, offset: u64, bytes: &[u8]) {
        // There may be no memory left.
        _ = self.known[index].guest.try_poke(offset, bytes);
    }
}

/// Keeps a value among those that are remembered, the oldest of which gives way.
fn keep(values: &mut Vec<u64>, value: u64) {
    if value == 0 || values.contains(&value) {
        return;
    }
    if values.len() == MAX_KEPT {
        values.remove(0);
    }
    values.push(value);
}
