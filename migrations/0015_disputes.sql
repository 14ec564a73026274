-- What buyers' banks ask back. The provider says so; a person answers there.
CREATE TABLE disputes (
    id TEXT PRIMARY KEY,
    payment_id TEXT NOT NULL REFERENCES payments (id),
    -- open, won (the money stays) or lost
    state TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    -- In the provider's words: fraudulent, duplicate, product_not_received …
    reason TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    closed_at BIGINT,
    -- Until when the provider takes an answer, and its name for it. Not from facts.
    answer_by BIGINT,
    reference TEXT NOT NULL UNIQUE
);
CREATE INDEX disputes_of_payment ON disputes (payment_id, opened_at);
