//! VMOs.

mod child;
mod child_kinds;
mod counted_once;
mod data;
mod discardable;
mod model;
mod op_range;
mod shares;
mod stream_size;
mod transfer_data;
