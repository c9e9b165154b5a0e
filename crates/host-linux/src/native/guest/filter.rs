//! The two seccomp filters of a guest process. Both are asked for every system call, and the more
//! restrictive answer counts: kill, trap, errno, notify, allow.

use crate::native::guest::code::{Entry, entry};
use crate::native::layout::DOORBELL;

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

/// Goes on if the loaded word is `value`, otherwise skips `skip` instructions.
fn unless_equal_skip(value: u32, skip: u8) -> Instruction {
    Instruction { code: JUMP_IF_EQUAL, jump_true: 0, jump_false: skip, k: value }
}

/// Traps what was not made by the `syscall` instruction of 64-bit code.
fn prologue() -> Vec<Instruction> {
    vec![
        load(ARCHITECTURE),
        Instruction { code: JUMP_IF_EQUAL, jump_true: 1, jump_false: 0, k: AUDIT_ARCH_X86_64 },
        answer(libc::SECCOMP_RET_TRAP),
    ]
}

/// For the whole process: the doorbell rings at the host, so does a thread that ends, and the service
/// thread may do its work.
pub fn outer() -> Vec<Instruction> {
    let heard = [DOORBELL, libc::SYS_exit as u32];
    let service = [
        libc::SYS_mmap,
        libc::SYS_munmap,
        libc::SYS_mprotect,
        libc::SYS_recvmsg,
        libc::SYS_sendmsg,
        libc::SYS_close_range,
        libc::SYS_clone,
        libc::SYS_arch_prctl,
        libc::SYS_seccomp,
        libc::SYS_rt_sigreturn,
        libc::SYS_exit_group,
    ];
    let mut program = prologue();
    program.push(load(NUMBER));
    for number in heard {
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

/// For guest threads: the doorbell at its two places, the return from a signal and the end of the
/// thread at one each. Numbers alone would not do, nor would addresses: programs jump where they
/// like with any registers.
pub fn inner() -> Vec<Instruction> {
    let allowed = [
        (DOORBELL, Entry::CallReturn),
        (DOORBELL, Entry::SignalReturn),
        (libc::SYS_rt_sigreturn as u32, Entry::SigreturnReturn),
        (libc::SYS_exit as u32, Entry::ExitReturn),
    ];
    let mut program = prologue();
    program.push(load(POINTER_HIGH));
    program.push(Instruction { code: JUMP_IF_EQUAL, jump_true: 1, jump_false: 0, k: 0 });
    program.push(answer(libc::SECCOMP_RET_TRAP));
    for (number, place) in allowed {
        program.push(load(NUMBER));
        program.push(unless_equal_skip(number, 3));
        program.push(load(POINTER_LOW));
        program.push(unless_equal_skip(entry(place) as u32, 1));
        program.push(answer(libc::SECCOMP_RET_ALLOW));
    }
    program.push(answer(libc::SECCOMP_RET_TRAP));
    program
}

#[cfg(test)]
mod tests {
    use super::*;

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
                JUMP_IF_EQUAL => at += usize::from(if word == k { jump_true } else { jump_false }),
                RETURN => return k,
                other => panic!("instruction {other:#x}"),
            }
        }
    }

    #[test]
    fn guest_threads_may_ring_return_from_signals_and_end_and_nothing_else() {
        let (call, signal) = (entry(Entry::CallReturn), entry(Entry::SignalReturn));
        let (exit, sigreturn) = (entry(Entry::ExitReturn), entry(Entry::SigreturnReturn));
        let (service, start) = (entry(Entry::ServiceReturn), entry(Entry::StartReturn));
        let places = [call, signal, exit, sigreturn, service, start, 0x20_0000, call | 1 << 32];
        for number in 0..1024 {
            for place in places {
                let allowed = (number == DOORBELL && (place == call || place == signal))
                    || (number == libc::SYS_rt_sigreturn as u32 && place == sigreturn)
                    || (number == libc::SYS_exit as u32 && place == exit);
                let expected =
                    if allowed { libc::SECCOMP_RET_ALLOW } else { libc::SECCOMP_RET_TRAP };
                assert_eq!(run(&inner(), AUDIT_ARCH_X86_64, number, place), expected);
                // Calls of 32-bit programs and of the x32 ABI have other numbers.
                assert_eq!(run(&inner(), 0x4000_0003, number, place), libc::SECCOMP_RET_TRAP);
                let x32 = number | 0x4000_0000;
                assert_eq!(run(&inner(), AUDIT_ARCH_X86_64, x32, place), libc::SECCOMP_RET_TRAP);
            }
        }
    }

    #[test]
    fn the_doorbell_and_ends_of_threads_are_heard_and_foreign_calls_trap_in_the_whole_process() {
        for number in [DOORBELL, libc::SYS_exit as u32] {
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
