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
