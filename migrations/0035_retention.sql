-- What is forgotten by its age is found by its age.
CREATE INDEX sessions_with_address ON sessions (created_at) WHERE ip <> '';
CREATE INDEX orders_never_confirmed ON orders (ended_at)
    WHERE confirmed_at IS NULL AND member_id IS NULL AND ended_at IS NOT NULL;
CREATE INDEX waiting_never_confirmed ON waiting (ended_at)
    WHERE state = 'lapsed' AND member_id IS NULL AND ended_at IS NOT NULL;
CREATE INDEX notices_with_payload ON notices (received_at) WHERE payload IS NOT NULL;
