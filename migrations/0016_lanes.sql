-- What waits for a payment provider is done beside everything else.
ALTER TABLE jobs ADD COLUMN lane TEXT NOT NULL DEFAULT 'own';
UPDATE jobs SET lane = 'asking' WHERE kind IN ('end_hold', 'settle', 'handle_notice', 'sweep_holds');
UPDATE jobs SET lane = 'returning' WHERE kind IN ('send_refund', 'close_payments');
DROP INDEX jobs_due;
CREATE INDEX jobs_due ON jobs (lane, run_at) WHERE failed_at IS NULL;
