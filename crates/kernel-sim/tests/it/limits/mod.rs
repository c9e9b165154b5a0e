//! What jobs may use: at each limit and one over, along the tree of jobs, and back to nothing.

mod counted;
mod cpu_time;
mod memory;
mod model;
mod queued;

use kernel_sim::{Amounts, Caller, Item, Koid};

use crate::support::World;

/// A job, and a context of the embedder in it.
pub struct Limited<'a> {
    world: &'a World,
    pub job: u32,
    pub context: Koid,
}

impl<'a> Limited<'a> {
    /// In a job of the host's.
    pub fn below(world: &'a World, parent: u32) -> Self {
        world.host(|c| {
            let job = c.job_create(parent, 0).unwrap();
            let context = c.context_create(job, b"limited").unwrap();
            Self { world, job, context }
        })
    }

    /// Directly below the root job.
    pub fn new(world: &'a World) -> Self {
        Self::below(world, world.root_job())
    }

    /// Makes calls as the context.
    pub fn call<R>(&self, f: impl FnOnce(&mut Caller<'_>) -> R) -> R {
        self.world.as_process(self.context, f)
    }

    /// Sets a limit to what the job uses now and so much more.
    pub fn allow(&self, item: Item, more: u64) {
        let limit = self.used()[item] + more;
        self.world.host(|c| c.job_set_limits(self.job, &[(item, limit)])).unwrap();
    }

    pub fn used(&self) -> Amounts {
        used(self.world, self.job)
    }

    /// Ends the context.
    pub fn finish(&self) {
        self.call(|c| c.context_close());
    }
}

/// What a job of the host's uses.
pub fn used(world: &World, job: u32) -> Amounts {
    world.host(|c| c.job_accounts(job)).unwrap().1
}
