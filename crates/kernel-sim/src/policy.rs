//! Job policy (zircon/kernel/object/job_policy.cc).

use zx_abi::{JOB_POL_ABSOLUTE, PolicyAction, PolicyCondition, Result, Status};

/// What a job, and so its new processes and child jobs, may do.
#[derive(Clone, Debug)]
pub(crate) struct JobPolicy {
    entries: [Entry; PolicyCondition::COUNT],
    pub timer_slack: TimerSlack,
}

/// How far from its deadline a timer may fire, at least.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimerSlack {
    /// Nanoseconds, 0 or more.
    pub amount: i64,
    /// On which side of the deadline: `ZX_TIMER_SLACK_CENTER` (0), `_EARLY` (1) or `_LATE` (2).
    pub mode: u32,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    action: PolicyAction,
    /// Set explicitly and final: descendants cannot change it.
    fixed: bool,
}

/// One entry of `zx_policy_basic_v2_t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyBasic {
    /// What it decides about.
    pub condition: PolicyCondition,
    /// What happens then.
    pub action: PolicyAction,
    /// Whether descendants may change it.
    pub can_override: bool,
}

impl Default for JobPolicy {
    fn default() -> Self {
        Self {
            entries: [Entry { action: PolicyAction::Allow, fixed: false }; PolicyCondition::COUNT],
            timer_slack: TimerSlack::default(),
        }
    }
}

impl JobPolicy {
    pub fn action(&self, condition: PolicyCondition) -> PolicyAction {
        self.entries[condition as usize].action
    }

    /// Applies entries in order; `NEW_ANY` stands for every `NEW_*`, and later entries win.
    ///
    /// # Errors
    /// ALREADY_EXISTS if an absolute entry conflicts with a final one; nothing changes then.
    pub fn set(&mut self, mode: u32, entries: &[PolicyBasic]) -> Result {
        let mut new = self.clone();
        for entry in entries {
            let covered = PolicyCondition::ALL.into_iter().filter(|condition| {
                *condition == entry.condition
                    || entry.condition == PolicyCondition::NewAny && condition.is_new()
            });
            for condition in covered {
                let old = self.entries[condition as usize];
                if old.fixed {
                    if old.action != entry.action && mode == JOB_POL_ABSOLUTE {
                        return Err(Status::ALREADY_EXISTS);
                    }
                    continue;
                }
                new.entries[condition as usize] =
                    Entry { action: entry.action, fixed: !entry.can_override };
            }
        }
        *self = new;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use zx_abi::JOB_POL_RELATIVE;

    use super::*;

    fn entry(condition: PolicyCondition, action: PolicyAction, can_override: bool) -> PolicyBasic {
        PolicyBasic { condition, action, can_override }
    }

    #[test]
    fn new_any_covers_every_new_condition_and_later_entries_win() {
        let mut policy = JobPolicy::default();
        let entries = [
            entry(PolicyCondition::NewAny, PolicyAction::Deny, true),
            entry(PolicyCondition::NewChannel, PolicyAction::Allow, true),
        ];
        policy.set(JOB_POL_ABSOLUTE, &entries).unwrap();
        assert_eq!(policy.action(PolicyCondition::NewProcess), PolicyAction::Deny);
        assert_eq!(policy.action(PolicyCondition::NewChannel), PolicyAction::Allow);
        assert_eq!(policy.action(PolicyCondition::BadHandle), PolicyAction::Allow);
    }

    #[test]
    fn final_entries_cannot_be_loosened() {
        let mut policy = JobPolicy::default();
        let deny = entry(PolicyCondition::NewVmo, PolicyAction::Deny, false);
        policy.set(JOB_POL_ABSOLUTE, &[deny]).unwrap();
        let loosen = [
            entry(PolicyCondition::NewPort, PolicyAction::Deny, false),
            entry(PolicyCondition::NewVmo, PolicyAction::Allow, false),
        ];
        assert_eq!(policy.set(JOB_POL_ABSOLUTE, &loosen), Err(Status::ALREADY_EXISTS));
        assert_eq!(policy.action(PolicyCondition::NewPort), PolicyAction::Allow);
        policy.set(JOB_POL_RELATIVE, &loosen).unwrap();
        assert_eq!(policy.action(PolicyCondition::NewPort), PolicyAction::Deny);
        assert_eq!(policy.action(PolicyCondition::NewVmo), PolicyAction::Deny);
    }
}
