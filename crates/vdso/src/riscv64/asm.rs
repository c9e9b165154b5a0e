//! An assembler for the few RV64IM instructions that the vDSO needs (RISC-V unprivileged ISA).

use crate::asm::{self, Instructions, Isa, Label};

/// An integer register.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Reg(u8);

impl Reg {
    pub(super) const ZERO: Self = Self(0);
    pub(super) const RA: Self = Self(1);
    pub(super) const SP: Self = Self(2);
    pub(super) const T0: Self = Self(5);
    pub(super) const T1: Self = Self(6);
    pub(super) const T2: Self = Self(7);
    pub(super) const S1: Self = Self(9);
    pub(super) const A0: Self = Self(10);
    pub(super) const A1: Self = Self(11);
    pub(super) const A2: Self = Self(12);
    pub(super) const A3: Self = Self(13);
    pub(super) const A4: Self = Self(14);
    pub(super) const A5: Self = Self(15);
    pub(super) const A6: Self = Self(16);
    pub(super) const T3: Self = Self(28);
    pub(super) const T4: Self = Self(29);
    pub(super) const T5: Self = Self(30);
    pub(super) const T6: Self = Self(31);

    /// The register of argument `index`, 0 to 7.
    pub(super) const fn arg(index: u8) -> Self {
        Self(Self::A0.0 + index)
    }
}

/// An operation of two registers: its function fields and opcode.
#[derive(Clone, Copy)]
#[repr(u32)]
pub(super) enum Op {
    Add = 0x0000_0033,
    Sub = 0x4000_0033,
    Xor = 0x0000_4033,
    Srl = 0x0000_5033,
    Or = 0x0000_6033,
    Slt = 0x0000_2033,
    Mul = 0x0200_0033,
    Mulhu = 0x0200_3033,
    Divu = 0x0200_5033,
    Remu = 0x0200_7033,
}

/// An operation of a register and a signed 12-bit value.
#[derive(Clone, Copy)]
#[repr(u32)]
pub(super) enum ImmOp {
    Addi = 0x0000_0013,
    Andi = 0x0000_7013,
    /// 32 bits, sign-extended.
    Addiw = 0x0000_001b,
    Slli = 0x0000_1013,
    Srli = 0x0000_5013,
    Srai = 0x4000_5013,
}

/// A load.
#[derive(Clone, Copy)]
#[repr(u32)]
pub(super) enum Load {
    /// 32 bits, sign-extended.
    Word = 0x0000_2003,
    Double = 0x0000_3003,
    /// 8 bits, zero-extended.
    Byte = 0x0000_4003,
    /// 32 bits, zero-extended.
    UnsignedWord = 0x0000_6003,
}

/// A store.
#[derive(Clone, Copy)]
#[repr(u32)]
pub(super) enum Store {
    Word = 0x0000_2023,
    Double = 0x0000_3023,
}

/// A comparison of two registers.
#[derive(Clone, Copy)]
#[repr(u32)]
pub(super) enum Cond {
    Equal = 0x0000_0063,
    NotEqual = 0x0000_1063,
    GreaterOrEqual = 0x0000_5063,
    Below = 0x0000_6063,
    AboveOrEqual = 0x0000_7063,
}

/// How a branch holds its distance.
#[derive(Clone, Copy)]
pub(crate) enum Branch {
    /// The B format, ±4 KiB.
    Condition,
    /// The J format, ±1 MiB.
    Jump,
}

/// RISC-V 64.
pub(crate) struct Riscv64;

impl Isa for Riscv64 {
    /// `ebreak`
    const TRAP: &'static [u8] = &[0x73, 0x00, 0x10, 0x00];
    type Branch = Branch;

    fn patch(branch: Branch, bytes: [u8; 4], distance: i32) -> [u8; 4] {
        let d = distance as u32;
        let field = match branch {
            Branch::Condition => {
                (d >> 12 & 1) << 31
                    | (d >> 5 & 0x3f) << 25
                    | (d >> 1 & 0xf) << 8
                    | (d >> 11 & 1) << 7
            }
            Branch::Jump => {
                (d >> 20 & 1) << 31
                    | (d >> 1 & 0x3ff) << 21
                    | (d >> 11 & 1) << 20
                    | (d >> 12 & 0xff) << 12
            }
        };
        (u32::from_le_bytes(bytes) | field).to_le_bytes()
    }
}

/// Code under construction.
pub(super) type Assembler = asm::Assembler<Riscv64>;

impl Instructions for Assembler {
    /// Enters the kernel: `li t0, number; ecall`.
    fn syscall(&mut self, number: u32) {
        self.site(number);
        self.li(Reg::T0, number as i32);
        self.word(0x0000_0073);
    }

    fn ret(&mut self) {
        self.word(0x0000_0067 | (Reg::RA.0 as u32) << 15); // jalr zero, 0(ra)
    }

    /// `unimp`, what a compiler writes for a trap.
    fn trap(&mut self) {
        self.word(0xc000_1073);
    }

    fn jump(&mut self, target: Label) {
        self.branch_to(target, Branch::Jump);
        self.word(0x0000_006f); // jal zero
    }
}

impl Assembler {
    fn word(&mut self, word: u32) {
        self.put(&word.to_le_bytes());
    }

    /// `fence`: everything before, device input such as the time too, before everything after
    pub(super) fn fence(&mut self) {
        self.word(0x0ff0_000f);
    }

    /// `fence.i`
    pub(super) fn fence_i(&mut self) {
        self.word(0x0000_100f);
    }

    /// `rdtime target`
    pub(super) fn rdtime(&mut self, target: Reg) {
        self.word(0xc010_2073 | (target.0 as u32) << 7);
    }

    /// `target = value`, of 12 bits with a sign
    pub(super) fn li(&mut self, target: Reg, value: i32) {
        self.imm(ImmOp::Addi, target, Reg::ZERO, value);
    }

    pub(super) fn mv(&mut self, target: Reg, source: Reg) {
        self.imm(ImmOp::Addi, target, source, 0);
    }

    /// `target = i64::MAX`
    pub(super) fn li_max(&mut self, target: Reg) {
        self.li(target, -1);
        self.imm(ImmOp::Srli, target, target, 1);
    }

    pub(super) fn op(&mut self, op: Op, target: Reg, first: Reg, second: Reg) {
        let registers = (second.0 as u32) << 20 | (first.0 as u32) << 15 | (target.0 as u32) << 7;
        self.word(op as u32 | registers);
    }

    pub(super) fn imm(&mut self, op: ImmOp, target: Reg, source: Reg, value: i32) {
        let registers = (source.0 as u32) << 15 | (target.0 as u32) << 7;
        self.word(op as u32 | (value as u32 & 0xfff) << 20 | registers);
    }

    pub(super) fn load(&mut self, load: Load, target: Reg, base: Reg, offset: u64) {
        let registers = (base.0 as u32) << 15 | (target.0 as u32) << 7;
        self.word(load as u32 | (offset as u32 & 0xfff) << 20 | registers);
    }

    pub(super) fn store(&mut self, store: Store, source: Reg, base: Reg, offset: u64) {
        let offset = offset as u32;
        let registers = (source.0 as u32) << 20 | (base.0 as u32) << 15;
        self.word(store as u32 | (offset >> 5 & 0x7f) << 25 | (offset & 0x1f) << 7 | registers);
    }

    /// `target = address`: `auipc` and `addi`
    pub(super) fn la(&mut self, target: Reg, address: u64) {
        let distance = address.wrapping_sub(self.here()) as u32;
        // The low part has a sign, so the high part rounds.
        let high = distance.wrapping_add(0x800) & 0xffff_f000;
        self.word(0x0000_0017 | high | (target.0 as u32) << 7);
        self.imm(ImmOp::Addi, target, target, distance as i32);
    }

    pub(super) fn jump_if(&mut self, cond: Cond, first: Reg, second: Reg, target: Label) {
        self.branch_to(target, Branch::Condition);
        self.word(cond as u32 | (second.0 as u32) << 20 | (first.0 as u32) << 15);
    }
}

#[cfg(test)]
mod tests {
    use zx_abi::Abi;

    use super::*;

    fn assembled(write: impl FnOnce(&mut Assembler)) -> Vec<u32> {
        let mut asm = Assembler::new(0x7000, Abi::Newest);
        write(&mut asm);
        let (bytes, _) = asm.finish();
        bytes.chunks_exact(4).map(|word| u32::from_le_bytes(word.try_into().unwrap())).collect()
    }

    #[test]
    fn a_kernel_entry_is_two_words() {
        assert_eq!(assembled(|asm| asm.syscall(0x2a)), [0x02a0_0293, 0x0000_0073]);
    }

    #[test]
    fn addresses_split_with_a_signed_low_part() {
        // auipc a0, -1; addi a0, a0, 8, then auipc a0, -1; addi a0, a0, -4.
        assert_eq!(assembled(|asm| asm.la(Reg::A0, 0x6008)), [0xffff_f517, 0x0085_0513]);
        assert_eq!(assembled(|asm| asm.la(Reg::A0, 0x5ffc)), [0xffff_f517, 0xffc5_0513]);
    }

    #[test]
    fn branches_reach_both_ways() {
        let words = assembled(|asm| {
            let top = asm.here_label();
            let end = asm.label();
            asm.jump_if(Cond::Equal, Reg::A0, Reg::ZERO, end);
            asm.jump(top);
            asm.bind(end);
        });
        assert_eq!(words, [0x0005_0463, 0xffdf_f06f]);
    }

    // The expected words here are those of LLVM's assembler.
    #[test]
    fn arithmetic_encodes_as_documented() {
        let (a0, a1, a2) = (Reg::A0, Reg::A1, Reg::A2);
        let words = assembled(|asm| {
            asm.op(Op::Add, a0, a1, a2);
            asm.op(Op::Sub, a0, a1, a2);
            asm.op(Op::Xor, a0, a1, a2);
            asm.op(Op::Srl, a0, a1, a2);
            asm.op(Op::Or, a0, a1, a2);
            asm.op(Op::Slt, a0, a1, a2);
            asm.op(Op::Mul, a0, a1, a2);
            asm.op(Op::Mulhu, a0, a1, a2);
            asm.op(Op::Divu, a0, a1, a2);
            asm.op(Op::Remu, a0, a1, a2);
            asm.imm(ImmOp::Addi, Reg::SP, Reg::SP, -32);
            asm.imm(ImmOp::Andi, Reg::T1, a0, 3);
            asm.imm(ImmOp::Addiw, Reg::T1, a0, 0);
            asm.imm(ImmOp::Slli, a0, a0, 32);
            asm.imm(ImmOp::Srli, Reg::T3, Reg::T4, 32);
            asm.imm(ImmOp::Srai, Reg::T1, a0, 63);
        });
        assert_eq!(
            words,
            [
                0x00c5_8533, // add a0, a1, a2
                0x40c5_8533, // sub a0, a1, a2
                0x00c5_c533, // xor a0, a1, a2
                0x00c5_d533, // srl a0, a1, a2
                0x00c5_e533, // or a0, a1, a2
                0x00c5_a533, // slt a0, a1, a2
                0x02c5_8533, // mul a0, a1, a2
                0x02c5_b533, // mulhu a0, a1, a2
                0x02c5_d533, // divu a0, a1, a2
                0x02c5_f533, // remu a0, a1, a2
                0xfe01_0113, // addi sp, sp, -32
                0x0035_7313, // andi t1, a0, 3
                0x0005_031b, // addiw t1, a0, 0
                0x0205_1513, // slli a0, a0, 32
                0x020e_de13, // srli t3, t4, 32
                0x43f5_5313, // srai t1, a0, 63
            ]
        );
    }

    #[test]
    fn memory_and_system_instructions_encode_as_documented() {
        let words = assembled(|asm| {
            asm.load(Load::Word, Reg::T1, Reg::T0, 4);
            asm.load(Load::Double, Reg::S1, Reg::SP, 8);
            asm.load(Load::Byte, Reg::T1, Reg::T0, 40);
            asm.load(Load::UnsignedWord, Reg::T5, Reg::T6, 36);
            asm.store(Store::Word, Reg::A2, Reg::A0, 0);
            asm.store(Store::Double, Reg::A5, Reg::SP, 2040);
            asm.fence();
            asm.fence_i();
            asm.rdtime(Reg::A0);
            asm.trap();
            asm.ret();
        });
        assert_eq!(
            words,
            [
                0x0042_a303, // lw t1, 4(t0)
                0x0081_3483, // ld s1, 8(sp)
                0x0282_c303, // lbu t1, 40(t0)
                0x024f_ef03, // lwu t5, 36(t6)
                0x00c5_2023, // sw a2, 0(a0)
                0x7ef1_3c23, // sd a5, 2040(sp)
                0x0ff0_000f, // fence
                0x0000_100f, // fence.i
                0xc010_2573, // rdtime a0
                0xc000_1073, // unimp
                0x0000_8067, // ret
            ]
        );
    }
}
