-- Kinds of unasked mail that an address does not want. It stands here hashed: who is in nothing else of the site
-- leaves no address behind by stopping its mails.
CREATE TABLE unwanted_mails (
    -- Names the choice in the journal.
    id TEXT PRIMARY KEY,
    address_hash TEXT NOT NULL,
    kind TEXT NOT NULL,
    since BIGINT NOT NULL,
    UNIQUE (address_hash, kind)
);

-- Reminders that were begun, so long ahead of this very start: of one that moved people are reminded anew.
CREATE TABLE reminders (
    event_id TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    -- day or hours
    ahead TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    begun_at BIGINT NOT NULL,
    PRIMARY KEY (event_id, ahead, starts_at)
);
