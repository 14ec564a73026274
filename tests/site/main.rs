//! The whole site, seen from outside: one binary of tests, on SQLite or (TEST_DATABASE_URL) on PostgreSQL.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the answer")]

mod admin;
mod api;
mod api_signin;
mod authorisation;
mod bill;
mod browser;
mod chaos;
mod cover;
mod crash;
mod database;
mod desk;
mod door;
mod events;
mod giving;
mod guests;
mod hostile;
mod hosting;
mod journal;
mod languages;
mod messages;
mod orders;
mod papers;
mod party;
mod payments;
mod payments_api;
mod pressed_twice;
mod prices;
mod public;
mod races;
mod settings;
mod shape;
mod signin;
mod site;
mod statements;
mod waiting;
