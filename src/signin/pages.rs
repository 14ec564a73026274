//! The pages of signing up and in, and of one's own settings.
pub mod client;
pub mod forgotten;
pub mod sessions;
pub mod settings;
pub mod setup;
pub mod sign_in;
pub mod sign_up;
pub mod verify;
pub mod wall;
