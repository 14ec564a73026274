//! The JSON API of events.
