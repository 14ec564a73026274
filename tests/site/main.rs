//! The whole site, seen from outside: one binary of tests, on SQLite or (TEST_DATABASE_URL) on PostgreSQL.
mod browser;
mod events;
mod site;
