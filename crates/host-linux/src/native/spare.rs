//! A helper that has served nobody, for the next machine of this process that takes one. To put up
//! walls takes longer than to run a program: who has launched on two machines will on a third.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::native::host_thread;
use crate::native::zygote::Zygote;

static SPARE: Mutex<Spare> =
    Mutex::new(Spare { machines: 0, zygote: None, maker: None, making: false, awaited: false });
static MADE: Condvar = Condvar::new();

struct Spare {
    /// So many machines have taken one, or would have, as far as that matters.
    machines: u8,
    zygote: Option<Zygote>,
    /// Makes the thread that starts helpers start one. They end with that thread, not with a
    /// machine's.
    maker: Option<Sender<()>>,
    /// One is about to be there, sooner than another would.
    making: bool,
    /// And somebody waits for it.
    awaited: bool,
}

/// A helper for a machine that launches for the first time, if there is one.
pub fn take() -> Option<Zygote> {
    let mut spare = lock();
    if spare.making && spare.awaited {
        return None;
    }
    spare.awaited = true;
    let spare = MADE.wait_while(spare, |spare| spare.making);
    let mut spare = spare.unwrap_or_else(PoisonError::into_inner);
    spare.awaited = false;
    spare.machines = spare.machines.saturating_add(1);
    spare.zygote.take().filter(Zygote::is_there)
}

/// Whether there is one for [`take`], or soon.
pub fn is_coming() -> bool {
    let spare = lock();
    spare.zygote.is_some() || spare.making
}

/// Has one made, unless there is one: a machine that has launched ends.
pub fn make() {
    let mut spare = lock();
    if spare.machines >= 2 && spare.zygote.is_none() && !spare.making {
        spare.ask();
    }
}

fn lock() -> MutexGuard<'static, Spare> {
    SPARE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Spare {
    /// Has one made. If that cannot be, machines make their own.
    fn ask(&mut self) {
        if self.maker.is_none() {
            let (maker, asked) = channel();
            let make = move || asked.into_iter().for_each(|()| spawn());
            let started = host_thread::start(c"zirconia-spare", make);
            self.maker = started.is_ok().then_some(maker);
        }
        // The thread goes on as long as this process does.
        self.making = self.maker.as_ref().is_some_and(|maker| maker.send(()).is_ok());
    }
}

/// Makes one. What the host refuses, it will say to whoever launches next.
fn spawn() {
    let zygote = Zygote::spawn().ok();
    let mut spare = lock();
    spare.zygote = zygote;
    spare.making = false;
    MADE.notify_all();
}
