-- What stays as fast with a million events and ten million tickets as with ten: an index for each way to look.

-- Whether any ticket of a type was ever made, and whether any event has a picture.
CREATE INDEX tickets_of_type ON tickets (ticket_type_id);
CREATE INDEX events_by_cover ON events (cover_key) WHERE cover_key IS NOT NULL;

-- Whoever goes takes along what is theirs, and it is found by them.
CREATE INDEX answers_of_member ON answers (member_id);
CREATE INDEX links_by_email ON links (email_key);
DROP INDEX team_invitations_by_email;
CREATE INDEX team_invitations_by_email ON team_invitations (email_key);
CREATE INDEX tax_names_of_purchases_oldest ON tax_names_of_purchases (erased_at);

-- All of a payment: its receipt and its credit notes.
CREATE INDEX receipts_of_purchase ON receipts (payment_id, number);

-- The admin's tables: each filter in each order. The common state is what the order's own index meets first; for others
-- there are indexes of that state alone, found by how src/admin/tables/store.rs asks for it.
CREATE INDEX members_unconfirmed_by_name ON members (name_key, id) WHERE email_verified_at IS NULL;
CREATE INDEX members_unconfirmed_by_address ON members (address_key, id) WHERE email_verified_at IS NULL;
CREATE INDEX members_unconfirmed_by_seen ON members (seen_key, id) WHERE email_verified_at IS NULL;
CREATE INDEX events_draft_by_title ON events (title_key, id) WHERE (status || '') = 'draft';
CREATE INDEX events_draft_by_age ON events (created_at, id) WHERE (status || '') = 'draft';
CREATE INDEX events_cancelled_by_title ON events (title_key, id) WHERE (status || '') = 'cancelled';
CREATE INDEX events_cancelled_by_age ON events (created_at, id) WHERE (status || '') = 'cancelled';
CREATE INDEX orders_of_event_by_total ON orders (event_id, total, id);
CREATE INDEX orders_cancelled_by_total ON orders (total, id) WHERE (state || '') = 'cancelled';
CREATE INDEX orders_ended_by_total ON orders (total, id) WHERE (state || '') = 'ended';
CREATE INDEX payments_of_provider ON payments (provider, opened_at, id);
CREATE INDEX payments_of_provider_by_amount ON payments (provider, amount, id);
CREATE INDEX payments_ended_by_amount ON payments (amount, id) WHERE (state || '') = 'ended';
CREATE INDEX payments_returned_by_amount ON payments (amount, id) WHERE refunded > 0;
CREATE INDEX credit_lines_bought_by_credits ON credit_lines (credits, id) WHERE (kind || '') = 'purchase';
CREATE INDEX credit_lines_granted_by_credits ON credit_lines (credits, id) WHERE (kind || '') = 'grant';
CREATE INDEX credit_lines_of_plans_by_credits ON credit_lines (credits, id) WHERE (kind || '') = 'plan';
CREATE INDEX subscriptions_ended_by_end ON subscriptions ((COALESCE(period_ends_at, 0)), id) WHERE (state || '') = 'ended';
CREATE INDEX subscriptions_of_tier_by_end ON subscriptions (tier, (COALESCE(period_ends_at, 0)), id);
CREATE INDEX subscriptions_ending ON subscriptions (started_at, id) WHERE (state || '') = 'active' AND ends_at_period_end;
CREATE INDEX mails_dropped_by_address ON mails (to_key, id) WHERE (state || '') = 'dropped';
-- Not by `attempts`: each claim of a job would write it.
CREATE INDEX jobs_tried ON jobs (run_at, id) WHERE last_error IS NOT NULL;

-- What somebody has at an event, asked by every visit of a member and every wish for places.
CREATE INDEX orders_of_member_at ON orders (event_id, member_id, state, placed_at) WHERE member_id IS NOT NULL;
-- Whoever is told something is told behind the last one who was.
CREATE INDEX orders_confirmed_of_event ON orders (event_id, id) WHERE state = 'confirmed';

-- Who is in, counted at every scan.
CREATE INDEX tickets_inside ON tickets (event_id, state, checked_in_at) WHERE checked_in_at IS NOT NULL;

-- Each page of an event asks which types have which taxes; and what ran out is found by its age.
CREATE INDEX ticket_type_taxes_of_rate ON ticket_type_taxes (tax_rate_id);
CREATE INDEX api_tokens_expiring ON api_tokens (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX trips_used_oldest ON trips_used (used_at);
