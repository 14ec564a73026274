-- All that can be asked for stands in the index as a word of its own, as src/events/finding/words.rs writes it: how each
-- word begins and where, and what is known of an event beside. So no question goes through a column that it does not
-- ask for, puts lists of several words together, or needs to know where in a text a word stands.
DROP TRIGGER finding_gone;
DROP TABLE finding_words;
CREATE VIRTUAL TABLE finding_words USING fts5 (
    words, content = '', contentless_delete = 1, detail = 'none', tokenize = 'ascii'
);
CREATE TRIGGER finding_gone AFTER DELETE ON finding BEGIN
    DELETE FROM finding_words WHERE rowid = old.position;
END;
-- Filled by a job; pages say that words may not be found until it is done.
INSERT INTO jobs (id, kind, payload, run_at, created_at)
SELECT '00000000-0000-7000-8000-000000000039', 'fill_finding', '{"job":"fill_finding","after":null}', 0, 0
WHERE EXISTS (SELECT 1 FROM events);
