//! For how many days what says something of people, or is counted by the day, is kept before it is forgotten.
use super::{SETTINGS, Source, Wrong};

/// In days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// The network address in a session, after the sign-in.
    pub addresses: i64,
    /// A wish for an account whose address nobody proves.
    pub sign_ups: i64,
    /// Who asked for places as a guest and never confirmed it.
    pub guests: i64,
    /// Who was invited to an event and did not come, after its end.
    pub invitations: i64,
    /// That a browser signed in once.
    pub devices: i64,
    /// Letters after they were written; none is for ever.
    pub mails: Option<i64>,
    /// What a payment provider told, word for word.
    pub notices: i64,
    /// What people said is wrong with an event, after it was settled.
    pub reports: i64,
    /// How often events' pages were opened on a day.
    pub views: i64,
}

impl Keep {
    pub(super) fn read(source: &Source) -> Result<Self, Wrong> {
        Ok(Self {
            addresses: days(source, "MARQUEE_KEEP_ADDRESSES", 1, 90)?,
            sign_ups: days(source, "MARQUEE_KEEP_SIGN_UPS", 1, 365)?,
            guests: days(source, "MARQUEE_KEEP_GUESTS", 1, 3650)?,
            // A letter's link works for a month, and until then a host is told that no answer came yet.
            invitations: days(source, "MARQUEE_KEEP_INVITATIONS", 30, 3650)?,
            devices: days(source, "MARQUEE_KEEP_DEVICES", 1, 400)?,
            mails: match source.text("MARQUEE_KEEP_MAILS").as_str() {
                "ever" => None,
                // Those that go once an event are known by their row: a month is longer than any of them is tried.
                _ => Some(days(source, "MARQUEE_KEEP_MAILS", 30, 36_500)?),
            },
            notices: days(source, "MARQUEE_KEEP_NOTICES", 7, 3650)?,
            reports: days(source, "MARQUEE_KEEP_REPORTS", 1, 3650)?,
            views: days(source, "MARQUEE_KEEP_VIEWS", 1, 3650)?,
        })
    }
}

fn days(source: &Source, name: &'static str, least: i64, most: i64) -> Result<i64, Wrong> {
    let default = SETTINGS.iter().find(|setting| setting.name == name).map_or("", |setting| setting.default);
    let text = source.text(name);
    text.parse().ok().filter(|days| (least..=most).contains(days)).ok_or_else(|| {
        Wrong(format!(
            "{name} is “{text}”. Set it to a number of days from {least} to {most}, or leave it out for {default}."
        ))
    })
}
