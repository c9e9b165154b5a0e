//! Zygotes, guests and workers are killed, at random: whoever it was is told, others go on, and nothing
//! is left.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::panic::resume_unwind;

use host_linux::HostStats;
use kernel_sim::{HostFailure, Koid, Machine, SyscallOutcome};
use rustix::process::{Pid, Signal, kill_process};
use support::processes::{descendants, turn, zygotes};
use support::{Heard, World, call};

const ROUNDS: u64 = 100;

/// What a guest does when it is resumed.
const REPORT: u64 = 1;
const KILL_WORKER: u64 = 2;

guest_program!(serves, "1: zx 3", "cmp rax, 1", "jne 2f", "zx 2", "jmp 1b", "2: zx 16", "ud2",);

/// The same numbers for the same seed (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ z >> 31) as usize % end
    }
}

/// A machine with guests that wait to be told what to do, and what was heard of them.
struct Guests {
    world: World,
    /// The other machines' zygotes.
    others: Vec<u32>,
    next: Koid,
    /// The processes of those that run.
    running: BTreeMap<Koid, u32>,
    waiting: BTreeSet<Koid>,
    reported: BTreeSet<Koid>,
    /// Of the next one that is gone.
    failure: Option<HostFailure>,
    gone: BTreeMap<Koid, Option<HostFailure>>,
}

impl Guests {
    /// A machine at rest.
    fn new() -> Self {
        let others = zygotes();
        // As if the kernel had a mistake, without a hook that prints it.
        let world = World::with_script(|_, _, _, number, _| -> SyscallOutcome {
            assert_eq!(number, call::OWN);
            resume_unwind(Box::new("killed"));
        });
        let mut guests = Self {
            world,
            others,
            next: 100,
            running: BTreeMap::new(),
            waiting: BTreeSet::new(),
            reported: BTreeSet::new(),
            failure: None,
            gone: BTreeMap::new(),
        };
        // From the second start on there is a spare.
        for _ in 0..2 {
            guests.start_and_wait();
        }
        guests.end_all();
        guests
    }

    fn start(&mut self) -> Koid {
        let koid = self.next;
        self.next += 10;
        self.world.start(koid, serves());
        koid
    }

    fn start_and_wait(&mut self) -> Koid {
        let koid = self.start();
        self.hear_until(|guests| guests.waiting.contains(&koid));
        koid
    }

    /// Starts one that then is in a known process, and waits.
    fn add(&mut self) {
        let spare = self.spare();
        let koid = self.start_and_wait();
        self.running.insert(koid, spare);
        self.expect_spare();
    }

    fn expect_spare(&self) {
        while self.world.machine().stats().spares != 1 {
            std::thread::yield_now();
        }
    }

    fn zygote(&self) -> u32 {
        let own = zygotes().into_iter().filter(|zygote| !self.others.contains(zygote));
        let [zygote] = own.collect::<Vec<_>>()[..] else { panic!("one zygote") };
        zygote
    }

    fn spare(&self) -> u32 {
        let all = descendants(self.zygote()).into_iter().map(|(pid, _)| pid);
        let spares = all.filter(|pid| self.running.values().all(|used| used != pid));
        let [spare] = spares.collect::<Vec<_>>()[..] else { panic!("one spare") };
        spare
    }

    /// Has one that waits do something.
    fn resume(&mut self, koid: Koid, what: u64) {
        assert!(self.waiting.remove(&koid));
        self.reported.remove(&koid);
        self.world.machine().resume(koid, koid + 1, what);
    }

    fn hear_until(&mut self, done: impl Fn(&Self) -> bool) {
        while !done(self) {
            match self.world.next() {
                Heard::Call { process, number: call::BLOCK, .. } => {
                    self.waiting.insert(process);
                }
                Heard::Call { process, number: call::REPORT, .. } => {
                    self.reported.insert(process);
                }
                Heard::Failed(failure) => self.failure = Some(failure),
                Heard::Gone(koid) => {
                    self.waiting.remove(&koid);
                    self.running.remove(&koid);
                    let told = self.gone.insert(koid, self.failure.take());
                    assert!(told.is_none(), "it is gone once");
                }
                other => panic!("{other:?}"),
            }
        }
    }

    /// The step that has failed of one that is gone.
    fn failed_step(&self, koid: Koid) -> Option<&'static str> {
        self.gone[&koid].as_ref().map(|failure| failure.step)
    }

    /// All that wait still do what they are told.
    fn expect_answers(&mut self) {
        let all = self.waiting.clone();
        all.iter().for_each(|koid| self.resume(*koid, REPORT));
        self.hear_until(|guests| all.is_subset(&guests.reported) && all.is_subset(&guests.waiting));
    }

    /// Ends all that wait.
    fn end_all(&mut self) {
        let all = self.waiting.clone();
        all.iter().for_each(|koid| self.world.machine().kill(*koid));
        self.hear_until(|guests| all.iter().all(|koid| guests.gone.contains_key(koid)));
        assert!(all.iter().all(|koid| self.failed_step(*koid).is_none()));
        self.expect_spare();
    }
}

fn holdings(guests: &Guests) -> (usize, HostStats) {
    let descriptors = fs::read_dir("/proc/self/fd").unwrap().count();
    (descriptors, guests.world.machine().stats())
}

fn kill(pid: u32) {
    kill_process(Pid::from_raw(pid as i32).unwrap(), Signal::KILL).unwrap();
}

#[test]
fn whoever_is_killed_is_told_of_and_others_go_on() {
    let _turn = turn();
    let mut bystanders = Guests::new();
    bystanders.add();
    let mut guests = Guests::new();
    let before = holdings(&guests);
    for seed in 0..ROUNDS {
        let mut random = Random(seed);
        for _ in 0..=random.below(4) {
            guests.add();
        }
        let all: Vec<Koid> = guests.running.keys().copied().collect();
        let victim = all[random.below(all.len())];
        // Some are in a call when it happens.
        for koid in all.iter().filter(|koid| **koid != victim) {
            if random.below(2) == 0 {
                guests.resume(*koid, REPORT);
            }
        }
        let (dead, step, spare_dies) = match random.below(4) {
            0 => {
                kill(guests.zygote());
                (all.clone(), "guest process", true)
            }
            1 => {
                kill(guests.spare());
                (vec![], "guest process", true)
            }
            2 => {
                kill(guests.running[&victim]);
                (vec![victim], "guest process", false)
            }
            _ => {
                guests.resume(victim, KILL_WORKER);
                (vec![victim], "thread of the host", false)
            }
        };
        let next = guests.start();
        guests.hear_until(|guests| {
            dead.iter().all(|koid| guests.gone.contains_key(koid))
                && (guests.waiting.contains(&next) || guests.gone.contains_key(&next))
        });
        for koid in &dead {
            assert_eq!(guests.failed_step(*koid), Some(step), "seed {seed}");
        }
        if spare_dies {
            // It may have got the spare in its last moment.
            guests.world.machine().kill(next);
            guests.hear_until(|guests| guests.gone.contains_key(&next));
            guests.start_and_wait();
        } else {
            assert!(guests.waiting.contains(&next), "seed {seed}: {:?}", guests.gone[&next]);
        }
        let alive = all.len() - dead.len();
        guests.hear_until(|guests| {
            let waits = |koid| guests.waiting.contains(koid);
            all.iter().filter(|koid| waits(koid)).count() == alive
        });
        guests.expect_answers();
        bystanders.expect_answers();
        guests.end_all();
        assert_eq!(holdings(&guests), before, "seed {seed}");
    }
    bystanders.end_all();
}
