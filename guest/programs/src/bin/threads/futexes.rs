//! Threads wait at futexes, are woken in order, and are moved to another.

use core::sync::atomic::{AtomicU32, Ordering};

use guest_rt::{Handle, futex, thread};
use zx_abi::{Result, Status, TIME_INFINITE, TIME_INFINITE_PAST};

use crate::crew::{Crew, Member, expect};

/// The value that both futexes have.
const VALUE: u32 = 7;

static HERE: AtomicU32 = AtomicU32::new(VALUE);
static THERE: AtomicU32 = AtomicU32::new(VALUE);
/// Waits that have ended well.
static WOKEN: AtomicU32 = AtomicU32::new(0);

pub fn run(crew: &Crew, own: Handle) -> Result {
    waits_that_end_at_once()?;
    an_owner_while_somebody_waits(crew, own)?;
    wake_in_order(crew)?;
    move_to_another(crew)
}

fn waits_that_end_at_once() -> Result {
    let none = Handle::INVALID;
    expect(futex::wait(&HERE, VALUE + 1, none, TIME_INFINITE) == Err(Status::BAD_STATE))?;
    expect(futex::wait(&HERE, VALUE, none, TIME_INFINITE_PAST) == Err(Status::TIMED_OUT))?;
    let to_itself = futex::requeue(&HERE, 1, VALUE, &HERE, 1, none);
    expect(to_itself == Err(Status::INVALID_ARGS))?;
    let another_value = futex::requeue(&HERE, 1, VALUE + 1, &THERE, 1, none);
    expect(another_value == Err(Status::BAD_STATE))
}

fn an_owner_while_somebody_waits(crew: &Crew, own: Handle) -> Result {
    let waiter = crew.start(b"waiter", wait_here, own.into_raw().into(), 0)?;
    waiter.await_futex()?;
    expect(futex::owner(&HERE)? == own.basic_info()?.koid)?;
    futex::wake(&HERE, 1)?;
    expect(futex::owner(&HERE)? == 0)?;
    waiter.join()?;
    expect(WOKEN.swap(0, Ordering::Relaxed) == 1)
}

/// Three threads, each of which waits before the next one is started.
fn waiters(crew: &Crew) -> Result<[Member; 3]> {
    let waiter = || {
        let waiter = crew.start(b"waiter", wait_here, Handle::INVALID.into_raw().into(), 0)?;
        waiter.await_futex()?;
        Ok(waiter)
    };
    Ok([waiter()?, waiter()?, waiter()?])
}

fn wake_in_order(crew: &Crew) -> Result {
    let [first, second, third] = waiters(crew)?;
    futex::wake(&HERE, 0)?;
    expect(first.waits_at_futex()?)?;
    futex::wake(&HERE, 1)?;
    first.join()?;
    expect(second.waits_at_futex()? && third.waits_at_futex()?)?;
    futex::wake(&HERE, u32::MAX)?;
    second.join()?;
    third.join()?;
    expect(WOKEN.swap(0, Ordering::Relaxed) == 3)
}

fn move_to_another(crew: &Crew) -> Result {
    let [first, second, third] = waiters(crew)?;
    futex::requeue(&HERE, 1, VALUE, &THERE, u32::MAX, Handle::INVALID)?;
    first.join()?;
    // Nobody is left here.
    futex::wake(&HERE, u32::MAX)?;
    expect(second.waits_at_futex()? && third.waits_at_futex()?)?;
    futex::wake(&THERE, 1)?;
    second.join()?;
    expect(third.waits_at_futex()?)?;
    futex::wake(&THERE, 1)?;
    third.join()?;
    expect(WOKEN.swap(0, Ordering::Relaxed) == 3)
}

extern "C" fn wait_here(owner: u64, _: u64) -> ! {
    let owner = Handle::from_raw(owner as u32);
    if futex::wait(&HERE, VALUE, owner, TIME_INFINITE).is_ok() {
        WOKEN.fetch_add(1, Ordering::Relaxed);
    }
    thread::exit()
}
