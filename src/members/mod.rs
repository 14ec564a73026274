//! The people who have an account.
pub mod api;
pub mod store;

use crate::clock::Instant;
use crate::i18n::Locale;
use crate::ids::Id;
use crate::journal::Fact;
use serde::{Deserialize, Serialize};

/// Somebody with an account.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Member {
    pub id: Id<Member>,
    pub name: String,
    pub email: String,
    pub email_key: String,
    pub email_verified_at: Option<Instant>,
    /// An argon2id hash in PHC form; none when there is no password to sign in with.
    pub password: Option<String>,
    pub admin: bool,
    pub zone: Option<String>,
    pub locale: Option<String>,
    pub theme: Option<String>,
    pub wrong_passwords: i64,
    pub locked_until: Option<Instant>,
    pub suspended_at: Option<Instant>,
    pub suspended_why: Option<String>,
    /// Since when a code from an app is asked for, too.
    pub second_factor_at: Option<Instant>,
    pub created_at: Instant,
    pub last_seen_at: Option<Instant>,
}

impl Member {
    /// The language of mails and of pages: the member's choice, else the site's.
    pub fn locale(&self) -> Locale {
        self.locale.as_deref().and_then(|tag| tag.parse().ok()).unwrap_or_default()
    }
    pub fn stream(&self) -> String {
        stream(self.id)
    }
    /// Up to two letters for the avatar.
    pub fn initials(&self) -> String {
        initials(&self.name)
    }
    pub fn avatar_palette(&self) -> String {
        format!("{:02}", crate::posters::avatar_palette(&self.id.to_string()))
    }
}

/// The stream of a member's facts.
pub fn stream(id: Id<Member>) -> String {
    format!("member/{id}")
}

/// The first letters of the first and the last word: "Mara Lindt" is ML.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    [first, words.next_back()].into_iter().flatten().flat_map(char::to_uppercase).take(2).collect()
}

/// What happened to an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MemberFact {
    MemberSignedUp,
    EmailVerified,
    ProfileChanged,
    PasswordChanged,
    PasswordReset,
    EmailChanged,
    SecondFactorOn,
    SecondFactorOff,
    /// By an admin, for who lost it.
    SecondFactorReset {
        reason: String,
    },
    RecoveryCodesMade,
    RecoveryCodeUsed,
    IdentityLinked {
        provider: String,
    },
    IdentityUnlinked {
        provider: String,
    },
    SignedIn,
    SignInLocked,
    SessionEnded,
    SessionsEnded,
    TokenMade,
    TokenRevoked,
    CalendarMade,
    CalendarRevoked,
    MadeAdmin {
        reason: String,
    },
    AdminRemoved {
        reason: String,
    },
    MemberSuspended {
        reason: String,
    },
    MemberRestored {
        reason: String,
    },
}
impl Fact for MemberFact {}
