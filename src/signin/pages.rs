//! The pages of signing up and in, and of one's own settings.
pub mod client;
pub mod code;
pub mod forgotten;
pub mod link;
pub mod new_address;
pub mod password;
pub mod providers;
pub mod second_factor;
pub mod sessions;
pub mod setup;
pub mod sign_in;
pub mod sign_up;
pub mod step_up;
pub mod verify;
pub mod wall;
pub mod ways_in;
