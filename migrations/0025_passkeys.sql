-- Passkeys: keys of devices that open an account by themselves, without a password.

-- Since when there is one or more.
ALTER TABLE members ADD COLUMN passkey_at BIGINT;

CREATE TABLE passkeys (
    id TEXT PRIMARY KEY,
    member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    -- What the device calls it, in base 64.
    credential TEXT NOT NULL UNIQUE,
    -- The public key with its counter, as JSON. There is nothing secret in it.
    public_key TEXT NOT NULL,
    -- What its member calls it.
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX passkeys_of_member ON passkeys (member_id);

-- What devices were asked to sign and have not signed yet. Each is taken away by its first answer, right or wrong.
CREATE TABLE passkey_challenges (
    id_hash TEXT PRIMARY KEY,
    -- sign_in, add or step_up
    purpose TEXT NOT NULL,
    -- The session in which it was asked for; '' for signing in.
    session TEXT NOT NULL,
    state TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX passkey_challenges_ends ON passkey_challenges (expires_at);
