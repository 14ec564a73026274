-- How often an event's page was opened, by the site's days. Counts alone: nobody is in here.
CREATE TABLE event_views (
    event_id TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    -- ISO 8601
    day TEXT NOT NULL,
    views BIGINT NOT NULL,
    PRIMARY KEY (event_id, day)
);

-- What a host does to many places at once: which ones is written down when it is begun, so that it can be taken up
-- again where it stood, and does nothing twice.
CREATE TABLE bulk_acts (
    id TEXT PRIMARY KEY,
    event_id TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    member_id TEXT REFERENCES members (id) ON DELETE SET NULL,
    -- check_in, mail, remove or add
    act TEXT NOT NULL,
    -- SHA-256 of the form's id and of the member who sent it: pressing twice begins once.
    form_hash TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX bulk_acts_of_event ON bulk_acts (event_id, created_at);
CREATE INDEX bulk_acts_of_member ON bulk_acts (member_id);
CREATE TABLE bulk_lines (
    act_id TEXT NOT NULL REFERENCES bulk_acts (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    ticket_id TEXT NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    -- What became of it; '' while it waits. Written in the transaction that does it.
    outcome TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (act_id, position)
);
CREATE INDEX bulk_lines_waiting ON bulk_lines (act_id, position) WHERE outcome = '';
CREATE INDEX bulk_lines_of_ticket ON bulk_lines (ticket_id);

-- When the events were published that can be found. The job also writes down near what and by whom they are.
ALTER TABLE finding ADD COLUMN published_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX finding_newest ON finding (published_at, position) WHERE ahead;
INSERT INTO jobs (id, kind, payload, run_at, created_at)
SELECT '00000000-0000-7000-8000-000000000012', 'fill_finding', '{"job":"fill_finding","after":null}', 0, 0
WHERE EXISTS (SELECT 1 FROM events);
