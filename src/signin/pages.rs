//! The pages of signing in and up.
