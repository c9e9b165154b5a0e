//! The functions in x86-64 code.
//!
//! Kernel entries take an [`EntryWord`] in `eax` and arguments in `rdi rsi rdx r10 r8 r9`, few also in
//! `r12 r13`; they change `rax`, `rcx` and `r11` only (zircon/kernel/arch/x86/syscall.S).

mod asm;

use zx_abi::{
    CPRNG_DRAW_MAX_LEN, EntryWord, HANDLE_FIXED_BITS_MASK, INFO_HANDLE_VALID, PROP_REGISTER_FS,
    PROP_REGISTER_GS, Status,
};

use crate::asm::{Instructions, Label};
use crate::data::{self, DataAddresses};
use crate::strings::ENTRY_SIZE;
use crate::target::Target;

pub(crate) use asm::X86_64;
use asm::{Assembler, Cond, Op, Reg, Size};

/// Where a kernel entry has arguments.
const ENTRY_REGISTERS: [Reg; EntryWord::REGISTERS] =
    [Reg::Rdi, Reg::Rsi, Reg::Rdx, Reg::R10, Reg::R8, Reg::R9];
/// Where C has them, the first six.
const C_REGISTERS: [Reg; 6] = [Reg::Rdi, Reg::Rsi, Reg::Rdx, Reg::Rcx, Reg::R8, Reg::R9];

impl Target for Assembler {
    fn set_status(&mut self, status: Status) {
        self.mov_imm(Reg::Rax, status.into_raw() as u32);
    }

    fn jump_unless_ok(&mut self, target: Label) {
        self.op(Op::Test, Size::D, Reg::Rax, Reg::Rax);
        self.jump_if(Cond::NotEqual, target);
    }

    fn jump_if_status(&mut self, status: Status, target: Label) {
        self.cmp_status(status);
        self.jump_if(Cond::Equal, target);
    }

    fn jump_unless_status(&mut self, ok: Label, status: Status, other: Label) {
        self.op(Op::Test, Size::D, Reg::Rax, Reg::Rax);
        self.jump_if(Cond::Equal, ok);
        self.cmp_status(status);
        self.jump_if(Cond::NotEqual, other);
    }

    fn enter(&mut self, number: u32, args: usize) {
        let entry = EntryWord::of(self.abi, number);
        if args <= EntryWord::REGISTERS {
            self.keep_args(args);
            if entry.needs_all_registers() {
                self.enter_unless_for_register(entry);
            }
            self.enter_as(entry);
        } else if entry.needs_all_registers() {
            self.enter_with_all(entry, args);
        } else {
            self.pair_args(entry, args);
            self.enter_as(entry);
        }
    }

    fn keep_args(&mut self, args: usize) {
        debug_assert!(args <= EntryWord::REGISTERS, "nothing is kept on the stack");
        if args >= 4 {
            self.mov(Reg::R10, Reg::Rcx);
        }
    }

    fn drop_args(&mut self, _args: usize) {}

    fn channel_call(&mut self, noretry: u32, finish: u32) {
        let done = self.label();
        self.keep_args(6);
        self.syscall(noretry);
        self.cmp_status(Status::INTERNAL_INTR_RETRY);
        self.jump_if(Cond::NotEqual, done);
        self.mov(Reg::Rdi, Reg::Rdx);
        self.mov(Reg::Rsi, Reg::R10);
        self.mov(Reg::Rdx, Reg::R8);
        self.mov(Reg::R10, Reg::R9);
        let again = self.here_label();
        self.syscall(finish);
        self.jump_if_status(Status::INTERNAL_INTR_RETRY, again);
        self.bind(done);
        self.ret();
    }

    fn cprng_draw(&mut self, once: u32) {
        let [done, failed] = self.labels();
        self.mov(Reg::R8, Reg::Rsi); // what is left to draw
        let again = self.here_label();
        self.op(Op::Test, Size::Q, Reg::R8, Reg::R8);
        self.jump_if(Cond::Equal, done);
        self.mov_imm(Reg::Rsi, CPRNG_DRAW_MAX_LEN as u32);
        self.op(Op::Cmp, Size::Q, Reg::R8, Reg::Rsi);
        self.cmov(Cond::Below, Reg::Rsi, Reg::R8);
        self.syscall(once);
        self.jump_unless_ok(failed);
        self.op(Op::Add, Size::Q, Reg::Rdi, Reg::Rsi);
        self.op(Op::Sub, Size::Q, Reg::R8, Reg::Rsi);
        self.jump(again);
        self.bind(done);
        self.ret();
        self.bind(failed);
        self.trap();
    }

    fn thread_start(&mut self, start_regs: u32) {
        self.mov(Reg::R10, Reg::Rcx);
        self.clear(Reg::R9);
        // The seventh argument is 0 without being passed.
        self.enter_as(EntryWord::new(start_regs));
        self.ret();
    }

    fn keep_handle(&mut self) {
        self.op(Op::Mov, Size::D, Reg::Rbx, Reg::Rcx);
    }

    fn pass_handle(&mut self) {
        self.op(Op::Mov, Size::D, Reg::Rdi, Reg::Rbx);
    }

    fn push_kept(&mut self) {
        self.push(Reg::Rbx);
    }

    fn pop_kept(&mut self) {
        self.pop(Reg::Rbx);
    }

    fn store_value(&mut self) {
        self.store32(Reg::Rdi, Reg::Rdx);
    }

    fn jump_unless_handle(&mut self, none: Label, malformed: Label) {
        self.op(Op::Test, Size::D, Reg::Rdi, Reg::Rdi);
        self.jump_if(Cond::Equal, none);
        self.op(Op::Mov, Size::D, Reg::Rax, Reg::Rdi);
        self.and_imm(Reg::Rax, HANDLE_FIXED_BITS_MASK as i8);
        self.cmp_imm(Reg::Rax, HANDLE_FIXED_BITS_MASK as i8);
        self.jump_if(Cond::NotEqual, malformed);
    }

    fn set_info_args(&mut self) {
        self.mov_imm(Reg::Rsi, INFO_HANDLE_VALID);
        for register in [Reg::Rdx, Reg::R10, Reg::R8, Reg::R9] {
            self.clear(register);
        }
    }

    fn load32(&mut self, address: u64) {
        self.load_at(Size::D, Reg::Rax, address);
    }

    fn load64(&mut self, address: u64) {
        self.load_at(Size::Q, Reg::Rax, address);
    }

    fn version_string(&mut self, data: &DataAddresses) {
        self.lea(Reg::Rax, data.constants + data::VERSION);
        self.load_at(Size::Q, Reg::Rdx, data.constants + data::VERSION_LEN);
    }

    fn copy_version(&mut self, data: &DataAddresses) {
        let too_small = self.label();
        self.mov_imm(Reg::Rcx, data::VERSION_ROOM as u32);
        self.op(Op::Cmp, Size::Q, Reg::Rsi, Reg::Rcx);
        self.jump_if(Cond::Below, too_small);
        self.lea(Reg::Rsi, data.constants + data::VERSION);
        self.rep_movsb();
        self.clear(Reg::Rax);
        self.ret();
        self.bind(too_small);
        self.return_status(Status::BUFFER_TOO_SMALL);
    }

    fn features(&mut self, kinds: u32, data: &DataAddresses) {
        let [store, unsupported] = self.labels();
        self.cmp_imm(Reg::Rdi, kinds as i8);
        self.jump_if(Cond::AboveOrEqual, unsupported);
        self.op(Op::Mov, Size::D, Reg::Rax, Reg::Rdi);
        self.shl(Reg::Rax, 2);
        self.lea(Reg::Rcx, data.constants + data::FEATURES);
        self.op(Op::Add, Size::Q, Reg::Rcx, Reg::Rax);
        self.load(Size::D, Reg::Rax, Reg::Rcx, 0);
        self.op(Op::Test, Size::D, Reg::Rdi, Reg::Rdi);
        self.jump_if(Cond::NotEqual, store);
        self.mov_imm(Reg::Rcx, data::HAS_CPU_FEATURES);
        self.op(Op::Test, Size::D, Reg::Rax, Reg::Rcx);
        self.jump_if(Cond::Equal, unsupported);
        self.bind(store);
        self.store32(Reg::Rsi, Reg::Rax);
        self.clear(Reg::Rax);
        self.ret();
        self.bind(unsupported);
        self.return_status(Status::NOT_SUPPORTED);
    }

    fn find_string(&mut self, table: u64, entry_count: u64) {
        let found = self.label();
        self.lea(Reg::Rcx, table);
        self.lea(Reg::Rdx, table + entry_count * ENTRY_SIZE);
        let next = self.here_label();
        self.op(Op::Cmp, Size::Q, Reg::Rcx, Reg::Rdx);
        self.jump_if(Cond::Equal, found);
        self.cmp_memory32(Reg::Rcx, Reg::Rdi);
        self.jump_if(Cond::Equal, found);
        self.add_imm(Reg::Rcx, ENTRY_SIZE as i8);
        self.jump(next);
        self.bind(found);
        self.load(Size::D, Reg::Rax, Reg::Rcx, 4);
        self.lea(Reg::Rcx, table);
        self.op(Op::Add, Size::Q, Reg::Rax, Reg::Rcx);
        self.ret();
    }

    fn cache_flush(&mut self, data: &DataAddresses) {
        let [done, invalid, unsupported] = self.labels();
        self.cmp_imm(Reg::Rdx, data::CACHE_FLUSH_ALL as i8);
        self.jump_if(Cond::Above, invalid);
        self.mov_imm(Reg::Rax, data::CACHE_FLUSH_VALID);
        self.bt(Reg::Rax, Reg::Rdx);
        self.jump_if(Cond::AboveOrEqual, invalid);
        self.load_at(Size::D, Reg::Rcx, data.constants + data::DCACHE_LINE_SIZE);
        self.op(Op::Test, Size::D, Reg::Rcx, Reg::Rcx);
        self.jump_if(Cond::Equal, unsupported);
        self.op(Op::Test, Size::Q, Reg::Rsi, Reg::Rsi);
        self.jump_if(Cond::Equal, done);
        self.op(Op::Add, Size::Q, Reg::Rsi, Reg::Rdi); // the end
        self.mov(Reg::Rax, Reg::Rcx);
        self.neg(Reg::Rax);
        self.op(Op::And, Size::Q, Reg::Rdi, Reg::Rax); // the first line
        let next = self.here_label();
        self.op(Op::Cmp, Size::Q, Reg::Rdi, Reg::Rsi);
        self.jump_if(Cond::AboveOrEqual, done);
        self.clflush_rdi();
        self.op(Op::Add, Size::Q, Reg::Rdi, Reg::Rcx);
        self.jump(next);
        self.bind(done);
        self.clear(Reg::Rax);
        self.ret();
        self.bind(invalid);
        self.return_status(Status::INVALID_ARGS);
        self.bind(unsupported);
        self.return_status(Status::NOT_SUPPORTED);
    }

    /// `rax` = counter plus offset, or a jump to `kernel` if the counter is out of reach. Changes `rcx`
    /// and `rdx`. The offset may change meanwhile: then it reads again.
    fn read_ticks_or(&mut self, kernel: Label, offset: u64, data: &DataAddresses) {
        self.cmp_byte_at_zero(data.time_values + data::USERMODE_CAN_ACCESS_TICKS);
        self.jump_if(Cond::Equal, kernel);
        let again = self.here_label();
        self.load_at(Size::Q, Reg::Rcx, offset);
        self.rdtsc();
        self.shl(Reg::Rdx, 32);
        self.op(Op::Or, Size::Q, Reg::Rax, Reg::Rdx);
        self.cmp_at(Reg::Rcx, offset);
        self.jump_if(Cond::NotEqual, again);
        self.op(Op::Add, Size::Q, Reg::Rax, Reg::Rcx);
    }

    /// `rax` = ticks in `rax` as nanoseconds. Changes `rcx`, `rdx` and `rsi`.
    fn ticks_to_nanoseconds(&mut self, data: &DataAddresses) {
        let [clamp, done] = self.labels();
        self.cqo();
        self.mov(Reg::Rsi, Reg::Rdx); // 0 or -1: the sign
        self.op(Op::Xor, Size::Q, Reg::Rax, Reg::Rsi);
        self.op(Op::Sub, Size::Q, Reg::Rax, Reg::Rsi);
        self.load_at(Size::D, Reg::Rcx, data.time_values + data::NUMERATOR);
        self.mul(Reg::Rcx);
        self.load_at(Size::D, Reg::Rcx, data.time_values + data::DENOMINATOR);
        self.op(Op::Cmp, Size::Q, Reg::Rdx, Reg::Rcx); // true of a zero denominator too
        self.jump_if(Cond::AboveOrEqual, clamp);
        self.div(Reg::Rcx);
        self.op(Op::Test, Size::Q, Reg::Rax, Reg::Rax);
        self.jump_if(Cond::NotSign, done);
        self.bind(clamp);
        self.mov_imm64(Reg::Rax, i64::MAX as u64);
        self.bind(done);
        self.op(Op::Xor, Size::Q, Reg::Rax, Reg::Rsi);
        self.op(Op::Sub, Size::Q, Reg::Rax, Reg::Rsi);
    }

    fn deadline_after(&mut self, offset: u64, via_kernel: u32, data: &DataAddresses) {
        let [kernel, sum, clamp] = self.labels();
        self.read_ticks_or(kernel, offset, data);
        self.ticks_to_nanoseconds(data);
        self.bind(sum);
        self.op(Op::Add, Size::Q, Reg::Rax, Reg::Rdi);
        self.jump_if(Cond::Overflow, clamp);
        self.ret();
        self.bind(clamp);
        self.sar(Reg::Rdi, 63); // towards the side of the duration
        self.mov_imm64(Reg::Rax, i64::MAX as u64);
        self.op(Op::Xor, Size::Q, Reg::Rax, Reg::Rdi);
        self.ret();
        self.bind(kernel);
        self.syscall(via_kernel);
        self.jump(sum);
    }
}

impl Assembler {
    /// Enters `object_set_property`, and returns, if it is for no register of the thread's: then six are
    /// enough, which costs less.
    fn enter_unless_for_register(&mut self, entry: EntryWord) {
        let register = self.label();
        for property in [PROP_REGISTER_FS, PROP_REGISTER_GS] {
            self.cmp_imm(Reg::Rsi, property as i8);
            self.jump_if(Cond::Equal, register);
        }
        self.enter_as(EntryWord::new(entry.number()));
        self.ret();
        self.bind(register);
    }

    /// Moves arguments, some of them in pairs, to the registers where an entry has them. None of these
    /// is one from which a later argument is still to come.
    fn pair_args(&mut self, entry: EntryWord, args: usize) {
        let mut next = 0;
        for (place, register) in ENTRY_REGISTERS.into_iter().enumerate() {
            if entry.holds_two(place) {
                self.take_arg(Size::D, register, next);
                let second = C_REGISTERS.get(next + 1).copied().unwrap_or(Reg::Rax);
                self.take_arg(Size::D, second, next + 1);
                self.shl(second, 32);
                self.op(Op::Or, Size::Q, register, second);
                next += 2;
            } else if next < args {
                self.take_arg(Size::Q, register, next);
                next += 1;
            }
        }
    }

    /// Moves an argument from where C has it.
    fn take_arg(&mut self, size: Size, register: Reg, arg: usize) {
        match C_REGISTERS.get(arg) {
            // Half a register is moved to itself to clear the other half.
            Some(&from) if from == register && matches!(size, Size::Q) => {}
            Some(&from) => self.op(Op::Mov, size, register, from),
            // Above the return address.
            None => self.load(size, register, Reg::Rsp, 8 * (arg - C_REGISTERS.len() + 1) as i8),
        }
    }

    /// Enters the kernel with the seventh and the eighth argument in registers that are the caller's.
    fn enter_with_all(&mut self, entry: EntryWord, args: usize) {
        self.mov(Reg::R10, Reg::Rcx);
        // They stand above the return address and what is pushed here.
        self.push(Reg::R12);
        if args == 7 {
            self.load(Size::Q, Reg::R12, Reg::Rsp, 16);
            self.enter_as(entry);
        } else {
            self.push(Reg::R13);
            self.load(Size::Q, Reg::R12, Reg::Rsp, 24);
            self.load(Size::Q, Reg::R13, Reg::Rsp, 32);
            self.enter_as(entry);
            self.pop(Reg::R13);
        }
        self.pop(Reg::R12);
    }

    fn cmp_status(&mut self, status: Status) {
        self.cmp_imm(Reg::Rax, status.into_raw() as i8);
    }

    fn clear(&mut self, register: Reg) {
        self.op(Op::Xor, Size::D, register, register);
    }
}
