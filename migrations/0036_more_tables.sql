-- The admin’s tables of credits and subscriptions: every order, and every filter, by an index together with the id.
ALTER TABLE credit_lines ADD COLUMN id TEXT NOT NULL DEFAULT '';
UPDATE credit_lines SET id = member_id || '/' || SUBSTR('000000000000' || number, LENGTH('000000000000' || number) - 11);
CREATE INDEX credit_lines_by_id ON credit_lines (id);
DROP INDEX credit_lines_newest;
CREATE INDEX credit_lines_by_time ON credit_lines (at, id);
CREATE INDEX credit_lines_by_kind ON credit_lines (kind, at, id);
CREATE INDEX credit_lines_by_credits ON credit_lines (credits, id);
CREATE INDEX subscriptions_by_start ON subscriptions (started_at, id);
CREATE INDEX subscriptions_by_state ON subscriptions (state, started_at, id);
CREATE INDEX subscriptions_by_tier ON subscriptions (tier, started_at, id);
CREATE INDEX subscriptions_by_end ON subscriptions ((COALESCE(period_ends_at, 0)), id);

-- The local provider's books: money of a month of a plan that went back.
CREATE TABLE local_invoice_refunds (
    id TEXT PRIMARY KEY,
    invoice_id TEXT NOT NULL REFERENCES local_invoices (id),
    key TEXT NOT NULL UNIQUE,
    amount BIGINT NOT NULL
);
CREATE INDEX local_invoice_refunds_of_invoice ON local_invoice_refunds (invoice_id);
