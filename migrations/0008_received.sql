-- What the provider, or the host, has of a payment: 0 until it is paid, and rarely another amount than was asked.
ALTER TABLE payments ADD COLUMN received BIGINT NOT NULL DEFAULT 0;
UPDATE payments SET received = amount WHERE state = 'paid';
