//! What two threads pay for a round trip over pipes: the yardstick of a guest's call.

use std::io::{Read, Write, pipe};
use std::thread;

use crate::sample::report;

const ROUNDS: u32 = 200;

/// One byte there, one byte back.
pub fn ping_pong() {
    let (mut far_in, mut near_out) = pipe().expect("descriptors are left");
    let (mut near_in, mut far_out) = pipe().expect("descriptors are left");
    let echo = thread::spawn(move || {
        let mut byte = [0];
        // Ends when the other side closes its pipe.
        while far_in.read_exact(&mut byte).is_ok() && far_out.write_all(&byte).is_ok() {}
    });
    let mut byte = [1];
    report("pipe ping-pong between two threads", ROUNDS, || {
        near_out.write_all(&byte).and_then(|()| near_in.read_exact(&mut byte))
    });
    drop(near_out);
    echo.join().expect("the echo does not panic");
}
