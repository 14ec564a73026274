//! Orders and tickets as their owners see them.
