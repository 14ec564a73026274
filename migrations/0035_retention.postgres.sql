-- What is forgotten by its age is found by its age.
CREATE INDEX sessions_with_address ON sessions (created_at) WHERE ip <> '';
CREATE INDEX orders_never_confirmed ON orders (ended_at)
    WHERE confirmed_at IS NULL AND member_id IS NULL AND ended_at IS NOT NULL;
CREATE INDEX waiting_never_confirmed ON waiting (ended_at)
    WHERE state = 'lapsed' AND member_id IS NULL AND ended_at IS NOT NULL;
CREATE INDEX devices_oldest ON devices (last_used_at);
CREATE INDEX notices_with_payload ON notices (received_at) WHERE payload IS NOT NULL;

-- Money that came for places that were issued or given up, or that went back: nothing of it can get stuck any more,
-- since none of this is ever undone. Noted by the hourly job, so that the payments desk looks at the few that are left.
-- Not from facts.
ALTER TABLE payments ADD COLUMN at_rest BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX payments_not_at_rest ON payments (state, at_rest, paid_at) WHERE state = 'paid' AND at_rest = FALSE;

-- What the admin's tables search by, made by the program: lower case, without accents, so that how a name begins is
-- found however it is accented; compared byte by byte. Rows from before get it by the hourly job.
ALTER TABLE members ADD COLUMN name_fold TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE members ADD COLUMN rest_fold TEXT COLLATE "C" GENERATED ALWAYS AS (SUBSTR(name_fold, STRPOS(name_fold, ' ') + 1)) STORED;
CREATE INDEX members_by_name_fold ON members (name_fold);
CREATE INDEX members_by_rest_fold ON members (rest_fold);
DROP INDEX members_by_rest;
ALTER TABLE events ADD COLUMN title_fold TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN rest_fold TEXT COLLATE "C" GENERATED ALWAYS AS (SUBSTR(title_fold, STRPOS(title_fold, ' ') + 1)) STORED;
CREATE INDEX events_by_title_fold ON events (title_fold);
CREATE INDEX events_by_rest_fold ON events (rest_fold);
DROP INDEX events_by_rest;
ALTER TABLE order_people ADD COLUMN name_fold TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX order_people_by_name_fold ON order_people (name_fold);
DROP INDEX order_people_by_name;
