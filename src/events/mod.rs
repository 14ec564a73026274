//! Gatherings: something at a time and a place, owned by a member.
pub mod access;
pub mod api;
pub mod by_host;
mod by_host_store;
pub mod calendar;
pub mod category;
pub mod copying;
pub mod cost;
pub mod cover_pages;
pub mod edit_pages;
pub mod embed_pages;
mod facts;
pub mod finding;
pub mod forms;
pub mod host_api;
pub mod host_pages;
pub mod hosting;
pub mod languages;
pub mod letters;
pub mod listing;
pub mod many;
pub mod once;
mod once_store;
pub mod own;
pub mod own_pages;
pub mod pages;
pub mod picture_pages;
pub mod place;
pub mod planning;
pub mod point;
pub mod pricing;
pub mod refusal;
pub mod reports;
pub mod rezoning;
pub mod sharing;
pub mod slugs;
pub mod store;
pub mod taxes;
pub mod team;
pub mod team_api;
pub mod team_pages;
pub mod team_store;
mod terms;
mod ticket_types;
pub mod times;
pub mod transfer_api;
pub mod transfer_pages;
pub mod transfers;
pub mod views;
pub mod wanted;

use jiff::Zoned;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::app::App;
use crate::clock::Instant;
use crate::i18n::Locale;
use crate::ids::Id;
use crate::members::{self, Member, Portrait};

pub use category::Category;
pub use facts::EventFact;
pub use refusal::Refusal;
pub use terms::{PayLater, Terms};
pub use ticket_types::{Pricing, TicketType, is_open, left, left_in_all};

words! {
    /// Where an event stands. "Past" is not here: the clock says it.
    pub enum Status { Draft = "draft", Published = "published", Cancelled = "cancelled" }
}
words! {
    /// Who finds the event: everyone, who has its address, or nobody but those who were asked.
    pub enum Visibility { Public = "public", Unlisted = "unlisted", Invited = "invited" }
}
words! {
    /// When the exact place is shown to whom.
    pub enum Reveal { Always = "always", Holders = "holders", OnTheDay = "on_the_day" }
}
words! {
    /// What a visitor sees of who comes: only how many, first names, or nothing.
    pub enum GuestList { Count = "count", Names = "names", Hidden = "hidden" }
}
words! {
    /// What a member may do at an event: everything, all but ending it, or check people in.
    pub enum Role { Owner = "owner", Host = "host", Door = "door" }
}
impl Role {
    /// Whether this role may do what `needed` may.
    pub fn covers(self, needed: Self) -> bool {
        let rank = |role| match role {
            Self::Door => 0,
            Self::Host => 1,
            Self::Owner => 2,
        };
        rank(self) >= rank(needed)
    }
}

#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Event {
    pub id: Id<Event>,
    pub slug: String,
    pub status: Status,
    pub title: String,
    pub summary: String,
    /// Markdown.
    pub description: String,
    /// A BCP 47 tag: the language of title and texts.
    pub language: String,
    pub category: Category,
    /// Lower-case words separated by single commas.
    pub tags: String,
    /// Civil times in ISO 8601, which together with `zone` are the truth; `starts_at` and `ends_at` follow.
    pub starts_civil: String,
    pub ends_civil: String,
    pub zone: String,
    pub starts_at: Instant,
    pub ends_at: Instant,
    pub place_name: String,
    pub place_address: String,
    pub place_town: String,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub online_url: String,
    pub reveal: Reveal,
    pub visibility: Visibility,
    pub guest_list: GuestList,
    pub account_required: bool,
    /// How many others one person may bring.
    pub plus_ones: i64,
    /// Hours before the start until which one can give one's place back.
    pub cancel_hours: i64,
    pub closes_civil: Option<String>,
    pub closes_at: Option<Instant>,
    pub capacity: Option<i64>,
    /// How many may come at most by the plan of its owner.
    pub ceiling: Option<i64>,
    /// Places sold and held, of all ticket types.
    pub taken: i64,
    pub poster_variant: i64,
    pub palette: i64,
    pub composition: i64,
    /// Where the uploaded cover lies, without size and ending; the poster is used when there is none.
    pub cover_key: Option<String>,
    pub sequence: i64,
    pub revision: i64,
    pub cancelled_why: Option<String>,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub published_at: Option<Instant>,
    pub cancelled_at: Option<Instant>,
    /// When its day or its place was last changed while it was on the bill.
    pub moved_at: Option<Instant>,
    #[sqlx(flatten)]
    pub terms: Terms,
}

/// A host as the event's page names them.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Host {
    pub member_id: Id<Member>,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub handle: Option<String>,
    pub avatar: Option<String>,
}

impl Host {
    pub fn portrait(&self) -> Portrait {
        Portrait::of(self.member_id, &self.name, self.avatar.as_deref())
    }
    /// Where everybody sees what they host.
    pub fn page(&self) -> String {
        members::page(self.handle.as_deref()).unwrap_or_else(|| format!("/?host={}", self.member_id))
    }
}

impl Event {
    pub fn path(&self) -> String {
        format!("/events/{}", self.slug)
    }
    pub fn stream(&self) -> String {
        format!("event/{}", self.id)
    }
    pub fn time_zone(&self) -> TimeZone {
        TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC)
    }
    /// When it starts, as clocks at the place show it.
    pub fn start(&self) -> Zoned {
        self.starts_at.in_zone(&self.time_zone())
    }
    pub fn end(&self) -> Zoned {
        self.ends_at.in_zone(&self.time_zone())
    }
    pub fn starts(&self) -> DateTime {
        self.start().datetime()
    }
    pub fn ends(&self) -> DateTime {
        self.end().datetime()
    }
    pub fn is_past(&self, now: Instant) -> bool {
        self.ends_at <= now
    }
    pub fn is_published(&self) -> bool {
        self.status == Status::Published
    }
    pub fn is_cancelled(&self) -> bool {
        self.status == Status::Cancelled
    }
    pub fn is_draft(&self) -> bool {
        self.status == Status::Draft
    }
    /// By whose clocks it is told, where readers may look at others: of what is online, or somewhere else than the site.
    pub fn zone_elsewhere(&self, app: &App) -> Option<&str> {
        (self.is_online() || self.zone != app.config.zone).then_some(self.zone.as_str())
    }
    pub fn is_online(&self) -> bool {
        !self.online_url.is_empty() && self.place_name.is_empty()
    }
    /// Until when a holder can give places back.
    pub fn cancel_until(&self) -> Instant {
        self.starts_at - crate::clock::hours(self.cancel_hours)
    }
    /// The event's language for formats and posters.
    pub fn locale(&self) -> Locale {
        self.language.parse().unwrap_or_default()
    }
    /// As `data-palette` wants it.
    pub fn palette_class(&self) -> String {
        format!("{:02}", self.palette)
    }
    pub fn tag_list(&self) -> Vec<&str> {
        self.tags.split(',').filter(|tag| !tag.is_empty()).collect()
    }
    /// Until when places that are paid later must be paid; `None` where everybody pays at once. Who pays at the door
    /// may come late.
    pub fn pay_later_until(&self) -> Option<Instant> {
        match self.terms.pay_later {
            PayLater::No => None,
            PayLater::Door => Some(self.ends_at),
            PayLater::Transfer => Some(self.starts_at + jiff::SignedDuration::from_hours(-self.terms.pay_later_hours)),
        }
    }
    /// Places in all: the event's own capacity, and no more than the plan of its owner allows; `None` without either.
    pub fn room(&self) -> Option<i64> {
        [self.capacity, self.ceiling].into_iter().flatten().min()
    }
    /// Places left of that.
    pub fn left(&self) -> Option<i64> {
        self.room().map(|room| (room - self.taken).max(0))
    }
}

/// Day and time as a poster says them.
pub fn poster_words(at: DateTime, locale: Locale) -> (String, String) {
    use crate::i18n::{Say, ShortDayNoYear, ShortWeekday, Time};
    let date = format!("{} {}", ShortWeekday(at.date()).to(locale), ShortDayNoYear(at.date()).to(locale));
    (date, Time(at.time()).to(locale))
}
