//! Jobs.

mod critical;
mod timer_slack;
mod tree_and_policy;
