//! Type set to outlines: words, lines, and the two ways a title fills its box.
mod even;
mod face;
mod lines;
mod outline;
mod stack;
mod words;

pub use even::{Edge, Even};
pub use face::{Anchor, Cut, Ink, Lettering, can_set};
pub use stack::Stack;
pub use words::{clean, plain};
