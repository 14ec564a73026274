-- When its day or its place was last changed while it was on the bill; none if never. Whoever ordered before that gets
-- back all that was paid. From facts.
ALTER TABLE events ADD COLUMN moved_at BIGINT;
