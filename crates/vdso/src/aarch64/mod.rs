//! The functions in AArch64 code.
//!
//! Kernel entries take their number in `x16` and arguments in `x0` to `x7`; the result replaces
//! `x0`. Whatever is needed after an entry is kept on the stack or in a register that the callee
//! saves. `x18` belongs to the shadow call stack.

mod asm;

use zx_abi::{CPRNG_DRAW_MAX_LEN, HANDLE_FIXED_BITS_MASK, INFO_HANDLE_VALID, Status};

use crate::asm::{Instructions, Label};
use crate::data::{self, DataAddresses};
use crate::strings::ENTRY_SIZE;
use crate::target::Target;

pub(crate) use asm::Aarch64;
use asm::{Assembler, CacheOp, Cond, Reg, Size};

const X0: Reg = Reg(0);
const X1: Reg = Reg(1);
const X2: Reg = Reg(2);
const X3: Reg = Reg(3);
const X4: Reg = Reg(4);
const X5: Reg = Reg(5);
const X6: Reg = Reg(6);
const X7: Reg = Reg(7);
const X8: Reg = Reg(8);
const X9: Reg = Reg(9);
const X10: Reg = Reg(10);
const X11: Reg = Reg(11);
const X19: Reg = Reg(19);

impl Target for Assembler {
    fn set_status(&mut self, status: Status) {
        match magnitude(status) {
            0 => self.mov_imm(Size::W, X0, 0),
            magnitude => self.mov_not(Size::W, X0, magnitude - 1),
        }
    }

    fn jump_unless_ok(&mut self, target: Label) {
        self.jump_if_not_zero(Size::W, X0, target);
    }

    fn jump_if_status(&mut self, status: Status, target: Label) {
        self.cmp_status(status);
        self.jump_if(Cond::Equal, target);
    }

    fn jump_unless_status(&mut self, ok: Label, status: Status, other: Label) {
        self.jump_if_zero(Size::W, X0, ok);
        self.cmp_status(status);
        self.jump_if(Cond::NotEqual, other);
    }

    fn keep_args(&mut self, args: usize) {
        self.sub_imm(Reg::SP, Reg::SP, frame(args));
        for (first, second, offset) in pairs(args) {
            self.store_pair(first, second, Reg::SP, offset);
        }
    }

    fn reload_args(&mut self, args: usize) {
        for (first, second, offset) in pairs(args) {
            self.load_pair(first, second, Reg::SP, offset);
        }
    }

    fn drop_args(&mut self, args: usize) {
        self.add_imm(Reg::SP, Reg::SP, frame(args));
    }

    fn channel_call(&mut self, noretry: u32, finish: u32) {
        let done = self.label();
        self.sub_imm(Reg::SP, Reg::SP, 32);
        self.store_pair(X2, X3, Reg::SP, 0);
        self.store_pair(X4, X5, Reg::SP, 16);
        self.syscall(noretry);
        let check = self.here_label();
        self.cmp_status(Status::INTERNAL_INTR_RETRY);
        self.jump_if(Cond::NotEqual, done);
        self.load_pair(X0, X1, Reg::SP, 0);
        self.load_pair(X2, X3, Reg::SP, 16);
        self.syscall(finish);
        self.jump(check);
        self.bind(done);
        self.add_imm(Reg::SP, Reg::SP, 32);
        self.ret();
    }

    fn cprng_draw(&mut self, once: u32) {
        let [done, failed] = self.labels();
        self.sub_imm(Reg::SP, Reg::SP, 32);
        let again = self.here_label();
        self.jump_if_zero(Size::X, X1, done);
        self.store_pair(X0, X1, Reg::SP, 0); // where, and what is left to draw
        self.mov_imm(Size::X, X8, CPRNG_DRAW_MAX_LEN as u16);
        self.cmp(Size::X, X1, X8);
        self.select(Cond::Below, X1, X1, X8);
        self.store(Size::X, X1, Reg::SP, 16);
        self.syscall(once);
        self.jump_unless_ok(failed);
        self.load_pair(X0, X1, Reg::SP, 0);
        self.load(Size::X, X8, Reg::SP, 16);
        self.add(X0, X0, X8);
        self.sub(X1, X1, X8);
        self.jump(again);
        self.bind(done);
        self.add_imm(Reg::SP, Reg::SP, 32);
        self.ret();
        self.bind(failed);
        self.trap();
    }

    fn thread_start(&mut self, start_regs: u32) {
        self.mov_imm(Size::X, X5, 0);
        self.mov_imm(Size::X, X6, 0);
        self.direct(start_regs, 7);
    }

    fn keep_handle(&mut self) {
        self.mov(Size::W, X19, X3);
    }

    fn pass_handle(&mut self) {
        self.mov(Size::W, X0, X19);
    }

    fn push_kept(&mut self) {
        self.sub_imm(Reg::SP, Reg::SP, 16);
        self.store(Size::X, X19, Reg::SP, 0);
    }

    fn pop_kept(&mut self) {
        self.load(Size::X, X19, Reg::SP, 0);
        self.add_imm(Reg::SP, Reg::SP, 16);
    }

    fn store_value(&mut self) {
        self.store_release32(X2, X0);
    }

    fn jump_unless_handle(&mut self, none: Label, malformed: Label) {
        self.jump_if_zero(Size::W, X0, none);
        self.and_low_bits(X8, X0, HANDLE_FIXED_BITS_MASK.count_ones());
        self.cmp_imm(Size::W, X8, HANDLE_FIXED_BITS_MASK as u16);
        self.jump_if(Cond::NotEqual, malformed);
    }

    fn set_info_args(&mut self) {
        self.mov_imm(Size::W, X1, INFO_HANDLE_VALID as u16);
        for register in [X2, X3, X4, X5] {
            self.mov_imm(Size::X, register, 0);
        }
    }

    fn load32(&mut self, address: u64) {
        self.adr(X8, address);
        self.load(Size::W, X0, X8, 0);
    }

    fn load64(&mut self, address: u64) {
        self.adr(X8, address);
        self.load(Size::X, X0, X8, 0);
    }

    fn version_string(&mut self, data: &DataAddresses) {
        self.adr(X8, data.constants);
        self.load(Size::X, X1, X8, data::VERSION_LEN);
        self.adr(X0, data.constants + data::VERSION);
    }

    fn copy_version(&mut self, data: &DataAddresses) {
        let too_small = self.label();
        self.cmp_imm(Size::X, X1, data::VERSION_ROOM as u16);
        self.jump_if(Cond::Below, too_small);
        self.adr(X8, data.constants + data::VERSION);
        for offset in (0..data::VERSION_ROOM as u32).step_by(16) {
            self.load_pair(X9, X10, X8, offset);
            self.store_pair(X9, X10, X0, offset);
        }
        self.return_status(Status::OK);
        self.bind(too_small);
        self.return_status(Status::BUFFER_TOO_SMALL);
    }

    fn features(&mut self, kinds: u32, data: &DataAddresses) {
        let [store, unsupported] = self.labels();
        self.cmp_imm(Size::W, X0, kinds as u16);
        self.jump_if(Cond::AboveOrEqual, unsupported);
        self.adr(X8, data.constants + data::FEATURES);
        self.add_scaled(X8, X8, X0);
        self.load(Size::W, X9, X8, 0);
        self.jump_if_not_zero(Size::W, X0, store);
        self.jump_if_clear(X9, data::HAS_CPU_FEATURES.trailing_zeros(), unsupported);
        self.bind(store);
        self.store(Size::W, X9, X1, 0);
        self.return_status(Status::OK);
        self.bind(unsupported);
        self.return_status(Status::NOT_SUPPORTED);
    }

    fn find_string(&mut self, table: u64, entry_count: u64) {
        let found = self.label();
        self.adr(X8, table);
        self.adr(X9, table + entry_count * ENTRY_SIZE);
        let next = self.here_label();
        self.cmp(Size::X, X8, X9);
        self.jump_if(Cond::Equal, found);
        self.load(Size::W, X10, X8, 0);
        self.cmp(Size::W, X10, X0);
        self.jump_if(Cond::Equal, found);
        self.add_imm(X8, X8, ENTRY_SIZE as u16);
        self.jump(next);
        self.bind(found);
        self.load(Size::W, X0, X8, 4);
        self.adr(X8, table);
        self.add(X0, X0, X8);
        self.ret();
    }

    fn cache_flush(&mut self, data: &DataAddresses) {
        let [ok, invalid, unsupported] = self.labels();
        self.cmp_imm(Size::W, X2, data::CACHE_FLUSH_ALL as u16);
        self.jump_if(Cond::Above, invalid);
        self.mov_imm(Size::W, X8, data::CACHE_FLUSH_VALID as u16);
        self.shift_right(X8, X8, X2);
        self.jump_if_clear(X8, 0, invalid);
        self.adr(X8, data.constants);
        self.load(Size::W, X9, X8, data::DCACHE_LINE_SIZE);
        self.load(Size::W, X10, X8, data::ICACHE_LINE_SIZE);
        self.jump_if_zero(Size::W, X9, unsupported);
        self.jump_if_zero(Size::W, X10, unsupported);
        self.jump_if_zero(Size::X, X1, ok);
        self.add(X1, X0, X1); // the end
        self.for_each_line(X9, |asm| {
            let [invalidate, data, done] = asm.labels();
            asm.jump_if_set(X2, 2, invalidate);
            asm.jump_if_set(X2, 1, data);
            asm.cache(CacheOp::CleanToUnification, X11);
            asm.jump(done);
            asm.bind(invalidate);
            asm.cache(CacheOp::CleanAndInvalidate, X11);
            asm.jump(done);
            asm.bind(data);
            asm.cache(CacheOp::CleanToCoherency, X11);
            asm.bind(done);
        });
        self.jump_if_clear(X2, 0, ok);
        self.for_each_line(X10, |asm| asm.cache(CacheOp::InvalidateInstructions, X11));
        self.isb();
        self.bind(ok);
        self.return_status(Status::OK);
        self.bind(invalid);
        self.return_status(Status::INVALID_ARGS);
        self.bind(unsupported);
        self.return_status(Status::NOT_SUPPORTED);
    }

    /// `x0` = counter plus offset, or a jump to `kernel` if the counter is out of reach. Changes `x8`
    /// to `x11`. The offset may change meanwhile: then it reads again.
    fn read_ticks_or(&mut self, kernel: Label, offset: u64, data: &DataAddresses) {
        self.adr(X8, data.time_values);
        self.load_byte(X9, X8, data::USERMODE_CAN_ACCESS_TICKS);
        self.jump_if_zero(Size::W, X9, kernel);
        self.adr(X8, offset);
        let again = self.here_label();
        self.load(Size::X, X9, X8, 0);
        self.isb();
        self.read_counter(X10);
        self.isb();
        self.load(Size::X, X11, X8, 0);
        self.cmp(Size::X, X9, X11);
        self.jump_if(Cond::NotEqual, again);
        self.add(X0, X10, X9);
    }

    /// `x0` = ticks in `x0` as nanoseconds. Changes `x1` to `x8`.
    fn ticks_to_nanoseconds(&mut self, data: &DataAddresses) {
        let [clamp, done] = self.labels();
        self.adr(X8, data.time_values);
        self.load(Size::W, X2, X8, data::NUMERATOR);
        self.load(Size::W, X3, X8, data::DENOMINATOR);
        self.cmp_imm(Size::X, X0, 0);
        self.negate_if(Cond::Less, X1, X0);
        // 96 bits by 32, in two digits of 32 bits.
        self.mul(X4, X1, X2);
        self.umulh(X5, X1, X2);
        self.cmp(Size::X, X5, X3); // true of a zero denominator too
        self.jump_if(Cond::AboveOrEqual, clamp);
        self.high_half(X6, X4);
        self.orr_high(X6, X6, X5);
        self.udiv(X7, X6, X3); // the upper digit
        self.msub(X6, X7, X3, X6);
        self.mov(Size::W, X4, X4);
        self.orr_high(X6, X4, X6);
        self.udiv(X1, X6, X3); // the lower digit
        self.orr_high(X1, X1, X7);
        self.jump_if_clear(X1, 63, done);
        self.bind(clamp);
        self.mov_max(X1);
        self.bind(done);
        self.cmp_imm(Size::X, X0, 0);
        self.negate_if(Cond::Less, X0, X1);
    }

    fn deadline_after(&mut self, offset: u64, via_kernel: u32, data: &DataAddresses) {
        let [kernel, sum, done] = self.labels();
        self.sub_imm(Reg::SP, Reg::SP, 16);
        self.store(Size::X, X0, Reg::SP, 0); // the duration
        self.read_ticks_or(kernel, offset, data);
        self.ticks_to_nanoseconds(data);
        self.bind(sum);
        self.load(Size::X, X1, Reg::SP, 0);
        self.add_imm(Reg::SP, Reg::SP, 16);
        self.adds(X0, X0, X1);
        self.jump_if(Cond::NoOverflow, done);
        self.mov_max(X0);
        self.eor_sign(X0, X0, X1); // towards the side of the duration
        self.bind(done);
        self.ret();
        self.bind(kernel);
        self.syscall(via_kernel);
        self.jump(sum);
    }
}

impl Assembler {
    fn cmp_status(&mut self, status: Status) {
        self.cmn_imm(Size::W, X0, magnitude(status));
    }

    /// Applies what `per_line` writes to every line of `line_size` bytes from `x0` up to `x1`. The
    /// line's address is in `x11`.
    fn for_each_line(&mut self, line_size: Reg, per_line: impl FnOnce(&mut Assembler)) {
        let done = self.label();
        self.sub(X11, Reg::ZERO, line_size);
        self.and(X11, X0, X11);
        let next = self.here_label();
        self.cmp(Size::X, X11, X1);
        self.jump_if(Cond::AboveOrEqual, done);
        per_line(self);
        self.add(X11, X11, line_size);
        self.jump(next);
        self.bind(done);
        self.dsb_ish();
    }
}

/// The magnitude of a status: no status is positive.
fn magnitude(status: Status) -> u16 {
    status.into_raw().unsigned_abs() as u16
}

/// Bytes of stack that keep arguments.
fn frame(args: usize) -> u16 {
    16 * args.div_ceil(2) as u16
}

/// Arguments in pairs of registers, and where each pair is kept.
fn pairs(args: usize) -> impl Iterator<Item = (Reg, Reg, u32)> {
    let pairs = args.div_ceil(2) as u8;
    (0..pairs).map(|index| (Reg(2 * index), Reg(2 * index + 1), 16 * u32::from(index)))
}
