//! What hosts do with their events.
