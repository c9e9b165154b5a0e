//! VMARs.

mod map;
mod model;
mod op_range;
mod options;
