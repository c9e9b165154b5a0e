//! One thread handles what another raises.

use core::arch::asm;
use core::sync::atomic::{AtomicU64, Ordering};

use guest_rt::{Handle, exception, thread};
use zx_abi::{
    EXCP_POLICY_ERROR, EXCP_UNDEFINED_INSTRUCTION, EXCP_USER_CODE_USER0, ExceptionState, Result,
    Signals, Status,
};

use crate::crew::{Crew, Member, expect};

/// Bytes of `ud2`.
const UD2_LEN: u64 = 2;
/// How often a thread faults.
const FAULTS: u64 = 100;
/// What a call that does not exist returns.
const BAD_SYSCALL: u64 = Status::BAD_SYSCALL.into_raw() as i64 as u64;

/// What threads have done so far.
static DONE: AtomicU64 = AtomicU64::new(0);

pub fn run(crew: &Crew) -> Result {
    resumes(crew)?;
    ends_alone(crew)?;
    returns(crew)?;
    // Nobody is told.
    exception::raise(EXCP_USER_CODE_USER0, 0)
}

/// A thread that faults and goes on each time, and then is not asked about any more.
fn resumes(crew: &Crew) -> Result {
    let (member, channel) = watched(crew, faults)?;
    for round in 0..FAULTS {
        let (info, raised) = exception::receive(channel.get())?;
        expect(info.kind == EXCP_UNDEFINED_INSTRUCTION)?;
        expect(DONE.load(Ordering::Relaxed) == round)?;
        let thread = exception::thread(raised.get())?;
        let mut registers = exception::registers(thread.get())?;
        expect(registers.rax == round)?;
        registers.rip += UD2_LEN;
        registers.rax = round + 1;
        exception::set_registers(thread.get(), &registers)?;
        exception::set_state(raised.get(), ExceptionState::Handled)?;
    }
    member.wait()?;
    expect(DONE.load(Ordering::Relaxed) == FAULTS)?;
    expect(exception::receive(channel.get()).err() == Some(Status::PEER_CLOSED))?;
    member.join()
}

/// A thread that ends of its fault, and only that thread.
fn ends_alone(crew: &Crew) -> Result {
    DONE.store(0, Ordering::Relaxed);
    let (member, channel) = watched(crew, faults)?;
    let (_, raised) = exception::receive(channel.get())?;
    exception::set_state(raised.get(), ExceptionState::ThreadExit)?;
    drop(raised);
    member.join()?;
    expect(DONE.load(Ordering::Relaxed) == 0)
}

/// A thread that makes a call that there is not, and is told so.
fn returns(crew: &Crew) -> Result {
    let (member, channel) = watched(crew, calls)?;
    let (info, raised) = exception::receive(channel.get())?;
    expect(info.kind == EXCP_POLICY_ERROR)?;
    let thread = exception::thread(raised.get())?;
    expect(exception::registers(thread.get())?.rax == BAD_SYSCALL)?;
    exception::set_state(raised.get(), ExceptionState::Handled)?;
    drop(raised);
    member.wait()?;
    expect(DONE.load(Ordering::Relaxed) == BAD_SYSCALL)?;
    member.join()
}

/// A thread that begins, and its exception channel.
fn watched(crew: &Crew, entry: thread::Entry) -> Result<(Member, guest_rt::Owned)> {
    let member = crew.hire(b"watched")?;
    let channel = exception::create_channel(member.thread.get(), 0)?;
    let own: Handle = member.thread.get();
    member.start(entry, 0, 0)?;
    own.wait(Signals::THREAD_RUNNING | Signals::TASK_TERMINATED, zx_abi::TIME_INFINITE)?;
    Ok((member, channel))
}

extern "C" fn faults(_: u64, _: u64) -> ! {
    let mut round = 0u64;
    while round < FAULTS {
        // SAFETY: raises an exception, whose handler changes rax and skips the instruction.
        unsafe { asm!("ud2", inout("rax") round, options(nomem, nostack)) };
        DONE.fetch_add(1, Ordering::Relaxed);
    }
    thread::exit()
}

extern "C" fn calls(_: u64, _: u64) -> ! {
    let result: u64;
    // SAFETY: enters the kernel at a place where nobody may.
    unsafe {
        asm!("syscall", inout("rax") 0xffff_u64 => result, out("rcx") _, out("r11") _, options(nostack));
    }
    DONE.store(result, Ordering::Relaxed);
    thread::exit()
}
