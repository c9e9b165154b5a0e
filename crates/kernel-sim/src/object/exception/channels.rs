//! Exception channels of tasks (zircon/kernel/object/exceptionate.cc).
//!
//! The kernel keeps one end, to which there is no handle. A task has a channel as long as the other
//! end is open.

use zerocopy::IntoBytes;
use zx_abi::{
    EXCEPTION_MAX_JOB_DEBUGGERS, ExceptionChannelType, ExceptionInfo, Result, Rights, Signals,
    Status,
};

use super::Exception;
use crate::account::{AccountId, Item};
use crate::handle::Handle;
use crate::object::{
    ChannelId, ExceptionId, MessagePacket, Object, ObjectId, Objects, ProcessRun, ThreadRun,
};
use crate::state::State;
use crate::trace::TraceEvent;

/// A channel that is told of exceptions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExceptionChannel {
    pub kind: ExceptionChannelType,
    /// The kernel's end.
    pub end: ChannelId,
    /// Rights of the handles that an exception gives to its thread and to its process.
    pub thread_rights: Rights,
    pub process_rights: Rights,
    /// What messages to it are charged to: its maker's.
    pub account: AccountId,
}

/// What an end of a channel is to the kernel, if it is the kernel's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ToldOf {
    pub task: ObjectId,
    pub kind: ExceptionChannelType,
}

impl State {
    /// A channel that is told of the exceptions of a task: the end that a handle may lead to.
    ///
    /// # Errors
    /// BAD_STATE for a dead task; ALREADY_BOUND if it has a channel of this kind, a job as many
    /// debuggers as it may have; NO_MEMORY at a limit.
    pub fn new_exception_channel(
        &mut self,
        account: AccountId,
        told_of: ToldOf,
        rights: Rights,
        is_alone: bool,
    ) -> Result<ChannelId> {
        let ToldOf { task, kind } = told_of;
        self.check_free(task, kind, is_alone)?;
        let (end, theirs) = self.new_channel(account)?;
        if let Some(end) = self.objects.channels.get_mut(end) {
            end.told_of = Some(told_of);
        }
        let process_rights =
            if kind == ExceptionChannelType::Thread { Rights::empty() } else { rights };
        let channel =
            ExceptionChannel { kind, end, thread_rights: rights, process_rights, account };
        let objects = &mut self.objects;
        if let (ObjectId::Job(id), ExceptionChannelType::JobDebugger) = (task, kind) {
            objects.get_mut(id)?.debuggers.push(channel);
        } else if let Some(place) = objects.exception_channel_mut(told_of) {
            *place = Some(channel);
        }
        Ok(theirs)
    }

    /// Whether a task may have one more channel.
    fn check_free(&self, task: ObjectId, kind: ExceptionChannelType, is_alone: bool) -> Result {
        use ExceptionChannelType::{Debugger, JobDebugger};
        let (is_dead, is_bound) = match task {
            ObjectId::Thread(id) => {
                let thread = self.objects.get(id)?;
                (thread.run == ThreadRun::Dead, thread.exceptions.is_some())
            }
            ObjectId::Process(id) => {
                let process = self.objects.get(id)?;
                let bound = if kind == Debugger { process.debugger } else { process.exceptions };
                let is_dead = matches!(process.run, ProcessRun::Ending | ProcessRun::Dead);
                (is_dead, bound.is_some())
            }
            ObjectId::Job(id) => {
                let job = self.objects.get(id)?;
                let most = if is_alone { 1 } else { EXCEPTION_MAX_JOB_DEBUGGERS };
                let is_bound = match kind {
                    JobDebugger => job.debuggers.len() >= most,
                    _ => job.exceptions.is_some(),
                };
                (job.is_dead(), is_bound)
            }
            _ => return Err(Status::WRONG_TYPE),
        };
        if is_dead {
            return Err(Status::BAD_STATE);
        }
        if is_bound { Err(Status::ALREADY_BOUND) } else { Ok(()) }
    }

    /// The last handle to the other end is gone: the task has no such channel any more.
    pub fn forget_exception_channel(&mut self, end: ChannelId, told_of: ToldOf) {
        let objects = &mut self.objects;
        if let (ObjectId::Job(id), ExceptionChannelType::JobDebugger) = (told_of.task, told_of.kind)
        {
            if let Some(job) = objects.jobs.get_mut(id) {
                job.debuggers.retain(|channel| channel.end != end);
            }
        } else if let Some(place) = objects.exception_channel_mut(told_of) {
            *place = None;
        }
        self.close_end(end);
    }

    /// A task is dead: what it was watched through shows PEER_CLOSED.
    pub fn close_exception_channels(
        &mut self,
        channels: impl IntoIterator<Item = ExceptionChannel>,
    ) {
        for channel in channels {
            self.close_end(channel.end);
        }
    }

    /// Gives a channel a handle to an exception.
    ///
    /// # Errors
    /// PEER_CLOSED; NO_MEMORY at a limit. The exception has no handle then.
    pub fn tell(&mut self, id: ExceptionId, channel: ExceptionChannel) -> Result {
        let ExceptionChannel { end, account, kind, .. } = channel;
        let to = self.objects.peer(end)?;
        let exception = self.objects.get(id)?;
        let (thread, kind_of_exception) = (exception.thread, exception.report.kind);
        let info = ExceptionInfo {
            pid: self.objects.koid(exception.process),
            tid: self.objects.koid(thread),
            kind: kind_of_exception,
            padding: 0,
        };
        let bytes = info.as_bytes().to_vec();
        let mut packet = MessagePacket { bytes, account, ..MessagePacket::default() };
        self.charge_message(&packet)?;
        // Not by new_handle: an exception that loses its last handle has been answered.
        let charged = self.objects.accounts.charge(account, [(Item::Handles, 1)]);
        if let Err(status) = charged {
            self.refund_message(&packet);
            return Err(status);
        }
        self.objects.count_handle(id.into(), 1);
        packet.handles.push(Handle {
            object: id.into(),
            rights: Exception::DEFAULT_RIGHTS,
            account,
            watches: None,
        });
        if let Some(exception) = self.objects.exceptions.get_mut(id) {
            exception.handler = Some(channel);
        }
        if let Some(thread) = self.objects.threads.get_mut(thread) {
            thread.exception_channel = kind;
        }
        packet.id = self.name_message();
        self.trace(|state| TraceEvent::Message {
            id: packet.id,
            process: info.pid,
            thread: info.tid,
            from: state.objects.koid(end),
            to: state.objects.koid(to),
            bytes: packet.bytes.clone(),
            handles: packet.handles.iter().map(|handle| state.traced_handle(handle)).collect(),
        });
        self.enqueue(to, packet);
        self.update_signals(to, Signals::empty(), Signals::READABLE);
        Ok(())
    }
}

impl Objects {
    /// Where a task keeps its channel of a kind of which it has one.
    fn exception_channel_mut(
        &mut self,
        ToldOf { task, kind }: ToldOf,
    ) -> Option<&mut Option<ExceptionChannel>> {
        match task {
            ObjectId::Thread(id) => Some(&mut self.threads.get_mut(id)?.exceptions),
            ObjectId::Process(id) if kind == ExceptionChannelType::Debugger => {
                Some(&mut self.processes.get_mut(id)?.debugger)
            }
            ObjectId::Process(id) => Some(&mut self.processes.get_mut(id)?.exceptions),
            ObjectId::Job(id) => Some(&mut self.jobs.get_mut(id)?.exceptions),
            _ => None,
        }
    }
}
