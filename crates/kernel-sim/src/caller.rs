//! The process that makes a system call: calls are its methods, one file per family.

use zx_abi::{
    Abi, Arch, KOID_INVALID, PolicyAction, PolicyCondition, Result, Rights, Status,
    TASK_RETCODE_POLICY_KILL,
};

use crate::ExceptionReport;
use crate::account::AccountId;
use crate::generation::Generation;
use crate::handle::Handle;
use crate::held::Held;
use crate::object::{Key, ObjectId, Process, ProcessId, ProcessRun, ThreadId};
use crate::state::State;
use crate::syscalls::{Missing, Obstacle};

/// The calling process: its handle table and its policy judge every call.
///
/// Lookups fail as upstream's do everywhere: BAD_HANDLE, then WRONG_TYPE, then ACCESS_DENIED
/// (zircon/kernel/object/include/object/handle_table.h). New handles belong to the caller.
pub struct Caller<'a> {
    pub(crate) state: Held<'a>,
    pub(crate) process: ProcessId,
    /// What the things that the process makes are charged to.
    pub(crate) account: AccountId,
    /// The calling thread of a guest.
    pub(crate) thread: Option<ThreadId>,
    /// The pages that the call has to wait for, if that is why it fails.
    pub(crate) obstacle: Option<Obstacle>,
    /// It is made again, after such a wait.
    pub(crate) is_redone: bool,
    /// Pages that it has waited for and that do not come: it is made without them.
    pub(crate) missing: Missing,
    /// It goes on though its process is killed ([`Caller::until_done`]).
    is_bound: bool,
}

impl<'a> Caller<'a> {
    pub(crate) fn new(state: Held<'a>, process: ProcessId, thread: Option<ThreadId>) -> Self {
        let account = state.objects.processes.get(process).map(|process| process.account);
        let account = account.unwrap_or_default();
        Self {
            state,
            process,
            account,
            thread,
            obstacle: None,
            is_redone: false,
            missing: Missing::default(),
            is_bound: false,
        }
    }
}

impl Caller<'_> {
    /// The ABI that the calling process speaks.
    pub fn abi(&self) -> Abi {
        self.state.abi_of(self.process)
    }

    /// Where that ABI differs from others.
    pub(crate) fn generation(&self) -> &'static Generation {
        Generation::of(self.abi())
    }

    /// The architecture that the kernel's processes are built for.
    pub fn target(&self) -> Arch {
        self.state.target
    }

    /// Lets others in, if the call has done as much as may be done at a time. Whatever it knew of
    /// the kernel's state may be different afterwards.
    ///
    /// # Errors
    /// CANCELED if the caller has been killed: what it still had to do has no effect any more.
    pub(crate) fn breathe(&mut self) -> Result {
        if self.state.meter.is_due() { self.turn() } else { self.alive() }
    }

    /// As [`Caller::breathe`], however little has been done.
    ///
    /// # Errors
    /// As [`Caller::breathe`].
    pub(crate) fn turn(&mut self) -> Result {
        self.state.pause();
        self.alive()
    }

    /// Does something of which no part must be left undone: a caller that is killed meanwhile goes on with
    /// it, in turns.
    pub(crate) fn until_done<R>(&mut self, f: impl FnOnce(&mut Self) -> R) -> R {
        let was_bound = std::mem::replace(&mut self.is_bound, true);
        let result = f(self);
        self.is_bound = was_bound;
        result
    }

    /// Does something with each of many things, and lets others in meanwhile.
    ///
    /// # Errors
    /// As [`Caller::breathe`]; those of `f`, which then is not called any more.
    pub(crate) fn each<T>(
        &mut self,
        many: impl IntoIterator<Item = T>,
        mut f: impl FnMut(&State, T) -> Result,
    ) -> Result {
        for one in many {
            self.state.meter.count(1);
            f(&self.state, one)?;
            self.breathe()?;
        }
        Ok(())
    }

    fn alive(&self) -> Result {
        let run = self.state.objects.processes.get(self.process).map(|process| process.run);
        let goes_on = self.is_bound || run.is_some_and(ProcessRun::goes_on);
        if goes_on { Ok(()) } else { Err(Status::CANCELED) }
    }

    pub(crate) fn process_mut(&mut self) -> Result<&mut Process> {
        self.state.objects.processes.get_mut(self.process).ok_or(Status::BAD_STATE)
    }

    /// The object and rights behind a handle.
    pub(crate) fn lookup(&mut self, value: u32) -> Result<(ObjectId, Rights)> {
        match self.process_mut()?.handles.get(value) {
            Some(handle) => Ok((handle.object, handle.rights)),
            None => Err(self.bad_handle()),
        }
    }

    /// As [`Caller::lookup`], with the rights that a call needs.
    pub(crate) fn object_with(&mut self, value: u32, needed: Rights) -> Result<ObjectId> {
        let (object, rights) = self.lookup(value)?;
        if rights.contains(needed) { Ok(object) } else { Err(Status::ACCESS_DENIED) }
    }

    /// An object of one type, with the handle's rights.
    pub(crate) fn typed<K: Key>(&mut self, value: u32) -> Result<(K, Rights)> {
        let (object, rights) = self.lookup(value)?;
        Ok((K::of(object).ok_or(Status::WRONG_TYPE)?, rights))
    }

    /// An object of one type, with the rights that a call needs.
    pub(crate) fn get<K: Key>(&mut self, value: u32, needed: Rights) -> Result<K> {
        let (id, rights) = self.typed(value)?;
        if rights.contains(needed) { Ok(id) } else { Err(Status::ACCESS_DENIED) }
    }

    /// Gives the caller a handle to an object, with those of the rights that its generation has.
    pub(crate) fn add(&mut self, object: impl Into<ObjectId>, rights: Rights) -> Result<u32> {
        let rights = rights & self.generation().rights;
        let handle = self.state.new_handle(self.account, object, rights)?;
        Ok(self.insert(handle))
    }

    /// Gives the caller a handle with the rights that its type starts with.
    pub(crate) fn add_default(&mut self, object: impl Into<ObjectId>) -> Result<u32> {
        let object = object.into();
        self.add(object, object.default_rights())
    }

    /// Gives the caller handles to both ends of something, or none.
    pub(crate) fn add_pair(
        &mut self,
        first: impl Into<ObjectId>,
        second: impl Into<ObjectId>,
    ) -> Result<(u32, u32)> {
        let (first, second) = (first.into(), second.into());
        let account = self.account;
        let known = self.generation().rights;
        let first = self.state.new_handle(account, first, first.default_rights() & known);
        let second = self.state.new_handle(account, second, second.default_rights() & known);
        match (first, second) {
            (Ok(first), Ok(second)) => Ok((self.insert(first), self.insert(second))),
            (first, second) => {
                self.state.close_all(first.into_iter().chain(second));
                Err(Status::NO_MEMORY)
            }
        }
    }

    /// Puts a handle into the caller's table.
    pub(crate) fn insert(&mut self, handle: Handle) -> u32 {
        self.state.insert_handle(self.process, handle)
    }

    /// Takes a handle out of the caller's table. Waits through it end, as cancelled, once it is closed
    /// or in a table again.
    pub(crate) fn remove(&mut self, value: u32) -> Result<Handle> {
        match self.process_mut()?.handles.remove(value) {
            Some(handle) => Ok(handle),
            None => Err(self.bad_handle()),
        }
    }

    /// Applies the policy for handle values that name nothing.
    fn bad_handle(&mut self) -> Status {
        // With ALLOW and with DENY the status is the same.
        let _ = self.check_policy(PolicyCondition::BadHandle);
        Status::BAD_HANDLE
    }

    /// What the caller's policy says to an action.
    ///
    /// # Errors
    /// ACCESS_DENIED. A guest gets its policy exception when its call returns; the host's contexts cannot
    /// raise one, and are just allowed or denied.
    pub(crate) fn check_policy(&mut self, condition: PolicyCondition) -> Result {
        let process = self.process_mut()?;
        let guest = process.run == ProcessRun::Running;
        match process.policy.action(condition) {
            PolicyAction::Allow => return Ok(()),
            PolicyAction::AllowException if !guest => return Ok(()),
            PolicyAction::Deny => {}
            PolicyAction::AllowException => {
                let code = self.generation().condition_number(condition);
                self.policy_exception(code);
                return Ok(());
            }
            PolicyAction::DenyException if guest => {
                let code = self.generation().condition_number(condition);
                self.policy_exception(code);
            }
            PolicyAction::DenyException => {}
            PolicyAction::Kill => self.state.kill_process(self.process, TASK_RETCODE_POLICY_KILL),
        }
        Err(Status::ACCESS_DENIED)
    }

    /// Raises a policy exception (`ZX_EXCP_POLICY_CODE_*`) in a guest: when its call returns.
    pub(crate) fn policy_exception(&mut self, code: u32) {
        let report = ExceptionReport::policy(self.state.target, code, 0);
        if let Some(thread) = self.thread {
            self.state.breach(thread, report);
        } else {
            let process = self.state.objects.koid(self.process);
            self.state.trace_exception(process, KOID_INVALID, &report);
            self.state.die_of(process, KOID_INVALID, report);
        }
    }
}
