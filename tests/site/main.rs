//! The whole site, seen from outside: one binary of tests, on SQLite or (TEST_DATABASE_URL) on PostgreSQL.
mod api;
mod authorisation;
mod browser;
mod database;
mod events;
mod settings;
mod shape;
mod site;
mod statements;
