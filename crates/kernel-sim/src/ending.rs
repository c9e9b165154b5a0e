//! What comes to an end, a turn at a time: the end of a process or of a channel may concern a quarter
//! of a million handles, and a signal as many watches.
//!
//! What is done about an end may lead to others, which come first: a channel holds messages, these
//! hold channels. So they lie on a stack. Whoever adds to it does as much of it as the turn allows
//! ([`State::settle`]); the kernel sees to the rest.

use std::collections::{VecDeque, btree_map, btree_set};
use std::ops::Range;
use std::sync::Arc;
use std::vec;

use zx_abi::{PAGE_SIZE, Result, Signals, Status, TASK_RETCODE_CRITICAL_PROCESS_KILL};

use crate::account::{AccountId, Item};
use crate::handle::{HandleTable, Watches};
use crate::line::Line;
use crate::object::{
    Contents, CriticalTo, DeadPager, DeadPort, JobId, Launch, LostSearch, MessagePacket, Node,
    ObjectId, ProcessId, ProcessRun, Region, StoreId, ThreadId, VmarId,
};
use crate::state::{Effect, State};
use crate::syscalls::{STEP, zero_some};
use crate::trace::TraceEvent;
use crate::wait::{Fetch, Notice, WaitEnd, WaiterId};
use crate::{Koid, Memory};

/// Units that are done at once even at the end of a turn, so that what is small ends at once.
const SMALL: u64 = 32;

/// Something that is not at its end yet. What is large is in a box: endings are moved about.
#[derive(Debug)]
pub(crate) enum Ending {
    /// Has lost its last handle.
    Object(ObjectId),
    /// Nobody will read them.
    Messages(VecDeque<MessagePacket>),
    /// Channels that nobody can reach are to be found.
    Lost(Box<LostSearch>),
    /// Through a handle that is gone.
    Watches(Watches),
    Port(Box<DeadPort>),
    Pager(Box<DeadPager>),
    /// For pages in a range of a store: they fail.
    Requests(StoreId, Range<u64>, Status),
    /// To write pages in a range of a store: those who wait try again.
    Retries(StoreId, Range<u64>),
    /// The host waits for pages.
    Fetch(Box<Fetch>),
    /// Of one request, and how it has ended.
    PageWaits(Line<WaiterId>, Result),
    /// Of a VMO that is gone, from an offset on.
    Memory(Arc<dyn Memory>, u64),
    /// Watches are to be told of signals.
    Notice(Notice),
    Process(Box<Remains>),
    /// Of a process that has been killed.
    Threads(ProcessId),
    /// Those of a process with greater koids are suspended, or are not any more.
    Suspension(ProcessId, Koid),
    /// Has not ended, but begins.
    Launch(Launch),
    Regions(Box<Regions>),
    Job(DyingJob),
    /// To be killed.
    Processes(vec::IntoIter<ProcessId>, i64),
}

/// What is left of a process none of whose threads can run any more. It goes in the order of the
/// fields.
#[derive(Debug)]
pub(crate) struct Remains {
    id: ProcessId,
    was_running: bool,
    threads: btree_map::IntoValues<Koid, ThreadId>,
    new_threads: btree_map::IntoValues<Koid, ThreadId>,
    waits: btree_set::IntoIter<WaiterId>,
    table: HandleTable,
    vmar: Option<VmarId>,
    /// Its signal shows it.
    terminated: bool,
    /// It is no child of its job any more.
    orphaned: bool,
}

/// What is mapped in a VMAR that is gone.
#[derive(Debug)]
pub(crate) struct Regions {
    vmar: VmarId,
    owner: (ProcessId, AccountId),
    depth: u32,
    contents: Contents,
}

/// A job that is being killed: its child jobs first, then its processes, each oldest first.
#[derive(Debug)]
pub(crate) struct DyingJob {
    id: JobId,
    return_code: i64,
    /// The children up to these koids are killed.
    jobs: Koid,
    processes: Koid,
}

impl State {
    /// Ends something, now as far as this turn goes.
    pub fn end(&mut self, ending: Ending) {
        self.endings.push(ending);
        self.settle();
    }

    /// Goes on with what has not come to its end, as far as this turn goes.
    pub fn settle(&mut self) {
        // Otherwise the loop is at work further up the stack.
        if std::mem::replace(&mut self.settling, true) {
            return;
        }
        let enough = self.meter.total() + SMALL;
        let has_time = |state: &Self| !state.meter.is_due() || state.meter.total() < enough;
        while has_time(self)
            && let Some(mut ending) = self.next_ending()
        {
            let below = self.endings.len();
            // Up to the unit that leads to something else, which comes before the rest.
            let more = loop {
                if !self.go_on(&mut ending) {
                    break false;
                }
                if self.endings.len() > below || !has_time(self) {
                    break true;
                }
            };
            // What it leads to comes in its order.
            if let Some(new) = self.endings.get_mut(below..) {
                new.reverse();
            }
            if more {
                self.endings.insert(below, ending);
            }
        }
        self.settling = false;
    }

    /// What is to go on: one search for all the processes that have ended since the last began.
    fn next_ending(&mut self) -> Option<Ending> {
        let search = |state: &mut Self| {
            std::mem::take(&mut state.seeks_lost).then(|| Ending::Lost(Box::default()))
        };
        self.endings.pop().or_else(|| search(self))
    }

    /// Whether all has come to its end.
    pub fn is_settled(&self) -> bool {
        self.endings.is_empty() && !self.seeks_lost
    }

    /// Does one unit of work, or a few. Whether anything may be left of it then.
    fn go_on(&mut self, ending: &mut Ending) -> bool {
        match ending {
            Ending::Object(id) => {
                self.on_zero_handles(*id);
                false
            }
            Ending::Messages(messages) => {
                let Some(message) = messages.pop_front() else { return false };
                self.meter.count(1);
                self.dequeued(&message);
                self.close_all(message.handles);
                true
            }
            Ending::Lost(search) => self.search_lost(search),
            Ending::Watches(watches) => {
                let Some(watch) = watches.pop() else { return false };
                self.end_watch(watch);
                true
            }
            Ending::Port(port) => self.end_port(port),
            Ending::Pager(pager) => self.end_pager(pager),
            Ending::Requests(store, range, status) => self.fail_request(*store, range, *status),
            Ending::Fetch(fetch) => self.fetch(fetch),
            Ending::Retries(store, range) => self.retry_request(*store, range),
            Ending::PageWaits(waiters, result) => {
                let Some(waiter) = waiters.pop() else { return false };
                self.end_page_wait(waiter, *result);
                true
            }
            Ending::Memory(memory, at) if memory.is_fixed() => {
                let pages = (STEP / PAGE_SIZE) as usize;
                self.meter.count(pages);
                *at += STEP;
                let more = Arc::get_mut(memory).is_some_and(|memory| memory.give_back(pages));
                if !more {
                    // What is left of it, which the host may have much to do with, goes without the lock.
                    self.effects.push(Effect::Forget(Arc::clone(memory)));
                }
                more
            }
            Ending::Memory(memory, at) => {
                // Whoever still has it frees it.
                let rest = *at..memory.size();
                let ours = Arc::strong_count(memory) == 1 && !rest.is_empty();
                let Some(Ok(next)) = ours.then(|| zero_some(&**memory, rest, &self.meter)) else {
                    return false;
                };
                *at = next;
                true
            }
            Ending::Notice(notice) => self.notify(notice),
            Ending::Process(remains) => self.give_up(remains),
            Ending::Threads(id) => {
                let process = self.objects.processes.get_mut(*id);
                let thread = process.and_then(|process| process.threads.pop_first());
                let Some((_, thread)) = thread else { return false };
                self.thread_died(thread);
                true
            }
            Ending::Suspension(id, koid) => {
                let threads = self.objects.processes.get(*id).map(|process| &process.threads);
                let next = threads.and_then(|threads| threads.range(*koid + 1..).next());
                let Some((next, thread)) = next.map(|(koid, thread)| (*koid, *thread)) else {
                    return false;
                };
                *koid = next;
                self.meter.count(1);
                self.suspend_or_release(thread);
                true
            }
            Ending::Launch(launch) => self.launch_some(*launch),
            Ending::Regions(rest) => {
                let Some((base, region)) = rest.contents.next() else {
                    self.release_vmar(rest.vmar);
                    return false;
                };
                match region {
                    Region::Vmar { id, .. } => self.end_vmar(id),
                    Region::Mapping(mapping) => {
                        self.report(rest.owner.0, Node { depth: rest.depth + 1, base, region });
                        self.drop_mapping(rest.owner, &mapping);
                    }
                }
                true
            }
            Ending::Job(job) => self.kill_children(job),
            Ending::Processes(processes, return_code) => {
                self.meter.count(1);
                let Some(process) = processes.next() else { return false };
                self.kill_process(process, *return_code);
                true
            }
        }
    }

    /// No thread of the process can run any more: handles, then memory, then the signal.
    pub fn process_dead(&mut self, id: ProcessId) {
        let Some(process) = self.objects.processes.get_mut(id) else { return };
        if matches!(process.run, ProcessRun::Ending | ProcessRun::Dead) {
            return;
        }
        let was_running = matches!(process.run, ProcessRun::Running | ProcessRun::Dying);
        process.run = ProcessRun::Ending;
        process.return_code.get_or_insert(0);
        let channels = [process.exceptions.take(), process.debugger.take()];
        if let Some(check) = process.cpu_check.take() {
            self.deadlines.remove(check);
        }
        let remains = Remains {
            id,
            was_running,
            threads: std::mem::take(&mut process.threads).into_values(),
            new_threads: std::mem::take(&mut process.new_threads).into_values(),
            waits: std::mem::take(&mut process.waits).into_iter(),
            table: std::mem::take(&mut process.handles),
            vmar: process.root_vmar.take(),
            terminated: false,
            orphaned: false,
        };
        self.close_exception_channels(channels.into_iter().flatten());
        self.end(Ending::Process(Box::new(remains)));
    }

    fn give_up(&mut self, remains: &mut Remains) -> bool {
        let id = remains.id;
        let next_thread = remains.threads.next();
        if let Some(thread) = next_thread.or_else(|| remains.new_threads.next()) {
            self.thread_died(thread);
        } else if let Some(wait) = remains.waits.next() {
            self.finish_wait(wait, WaitEnd::ProcessDied);
        } else if let Some(handle) = remains.table.pop() {
            self.close(handle);
        } else if let Some(vmar) = remains.vmar.take() {
            self.end_vmar(vmar);
        } else if !std::mem::replace(&mut remains.terminated, true) {
            self.process_terminated(id);
        } else if !std::mem::replace(&mut remains.orphaned, true) {
            self.process_left_job(id);
        } else {
            if remains.was_running {
                self.running -= 1;
                self.effects.push(Effect::Running(self.running));
                self.seeks_lost |= !self.objects.transit.is_empty();
            }
            self.release_process(id);
            return false;
        }
        true
    }

    /// Nothing is left of a process but the handles to it.
    fn process_terminated(&mut self, id: ProcessId) {
        let Some(process) = self.objects.processes.get_mut(id) else { return };
        let return_code = process.return_code.unwrap_or(0);
        process.run = ProcessRun::Dead;
        let (koid, account) = (process.header.koid, process.account);
        self.objects.accounts.refund(account, Item::Processes, 1);
        self.trace(|_| TraceEvent::ProcessExit { process: koid, return_code });
        self.update_signals(id, Signals::empty(), Signals::TASK_TERMINATED);
    }

    fn process_left_job(&mut self, id: ProcessId) {
        let Some(process) = self.objects.processes.get(id) else { return };
        let (koid, job_id, ran) = (process.header.koid, process.job, process.ran);
        let (return_code, critical_to) = (process.return_code, process.critical_to);
        if let Some(job) = self.objects.jobs.get_mut(job_id) {
            job.ran.add(ran);
        }
        self.remove_process_from_job(koid, job_id);
        if let Some(CriticalTo { job, nonzero }) = critical_to
            && !(nonzero && return_code == Some(0))
        {
            self.kill_job(job, TASK_RETCODE_CRITICAL_PROCESS_KILL);
        }
    }

    /// Ends a VMAR that is in no other any more, and what is in it.
    pub fn end_vmar(&mut self, id: VmarId) {
        let Some(vmar) = self.objects.vmars.get_mut(id) else { return };
        let (owner, depth, contents) = (vmar.owner(), vmar.depth, vmar.end());
        let (base, region) = (vmar.base, Region::Vmar { id, len: vmar.len });
        self.meter.count(1);
        self.report(owner.0, Node { depth, base, region });
        self.end(Ending::Regions(Box::new(Regions { vmar: id, owner, depth, contents })));
    }

    /// Adds a part of an address space that ends to the crash report, if there is to be one.
    fn report(&mut self, process: ProcessId, node: Node) {
        let ends = self.objects.processes.get(process);
        if !ends.is_some_and(|ends| ends.run == ProcessRun::Ending && ends.crash.is_some()) {
            return;
        }
        let line = self.mapping_info(&node);
        if let Some(process) = self.objects.processes.get_mut(process)
            // Nobody else has it before the process is dead.
            && let Some(crash) = process.crash.as_mut().and_then(Arc::get_mut)
        {
            crash.mappings.extend(line);
        }
    }

    /// Kills a job: child jobs first, then processes, all with the same return code. It has no
    /// children any more from here on.
    pub fn kill_job(&mut self, id: JobId, return_code: i64) {
        let Some(job) = self.objects.jobs.get_mut(id) else { return };
        if std::mem::replace(&mut job.killed, true) {
            return;
        }
        job.return_code = return_code;
        self.end(Ending::Job(DyingJob { id, return_code, jobs: 0, processes: 0 }));
    }

    fn kill_children(&mut self, dying: &mut DyingJob) -> bool {
        let DyingJob { id, return_code, .. } = *dying;
        let Some(job) = self.objects.jobs.get(id) else { return false };
        self.meter.count(1);
        if let Some((koid, child)) = job.jobs.range(dying.jobs + 1..).next() {
            dying.jobs = *koid;
            self.kill_job(*child, return_code);
        } else if let Some((koid, child)) = job.processes.range(dying.processes + 1..).next() {
            dying.processes = *koid;
            self.kill_process(*child, return_code);
        } else {
            self.job_child_gone(id);
            return false;
        }
        true
    }
}
