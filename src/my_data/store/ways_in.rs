//! How they come in, and what else of theirs opens something: without the secrets, and without the hashes of them.
use super::Of;
use crate::db::{Db, Result};
use crate::my_data::rows::{AddressRow, CalendarRow, DeviceRow, IdentityRow, PasskeyRow, SessionRow, TokenRow};

pub async fn identities(db: &Db, of: Of<'_>) -> Result<Vec<IdentityRow>> {
    of.reads(
        "SELECT id, provider, email, created_at, last_used_at FROM identities
         WHERE member_id = $1 AND id > $2 ORDER BY id LIMIT $3",
    )
    .all(db)
    .await
}

pub async fn passkeys(db: &Db, of: Of<'_>) -> Result<Vec<PasskeyRow>> {
    of.reads(
        "SELECT id, name, created_at, last_used_at FROM passkeys
         WHERE member_id = $1 AND id > $2 ORDER BY id LIMIT $3",
    )
    .all(db)
    .await
}

pub async fn sessions(db: &Db, of: Of<'_>) -> Result<Vec<SessionRow>> {
    of.reads(
        "SELECT id, agent, ip, created_at, last_seen_at, expires_at FROM sessions
         WHERE member_id = $1 AND id > $2 ORDER BY id LIMIT $3",
    )
    .all(db)
    .await
}

pub async fn tokens(db: &Db, of: Of<'_>) -> Result<Vec<TokenRow>> {
    of.reads(
        "SELECT id, name, scopes, created_at, expires_at, last_used_at FROM api_tokens
         WHERE member_id = $1 AND id > $2 ORDER BY id LIMIT $3",
    )
    .all(db)
    .await
}

/// Browsers in which they signed in once, each named by when that was: they have no names but hashes of secrets.
pub async fn devices(db: &Db, of: Of<'_>) -> Result<Vec<DeviceRow>> {
    of.reads(
        "SELECT CAST(created_at AS TEXT) AS id, created_at, last_used_at FROM devices
         WHERE member_id = $1 AND CAST(created_at AS TEXT) > $2 ORDER BY CAST(created_at AS TEXT) LIMIT $3",
    )
    .all(db)
    .await
}

/// Since when their calendar has a secret address: one at most, so it is named by them.
pub async fn calendar(db: &Db, of: Of<'_>) -> Result<Vec<CalendarRow>> {
    of.reads(
        "SELECT member_id AS id, created_at FROM calendar_feeds
         WHERE member_id = $1 AND member_id > $2 ORDER BY member_id LIMIT $3",
    )
    .all(db)
    .await
}

/// Addresses that they want and have not proven yet.
pub async fn wanted_addresses(db: &Db, of: Of<'_>) -> Result<Vec<AddressRow>> {
    of.reads(
        "SELECT id, email, created_at FROM email_changes
         WHERE member_id = $1 AND id > $2 ORDER BY id LIMIT $3",
    )
    .all(db)
    .await
}
