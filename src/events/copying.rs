//! An event made from another.
