-- Codes that take something off the price (projection of the journal, but for the code itself).
CREATE TABLE promo_codes (
    id TEXT PRIMARY KEY,
    event_id TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    -- As hosts write it, and as it is compared: trimmed, normalised (NFKC), lower case.
    code TEXT NOT NULL,
    code_key TEXT NOT NULL,
    -- One of the two: of each price, or of an order in minor units of `currency`.
    percent BIGINT,
    amount BIGINT,
    currency TEXT NOT NULL,
    -- In how many orders it counts; NULL is any number.
    most_uses BIGINT,
    starts_at BIGINT,
    ends_at BIGINT,
    -- The ids of the ticket types that it is for, as JSON; '' is all of them.
    types TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    ended_at BIGINT,
    UNIQUE (event_id, code_key)
);
-- What a code took off when the order was placed; `price` of its tickets is what is left.
ALTER TABLE orders ADD COLUMN promo_id TEXT REFERENCES promo_codes (id);
ALTER TABLE orders ADD COLUMN discount BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tickets ADD COLUMN discount BIGINT NOT NULL DEFAULT 0;
CREATE INDEX orders_of_promo ON orders (promo_id, state) WHERE promo_id IS NOT NULL;
