-- Ids are UUIDs (version 7) as text, instants microseconds since 1970 in UTC, civil times ISO 8601 text.

CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- ---------------------------------------------------------------- members
CREATE TABLE members (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    -- The address as it is compared: trimmed, normalised (NFKC), lower case.
    email_key TEXT NOT NULL UNIQUE,
    email_verified_at BIGINT,
    password TEXT,
    admin BOOLEAN NOT NULL DEFAULT FALSE,
    zone TEXT,
    locale TEXT,
    theme TEXT,
    wrong_passwords BIGINT NOT NULL DEFAULT 0,
    locked_until BIGINT,
    suspended_at BIGINT,
    suspended_why TEXT,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT
);
CREATE INDEX members_newest ON members (created_at);

CREATE TABLE sessions (
    -- The SHA-256 of the id in the cookie: who reads this table cannot sign in with it.
    id_hash TEXT PRIMARY KEY,
    -- Names the session where the hash must not be shown: on pages and in tokens.
    id TEXT NOT NULL UNIQUE,
    member_id TEXT REFERENCES members (id) ON DELETE CASCADE,
    data TEXT NOT NULL,
    agent TEXT NOT NULL DEFAULT '',
    ip TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_of_member ON sessions (member_id);
CREATE INDEX sessions_expiring ON sessions (expires_at);

-- Devices on which a member has signed in: a lock for wrong passwords does not keep them out.
CREATE TABLE devices (
    token_hash TEXT PRIMARY KEY,
    member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL
);
CREATE INDEX devices_of_member ON devices (member_id);

-- Links that were mailed: verify, reset, confirm. Single use, of a kind, with an end.
CREATE TABLE links (
    token_hash TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    member_id TEXT REFERENCES members (id) ON DELETE CASCADE,
    -- What the link is about, for kinds that are not about a member: an order's id.
    subject_id TEXT,
    email_key TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX links_of_member ON links (member_id, kind);
CREATE INDEX links_expiring ON links (expires_at);

-- How often something was done in a period, so that limits hold across nodes and restarts.
CREATE TABLE limits (
    name TEXT NOT NULL,
    period BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (name, period)
);
CREATE INDEX limits_expiring ON limits (ends_at);

CREATE TABLE api_tokens (
    id TEXT PRIMARY KEY,
    member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT
);
CREATE INDEX api_tokens_of_member ON api_tokens (member_id);

-- Answers kept for 24 hours under the client's Idempotency-Key.
CREATE TABLE idempotency (
    -- SHA-256 of caller, route and key.
    key_hash TEXT PRIMARY KEY,
    body_hash TEXT NOT NULL,
    status BIGINT,
    answer TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX idempotency_oldest ON idempotency (created_at);

-- ---------------------------------------------------------------- events
CREATE TABLE events (
    id TEXT PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    title TEXT NOT NULL,
    summary TEXT NOT NULL,
    description TEXT NOT NULL,
    language TEXT NOT NULL,
    category TEXT NOT NULL,
    tags TEXT NOT NULL,
    -- Civil time and zone are the truth, the instants follow from them.
    starts_civil TEXT NOT NULL,
    ends_civil TEXT NOT NULL,
    zone TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    place_name TEXT NOT NULL,
    place_address TEXT NOT NULL,
    place_town TEXT NOT NULL,
    latitude DOUBLE PRECISION,
    longitude DOUBLE PRECISION,
    online_url TEXT NOT NULL,
    reveal TEXT NOT NULL,
    visibility TEXT NOT NULL,
    guest_list TEXT NOT NULL,
    account_required BOOLEAN NOT NULL,
    -- How many others one person may bring.
    plus_ones BIGINT NOT NULL,
    -- Hours before the start until which a place can be given back by oneself.
    cancel_hours BIGINT NOT NULL,
    closes_civil TEXT,
    closes_at BIGINT,
    capacity BIGINT,
    -- Places taken of the event's capacity: sold and held, of all its ticket types.
    taken BIGINT NOT NULL DEFAULT 0,
    poster_variant BIGINT NOT NULL,
    palette BIGINT NOT NULL,
    composition BIGINT NOT NULL,
    cover_key TEXT,
    -- Counts the changes that a calendar must learn of (RFC 5545 SEQUENCE).
    sequence BIGINT NOT NULL DEFAULT 0,
    -- Counts every change, so that two editors do not overwrite each other unseen.
    revision BIGINT NOT NULL DEFAULT 0,
    cancelled_why TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    published_at BIGINT,
    cancelled_at BIGINT
);
CREATE INDEX events_upcoming ON events (status, visibility, ends_at, starts_at);
CREATE INDEX events_in_time ON events (starts_at, id);
CREATE INDEX events_newest ON events (created_at, id);

-- Who runs an event: `owner`, `host`, or `door` (check-in only).
CREATE TABLE event_hosts (
    event_id TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (event_id, member_id)
);
CREATE INDEX event_hosts_of_member ON event_hosts (member_id, role);

-- Maybe and not going: answers that keep no place. Going is an order.
CREATE TABLE answers (
    event_id TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    answer TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (event_id, member_id)
);

CREATE TABLE ticket_types (
    id TEXT PRIMARY KEY,
    event_id TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    position BIGINT NOT NULL,
    price BIGINT NOT NULL,
    currency TEXT NOT NULL,
    capacity BIGINT,
    per_order BIGINT NOT NULL,
    sales_from BIGINT,
    sales_until BIGINT,
    -- Projections of the orders' facts.
    sold BIGINT NOT NULL DEFAULT 0,
    held BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX ticket_types_of_event ON ticket_types (event_id, position);

-- ---------------------------------------------------------------- orders (projections of the journal)
CREATE TABLE orders (
    id TEXT PRIMARY KEY,
    event_id TEXT NOT NULL REFERENCES events (id),
    member_id TEXT REFERENCES members (id),
    -- held, confirmed, cancelled (by a person) or ended (its hold was not used in time)
    state TEXT NOT NULL,
    hold TEXT,
    held_until BIGINT,
    places BIGINT NOT NULL,
    total BIGINT NOT NULL,
    currency TEXT NOT NULL,
    placed_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    ended_at BIGINT
);
CREATE INDEX orders_of_event ON orders (event_id, state, placed_at);
CREATE INDEX orders_of_member ON orders (member_id, placed_at);
CREATE INDEX orders_held ON orders (held_until) WHERE state = 'held';

-- Who ordered: kept apart, so that erasing a person never touches the journal or what it determines.
CREATE TABLE order_people (
    order_id TEXT PRIMARY KEY REFERENCES orders (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    locale TEXT NOT NULL
);
CREATE INDEX order_people_by_email ON order_people (email_key);

-- The forms that made orders: pressing twice acts once.
CREATE TABLE order_forms (
    -- SHA-256 of the form's id and of the member or address that sent it.
    form_hash TEXT PRIMARY KEY,
    body_hash TEXT NOT NULL,
    order_id TEXT NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    at BIGINT NOT NULL
);
CREATE INDEX order_forms_oldest ON order_forms (at);

CREATE TABLE tickets (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    event_id TEXT NOT NULL REFERENCES events (id),
    ticket_type_id TEXT NOT NULL REFERENCES ticket_types (id),
    position BIGINT NOT NULL,
    -- held, valid or cancelled
    state TEXT NOT NULL,
    checked_in_at BIGINT
);
CREATE INDEX tickets_of_order ON tickets (order_id, position);
CREATE INDEX tickets_of_event ON tickets (event_id, state, id);

-- What a ticket shows: the secret code and the attendee. Apart from `tickets` for the same reason as above.
CREATE TABLE attendees (
    ticket_id TEXT PRIMARY KEY REFERENCES tickets (id) ON DELETE CASCADE,
    event_id TEXT NOT NULL REFERENCES events (id),
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    email TEXT NOT NULL
);
CREATE INDEX attendees_of_event ON attendees (event_id, name);

-- ---------------------------------------------------------------- work that outlives a request
CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    run_at BIGINT NOT NULL,
    leased_until BIGINT,
    last_error TEXT,
    created_at BIGINT NOT NULL,
    -- Set when the horizon of its kind has passed: it stays for an admin to see and run again.
    failed_at BIGINT
);
CREATE INDEX jobs_due ON jobs (run_at) WHERE failed_at IS NULL;
CREATE INDEX jobs_failed ON jobs (failed_at) WHERE failed_at IS NOT NULL;

-- Recurring work: one row a kind, the period that was last begun.
CREATE TABLE schedule (
    name TEXT PRIMARY KEY,
    period BIGINT NOT NULL
);

-- The mail queue. A letter is kept as its kind and ids; the text with its secret links is made when it is sent.
CREATE TABLE mails (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    letter TEXT NOT NULL,
    member_id TEXT,
    to_name TEXT NOT NULL,
    to_email TEXT NOT NULL,
    subject TEXT NOT NULL DEFAULT '',
    locale TEXT NOT NULL,
    -- waiting, sent, dropped (what it was about is gone) or failed
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    last_error TEXT,
    created_at BIGINT NOT NULL,
    sent_at BIGINT
);
CREATE INDEX mails_newest ON mails (created_at, id);
CREATE INDEX mails_by_state ON mails (state, created_at);
