-- SQLite alone writes its index anew: here a tsvector holds the same words as before.
SELECT 1;
