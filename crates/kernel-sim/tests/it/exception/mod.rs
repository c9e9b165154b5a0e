//! Exception channels and exceptions (zircon/system/utest/core/exception).

mod channels;
mod handled;
mod lifecycle;
mod policy;

use kernel_sim::{ChannelRead, ExceptionOutcome, ExceptionReport, KernelEntry};
use zerocopy::{FromBytes, IntoBytes};
use zx_abi::{
    EXCP_UNDEFINED_INSTRUCTION, ExceptionInfo, PROP_EXCEPTION_STATE, Signals, Status,
    X86_64Registers,
};

use crate::support::{Guest, Order, World};

const HANDLED: u32 = 1;
const DEBUGGER: u32 = 1;

/// An instruction that does not exist.
fn undefined() -> ExceptionReport {
    ExceptionReport {
        kind: EXCP_UNDEFINED_INSTRUCTION,
        vector: 6,
        error_code: 0,
        fault_address: 0,
        synth_code: 0,
        synth_data: 0,
        registers: X86_64Registers { rip: 0x1234, ..Default::default() }.into(),
    }
}

/// A guest's thread does what does not exist.
fn raise(guest: &Guest<'_>, world: &World) {
    let outcome = world.kernel.exception(guest.koid, guest.thread_koid, undefined());
    assert_eq!(outcome, ExceptionOutcome::Stopped);
}

fn bind(world: &World, task: u32, options: u32) -> u32 {
    world.host(|c| c.task_create_exception_channel(task, options)).unwrap()
}

/// The exception that has come through a channel, and what it says.
fn receive(world: &World, channel: u32) -> (ExceptionInfo, u32) {
    match world.host(|c| c.channel_read(channel, 0, 24, 1)).unwrap() {
        ChannelRead::Message { bytes, handles } => {
            (ExceptionInfo::read_from_bytes(&bytes).unwrap(), handles[0])
        }
        other => panic!("{other:?}"),
    }
}

fn expect_none(world: &World, channel: u32) {
    assert_eq!(world.host(|c| c.channel_read(channel, 0, 24, 1)), Err(Status::SHOULD_WAIT));
}

fn expect_closed(world: &World, channel: u32) {
    assert!(world.signals(channel).contains(Signals::PEER_CLOSED));
}

fn set_state(world: &World, exception: u32, state: u32) {
    let set =
        world.host(|c| c.object_set_property(exception, PROP_EXCEPTION_STATE, state.as_bytes()));
    assert_eq!(set, Ok(()));
}

fn close(world: &World, handle: u32) {
    world.host(|c| c.handle_close(handle)).unwrap();
}

/// Answers that the thread is to go on.
fn resume(world: &World, exception: u32) {
    set_state(world, exception, HANDLED);
    close(world, exception);
}

fn resumed(guest: &Guest<'_>) -> [Order; 1] {
    [Order::ResumeException { process: guest.koid, thread: guest.thread_koid }]
}
