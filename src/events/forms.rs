//! What hosts type.
