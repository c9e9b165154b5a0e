//! Streams.

mod content;
mod guest;
mod model;
