-- What is forgotten by its age is found by its age.
CREATE INDEX sessions_with_address ON sessions (created_at) WHERE ip <> '';
CREATE INDEX orders_never_confirmed ON orders (ended_at)
    WHERE confirmed_at IS NULL AND member_id IS NULL AND ended_at IS NOT NULL;
CREATE INDEX waiting_never_confirmed ON waiting (ended_at)
    WHERE state = 'lapsed' AND member_id IS NULL AND ended_at IS NOT NULL;
CREATE INDEX notices_with_payload ON notices (received_at) WHERE payload IS NOT NULL;

-- Money that came for places that were issued or given up, or that went back: nothing of it can get stuck any more,
-- since none of this is ever undone. Noted by the hourly job, so that the payments desk looks at the few that are left.
-- Not from facts.
ALTER TABLE payments ADD COLUMN at_rest BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX payments_not_at_rest ON payments (paid_at) WHERE state = 'paid' AND NOT at_rest;
