//! The journeys that need a real Chromium: with JavaScript and without, light and dark, wide and narrow.
mod buying;
mod chrome;
mod journeys;
mod pages;
mod server;
mod stripe;
