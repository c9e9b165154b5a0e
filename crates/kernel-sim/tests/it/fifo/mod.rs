//! Fifos.

mod elements;
mod guest;
mod model;
