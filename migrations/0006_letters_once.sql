-- What a letter is about and to whom, where writing it twice would be wrong: a job that runs again writes once.
ALTER TABLE mails ADD COLUMN once TEXT;
CREATE UNIQUE INDEX mails_once ON mails (once);
