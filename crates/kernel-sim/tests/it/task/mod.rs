//! Suspended tasks.

mod suspend;
mod suspend_running;
