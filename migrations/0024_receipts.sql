-- Receipts and credit notes in one series of numbers for the site. The row of the series is locked until the
-- transaction ends that gives a number, and what is rolled back gives its number back: there are no gaps.
CREATE TABLE receipt_series (name TEXT PRIMARY KEY, last BIGINT NOT NULL);
INSERT INTO receipt_series (name, last) VALUES ('site', 0);
CREATE TABLE receipts (
    number BIGINT PRIMARY KEY,
    -- receipt, or credit_note: of a refund
    kind TEXT NOT NULL,
    order_id TEXT NOT NULL REFERENCES orders (id),
    payment_id TEXT NOT NULL REFERENCES payments (id),
    refund_id TEXT REFERENCES refunds (id),
    amount BIGINT NOT NULL,
    -- What of it is tax.
    tax BIGINT NOT NULL,
    currency TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    -- Who sold, as the site's settings said then. Not from facts.
    seller_name TEXT NOT NULL,
    seller_address TEXT NOT NULL,
    seller_tax TEXT NOT NULL
);
CREATE UNIQUE INDEX receipts_of_payment ON receipts (payment_id) WHERE refund_id IS NULL;
CREATE UNIQUE INDEX receipts_of_refund ON receipts (refund_id) WHERE refund_id IS NOT NULL;
CREATE INDEX receipts_of_order ON receipts (order_id, number);
CREATE INDEX receipts_by_day ON receipts (issued_at);
-- Names the version of the site's terms that held when the order was placed; '' where there were none.
ALTER TABLE orders ADD COLUMN terms TEXT NOT NULL DEFAULT '';
