//! `zx_object_get_child` (zircon/kernel/lib/syscalls/object.cc).

use zx_abi::{Result, Rights, Status};

use crate::object::{ObjectId, ThreadRun};
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
        let has_koid = |child: &ObjectId| objects.koid(*child) == koid;
        let child = match object {
            ObjectId::Job(id) => {
                let job = objects.get(id)?;
                let jobs = job.jobs.iter().map(|job| ObjectId::from(*job));
                let processes = job.processes.iter().map(|process| ObjectId::from(*process));
                jobs.chain(processes).find(has_koid)
            }
            ObjectId::Process(id) => {
                let threads = objects.get(id)?.threads.iter();
                let started = threads.filter(|thread| {
                    objects.threads.get(**thread).is_some_and(|thread| thread.run != ThreadRun::New)
                });
                started.map(|thread| ObjectId::from(*thread)).find(has_koid)
            }
            _ => return Err(Status::WRONG_TYPE),
        };
        self.add(child.ok_or(Status::NOT_FOUND)?, rights)
    }
}
