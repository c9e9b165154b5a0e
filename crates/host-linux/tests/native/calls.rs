//! System calls.

use crate::program;
use crate::support::{World, call};

program!(
    adds_and_exits,
    "mov edi, 40",
    "mov esi, 2",
    "zx 1",
    "mov rdi, rax",
    "zx 2",
    "zx 4",
    "ud2",
);

#[test]
fn a_guest_makes_calls_and_exits() {
    let world = World::new();
    world.start(100, adds_and_exits());
    assert_eq!(world.next_call(call::REPORT)[0], 42);
    world.expect_gone(100);
    world.expect_silence();
}
