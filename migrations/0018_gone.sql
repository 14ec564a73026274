-- When a member's account was deleted. The row stays, without anything of the person: its id is never given again.
ALTER TABLE members ADD COLUMN erased_at BIGINT;
-- Who paid for an order, where the buyer's account is gone: tax law asks for it, and no page shows it.
CREATE TABLE tax_names (
    order_id TEXT PRIMARY KEY REFERENCES orders (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    erased_at BIGINT NOT NULL
);
CREATE INDEX tax_names_oldest ON tax_names (erased_at);
CREATE INDEX mails_of_member ON mails (member_id) WHERE member_id IS NOT NULL;
CREATE INDEX attendees_by_email ON attendees (LOWER(email)) WHERE email <> '';
