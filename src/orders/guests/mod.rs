//! The people who come, as hosts see them: finding, adding, removing and telling them.
pub mod store;

use super::ending::{self, By};
use super::{Buyer, Order, Refusal, Taken, Ticket, Way, Wish};
use crate::app::App;
use crate::clock::Instant;
use crate::db::{Alike, Db, DbError, Tx};
use crate::events::{self, Event, TicketType};
use crate::forms::Email;
use crate::i18n::Locale;
use crate::ids::{self, Id};
use crate::jobs::{self, Job};
use crate::journal::Actor;
use crate::letters::{self, Letter, Reader};

pub use store::{Guest, Row};

/// Orders that end, or readers that are told, in one transaction.
const BATCH: i64 = 100;

impl Guest {
    /// The attendee, or whose company it is.
    pub fn shown(&self) -> &str {
        [&self.name, &self.buyer_name, &self.buyer_email]
            .into_iter()
            .find(|name| !name.is_empty())
            .map_or("", |name| name)
    }
    /// Somebody's companion whose name is not known.
    pub fn is_nameless(&self) -> bool {
        self.name.is_empty()
    }
    pub fn mail(&self) -> &str {
        if self.email.is_empty() { &self.buyer_email } else { &self.email }
    }
    /// Somebody else has it than who ordered it.
    pub fn is_given(&self) -> bool {
        !self.given_to.is_empty()
    }
    pub fn is_in(&self) -> bool {
        self.checked_in_at.is_some()
    }
    pub fn is_valid(&self) -> bool {
        self.state == super::TicketState::Valid
    }
    pub fn is_held(&self) -> bool {
        self.state == super::TicketState::Held
    }
    /// Kept for somebody who pays at the door or by transfer, and has not.
    pub fn is_owed(&self) -> bool {
        self.is_held() && self.hold == Some(super::Hold::Owed)
    }
    /// What the whole order costs.
    pub fn money(&self) -> crate::i18n::Money {
        crate::payments::money(self.total, &self.currency)
    }
    pub fn is_cancelled(&self) -> bool {
        self.state == super::TicketState::Cancelled
    }
    /// Given back, and its money is not back yet.
    pub fn is_refunding(&self) -> bool {
        self.state == super::TicketState::Refunding
    }
}

words! {
    /// Which places are shown: all that are kept, or some of them.
    pub enum Shown {
        Kept = "", Out = "out", In = "in", Held = "held", Unpaid = "unpaid", Refunding = "refunding",
        GivenBack = "cancelled",
    }
}
words! {
    /// What the table is sorted by.
    pub enum Sort {
        Name = "", NameDown = "-name", Type = "type", TypeDown = "-type", Newest = "newest", Oldest = "oldest",
        LastIn = "in",
    }
}
impl Sort {
    /// The key that the store knows, and whether the table begins at its end.
    fn key(self) -> (&'static str, bool) {
        match self {
            Self::Name => ("name", false),
            Self::NameDown => ("name", true),
            Self::Type => ("type", false),
            Self::TypeDown => ("type", true),
            Self::Oldest => ("order", false),
            Self::Newest => ("order", true),
            Self::LastIn => ("in", true),
        }
    }
}

/// Which places a host asks for.
#[derive(Debug, Clone, Default)]
pub struct Search<'a> {
    /// Part of a name, an address or a code.
    pub q: &'a str,
    pub shown: Shown,
    /// Of one ticket type alone.
    pub of: Option<Id<TicketType>>,
    pub sort: Sort,
}

impl Search<'_> {
    pub(super) fn like(&self) -> Alike {
        // A code may come as an address, or without its hyphens. A name of twelve letters is none.
        let q = self.q.trim();
        let like_code = q.contains(|c: char| c.is_ascii_digit() || c == '/') || q.split('-').count() == 3;
        let code = ids::read_ticket_code(q).filter(|_| like_code);
        Alike::to(code.as_deref().unwrap_or(q))
    }
}

/// Places that a search finds, behind the one where the page before ended.
pub async fn list(
    db: &Db,
    event: Id<Event>,
    search: &Search<'_>,
    behind: Option<&Cursor>,
    limit: i64,
) -> Result<Vec<store::Row>, DbError> {
    let (key, down) = search.sort.key();
    store::list(db, event, &search.like(), (search.shown, search.of), (key, down), behind, limit).await
}

/// Places that a search finds before one, the nearest first.
pub async fn list_back(
    db: &Db,
    event: Id<Event>,
    search: &Search<'_>,
    before: &Cursor,
    limit: i64,
) -> Result<Vec<store::Row>, DbError> {
    let (key, down) = search.sort.key();
    store::list(db, event, &search.like(), (search.shown, search.of), (key, !down), Some(before), limit).await
}

/// How many they are, and what was paid for those that are valid, in minor units.
pub async fn count(db: &Db, event: Id<Event>, search: &Search<'_>) -> Result<(i64, i64), DbError> {
    store::count(db, event, &search.like(), search.shown, search.of).await
}

/// How many they are. All that are kept need not be looked at.
pub async fn total(db: &Db, event: Id<Event>, search: &Search<'_>) -> Result<i64, DbError> {
    if search.like().is_empty() && search.shown == Shown::Kept && search.of.is_none() {
        return store::kept(db, event).await;
    }
    Ok(count(db, event, search).await?.0)
}

/// The first of these places.
pub async fn these(db: &Db, event: Id<Event>, tickets: &[Id<Ticket>], limit: i64) -> Result<Vec<Guest>, DbError> {
    let mut guests = Vec::new();
    for ticket in tickets.iter().take(usize::try_from(limit).unwrap_or_default()) {
        guests.extend(store::guest(db, event, *ticket).await?);
    }
    Ok(guests)
}

/// Who came in last, the latest first.
pub async fn last_in(db: &Db, event: Id<Event>, limit: i64) -> Result<Vec<Guest>, DbError> {
    let tickets: Vec<_> = super::store::last_in(db, event, limit).await?.into_iter().map(|(id,)| id).collect();
    these(db, event, &tickets, limit).await
}

/// Where a page of the table ended: the key of the last row, its order, and its place in that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    pub key: String,
    pub order: Id<Order>,
    pub position: i64,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.order, self.position, self.key)
    }
}
impl std::str::FromStr for Cursor {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.splitn(3, '.');
        let mut part = || parts.next().ok_or(());
        let (order, position, key) = (part()?, part()?, part()?);
        Ok(Self { key: key.to_owned(), order: order.parse().map_err(drop)?, position: position.parse().map_err(drop)? })
    }
}

/// A place for somebody from the host's hand, confirmed at once and mailed.
pub async fn add(
    tx: &mut Tx,
    event: Id<Event>,
    of: Id<TicketType>,
    (name, email): (&str, &Email),
    locale: Locale,
    by: Actor,
    now: Instant,
) -> Result<Taken, Refusal> {
    let wish = Wish {
        event,
        buyer: Buyer::Guest { name: name.to_owned(), email: email.clone(), locale },
        way: Way::Host,
        actor: by,
        places: vec![(of, 1)],
        amounts: Vec::new(),
        promo: String::new(),
        pay_later: false,
        attendees: vec![(name.to_owned(), email.address.clone())],
        form: None,
    };
    super::take(tx, &wish, now).await
}

/// Takes a place away, at any time. Doing it twice frees it once.
pub async fn remove(tx: &mut Tx, event: Id<Event>, ticket: Id<Ticket>, by: Actor, now: Instant) -> Result<(), Refusal> {
    let guest = store::guest(&mut *tx, event, ticket).await?.ok_or(Refusal::NotLive)?;
    super::cancel_ticket(tx, guest.ticket_id, By::Host(by), now).await.map(drop)
}

/// Mails the tickets of a place's order once more; one that was given away goes to whoever has it now. `many` get
/// theirs at once.
pub async fn mail_again(
    tx: &mut Tx,
    event: Id<Event>,
    ticket: Id<Ticket>,
    many: bool,
    now: Instant,
) -> Result<(), Refusal> {
    let guest =
        store::guest(&mut *tx, event, ticket).await?.filter(|guest| !guest.is_cancelled()).ok_or(Refusal::NotLive)?;
    let order = super::store::by_id(&mut *tx, guest.order_id).await?.ok_or(Refusal::NotLive)?;
    if let Some(email) = Email::parse(&guest.email).filter(|_| guest.is_given()) {
        let buyer = super::store::person(&mut *tx, order.id).await?.ok_or(Refusal::NotLive)?;
        let holder = Reader::guest(&guest.name, &email, buyer.locale());
        letters::queue_among(tx, Letter::Ticket { ticket }, &holder, many, now).await?;
        return Ok(());
    }
    if let Some(buyer) = ending::buyer(tx, &order).await? {
        letters::queue_among(tx, ending::again(&order), &buyer, many, now).await?;
    }
    Ok(())
}

/// Ends all live orders of a cancelled event. What was done stays done when it is stopped in between.
pub async fn cancel_all(app: &App, event: Id<Event>) -> anyhow::Result<()> {
    loop {
        let now = app.clock.now();
        let done = decide!(app.db, tx, cancel_some(tx, event, now).await);
        match done {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(Refusal::Broken(error)) => return Err(error),
            Err(refusal) => anyhow::bail!("{refusal}"),
        }
    }
}

async fn cancel_some(tx: &mut Tx, event: Id<Event>, now: Instant) -> Result<usize, Refusal> {
    let live = store::some_live(&mut *tx, event, BATCH).await?;
    for (order,) in &live {
        super::cancel(tx, *order, By::Host(Actor::Site), now).await?;
    }
    Ok(live.len())
}

/// Writes to holders that the event has moved: one batch, and a job for the next.
pub async fn tell_holders(app: &App, event: Id<Event>, after: Option<Id<Order>>) -> anyhow::Result<()> {
    let now = app.clock.now();
    let told = decide!(app.db, tx, tell_some(tx, event, after, now).await);
    match told {
        Ok(()) => Ok(()),
        Err(Refusal::Broken(error)) => Err(error),
        Err(refusal) => anyhow::bail!("{refusal}"),
    }
}

async fn tell_some(tx: &mut Tx, event: Id<Event>, after: Option<Id<Order>>, now: Instant) -> Result<(), Refusal> {
    let from = after.map_or_else(String::new, |id| id.to_string());
    let orders = store::coming(&mut *tx, event, &from, BATCH).await?;
    let Some(event) = events::store::by_id(&mut *tx, event).await? else { return Ok(()) };
    for order in &orders {
        super::telling::event_changed(tx, &event, order, now).await?;
    }
    if let Some(last) = orders.last() {
        jobs::enqueue(tx, Job::TellHolders { event: event.id, after: Some(last.id) }, now).await?;
    }
    Ok(())
}
