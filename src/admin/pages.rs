//! Overview, members, events, mails, jobs, journal.
