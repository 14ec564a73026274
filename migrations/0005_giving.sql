-- Giving a ticket to somebody else: how many times it got a new code (a projection of its order's facts) …
ALTER TABLE tickets ADD COLUMN code_version BIGINT NOT NULL DEFAULT 0;
-- … the address that has it now, as it is compared; '' while it is the buyer's to show.
ALTER TABLE attendees ADD COLUMN given_to TEXT NOT NULL DEFAULT '';
CREATE INDEX attendees_given ON attendees (given_to) WHERE given_to <> '';

-- Codes that died when their ticket was given, hashed, so that the door can say why.
CREATE TABLE former_codes (
    code_hash TEXT PRIMARY KEY,
    ticket_id TEXT NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    event_id TEXT NOT NULL REFERENCES events (id),
    at BIGINT NOT NULL
);
CREATE INDEX former_codes_of_ticket ON former_codes (ticket_id);

-- One code for a whole party: it opens, and lets in, the tickets of an order that were not given away.
CREATE TABLE party_codes (
    order_id TEXT PRIMARY KEY REFERENCES orders (id) ON DELETE CASCADE,
    event_id TEXT NOT NULL REFERENCES events (id),
    code TEXT NOT NULL UNIQUE
);
