-- Addresses as they are compared, made by the program: what LOWER() makes of letters other than A to Z differs between
-- the engines. Rows from before have what LOWER() says.
ALTER TABLE attendees ADD COLUMN email_key TEXT NOT NULL DEFAULT '';
UPDATE attendees SET email_key = LOWER(email) WHERE email <> '';
DROP INDEX attendees_by_email;
CREATE INDEX attendees_by_email ON attendees (email_key) WHERE email_key <> '';

ALTER TABLE mails ADD COLUMN email_key TEXT NOT NULL DEFAULT '';
UPDATE mails SET email_key = LOWER(to_email);
CREATE INDEX mails_by_email ON mails (email_key) WHERE email_key <> '';

ALTER TABLE reports ADD COLUMN email_key TEXT NOT NULL DEFAULT '';
UPDATE reports SET email_key = LOWER(email) WHERE email <> '';
CREATE INDEX reports_by_email ON reports (email_key) WHERE email_key <> '';
