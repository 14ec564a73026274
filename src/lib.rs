//! Marquee, in reading order.
#![forbid(unsafe_code)]

#[macro_use]
pub mod words; // enums that are words
#[macro_use]
pub mod i18n; // every text for people, in their language
pub mod app; // what every request and job may need
pub mod begun; // whether work had an effect yet
pub mod clock; // the only source of now
pub mod config; // the settings
#[macro_use]
pub mod db; // both engines
pub mod error; // why a request ends
pub mod files; // where uploads lie
pub mod forms; // what people type
pub mod ids; // typed ids, secrets, codes
pub mod images; // what uploads may be
pub mod jobs; // work that outlives a request
pub mod journal; // what happened, for ever
pub mod letters; // the mail queue
pub mod mail; // sending
pub mod migrations; // the tables
pub mod money; // amounts as people type them
pub mod routes; // every URL
pub mod serve; // a running site
pub mod tls; // how others are spoken to

pub mod admin; // the site's own pages
pub mod api; // the same for programs
pub mod backup; // a whole site in one file
pub mod credits; // what is prepaid
pub mod doctor; // what is wrong with a site
pub mod events; // gatherings
pub mod invitations; // whom hosts ask to come
pub mod live; // told at once, at /ws
pub mod members; // people with an account
pub mod my_data; // one's own data: a copy, and the end
pub mod orders; // places: taking, tickets, check-in
pub mod payments; // money: checkouts, settling, refunds
pub mod pdf; // papers: tickets
pub mod plans; // what hosts may, and pay for every month
pub mod posters; // every event has one
pub mod seed; // demo content
pub mod signin; // how they come in
pub mod site; // what admins say about it
pub mod unasked; // mails that can be stopped
pub mod web; // what pages are made with
