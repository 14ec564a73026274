//! What members say about themselves, and how pages are shown to them.
use super::{Member, MemberFact, store};
use crate::clock::Instant;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::Id;
use crate::jobs::{self, Job};
use crate::journal::{self, Actor};

/// A member's name, what everybody sees of them, and how pages are shown to them; a `None` of language, zone and theme
/// leaves it to the browser, or to the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    pub name: String,
    /// Obeys [`is_handle`].
    pub handle: Option<String>,
    /// Markdown.
    pub bio: String,
    pub locale: Option<String>,
    pub zone: Option<String>,
    pub theme: Option<String>,
}

impl Profile {
    pub fn of(member: &Member) -> Self {
        Self {
            name: member.name.clone(),
            handle: member.shown.handle.clone(),
            bio: member.shown.bio.clone(),
            locale: member.locale.clone(),
            zone: member.zone.clone(),
            theme: member.theme.clone(),
        }
    }
}

/// Characters of a handle.
pub const LEAST: usize = 3;
pub const MOST: usize = 30;

/// Letters from a to z, digits, hyphens and underscores, a letter or digit first: it is part of an address.
pub fn is_handle(text: &str) -> bool {
    (LEAST..=MOST).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

/// Words with which somebody could pass for the site itself.
const RESERVED: &[&str] = &[
    "abuse",
    "account",
    "admin",
    "administrator",
    "admins",
    "all",
    "anonymous",
    "api",
    "billing",
    "contact",
    "deleted",
    "everyone",
    "guest",
    "guests",
    "help",
    "host",
    "hosts",
    "hostmaster",
    "info",
    "legal",
    "mail",
    "marquee",
    "me",
    "member",
    "members",
    "moderator",
    "moderators",
    "nobody",
    "noreply",
    "no-reply",
    "null",
    "official",
    "operator",
    "owner",
    "payment",
    "payments",
    "postmaster",
    "privacy",
    "refund",
    "refunds",
    "root",
    "security",
    "settings",
    "site",
    "staff",
    "support",
    "system",
    "team",
    "terms",
    "trust",
    "undefined",
    "user",
    "users",
    "verified",
    "webmaster",
    "you",
];

/// Whether nobody may have it; the site's own name is one of these, too.
pub fn is_reserved(handle: &str, site: &str) -> bool {
    let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let handle = plain(handle);
    handle == plain(site) || RESERVED.iter().any(|word| plain(word) == handle)
}

/// False if somebody else has the handle; then nothing is changed.
pub async fn save(tx: &mut Tx, id: Id<Member>, profile: &Profile, now: Instant) -> Result<bool> {
    let member = super::acting(tx, id).await?;
    if Profile::of(&member) == *profile {
        return Ok(true);
    }
    if member.shown.handle != profile.handle && !take_handle(tx, id, profile.handle.as_deref()).await? {
        return Ok(false);
    }
    store::set_profile(tx, id, profile).await?;
    if profile.name != member.name {
        jobs::enqueue(tx, Job::HostRenamed { member: id, after: None }, now).await?;
    }
    journal::append(tx, &member.stream(), &MemberFact::ProfileChanged, Actor::Member(id), now).await?;
    Ok(true)
}

/// The one that they had is free for others.
async fn take_handle(tx: &mut Tx, id: Id<Member>, handle: Option<&str>) -> Result<bool> {
    let Some(key) = handle.map(str::to_ascii_lowercase) else {
        store::free_handle(tx, id).await?;
        return Ok(true);
    };
    Ok(store::take_handle(tx, id, &key).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_part_of_an_address() {
        for fine in ["ada", "Ada-Lovelace", "7of9", "a_b", &"x".repeat(MOST)] {
            assert!(is_handle(fine), "{fine}");
        }
        let long = "x".repeat(MOST + 1);
        for wrong in
            ["", "ab", "-ada", "_ada", "a b c", "a/b", "ada.ics", "../x", "äda", "ada\n", "a%2fb", "@ada", &long]
        {
            assert!(!is_handle(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn nobody_passes_for_the_site() {
        for word in ["admin", "ADMIN", "ad-min", "no_reply", "Marquee", "marquee-basel", "Support"] {
            assert!(is_reserved(word, "Marquee Basel"), "{word}");
        }
        assert!(!is_reserved("ada", "Marquee Basel") && !is_reserved("administer", "Marquee Basel"));
    }
}
