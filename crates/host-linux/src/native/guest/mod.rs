//! The code that runs outside the host process: the zygote and the page that stays in its guests.

mod code;
mod filter;
mod image;
mod walls;

pub use code::{Entry, entry};
pub use filter::{Instruction, inner};
pub use image::{Features, executable};
pub use walls::Walls;
