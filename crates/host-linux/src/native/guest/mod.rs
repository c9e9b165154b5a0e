//! The code that runs outside the host process: the zygote and the page that stays in its guests.

mod code;
mod filter;
mod image;

pub use code::{Entry, entry};
pub use image::executable;
