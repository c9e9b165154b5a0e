//! `zx_process_*` (zircon/kernel/lib/syscalls/task.cc).

mod memory;

use zx_abi::{Abi, HANDLE_INVALID, PROCESS_SHARED, PolicyCondition, Result, Rights, Status};

use crate::object::{ProcessId, ProcessRun, ThreadId, ThreadRun};
use crate::state::Effect;
use crate::trace::TraceEvent;
use crate::{Caller, EntryState, Item, Koid, Name};

pub(super) use memory::Target;

impl Caller<'_> {
    /// `zx_process_create`, for handles to the process and its root VMAR. The name is truncated
    /// to 31 bytes. The policy that counts is the caller's, not the job's. The process speaks the
    /// caller's ABI until it maps a vDSO, which then decides.
    ///
    /// # Errors
    /// INVALID_ARGS for options; ACCESS_DENIED by policy; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED
    /// with neither MANAGE_PROCESS nor WRITE; BAD_STATE in a killed job; NO_RESOURCES at a limit of processes; NO_MEMORY.
    pub fn process_create(&mut self, job: u32, name: &[u8], options: u32) -> Result<(u32, u32)> {
        self.process_create_for(self.abi(), job, name, options)
    }

    /// As [`Caller::process_create`], of a process that speaks this ABI, which decides where its
    /// address space begins.
    ///
    /// # Errors
    /// As [`Caller::process_create`].
    pub fn process_create_for(
        &mut self,
        abi: Abi,
        job: u32,
        name: &[u8],
        options: u32,
    ) -> Result<(u32, u32)> {
        self.create_process(abi, job, Ok(Name::truncated(name)), options)
    }

    /// Has a process speak another ABI, before anything is in its address space, which begins where
    /// that ABI has it.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without MANAGE_PROCESS; BAD_STATE for a process that has
    /// been started, or where something is.
    pub fn process_set_abi(&mut self, process: u32, abi: Abi) -> Result {
        let id: ProcessId = self.get(process, Rights::MANAGE_PROCESS)?;
        self.state.set_abi(id, abi)
    }

    /// `zx_process_create` with a name that may have failed to be copied in.
    pub(crate) fn create_process(
        &mut self,
        abi: Abi,
        job: u32,
        name: Result<Name>,
        options: u32,
    ) -> Result<(u32, u32)> {
        if options & !PROCESS_SHARED != 0 {
            return Err(Status::INVALID_ARGS);
        }
        self.check_policy(PolicyCondition::NewProcess)?;
        let name = name?;
        let job = self.managed_job(job, Rights::MANAGE_PROCESS)?;
        let id = self.state.new_process(job, name, ProcessRun::Initial, abi)?;
        let process = self.add_default(id)?;
        match self.add_root_vmar(id) {
            Ok(vmar) => Ok((process, vmar)),
            Err(status) => {
                self.handle_close(process)?;
                Err(status)
            }
        }
    }

    /// `zx_process_create_shared`, whose arguments are judged although this kernel has no shared
    /// address spaces.
    ///
    /// # Errors
    /// INVALID_ARGS for options; ACCESS_DENIED by policy; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED
    /// without MANAGE_PROCESS and GET_PROPERTY; then NOT_SUPPORTED.
    pub fn process_create_shared(&mut self, shared: u32, options: u32) -> Result<(u32, u32)> {
        self.create_shared(shared, options, Ok(()))
    }

    /// `zx_process_create_shared` with a name that may have failed to be copied in.
    pub(super) fn create_shared(
        &mut self,
        shared: u32,
        options: u32,
        name: Result,
    ) -> Result<(u32, u32)> {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        self.check_policy(PolicyCondition::NewProcess)?;
        name?;
        let _: ProcessId = self.get(shared, Rights::MANAGE_PROCESS | Rights::GET_PROPERTY)?;
        Err(Status::NOT_SUPPORTED)
    }

    /// `zx_process_start`: `arg1`, a handle or 0, moves into the new process.
    ///
    /// # Errors
    /// NOT_SUPPORTED on a machine that runs nothing; `arg1` then stays. In all other cases it is
    /// consumed: BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without WRITE for process and thread;
    /// BAD_HANDLE for `arg1`; ACCESS_DENIED for a thread of another process or without TRANSFER
    /// for `arg1`; BAD_STATE for a process that was started or has ended; then what the machine cannot
    /// do now, as [`Machine::can_run`](crate::Machine::can_run) says; INVALID_ARGS for an entry
    /// that is neither 0 nor an address of programs.
    pub fn process_start(
        &mut self,
        process: u32,
        thread: u32,
        entry: u64,
        stack: u64,
        arg1: u32,
        arg2: u64,
    ) -> Result {
        let runnable = self.state.machine.can_run();
        if runnable == Err(Status::NOT_SUPPORTED) {
            return runnable;
        }
        let targets = self
            .get::<ProcessId>(process, Rights::WRITE)
            .and_then(|process| Ok((process, self.get::<ThreadId>(thread, Rights::WRITE)?)));
        let arg = match arg1 {
            HANDLE_INVALID => Ok(None),
            value => self.remove(value).map(Some),
        };
        let ((id, thread_id), arg) = match (targets, arg) {
            (Ok(targets), Ok(arg)) => (targets, arg),
            (targets, arg) => {
                self.state.close_all(arg.ok().flatten());
                return Err(targets.err().unwrap_or(Status::BAD_HANDLE));
            }
        };
        let transferable = arg.as_ref().is_none_or(|arg| arg.rights.contains(Rights::TRANSFER));
        let startable = self.startable(id, thread_id, transferable).and(runnable);
        let startable = startable.and_then(|()| self.begins_at(id, entry));
        if let Err(status) = startable {
            self.state.close_all(arg);
            return Err(status);
        }
        let arg1 = arg.map_or(HANDLE_INVALID, |arg| self.state.insert_handle(id, arg));
        let entry = EntryState::new(entry, stack, arg1.into(), arg2);
        self.launch(id, thread_id, entry);
        Ok(())
    }

    fn startable(&self, id: ProcessId, thread_id: ThreadId, transferable: bool) -> Result {
        let objects = &self.state.objects;
        let process = objects.get(id)?;
        let thread = objects.get(thread_id)?;
        if thread.process != id || !transferable {
            return Err(Status::ACCESS_DENIED);
        }
        if process.run != ProcessRun::Initial || thread.run != ThreadRun::New {
            return Err(Status::BAD_STATE);
        }
        Ok(())
    }

    /// Whether a thread of a process may begin there.
    pub(crate) fn begins_at(&self, id: ProcessId, pc: u64) -> Result {
        let (abi, target) = (self.state.abi_of(id), self.state.target);
        // Those up to the middle of all addresses are programs', mapped or not.
        let valid = match self.generation().begins_below_space {
            true => pc < target.user_top().next_power_of_two(),
            false => pc == 0 || (target.user_base(abi)..target.user_top()).contains(&pc),
        };
        if valid { Ok(()) } else { Err(Status::INVALID_ARGS) }
    }

    fn launch(&mut self, id: ProcessId, thread_id: ThreadId, entry: EntryState) {
        let (process, thread) = (self.state.objects.koid(id), self.state.objects.koid(thread_id));
        let now = self.state.now();
        if let Some(process) = self.state.objects.processes.get_mut(id) {
            process.run = ProcessRun::Running;
            process.start_time = now;
        }
        self.state.running += 1;
        let running = self.state.running;
        self.state.effects.push(Effect::Running(running));
        self.state.trace(|state| TraceEvent::ProcessStart {
            process,
            thread,
            thread_name: state
                .objects
                .threads
                .get(thread_id)
                .map_or_else(Name::default, |thread| thread.name),
            entry: entry.pc,
            stack: entry.sp,
        });
        self.state.begin_thread(thread_id, entry, true);
        self.state.watch_cpu_time(id);
    }

    /// A further context of the embedder, in a job of its choice: a process whose code is the
    /// embedder's own. Its koid; it lives until [`Caller::context_close`] or until its job dies.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED with neither MANAGE_PROCESS nor WRITE; BAD_STATE in a
    /// killed job; NO_RESOURCES at a limit of processes; NO_MEMORY.
    pub fn context_create(&mut self, job: u32, name: &[u8]) -> Result<Koid> {
        let job = self.managed_job(job, Rights::MANAGE_PROCESS)?;
        let abi = self.abi();
        let id = self.state.new_process(job, Name::truncated(name), ProcessRun::Host, abi)?;
        Ok(self.state.objects.koid(id))
    }

    /// The limit for which the kernel has killed a process, if that is how it ended; for the embedder.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without INSPECT.
    pub fn process_killed_for(&mut self, process: u32) -> Result<Option<Item>> {
        let id: ProcessId = self.get(process, Rights::INSPECT)?;
        Ok(self.state.objects.get(id)?.killed_for())
    }

    /// Ends the calling context: its handles close, its waits end as cancelled.
    pub fn context_close(&mut self) {
        self.state.kill_process(self.process, 0);
    }
}
