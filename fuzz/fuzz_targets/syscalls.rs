//! System calls of guests with any arguments, on a machine whose memory runs out: no sequence of them
//! panics, and nothing is left when the guests are gone.
#![no_main]

use std::collections::BTreeMap;

use kernel_sim::{KernelEntry, Koid, SyscallOutcome};
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use support::{Guest, Order, WRITABLE, World};
use zx_abi::{Abi, Meaning, PAGE_SIZE, Passing, Syscall};

#[allow(dead_code, unused_imports, reason = "not all of it is for this target")]
#[path = "../../crates/kernel-sim/tests/it/support/mod.rs"]
mod support;

/// Bytes that all VMOs together can commit.
const ROOM: u64 = 1 << 24;
/// Calls of one run.
const MAX_STEPS: usize = 256;
/// Handle values that are remembered.
const MAX_HANDLES: usize = 64;

/// Numbers around which rules change.
const NUMBERS: [u64; 24] = [
    0,
    u64::MAX,
    1 << 31,
    1 << 63,
    i64::MAX as u64,
    u32::MAX as u64,
    PAGE_SIZE - 1,
    PAGE_SIZE,
    PAGE_SIZE + 1,
    2 * PAGE_SIZE,
    3 * PAGE_SIZE,
    16 * PAGE_SIZE,
    64 * PAGE_SIZE,
    1 << 16,
    1 << 20,
    1 << 24,
    1 << 30,
    1 << 32,
    1 << 40,
    1 << 47,
    1 << 48,
    (1 << 47) - PAGE_SIZE,
    0u64.wrapping_sub(PAGE_SIZE),
    0x20_0000,
];

fuzz_target!(|input: &[u8]| {
    let mut input = Unstructured::new(input);
    // An input that ends ends the run.
    _ = run(&mut input);
});

fn run(input: &mut Unstructured<'_>) -> Result<()> {
    let abi = Abi::ALL[usize::from(input.arbitrary::<bool>()?)];
    let traced: bool = input.arbitrary()?;
    let world = if traced { World::traced(0) } else { World::new() };
    let job = world.host(|c| {
        let vdso = c.vdso(abi).unwrap();
        c.handle_close(vdso).unwrap();
        c.root_job().unwrap()
    });
    let before = world.stats();
    let own = world.host(|c| c.job_create(job, 0)).unwrap();
    let bootstrap = world.host(|c| c.handle_duplicate(own, 1 << 31)).unwrap();
    let guest = Guest::create_for(&world, own, abi).started(bootstrap);
    world.machine.supply.limit(ROOM);
    if input.arbitrary()? {
        world.machine.supply.fail_after(input.arbitrary::<u8>()?.into());
    }
    let mut run = Run::new(&world, &guest, abi);
    let mut steps = Ok(());
    for _ in 0..MAX_STEPS {
        steps = run.step(input);
        if steps.is_err() {
            break;
        }
    }
    world.host(|c| c.task_kill(own)).unwrap();
    run.end();
    guest.finish();
    world.host(|c| c.handle_close(own)).unwrap();
    assert_eq!(world.stats(), before);
    steps
}

/// A thread that can make calls.
#[derive(Clone, Copy, PartialEq)]
struct Actor {
    process: Koid,
    thread: Koid,
    is_blocked: bool,
}

struct Run<'a> {
    world: &'a World,
    guest: &'a Guest<'a>,
    abi: Abi,
    actors: Vec<Actor>,
    /// Values that were handles of some process.
    handles: Vec<u64>,
    /// Addresses of mappings.
    places: Vec<u64>,
    /// Threads that are to stop, with the order's number.
    stopping: BTreeMap<(Koid, Koid), u64>,
    dying: Vec<Koid>,
}

impl<'a> Run<'a> {
    fn new(world: &'a World, guest: &'a Guest<'a>, abi: Abi) -> Self {
        let own = [guest.process, guest.root_vmar, guest.thread].map(|handle| {
            let copy = world.host(|c| c.handle_duplicate(handle, 1 << 31)).unwrap();
            guest.receive(copy).into()
        });
        let first = Actor { process: guest.koid, thread: guest.thread_koid, is_blocked: false };
        let mut handles = own.to_vec();
        handles.push(guest.bootstrap.into());
        Self {
            world,
            guest,
            abi,
            actors: vec![first],
            handles,
            places: vec![guest.base],
            stopping: BTreeMap::new(),
            dying: Vec::new(),
        }
    }

    fn step(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        match input.arbitrary::<u8>()? % 16 {
            0 => self.world.clock.advance(1 << (input.arbitrary::<u8>()? % 40)),
            1 => {
                let offset = self.offset(input)?;
                let bytes: [u8; 16] = input.arbitrary()?;
                self.poke(offset, &bytes);
            }
            2 => {
                let offset = self.offset(input)?;
                for index in 0..input.arbitrary::<u8>()? % 8 {
                    let handle = self.handle(input)? as u32;
                    self.poke(offset + 4 * u64::from(index), &handle.to_le_bytes());
                }
            }
            3 => {
                let offset = self.offset(input)?;
                let number = self.number(input)?;
                self.poke(offset, &number.to_le_bytes());
            }
            4 => self.stop_and_die(),
            _ => self.call(input)?,
        }
        self.follow_orders();
        Ok(())
    }

    fn call(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        let index = usize::from(input.arbitrary::<u8>()?);
        let call = Syscall::ALL[index % Syscall::ALL.len()];
        let Some(number) = call.info().number(self.abi) else { return Ok(()) };
        let ready: Vec<usize> =
            (0..self.actors.len()).filter(|index| !self.actors[*index].is_blocked).collect();
        let Some(actor) = ready.get(usize::from(input.arbitrary::<u8>()?) % ready.len().max(1))
        else {
            return Ok(());
        };
        let (actor, Actor { process, thread, .. }) = (*actor, self.actors[*actor]);
        let mut args = [0; 8];
        for (arg, register) in call.info().args.iter().zip(&mut args) {
            *register = match (arg.passing, arg.ty.meaning) {
                (Passing::Value, Meaning::HandleValue) => self.handle(input)?,
                (Passing::Value, _) => self.number(input)?,
                _ => self.pointer(input)?,
            };
        }
        match self.world.kernel.syscall(process, thread, number.into(), args) {
            SyscallOutcome::Return(0) => self.remember(call, &args),
            SyscallOutcome::Return(_) => {}
            SyscallOutcome::Blocked => self.actors[actor].is_blocked = true,
            SyscallOutcome::Exited => _ = self.actors.remove(actor),
        }
        Ok(())
    }

    /// Remembers what a call has handed out.
    fn remember(&mut self, call: Syscall, args: &[u64; 8]) {
        for (arg, address) in call.info().args.iter().zip(args) {
            let offset = address.wrapping_sub(self.guest.base);
            if arg.passing == Passing::Value || offset > WRITABLE - 8 {
                continue;
            }
            if let Some(place) = arg.ty.handle {
                let handle = self.guest.word(offset + place as u64);
                keep(&mut self.handles, handle.into());
            }
            if arg.ty.meaning == Meaning::Address {
                let address = self.guest.long(offset);
                keep(&mut self.places, address);
            }
        }
    }

    /// Does what the kernel has asked of the machine.
    fn follow_orders(&mut self) {
        for order in self.world.machine.orders() {
            match order {
                Order::Start { process, thread, entry, .. } => {
                    keep(&mut self.handles, entry.arg1);
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

    fn poke(&self, offset: u64, bytes: &[u8]) {
        // There may be no memory left.
        _ = self.guest.try_poke(offset, bytes);
    }

    fn handle(&self, input: &mut Unstructured<'_>) -> Result<u64> {
        let index = input.arbitrary::<u8>()?;
        match self.handles.get(usize::from(index) % (self.handles.len() + 1)) {
            Some(handle) => Ok(*handle),
            None => Ok(input.arbitrary::<u32>()?.into()),
        }
    }

    fn number(&self, input: &mut Unstructured<'_>) -> Result<u64> {
        match input.arbitrary::<u8>()? {
            small @ 0..128 => Ok(small.into()),
            flag @ 128..160 => Ok(1 << (flag - 128)),
            place @ 160..176 => Ok(self.places[usize::from(place) % self.places.len()]),
            relative @ 176..184 => {
                Ok(NUMBERS[usize::from(relative) % 8].wrapping_add(self.world.now() as u64))
            }
            edge @ 184..232 => Ok(NUMBERS[usize::from(edge - 184) % NUMBERS.len()]),
            232..244 => Ok(input.arbitrary::<u16>()?.into()),
            _ => input.arbitrary(),
        }
    }

    fn offset(&self, input: &mut Unstructured<'_>) -> Result<u64> {
        Ok(8 * (u64::from(input.arbitrary::<u16>()?) % (WRITABLE / 8 - 8)))
    }

    fn pointer(&self, input: &mut Unstructured<'_>) -> Result<u64> {
        match input.arbitrary::<u8>()? {
            word @ 0..192 => Ok(self.guest.at(16 * u64::from(word))),
            192..216 => Ok(self.guest.at(self.offset(input)?)),
            216..224 => Ok(self.guest.read_only()),
            224..232 => Ok(self.guest.unmapped() - 8),
            232..240 => Ok(0),
            _ => self.number(input),
        }
    }
}

/// Keeps a value among those that are remembered, the oldest of which gives way.
fn keep(values: &mut Vec<u64>, value: u64) {
    if value == 0 || values.contains(&value) {
        return;
    }
    if values.len() == MAX_HANDLES {
        values.remove(0);
    }
    values.push(value);
}
