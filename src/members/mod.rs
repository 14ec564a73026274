//! The people who have an account.
pub mod api;
pub mod avatar;
pub mod avatar_api;
pub mod avatar_pages;
pub mod forms;
pub mod pages;
pub mod profile;
pub mod settings_pages;
pub mod store;

use crate::clock::Instant;
use crate::db::Tx;
use crate::error::{self, Error};
use crate::forms::Email;
use crate::i18n::Locale;
use crate::ids::Id;
use crate::images::{AVATAR_LARGE, AVATAR_SMALL};
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
    /// Since when they have a passkey.
    pub passkey_at: Option<Instant>,
    pub created_at: Instant,
    pub last_seen_at: Option<Instant>,
    /// Since when nothing is known of them any more.
    pub erased_at: Option<Instant>,
    #[sqlx(flatten)]
    pub shown: Shown,
}

/// What everybody may see of a member besides the name.
#[derive(Debug, Clone, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Shown {
    /// Names their public page; nobody else has it in any case of letters. Without one there is no page.
    pub handle: Option<String>,
    /// Markdown.
    pub bio: String,
    /// Names the files of their picture.
    pub avatar: Option<String>,
}

impl Member {
    /// Somebody new, of whom no more is known than this; who wrote it has proven nothing yet.
    pub fn new(name: String, email: Email, now: Instant) -> Self {
        Self {
            id: Id::new(),
            name,
            email: email.address,
            email_key: email.key,
            email_verified_at: None,
            password: None,
            admin: false,
            zone: None,
            locale: None,
            theme: None,
            wrong_passwords: 0,
            locked_until: None,
            suspended_at: None,
            suspended_why: None,
            second_factor_at: None,
            passkey_at: None,
            created_at: now,
            last_seen_at: None,
            erased_at: None,
            shown: Shown::default(),
        }
    }
    /// The language of mails and of pages: the member's choice, else the site's.
    pub fn locale(&self) -> Locale {
        self.locale.as_deref().and_then(|tag| tag.parse().ok()).unwrap_or_default()
    }
    /// Whether they may do anything.
    pub fn stands(&self) -> bool {
        self.erased_at.is_none() && self.suspended_at.is_none()
    }
    pub fn stream(&self) -> String {
        stream(self.id)
    }
    pub fn portrait(&self) -> Portrait {
        Portrait::of(self.id, &self.name, self.shown.avatar.as_deref())
    }
    /// Where everybody sees them, if anybody does.
    pub fn page(&self) -> Option<String> {
        page(self.shown.handle.as_deref())
    }
}

/// The member who asks, held until the transaction ends. Who they are was looked up before all of their request had
/// arrived: meanwhile the account may be deleted or suspended, and then they are nobody.
pub async fn acting(tx: &mut Tx, id: Id<Member>) -> error::Result<Member> {
    let member = store::lock(tx, id).await?.filter(Member::stands);
    member.ok_or_else(|| Error::SignIn { back: "/".to_owned() })
}

/// The public page of whoever has this handle.
pub fn page(handle: Option<&str>) -> Option<String> {
    handle.map(|handle| format!("/@{handle}"))
}

/// How a person is shown beside the name: by their picture, else by letters on a palette.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portrait {
    picture: Option<String>,
    pub initials: String,
    /// As `data-palette` wants it.
    pub palette: String,
}

impl Portrait {
    /// `id` chooses the palette; `picture` names the files, if there are any.
    pub fn of(id: impl std::fmt::Display, name: &str, picture: Option<&str>) -> Self {
        let palette = format!("{:02}", crate::posters::avatar_palette(&id.to_string()));
        Self { picture: picture.map(str::to_owned), initials: initials(name), palette }
    }
    /// The address of the picture beside names.
    pub fn small(&self) -> Option<String> {
        self.picture.as_deref().map(|key| format!("/avatars/{key}-{AVATAR_SMALL}.webp"))
    }
    /// The same at the head of a page.
    pub fn large(&self) -> Option<String> {
        self.picture.as_deref().map(|key| format!("/avatars/{key}-{AVATAR_LARGE}.webp"))
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
    MemberErased,
    EmailVerified,
    ProfileChanged,
    AvatarChanged,
    PasswordChanged,
    PasswordReset,
    EmailChanged,
    SecondFactorOn,
    SecondFactorOff,
    /// By an admin, for who lost it.
    SecondFactorReset {
        reason: String,
    },
    PasskeyAdded,
    PasskeyRemoved,
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
    SessionsEndedByAdmin {
        reason: String,
    },
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
