-- A payment can be for something else than an order: for credits. Then it has none.
DROP INDEX payments_of_order;
ALTER TABLE payments ADD COLUMN of_order TEXT REFERENCES orders (id);
UPDATE payments SET of_order = order_id;
ALTER TABLE payments DROP COLUMN order_id;
ALTER TABLE payments RENAME COLUMN of_order TO order_id;
CREATE INDEX payments_of_order ON payments (order_id, opened_at);

DROP INDEX refunds_of_order;
ALTER TABLE refunds ADD COLUMN of_order TEXT REFERENCES orders (id);
UPDATE refunds SET of_order = order_id;
ALTER TABLE refunds DROP COLUMN order_id;
ALTER TABLE refunds RENAME COLUMN of_order TO order_id;
CREATE INDEX refunds_of_order ON refunds (order_id, asked_at);

DROP INDEX receipts_of_order;
ALTER TABLE receipts ADD COLUMN of_order TEXT REFERENCES orders (id);
UPDATE receipts SET of_order = order_id;
ALTER TABLE receipts DROP COLUMN order_id;
ALTER TABLE receipts RENAME COLUMN of_order TO order_id;
CREATE INDEX receipts_of_order ON receipts (order_id, number);

-- ---------------------------------------------------------------- credits (projections of the journal)
-- What a payment without an order is for.
CREATE TABLE purchases (
    payment_id TEXT PRIMARY KEY REFERENCES payments (id),
    member_id TEXT NOT NULL REFERENCES members (id),
    credits BIGINT NOT NULL,
    -- Names the version of the site's terms that held; '' where there were none.
    terms TEXT NOT NULL
);
CREATE INDEX purchases_of_member ON purchases (member_id, payment_id);
-- Whoever changes a balance locks its row. Below 0 it is a debt: credits of a payment that went back were spent.
CREATE TABLE credit_accounts (
    member_id TEXT PRIMARY KEY REFERENCES members (id),
    balance BIGINT NOT NULL,
    -- How many lines its ledger has.
    lines BIGINT NOT NULL
);
CREATE TABLE credit_lines (
    member_id TEXT NOT NULL REFERENCES members (id),
    -- From 1, without gaps.
    number BIGINT NOT NULL,
    -- purchase, grant, spend, debt (the payment went back) or restored (it stands after all)
    kind TEXT NOT NULL,
    -- Below 0 for what goes.
    credits BIGINT NOT NULL,
    -- What was there after it.
    balance BIGINT NOT NULL,
    payment_id TEXT REFERENCES payments (id),
    -- The event that is on the front page for it, and from and until when.
    event_id TEXT REFERENCES events (id),
    from_at BIGINT,
    until_at BIGINT,
    -- Why an admin gave them.
    reason TEXT NOT NULL,
    at BIGINT NOT NULL,
    -- The form that asked for it, hashed: pressing twice spends once. Not from facts.
    form TEXT UNIQUE,
    PRIMARY KEY (member_id, number)
);
CREATE INDEX credit_lines_of_payment ON credit_lines (payment_id) WHERE payment_id IS NOT NULL;
CREATE INDEX credit_lines_featuring ON credit_lines (until_at) WHERE until_at IS NOT NULL;
CREATE INDEX credit_lines_of_event ON credit_lines (event_id) WHERE event_id IS NOT NULL;
CREATE INDEX credit_lines_newest ON credit_lines (at);
-- Whose payment it was, where tax law asks for it and the account is gone.
CREATE TABLE tax_names_of_purchases (
    payment_id TEXT PRIMARY KEY REFERENCES payments (id),
    name TEXT NOT NULL,
    erased_at BIGINT NOT NULL
);
