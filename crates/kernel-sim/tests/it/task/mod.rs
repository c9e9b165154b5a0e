//! Tasks: how long they run, and their suspension.

mod runtime;
mod suspend;
mod suspend_running;
