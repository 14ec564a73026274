-- What a notice turned out to be about: a payment or a subscription of ours; '' for none, or while nobody looked. Many
-- notices name neither, and only the provider knows.
ALTER TABLE notices ADD COLUMN about TEXT NOT NULL DEFAULT '';
UPDATE notices SET about = CASE WHEN outcome LIKE 'subscription %' THEN SUBSTR(outcome, 14, 36) ELSE SUBSTR(outcome, 1, 36) END
WHERE outcome LIKE '%: %';
-- What they say names people, and goes with the account of whoever paid.
CREATE INDEX notices_of_payment ON notices (payment) WHERE payload IS NOT NULL;
CREATE INDEX notices_about ON notices (about) WHERE payload IS NOT NULL;
UPDATE notices SET payload = NULL WHERE payload IS NOT NULL AND about IN (
    SELECT y.id FROM members m JOIN orders o ON o.member_id = m.id JOIN payments y ON y.order_id = o.id
    WHERE m.erased_at IS NOT NULL
    UNION ALL SELECT u.payment_id FROM members m JOIN purchases u ON u.member_id = m.id WHERE m.erased_at IS NOT NULL
    UNION ALL SELECT b.payment_id FROM members m JOIN plan_bills b ON b.member_id = m.id
    WHERE m.erased_at IS NOT NULL AND b.payment_id IS NOT NULL
    UNION ALL SELECT s.id FROM members m JOIN subscriptions s ON s.member_id = m.id WHERE m.erased_at IS NOT NULL);

-- Guests who opened a checkout and never paid were taken for buyers: they are looked at once more.
DELETE FROM settings WHERE name = 'guests_forgotten_until';

-- Whom somebody asked along and who did not come is forgotten a while after the event, which is found by its end:
-- as a sum, so that no other question is answered by this index.
CREATE INDEX events_by_end ON events ((ends_at + 0));

-- Guests who never confirmed, by when that ended: what is nobody's has an index of its own for all orders, and SQLite
-- took that one, which leads to most of them.
DROP INDEX orders_never_confirmed;
CREATE INDEX orders_never_confirmed ON orders (member_id, ended_at)
    WHERE confirmed_at IS NULL AND member_id IS NULL AND ended_at IS NOT NULL;
DROP INDEX waiting_never_confirmed;
CREATE INDEX waiting_never_confirmed ON waiting (member_id, ended_at)
    WHERE state = 'lapsed' AND member_id IS NULL AND ended_at IS NOT NULL;
