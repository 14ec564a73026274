-- Tickets that open one socket each at /ws: good for a minute, and taken away by their first use.
CREATE TABLE live_tickets (
    ticket_hash TEXT PRIMARY KEY,
    member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    -- The session of whoever asked for it; '' where a personal token did.
    session_id TEXT NOT NULL,
    -- That personal token; none where a session asked.
    token_id TEXT,
    -- Whether what hosts see is open to it.
    hosts BOOLEAN NOT NULL,
    -- When the token ends by which it was asked for.
    ends_at BIGINT,
    expires_at BIGINT NOT NULL
);
CREATE INDEX live_tickets_end ON live_tickets (expires_at);
CREATE INDEX live_tickets_of_member ON live_tickets (member_id);
