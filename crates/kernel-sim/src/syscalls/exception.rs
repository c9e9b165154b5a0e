//! `zx_exception_*` and `zx_task_create_exception_channel` (zircon/kernel/lib/syscalls/exceptions.cc).

use zx_abi::{
    EXCEPTION_CHANNEL_DEBUGGER, ExceptionChannelType, ExceptionState, PROP_EXCEPTION_STATE,
    PolicyCondition, Result, Rights, Status,
};

use crate::Caller;
use crate::object::{ExceptionId, ObjectId, ToldOf};

/// What a task's handle must allow for an exception channel, besides what a task of its type asks for.
const BINDING: Rights =
    Rights::INSPECT.union(Rights::DUPLICATE).union(Rights::TRANSFER).union(Rights::MANAGE_THREAD);

/// What a user has of an exception channel.
const CHANNEL: Rights = Rights::TRANSFER.union(Rights::WAIT).union(Rights::READ);

impl Caller<'_> {
    /// `zx_task_create_exception_channel`: a channel that is told of the exceptions of a thread, of those
    /// of a process or of all processes of a job and below. With DEBUGGER (1) a process's channel is
    /// asked first, and told of threads that begin and end; a job's is told of processes that begin.
    ///
    /// # Errors
    /// INVALID_ARGS for other options; ACCESS_DENIED by policy; BAD_HANDLE; ACCESS_DENIED without
    /// INSPECT, DUPLICATE, TRANSFER and MANAGE_THREAD; INVALID_ARGS for a thread's debugger; WRONG_TYPE
    /// for what is no task; ACCESS_DENIED for a job or process without ENUMERATE; BAD_STATE for a dead
    /// task; ALREADY_BOUND while there is such a channel, or 32 debuggers of a job; NO_MEMORY.
    pub fn task_create_exception_channel(&mut self, task: u32, options: u32) -> Result<u32> {
        use ExceptionChannelType::{Debugger, Job, JobDebugger, Process, Thread};
        if options & !EXCEPTION_CHANNEL_DEBUGGER != 0 {
            return Err(Status::INVALID_ARGS);
        }
        self.check_policy(PolicyCondition::NewChannel)?;
        let (task, rights) = self.lookup(task)?;
        if !rights.contains(BINDING) {
            return Err(Status::ACCESS_DENIED);
        }
        let kind = match (task, options == EXCEPTION_CHANNEL_DEBUGGER) {
            (ObjectId::Thread(_), true) => return Err(Status::INVALID_ARGS),
            (ObjectId::Thread(_), false) => Thread,
            (ObjectId::Process(_), true) => Debugger,
            (ObjectId::Process(_), false) => Process,
            (ObjectId::Job(_), true) => JobDebugger,
            (ObjectId::Job(_), false) => Job,
            _ => return Err(Status::WRONG_TYPE),
        };
        if kind != Thread && !rights.contains(Rights::ENUMERATE) {
            return Err(Status::ACCESS_DENIED);
        }
        let is_alone = !self.generation().tells_all_job_debuggers;
        let told_of = ToldOf { task, kind };
        let account = self.account;
        let channel = self.state.new_exception_channel(account, told_of, rights, is_alone)?;
        self.add(channel, CHANNEL)
    }

    /// `zx_exception_get_thread`: the thread that waits, with the rights of the handle that the channel
    /// was made with. It stays the same when the thread has been killed.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE; NO_MEMORY.
    pub fn exception_get_thread(&mut self, exception: u32) -> Result<u32> {
        let (id, _): (ExceptionId, Rights) = self.typed(exception)?;
        let exception = self.state.objects.get(id)?;
        let rights = exception.handler.map(|handler| handler.thread_rights);
        let thread = exception.thread;
        self.add_told(thread, rights)
    }

    /// `zx_exception_get_process`: the process of that thread, with the same rights.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE; ACCESS_DENIED for an exception from a thread's channel; NO_MEMORY.
    pub fn exception_get_process(&mut self, exception: u32) -> Result<u32> {
        let (id, _): (ExceptionId, Rights) = self.typed(exception)?;
        let exception = self.state.objects.get(id)?;
        let rights = exception.handler.map(|handler| handler.process_rights);
        let process = exception.process;
        self.add_told(process, rights)
    }

    fn add_told(&mut self, task: impl Into<ObjectId>, rights: Option<Rights>) -> Result<u32> {
        match rights {
            Some(rights) if !rights.is_empty() => self.add(task, rights),
            _ => Err(Status::ACCESS_DENIED),
        }
    }

    /// The value of an exception's property.
    ///
    /// # Errors
    /// WRONG_TYPE.
    pub(crate) fn exception_property(&self, object: ObjectId, property: u32) -> Result<u32> {
        let ObjectId::Exception(id) = object else { return Err(Status::WRONG_TYPE) };
        let exception = self.state.objects.get(id)?;
        Ok(match property {
            PROP_EXCEPTION_STATE => exception.state as u32,
            _ => exception.second_chance.into(),
        })
    }

    /// Sets a property of an exception.
    ///
    /// # Errors
    /// WRONG_TYPE; BAD_STATE for the strategy of an exception that no debugger of a process has;
    /// INVALID_ARGS for a value that the property does not know.
    pub(crate) fn set_exception_property(
        &mut self,
        object: ObjectId,
        property: u32,
        value: u32,
    ) -> Result {
        let ends_threads = self.generation().tells_all_job_debuggers;
        let ObjectId::Exception(id) = object else { return Err(Status::WRONG_TYPE) };
        let exception = self.state.objects.get_mut(id)?;
        if property == PROP_EXCEPTION_STATE {
            exception.state = match value {
                0 => ExceptionState::TryNext,
                1 => ExceptionState::Handled,
                2 if ends_threads => ExceptionState::ThreadExit,
                _ => return Err(Status::INVALID_ARGS),
            };
            return Ok(());
        }
        let kind = exception.handler.map(|handler| handler.kind);
        if kind != Some(ExceptionChannelType::Debugger) {
            return Err(Status::BAD_STATE);
        }
        exception.second_chance = match value {
            0 => false,
            1 => true,
            _ => return Err(Status::INVALID_ARGS),
        };
        Ok(())
    }
}
