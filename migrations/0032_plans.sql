-- ---------------------------------------------------------------- plans and products (projections of the journal)
-- What each plan allows and costs a month. While there is none, everybody may everything.
CREATE TABLE plans (
    tier TEXT PRIMARY KEY,
    price BIGINT NOT NULL,
    currency TEXT NOT NULL,
    -- NULL is no limit.
    events BIGINT,
    attendees BIGINT,
    hosts BIGINT,
    announcements BIGINT,
    -- Given with each month that is paid.
    credits BIGINT NOT NULL
);
CREATE TABLE products (
    id TEXT PRIMARY KEY,
    -- plan:TIER, credits or product:SLUG
    key TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    monthly BOOLEAN NOT NULL,
    made_at BIGINT NOT NULL,
    archived_at BIGINT,
    -- The rest is not from facts.
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    -- At whom it is listed, and how that one calls it and its price.
    provider TEXT,
    reference TEXT,
    price TEXT
);
CREATE UNIQUE INDEX products_by_key ON products (key) WHERE archived_at IS NULL;
CREATE UNIQUE INDEX products_by_name ON products (name_key) WHERE archived_at IS NULL;
-- Every price that a plan ever had at a provider: whoever pays an old one has the plan still. Not from facts.
CREATE TABLE plan_prices (price TEXT PRIMARY KEY, tier TEXT NOT NULL);
-- The plan that counts for a member. Whoever changes it, or takes what it limits, locks its row.
CREATE TABLE plan_accounts (
    member_id TEXT PRIMARY KEY REFERENCES members (id),
    tier TEXT NOT NULL
);
CREATE TABLE subscriptions (
    id TEXT PRIMARY KEY,
    member_id TEXT NOT NULL REFERENCES members (id),
    provider TEXT NOT NULL,
    tier TEXT NOT NULL,
    -- incomplete, active, past_due or ended
    state TEXT NOT NULL,
    ends_at_period_end BOOLEAN NOT NULL DEFAULT FALSE,
    period_ends_at BIGINT,
    -- Since when a month is owed.
    past_due_at BIGINT,
    started_at BIGINT NOT NULL,
    -- Names the version of the site's terms that held; '' where there were none.
    terms TEXT NOT NULL,
    -- The rest is not from facts.
    -- Counts changes of the plan, so that each is asked for once.
    attempt BIGINT NOT NULL DEFAULT 1,
    price TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    checkout TEXT,
    url TEXT,
    reference TEXT,
    customer TEXT,
    return_url TEXT,
    cancel_url TEXT,
    asked_at BIGINT
);
CREATE UNIQUE INDEX subscriptions_live ON subscriptions (member_id) WHERE state <> 'ended';
CREATE INDEX subscriptions_of_member ON subscriptions (member_id, started_at);
CREATE INDEX subscriptions_by_reference ON subscriptions (reference) WHERE reference IS NOT NULL;
CREATE INDEX subscriptions_by_checkout ON subscriptions (checkout) WHERE checkout IS NOT NULL;
-- What was paid for a subscription, once for each of the provider's invoices.
CREATE TABLE plan_bills (
    id TEXT PRIMARY KEY,
    subscription_id TEXT NOT NULL REFERENCES subscriptions (id),
    member_id TEXT NOT NULL REFERENCES members (id),
    tier TEXT NOT NULL,
    -- None where nothing was to be paid.
    payment_id TEXT UNIQUE REFERENCES payments (id),
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    -- Those that came with it.
    credits BIGINT NOT NULL,
    paid_at BIGINT NOT NULL,
    -- The provider's name for it and its page. Not from facts.
    reference TEXT NOT NULL UNIQUE,
    hosted_url TEXT
);
CREATE INDEX plan_bills_of_subscription ON plan_bills (subscription_id, paid_at);
CREATE INDEX plan_bills_of_member ON plan_bills (member_id, paid_at);
-- How many may come at most by the plan of the event's owner; NULL is no limit. Kept in step by a job.
ALTER TABLE events ADD COLUMN ceiling BIGINT;

-- ---------------------------------------------------------------- the local provider's books
CREATE TABLE local_products (
    id TEXT PRIMARY KEY,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    price TEXT NOT NULL,
    active BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX local_products_by_key ON local_products (key) WHERE active;
CREATE TABLE local_prices (
    id TEXT PRIMARY KEY,
    product_id TEXT NOT NULL REFERENCES local_products (id),
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    monthly BOOLEAN NOT NULL
);
CREATE TABLE local_subscriptions (
    id TEXT PRIMARY KEY,
    checkout TEXT NOT NULL UNIQUE,
    -- The idempotency key: opened twice with one key is opened once.
    key TEXT NOT NULL UNIQUE,
    -- Our id of it.
    ours TEXT NOT NULL,
    customer TEXT NOT NULL,
    title TEXT NOT NULL,
    price TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    -- open, active, past_due, ended or expired
    state TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    return_url TEXT NOT NULL,
    cancel_url TEXT NOT NULL,
    -- The month that runs.
    starts_at BIGINT,
    ends_at BIGINT,
    -- Ends with that month.
    stops BOOLEAN NOT NULL DEFAULT FALSE,
    -- The card is declined from now on.
    failing BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX local_subscriptions_of_customer ON local_subscriptions (customer);
CREATE TABLE local_invoices (
    id TEXT PRIMARY KEY,
    subscription_id TEXT NOT NULL REFERENCES local_subscriptions (id),
    -- Asked twice is billed once.
    key TEXT NOT NULL UNIQUE,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    paid BOOLEAN NOT NULL,
    at BIGINT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
);
CREATE INDEX local_invoices_of_subscription ON local_invoices (subscription_id, at);
