//! The functions in x86-64 code.
//!
//! Kernel entries take their number in `eax` and arguments in `rdi rsi rdx r10 r8 r9 r12 r13`; they
//! change `rax`, `rcx` and `r11` only (zircon/kernel/arch/x86/syscall.S).

mod asm;

use zx_abi::{CPRNG_DRAW_MAX_LEN, INFO_HANDLE_VALID, Status};

use crate::SyscallSite;
use crate::body::Body;
use crate::buffer::Label;
use crate::code::Target;
use crate::data::{self, DataAddresses};
use crate::strings::ENTRY_SIZE;

use asm::{Assembler, Cond, Op, Reg, Size};

/// Writes functions.
pub(crate) struct X86_64 {
    asm: Assembler,
}

impl X86_64 {
    pub(crate) fn new(base: u64) -> Self {
        Self { asm: Assembler::new(base) }
    }
}

impl Target for X86_64 {
    const TRAP: &'static [u8] = Assembler::INT3;

    fn emit(&mut self, body: &Body, data: &DataAddresses) {
        let asm = &mut self.asm;
        match *body {
            Body::Direct { number, args } => direct(asm, number, args),
            Body::BlockingRetry { number, args } => blocking_retry(asm, number, args),
            Body::ChannelCall { noretry, finish } => channel_call(asm, noretry, finish),
            Body::CprngDraw { once } => cprng_draw(asm, once),
            Body::ThreadStart { start_regs } => thread_start(asm, start_regs),
            Body::FutexWakeExit { futex_wake, handle_close, thread_exit } => {
                futex_wake_exit(asm, futex_wake, handle_close, thread_exit);
            }
            Body::VmarUnmapExit { vmar_unmap, handle_close, thread_exit } => {
                vmar_unmap_exit(asm, vmar_unmap, handle_close, thread_exit);
            }
            Body::HandleCheckValid { get_info } => handle_check_valid(asm, get_info),
            Body::Load32 { address } => {
                asm.load_at(Size::D, Reg::Rax, address);
                asm.ret();
            }
            Body::Load64 { address } => {
                asm.load_at(Size::Q, Reg::Rax, address);
                asm.ret();
            }
            Body::VersionString => {
                asm.lea(Reg::Rax, data.constants + data::VERSION);
                asm.load_at(Size::Q, Reg::Rdx, data.constants + data::VERSION_LEN);
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
                direct(asm, via_kernel, 0);
            }
            Body::Nanoseconds { offset, via_kernel } => {
                let kernel = asm.label();
                read_ticks_or(asm, kernel, offset, data);
                ticks_to_nanoseconds(asm, data);
                asm.ret();
                asm.bind(kernel);
                direct(asm, via_kernel, 0);
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
    asm.mov_imm(Reg::Rax, status.into_raw() as u32);
    asm.ret();
}

fn cmp_status(asm: &mut Assembler, status: Status) {
    asm.cmp_imm(Reg::Rax, status.into_raw() as i8);
}

fn clear(asm: &mut Assembler, register: Reg) {
    asm.op(Op::Xor, Size::D, register, register);
}

/// Moves the arguments from where a C caller puts them to where the kernel looks.
fn take_args(asm: &mut Assembler, args: usize) {
    if args >= 4 {
        asm.mov(Reg::R10, Reg::Rcx);
    }
    // The seventh stands above the return address and what is pushed here.
    match args {
        0..=6 => {}
        7 => {
            asm.push(Reg::R12);
            asm.load(Size::Q, Reg::R12, Reg::Rsp, 16);
        }
        _ => {
            asm.push(Reg::R12);
            asm.push(Reg::R13);
            asm.load(Size::Q, Reg::R12, Reg::Rsp, 24);
            asm.load(Size::Q, Reg::R13, Reg::Rsp, 32);
        }
    }
}

fn restore_saved(asm: &mut Assembler, args: usize) {
    if args >= 8 {
        asm.pop(Reg::R13);
    }
    if args >= 7 {
        asm.pop(Reg::R12);
    }
}

fn direct(asm: &mut Assembler, number: u32, args: usize) {
    take_args(asm, args);
    asm.syscall(number);
    restore_saved(asm, args);
    asm.ret();
}

fn blocking_retry(asm: &mut Assembler, number: u32, args: usize) {
    take_args(asm, args);
    let again = asm.here_label();
    asm.syscall(number);
    cmp_status(asm, Status::INTERNAL_INTR_RETRY);
    asm.jump_if(Cond::Equal, again);
    restore_saved(asm, args);
    asm.ret();
}

fn channel_call(asm: &mut Assembler, noretry: u32, finish: u32) {
    let done = asm.label();
    take_args(asm, 6);
    asm.syscall(noretry);
    cmp_status(asm, Status::INTERNAL_INTR_RETRY);
    asm.jump_if(Cond::NotEqual, done);
    asm.mov(Reg::Rdi, Reg::Rdx);
    asm.mov(Reg::Rsi, Reg::R10);
    asm.mov(Reg::Rdx, Reg::R8);
    asm.mov(Reg::R10, Reg::R9);
    let again = asm.here_label();
    asm.syscall(finish);
    cmp_status(asm, Status::INTERNAL_INTR_RETRY);
    asm.jump_if(Cond::Equal, again);
    asm.bind(done);
    asm.ret();
}

fn cprng_draw(asm: &mut Assembler, once: u32) {
    let (done, failed) = (asm.label(), asm.label());
    asm.mov(Reg::R8, Reg::Rsi); // what is left to draw
    let again = asm.here_label();
    asm.op(Op::Test, Size::Q, Reg::R8, Reg::R8);
    asm.jump_if(Cond::Equal, done);
    asm.mov_imm(Reg::Rsi, CPRNG_DRAW_MAX_LEN as u32);
    asm.op(Op::Cmp, Size::Q, Reg::R8, Reg::Rsi);
    asm.cmov(Cond::Below, Reg::Rsi, Reg::R8);
    asm.syscall(once);
    asm.op(Op::Test, Size::D, Reg::Rax, Reg::Rax);
    asm.jump_if(Cond::NotEqual, failed);
    asm.op(Op::Add, Size::Q, Reg::Rdi, Reg::Rsi);
    asm.op(Op::Sub, Size::Q, Reg::R8, Reg::Rsi);
    asm.jump(again);
    asm.bind(done);
    asm.ret();
    asm.bind(failed);
    asm.ud2();
}

fn thread_start(asm: &mut Assembler, start_regs: u32) {
    asm.mov(Reg::R10, Reg::Rcx);
    clear(asm, Reg::R9);
    asm.push(Reg::R12);
    clear(asm, Reg::R12);
    asm.syscall(start_regs);
    asm.pop(Reg::R12);
    asm.ret();
}

/// Closes the handle in `ebx` and ends the thread, without a stack.
fn close_and_exit(asm: &mut Assembler, handle_close: u32, thread_exit: u32) {
    let failed = asm.label();
    asm.op(Op::Mov, Size::D, Reg::Rdi, Reg::Rbx);
    asm.syscall(handle_close);
    asm.op(Op::Test, Size::D, Reg::Rax, Reg::Rax);
    asm.jump_if(Cond::NotEqual, failed);
    asm.syscall(thread_exit);
    asm.bind(failed);
    asm.ud2();
}

fn futex_wake_exit(asm: &mut Assembler, futex_wake: u32, handle_close: u32, thread_exit: u32) {
    asm.op(Op::Mov, Size::D, Reg::Rbx, Reg::Rcx);
    asm.store32(Reg::Rdi, Reg::Rdx);
    asm.syscall(futex_wake);
    close_and_exit(asm, handle_close, thread_exit);
}

fn vmar_unmap_exit(asm: &mut Assembler, vmar_unmap: u32, handle_close: u32, thread_exit: u32) {
    let failed = asm.label();
    asm.push(Reg::Rbx);
    asm.op(Op::Mov, Size::D, Reg::Rbx, Reg::Rcx);
    asm.syscall(vmar_unmap);
    asm.op(Op::Test, Size::D, Reg::Rax, Reg::Rax);
    asm.jump_if(Cond::NotEqual, failed);
    close_and_exit(asm, handle_close, thread_exit);
    asm.bind(failed); // the stack is still there
    asm.pop(Reg::Rbx);
    asm.ret();
}

fn handle_check_valid(asm: &mut Assembler, get_info: u32) {
    let (none, malformed, done, failed) = (asm.label(), asm.label(), asm.label(), asm.label());
    asm.op(Op::Test, Size::D, Reg::Rdi, Reg::Rdi);
    asm.jump_if(Cond::Equal, none);
    asm.op(Op::Mov, Size::D, Reg::Rax, Reg::Rdi);
    asm.and_imm(Reg::Rax, zx_abi::HANDLE_FIXED_BITS_MASK as i8);
    asm.cmp_imm(Reg::Rax, zx_abi::HANDLE_FIXED_BITS_MASK as i8);
    asm.jump_if(Cond::NotEqual, malformed);
    asm.mov_imm(Reg::Rsi, INFO_HANDLE_VALID);
    for register in [Reg::Rdx, Reg::R10, Reg::R8, Reg::R9] {
        clear(asm, register);
    }
    asm.syscall(get_info);
    asm.op(Op::Test, Size::D, Reg::Rax, Reg::Rax);
    asm.jump_if(Cond::Equal, done);
    cmp_status(asm, Status::BAD_HANDLE);
    asm.jump_if(Cond::NotEqual, failed);
    asm.mov_imm(Reg::Rax, Status::NOT_FOUND.into_raw() as u32);
    asm.bind(done);
    asm.ret();
    asm.bind(none);
    return_status(asm, Status::INVALID_ARGS);
    asm.bind(malformed);
    return_status(asm, Status::OUT_OF_RANGE);
    asm.bind(failed);
    asm.ud2();
}

fn copy_version(asm: &mut Assembler, data: &DataAddresses) {
    let too_small = asm.label();
    asm.mov_imm(Reg::Rcx, data::VERSION_ROOM as u32);
    asm.op(Op::Cmp, Size::Q, Reg::Rsi, Reg::Rcx);
    asm.jump_if(Cond::Below, too_small);
    asm.lea(Reg::Rsi, data.constants + data::VERSION);
    asm.rep_movsb();
    clear(asm, Reg::Rax);
    asm.ret();
    asm.bind(too_small);
    return_status(asm, Status::BUFFER_TOO_SMALL);
}

fn features(asm: &mut Assembler, kinds: u32, data: &DataAddresses) {
    let (store, unsupported) = (asm.label(), asm.label());
    asm.cmp_imm(Reg::Rdi, kinds as i8);
    asm.jump_if(Cond::AboveOrEqual, unsupported);
    asm.op(Op::Mov, Size::D, Reg::Rax, Reg::Rdi);
    asm.shl(Reg::Rax, 2);
    asm.lea(Reg::Rcx, data.constants + data::FEATURES);
    asm.op(Op::Add, Size::Q, Reg::Rcx, Reg::Rax);
    asm.load(Size::D, Reg::Rax, Reg::Rcx, 0);
    asm.op(Op::Test, Size::D, Reg::Rdi, Reg::Rdi);
    asm.jump_if(Cond::NotEqual, store);
    asm.mov_imm(Reg::Rcx, data::HAS_CPU_FEATURES);
    asm.op(Op::Test, Size::D, Reg::Rax, Reg::Rcx);
    asm.jump_if(Cond::Equal, unsupported);
    asm.bind(store);
    asm.store32(Reg::Rsi, Reg::Rax);
    clear(asm, Reg::Rax);
    asm.ret();
    asm.bind(unsupported);
    return_status(asm, Status::NOT_SUPPORTED);
}

fn find_string(asm: &mut Assembler, table: u64, entry_count: u64) {
    let found = asm.label();
    asm.lea(Reg::Rcx, table);
    asm.lea(Reg::Rdx, table + entry_count * ENTRY_SIZE);
    let next = asm.here_label();
    asm.op(Op::Cmp, Size::Q, Reg::Rcx, Reg::Rdx);
    asm.jump_if(Cond::Equal, found);
    asm.cmp_memory32(Reg::Rcx, Reg::Rdi);
    asm.jump_if(Cond::Equal, found);
    asm.add_imm(Reg::Rcx, ENTRY_SIZE as i8);
    asm.jump(next);
    asm.bind(found);
    asm.load(Size::D, Reg::Rax, Reg::Rcx, 4);
    asm.lea(Reg::Rcx, table);
    asm.op(Op::Add, Size::Q, Reg::Rax, Reg::Rcx);
    asm.ret();
}

fn cache_flush(asm: &mut Assembler, data: &DataAddresses) {
    let (done, invalid, unsupported) = (asm.label(), asm.label(), asm.label());
    asm.cmp_imm(Reg::Rdx, data::CACHE_FLUSH_ALL as i8);
    asm.jump_if(Cond::Above, invalid);
    asm.mov_imm(Reg::Rax, data::CACHE_FLUSH_VALID);
    asm.bt(Reg::Rax, Reg::Rdx);
    asm.jump_if(Cond::AboveOrEqual, invalid);
    asm.load_at(Size::D, Reg::Rcx, data.constants + data::DCACHE_LINE_SIZE);
    asm.op(Op::Test, Size::D, Reg::Rcx, Reg::Rcx);
    asm.jump_if(Cond::Equal, unsupported);
    asm.op(Op::Test, Size::Q, Reg::Rsi, Reg::Rsi);
    asm.jump_if(Cond::Equal, done);
    asm.op(Op::Add, Size::Q, Reg::Rsi, Reg::Rdi); // the end
    asm.mov(Reg::Rax, Reg::Rcx);
    asm.neg(Reg::Rax);
    asm.op(Op::And, Size::Q, Reg::Rdi, Reg::Rax); // the first line
    let next = asm.here_label();
    asm.op(Op::Cmp, Size::Q, Reg::Rdi, Reg::Rsi);
    asm.jump_if(Cond::AboveOrEqual, done);
    asm.clflush_rdi();
    asm.op(Op::Add, Size::Q, Reg::Rdi, Reg::Rcx);
    asm.jump(next);
    asm.bind(done);
    clear(asm, Reg::Rax);
    asm.ret();
    asm.bind(invalid);
    return_status(asm, Status::INVALID_ARGS);
    asm.bind(unsupported);
    return_status(asm, Status::NOT_SUPPORTED);
}

/// `rax` = counter plus offset, or a jump to `kernel` if the counter is out of reach. Changes `rcx`
/// and `rdx`. The offset may change meanwhile: then it reads again.
fn read_ticks_or(asm: &mut Assembler, kernel: Label, offset: u64, data: &DataAddresses) {
    asm.cmp_byte_at_zero(data.time_values + data::USERMODE_CAN_ACCESS_TICKS);
    asm.jump_if(Cond::Equal, kernel);
    let again = asm.here_label();
    asm.load_at(Size::Q, Reg::Rcx, offset);
    asm.rdtsc();
    asm.shl(Reg::Rdx, 32);
    asm.op(Op::Or, Size::Q, Reg::Rax, Reg::Rdx);
    asm.cmp_at(Reg::Rcx, offset);
    asm.jump_if(Cond::NotEqual, again);
    asm.op(Op::Add, Size::Q, Reg::Rax, Reg::Rcx);
}

/// `rax` = ticks in `rax` as nanoseconds. Changes `rcx`, `rdx` and `rsi`.
fn ticks_to_nanoseconds(asm: &mut Assembler, data: &DataAddresses) {
    let (clamp, done) = (asm.label(), asm.label());
    asm.cqo();
    asm.mov(Reg::Rsi, Reg::Rdx); // 0 or -1: the sign
    asm.op(Op::Xor, Size::Q, Reg::Rax, Reg::Rsi);
    asm.op(Op::Sub, Size::Q, Reg::Rax, Reg::Rsi);
    asm.load_at(Size::D, Reg::Rcx, data.time_values + data::NUMERATOR);
    asm.mul(Reg::Rcx);
    asm.load_at(Size::D, Reg::Rcx, data.time_values + data::DENOMINATOR);
    asm.op(Op::Cmp, Size::Q, Reg::Rdx, Reg::Rcx); // true of a zero denominator too
    asm.jump_if(Cond::AboveOrEqual, clamp);
    asm.div(Reg::Rcx);
    asm.op(Op::Test, Size::Q, Reg::Rax, Reg::Rax);
    asm.jump_if(Cond::NotSign, done);
    asm.bind(clamp);
    asm.mov_imm64(Reg::Rax, i64::MAX as u64);
    asm.bind(done);
    asm.op(Op::Xor, Size::Q, Reg::Rax, Reg::Rsi);
    asm.op(Op::Sub, Size::Q, Reg::Rax, Reg::Rsi);
}

fn deadline_after(asm: &mut Assembler, offset: u64, via_kernel: u32, data: &DataAddresses) {
    let (kernel, sum, clamp) = (asm.label(), asm.label(), asm.label());
    read_ticks_or(asm, kernel, offset, data);
    ticks_to_nanoseconds(asm, data);
    asm.bind(sum);
    asm.op(Op::Add, Size::Q, Reg::Rax, Reg::Rdi);
    asm.jump_if(Cond::Overflow, clamp);
    asm.ret();
    asm.bind(clamp);
    asm.sar(Reg::Rdi, 63); // towards the side of the duration
    asm.mov_imm64(Reg::Rax, i64::MAX as u64);
    asm.op(Op::Xor, Size::Q, Reg::Rax, Reg::Rdi);
    asm.ret();
    asm.bind(kernel);
    asm.syscall(via_kernel);
    asm.jump(sum);
}
