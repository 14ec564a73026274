//! Coming in at the door.
