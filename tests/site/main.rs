//! The whole site, seen from outside: one binary of tests, on SQLite or (TEST_DATABASE_URL) on PostgreSQL.
mod authorisation;
mod browser;
mod crash;
mod database;
mod events;
mod languages;
mod messages;
mod races;
mod settings;
mod shape;
mod signin;
mod site;
mod statements;
