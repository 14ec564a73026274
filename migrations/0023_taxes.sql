-- What of a price is tax: hosts name the rates of an event and say which tickets have which.
CREATE TABLE tax_rates (
    id TEXT PRIMARY KEY,
    event_id TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    -- Thousandths of a percent: 8.1 % is 8100.
    thousandths BIGINT NOT NULL,
    -- Whether prices hold it already; else it comes on top.
    inclusive BOOLEAN NOT NULL,
    made_at BIGINT NOT NULL
);
CREATE INDEX tax_rates_of_event ON tax_rates (event_id, made_at);
CREATE TABLE ticket_type_taxes (
    ticket_type_id TEXT PRIMARY KEY REFERENCES ticket_types (id) ON DELETE CASCADE,
    tax_rate_id TEXT NOT NULL REFERENCES tax_rates (id) ON DELETE CASCADE
);
-- What of a ticket's price is tax, and how much of that came on top of what the host asks.
ALTER TABLE tickets ADD COLUMN tax BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tickets ADD COLUMN added BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tickets ADD COLUMN tax_rate_id TEXT;
-- The order's own copy of the rates as they were when it was placed (projection, but for the name).
CREATE TABLE order_taxes (
    order_id TEXT NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    tax_rate_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    name TEXT NOT NULL,
    thousandths BIGINT NOT NULL,
    inclusive BOOLEAN NOT NULL,
    -- Over all its tickets.
    net BIGINT NOT NULL,
    tax BIGINT NOT NULL,
    PRIMARY KEY (order_id, tax_rate_id)
);
