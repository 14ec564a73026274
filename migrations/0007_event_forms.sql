-- The forms that made events: pressing twice acts once.
CREATE TABLE event_forms (
    -- SHA-256 of the form's id and of the member who sent it.
    form_hash TEXT PRIMARY KEY,
    -- NULL only within the transaction that makes it.
    event_id TEXT,
    at BIGINT NOT NULL
);
CREATE INDEX event_forms_oldest ON event_forms (at);
