//! `struct ucontext` of x86-64: the registers that a signal interrupted, and goes back to. It lies
//! where the guest can write, so that all of it may be forged, by the guest, about itself.

use kernel_sim::EntryState;
use zx_abi::X86_64Registers;

use crate::native::layout::{SLOT_LEN, signal_stack};

/// The words of a `struct ucontext`.
pub const CONTEXT_WORDS: usize = 38;

/// `ss_sp` and `ss_size` of its `stack_t`, in words.
const STACK: usize = 2;
const STACK_SIZE: usize = 4;
/// Where `struct sigcontext` begins, in words.
const STATE: usize = 5;
/// How many of its words, from the first one on, are registers of [`X86_64Registers`].
const STATE_REGISTERS: usize = 18;
/// Where they are, in bytes.
pub const REGISTERS: u64 = 8 * STATE as u64;
/// Where rax is among them, in bytes.
pub const RESULT: u64 = REGISTERS + 8 * 13;
/// Where rflags are among them, in bytes.
pub const FLAGS: u64 = REGISTERS + 8 * 17;
/// The flags that a program may have as it likes: carry, parity, adjust, zero, sign, trap, direction,
/// overflow, nested task, alignment check, identification.
pub const USER_FLAGS: u64 = 0x24_4dd5;
/// Those of them that Linux does not take from there: nested task and identification.
pub const OWN_FLAGS: u32 = 1 << 14 | 1 << 21;
const FLAGS_WORD: usize = STATE + 17;
const SELECTORS: usize = STATE + 18;
const ERROR_CODE: usize = STATE + 19;
const VECTOR: usize = STATE + 20;
const FAULT_ADDRESS: usize = STATE + 22;
/// The address of `struct _fpstate`.
const EXTENDED: usize = STATE + 23;

/// The trap flag of rflags.
const TRAP: u64 = 1 << 8;

/// cs, gs, fs and ss of 64-bit programs.
const USER_SELECTORS: u64 = 0x2b << 48 | 0x33;

/// The bases of %fs and %gs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bases {
    pub fs: u64,
    pub gs: u64,
}

/// A copy of a `struct ucontext`.
#[derive(Clone, Copy, Debug)]
pub struct Context(pub [u64; CONTEXT_WORDS]);

impl Context {
    /// What a thread begins its program from: all else is zero, no signal is blocked, and the
    /// floating-point unit is as new.
    pub fn beginning(slot: usize, entry: EntryState) -> Self {
        // The thread pointer is no part of it.
        let EntryState { pc, sp, arg1, arg2, tp: _, abi_reg } = entry;
        let mut context = Self([0; CONTEXT_WORDS]);
        context.0[STACK] = signal_stack(slot);
        context.0[STACK_SIZE] = SLOT_LEN as u64;
        context.0[SELECTORS] = USER_SELECTORS;
        let begin = X86_64Registers {
            rip: pc,
            rsp: sp,
            rdi: arg1,
            rsi: arg2,
            r15: abi_reg,
            ..Default::default()
        };
        context.0[STATE..STATE + STATE_REGISTERS].copy_from_slice(&register_words(&begin));
        context
    }

    /// The registers, with the bases that are not in it.
    pub fn registers(&self, Bases { fs, gs }: Bases) -> X86_64Registers {
        let state: [u64; STATE_REGISTERS] = std::array::from_fn(|index| self.0[STATE + index]);
        let [r8, r9, r10, r11, r12, r13, r14, r15, rest @ ..] = state;
        let [rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags] = rest;
        X86_64Registers {
            rax,
            rbx,
            rcx,
            rdx,
            rsi,
            rdi,
            rbp,
            rsp,
            r8,
            r9,
            r10,
            r11,
            r12,
            r13,
            r14,
            r15,
            rip,
            rflags,
            fs_base: fs,
            gs_base: gs,
        }
    }

    /// Whether the thread stops behind its next instruction.
    pub fn single_steps(&self) -> bool {
        self.0[FLAGS_WORD] & TRAP != 0
    }

    /// rflags, with and without that.
    pub fn flags_with_step(&self, steps: bool) -> u64 {
        let flags = self.0[FLAGS_WORD];
        if steps { flags | TRAP } else { flags & !TRAP }
    }

    /// Where the registers lie that have no words of their own here; 0 if they are as new.
    pub fn extended(&self) -> u64 {
        self.0[EXTENDED]
    }

    pub fn error_code(&self) -> u64 {
        self.0[ERROR_CODE]
    }

    pub fn vector(&self) -> u64 {
        self.0[VECTOR]
    }

    /// cr2, which keeps its value until the next page fault.
    pub fn fault_address(&self) -> u64 {
        self.0[FAULT_ADDRESS]
    }
}

/// Registers as the words that stand at [`REGISTERS`].
pub fn register_words(registers: &X86_64Registers) -> [u64; STATE_REGISTERS] {
    let X86_64Registers {
        rax,
        rbx,
        rcx,
        rdx,
        rsi,
        rdi,
        rbp,
        rsp,
        r8,
        r9,
        r10,
        r11,
        r12,
        r13,
        r14,
        r15,
        rip,
        rflags,
        fs_base: _,
        gs_base: _,
    } = *registers;
    [r8, r9, r10, r11, r12, r13, r14, r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags]
}
