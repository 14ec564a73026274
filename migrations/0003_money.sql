-- What places cost. All types of an event are in its currency; prices are in minor units (ISO 4217).
ALTER TABLE events ADD COLUMN currency TEXT NOT NULL DEFAULT 'CHF';
-- How much of a price the buyer gets back until `cancel_hours` before the start, in percent.
ALTER TABLE events ADD COLUMN refund_percent BIGINT NOT NULL DEFAULT 100;
-- Paying later: `no`, at the `door` or by `transfer`, until so many hours before the start; the note says how.
ALTER TABLE events ADD COLUMN pay_later TEXT NOT NULL DEFAULT 'no';
ALTER TABLE events ADD COLUMN pay_later_hours BIGINT NOT NULL DEFAULT 0;
ALTER TABLE events ADD COLUMN pay_later_note TEXT NOT NULL DEFAULT '';
-- `fixed`, or `donation`: then `price` is the least one gives, and `suggested` stands in the field.
ALTER TABLE ticket_types ADD COLUMN pricing TEXT NOT NULL DEFAULT 'fixed';
ALTER TABLE ticket_types ADD COLUMN suggested BIGINT NOT NULL DEFAULT 0;
-- What was to be paid for it when it was taken.
ALTER TABLE tickets ADD COLUMN price BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tickets ADD COLUMN refund_id TEXT;

-- ---------------------------------------------------------------- money (projections of the journal)
CREATE TABLE payments (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id),
    -- `stripe`, `local`, or `host`: somebody who runs the event has the money.
    provider TEXT NOT NULL,
    -- open, paid, or ended (no money came)
    state TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    -- The sum of its confirmed refunds.
    refunded BIGINT NOT NULL DEFAULT 0,
    opened_at BIGINT NOT NULL,
    -- Until when the provider takes money; every try to open the checkout sends this.
    expires_at BIGINT NOT NULL,
    paid_at BIGINT,
    ended_at BIGINT,
    -- What a person must look at: `amount` (another one was paid), `dispute`.
    problem TEXT,
    -- The provider's name for it and its page, once it answered; and when we last asked. Not from facts.
    reference TEXT UNIQUE,
    url TEXT,
    -- Where a program wants the buyer to come back to; the order's own pages without.
    return_url TEXT,
    cancel_url TEXT,
    asked_at BIGINT
);
CREATE INDEX payments_of_order ON payments (order_id, opened_at);
CREATE INDEX payments_open ON payments (asked_at) WHERE state = 'open';

CREATE TABLE refunds (
    id TEXT PRIMARY KEY,
    payment_id TEXT NOT NULL REFERENCES payments (id),
    order_id TEXT NOT NULL REFERENCES orders (id),
    -- asked, sent (the provider has it), confirmed or failed
    state TEXT NOT NULL,
    -- tickets, amount, cancelled, late, twice or outside
    why TEXT NOT NULL,
    -- Counts the tries after a failure: each is another one for the provider.
    attempt BIGINT NOT NULL DEFAULT 1,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    done_at BIGINT,
    -- The provider's name for it, and what it last said. Not from facts.
    reference TEXT,
    error TEXT
);
CREATE INDEX refunds_of_payment ON refunds (payment_id, asked_at);
CREATE INDEX refunds_of_order ON refunds (order_id, asked_at);
CREATE INDEX refunds_unsettled ON refunds (asked_at) WHERE state <> 'confirmed';

-- What payment providers told us. A notice is a hint: the provider is asked again before anything changes.
CREATE TABLE notices (
    id TEXT PRIMARY KEY,
    provider TEXT NOT NULL,
    -- The provider's id of it: a second delivery changes nothing.
    event TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- The checkout that it speaks of, and the payment that it says it is for; '' for none that we could read.
    reference TEXT NOT NULL,
    payment TEXT NOT NULL,
    -- Gone after 90 days.
    payload TEXT,
    received_at BIGINT NOT NULL,
    handled_at BIGINT,
    outcome TEXT NOT NULL DEFAULT '',
    UNIQUE (provider, event)
);
CREATE INDEX notices_newest ON notices (received_at, id);
CREATE INDEX notices_of_reference ON notices (reference);

-- ---------------------------------------------------------------- the local provider's own books
CREATE TABLE local_checkouts (
    id TEXT PRIMARY KEY,
    -- The idempotency key: opened twice with one key is opened once.
    key TEXT NOT NULL UNIQUE,
    payment TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    -- open, paid or expired
    state TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    return_url TEXT NOT NULL,
    cancel_url TEXT NOT NULL,
    declined BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE local_refunds (
    id TEXT PRIMARY KEY,
    checkout_id TEXT NOT NULL REFERENCES local_checkouts (id),
    key TEXT NOT NULL UNIQUE,
    amount BIGINT NOT NULL,
    -- Made at the provider, not by us.
    outside BOOLEAN NOT NULL
);
CREATE INDEX local_refunds_of_checkout ON local_refunds (checkout_id);
-- Notices that the local provider has yet to send.
CREATE TABLE local_notices (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    -- The id of the event: two deliveries of one event have the same.
    event TEXT NOT NULL,
    checkout_id TEXT NOT NULL,
    at BIGINT NOT NULL
);
