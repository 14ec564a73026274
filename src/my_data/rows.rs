//! What a copy of somebody's data holds, row by row: no secrets, and no hashes of them.
use serde::{Serialize, Serializer};

use crate::clock::Instant;

/// An instant as RFC 3339.
#[derive(Debug, Clone, Copy, sqlx::Type)]
#[sqlx(transparent)]
pub struct At(Instant);

impl Serialize for At {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.rfc3339())
    }
}

/// A row, and where the page of rows that it ends has come to.
pub trait Row: Serialize {
    fn id(&self) -> &str;
}

macro_rules! row {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty),+ $(,)? })+) => { $(
        $(#[$doc])*
        #[derive(Debug, Serialize, sqlx::FromRow)]
        pub struct $name { pub id: String, $(pub $field: $kind),+ }
        impl Row for $name {
            fn id(&self) -> &str {
                &self.id
            }
        }
    )+ };
}

row! {
    IdentityRow { provider: String, email: String, created_at: At, last_used_at: At }
    PasskeyRow { name: String, created_at: At, last_used_at: Option<At> }
    SessionRow { agent: String, ip: String, created_at: At, last_seen_at: At, expires_at: At }
    DeviceRow { created_at: At, last_used_at: At }
    CalendarRow { created_at: At }
    /// An address that they want.
    AddressRow { email: String, created_at: At }
    TokenRow { name: String, scopes: String, created_at: At, expires_at: Option<At>, last_used_at: Option<At> }
    EventRow {
        role: String, slug: String, status: String, visibility: String, title: String, summary: String,
        description: String, language: String, category: String, tags: String, starts_civil: String,
        ends_civil: String, zone: String, place_name: String, place_address: String, place_town: String,
        online_url: String, created_at: At,
    }
    OrderRow {
        event: String, title: String, state: String, places: i64, total: i64, currency: String, placed_at: At,
        confirmed_at: Option<At>, ended_at: Option<At>, name: String, email: String,
    }
    TicketRow {
        order_id: String, ticket_type: String, state: String, price: i64, name: String, email: String,
        checked_in_at: Option<At>,
    }
    PaymentRow {
        order_id: Option<String>, credits: Option<i64>, provider: String, state: String, amount: i64, currency: String, refunded: i64,
        opened_at: At, paid_at: Option<At>, ended_at: Option<At>,
    }
    RefundRow {
        payment_id: String, order_id: Option<String>, state: String, why: String, amount: i64, currency: String,
        asked_at: At, done_at: Option<At>,
    }
    CreditRow {
        kind: String, credits: i64, balance: i64, payment_id: Option<String>, event: Option<String>,
        from_at: Option<At>, until_at: Option<At>, reason: String, at: At,
    }
    SubscriptionRow {
        tier: String, state: String, provider: String, ends_at_period_end: bool, period_ends_at: Option<At>, started_at: At,
    }
    PlanBillRow {
        subscription_id: String, tier: String, payment_id: Option<String>, receipt: Option<i64>, amount: i64, currency: String,
        starts_at: At, ends_at: At, credits: i64, paid_at: At,
    }
    WaitingRow {
        event: String, title: String, places: i64, state: String, joined_at: At, ended_at: Option<At>, name: String,
        email: String, companions: String,
    }
    AnswerRow { event: String, title: String, answer: String, at: At }
    LetterRow { kind: String, subject: String, to_email: String, state: String, created_at: At, sent_at: Option<At> }
    InvitationRow {
        event: String, title: String, name: String, email: String, state: String, invited_at: At,
        answered_at: Option<At>,
    }
    TeamInvitationRow { event: String, title: String, email: String, role: String, invited_at: At, ended_at: Option<At> }
    GivenRow {
        event: String, title: String, ticket_type: String, state: String, name: String, email: String,
        checked_in_at: Option<At>,
    }
    /// Its id is its number.
    ReceiptRow {
        kind: String, order_id: String, amount: i64, tax: i64, currency: String, issued_at: At, seller_name: String,
        seller_address: String, seller_tax: String,
    }
    /// A kind of mail that they stopped.
    StoppedRow { kind: String, since: At }
    ReportRow { event: String, ground: String, text: String, email: String, created_at: At, settled_at: Option<At> }
}

/// One fact of their own stream.
#[derive(Debug, Serialize, sqlx::FromRow)]
pub struct FactRow {
    pub version: i64,
    pub kind: String,
    pub at: At,
}
