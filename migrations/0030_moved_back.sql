-- Money that went back, each time with its day: below 0 where a bank sent it to us again. A refund that comes back
-- changes no figure of the days before.
CREATE TABLE refund_moves (
    refund_id TEXT NOT NULL REFERENCES refunds (id),
    -- How often it had moved before.
    turn BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    -- Whose money it was: provider, site or host, by hand
    hand TEXT NOT NULL,
    moved_at BIGINT NOT NULL,
    PRIMARY KEY (refund_id, turn)
);
CREATE INDEX refund_moves_by_day ON refund_moves (moved_at);
INSERT INTO refund_moves (refund_id, turn, amount, hand, moved_at)
    SELECT r.id, 0, r.amount, CASE WHEN p.provider = 'host' THEN 'host' ELSE 'provider' END, r.done_at
    FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE r.state = 'confirmed' AND r.done_at IS NOT NULL;

-- A credit note is taken back, with a number of its own, when the money came back; what goes back then gets another.
DROP INDEX receipts_of_refund;
ALTER TABLE receipts ADD COLUMN turn BIGINT NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX receipts_of_refund ON receipts (refund_id, turn) WHERE refund_id IS NOT NULL;

-- What of a receipt is which tax. Older credit notes said the sum alone: it stands under the order's first rate.
CREATE TABLE receipt_taxes (
    number BIGINT NOT NULL REFERENCES receipts (number),
    tax_rate_id TEXT NOT NULL,
    tax BIGINT NOT NULL,
    PRIMARY KEY (number, tax_rate_id)
);
INSERT INTO receipt_taxes (number, tax_rate_id, tax)
    SELECT r.number, t.tax_rate_id, t.tax FROM receipts r JOIN order_taxes t ON t.order_id = r.order_id
    WHERE r.refund_id IS NULL AND t.tax > 0;
INSERT INTO receipt_taxes (number, tax_rate_id, tax)
    SELECT r.number, MIN(t.tax_rate_id), r.tax FROM receipts r JOIN order_taxes t ON t.order_id = r.order_id
    WHERE r.refund_id IS NOT NULL AND r.tax > 0
        AND t.position = (SELECT MIN(x.position) FROM order_taxes x WHERE x.order_id = r.order_id AND x.tax > 0)
    GROUP BY r.number, r.tax;
