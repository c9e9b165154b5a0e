//! An assembler for the few x86-64 instructions that the vDSO needs (Intel SDM volume 2).

use zx_abi::EntryWord;

use crate::asm::{self, Instructions, Isa, Label};

/// A general register.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Reg {
    Rax = 0,
    Rcx = 1,
    Rdx = 2,
    Rbx = 3,
    Rsp = 4,
    Rsi = 6,
    Rdi = 7,
    R8 = 8,
    R9 = 9,
    R10 = 10,
    R12 = 12,
    R13 = 13,
}

impl Reg {
    const fn low(self) -> u8 {
        self as u8 & 7
    }

    const fn high(self) -> u8 {
        self as u8 >> 3
    }
}

/// Operand size. A 32-bit result clears the upper half of its register.
#[derive(Clone, Copy)]
pub(super) enum Size {
    D,
    Q,
}

/// An operation of two registers, by its opcode for `op r/m, r`.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(super) enum Op {
    Add = 0x01,
    Or = 0x09,
    And = 0x21,
    Sub = 0x29,
    Xor = 0x31,
    Cmp = 0x39,
    Test = 0x85,
    Mov = 0x89,
}

/// A condition, by its code.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(super) enum Cond {
    Overflow = 0x0,
    Below = 0x2,
    AboveOrEqual = 0x3,
    Equal = 0x4,
    NotEqual = 0x5,
    Above = 0x7,
    NotSign = 0x9,
}

/// x86-64.
pub(crate) struct X86_64;

/// Every branch takes a 32-bit distance.
impl Isa for X86_64 {
    /// `int3`
    const TRAP: &'static [u8] = &[0xcc];
    type Branch = ();

    fn patch((): (), _: [u8; 4], distance: i32) -> [u8; 4] {
        (distance - 4).to_le_bytes()
    }
}

/// Code under construction.
pub(super) type Assembler = asm::Assembler<X86_64>;

impl Instructions for Assembler {
    fn syscall(&mut self, number: u32) {
        self.enter_as(EntryWord::of(self.abi, number));
    }

    fn ret(&mut self) {
        self.put(&[0xc3]);
    }

    fn trap(&mut self) {
        self.put(&[0x0f, 0x0b]);
    }

    fn jump(&mut self, target: Label) {
        self.put(&[0xe9]);
        self.branch_distance(target);
    }
}

impl Assembler {
    /// Enters the kernel: `mov eax, entry; syscall`.
    pub(super) fn enter_as(&mut self, entry: EntryWord) {
        self.site(entry.number());
        self.mov_imm(Reg::Rax, entry.0);
        self.put(&[0x0f, 0x05]);
    }

    /// The time stamp counter, in `edx:eax`.
    pub(super) fn rdtsc(&mut self) {
        self.put(&[0x0f, 0x31]);
    }

    /// Fills `rdx` with the sign of `rax`.
    pub(super) fn cqo(&mut self) {
        self.put(&[0x48, 0x99]);
    }

    /// Copies `rcx` bytes from `rsi` to `rdi`.
    pub(super) fn rep_movsb(&mut self) {
        self.put(&[0xf3, 0xa4]);
    }

    pub(super) fn push(&mut self, reg: Reg) {
        self.push_or_pop(0x50, reg);
    }

    pub(super) fn pop(&mut self, reg: Reg) {
        self.push_or_pop(0x58, reg);
    }

    fn push_or_pop(&mut self, opcode: u8, reg: Reg) {
        if reg.high() == 1 {
            self.put(&[0x41]);
        }
        self.put(&[opcode | reg.low()]);
    }

    /// `op target, source`
    pub(super) fn op(&mut self, op: Op, size: Size, target: Reg, source: Reg) {
        self.rex(size, source, target);
        self.put(&[op as u8, 0xc0 | source.low() << 3 | target.low()]);
    }

    /// `mov target, source`, all 64 bits
    pub(super) fn mov(&mut self, target: Reg, source: Reg) {
        self.op(Op::Mov, Size::Q, target, source);
    }

    /// `mov target, value`, zero-extended
    pub(super) fn mov_imm(&mut self, target: Reg, value: u32) {
        if target.high() == 1 {
            self.put(&[0x41]);
        }
        self.put(&[0xb8 | target.low()]);
        self.put(&value.to_le_bytes());
    }

    /// `mov target, value`, all 64 bits
    pub(super) fn mov_imm64(&mut self, target: Reg, value: u64) {
        self.put(&[0x48 | target.high(), 0xb8 | target.low()]);
        self.put(&value.to_le_bytes());
    }

    /// `cmp register, value`, 32 bits
    pub(super) fn cmp_imm(&mut self, register: Reg, value: i8) {
        self.group1(Size::D, 7, register, value);
    }

    /// `and register, value`, 32 bits
    pub(super) fn and_imm(&mut self, register: Reg, value: i8) {
        self.group1(Size::D, 4, register, value);
    }

    /// `add register, value`
    pub(super) fn add_imm(&mut self, register: Reg, value: i8) {
        self.group1(Size::Q, 0, register, value);
    }

    fn group1(&mut self, size: Size, extension: u8, register: Reg, value: i8) {
        self.rex(size, Reg::Rax, register);
        self.put(&[0x83, 0xc0 | extension << 3 | register.low(), value as u8]);
    }

    /// `shl register, count`
    pub(super) fn shl(&mut self, register: Reg, count: u8) {
        self.unary(0xc1, 4, register);
        self.put(&[count]);
    }

    /// `sar register, count`
    pub(super) fn sar(&mut self, register: Reg, count: u8) {
        self.unary(0xc1, 7, register);
        self.put(&[count]);
    }

    /// `rdx:rax = rax * register`
    pub(super) fn mul(&mut self, register: Reg) {
        self.unary(0xf7, 4, register);
    }

    /// `rax = rdx:rax / register`; faults unless `rdx < register`
    pub(super) fn div(&mut self, register: Reg) {
        self.unary(0xf7, 6, register);
    }

    pub(super) fn neg(&mut self, register: Reg) {
        self.unary(0xf7, 3, register);
    }

    fn unary(&mut self, opcode: u8, extension: u8, register: Reg) {
        self.rex(Size::Q, Reg::Rax, register);
        self.put(&[opcode, 0xc0 | extension << 3 | register.low()]);
    }

    /// Carry is bit `index` (modulo 32) of `register`.
    pub(super) fn bt(&mut self, register: Reg, index: Reg) {
        self.rex(Size::D, index, register);
        self.put(&[0x0f, 0xa3, 0xc0 | index.low() << 3 | register.low()]);
    }

    /// `target = source` if the condition holds, 64 bits
    pub(super) fn cmov(&mut self, cond: Cond, target: Reg, source: Reg) {
        self.rex(Size::Q, target, source);
        self.put(&[0x0f, 0x40 | cond as u8, 0xc0 | target.low() << 3 | source.low()]);
    }

    /// `target = [base + displacement]`
    pub(super) fn load(&mut self, size: Size, target: Reg, base: Reg, displacement: i8) {
        self.memory(size, 0x8b, target, base, displacement);
    }

    /// `[base] = source`, 32 bits
    pub(super) fn store32(&mut self, base: Reg, source: Reg) {
        self.memory(Size::D, 0x89, source, base, 0);
    }

    /// `cmp [base], register`, 32 bits
    pub(super) fn cmp_memory32(&mut self, base: Reg, register: Reg) {
        self.memory(Size::D, 0x39, register, base, 0);
    }

    fn memory(&mut self, size: Size, opcode: u8, register: Reg, base: Reg, displacement: i8) {
        self.rex(size, register, base);
        self.put(&[opcode, 0x40 | register.low() << 3 | base.low()]);
        if base.low() == Reg::Rsp.low() {
            self.put(&[0x24]);
        }
        self.put(&[displacement as u8]);
    }

    /// Writes the line at `[rdi]` back and drops it from the caches.
    pub(super) fn clflush_rdi(&mut self) {
        self.put(&[0x0f, 0xae, 0x3f]);
    }

    /// `target = address`
    pub(super) fn lea(&mut self, target: Reg, address: u64) {
        self.relative(Size::Q, 0x8d, target, address);
    }

    /// `target = [address]`
    pub(super) fn load_at(&mut self, size: Size, target: Reg, address: u64) {
        self.relative(size, 0x8b, target, address);
    }

    /// `cmp register, [address]`, 64 bits
    pub(super) fn cmp_at(&mut self, register: Reg, address: u64) {
        self.relative(Size::Q, 0x3b, register, address);
    }

    /// `cmp byte [address], 0`
    pub(super) fn cmp_byte_at_zero(&mut self, address: u64) {
        self.put(&[0x80, 0x3d]);
        // The distance counts from the end of the instruction, past the immediate.
        self.distance(address, 5);
        self.put(&[0]);
    }

    fn relative(&mut self, size: Size, opcode: u8, register: Reg, address: u64) {
        self.rex(size, register, Reg::Rax);
        self.put(&[opcode, register.low() << 3 | 5]);
        self.distance(address, 4);
    }

    fn distance(&mut self, address: u64, rest: u64) {
        let distance = address.wrapping_sub(self.here() + rest) as u32;
        self.put(&distance.to_le_bytes());
    }

    pub(super) fn jump_if(&mut self, cond: Cond, target: Label) {
        self.put(&[0x0f, 0x80 | cond as u8]);
        self.branch_distance(target);
    }

    fn branch_distance(&mut self, target: Label) {
        self.branch_to(target, ());
        self.put(&[0; 4]);
    }

    /// The REX prefix of `register` and `r/m`, if one is needed.
    fn rex(&mut self, size: Size, register: Reg, rm: Reg) {
        let wide = matches!(size, Size::Q) as u8;
        let rex = 0x40 | wide << 3 | register.high() << 2 | rm.high();
        if rex != 0x40 {
            self.put(&[rex]);
        }
    }
}

#[cfg(test)]
mod tests {
    use zx_abi::Abi;

    use super::*;

    fn assembled(write: impl FnOnce(&mut Assembler)) -> Vec<u8> {
        let mut asm = Assembler::new(0x7000, Abi::Newest);
        write(&mut asm);
        asm.finish().0
    }

    #[test]
    fn a_kernel_entry_is_seven_bytes() {
        assert_eq!(assembled(|asm| asm.syscall(0x2a)), [0xb8, 0x2a, 0, 0, 0, 0x0f, 0x05]);
    }

    #[test]
    fn registers_above_seven_get_a_prefix() {
        assert_eq!(assembled(|asm| asm.mov(Reg::R10, Reg::Rcx)), [0x49, 0x89, 0xca]);
        assert_eq!(assembled(|asm| asm.push(Reg::R13)), [0x41, 0x55]);
        assert_eq!(
            assembled(|asm| asm.load(Size::Q, Reg::R12, Reg::Rsp, 0x18)),
            [0x4c, 0x8b, 0x64, 0x24, 0x18]
        );
        assert_eq!(assembled(|asm| asm.op(Op::Xor, Size::D, Reg::R9, Reg::R9)), [0x45, 0x31, 0xc9]);
    }

    #[test]
    fn addresses_are_relative_to_the_next_instruction() {
        assert_eq!(
            assembled(|asm| asm.load_at(Size::Q, Reg::Rdx, 0x6008)),
            [0x48, 0x8b, 0x15, 0x01, 0xf0, 0xff, 0xff]
        );
        assert_eq!(
            assembled(|asm| asm.cmp_byte_at_zero(0x6000)),
            [0x80, 0x3d, 0xf9, 0xef, 0xff, 0xff, 0]
        );
    }

    #[test]
    fn branches_reach_both_ways() {
        let bytes = assembled(|asm| {
            let top = asm.here_label();
            let end = asm.label();
            asm.jump_if(Cond::Equal, end);
            asm.jump(top);
            asm.bind(end);
        });
        assert_eq!(bytes, [0x0f, 0x84, 5, 0, 0, 0, 0xe9, 0xf5, 0xff, 0xff, 0xff]);
    }
}
