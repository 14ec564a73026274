-- What the admin's tables search by: lower case, compared byte by byte, so that how a word begins is a range.
ALTER TABLE members ADD COLUMN name_key TEXT GENERATED ALWAYS AS (LOWER(name)) VIRTUAL;
-- The name behind its first space.
ALTER TABLE members ADD COLUMN rest_key TEXT GENERATED ALWAYS AS (LOWER(SUBSTR(name, INSTR(name, ' ') + 1))) VIRTUAL;
ALTER TABLE members ADD COLUMN address_key TEXT GENERATED ALWAYS AS (email_key) VIRTUAL;
ALTER TABLE members ADD COLUMN seen_key BIGINT GENERATED ALWAYS AS (COALESCE(last_seen_at, 0)) VIRTUAL;
CREATE INDEX members_by_name ON members (name_key, id);
CREATE INDEX members_by_rest ON members (rest_key);
CREATE INDEX members_by_address ON members (address_key, id);
CREATE INDEX members_by_seen ON members (seen_key, id);
DROP INDEX members_newest;
CREATE INDEX members_newest ON members (created_at, id);
CREATE INDEX members_admins ON members (created_at, id) WHERE admin;
CREATE INDEX members_suspended ON members (created_at, id) WHERE suspended_at IS NOT NULL;
CREATE INDEX members_unconfirmed ON members (created_at, id) WHERE email_verified_at IS NULL;

ALTER TABLE events ADD COLUMN title_key TEXT GENERATED ALWAYS AS (LOWER(title)) VIRTUAL;
ALTER TABLE events ADD COLUMN rest_key TEXT GENERATED ALWAYS AS (LOWER(SUBSTR(title, INSTR(title, ' ') + 1))) VIRTUAL;
CREATE INDEX events_by_title ON events (title_key, id);
CREATE INDEX events_by_rest ON events (rest_key);
CREATE INDEX events_by_status ON events (status, starts_at, id);

ALTER TABLE order_people ADD COLUMN name_key TEXT GENERATED ALWAYS AS (LOWER(name)) VIRTUAL;
ALTER TABLE order_people ADD COLUMN address_key TEXT GENERATED ALWAYS AS (email_key) VIRTUAL;
CREATE INDEX order_people_by_name ON order_people (name_key);
CREATE INDEX order_people_by_address ON order_people (address_key);
CREATE INDEX orders_newest ON orders (placed_at, id);
CREATE INDEX orders_by_state ON orders (state, placed_at, id);
CREATE INDEX orders_by_total ON orders (total, id);
CREATE INDEX orders_in_time ON orders (event_id, placed_at, id);
-- What people say to each other is the end of the id.
CREATE INDEX orders_by_number ON orders (SUBSTR(id, 29));
CREATE INDEX orders_confirmed ON orders (confirmed_at, places) WHERE confirmed_at IS NOT NULL;

CREATE INDEX payments_newest ON payments (opened_at, id);
CREATE INDEX payments_by_state ON payments (state, opened_at, id);
CREATE INDEX payments_by_amount ON payments (amount, id);
CREATE INDEX payments_paid ON payments (paid_at) WHERE paid_at IS NOT NULL;
CREATE INDEX payments_problem ON payments (opened_at, id) WHERE problem IS NOT NULL;
CREATE INDEX payments_returned ON payments (opened_at, id) WHERE refunded > 0;

CREATE INDEX notices_of_kind ON notices (kind, received_at, id);
CREATE INDEX notices_waiting ON notices (received_at, id) WHERE handled_at IS NULL;
CREATE INDEX notices_unknown ON notices (received_at, id) WHERE outcome = 'unknown reference';

ALTER TABLE mails ADD COLUMN to_key TEXT GENERATED ALWAYS AS (LOWER(to_email)) VIRTUAL;
CREATE INDEX mails_by_address ON mails (to_key, id);
DROP INDEX mails_by_state;
CREATE INDEX mails_by_state ON mails (state, created_at, id);

CREATE INDEX jobs_in_time ON jobs (run_at, id);
CREATE INDEX jobs_of_kind ON jobs (kind, run_at, id);

-- When work that recurs was last done.
ALTER TABLE schedule ADD COLUMN done_at BIGINT;
