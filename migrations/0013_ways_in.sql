-- Ways in: codes from an app, how fresh a proof is, changes of address.

-- Since when a code from an app is asked for, too.
ALTER TABLE members ADD COLUMN second_factor_at BIGINT;
-- When whoever sits there last proved, by the strongest factor, that it is them.
ALTER TABLE sessions ADD COLUMN stepped_up_at BIGINT;

CREATE TABLE second_factors (
    member_id TEXT PRIMARY KEY REFERENCES members (id) ON DELETE CASCADE,
    -- Sealed under the site's key: who reads this table makes no codes with it.
    secret TEXT NOT NULL,
    -- The step (30 seconds each, since 1970) of the last code that was taken: each works once.
    last_step BIGINT NOT NULL,
    -- Under which the recovery codes are hashed.
    salt TEXT NOT NULL
);

CREATE TABLE recovery_codes (
    code_hash TEXT PRIMARY KEY,
    member_id TEXT NOT NULL REFERENCES second_factors (member_id) ON DELETE CASCADE,
    used_at BIGINT
);
CREATE INDEX recovery_codes_of_member ON recovery_codes (member_id);

-- Addresses that members want and have not proven yet.
CREATE TABLE email_changes (
    id TEXT PRIMARY KEY,
    member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX email_changes_of_member ON email_changes (member_id);
CREATE INDEX email_changes_oldest ON email_changes (created_at);
