//! `zx_profile_create` and `zx_object_set_profile` for guests.

use super::calls::{GuestCall, ObjectSetProfile, ProfileCreate};
use super::{Outcome, done};
use crate::Caller;

impl GuestCall for ProfileCreate {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let read = |caller: &Caller<'_>| caller.copy_in_record(self.profile);
        let profile = caller.profile_create(self.root_job.0, self.options.0, read)?;
        caller.copy_out_handles(&[(self.out, profile)])
    }
}

impl GuestCall for ObjectSetProfile {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.object_set_profile(self.handle.0, self.profile.0, self.options.0).map(done)
    }
}
