//! An assembler for the few A64 instructions that the vDSO needs (Arm ARM, C4 and C6).

use zx_abi::Abi;

use crate::asm::{self, Instructions, Isa, Label};

/// A general register. 31 is the stack pointer or zero, as the instruction has it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Reg(pub(super) u8);

impl Reg {
    pub(super) const ZERO: Self = Self(31);
    pub(super) const SP: Self = Self(31);
}

/// Operand size: `w` or `x` registers.
#[derive(Clone, Copy)]
pub(super) enum Size {
    W,
    X,
}

impl Size {
    /// The `sf` bit.
    const fn flag(self) -> u32 {
        match self {
            Self::W => 0,
            Self::X => 1 << 31,
        }
    }
}

/// A condition, by its code.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(super) enum Cond {
    Equal = 0x0,
    NotEqual = 0x1,
    AboveOrEqual = 0x2,
    Below = 0x3,
    NoOverflow = 0x7,
    Above = 0x8,
    Less = 0xb,
}

/// How a branch holds its distance.
#[derive(Clone, Copy)]
pub(crate) enum Branch {
    /// 26 bits from bit 0.
    Always,
    /// 19 bits from bit 5.
    Condition,
    /// 14 bits from bit 5.
    TestBit,
}

/// A cache operation on the line at an address, by its encoding.
#[derive(Clone, Copy)]
#[repr(u32)]
pub(super) enum CacheOp {
    /// Clean data to the point of coherency.
    CleanToCoherency = 0xd50b_7a20,
    /// Clean data to the point of unification.
    CleanToUnification = 0xd50b_7b20,
    /// Clean data to the point of coherency and drop it.
    CleanAndInvalidate = 0xd50b_7e20,
    /// Drop instructions.
    InvalidateInstructions = 0xd50b_7520,
}

/// AArch64.
pub(crate) struct Aarch64;

impl Isa for Aarch64 {
    /// `brk #0`
    const TRAP: &'static [u8] = &[0x00, 0x00, 0x20, 0xd4];
    type Branch = Branch;

    fn patch(branch: Branch, bytes: [u8; 4], distance: i32) -> [u8; 4] {
        let words = (distance >> 2) as u32;
        let field = match branch {
            Branch::Always => words & 0x3ff_ffff,
            Branch::Condition => (words & 0x7_ffff) << 5,
            Branch::TestBit => (words & 0x3fff) << 5,
        };
        (u32::from_le_bytes(bytes) | field).to_le_bytes()
    }
}

/// Code under construction.
pub(super) type Assembler = asm::Assembler<Aarch64>;

impl Instructions for Assembler {
    /// Enters the kernel: `mov x16, #number; svc #0`. It resumes after the barriers that keep
    /// the processor from speculating on.
    fn syscall(&mut self, number: u32) {
        self.site(number);
        self.mov_imm(Size::X, Reg(16), number as u16);
        self.word(0xd400_0001); // svc #0
        self.word(0xd503_379f); // dsb nsh
        self.isb();
        if self.abi == Abi::Newest {
            self.put(Aarch64::TRAP);
        }
    }

    fn ret(&mut self) {
        self.word(0xd65f_03c0);
    }

    /// `brk #1`, what a compiler writes for a trap.
    fn trap(&mut self) {
        self.word(0xd420_0020);
    }

    fn jump(&mut self, target: Label) {
        self.branch(0x1400_0000, Branch::Always, target);
    }
}

impl Assembler {
    fn word(&mut self, word: u32) {
        self.put(&word.to_le_bytes());
    }

    fn three(&mut self, opcode: u32, size: Size, target: Reg, first: Reg, second: Reg) {
        let registers = (second.0 as u32) << 16 | (first.0 as u32) << 5 | target.0 as u32;
        self.word(opcode | size.flag() | registers);
    }

    pub(super) fn isb(&mut self) {
        self.word(0xd503_3fdf);
    }

    /// `dsb ish`
    pub(super) fn dsb_ish(&mut self) {
        self.word(0xd503_3b9f);
    }

    /// `mrs target, cntvct_el0`: the virtual counter
    pub(super) fn read_counter(&mut self, target: Reg) {
        self.word(0xd53b_e040 | target.0 as u32);
    }

    pub(super) fn cache(&mut self, op: CacheOp, address: Reg) {
        self.word(op as u32 | address.0 as u32);
    }

    /// `movz target, #value`
    pub(super) fn mov_imm(&mut self, size: Size, target: Reg, value: u16) {
        self.word(0x5280_0000 | size.flag() | (value as u32) << 5 | target.0 as u32);
    }

    /// `movn target, #value`: all bits but those of `value`
    pub(super) fn mov_not(&mut self, size: Size, target: Reg, value: u16) {
        self.word(0x1280_0000 | size.flag() | (value as u32) << 5 | target.0 as u32);
    }

    /// `target = i64::MAX`
    pub(super) fn mov_max(&mut self, target: Reg) {
        self.word(0x92f0_0000 | target.0 as u32); // movn target, #0x8000, lsl #48
    }

    pub(super) fn mov(&mut self, size: Size, target: Reg, source: Reg) {
        self.orr(size, target, Reg::ZERO, source);
    }

    pub(super) fn add(&mut self, target: Reg, first: Reg, second: Reg) {
        self.three(0x0b00_0000, Size::X, target, first, second);
    }

    /// `add target, base, index, uxtw #2`
    pub(super) fn add_scaled(&mut self, target: Reg, base: Reg, index: Reg) {
        self.three(0x0b20_4800, Size::X, target, base, index);
    }

    /// `adds`: the flags tell of a signed overflow.
    pub(super) fn adds(&mut self, target: Reg, first: Reg, second: Reg) {
        self.three(0x2b00_0000, Size::X, target, first, second);
    }

    pub(super) fn sub(&mut self, target: Reg, first: Reg, second: Reg) {
        self.three(0x4b00_0000, Size::X, target, first, second);
    }

    pub(super) fn and(&mut self, target: Reg, first: Reg, second: Reg) {
        self.three(0x0a00_0000, Size::X, target, first, second);
    }

    pub(super) fn orr(&mut self, size: Size, target: Reg, first: Reg, second: Reg) {
        self.three(0x2a00_0000, size, target, first, second);
    }

    /// `orr target, first, second, lsl #32`
    pub(super) fn orr_high(&mut self, target: Reg, first: Reg, second: Reg) {
        self.three(0x2a00_0000 | 32 << 10, Size::X, target, first, second);
    }

    /// `eor target, first, second, asr #63`
    pub(super) fn eor_sign(&mut self, target: Reg, first: Reg, second: Reg) {
        self.three(0x4a80_0000 | 63 << 10, Size::X, target, first, second);
    }

    pub(super) fn mul(&mut self, target: Reg, first: Reg, second: Reg) {
        self.three(0x1b00_7c00, Size::X, target, first, second);
    }

    /// The upper half of the unsigned product.
    pub(super) fn umulh(&mut self, target: Reg, first: Reg, second: Reg) {
        self.three(0x1bc0_7c00, Size::X, target, first, second);
    }

    /// Unsigned; a zero divisor gives 0.
    pub(super) fn udiv(&mut self, target: Reg, first: Reg, second: Reg) {
        self.three(0x1ac0_0800, Size::X, target, first, second);
    }

    /// `target = minuend - first * second`
    pub(super) fn msub(&mut self, target: Reg, first: Reg, second: Reg, minuend: Reg) {
        let minuend = (minuend.0 as u32) << 10;
        self.three(0x1b00_8000 | minuend, Size::X, target, first, second);
    }

    /// `lsr target, source, #32`
    pub(super) fn high_half(&mut self, target: Reg, source: Reg) {
        self.three(0x5340_0000 | 32 << 16 | 63 << 10, Size::X, target, source, Reg(0));
    }

    /// `lsr target, source, count`, 32 bits
    pub(super) fn shift_right(&mut self, target: Reg, source: Reg, count: Reg) {
        self.three(0x1ac0_2400, Size::W, target, source, count);
    }

    /// `and target, source, #(1 << bits) - 1`, 32 bits
    pub(super) fn and_low_bits(&mut self, target: Reg, source: Reg, bits: u32) {
        self.three(0x1200_0000 | (bits - 1) << 10, Size::W, target, source, Reg(0));
    }

    /// `target = value < 0 ? -source : source`, if flags compare `value` with 0
    pub(super) fn negate_if(&mut self, cond: Cond, target: Reg, source: Reg) {
        // csneg negates if its condition does not hold.
        let opposite = (cond as u32 ^ 1) << 12;
        self.three(0x5a80_0400 | opposite, Size::X, target, source, source);
    }

    /// `target = cond ? first : second`
    pub(super) fn select(&mut self, cond: Cond, target: Reg, first: Reg, second: Reg) {
        self.three(0x1a80_0000 | (cond as u32) << 12, Size::X, target, first, second);
    }

    pub(super) fn cmp(&mut self, size: Size, first: Reg, second: Reg) {
        self.three(0x6b00_0000, size, Reg::ZERO, first, second);
    }

    pub(super) fn cmp_imm(&mut self, size: Size, register: Reg, value: u16) {
        self.immediate(0x7100_0000, size, Reg::ZERO, register, value);
    }

    /// Compares with `-value`.
    pub(super) fn cmn_imm(&mut self, size: Size, register: Reg, value: u16) {
        self.immediate(0x3100_0000, size, Reg::ZERO, register, value);
    }

    pub(super) fn add_imm(&mut self, target: Reg, source: Reg, value: u16) {
        self.immediate(0x1100_0000, Size::X, target, source, value);
    }

    pub(super) fn sub_imm(&mut self, target: Reg, source: Reg, value: u16) {
        self.immediate(0x5100_0000, Size::X, target, source, value);
    }

    fn immediate(&mut self, opcode: u32, size: Size, target: Reg, source: Reg, value: u16) {
        let fields = (value as u32) << 10 | (source.0 as u32) << 5 | target.0 as u32;
        self.word(opcode | size.flag() | fields);
    }

    /// `ldr target, [base, #offset]`
    pub(super) fn load(&mut self, size: Size, target: Reg, base: Reg, offset: u64) {
        self.memory(0xb940_0000, size, target, base, offset);
    }

    /// `str source, [base, #offset]`
    pub(super) fn store(&mut self, size: Size, source: Reg, base: Reg, offset: u64) {
        self.memory(0xb900_0000, size, source, base, offset);
    }

    /// `ldrb target, [base, #offset]`
    pub(super) fn load_byte(&mut self, target: Reg, base: Reg, offset: u64) {
        let registers = (base.0 as u32) << 5 | target.0 as u32;
        self.word(0x3940_0000 | (offset as u32) << 10 | registers);
    }

    /// `stlr source, [base]`, 32 bits: a release store
    pub(super) fn store_release32(&mut self, source: Reg, base: Reg) {
        self.word(0x889f_fc00 | (base.0 as u32) << 5 | source.0 as u32);
    }

    fn memory(&mut self, opcode: u32, size: Size, register: Reg, base: Reg, offset: u64) {
        let (flag, scaled) = match size {
            Size::W => (0, offset / 4),
            Size::X => (1 << 30, offset / 8),
        };
        let registers = (base.0 as u32) << 5 | register.0 as u32;
        self.word(opcode | flag | (scaled as u32) << 10 | registers);
    }

    /// `ldp first, second, [base, #offset]`
    pub(super) fn load_pair(&mut self, first: Reg, second: Reg, base: Reg, offset: u32) {
        self.pair(0xa940_0000, first, second, base, offset);
    }

    /// `stp first, second, [base, #offset]`
    pub(super) fn store_pair(&mut self, first: Reg, second: Reg, base: Reg, offset: u32) {
        self.pair(0xa900_0000, first, second, base, offset);
    }

    fn pair(&mut self, opcode: u32, first: Reg, second: Reg, base: Reg, offset: u32) {
        let registers = (second.0 as u32) << 10 | (base.0 as u32) << 5 | first.0 as u32;
        self.word(opcode | (offset / 8) << 15 | registers);
    }

    /// `adr target, address`; reaches 1 MiB
    pub(super) fn adr(&mut self, target: Reg, address: u64) {
        let distance = address.wrapping_sub(self.here()) as u32;
        let fields = (distance & 3) << 29 | ((distance >> 2) & 0x7_ffff) << 5;
        self.word(0x1000_0000 | fields | target.0 as u32);
    }

    pub(super) fn jump_if(&mut self, cond: Cond, target: Label) {
        self.branch(0x5400_0000 | cond as u32, Branch::Condition, target);
    }

    pub(super) fn jump_if_zero(&mut self, size: Size, register: Reg, target: Label) {
        let opcode = 0x3400_0000 | size.flag() | register.0 as u32;
        self.branch(opcode, Branch::Condition, target);
    }

    pub(super) fn jump_if_not_zero(&mut self, size: Size, register: Reg, target: Label) {
        let opcode = 0x3500_0000 | size.flag() | register.0 as u32;
        self.branch(opcode, Branch::Condition, target);
    }

    pub(super) fn jump_if_clear(&mut self, register: Reg, bit: u32, target: Label) {
        self.test_bit(0x3600_0000, register, bit, target);
    }

    pub(super) fn jump_if_set(&mut self, register: Reg, bit: u32, target: Label) {
        self.test_bit(0x3700_0000, register, bit, target);
    }

    fn test_bit(&mut self, opcode: u32, register: Reg, bit: u32, target: Label) {
        let fields = (bit >> 5) << 31 | (bit & 31) << 19 | register.0 as u32;
        self.branch(opcode | fields, Branch::TestBit, target);
    }

    fn branch(&mut self, word: u32, kind: Branch, target: Label) {
        self.branch_to(target, kind);
        self.word(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assembled(write: impl FnOnce(&mut Assembler)) -> Vec<u32> {
        let mut asm = Assembler::new(0x7000, Abi::Newest);
        write(&mut asm);
        let (bytes, _) = asm.finish();
        bytes.chunks_exact(4).map(|word| u32::from_le_bytes(word.try_into().unwrap())).collect()
    }

    // The expected words here are those of LLVM's assembler.
    #[test]
    fn a_kernel_entry_ends_in_barriers() {
        assert_eq!(
            assembled(|asm| asm.syscall(0x2a)),
            [0xd280_0550, 0xd400_0001, 0xd503_379f, 0xd503_3fdf, 0xd420_0000]
        );
    }

    #[test]
    fn branches_reach_both_ways() {
        let words = assembled(|asm| {
            let top = asm.here_label();
            let end = asm.label();
            asm.jump_if(Cond::NotEqual, end);
            asm.jump_if_set(Reg(3), 33, end);
            asm.jump(top);
            asm.bind(end);
        });
        assert_eq!(words, [0x5400_0061, 0xb708_0043, 0x17ff_fffe]);
    }

    #[test]
    fn arithmetic_encodes_as_documented() {
        let (x1, x2, x3, x4) = (Reg(1), Reg(2), Reg(3), Reg(4));
        let words = assembled(|asm| {
            asm.mov_imm(Size::W, x3, 0x1234);
            asm.mov_not(Size::W, Reg(0), 9);
            asm.mov_max(Reg(0));
            asm.mov(Size::X, x1, x2);
            asm.mov(Size::W, x1, x2);
            asm.add(x1, x2, x3);
            asm.add_scaled(x1, x2, x3);
            asm.adds(x1, x2, x3);
            asm.sub(x1, Reg::ZERO, x3);
            asm.and(x1, x2, x3);
            asm.orr_high(x1, x2, x3);
            asm.eor_sign(x1, x2, x3);
            asm.mul(x1, x2, x3);
            asm.umulh(x1, x2, x3);
            asm.udiv(x1, x2, x3);
            asm.msub(x1, x2, x3, x4);
            asm.high_half(x1, x2);
            asm.shift_right(x1, x2, x3);
            asm.and_low_bits(x1, x2, 2);
            asm.negate_if(Cond::Less, x1, x2);
            asm.select(Cond::Below, x1, x2, x3);
            asm.cmp(Size::X, x1, x2);
            asm.cmp_imm(Size::W, x1, 7);
            asm.cmn_imm(Size::W, x1, 6);
            asm.add_imm(Reg::SP, Reg::SP, 32);
            asm.sub_imm(Reg::SP, Reg::SP, 32);
        });
        assert_eq!(
            words,
            [
                0x5282_4683, // movz w3, #0x1234
                0x1280_0120, // movn w0, #9
                0x92f0_0000, // mov x0, #0x7fffffffffffffff
                0xaa02_03e1, // mov x1, x2
                0x2a02_03e1, // mov w1, w2
                0x8b03_0041, // add x1, x2, x3
                0x8b23_4841, // add x1, x2, w3, uxtw #2
                0xab03_0041, // adds x1, x2, x3
                0xcb03_03e1, // sub x1, xzr, x3
                0x8a03_0041, // and x1, x2, x3
                0xaa03_8041, // orr x1, x2, x3, lsl #32
                0xca83_fc41, // eor x1, x2, x3, asr #63
                0x9b03_7c41, // mul x1, x2, x3
                0x9bc3_7c41, // umulh x1, x2, x3
                0x9ac3_0841, // udiv x1, x2, x3
                0x9b03_9041, // msub x1, x2, x3, x4
                0xd360_fc41, // lsr x1, x2, #32
                0x1ac3_2441, // lsr w1, w2, w3
                0x1200_0441, // and w1, w2, #3
                0xda82_a441, // cneg x1, x2, lt
                0x9a83_3041, // csel x1, x2, x3, lo
                0xeb02_003f, // cmp x1, x2
                0x7100_1c3f, // cmp w1, #7
                0x3100_183f, // cmn w1, #6
                0x9100_83ff, // add sp, sp, #32
                0xd100_83ff, // sub sp, sp, #32
            ]
        );
    }

    #[test]
    fn memory_and_system_instructions_encode_as_documented() {
        let (x1, x2) = (Reg(1), Reg(2));
        let words = assembled(|asm| {
            asm.load(Size::W, x1, x2, 36);
            asm.load(Size::X, x1, x2, 16);
            asm.store(Size::W, x1, x2, 0);
            asm.store(Size::X, x1, Reg::SP, 16);
            asm.load_byte(x1, x2, 40);
            asm.store_release32(x1, x2);
            asm.load_pair(x1, x2, Reg::SP, 16);
            asm.store_pair(x1, x2, Reg::SP, 16);
            asm.read_counter(x1);
            asm.cache(CacheOp::CleanToCoherency, x1);
            asm.cache(CacheOp::CleanToUnification, x1);
            asm.cache(CacheOp::CleanAndInvalidate, x1);
            asm.cache(CacheOp::InvalidateInstructions, x1);
            asm.dsb_ish();
            asm.isb();
            asm.trap();
            asm.ret();
            asm.adr(x1, 0x6003);
        });
        assert_eq!(
            words,
            [
                0xb940_2441, // ldr w1, [x2, #36]
                0xf940_0841, // ldr x1, [x2, #16]
                0xb900_0041, // str w1, [x2]
                0xf900_0be1, // str x1, [sp, #16]
                0x3940_a041, // ldrb w1, [x2, #40]
                0x889f_fc41, // stlr w1, [x2]
                0xa941_0be1, // ldp x1, x2, [sp, #16]
                0xa901_0be1, // stp x1, x2, [sp, #16]
                0xd53b_e041, // mrs x1, cntvct_el0
                0xd50b_7a21, // dc cvac, x1
                0xd50b_7b21, // dc cvau, x1
                0xd50b_7e21, // dc civac, x1
                0xd50b_7521, // ic ivau, x1
                0xd503_3b9f, // dsb ish
                0xd503_3fdf, // isb
                0xd420_0020, // brk #1
                0xd65f_03c0, // ret
                0x70ff_7de1, // adr x1, #-4161
            ]
        );
    }
}
