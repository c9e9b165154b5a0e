//! `zx_resource_create` for guests.

use super::Outcome;
use super::calls::{GuestCall, ResourceCreate};
use crate::Caller;

impl GuestCall for ResourceCreate {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let name = caller.copy_in_name(self.name);
        let range = (self.base, self.size.0);
        let resource = caller.resource_create(self.parent_rsrc.0, self.options.0, range, name)?;
        caller.copy_out_handles(&[(self.resource_out, resource)])
    }
}
