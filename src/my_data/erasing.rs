//! The end of an account: what stands in its way, what is given up, and what is erased.
//!
//! The journal holds ids alone and stays as it is; so does the row that carries the id, which is never given again.
//! Of what was paid, the buyer's name is kept apart, where no page looks: tax law asks for it.
use super::store::{self, Heir};
use crate::api::tokens;
use crate::app::App;
use crate::clock::Instant;
use crate::credits;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::events::{self, Event, cover_pages, hosting, team};
use crate::i18n::{Locale, Say};
use crate::ids::Id;
use crate::invitations::accepting;
use crate::jobs::{self, Job};
use crate::journal::{self, Actor};
use crate::letters::{self, Letter, Reader};
use crate::members::{self, Member, MemberFact, avatar};
use crate::orders::ending::By;
use crate::orders::{self, waiting};
use crate::payments::notices;
use crate::plans;

/// What became of the wish to be gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Erased,
    /// Nobody else runs the site.
    LastAdmin,
    /// People come to so many events that are theirs: nobody would be there for them.
    Hosts(usize),
}

/// What the end of an account would mean, for the page that asks.
#[derive(Default)]
pub struct Outlook {
    pub last_admin: bool,
    /// Events ahead that are theirs and to which people come: to be cancelled first.
    pub in_the_way: Vec<Event>,
    /// Events ahead that are theirs, to which nobody comes yet: cancelled with the account.
    pub cancelled: Vec<Event>,
    /// Drafts that somebody else runs, too: theirs from then on.
    pub handed_on: Vec<Heir>,
    /// Free places at events ahead: given back.
    pub given_back: i64,
    /// Paid places at events ahead: their tickets stay good.
    pub paid: i64,
    /// Orders of which the name is kept for the tax office.
    pub kept: i64,
    /// Credits that nobody can spend any more.
    pub credits: i64,
    /// Whether they pay for a plan, which ends at once.
    pub pays: bool,
}

impl Outlook {
    pub fn may(&self) -> bool {
        !self.last_admin && self.in_the_way.is_empty()
    }
}

pub async fn outlook(app: &App, member: &Member) -> Result<Outlook> {
    let now = app.clock.now();
    let ahead = store::owned_ahead(&app.db, member.id, now).await?;
    let (in_the_way, cancelled) = ahead.into_iter().partition(|event| event.taken > 0);
    let (free, paid) = store::places_ahead(&app.db, member.id, now).await?;
    Ok(Outlook {
        last_admin: member.admin && members::store::admins(&app.db).await? <= 1,
        in_the_way,
        cancelled,
        handed_on: store::heirs(&app.db, member.id).await?,
        given_back: free,
        paid,
        kept: store::paid_orders(&app.db, member.id).await?,
        credits: credits::balance(app, member.id).await?,
        pays: plans::store::live_of(&app.db, member.id).await?.is_some_and(|live| live.runs()),
    })
}

/// Ends an account and erases its member; doing it twice is harmless. What is refused changes nothing.
///
/// Locks events first, then admins, then the member: whoever takes places, waits, accepts or edits locks the event and
/// then asks whether its member has an account still, and so finds the account as it was before, and is found here, or
/// as it is afterwards. At an event of which nothing was known when they were locked two may yet wait for each other:
/// the database ends one of them, which is made afresh.
pub async fn erase(tx: &mut Tx, id: Id<Member>, now: Instant) -> Result<Outcome> {
    for (event,) in store::touched(tx, id, now).await? {
        events::store::lock(tx, event).await?;
    }
    members::store::lock_admins(tx).await?;
    let member = members::store::lock(tx, id).await?.ok_or(Error::NotFound)?;
    if member.erased_at.is_some() {
        return Ok(Outcome::Erased);
    }
    if member.admin && members::store::admins(&mut *tx).await? <= 1 {
        return Ok(Outcome::LastAdmin);
    }
    let mut ahead = Vec::new();
    for event in store::owned_ahead(&mut *tx, id, now).await? {
        // Who wants a place there now comes before, and is seen, or after, when there is none.
        ahead.extend(events::store::lock(tx, event.id).await?);
    }
    let coming = ahead.iter().filter(|event| event.taken > 0).count();
    if coming > 0 {
        return Ok(Outcome::Hosts(coming));
    }
    let by = Actor::Member(id);
    leave_events(tx, id, &ahead, by, now).await?;
    give_back_places(tx, id, by, now).await?;
    let addresses = store::addresses(tx, id).await?;
    for (key,) in &addresses {
        accepting::leave(tx, key, id, now).await?;
    }
    if let Some(live) = plans::store::live_of(&mut *tx, id).await? {
        jobs::enqueue(tx, Job::EndSubscription { subscription: live.id }, now).await?;
    }
    avatar::change(tx, id, None, now).await?;
    forget(tx, id, &addresses, now).await?;
    journal::append(tx, &member.stream(), &MemberFact::MemberErased, by, now).await?;
    let goodbye = Reader { member: None, ..Reader::of(&member) };
    letters::queue(tx, Letter::AccountErased, &goodbye, now).await?;
    Ok(Outcome::Erased)
}

/// Who they were, in every table; and every way in.
async fn forget(tx: &mut Tx, id: Id<Member>, addresses: &[(String,)], now: Instant) -> Result<()> {
    let gone = t!("Deleted account").to(Locale::default());
    for (key,) in addresses {
        for (order,) in store::never_confirmed(tx, id, key).await? {
            store::put_aside_name(tx, order, now).await?;
            notices::forget_of_order(tx, order).await?;
            orders::forget_person(tx, order).await?;
        }
    }
    store::erase(tx, id, addresses, &gone, now).await?;
    // What they owned and is over is found by their name no more.
    jobs::enqueue(tx, Job::HostRenamed { member: id, after: None }, now).await?;
    notices::forget_of(tx, id).await?;
    tokens::revoke_all(tx, id).await?;
    crate::web::sessions::end_others(tx, id, "").await?;
    Ok(())
}

/// Events ahead to which nobody comes are cancelled. Drafts go to whoever runs them, too, else they lose their words.
async fn leave_events(tx: &mut Tx, id: Id<Member>, ahead: &[Event], by: Actor, now: Instant) -> Result<()> {
    for event in ahead {
        hosting::cancel(tx, event.id, "", by, now).await.map_err(broken_event)?;
    }
    store::blank_notes(tx, id, now).await?;
    for heir in store::heirs(&mut *tx, id).await? {
        team::hand_on(tx, heir.event_id, (id, heir.member_id), by, now).await.map_err(broken_event)?;
    }
    for (key,) in store::blank_drafts(tx, id).await? {
        if let Some(cover) = cover_pages::named(&key) {
            jobs::enqueue(tx, Job::ForgetCover { cover }, now).await?;
        }
    }
    for (event,) in store::with_a_role(tx, id).await? {
        team::remove(tx, event, id, by, now).await.map_err(broken_event)?;
    }
    Ok(())
}

/// A rule's "no" was looked for before: what is left is broken.
fn broken_event(refusal: events::Refusal) -> Error {
    match refusal.errors() {
        Err(error) => error,
        Ok(errors) => Error::Internal(anyhow::anyhow!("an event stands in the way: {errors:?}")),
    }
}

/// Somebody else can come; where it is too late for that, the ticket stays and is nobody's.
async fn give_back_places(tx: &mut Tx, id: Id<Member>, by: Actor, now: Instant) -> Result<()> {
    for (order,) in store::unpaid_ahead(tx, id, now).await? {
        if let Err(refusal) = orders::cancel(tx, order, By::Buyer(by), now).await {
            refusal.or_broken()?;
        }
    }
    for (party,) in store::waiting(tx, id).await? {
        if let Err(refusal) = waiting::leave(tx, party, by, now).await {
            refusal.or_broken()?;
        }
    }
    Ok(())
}
