//! What the kernel entries of an x86-64 vDSO put into eax.

use crate::{Abi, Arg, Passing, Syscall};

/// What an x86-64 kernel entry, `mov eax, imm32; syscall`, puts into eax: the number of the call, and
/// how its arguments stand in rdi, rsi, rdx, r10, r8 and r9.
///
/// A machine that hears of a call from its own kernel may see these six registers and no other. So
/// each holds one argument or, from the left on for as long as there are more than six, two
/// neighbours of at most 32 bits, the first in its low half. Arguments behind the last register are 0.
///
/// Where that does not do, the entry needs all registers: the seventh and the eighth argument are in
/// r12 and r13.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EntryWord(pub u32);

impl EntryWord {
    /// The registers that hold arguments.
    pub const REGISTERS: usize = 6;

    const NUMBER: u32 = 0xffff;
    /// The first register holds two arguments; those behind follow.
    const PAIR: u32 = 1 << 16;
    const PAIRS: u32 = 0x3f * Self::PAIR;
    /// Six registers tell too little of the call.
    pub const ALL_REGISTERS: u32 = 1 << 22;
    /// The call is the thread's last.
    pub const ENDS_THREAD: u32 = 1 << 23;

    /// An entry whose arguments have a register each, or are 0.
    pub const fn new(number: u32) -> Self {
        Self(number & Self::NUMBER)
    }

    /// The entry of this number in this ABI.
    pub const fn of(abi: Abi, number: u32) -> Self {
        let plain = Self::new(number);
        let Some(call) = Syscall::from_number(abi, number as u64) else { return plain };
        match call {
            Syscall::ThreadExit => Self(plain.0 | Self::ENDS_THREAD),
            // It may change registers of the thread's that are none of a call's. For what changes none
            // the vDSO has a plain entry besides.
            Syscall::ObjectSetProperty => Self(plain.0 | Self::ALL_REGISTERS),
            _ => match pairs(call.info().args) {
                Some(pairs) => Self(plain.0 | pairs),
                None => Self(plain.0 | Self::ALL_REGISTERS),
            },
        }
    }

    /// The number of the call.
    pub const fn number(self) -> u32 {
        self.0 & Self::NUMBER
    }

    /// Whether the register at this place, from 0, holds two arguments.
    pub const fn holds_two(self, register: usize) -> bool {
        register < Self::REGISTERS && self.0 & Self::PAIR << register != 0
    }

    /// Whether six registers tell too little of the call.
    pub const fn needs_all_registers(self) -> bool {
        self.0 & Self::ALL_REGISTERS != 0
    }

    /// Whether the call is the thread's last.
    pub const fn ends_thread(self) -> bool {
        self.0 & Self::ENDS_THREAD != 0
    }

    /// The arguments in these registers, the last two of which are r12 and r13.
    pub fn arguments(self, registers: [u64; 8]) -> [u64; 8] {
        if self.needs_all_registers() {
            return registers;
        }
        let mut arguments = [0; 8];
        if self.0 & Self::PAIRS == 0 {
            arguments[..Self::REGISTERS].copy_from_slice(&registers[..Self::REGISTERS]);
            return arguments;
        }
        let mut count = 0;
        let mut put = |argument| {
            if let Some(place) = arguments.get_mut(count) {
                *place = argument;
            }
            count += 1;
        };
        for (place, register) in registers.into_iter().take(Self::REGISTERS).enumerate() {
            if self.holds_two(place) {
                put(register & u64::from(u32::MAX));
                put(register >> 32);
            } else {
                put(register);
            }
        }
        arguments
    }
}

/// Which registers hold two of these arguments; `None` if six registers are too few.
const fn pairs(args: &[Arg]) -> Option<u32> {
    let (mut pairs, mut register, mut at) = (0, 0, 0);
    while at < args.len() {
        let left = EntryWord::REGISTERS - register;
        if args.len() - at > left && at + 1 < args.len() && narrow(args[at]) && narrow(args[at + 1])
        {
            pairs |= EntryWord::PAIR << register;
            at += 1;
        }
        at += 1;
        register += 1;
        if register == EntryWord::REGISTERS && at < args.len() {
            return None;
        }
    }
    Some(pairs)
}

/// Whether an argument is at most half as wide as a register.
const fn narrow(arg: Arg) -> bool {
    matches!(arg.passing, Passing::Value) && arg.ty.size <= 4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(call: Syscall) -> EntryWord {
        let number = call.info().number(Abi::Newest).unwrap();
        let word = EntryWord::of(Abi::Newest, number);
        assert_eq!(word.number(), number);
        word
    }

    fn with_two(call: Syscall) -> Vec<usize> {
        (0..EntryWord::REGISTERS).filter(|place| word(call).holds_two(*place)).collect()
    }

    const REGISTERS: [u64; 8] = [
        0x1_0000_0002,
        0x3_0000_0004,
        0x5_0000_0006,
        0x7_0000_0008,
        0x9_0000_000a,
        0xb_0000_000c,
        0xd_0000_000e,
        0xf_0000_0010,
    ];

    #[test]
    fn up_to_six_arguments_have_a_register_each() {
        for call in [Syscall::HandleClose, Syscall::ChannelWrite, Syscall::ChannelCallNoretry] {
            assert_eq!(with_two(call), []);
            let [first, second, third, fourth, fifth, sixth, ..] = REGISTERS;
            let expected = [first, second, third, fourth, fifth, sixth, 0, 0];
            assert_eq!(word(call).arguments(REGISTERS), expected);
        }
    }

    #[test]
    fn seven_and_eight_stand_in_six_registers_where_halves_are_enough() {
        assert_eq!(with_two(Syscall::VmarMap), [0]);
        assert_eq!(with_two(Syscall::ChannelRead), [0, 3]);
        assert_eq!(with_two(Syscall::ChannelReadEtc), [0, 3]);
        assert_eq!(with_two(Syscall::VmarMapIob), [0, 2]);
        assert_eq!(with_two(Syscall::SyscallTest7), [0]);
        assert_eq!(with_two(Syscall::SyscallTest8), [0, 1]);
        assert_eq!(
            word(Syscall::ChannelRead).arguments(REGISTERS),
            [2, 1, REGISTERS[1], REGISTERS[2], 8, 7, REGISTERS[4], REGISTERS[5]]
        );
    }

    #[test]
    fn what_is_too_wide_or_changes_other_registers_needs_all() {
        for call in [Syscall::ThreadStartRegs, Syscall::BtiPin, Syscall::ObjectSetProperty] {
            assert!(word(call).needs_all_registers(), "{}", call.name());
            assert_eq!(word(call).arguments(REGISTERS), REGISTERS);
        }
        assert!(!word(Syscall::VmarMap).needs_all_registers());
    }

    #[test]
    fn one_call_ends_a_thread() {
        for abi in Abi::ALL {
            let ends: Vec<_> =
                (0..256).filter(|it| EntryWord::of(abi, *it).ends_thread()).collect();
            assert_eq!(ends, [Syscall::ThreadExit.info().number(abi).unwrap()]);
        }
    }

    #[test]
    fn a_word_is_no_number_of_linux_if_it_needs_all_registers() {
        let plain = EntryWord::new(Syscall::ThreadStartRegs.info().number(Abi::Newest).unwrap());
        assert!(!plain.needs_all_registers());
        assert!(word(Syscall::ThreadStartRegs).0 > 0xffff);
    }
}
