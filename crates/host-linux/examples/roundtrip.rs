//! Measures what a system call costs a guest, beside what two threads pay for a round trip over
//! pipes on the same computer, and how long a process takes to its first system call.
//!
//! `cargo run --release -p host-linux --example roundtrip`

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[path = "../tests/support/mod.rs"]
mod support;

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn main() {
    measure::run();
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
fn main() {
    eprintln!("needs x86-64 Linux");
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod measure {
    use std::io::{Read, Write, pipe};
    use std::sync::Arc;
    use std::time::Instant;

    use host_linux::TscCalibration;
    use kernel_sim::SyscallOutcome;

    use crate::guest_program;
    use crate::support::{CODE, DATA, EXECUTE, PAGE, READ, WRITE, World, call, mapping};

    const ROUNDS: usize = 20_000;
    const LAUNCHES: usize = 300;
    const DATA_LEN: u64 = (ROUNDS as u64 * 8).next_multiple_of(PAGE);

    /// A program that writes the counter down before each of its calls.
    macro_rules! calls {
        ($name:ident, $call:literal) => {
            guest_program!(
                $name,
                "mov r14d, 20000",
                "mov r15d, 0x20000000",
                "1: rdtsc",
                "shl rdx, 32",
                "or rax, rdx",
                "mov [r15], rax",
                "add r15, 8",
                $call,
                "dec r14",
                "jnz 1b",
                "zx 2",
                "zx 4",
                "ud2",
            );
        };
    }

    calls!(calls, "zx 16");
    calls!(calls_with_all_registers, "zx 62");

    guest_program!(says_hello, "zx 2", "zx 4", "ud2");

    pub fn run() {
        let calibration = TscCalibration::begin().expect("an invariant time stamp counter");
        let pipes = pipe_round_trips();
        println!("pipe round trip       {:8} ns median", median(pipes));
        let [plain, all] = [calls(), calls_with_all_registers()].map(call_round_trips);
        let rate = calibration.finish().rate();
        for (name, ticks) in [("system call          ", plain), ("... of all registers ", all)] {
            let times = ticks.into_iter().map(|ticks| rate.nanoseconds(ticks as i64) as u64);
            println!("{name} {:8} ns median", median(times.collect()));
        }
        let (very_first, first, ends) = launches();
        println!("first launch          {very_first:8} ns");
        println!("start to first call   {:8} ns median", median(first));
        println!("last call to end      {:8} ns median", median(ends));
    }

    fn call_round_trips(program: &[u8]) -> Vec<u64> {
        let world = World::with_script(|_, _, _, _, _| SyscallOutcome::Return(0));
        let data = world.memory(&[], DATA_LEN);
        let code = world.memory(program, PAGE);
        world.start_with(
            100,
            vec![
                mapping(CODE, PAGE, READ | EXECUTE, code),
                mapping(DATA, DATA_LEN, READ | WRITE, Arc::clone(&data)),
            ],
        );
        world.next_call(call::REPORT);
        world.expect_gone(100);
        let mut bytes = vec![0; ROUNDS * 8];
        data.read(0, &mut bytes).unwrap();
        let stamp = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().unwrap());
        let stamps: Vec<_> = bytes.chunks(8).map(stamp).collect();
        stamps.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    fn launches() -> (u64, Vec<u64>, Vec<u64>) {
        let world = World::new();
        let launch = |process| {
            let begin = Instant::now();
            world.start(process, says_hello());
            world.next_call(call::REPORT);
            let hello = Instant::now();
            world.expect_gone(process);
            ((hello - begin).as_nanos() as u64, hello.elapsed().as_nanos() as u64)
        };
        // The first one starts the zygote.
        let (very_first, _) = launch(1);
        let (first, ends) = (2..LAUNCHES as u64).map(|index| launch(index * 10)).unzip();
        (very_first, first, ends)
    }

    fn pipe_round_trips() -> Vec<u64> {
        let ((mut here, mut to), (mut there, mut back)) = (pipe().unwrap(), pipe().unwrap());
        let echo = std::thread::spawn(move || {
            let mut byte = [0];
            while there.read_exact(&mut byte).is_ok() && to.write_all(&byte).is_ok() {}
        });
        let mut byte = [0];
        let times = (0..ROUNDS).map(|_| {
            let begin = Instant::now();
            back.write_all(&byte).unwrap();
            here.read_exact(&mut byte).unwrap();
            begin.elapsed().as_nanos() as u64
        });
        let times = times.collect();
        drop(back);
        echo.join().unwrap();
        times
    }

    fn median(mut values: Vec<u64>) -> u64 {
        values.sort_unstable();
        values[values.len() / 2]
    }
}
