//! The two seccomp filters of a guest process. Both are asked for every system call, and the more
//! restrictive answer counts: kill, trap, errno, notify, allow.

use std::ops::RangeInclusive;

use crate::native::guest::code::{Entry, entry};
use crate::native::layout::{DOORBELL, EXIT_DOORBELL};

/// `struct sock_filter`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    code: u16,
    jump_true: u8,
    jump_false: u8,
    k: u32,
}

impl Instruction {
    pub const LEN: usize = 8;

    pub fn bytes(self) -> [u8; Self::LEN] {
        let [a, b] = self.code.to_le_bytes();
        let [w, x, y, z] = self.k.to_le_bytes();
        [a, b, self.jump_true, self.jump_false, w, x, y, z]
    }
}

const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
const JUMP_IF_EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
const JUMP_IF_AT_LEAST: u16 = (libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K) as u16;
const JUMP_IF_ABOVE: u16 = (libc::BPF_JMP | libc::BPF_JGT | libc::BPF_K) as u16;
const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;

// Offsets in `struct seccomp_data`.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const POINTER_LOW: u32 = 8;
const POINTER_HIGH: u32 = 12;

const AUDIT_ARCH_X86_64: u32 = 0xc000_003e;

fn load(offset: u32) -> Instruction {
    Instruction { code: LOAD, jump_true: 0, jump_false: 0, k: offset }
}

fn answer(action: u32) -> Instruction {
    Instruction { code: RETURN, jump_true: 0, jump_false: 0, k: action }
}

/// Compares the loaded word, and skips as many instructions as it says for either case.
fn jump(code: u16, value: u32, jump_true: u8, jump_false: u8) -> Instruction {
    Instruction { code, jump_true, jump_false, k: value }
}

/// Goes on if the loaded word is `value`, otherwise skips `skip` instructions.
fn unless_equal_skip(value: u32, skip: u8) -> Instruction {
    jump(JUMP_IF_EQUAL, value, 0, skip)
}

/// Traps what was not made by the `syscall` instruction of 64-bit code.
fn prologue() -> Vec<Instruction> {
    vec![
        load(ARCHITECTURE),
        jump(JUMP_IF_EQUAL, AUDIT_ARCH_X86_64, 1, 0),
        answer(libc::SECCOMP_RET_TRAP),
    ]
}

/// For the whole process: both doorbells ring at the host, and the service thread may do its work.
pub fn outer() -> Vec<Instruction> {
    let service = [
        libc::SYS_mmap,
        libc::SYS_munmap,
        libc::SYS_mprotect,
        libc::SYS_recvmsg,
        libc::SYS_sendmsg,
        libc::SYS_close_range,
        libc::SYS_clone,
        libc::SYS_seccomp,
        libc::SYS_rt_sigreturn,
        libc::SYS_exit_group,
    ];
    let mut program = prologue();
    program.push(load(NUMBER));
    for number in [DOORBELL, EXIT_DOORBELL] {
        program.push(unless_equal_skip(number, 1));
        program.push(answer(libc::SECCOMP_RET_USER_NOTIF));
    }
    for number in service {
        program.push(unless_equal_skip(number as u32, 1));
        program.push(answer(libc::SECCOMP_RET_ALLOW));
    }
    program.push(answer(libc::SECCOMP_RET_TRAP));
    program
}

/// For guest threads: both doorbells in the vDSO's code, whose calls report to be at these addresses;
/// the first one in the signal handler, and the return from it. Numbers alone would not do, nor would
/// addresses: programs jump where they like with any registers.
pub fn inner(vdso: Option<RangeInclusive<u64>>) -> Vec<Instruction> {
    let mut program = prologue();
    let in_vdso: Vec<_> = vdso.iter().flat_map(halves).flat_map(allow_within).collect();
    program.push(load(NUMBER));
    program.push(jump(JUMP_IF_EQUAL, DOORBELL, 1, 0));
    program.push(jump(JUMP_IF_EQUAL, EXIT_DOORBELL, 0, in_vdso.len() as u8));
    program.extend(in_vdso);
    program.push(load(POINTER_HIGH));
    program.push(jump(JUMP_IF_EQUAL, 0, 1, 0));
    program.push(answer(libc::SECCOMP_RET_TRAP));
    for (number, place) in
        [(DOORBELL, Entry::SignalReturn), (libc::SYS_rt_sigreturn as u32, Entry::SigreturnReturn)]
    {
        program.push(load(NUMBER));
        program.push(unless_equal_skip(number, 3));
        program.push(load(POINTER_LOW));
        program.push(unless_equal_skip(entry(place) as u32, 1));
        program.push(answer(libc::SECCOMP_RET_ALLOW));
    }
    program.push(answer(libc::SECCOMP_RET_TRAP));
    program
}

/// Allows what is at addresses with this upper half and one of these lower ones.
fn allow_within((high, low): (u32, RangeInclusive<u32>)) -> [Instruction; 6] {
    [
        load(POINTER_HIGH),
        unless_equal_skip(high, 4),
        load(POINTER_LOW),
        jump(JUMP_IF_AT_LEAST, *low.start(), 0, 2),
        jump(JUMP_IF_ABOVE, *low.end(), 1, 0),
        answer(libc::SECCOMP_RET_ALLOW),
    ]
}

/// A range as filters compare it: by the upper halves of its addresses, of which there are two at
/// most, and the lower ones.
fn halves(range: &RangeInclusive<u64>) -> impl Iterator<Item = (u32, RangeInclusive<u32>)> {
    let half = |address: u64| ((address >> 32) as u32, address as u32);
    let ((first, from), (last, to)) = (half(*range.start()), half(*range.end()));
    let whole = (first == last).then_some((first, from..=to));
    let split = (first != last).then_some([(first, from..=u32::MAX), (last, 0..=to)]);
    whole.into_iter().chain(split.into_iter().flatten())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::layout::FILTER_LEN;

    /// What a program answers to a system call.
    fn run(program: &[Instruction], architecture: u32, number: u32, pointer: u64) -> u32 {
        let (mut at, mut word) = (0, 0);
        loop {
            let Instruction { code, jump_true, jump_false, k } = program[at];
            at += 1;
            match code {
                LOAD => {
                    word = match k {
                        NUMBER => number,
                        ARCHITECTURE => architecture,
                        POINTER_LOW => pointer as u32,
                        POINTER_HIGH => (pointer >> 32) as u32,
                        other => panic!("loads {other}"),
                    }
                }
                JUMP_IF_EQUAL | JUMP_IF_AT_LEAST | JUMP_IF_ABOVE => {
                    let holds = match code {
                        JUMP_IF_EQUAL => word == k,
                        JUMP_IF_AT_LEAST => word >= k,
                        _ => word > k,
                    };
                    at += usize::from(if holds { jump_true } else { jump_false });
                }
                RETURN => return k,
                other => panic!("instruction {other:#x}"),
            }
        }
    }

    /// Asserts that of all calls at these places only those are allowed.
    fn expect_allowed(
        program: &[Instruction],
        places: &[u64],
        is_allowed: impl Fn(u32, u64) -> bool,
    ) {
        for number in 0..1024 {
            for &place in places {
                let allowed = is_allowed(number, place);
                let expected =
                    if allowed { libc::SECCOMP_RET_ALLOW } else { libc::SECCOMP_RET_TRAP };
                let answer = run(program, AUDIT_ARCH_X86_64, number, place);
                assert_eq!(answer, expected, "{number} at {place:#x}");
                // Calls of 32-bit programs and of the x32 ABI have other numbers.
                assert_eq!(run(program, 0x4000_0003, number, place), libc::SECCOMP_RET_TRAP);
                let x32 = number | 0x4000_0000;
                assert_eq!(run(program, AUDIT_ARCH_X86_64, x32, place), libc::SECCOMP_RET_TRAP);
            }
        }
    }

    fn is_ours(number: u32, place: u64) -> bool {
        number == DOORBELL && place == entry(Entry::SignalReturn)
            || number == libc::SYS_rt_sigreturn as u32 && place == entry(Entry::SigreturnReturn)
    }

    fn our_places() -> Vec<u64> {
        let places =
            [Entry::SignalReturn, Entry::SigreturnReturn, Entry::ServiceReturn, Entry::StartReturn];
        let high = |place| entry(place) | 1 << 32;
        places.into_iter().flat_map(|place| [entry(place), high(place)]).collect()
    }

    #[test]
    fn guest_threads_may_ring_in_the_vdso_return_from_signals_and_nothing_else() {
        // In one half of four gigabytes, and across two.
        for range in [0x7000_0000_1002..=0x7000_0000_3000, 0x1_ffff_f002..=0x2_0000_1000] {
            let places = [0, 1, 0x10_0000, u64::MAX]
                .map(|far: u64| (far << 32).wrapping_add(*range.start()));
            let edges = [range.start() - 1, *range.start(), *range.end(), range.end() + 1];
            let halves = [0x1_ffff_ffff, 0x2_0000_0000];
            let all = [&places[..], &edges, &halves, &our_places()].concat();
            let program = inner(Some(range.clone()));
            assert!(program.len() * Instruction::LEN + 16 <= FILTER_LEN);
            expect_allowed(&program, &all, |number, place| {
                let rings = number == DOORBELL || number == EXIT_DOORBELL;
                is_ours(number, place) || rings && range.contains(&place)
            });
        }
    }

    #[test]
    fn without_a_vdso_they_may_not_ring() {
        let places = [our_places(), vec![0, 0x20_0000, 0x7000_0000_1002]].concat();
        expect_allowed(&inner(None), &places, is_ours);
    }

    #[test]
    fn the_doorbell_and_ends_of_threads_are_heard_and_foreign_calls_trap_in_the_whole_process() {
        for number in [DOORBELL, EXIT_DOORBELL] {
            let heard = run(&outer(), AUDIT_ARCH_X86_64, number, 0);
            assert_eq!(heard, libc::SECCOMP_RET_USER_NOTIF);
        }
        assert_eq!(run(&outer(), 0x4000_0003, DOORBELL, 0), libc::SECCOMP_RET_TRAP);
        for number in [libc::SYS_write, libc::SYS_execve, libc::SYS_openat, libc::SYS_ptrace] {
            let answer = run(&outer(), AUDIT_ARCH_X86_64, number as u32, 0);
            assert_eq!(answer, libc::SECCOMP_RET_TRAP);
        }
    }
}
