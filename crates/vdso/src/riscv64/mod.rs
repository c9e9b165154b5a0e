//! The functions in RISC-V code.
//!
//! Kernel entries take their number in `t0` and arguments in `a0` to `a7`; the result replaces
//! `a0`. Whatever is needed after an entry is kept on the stack or in a register that the callee
//! saves. `gp` belongs to the shadow call stack.

mod asm;

use zx_abi::{CPRNG_DRAW_MAX_LEN, HANDLE_FIXED_BITS_MASK, INFO_HANDLE_VALID, Status};

use crate::asm::{Instructions, Label};
use crate::data::{self, DataAddresses};
use crate::strings::ENTRY_SIZE;
use crate::target::Target;

pub(crate) use asm::Riscv64;
use asm::{Assembler, Cond, ImmOp, Load, Op, Reg, Store};

impl Target for Assembler {
    fn set_status(&mut self, status: Status) {
        self.li(Reg::A0, status.into_raw());
    }

    fn jump_unless_ok(&mut self, target: Label) {
        self.imm(ImmOp::Addiw, Reg::T1, Reg::A0, 0);
        self.jump_if(Cond::NotEqual, Reg::T1, Reg::ZERO, target);
    }

    fn jump_if_status(&mut self, status: Status, target: Label) {
        self.load_statuses(status);
        self.jump_if(Cond::Equal, Reg::T1, Reg::T2, target);
    }

    fn jump_unless_status(&mut self, ok: Label, status: Status, other: Label) {
        self.load_statuses(status);
        self.jump_if(Cond::Equal, Reg::T1, Reg::ZERO, ok);
        self.jump_if(Cond::NotEqual, Reg::T1, Reg::T2, other);
    }

    fn keep_args(&mut self, args: usize) {
        self.add_sp(-frame(args));
        for (register, offset) in slots(args) {
            self.store(Store::Double, register, Reg::SP, offset);
        }
    }

    fn reload_args(&mut self, args: usize) {
        for (register, offset) in slots(args) {
            self.load(Load::Double, register, Reg::SP, offset);
        }
    }

    fn drop_args(&mut self, args: usize) {
        self.add_sp(frame(args));
    }

    fn channel_call(&mut self, noretry: u32, finish: u32) {
        let done = self.label();
        let kept = [(Reg::A2, Reg::A0), (Reg::A3, Reg::A1), (Reg::A4, Reg::A2), (Reg::A5, Reg::A3)];
        self.add_sp(-32);
        for ((source, _), offset) in kept.into_iter().zip((0..).step_by(8)) {
            self.store(Store::Double, source, Reg::SP, offset);
        }
        self.syscall(noretry);
        let check = self.here_label();
        self.load_statuses(Status::INTERNAL_INTR_RETRY);
        self.jump_if(Cond::NotEqual, Reg::T1, Reg::T2, done);
        for ((_, target), offset) in kept.into_iter().zip((0..).step_by(8)) {
            self.load(Load::Double, target, Reg::SP, offset);
        }
        self.syscall(finish);
        self.jump(check);
        self.bind(done);
        self.add_sp(32);
        self.ret();
    }

    fn cprng_draw(&mut self, once: u32) {
        let [small, done, failed] = self.labels();
        self.add_sp(-32);
        let again = self.here_label();
        self.jump_if(Cond::Equal, Reg::A1, Reg::ZERO, done);
        self.store(Store::Double, Reg::A0, Reg::SP, 0); // where
        self.store(Store::Double, Reg::A1, Reg::SP, 8); // what is left to draw
        self.li(Reg::T1, CPRNG_DRAW_MAX_LEN as i32);
        self.jump_if(Cond::Below, Reg::A1, Reg::T1, small);
        self.mv(Reg::A1, Reg::T1);
        self.bind(small);
        self.store(Store::Double, Reg::A1, Reg::SP, 16);
        self.syscall(once);
        self.jump_unless_ok(failed);
        self.load(Load::Double, Reg::A0, Reg::SP, 0);
        self.load(Load::Double, Reg::A1, Reg::SP, 8);
        self.load(Load::Double, Reg::T1, Reg::SP, 16);
        self.op(Op::Add, Reg::A0, Reg::A0, Reg::T1);
        self.op(Op::Sub, Reg::A1, Reg::A1, Reg::T1);
        self.jump(again);
        self.bind(done);
        self.add_sp(32);
        self.ret();
        self.bind(failed);
        self.trap();
    }

    fn thread_start(&mut self, start_regs: u32) {
        self.li(Reg::A5, 0);
        self.li(Reg::A6, 0);
        self.direct(start_regs, 7);
    }

    fn keep_handle(&mut self) {
        self.mv(Reg::S1, Reg::A3);
    }

    fn pass_handle(&mut self) {
        self.mv(Reg::A0, Reg::S1);
    }

    fn push_kept(&mut self) {
        self.add_sp(-16);
        self.store(Store::Double, Reg::S1, Reg::SP, 0);
    }

    fn pop_kept(&mut self) {
        self.load(Load::Double, Reg::S1, Reg::SP, 0);
        self.add_sp(16);
    }

    fn store_value(&mut self) {
        self.fence();
        self.store(Store::Word, Reg::A2, Reg::A0, 0);
    }

    fn jump_unless_handle(&mut self, none: Label, malformed: Label) {
        self.imm(ImmOp::Addiw, Reg::T1, Reg::A0, 0);
        self.jump_if(Cond::Equal, Reg::T1, Reg::ZERO, none);
        self.imm(ImmOp::Andi, Reg::T1, Reg::A0, HANDLE_FIXED_BITS_MASK as i32);
        self.li(Reg::T2, HANDLE_FIXED_BITS_MASK as i32);
        self.jump_if(Cond::NotEqual, Reg::T1, Reg::T2, malformed);
    }

    fn set_info_args(&mut self) {
        self.li(Reg::A1, INFO_HANDLE_VALID as i32);
        for register in [Reg::A2, Reg::A3, Reg::A4, Reg::A5] {
            self.li(register, 0);
        }
    }

    fn load32(&mut self, address: u64) {
        self.la(Reg::T0, address);
        self.load(Load::Word, Reg::A0, Reg::T0, 0);
    }

    fn load64(&mut self, address: u64) {
        self.la(Reg::T0, address);
        self.load(Load::Double, Reg::A0, Reg::T0, 0);
    }

    fn version_string(&mut self, data: &DataAddresses) {
        self.la(Reg::T0, data.constants);
        self.load(Load::Double, Reg::A1, Reg::T0, data::VERSION_LEN);
        self.imm(ImmOp::Addi, Reg::A0, Reg::T0, data::VERSION as i32);
    }

    fn copy_version(&mut self, data: &DataAddresses) {
        let [next, too_small] = self.labels();
        self.li(Reg::T1, data::VERSION_ROOM as i32);
        self.jump_if(Cond::Below, Reg::A1, Reg::T1, too_small);
        self.la(Reg::T0, data.constants + data::VERSION);
        self.op(Op::Add, Reg::T1, Reg::T0, Reg::T1);
        self.bind(next);
        self.load(Load::Double, Reg::T2, Reg::T0, 0);
        self.store(Store::Double, Reg::T2, Reg::A0, 0);
        self.imm(ImmOp::Addi, Reg::T0, Reg::T0, 8);
        self.imm(ImmOp::Addi, Reg::A0, Reg::A0, 8);
        self.jump_if(Cond::NotEqual, Reg::T0, Reg::T1, next);
        self.return_status(Status::OK);
        self.bind(too_small);
        self.return_status(Status::BUFFER_TOO_SMALL);
    }

    fn features(&mut self, kinds: u32, data: &DataAddresses) {
        let [store, unsupported] = self.labels();
        self.imm(ImmOp::Slli, Reg::A0, Reg::A0, 32);
        self.imm(ImmOp::Srli, Reg::A0, Reg::A0, 32);
        self.li(Reg::T1, kinds as i32);
        self.jump_if(Cond::AboveOrEqual, Reg::A0, Reg::T1, unsupported);
        self.la(Reg::T0, data.constants + data::FEATURES);
        self.imm(ImmOp::Slli, Reg::T1, Reg::A0, 2);
        self.op(Op::Add, Reg::T0, Reg::T0, Reg::T1);
        self.load(Load::Word, Reg::T1, Reg::T0, 0);
        self.jump_if(Cond::NotEqual, Reg::A0, Reg::ZERO, store);
        self.imm(ImmOp::Andi, Reg::T2, Reg::T1, data::HAS_CPU_FEATURES as i32);
        self.jump_if(Cond::Equal, Reg::T2, Reg::ZERO, unsupported);
        self.bind(store);
        self.store(Store::Word, Reg::T1, Reg::A1, 0);
        self.return_status(Status::OK);
        self.bind(unsupported);
        self.return_status(Status::NOT_SUPPORTED);
    }

    fn find_string(&mut self, table: u64, entry_count: u64) {
        let found = self.label();
        self.imm(ImmOp::Addiw, Reg::A0, Reg::A0, 0);
        self.la(Reg::T0, table);
        self.la(Reg::T1, table + entry_count * ENTRY_SIZE);
        let next = self.here_label();
        self.jump_if(Cond::Equal, Reg::T0, Reg::T1, found);
        self.load(Load::Word, Reg::T2, Reg::T0, 0);
        self.jump_if(Cond::Equal, Reg::T2, Reg::A0, found);
        self.imm(ImmOp::Addi, Reg::T0, Reg::T0, ENTRY_SIZE as i32);
        self.jump(next);
        self.bind(found);
        self.load(Load::UnsignedWord, Reg::A0, Reg::T0, 4);
        self.la(Reg::T0, table);
        self.op(Op::Add, Reg::A0, Reg::A0, Reg::T0);
        self.ret();
    }

    /// The base instruction set cannot name cache lines: fences order data with devices and with this
    /// hart's instruction fetches.
    fn cache_flush(&mut self, _data: &DataAddresses) {
        let invalid = self.label();
        self.imm(ImmOp::Slli, Reg::A2, Reg::A2, 32);
        self.imm(ImmOp::Srli, Reg::A2, Reg::A2, 32);
        self.li(Reg::T1, data::CACHE_FLUSH_ALL as i32);
        self.jump_if(Cond::Below, Reg::T1, Reg::A2, invalid);
        self.li(Reg::T1, data::CACHE_FLUSH_VALID as i32);
        self.op(Op::Srl, Reg::T1, Reg::T1, Reg::A2);
        self.imm(ImmOp::Andi, Reg::T1, Reg::T1, 1);
        self.jump_if(Cond::Equal, Reg::T1, Reg::ZERO, invalid);
        self.fence();
        self.fence_i();
        self.return_status(Status::OK);
        self.bind(invalid);
        self.return_status(Status::INVALID_ARGS);
    }

    /// `a0` = counter plus offset, or a jump to `kernel` if the counter is out of reach. Changes `t0`
    /// to `t2`. The offset may change meanwhile: then it reads again.
    fn read_ticks_or(&mut self, kernel: Label, offset: u64, data: &DataAddresses) {
        self.la(Reg::T0, data.time_values);
        self.load(Load::Byte, Reg::T1, Reg::T0, data::USERMODE_CAN_ACCESS_TICKS);
        self.jump_if(Cond::Equal, Reg::T1, Reg::ZERO, kernel);
        self.la(Reg::T0, offset);
        let again = self.here_label();
        self.load(Load::Double, Reg::T1, Reg::T0, 0);
        self.fence();
        self.rdtime(Reg::A0);
        self.fence();
        self.load(Load::Double, Reg::T2, Reg::T0, 0);
        self.jump_if(Cond::NotEqual, Reg::T1, Reg::T2, again);
        self.op(Op::Add, Reg::A0, Reg::A0, Reg::T1);
    }

    /// `a0` = ticks in `a0` as nanoseconds. Changes `a1` to `a3` and `t0` to `t6`.
    fn ticks_to_nanoseconds(&mut self, data: &DataAddresses) {
        let [clamp, done] = self.labels();
        self.la(Reg::T0, data.time_values);
        self.load(Load::UnsignedWord, Reg::T3, Reg::T0, data::NUMERATOR);
        self.load(Load::UnsignedWord, Reg::T4, Reg::T0, data::DENOMINATOR);
        self.imm(ImmOp::Srai, Reg::T1, Reg::A0, 63); // 0 or -1: the sign
        self.op(Op::Xor, Reg::T2, Reg::A0, Reg::T1);
        self.op(Op::Sub, Reg::T2, Reg::T2, Reg::T1);
        // 96 bits by 32, in two digits of 32 bits.
        self.op(Op::Mul, Reg::T5, Reg::T2, Reg::T3);
        self.op(Op::Mulhu, Reg::T6, Reg::T2, Reg::T3);
        self.jump_if(Cond::AboveOrEqual, Reg::T6, Reg::T4, clamp); // a zero denominator too
        self.imm(ImmOp::Slli, Reg::T6, Reg::T6, 32);
        self.imm(ImmOp::Srli, Reg::A1, Reg::T5, 32);
        self.op(Op::Or, Reg::A1, Reg::A1, Reg::T6);
        self.op(Op::Divu, Reg::A2, Reg::A1, Reg::T4); // the upper digit
        self.op(Op::Remu, Reg::A1, Reg::A1, Reg::T4);
        self.imm(ImmOp::Slli, Reg::A1, Reg::A1, 32);
        self.imm(ImmOp::Slli, Reg::T5, Reg::T5, 32);
        self.imm(ImmOp::Srli, Reg::T5, Reg::T5, 32);
        self.op(Op::Or, Reg::A1, Reg::A1, Reg::T5);
        self.op(Op::Divu, Reg::A3, Reg::A1, Reg::T4); // the lower digit
        self.imm(ImmOp::Slli, Reg::A2, Reg::A2, 32);
        self.op(Op::Or, Reg::A0, Reg::A2, Reg::A3);
        self.jump_if(Cond::GreaterOrEqual, Reg::A0, Reg::ZERO, done);
        self.bind(clamp);
        self.li_max(Reg::A0);
        self.bind(done);
        self.op(Op::Xor, Reg::A0, Reg::A0, Reg::T1);
        self.op(Op::Sub, Reg::A0, Reg::A0, Reg::T1);
    }

    fn deadline_after(&mut self, offset: u64, via_kernel: u32, data: &DataAddresses) {
        let [kernel, sum, done] = self.labels();
        self.add_sp(-16);
        self.store(Store::Double, Reg::A0, Reg::SP, 0); // the duration
        self.read_ticks_or(kernel, offset, data);
        self.ticks_to_nanoseconds(data);
        self.bind(sum);
        self.load(Load::Double, Reg::A1, Reg::SP, 0);
        self.add_sp(16);
        self.op(Op::Add, Reg::T0, Reg::A0, Reg::A1);
        // The sum is less than the instant exactly if the duration is negative, or it overflowed.
        self.op(Op::Slt, Reg::T1, Reg::T0, Reg::A0);
        self.imm(ImmOp::Srai, Reg::T2, Reg::A1, 63);
        self.mv(Reg::A0, Reg::T0);
        self.op(Op::Add, Reg::T1, Reg::T1, Reg::T2);
        self.jump_if(Cond::Equal, Reg::T1, Reg::ZERO, done);
        self.li_max(Reg::A0);
        self.op(Op::Xor, Reg::A0, Reg::A0, Reg::T2); // towards the side of the duration
        self.bind(done);
        self.ret();
        self.bind(kernel);
        self.syscall(via_kernel);
        self.jump(sum);
    }
}

impl Assembler {
    /// `t1` = the 32-bit status in `a0`, `t2` = another to compare it with
    fn load_statuses(&mut self, status: Status) {
        self.imm(ImmOp::Addiw, Reg::T1, Reg::A0, 0);
        self.li(Reg::T2, status.into_raw());
    }

    fn add_sp(&mut self, bytes: i32) {
        self.imm(ImmOp::Addi, Reg::SP, Reg::SP, bytes);
    }
}

/// Bytes of stack that keep arguments.
fn frame(args: usize) -> i32 {
    (args as i32 * 8 + 15) & !15
}

/// Registers of arguments, and where each is kept.
fn slots(args: usize) -> impl Iterator<Item = (Reg, u64)> {
    (0..args as u8).map(|index| (Reg::arg(index), 8 * u64::from(index)))
}
