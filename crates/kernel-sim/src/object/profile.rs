//! Profiles (zircon/kernel/object/profile_dispatcher.cc).

use zx_abi::{ProfileInfo, Result, Rights, Signals};

use super::{Header, ProfileId, object, rights};
use crate::account::AccountId;
use crate::state::State;

/// How threads are to be scheduled.
#[derive(Debug)]
pub(crate) struct Profile {
    pub header: Header,
    pub info: ProfileInfo,
}

object!(
    Profile,
    rights(&[Rights::DUPLICATE, Rights::TRANSFER, Rights::INSPECT, Rights::APPLY_PROFILE]),
    Signals::empty()
);

impl State {
    /// # Errors
    /// NO_MEMORY at a limit.
    pub fn new_profile(&mut self, account: AccountId, info: ProfileInfo) -> Result<ProfileId> {
        let header = self.objects.new_header(account, 0, Signals::empty())?;
        Ok(self.objects.profiles.insert(Profile { header, info }))
    }
}
