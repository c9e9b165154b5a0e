//! The functions in RISC-V code.
//!
//! Kernel entries take their number in `t0` and arguments in `a0` to `a7`; the result replaces
//! `a0`. Whatever is needed after an entry is kept on the stack or in a register that the callee
//! saves. `gp` belongs to the shadow call stack.

mod asm;

use zx_abi::{CPRNG_DRAW_MAX_LEN, INFO_HANDLE_VALID, Status};

use crate::SyscallSite;
use crate::body::Body;
use crate::buffer::Label;
use crate::code::Target;
use crate::data::{self, DataAddresses};
use crate::strings::ENTRY_SIZE;

use asm::{Assembler, Cond, ImmOp, Load, Op, Reg, Store};

/// Writes functions.
pub(crate) struct Riscv64 {
    asm: Assembler,
}

impl Riscv64 {
    pub(crate) fn new(base: u64) -> Self {
        Self { asm: Assembler::new(base) }
    }
}

impl Target for Riscv64 {
    const TRAP: &'static [u8] = Assembler::EBREAK;

    fn emit(&mut self, body: &Body, data: &DataAddresses) {
        let asm = &mut self.asm;
        match *body {
            Body::Direct { number, .. } => direct(asm, number),
            Body::BlockingRetry { number, args } => blocking_retry(asm, number, args),
            Body::ChannelCall { noretry, finish } => channel_call(asm, noretry, finish),
            Body::CprngDraw { once } => cprng_draw(asm, once),
            Body::ThreadStart { start_regs } => {
                asm.li(Reg::A5, 0);
                asm.li(Reg::A6, 0);
                direct(asm, start_regs);
            }
            Body::FutexWakeExit { futex_wake, handle_close, thread_exit } => {
                futex_wake_exit(asm, futex_wake, handle_close, thread_exit);
            }
            Body::VmarUnmapExit { vmar_unmap, handle_close, thread_exit } => {
                vmar_unmap_exit(asm, vmar_unmap, handle_close, thread_exit);
            }
            Body::HandleCheckValid { get_info } => handle_check_valid(asm, get_info),
            Body::Load32 { address } => load_at(asm, Load::Word, address),
            Body::Load64 { address } => load_at(asm, Load::Double, address),
            Body::VersionString => {
                asm.la(Reg::T0, data.constants);
                asm.load(Load::Double, Reg::A1, Reg::T0, data::VERSION_LEN);
                asm.imm(ImmOp::Addi, Reg::A0, Reg::T0, data::VERSION as i32);
                asm.ret();
            }
            Body::CopyVersion => copy_version(asm, data),
            Body::Features { kinds } => features(asm, kinds, data),
            Body::FindString { table, entry_count } => find_string(asm, table, entry_count),
            Body::CacheFlush => cache_flush(asm),
            Body::Ticks { offset, via_kernel } => {
                let kernel = asm.label();
                read_ticks_or(asm, kernel, offset, data);
                asm.ret();
                asm.bind(kernel);
                direct(asm, via_kernel);
            }
            Body::Nanoseconds { offset, via_kernel } => {
                let kernel = asm.label();
                read_ticks_or(asm, kernel, offset, data);
                ticks_to_nanoseconds(asm, data);
                asm.ret();
                asm.bind(kernel);
                direct(asm, via_kernel);
            }
            Body::DeadlineAfter { offset, via_kernel } => {
                deadline_after(asm, offset, via_kernel, data);
            }
            Body::NotSupported => return_status(asm, Status::NOT_SUPPORTED),
        }
    }

    fn here(&self) -> u64 {
        self.asm.here()
    }

    fn align(&mut self) {
        self.asm.align();
    }

    fn finish(self) -> (Vec<u8>, Vec<SyscallSite>) {
        self.asm.finish()
    }
}

fn return_status(asm: &mut Assembler, status: Status) {
    asm.li(Reg::A0, status.into_raw());
    asm.ret();
}

/// `t1` = the 32-bit status in `a0`, `t2` = another to compare it with
fn load_statuses(asm: &mut Assembler, status: Status) {
    asm.imm(ImmOp::Addiw, Reg::T1, Reg::A0, 0);
    asm.li(Reg::T2, status.into_raw());
}

/// Jumps unless the 32-bit status in `a0` is OK.
fn jump_unless_ok(asm: &mut Assembler, target: Label) {
    asm.imm(ImmOp::Addiw, Reg::T1, Reg::A0, 0);
    asm.jump_if(Cond::NotEqual, Reg::T1, Reg::ZERO, target);
}

fn add_sp(asm: &mut Assembler, bytes: i32) {
    asm.imm(ImmOp::Addi, Reg::SP, Reg::SP, bytes);
}

fn load_at(asm: &mut Assembler, load: Load, address: u64) {
    asm.la(Reg::T0, address);
    asm.load(load, Reg::A0, Reg::T0, 0);
    asm.ret();
}

fn direct(asm: &mut Assembler, number: u32) {
    asm.syscall(number);
    asm.ret();
}

fn blocking_retry(asm: &mut Assembler, number: u32, args: usize) {
    let frame = (args as i32 * 8 + 15) & !15;
    let slots = (0..args as u8).map(|index| (Reg::arg(index), 8 * u64::from(index)));
    add_sp(asm, -frame);
    for (register, offset) in slots.clone() {
        asm.store(Store::Double, register, Reg::SP, offset);
    }
    let again = asm.here_label();
    for (register, offset) in slots {
        asm.load(Load::Double, register, Reg::SP, offset);
    }
    asm.syscall(number);
    load_statuses(asm, Status::INTERNAL_INTR_RETRY);
    asm.jump_if(Cond::Equal, Reg::T1, Reg::T2, again);
    add_sp(asm, frame);
    asm.ret();
}

fn channel_call(asm: &mut Assembler, noretry: u32, finish: u32) {
    let done = asm.label();
    let kept = [(Reg::A2, Reg::A0), (Reg::A3, Reg::A1), (Reg::A4, Reg::A2), (Reg::A5, Reg::A3)];
    add_sp(asm, -32);
    for ((source, _), offset) in kept.into_iter().zip((0..).step_by(8)) {
        asm.store(Store::Double, source, Reg::SP, offset);
    }
    asm.syscall(noretry);
    let check = asm.here_label();
    load_statuses(asm, Status::INTERNAL_INTR_RETRY);
    asm.jump_if(Cond::NotEqual, Reg::T1, Reg::T2, done);
    for ((_, target), offset) in kept.into_iter().zip((0..).step_by(8)) {
        asm.load(Load::Double, target, Reg::SP, offset);
    }
    asm.syscall(finish);
    asm.jump(check);
    asm.bind(done);
    add_sp(asm, 32);
    asm.ret();
}

fn cprng_draw(asm: &mut Assembler, once: u32) {
    let (small, done, failed) = (asm.label(), asm.label(), asm.label());
    add_sp(asm, -32);
    let again = asm.here_label();
    asm.jump_if(Cond::Equal, Reg::A1, Reg::ZERO, done);
    asm.store(Store::Double, Reg::A0, Reg::SP, 0); // where
    asm.store(Store::Double, Reg::A1, Reg::SP, 8); // what is left to draw
    asm.li(Reg::T1, CPRNG_DRAW_MAX_LEN as i32);
    asm.jump_if(Cond::Below, Reg::A1, Reg::T1, small);
    asm.mv(Reg::A1, Reg::T1);
    asm.bind(small);
    asm.store(Store::Double, Reg::A1, Reg::SP, 16);
    asm.syscall(once);
    jump_unless_ok(asm, failed);
    asm.load(Load::Double, Reg::A0, Reg::SP, 0);
    asm.load(Load::Double, Reg::A1, Reg::SP, 8);
    asm.load(Load::Double, Reg::T1, Reg::SP, 16);
    asm.op(Op::Add, Reg::A0, Reg::A0, Reg::T1);
    asm.op(Op::Sub, Reg::A1, Reg::A1, Reg::T1);
    asm.jump(again);
    asm.bind(done);
    add_sp(asm, 32);
    asm.ret();
    asm.bind(failed);
    asm.trap();
}

/// Closes the handle in `s1` and ends the thread, without a stack.
fn close_and_exit(asm: &mut Assembler, handle_close: u32, thread_exit: u32) {
    let failed = asm.label();
    asm.mv(Reg::A0, Reg::S1);
    asm.syscall(handle_close);
    jump_unless_ok(asm, failed);
    asm.syscall(thread_exit);
    asm.bind(failed);
    asm.trap();
}

fn futex_wake_exit(asm: &mut Assembler, futex_wake: u32, handle_close: u32, thread_exit: u32) {
    asm.mv(Reg::S1, Reg::A3);
    asm.fence(); // what came before is seen with the new value
    asm.store(Store::Word, Reg::A2, Reg::A0, 0);
    asm.syscall(futex_wake);
    close_and_exit(asm, handle_close, thread_exit);
}

fn vmar_unmap_exit(asm: &mut Assembler, vmar_unmap: u32, handle_close: u32, thread_exit: u32) {
    let failed = asm.label();
    add_sp(asm, -16);
    asm.store(Store::Double, Reg::S1, Reg::SP, 0);
    asm.mv(Reg::S1, Reg::A3);
    asm.syscall(vmar_unmap);
    jump_unless_ok(asm, failed);
    close_and_exit(asm, handle_close, thread_exit);
    asm.bind(failed); // the stack is still there
    asm.load(Load::Double, Reg::S1, Reg::SP, 0);
    add_sp(asm, 16);
    asm.ret();
}

fn handle_check_valid(asm: &mut Assembler, get_info: u32) {
    let (none, malformed, done, failed) = (asm.label(), asm.label(), asm.label(), asm.label());
    asm.imm(ImmOp::Addiw, Reg::T1, Reg::A0, 0);
    asm.jump_if(Cond::Equal, Reg::T1, Reg::ZERO, none);
    asm.imm(ImmOp::Andi, Reg::T1, Reg::A0, zx_abi::HANDLE_FIXED_BITS_MASK as i32);
    asm.li(Reg::T2, zx_abi::HANDLE_FIXED_BITS_MASK as i32);
    asm.jump_if(Cond::NotEqual, Reg::T1, Reg::T2, malformed);
    asm.li(Reg::A1, INFO_HANDLE_VALID as i32);
    for register in [Reg::A2, Reg::A3, Reg::A4, Reg::A5] {
        asm.li(register, 0);
    }
    asm.syscall(get_info);
    load_statuses(asm, Status::BAD_HANDLE);
    asm.jump_if(Cond::Equal, Reg::T1, Reg::ZERO, done);
    asm.jump_if(Cond::NotEqual, Reg::T1, Reg::T2, failed);
    asm.li(Reg::A0, Status::NOT_FOUND.into_raw());
    asm.bind(done);
    asm.ret();
    asm.bind(none);
    return_status(asm, Status::INVALID_ARGS);
    asm.bind(malformed);
    return_status(asm, Status::OUT_OF_RANGE);
    asm.bind(failed);
    asm.trap();
}

fn copy_version(asm: &mut Assembler, data: &DataAddresses) {
    let (next, too_small) = (asm.label(), asm.label());
    asm.li(Reg::T1, data::VERSION_ROOM as i32);
    asm.jump_if(Cond::Below, Reg::A1, Reg::T1, too_small);
    asm.la(Reg::T0, data.constants + data::VERSION);
    asm.op(Op::Add, Reg::T1, Reg::T0, Reg::T1);
    asm.bind(next);
    asm.load(Load::Double, Reg::T2, Reg::T0, 0);
    asm.store(Store::Double, Reg::T2, Reg::A0, 0);
    asm.imm(ImmOp::Addi, Reg::T0, Reg::T0, 8);
    asm.imm(ImmOp::Addi, Reg::A0, Reg::A0, 8);
    asm.jump_if(Cond::NotEqual, Reg::T0, Reg::T1, next);
    return_status(asm, Status::OK);
    asm.bind(too_small);
    return_status(asm, Status::BUFFER_TOO_SMALL);
}

fn features(asm: &mut Assembler, kinds: u32, data: &DataAddresses) {
    let (store, unsupported) = (asm.label(), asm.label());
    asm.imm(ImmOp::Slli, Reg::A0, Reg::A0, 32);
    asm.imm(ImmOp::Srli, Reg::A0, Reg::A0, 32);
    asm.li(Reg::T1, kinds as i32);
    asm.jump_if(Cond::AboveOrEqual, Reg::A0, Reg::T1, unsupported);
    asm.la(Reg::T0, data.constants + data::FEATURES);
    asm.imm(ImmOp::Slli, Reg::T1, Reg::A0, 2);
    asm.op(Op::Add, Reg::T0, Reg::T0, Reg::T1);
    asm.load(Load::Word, Reg::T1, Reg::T0, 0);
    asm.jump_if(Cond::NotEqual, Reg::A0, Reg::ZERO, store);
    asm.imm(ImmOp::Andi, Reg::T2, Reg::T1, data::HAS_CPU_FEATURES as i32);
    asm.jump_if(Cond::Equal, Reg::T2, Reg::ZERO, unsupported);
    asm.bind(store);
    asm.store(Store::Word, Reg::T1, Reg::A1, 0);
    return_status(asm, Status::OK);
    asm.bind(unsupported);
    return_status(asm, Status::NOT_SUPPORTED);
}

fn find_string(asm: &mut Assembler, table: u64, entry_count: u64) {
    let found = asm.label();
    asm.imm(ImmOp::Addiw, Reg::A0, Reg::A0, 0);
    asm.la(Reg::T0, table);
    asm.la(Reg::T1, table + entry_count * ENTRY_SIZE);
    let next = asm.here_label();
    asm.jump_if(Cond::Equal, Reg::T0, Reg::T1, found);
    asm.load(Load::Word, Reg::T2, Reg::T0, 0);
    asm.jump_if(Cond::Equal, Reg::T2, Reg::A0, found);
    asm.imm(ImmOp::Addi, Reg::T0, Reg::T0, ENTRY_SIZE as i32);
    asm.jump(next);
    asm.bind(found);
    asm.load(Load::UnsignedWord, Reg::A0, Reg::T0, 4);
    asm.la(Reg::T0, table);
    asm.op(Op::Add, Reg::A0, Reg::A0, Reg::T0);
    asm.ret();
}

/// The base instruction set cannot name cache lines: fences order data with devices and with this
/// hart's instruction fetches.
fn cache_flush(asm: &mut Assembler) {
    let invalid = asm.label();
    asm.imm(ImmOp::Slli, Reg::A2, Reg::A2, 32);
    asm.imm(ImmOp::Srli, Reg::A2, Reg::A2, 32);
    asm.li(Reg::T1, data::CACHE_FLUSH_ALL as i32);
    asm.jump_if(Cond::Below, Reg::T1, Reg::A2, invalid);
    asm.li(Reg::T1, data::CACHE_FLUSH_VALID as i32);
    asm.op(Op::Srl, Reg::T1, Reg::T1, Reg::A2);
    asm.imm(ImmOp::Andi, Reg::T1, Reg::T1, 1);
    asm.jump_if(Cond::Equal, Reg::T1, Reg::ZERO, invalid);
    asm.fence();
    asm.fence_i();
    return_status(asm, Status::OK);
    asm.bind(invalid);
    return_status(asm, Status::INVALID_ARGS);
}

/// `a0` = counter plus offset, or a jump to `kernel` if the counter is out of reach. Changes `t0`
/// to `t2`. The offset may change meanwhile: then it reads again.
fn read_ticks_or(asm: &mut Assembler, kernel: Label, offset: u64, data: &DataAddresses) {
    asm.la(Reg::T0, data.time_values);
    asm.load(Load::Byte, Reg::T1, Reg::T0, data::USERMODE_CAN_ACCESS_TICKS);
    asm.jump_if(Cond::Equal, Reg::T1, Reg::ZERO, kernel);
    asm.la(Reg::T0, offset);
    let again = asm.here_label();
    asm.load(Load::Double, Reg::T1, Reg::T0, 0);
    asm.fence();
    asm.rdtime(Reg::A0);
    asm.fence();
    asm.load(Load::Double, Reg::T2, Reg::T0, 0);
    asm.jump_if(Cond::NotEqual, Reg::T1, Reg::T2, again);
    asm.op(Op::Add, Reg::A0, Reg::A0, Reg::T1);
}

/// `a0` = ticks in `a0` as nanoseconds. Changes `a1` to `a3` and `t0` to `t6`.
fn ticks_to_nanoseconds(asm: &mut Assembler, data: &DataAddresses) {
    let (clamp, done) = (asm.label(), asm.label());
    asm.la(Reg::T0, data.time_values);
    asm.load(Load::UnsignedWord, Reg::T3, Reg::T0, data::NUMERATOR);
    asm.load(Load::UnsignedWord, Reg::T4, Reg::T0, data::DENOMINATOR);
    asm.imm(ImmOp::Srai, Reg::T1, Reg::A0, 63); // 0 or -1: the sign
    asm.op(Op::Xor, Reg::T2, Reg::A0, Reg::T1);
    asm.op(Op::Sub, Reg::T2, Reg::T2, Reg::T1);
    // 96 bits by 32, in two digits of 32 bits.
    asm.op(Op::Mul, Reg::T5, Reg::T2, Reg::T3);
    asm.op(Op::Mulhu, Reg::T6, Reg::T2, Reg::T3);
    asm.jump_if(Cond::AboveOrEqual, Reg::T6, Reg::T4, clamp); // a zero denominator too
    asm.imm(ImmOp::Slli, Reg::T6, Reg::T6, 32);
    asm.imm(ImmOp::Srli, Reg::A1, Reg::T5, 32);
    asm.op(Op::Or, Reg::A1, Reg::A1, Reg::T6);
    asm.op(Op::Divu, Reg::A2, Reg::A1, Reg::T4); // the upper digit
    asm.op(Op::Remu, Reg::A1, Reg::A1, Reg::T4);
    asm.imm(ImmOp::Slli, Reg::A1, Reg::A1, 32);
    asm.imm(ImmOp::Slli, Reg::T5, Reg::T5, 32);
    asm.imm(ImmOp::Srli, Reg::T5, Reg::T5, 32);
    asm.op(Op::Or, Reg::A1, Reg::A1, Reg::T5);
    asm.op(Op::Divu, Reg::A3, Reg::A1, Reg::T4); // the lower digit
    asm.imm(ImmOp::Slli, Reg::A2, Reg::A2, 32);
    asm.op(Op::Or, Reg::A0, Reg::A2, Reg::A3);
    asm.jump_if(Cond::GreaterOrEqual, Reg::A0, Reg::ZERO, done);
    asm.bind(clamp);
    asm.li_max(Reg::A0);
    asm.bind(done);
    asm.op(Op::Xor, Reg::A0, Reg::A0, Reg::T1);
    asm.op(Op::Sub, Reg::A0, Reg::A0, Reg::T1);
}

fn deadline_after(asm: &mut Assembler, offset: u64, via_kernel: u32, data: &DataAddresses) {
    let (kernel, sum, done) = (asm.label(), asm.label(), asm.label());
    add_sp(asm, -16);
    asm.store(Store::Double, Reg::A0, Reg::SP, 0); // the duration
    read_ticks_or(asm, kernel, offset, data);
    ticks_to_nanoseconds(asm, data);
    asm.bind(sum);
    asm.load(Load::Double, Reg::A1, Reg::SP, 0);
    add_sp(asm, 16);
    asm.op(Op::Add, Reg::T0, Reg::A0, Reg::A1);
    // The sum is less than the instant exactly if the duration is negative, or it overflowed.
    asm.op(Op::Slt, Reg::T1, Reg::T0, Reg::A0);
    asm.imm(ImmOp::Srai, Reg::T2, Reg::A1, 63);
    asm.mv(Reg::A0, Reg::T0);
    asm.op(Op::Add, Reg::T1, Reg::T1, Reg::T2);
    asm.jump_if(Cond::Equal, Reg::T1, Reg::ZERO, done);
    asm.li_max(Reg::A0);
    asm.op(Op::Xor, Reg::A0, Reg::A0, Reg::T2); // towards the side of the duration
    asm.bind(done);
    asm.ret();
    asm.bind(kernel);
    asm.syscall(via_kernel);
    asm.jump(sum);
}
