//! The journeys that need a real Chromium: with JavaScript and without, light and dark, wide and narrow.
mod buying;
mod chrome;
mod inviting;
mod journeys;
mod languages;
mod live;
mod looks;
mod pages;
mod paper;
mod passkeys;
mod people;
mod providers;
mod reductions;
mod running;
mod server;
mod spending;
#[path = "../site/oauth/standin.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "its lies are for the other tests, and these are tests, too")]
mod standin;
mod stripe;
mod subscribing;
