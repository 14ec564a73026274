-- Whom Google, Microsoft and GitHub say that somebody is.
CREATE TABLE identities (
    id TEXT PRIMARY KEY,
    member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    provider TEXT NOT NULL,
    -- Who says so: the issuer of an id_token (Microsoft's names the tenant), or GitHub's address.
    issuer TEXT NOT NULL,
    -- Whom they say so of: `sub`, Microsoft's `oid`, GitHub's number. Never the name or the e-mail, which change hands.
    subject TEXT NOT NULL,
    -- The address that the provider named last, as typed there and as it is compared; '' if it named none.
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    UNIQUE (issuer, subject)
);
CREATE INDEX identities_of_member ON identities (member_id);
-- Ways back from a provider that were taken, hashed: each counts once, whichever process sees it.
CREATE TABLE trips_used (
    state TEXT PRIMARY KEY,
    used_at BIGINT NOT NULL
);
