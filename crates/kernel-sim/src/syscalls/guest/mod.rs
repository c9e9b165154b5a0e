//! System calls of guests: arguments in registers, data in guest memory.
//!
//! Out pointers are written last. If that fails, new handles are closed again and the call gives
//! INVALID_ARGS, as upstream's wrappers do.

mod channel;
mod clock;
mod copy;
mod cprng;
mod futex;
mod handle;
mod job;
mod object;
mod port;
mod process;
mod socket;
mod thread;
mod timer;
mod vmar;
mod vmo;

use zx_abi::{
    DEBUG_WRITE_MAX_LEN, LOG_RECORD_DATA_MAX, MAX_NAME_LEN, Result, Rights, Signals, Status,
    Syscall, SyscallCategory,
};

use crate::object::{ThreadId, page_end};
use crate::trace::TraceEvent;
use crate::{Caller, EntryState, Koid, Name, SyscallOutcome};

/// Bytes of a property value, at most.
const PROPERTY_MAX_LEN: u64 = MAX_NAME_LEN as u64;

/// A call that returned, one that blocks, or a thread that ended.
type Outcome = Result<SyscallOutcome>;

const DONE: SyscallOutcome = SyscallOutcome::Return(0);

impl Caller<'_> {
    /// Runs one system call of a guest thread.
    pub(crate) fn dispatch(
        &mut self,
        thread: ThreadId,
        syscall: Syscall,
        args: [u64; 8],
    ) -> SyscallOutcome {
        let outcome = self.guest_call(thread, syscall, args);
        outcome.unwrap_or_else(|status| SyscallOutcome::Return(i64::from(status.into_raw()) as u64))
    }

    fn guest_call(&mut self, thread: ThreadId, syscall: Syscall, args: [u64; 8]) -> Outcome {
        let [a, b, c, d, e, f, g, _] = args;
        // Registers are 64 bits wide; narrower parameters are their low half.
        let (a32, b32, c32) = (a as u32, b as u32, c as u32);
        match syscall {
            Syscall::HandleClose => self.handle_close(a32).map(done),
            Syscall::HandleCloseMany => self.close_listed(a, b).map(done),
            Syscall::HandleDuplicate => {
                let handle = self.handle_duplicate(a32, b32)?;
                self.copy_out_handles(&[(c, handle)])
            }
            Syscall::HandleReplace => {
                let handle = self.handle_replace(a32, b32)?;
                self.copy_out_handles(&[(c, handle)])
            }
            Syscall::ObjectWaitOne => self.guest_wait_one(thread, args),
            Syscall::ObjectWaitMany => self.guest_wait_many(thread, args),
            Syscall::ObjectWaitAsync => {
                let signals = Signals::from_bits_retain(d as u32);
                self.object_wait_async(a32, b32, c, signals, e as u32).map(done)
            }
            Syscall::ObjectSignal => self.object_signal(a32, b32, c32).map(done),
            Syscall::ObjectSignalPeer => self.object_signal_peer(a32, b32, c32).map(done),
            Syscall::ObjectGetInfo => self.guest_get_info(a32, b32, c, d, [e, f]),
            Syscall::ObjectGetProperty => {
                self.not_null(c)?;
                let size = usize::try_from(d).unwrap_or(usize::MAX);
                let value = self.object_get_property(a32, b32, size)?;
                self.copy_out(c, &value)
            }
            Syscall::ObjectSetProperty => {
                self.not_null(c)?;
                self.object_with(a32, Rights::SET_PROPERTY)?;
                let value = self.copy_in(c, d.min(PROPERTY_MAX_LEN))?;
                self.object_set_property(a32, b32, &value).map(done)
            }
            Syscall::ObjectGetChild => {
                let child = self.object_get_child(a32, b, c32)?;
                self.copy_out_handles(&[(d, child)])
            }
            Syscall::EventCreate => {
                let event = self.event_create(a32)?;
                self.copy_out_handles(&[(b, event)])
            }
            Syscall::EventpairCreate => {
                let (first, second) = self.eventpair_create(a32)?;
                self.copy_out_handles(&[(b, first), (c, second)])
            }
            Syscall::DebuglogCreate => {
                let log = self.debuglog_create(a32, b32)?;
                self.copy_out_handles(&[(c, log)])
            }
            Syscall::DebuglogWrite => {
                self.debuglog_write_checks(a32, b32)?;
                let data = self.copy_in(c, d.min(LOG_RECORD_DATA_MAX as u64))?;
                let thread = self.state.objects.koid(thread);
                self.debuglog_write(a32, b32, &data, thread).map(done)
            }
            Syscall::DebugWrite => {
                let data = self.copy_in(a, b.min(DEBUG_WRITE_MAX_LEN))?;
                let thread = self.state.objects.koid(thread);
                self.debug_write(&data, thread);
                Ok(DONE)
            }
            Syscall::VmoCreate => {
                let vmo = self.vmo_create(a, b32)?;
                self.copy_out_handles(&[(c, vmo)])
            }
            Syscall::VmoRead => self.guest_vmo_read(a32, b, c, d),
            Syscall::VmoWrite => self.guest_vmo_write(a32, b, c, d),
            Syscall::VmoGetSize => {
                let size = self.vmo_get_size(a32)?;
                self.copy_out(b, &size.to_le_bytes())
            }
            Syscall::VmoSetSize => self.vmo_set_size(a32, b).map(done),
            Syscall::VmoGetStreamSize => {
                let size = self.vmo_get_stream_size(a32)?;
                self.copy_out(b, &size.to_le_bytes())
            }
            Syscall::VmoSetStreamSize => self.vmo_set_stream_size(a32, b).map(done),
            Syscall::VmoOpRange => self.guest_vmo_op_range(args),
            Syscall::VmoSetCachePolicy => self.vmo_set_cache_policy(a32, b32).map(done),
            Syscall::VmoTransferData => {
                self.vmo_transfer_data(a32, b32, c, d, e as u32, f).map(done)
            }
            Syscall::VmoCreateChild => {
                let child = self.vmo_create_child(a32, b32, c, d)?;
                self.copy_out_handles(&[(e, child)])
            }
            Syscall::VmoReplaceAsExecutable => {
                let vmo = self.vmo_replace_as_executable(a32, b32)?;
                self.copy_out_handles(&[(c, vmo)])
            }
            Syscall::VmarAllocate => {
                let (vmar, base) = self.vmar_allocate(a32, b32, c, d)?;
                let address = self.copy_out(f, &base.to_le_bytes());
                let written = address.and_then(|_| self.copy_out(e, &vmar.to_le_bytes()));
                if written.is_err() {
                    self.vmar_destroy(vmar)?;
                    self.handle_close(vmar)?;
                }
                written
            }
            Syscall::VmarMap => {
                let base = self.vmar_map(a32, b32, c, d as u32, e, f)?;
                let written = self.copy_out(g, &base.to_le_bytes());
                if written.is_err()
                    && let (vmar, _) = self.typed(a32)?
                    && let Some(len) = page_end(f)
                {
                    self.state.unmap_range(vmar, base, len);
                }
                written
            }
            Syscall::VmarUnmap => self.vmar_unmap(a32, b, c).map(done),
            Syscall::VmarProtect => self.vmar_protect(a32, b32, c, d).map(done),
            Syscall::VmarOpRange => self.guest_vmar_op_range(args),
            Syscall::VmarDestroy => self.vmar_destroy(a32).map(done),
            Syscall::JobCreate => {
                let job = self.job_create(a32, b32)?;
                self.copy_out_handles(&[(c, job)])
            }
            Syscall::JobSetPolicy => self.guest_job_set_policy(args),
            Syscall::JobSetCritical => self.job_set_critical(a32, b32, c32).map(done),
            Syscall::ProcessReadMemory => self.guest_process_read(args),
            Syscall::ProcessWriteMemory => self.guest_process_write(args),
            Syscall::ProcessCreateShared => self.guest_process_create_shared(args),
            Syscall::ProcessCreate => {
                let name = self.copy_in(b, c.min(MAX_NAME_LEN as u64 - 1));
                let name = name.map(|name| Name::truncated(&name));
                let (process, vmar) = self.create_process(a32, name, d as u32)?;
                self.copy_out_handles(&[(e, process), (f, vmar)])
            }
            Syscall::ProcessStart => self.process_start(a32, b32, c, d, e as u32, f).map(done),
            Syscall::ProcessExit => {
                self.state.kill_process(self.process, a as i64);
                Ok(SyscallOutcome::Exited)
            }
            Syscall::ThreadCreate => {
                let name = self.copy_in(b, c.min(MAX_NAME_LEN as u64 - 1));
                let name = name.map(|name| Name::truncated(&name));
                let thread = self.create_thread(a32, name, d as u32)?;
                self.copy_out_handles(&[(e, thread)])
            }
            Syscall::ThreadStart => {
                let entry = EntryState { pc: b, sp: c, arg1: d, arg2: e };
                self.thread_start(a32, entry).map(done)
            }
            Syscall::ThreadStartRegs => self.guest_thread_start(a32, args),
            Syscall::ThreadExit => {
                self.guest_thread_exit(thread);
                Ok(SyscallOutcome::Exited)
            }
            Syscall::TaskSuspend | Syscall::TaskSuspendToken => {
                let token = self.task_suspend(a32)?;
                self.copy_out_handles(&[(b, token)])
            }
            Syscall::TaskKill => self.task_kill(a32).map(done),
            Syscall::ThreadReadState => self.guest_thread_read_state(a32, b32, c, d),
            Syscall::ThreadWriteState => self.guest_thread_write_state(a32, b32, c, d),
            Syscall::Nanosleep => Ok(match self.sleep_until(thread, a as i64) {
                true => SyscallOutcome::Blocked,
                false => DONE,
            }),
            Syscall::CprngDrawOnce => self.guest_cprng_draw(a, b),
            _ => match syscall.info().category {
                SyscallCategory::Channel => self.channel_family(thread, syscall, args),
                SyscallCategory::Clock => self.clock_call(thread, syscall, args),
                SyscallCategory::Futex => self.futex_call(thread, syscall, args),
                SyscallCategory::Port => self.port_call(thread, syscall, args),
                SyscallCategory::Socket => self.socket_call(thread, syscall, args),
                SyscallCategory::Timer => self.timer_call(thread, syscall, args),
                _ => self.not_implemented(thread, syscall),
            },
        }
    }

    fn not_implemented(&self, thread: ThreadId, syscall: Syscall) -> Outcome {
        let objects = &self.state.objects;
        let (process, thread): (Koid, Koid) = (objects.koid(self.process), objects.koid(thread));
        self.state.trace(|_| TraceEvent::SyscallNotImplemented { process, thread, syscall });
        Err(Status::NOT_SUPPORTED)
    }
}

fn done(_: impl Sized) -> SyscallOutcome {
    DONE
}
