-- Who is asked to come to an event: by address, whether it has an account or not. State and event follow from facts.
CREATE TABLE invitations (
    id TEXT PRIMARY KEY,
    event_id TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    -- Whose friend this is, where not a host asks.
    by_order TEXT REFERENCES orders (id) ON DELETE CASCADE,
    -- waiting, accepted, declined or revoked
    state TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    locale TEXT NOT NULL,
    invited_at BIGINT NOT NULL,
    -- When the letter was queued last; NULL until its turn comes. Without a mail the address had too many.
    queued_at BIGINT,
    mail_id TEXT,
    opened_at BIGINT,
    answered_at BIGINT,
    -- The places that were taken by accepting.
    order_id TEXT REFERENCES orders (id) ON DELETE SET NULL,
    UNIQUE (event_id, email_key)
);
CREATE INDEX invitations_to_send ON invitations (event_id, id) WHERE queued_at IS NULL;
CREATE INDEX invitations_of_event ON invitations (event_id, id);
CREATE INDEX invitations_by_email ON invitations (email_key);
CREATE INDEX invitations_by_order ON invitations (by_order) WHERE by_order IS NOT NULL;
CREATE INDEX invitations_for_order ON invitations (order_id) WHERE order_id IS NOT NULL;

-- What the letters carry, hashed. Each works once; the copy of the page that used it is answered once more.
CREATE TABLE invitation_links (
    token_hash TEXT PRIMARY KEY,
    invitation_id TEXT NOT NULL REFERENCES invitations (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    used_by TEXT
);
CREATE INDEX invitation_links_of ON invitation_links (invitation_id);
CREATE INDEX invitation_links_expiring ON invitation_links (expires_at);
