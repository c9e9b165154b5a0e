//! Several threads at one kernel, and callbacks that call it again.

use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::thread;

use kernel_sim::{
    HostEvents, Kernel, KernelConfig, NullMachine, SeededEntropy, VirtualClock, WaitStart,
};
use zx_abi::{Arch, Signals, Status, TIME_INFINITE};

use crate::support::{Guest, World};

/// Signals the next event of a list from within each completion.
#[derive(Default)]
struct Chain {
    kernel: OnceLock<Weak<Kernel>>,
    events: OnceLock<Vec<u32>>,
    log: Mutex<Vec<String>>,
}

impl HostEvents for Chain {
    fn wait_completed(&self, token: u64, _status: Status, _observed: Signals) {
        self.log.lock().unwrap().push(format!("begin {token}"));
        let kernel = self.kernel.get().unwrap().upgrade().unwrap();
        if let Some(next) = self.events.get().unwrap().get(token as usize + 1) {
            kernel.call(kernel.host(), |c| c.object_signal(*next, 0, 8)).unwrap().unwrap();
        }
        self.log.lock().unwrap().push(format!("end {token}"));
    }

    fn running(&self, _count: usize) {}
}

#[test]
fn what_a_callback_causes_is_told_after_it() {
    let chain = Arc::new(Chain::default());
    let kernel = Kernel::new(KernelConfig {
        machine: Arc::new(NullMachine),
        clock: Arc::new(VirtualClock::default()),
        entropy: Box::new(SeededEntropy::from_number(0)),
        events: chain.clone(),
        trace: None,
        target: Arch::X86_64,
    });
    chain.kernel.set(Arc::downgrade(&kernel)).unwrap();
    let events = kernel.call(kernel.host(), |c| {
        let events = [(); 3].map(|()| c.event_create(0).unwrap());
        for (token, event) in (0..).zip(events) {
            let wait = c.object_wait_one(event, Signals::SIGNALED, TIME_INFINITE, token);
            assert_eq!(wait, Ok(WaitStart::Pending));
        }
        events
    });
    let events = events.unwrap();
    chain.events.set(events.to_vec()).unwrap();
    kernel.call(kernel.host(), |c| c.object_signal(events[0], 0, 8)).unwrap().unwrap();
    let log = chain.log.lock().unwrap();
    assert_eq!(*log, ["begin 0", "end 0", "begin 1", "end 1", "begin 2", "end 2"]);
}

#[test]
fn the_number_of_running_guests_is_told_step_by_step() {
    let world = World::new();
    let root = world.root_job();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    let guest = Guest::create_in(&world, root);
                    let (process, thread) = (guest.process, guest.thread);
                    world.host(|c| c.process_start(process, thread, 0, 0, 0, 0)).unwrap();
                    guest.finish();
                }
            });
        }
    });
    let counts = world.events.running();
    assert_eq!(counts.len(), 2 * 4 * 50);
    assert_eq!(counts.last(), Some(&0));
    let steps = counts.windows(2).all(|pair| pair[0].abs_diff(pair[1]) == 1);
    assert!(steps, "{counts:?}");
    assert_eq!(world.stats().running, 0);
}
