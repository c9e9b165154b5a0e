//! `zx_object_get_child` (zircon/kernel/lib/syscalls/object.cc).

use zx_abi::{Result, Rights, Status};

use crate::object::ObjectId;
use crate::{Caller, Koid};

impl Caller<'_> {
    /// `zx_object_get_child`: a handle to the direct child of a job or process with this koid.
    /// `rights` are raw; those of the parent's handle are the most that can be asked for.
    ///
    /// # Errors
    /// BAD_HANDLE; ACCESS_DENIED without ENUMERATE and for more rights than the parent's handle
    /// has; NOT_FOUND for no such child, a thread that never started among them; WRONG_TYPE for
    /// anything but a job or process; NO_MEMORY.
    pub fn object_get_child(&mut self, handle: u32, koid: Koid, rights: u32) -> Result<u32> {
        let (object, held) = self.lookup(handle)?;
        if !held.contains(Rights::ENUMERATE) {
            return Err(Status::ACCESS_DENIED);
        }
        let rights = if rights == Rights::SAME_RIGHTS.bits() {
            held
        } else {
            let rights = Rights::from_bits(rights).filter(|rights| held.contains(*rights));
            rights.ok_or(Status::ACCESS_DENIED)?
        };
        let objects = &self.state.objects;
        let child = match object {
            ObjectId::Job(id) => {
                let job = objects.get(id)?;
                let process = || job.processes.get(&koid).copied().map(ObjectId::from);
                job.jobs.get(&koid).copied().map(ObjectId::from).or_else(process)
            }
            ObjectId::Process(id) => objects.get(id)?.threads.get(&koid).copied().map(Into::into),
            _ => return Err(Status::WRONG_TYPE),
        };
        self.add(child.ok_or(Status::NOT_FOUND)?, rights)
    }
}
