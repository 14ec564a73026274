-- What people wrote who want an account. Until its address is proven an account has no password: whoever proves it
-- through the link of one sign-up gets what that sign-up says, and the others are gone.
CREATE TABLE sign_ups (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    name TEXT NOT NULL,
    locale TEXT NOT NULL,
    password TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX sign_ups_by_email ON sign_ups (email_key, created_at);
CREATE INDEX sign_ups_oldest ON sign_ups (created_at);
INSERT INTO sign_ups (id, email, email_key, name, locale, password, created_at)
    SELECT id, email, email_key, name, COALESCE(locale, 'en'), password, created_at FROM members
    WHERE email_verified_at IS NULL AND password IS NOT NULL;
UPDATE members SET password = NULL WHERE email_verified_at IS NULL;
-- A link that proves an address is about a sign-up; those above have the id of their member.
UPDATE links SET subject_id = member_id WHERE kind = 'verify';

-- Which copy of a link's page used it, hashed: pressed twice, its button answers with what it did.
ALTER TABLE links ADD COLUMN used_by TEXT;

-- Who is asked to help run an event: by address, whether it has an account or not.
CREATE TABLE team_invitations (
    id TEXT PRIMARY KEY,
    event_id TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    role TEXT NOT NULL,
    invited_at BIGINT NOT NULL,
    -- Accepted, or taken back.
    ended_at BIGINT,
    UNIQUE (event_id, email_key)
);
CREATE INDEX team_invitations_by_email ON team_invitations (email_key) WHERE ended_at IS NULL;
