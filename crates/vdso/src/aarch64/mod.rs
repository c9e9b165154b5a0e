//! The functions in AArch64 code.
//!
//! Kernel entries take their number in `x16` and arguments in `x0` to `x7`; the result replaces
//! `x0`. Whatever is needed after an entry is kept on the stack or in a register that the callee
//! saves. `x18` belongs to the shadow call stack.

mod asm;

use zx_abi::{Abi, CPRNG_DRAW_MAX_LEN, INFO_HANDLE_VALID, Status};

use crate::SyscallSite;
use crate::body::Body;
use crate::buffer::Label;
use crate::code::Target;
use crate::data::{self, DataAddresses};
use crate::strings::ENTRY_SIZE;

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

/// Writes functions.
pub(crate) struct Aarch64 {
    asm: Assembler,
}

impl Aarch64 {
    pub(crate) fn new(base: u64, abi: Abi) -> Self {
        Self { asm: Assembler::new(base, abi) }
    }
}

impl Target for Aarch64 {
    const TRAP: &'static [u8] = Assembler::BRK;

    fn emit(&mut self, body: &Body, data: &DataAddresses) {
        let asm = &mut self.asm;
        match *body {
            Body::Direct { number, .. } => direct(asm, number),
            Body::BlockingRetry { number, args } => blocking_retry(asm, number, args),
            Body::ChannelCall { noretry, finish } => channel_call(asm, noretry, finish),
            Body::CprngDraw { once } => cprng_draw(asm, once),
            Body::ThreadStart { start_regs } => {
                asm.mov_imm(Size::X, X5, 0);
                asm.mov_imm(Size::X, X6, 0);
                direct(asm, start_regs);
            }
            Body::FutexWakeExit { futex_wake, handle_close, thread_exit } => {
                futex_wake_exit(asm, futex_wake, handle_close, thread_exit);
            }
            Body::VmarUnmapExit { vmar_unmap, handle_close, thread_exit } => {
                vmar_unmap_exit(asm, vmar_unmap, handle_close, thread_exit);
            }
            Body::HandleCheckValid { get_info } => handle_check_valid(asm, get_info),
            Body::Load32 { address } => load_at(asm, Size::W, X0, address),
            Body::Load64 { address } => load_at(asm, Size::X, X0, address),
            Body::VersionString => {
                asm.adr(X8, data.constants);
                asm.load(Size::X, X1, X8, data::VERSION_LEN);
                asm.adr(X0, data.constants + data::VERSION);
                asm.ret();
            }
            Body::CopyVersion => copy_version(asm, data),
            Body::Features { kinds } => features(asm, kinds, data),
            Body::FindString { table, entry_count } => find_string(asm, table, entry_count),
            Body::CacheFlush => cache_flush(asm, data),
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

/// The magnitude of a status: no status is positive.
fn magnitude(status: Status) -> u16 {
    status.into_raw().unsigned_abs() as u16
}

fn mov_status(asm: &mut Assembler, status: Status) {
    asm.mov_not(Size::W, X0, magnitude(status) - 1);
}

fn return_status(asm: &mut Assembler, status: Status) {
    mov_status(asm, status);
    asm.ret();
}

fn return_ok(asm: &mut Assembler) {
    asm.mov_imm(Size::W, X0, 0);
    asm.ret();
}

fn cmp_status(asm: &mut Assembler, status: Status) {
    asm.cmn_imm(Size::W, X0, magnitude(status));
}

fn load_at(asm: &mut Assembler, size: Size, target: Reg, address: u64) {
    asm.adr(X8, address);
    asm.load(size, target, X8, 0);
    asm.ret();
}

fn direct(asm: &mut Assembler, number: u32) {
    asm.syscall(number);
    asm.ret();
}

fn blocking_retry(asm: &mut Assembler, number: u32, args: usize) {
    let pairs = args.div_ceil(2) as u8;
    let pair = |index: u8| (Reg(2 * index), Reg(2 * index + 1), 16 * index as u32);
    asm.sub_imm(Reg::SP, Reg::SP, 16 * pairs as u16);
    for (first, second, offset) in (0..pairs).map(pair) {
        asm.store_pair(first, second, Reg::SP, offset);
    }
    let again = asm.here_label();
    for (first, second, offset) in (0..pairs).map(pair) {
        asm.load_pair(first, second, Reg::SP, offset);
    }
    asm.syscall(number);
    cmp_status(asm, Status::INTERNAL_INTR_RETRY);
    asm.jump_if(Cond::Equal, again);
    asm.add_imm(Reg::SP, Reg::SP, 16 * pairs as u16);
    asm.ret();
}

fn channel_call(asm: &mut Assembler, noretry: u32, finish: u32) {
    let done = asm.label();
    asm.sub_imm(Reg::SP, Reg::SP, 32);
    asm.store_pair(X2, X3, Reg::SP, 0);
    asm.store_pair(X4, X5, Reg::SP, 16);
    asm.syscall(noretry);
    let check = asm.here_label();
    cmp_status(asm, Status::INTERNAL_INTR_RETRY);
    asm.jump_if(Cond::NotEqual, done);
    asm.load_pair(X0, X1, Reg::SP, 0);
    asm.load_pair(X2, X3, Reg::SP, 16);
    asm.syscall(finish);
    asm.jump(check);
    asm.bind(done);
    asm.add_imm(Reg::SP, Reg::SP, 32);
    asm.ret();
}

fn cprng_draw(asm: &mut Assembler, once: u32) {
    let (done, failed) = (asm.label(), asm.label());
    asm.sub_imm(Reg::SP, Reg::SP, 32);
    let again = asm.here_label();
    asm.jump_if_zero(Size::X, X1, done);
    asm.store_pair(X0, X1, Reg::SP, 0); // where, and what is left to draw
    asm.mov_imm(Size::X, X8, CPRNG_DRAW_MAX_LEN as u16);
    asm.cmp(Size::X, X1, X8);
    asm.select(Cond::Below, X1, X1, X8);
    asm.store(Size::X, X1, Reg::SP, 16);
    asm.syscall(once);
    asm.jump_if_not_zero(Size::W, X0, failed);
    asm.load_pair(X0, X1, Reg::SP, 0);
    asm.load(Size::X, X8, Reg::SP, 16);
    asm.add(X0, X0, X8);
    asm.sub(X1, X1, X8);
    asm.jump(again);
    asm.bind(done);
    asm.add_imm(Reg::SP, Reg::SP, 32);
    asm.ret();
    asm.bind(failed);
    asm.trap();
}

/// Closes the handle in `w19` and ends the thread, without a stack.
fn close_and_exit(asm: &mut Assembler, handle_close: u32, thread_exit: u32) {
    let failed = asm.label();
    asm.mov(Size::W, X0, X19);
    asm.syscall(handle_close);
    asm.jump_if_not_zero(Size::W, X0, failed);
    asm.syscall(thread_exit);
    asm.bind(failed);
    asm.trap();
}

fn futex_wake_exit(asm: &mut Assembler, futex_wake: u32, handle_close: u32, thread_exit: u32) {
    asm.mov(Size::W, X19, X3);
    asm.store_release32(X2, X0);
    asm.syscall(futex_wake);
    close_and_exit(asm, handle_close, thread_exit);
}

fn vmar_unmap_exit(asm: &mut Assembler, vmar_unmap: u32, handle_close: u32, thread_exit: u32) {
    let failed = asm.label();
    asm.sub_imm(Reg::SP, Reg::SP, 16);
    asm.store(Size::X, X19, Reg::SP, 0);
    asm.mov(Size::W, X19, X3);
    asm.syscall(vmar_unmap);
    asm.jump_if_not_zero(Size::W, X0, failed);
    close_and_exit(asm, handle_close, thread_exit);
    asm.bind(failed); // the stack is still there
    asm.load(Size::X, X19, Reg::SP, 0);
    asm.add_imm(Reg::SP, Reg::SP, 16);
    asm.ret();
}

fn handle_check_valid(asm: &mut Assembler, get_info: u32) {
    let (none, malformed, done, failed) = (asm.label(), asm.label(), asm.label(), asm.label());
    asm.jump_if_zero(Size::W, X0, none);
    asm.and_low_bits(X8, X0, zx_abi::HANDLE_FIXED_BITS_MASK.count_ones());
    asm.cmp_imm(Size::W, X8, zx_abi::HANDLE_FIXED_BITS_MASK as u16);
    asm.jump_if(Cond::NotEqual, malformed);
    asm.mov_imm(Size::W, X1, INFO_HANDLE_VALID as u16);
    for register in [X2, X3, X4, X5] {
        asm.mov_imm(Size::X, register, 0);
    }
    asm.syscall(get_info);
    asm.jump_if_zero(Size::W, X0, done);
    cmp_status(asm, Status::BAD_HANDLE);
    asm.jump_if(Cond::NotEqual, failed);
    mov_status(asm, Status::NOT_FOUND);
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
    let too_small = asm.label();
    asm.cmp_imm(Size::X, X1, data::VERSION_ROOM as u16);
    asm.jump_if(Cond::Below, too_small);
    asm.adr(X8, data.constants + data::VERSION);
    for offset in (0..data::VERSION_ROOM as u32).step_by(16) {
        asm.load_pair(X9, X10, X8, offset);
        asm.store_pair(X9, X10, X0, offset);
    }
    return_ok(asm);
    asm.bind(too_small);
    return_status(asm, Status::BUFFER_TOO_SMALL);
}

fn features(asm: &mut Assembler, kinds: u32, data: &DataAddresses) {
    let (store, unsupported) = (asm.label(), asm.label());
    asm.cmp_imm(Size::W, X0, kinds as u16);
    asm.jump_if(Cond::AboveOrEqual, unsupported);
    asm.adr(X8, data.constants + data::FEATURES);
    asm.add_scaled(X8, X8, X0);
    asm.load(Size::W, X9, X8, 0);
    asm.jump_if_not_zero(Size::W, X0, store);
    asm.jump_if_clear(X9, data::HAS_CPU_FEATURES.trailing_zeros(), unsupported);
    asm.bind(store);
    asm.store(Size::W, X9, X1, 0);
    return_ok(asm);
    asm.bind(unsupported);
    return_status(asm, Status::NOT_SUPPORTED);
}

fn find_string(asm: &mut Assembler, table: u64, entry_count: u64) {
    let found = asm.label();
    asm.adr(X8, table);
    asm.adr(X9, table + entry_count * ENTRY_SIZE);
    let next = asm.here_label();
    asm.cmp(Size::X, X8, X9);
    asm.jump_if(Cond::Equal, found);
    asm.load(Size::W, X10, X8, 0);
    asm.cmp(Size::W, X10, X0);
    asm.jump_if(Cond::Equal, found);
    asm.add_imm(X8, X8, ENTRY_SIZE as u16);
    asm.jump(next);
    asm.bind(found);
    asm.load(Size::W, X0, X8, 4);
    asm.adr(X8, table);
    asm.add(X0, X0, X8);
    asm.ret();
}

/// Applies what `per_line` writes to every line of `line_size` bytes from `x0` up to `x1`. The
/// line's address is in `x11`.
fn for_each_line(asm: &mut Assembler, line_size: Reg, per_line: impl FnOnce(&mut Assembler)) {
    let done = asm.label();
    asm.sub(X11, Reg::ZERO, line_size);
    asm.and(X11, X0, X11);
    let next = asm.here_label();
    asm.cmp(Size::X, X11, X1);
    asm.jump_if(Cond::AboveOrEqual, done);
    per_line(asm);
    asm.add(X11, X11, line_size);
    asm.jump(next);
    asm.bind(done);
    asm.dsb_ish();
}

fn cache_flush(asm: &mut Assembler, data: &DataAddresses) {
    let (ok, invalid, unsupported) = (asm.label(), asm.label(), asm.label());
    asm.cmp_imm(Size::W, X2, data::CACHE_FLUSH_ALL as u16);
    asm.jump_if(Cond::Above, invalid);
    asm.mov_imm(Size::W, X8, data::CACHE_FLUSH_VALID as u16);
    asm.shift_right(X8, X8, X2);
    asm.jump_if_clear(X8, 0, invalid);
    asm.adr(X8, data.constants);
    asm.load(Size::W, X9, X8, data::DCACHE_LINE_SIZE);
    asm.load(Size::W, X10, X8, data::ICACHE_LINE_SIZE);
    asm.jump_if_zero(Size::W, X9, unsupported);
    asm.jump_if_zero(Size::W, X10, unsupported);
    asm.jump_if_zero(Size::X, X1, ok);
    asm.add(X1, X0, X1); // the end
    for_each_line(asm, X9, |asm| {
        let (invalidate, data, done) = (asm.label(), asm.label(), asm.label());
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
    asm.jump_if_clear(X2, 0, ok);
    for_each_line(asm, X10, |asm| asm.cache(CacheOp::InvalidateInstructions, X11));
    asm.isb();
    asm.bind(ok);
    return_ok(asm);
    asm.bind(invalid);
    return_status(asm, Status::INVALID_ARGS);
    asm.bind(unsupported);
    return_status(asm, Status::NOT_SUPPORTED);
}

/// `x0` = counter plus offset, or a jump to `kernel` if the counter is out of reach. Changes `x8`
/// to `x11`. The offset may change meanwhile: then it reads again.
fn read_ticks_or(asm: &mut Assembler, kernel: Label, offset: u64, data: &DataAddresses) {
    asm.adr(X8, data.time_values);
    asm.load_byte(X9, X8, data::USERMODE_CAN_ACCESS_TICKS);
    asm.jump_if_zero(Size::W, X9, kernel);
    asm.adr(X8, offset);
    let again = asm.here_label();
    asm.load(Size::X, X9, X8, 0);
    asm.isb();
    asm.read_counter(X10);
    asm.isb();
    asm.load(Size::X, X11, X8, 0);
    asm.cmp(Size::X, X9, X11);
    asm.jump_if(Cond::NotEqual, again);
    asm.add(X0, X10, X9);
}

/// `x0` = ticks in `x0` as nanoseconds. Changes `x1` to `x8`.
fn ticks_to_nanoseconds(asm: &mut Assembler, data: &DataAddresses) {
    let (clamp, done) = (asm.label(), asm.label());
    asm.adr(X8, data.time_values);
    asm.load(Size::W, X2, X8, data::NUMERATOR);
    asm.load(Size::W, X3, X8, data::DENOMINATOR);
    asm.cmp_imm(Size::X, X0, 0);
    asm.negate_if(Cond::Less, X1, X0);
    // 96 bits by 32, in two digits of 32 bits.
    asm.mul(X4, X1, X2);
    asm.umulh(X5, X1, X2);
    asm.cmp(Size::X, X5, X3); // true of a zero denominator too
    asm.jump_if(Cond::AboveOrEqual, clamp);
    asm.high_half(X6, X4);
    asm.orr_high(X6, X6, X5);
    asm.udiv(X7, X6, X3); // the upper digit
    asm.msub(X6, X7, X3, X6);
    asm.mov(Size::W, X4, X4);
    asm.orr_high(X6, X4, X6);
    asm.udiv(X1, X6, X3); // the lower digit
    asm.orr_high(X1, X1, X7);
    asm.jump_if_clear(X1, 63, done);
    asm.bind(clamp);
    asm.mov_max(X1);
    asm.bind(done);
    asm.cmp_imm(Size::X, X0, 0);
    asm.negate_if(Cond::Less, X0, X1);
}

fn deadline_after(asm: &mut Assembler, offset: u64, via_kernel: u32, data: &DataAddresses) {
    let (kernel, sum, done) = (asm.label(), asm.label(), asm.label());
    asm.sub_imm(Reg::SP, Reg::SP, 16);
    asm.store(Size::X, X0, Reg::SP, 0); // the duration
    read_ticks_or(asm, kernel, offset, data);
    ticks_to_nanoseconds(asm, data);
    asm.bind(sum);
    asm.load(Size::X, X1, Reg::SP, 0);
    asm.add_imm(Reg::SP, Reg::SP, 16);
    asm.adds(X0, X0, X1);
    asm.jump_if(Cond::NoOverflow, done);
    asm.mov_max(X0);
    asm.eor_sign(X0, X0, X1); // towards the side of the duration
    asm.bind(done);
    asm.ret();
    asm.bind(kernel);
    asm.syscall(via_kernel);
    asm.jump(sum);
}
