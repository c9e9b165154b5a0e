//! The bodies of functions in machine code: what is the same on every architecture, and what each
//! writes for itself.

use zx_abi::Status;

use crate::asm::{Assembler, Instructions, Isa, Label};
use crate::body::Body;
use crate::data::DataAddresses;

/// What an architecture writes for itself. A result is in the register where C looks for it.
pub(crate) trait Target: Instructions {
    /// Makes a status the result.
    fn set_status(&mut self, status: Status);
    /// Jumps unless the result is the status OK.
    fn jump_unless_ok(&mut self, target: Label);
    /// Jumps if the result is this status.
    fn jump_if_status(&mut self, status: Status, target: Label);
    /// Jumps to `ok` if the result is OK, and to `other` unless it is `status`.
    fn jump_unless_status(&mut self, ok: Label, status: Status, other: Label);

    /// Enters the kernel with arguments that are where C has them.
    fn enter(&mut self, number: u32, _args: usize) {
        self.syscall(number);
    }
    /// Moves arguments from where C has them to where the kernel looks for them, for more than one
    /// entry.
    fn keep_args(&mut self, args: usize);
    /// Brings them back for another kernel entry.
    fn reload_args(&mut self, _args: usize) {}
    /// Takes [`Target::keep_args`] back.
    fn drop_args(&mut self, args: usize);

    fn channel_call(&mut self, noretry: u32, finish: u32);
    fn cprng_draw(&mut self, once: u32);
    fn thread_start(&mut self, start_regs: u32);

    /// Keeps the fourth argument, a handle, in a register that kernel entries leave alone.
    fn keep_handle(&mut self);
    /// Makes it the first argument.
    fn pass_handle(&mut self);
    /// Saves the register of [`Target::keep_handle`] on the stack.
    fn push_kept(&mut self);
    fn pop_kept(&mut self);
    /// Stores the third argument, 32 bits, at the first, after whatever was stored before.
    fn store_value(&mut self);

    /// Jumps to `none` if the first argument is no handle, to `malformed` if it cannot be one.
    fn jump_unless_handle(&mut self, none: Label, malformed: Label);
    /// The arguments behind the first of `object_get_info` with the topic HANDLE_VALID.
    fn set_info_args(&mut self);

    /// Makes the `u32` at an address the result.
    fn load32(&mut self, address: u64);
    /// Makes the `u64` at an address the result.
    fn load64(&mut self, address: u64);
    /// Makes address and length of the version the result.
    fn version_string(&mut self, data: &DataAddresses);
    fn copy_version(&mut self, data: &DataAddresses);
    fn features(&mut self, kinds: u32, data: &DataAddresses);
    fn find_string(&mut self, table: u64, entry_count: u64);
    fn cache_flush(&mut self, data: &DataAddresses);

    /// Makes the counter plus an offset the result, or jumps to `kernel` if the counter is out of
    /// reach. The offset may change meanwhile: then it reads again.
    fn read_ticks_or(&mut self, kernel: Label, offset: u64, data: &DataAddresses);
    /// Makes nanoseconds of ticks, from result to result.
    fn ticks_to_nanoseconds(&mut self, data: &DataAddresses);
    fn deadline_after(&mut self, offset: u64, via_kernel: u32, data: &DataAddresses);
}

impl<I: Isa> Assembler<I>
where
    Self: Target,
{
    /// Appends a body.
    pub(crate) fn emit(&mut self, body: &Body, data: &DataAddresses) {
        match *body {
            Body::Direct { number, args } => self.direct(number, args),
            Body::BlockingRetry { number, args } => self.blocking_retry(number, args),
            Body::ChannelCall { noretry, finish } => self.channel_call(noretry, finish),
            Body::CprngDraw { once } => self.cprng_draw(once),
            Body::ThreadStart { start_regs } => self.thread_start(start_regs),
            Body::FutexWakeExit { futex_wake, handle_close, thread_exit } => {
                self.keep_handle();
                self.store_value();
                self.syscall(futex_wake);
                self.close_and_exit(handle_close, thread_exit);
            }
            Body::VmarUnmapExit { vmar_unmap, handle_close, thread_exit } => {
                self.vmar_unmap_exit(vmar_unmap, handle_close, thread_exit);
            }
            Body::HandleCheckValid { get_info } => self.handle_check_valid(get_info),
            Body::Load32 { address } => {
                self.load32(address);
                self.ret();
            }
            Body::Load64 { address } => {
                self.load64(address);
                self.ret();
            }
            Body::VersionString => {
                self.version_string(data);
                self.ret();
            }
            Body::CopyVersion => self.copy_version(data),
            Body::Features { kinds } => self.features(kinds, data),
            Body::FindString { table, entry_count } => self.find_string(table, entry_count),
            Body::CacheFlush => self.cache_flush(data),
            Body::Ticks { offset, via_kernel } => {
                let kernel = self.label();
                self.read_ticks_or(kernel, offset, data);
                self.ret();
                self.bind(kernel);
                self.direct(via_kernel, 0);
            }
            Body::Nanoseconds { offset, via_kernel } => {
                let kernel = self.label();
                self.read_ticks_or(kernel, offset, data);
                self.ticks_to_nanoseconds(data);
                self.ret();
                self.bind(kernel);
                self.direct(via_kernel, 0);
            }
            Body::DeadlineAfter { offset, via_kernel } => {
                self.deadline_after(offset, via_kernel, data);
            }
            Body::NotSupported => self.return_status(Status::NOT_SUPPORTED),
        }
    }

    pub(crate) fn return_status(&mut self, status: Status) {
        self.set_status(status);
        self.ret();
    }

    pub(crate) fn direct(&mut self, number: u32, args: usize) {
        self.enter(number, args);
        self.ret();
    }

    fn blocking_retry(&mut self, number: u32, args: usize) {
        self.keep_args(args);
        let again = self.here_label();
        self.reload_args(args);
        self.syscall(number);
        self.jump_if_status(Status::INTERNAL_INTR_RETRY, again);
        self.drop_args(args);
        self.ret();
    }

    /// Closes the handle that is kept and ends the thread, without a stack.
    fn close_and_exit(&mut self, handle_close: u32, thread_exit: u32) {
        let failed = self.label();
        self.pass_handle();
        self.syscall(handle_close);
        self.jump_unless_ok(failed);
        self.syscall(thread_exit);
        self.bind(failed);
        self.trap();
    }

    fn vmar_unmap_exit(&mut self, vmar_unmap: u32, handle_close: u32, thread_exit: u32) {
        let failed = self.label();
        self.push_kept();
        self.keep_handle();
        self.syscall(vmar_unmap);
        self.jump_unless_ok(failed);
        self.close_and_exit(handle_close, thread_exit);
        self.bind(failed); // the stack is still there
        self.pop_kept();
        self.ret();
    }

    fn handle_check_valid(&mut self, get_info: u32) {
        let [none, malformed, done, failed] = self.labels();
        self.jump_unless_handle(none, malformed);
        self.set_info_args();
        self.syscall(get_info);
        self.jump_unless_status(done, Status::BAD_HANDLE, failed);
        self.set_status(Status::NOT_FOUND);
        self.bind(done);
        self.ret();
        self.bind(none);
        self.return_status(Status::INVALID_ARGS);
        self.bind(malformed);
        self.return_status(Status::OUT_OF_RANGE);
        self.bind(failed);
        self.trap();
    }
}
