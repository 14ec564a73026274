-- Parties that wait for places (a projection of the journal).
CREATE TABLE waiting (
    id TEXT PRIMARY KEY,
    event_id TEXT NOT NULL REFERENCES events (id),
    member_id TEXT REFERENCES members (id),
    -- A type of which no ticket was ever made can be removed, so this refers to nothing.
    ticket_type_id TEXT NOT NULL,
    places BIGINT NOT NULL,
    -- asked (a guest, until the mailed link is used), waiting, offered (places are held by `order_id`), served,
    -- passed (the offer was not used), left, removed (by a host), closed (the event is over) or lapsed (never confirmed)
    state TEXT NOT NULL,
    -- Its place in the queue: for guests the instant at which they confirmed.
    joined_at BIGINT NOT NULL,
    order_id TEXT REFERENCES orders (id),
    ended_at BIGINT
);
CREATE INDEX waiting_in_order ON waiting (event_id, joined_at, id) WHERE state = 'waiting';
CREATE INDEX waiting_of_event ON waiting (event_id, joined_at, id);
CREATE INDEX waiting_of_member ON waiting (member_id, joined_at);
CREATE INDEX waiting_asked ON waiting (joined_at) WHERE state = 'asked';
CREATE UNIQUE INDEX waiting_of_order ON waiting (order_id) WHERE order_id IS NOT NULL;

-- Who waits, apart from what the journal determines.
CREATE TABLE waiting_people (
    party_id TEXT PRIMARY KEY REFERENCES waiting (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    locale TEXT NOT NULL,
    -- Names of those who come along, one a line; may be fewer than places.
    companions TEXT NOT NULL
);
CREATE INDEX waiting_people_by_email ON waiting_people (email_key);

-- Since when places of a type are free that are too few for whoever waits first. Not from facts.
CREATE TABLE waiting_clocks (
    ticket_type_id TEXT PRIMARY KEY,
    event_id TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    free_since BIGINT NOT NULL
);
CREATE INDEX waiting_clocks_of_event ON waiting_clocks (event_id);
