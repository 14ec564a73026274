//! The whole site, seen from outside: one binary of tests, on SQLite or (TEST_DATABASE_URL) on PostgreSQL.
mod api;
mod authorisation;
mod browser;
mod database;
mod door;
mod events;
mod guests;
mod hosting;
mod journal;
mod settings;
mod shape;
mod signin;
mod site;
mod statements;
