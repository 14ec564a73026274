//! Every table that has an address, or a name that is searched for, and how it is compared.
use crate::clock::Instant;
use crate::db::{On, Result, Tx, sql};

/// How one is read in the order of its ids (id, address, key), and how a key is replaced that is still what it was.
pub struct Keyed {
    read: &'static str,
    write: &'static str,
}

/// Where two rows must not be equal, the one that would be stays as it is.
pub const MEMBERS: Keyed = Keyed {
    read: "SELECT id, email, email_key FROM members WHERE id > $1 AND email <> '' ORDER BY id LIMIT $2",
    write: "UPDATE members SET email_key = $3 WHERE id = $1 AND email_key = $2
            AND NOT EXISTS (SELECT 1 FROM members m WHERE m.email_key = $3)",
};

pub const OTHERS: [Keyed; 10] = [
    Keyed {
        read: "SELECT order_id, email, email_key FROM order_people WHERE order_id > $1 AND email <> '' ORDER BY order_id LIMIT $2",
        write: "UPDATE order_people SET email_key = $3 WHERE order_id = $1 AND email_key = $2",
    },
    Keyed {
        read: "SELECT ticket_id, email, email_key FROM attendees WHERE ticket_id > $1 AND email <> '' ORDER BY ticket_id LIMIT $2",
        write: "UPDATE attendees SET email_key = $3 WHERE ticket_id = $1 AND email_key = $2",
    },
    Keyed {
        read: "SELECT party_id, email, email_key FROM waiting_people WHERE party_id > $1 AND email <> '' ORDER BY party_id LIMIT $2",
        write: "UPDATE waiting_people SET email_key = $3 WHERE party_id = $1 AND email_key = $2",
    },
    Keyed {
        read: "SELECT id, to_email, email_key FROM mails WHERE id > $1 AND to_email <> '' ORDER BY id LIMIT $2",
        write: "UPDATE mails SET email_key = $3 WHERE id = $1 AND email_key = $2",
    },
    Keyed {
        read: "SELECT id, email, email_key FROM reports WHERE id > $1 AND email <> '' ORDER BY id LIMIT $2",
        write: "UPDATE reports SET email_key = $3 WHERE id = $1 AND email_key = $2",
    },
    Keyed {
        read: "SELECT id, email, email_key FROM sign_ups WHERE id > $1 AND email <> '' ORDER BY id LIMIT $2",
        write: "UPDATE sign_ups SET email_key = $3 WHERE id = $1 AND email_key = $2",
    },
    Keyed {
        read: "SELECT id, email, email_key FROM email_changes WHERE id > $1 AND email <> '' ORDER BY id LIMIT $2",
        write: "UPDATE email_changes SET email_key = $3 WHERE id = $1 AND email_key = $2",
    },
    Keyed {
        read: "SELECT id, email, email_key FROM identities WHERE id > $1 AND email <> '' ORDER BY id LIMIT $2",
        write: "UPDATE identities SET email_key = $3 WHERE id = $1 AND email_key = $2",
    },
    Keyed {
        read: "SELECT id, email, email_key FROM team_invitations WHERE id > $1 AND email <> '' ORDER BY id LIMIT $2",
        write: "UPDATE team_invitations SET email_key = $3 WHERE id = $1 AND email_key = $2
                AND NOT EXISTS (SELECT 1 FROM team_invitations t WHERE t.email_key = $3 AND t.event_id = team_invitations.event_id)",
    },
    Keyed {
        read: "SELECT id, email, email_key FROM invitations WHERE id > $1 AND email <> '' ORDER BY id LIMIT $2",
        write: "UPDATE invitations SET email_key = $3 WHERE id = $1 AND email_key = $2
                AND NOT EXISTS (SELECT 1 FROM invitations i WHERE i.email_key = $3 AND i.event_id = invitations.event_id)",
    },
];

/// Names and titles, and how their beginnings are found.
pub const NAMES: [Keyed; 3] = [
    Keyed {
        read: "SELECT id, name, name_fold FROM members WHERE id > $1 AND email <> '' ORDER BY id LIMIT $2",
        write: "UPDATE members SET name_fold = $3 WHERE id = $1 AND name_fold = $2",
    },
    Keyed {
        read: "SELECT order_id, name, name_fold FROM order_people WHERE order_id > $1 AND email <> '' ORDER BY order_id LIMIT $2",
        write: "UPDATE order_people SET name_fold = $3 WHERE order_id = $1 AND name_fold = $2",
    },
    Keyed {
        read: "SELECT id, title, title_fold FROM events WHERE id > $1 AND title <> '–' ORDER BY id LIMIT $2",
        write: "UPDATE events SET title_fold = $3 WHERE id = $1 AND title_fold = $2",
    },
];

/// A row with an address, or a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub id: String,
    pub text: String,
    pub key: String,
}

pub async fn behind(on: impl Into<On<'_>>, table: &Keyed, after: &str, limit: i64) -> Result<Vec<Row>> {
    let rows: Vec<(String, String, String)> = sql(table.read).bind(after).bind(limit).all(on).await?;
    Ok(rows.into_iter().map(|(id, text, key)| Row { id, text, key }).collect())
}

/// False if it is another one by now, or would be equal to one that must be told apart.
pub async fn set(tx: &mut Tx, table: &Keyed, row: &Row, key: &str) -> Result<bool> {
    Ok(sql(table.write).bind(&row.id).bind(&row.key).bind(key).execute(tx).await? == 1)
}

/// Whether all were looked at once.
pub async fn looked_at(on: impl Into<On<'_>>) -> Result<bool> {
    sql("SELECT EXISTS (SELECT 1 FROM settings WHERE name = 'addresses_looked_at')").scalar(on).await
}

pub async fn remember(tx: &mut Tx, now: Instant) -> Result<()> {
    sql("INSERT INTO settings (name, value) VALUES ('addresses_looked_at', $1)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value")
    .bind(now.micros().to_string())
    .execute(tx)
    .await
    .map(drop)
}
