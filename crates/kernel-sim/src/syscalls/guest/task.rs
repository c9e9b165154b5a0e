//! `zx_task_*` for guests.

use zx_abi::{HandleValue, Out};

use super::calls::{
    GuestCall, TaskCreateExceptionChannel, TaskKill, TaskSuspend, TaskSuspendToken,
};
use super::{Outcome, done};
use crate::Caller;

impl GuestCall for TaskCreateExceptionChannel {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let channel = caller.task_create_exception_channel(self.handle.0, self.options.0)?;
        caller.copy_out_handles(&[(self.out, channel)])
    }
}

impl GuestCall for TaskKill {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.task_kill(self.handle.0).map(done)
    }
}

impl GuestCall for TaskSuspend {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        suspend(caller, self.handle, self.token)
    }
}

impl GuestCall for TaskSuspendToken {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        suspend(caller, self.handle, self.token)
    }
}

fn suspend(caller: &mut Caller<'_>, task: HandleValue, token: Out<HandleValue>) -> Outcome {
    let suspended = caller.task_suspend(task.0)?;
    caller.copy_out_handles(&[(token, suspended)])
}
