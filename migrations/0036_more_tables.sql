-- The admin's tables of credits and subscriptions: every order, and every filter, by an index together with the id.
ALTER TABLE credit_lines ADD COLUMN id TEXT NOT NULL DEFAULT '';
UPDATE credit_lines SET id = member_id || '/' || CAST(number AS TEXT);
CREATE UNIQUE INDEX credit_lines_by_id ON credit_lines (id);
DROP INDEX credit_lines_newest;
CREATE INDEX credit_lines_by_time ON credit_lines (at, id);
CREATE INDEX credit_lines_by_kind ON credit_lines (kind, at, id);
CREATE INDEX credit_lines_by_credits ON credit_lines (credits, id);
CREATE INDEX subscriptions_by_start ON subscriptions (started_at, id);
CREATE INDEX subscriptions_by_state ON subscriptions (state, started_at, id);
CREATE INDEX subscriptions_by_tier ON subscriptions (tier, started_at, id);
CREATE INDEX subscriptions_by_end ON subscriptions ((COALESCE(period_ends_at, 0)), id);
