-- What can be found: the public events on the bill, in the order of their starts.
CREATE TABLE finding (
    event_id TEXT PRIMARY KEY REFERENCES events (id) ON DELETE CASCADE,
    -- The start in microseconds, or a little behind it where events start together: where a page of a list ends.
    position BIGINT NOT NULL UNIQUE,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    -- Not over, as far as the last sweep knows.
    ahead BOOLEAN NOT NULL,
    -- Its words as src/events/finding/words.rs writes them: no configuration of text search has a say.
    words TSVECTOR NOT NULL DEFAULT ''
);
CREATE INDEX finding_ahead ON finding (position) WHERE ahead;
CREATE INDEX finding_over ON finding (ends_at) WHERE ahead;
CREATE INDEX finding_words ON finding USING gin (words);
-- Events that are already there are filled in by a job.
INSERT INTO jobs (id, kind, payload, run_at, created_at)
SELECT '00000000-0000-7000-8000-000000000010', 'fill_finding', '{"job":"fill_finding","after":null}', 0, 0
WHERE EXISTS (SELECT 1 FROM events);

-- Secret addresses of personal calendars.
CREATE TABLE calendar_feeds (
    member_id TEXT PRIMARY KEY REFERENCES members (id) ON DELETE CASCADE,
    -- SHA-256 of the secret in the address.
    token_hash TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

-- What people say is wrong with an event. Apart from the journal, which holds that it was said and what became of it.
CREATE TABLE reports (
    id TEXT PRIMARY KEY,
    event_id TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    member_id TEXT REFERENCES members (id) ON DELETE SET NULL,
    -- scam, unlawful, hateful, wrong or other
    ground TEXT NOT NULL,
    text TEXT NOT NULL,
    email TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    settled_at BIGINT,
    settled_why TEXT
);
CREATE INDEX reports_open ON reports (created_at, id) WHERE settled_at IS NULL;
CREATE INDEX reports_newest ON reports (created_at, id);
CREATE INDEX reports_of_event ON reports (event_id);
CREATE INDEX reports_of_member ON reports (member_id);
