//! The site's own pages, for admins.
pub mod create;
pub mod pages;
