//! The journeys that need a real Chromium: with JavaScript and without, light and dark, wide and narrow.
mod buying;
mod chrome;
mod journeys;
mod languages;
mod live;
mod pages;
mod passkeys;
mod providers;
mod running;
mod server;
#[path = "../site/oauth/standin.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "its lies are for the other tests, and these are tests, too")]
mod standin;
mod stripe;
