//! Asking many at once: the list is written down in one act, the letters follow in batches that any node can take up.
use std::collections::HashMap;

use jiff::SignedDuration;

use super::{Invitation, InvitationFact, MOST, Refusal, State, friends, friends_store, store, stream};
use crate::app::App;
use crate::clock::{self, Instant};
use crate::db::{Db, Tx};
use crate::events::{self, Event, Visibility};
use crate::forms::Email;
use crate::i18n::Locale;
use crate::ids::{self, Id};
use crate::jobs::{self, Job};
use crate::journal::{self, Actor};
use crate::letters::{self, Letter, Reader};
use crate::orders::{self, Order, waiting};
use crate::unasked::{self, Address, Kind};
use crate::web::csv::Listed;
use crate::web::limits::{mail_allowed, written_enough};

/// Letters that are queued in one transaction.
const BATCH: i64 = 100;
/// Pressing "send again" twice sends once.
const AGAIN: SignedDuration = clock::minutes(1);

/// Why somebody on a list is passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// The address stood on the list before, on this line.
    Twice(usize),
    /// It was asked before, and this is what became of it.
    Asked(State),
    Going,
    /// They run the event themselves.
    Runs,
}

/// Why somebody who can be invited gets no letter now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silent {
    /// They stopped such mails.
    Unwanted,
    /// They had as many as an address may get.
    Limited,
}

/// Somebody on a list.
#[derive(Debug, Clone)]
pub struct Planned {
    pub listed: Listed,
    pub problem: Option<Problem>,
    pub silent: Option<Silent>,
}

/// Looks at each, and changes nothing.
pub async fn plan(db: &Db, event: &Event, list: Vec<Listed>, now: Instant) -> crate::db::Result<Vec<Planned>> {
    let mut known: HashMap<String, Problem> =
        store::going(db, event.id).await?.into_iter().map(|(key,)| (key, Problem::Going)).collect();
    let asked = store::addresses(db, event.id).await?.into_iter().filter(|(_, state)| *state != State::Revoked);
    known.extend(asked.map(|(key, state)| (key, Problem::Asked(state))));
    known.extend(store::team(db, event.id).await?.into_iter().map(|(key,)| (key, Problem::Runs)));
    let unwanted = unasked::unwanted(db, Kind::Invitations).await?;
    let limited = written_enough(db, "invitation", now).await?;
    let plan = |listed: Listed| {
        let problem = known.get(&listed.email.key).copied();
        known.entry(listed.email.key.clone()).or_insert(Problem::Twice(listed.line));
        let hash = ids::hash(&listed.email.key);
        let silent = if unwanted.contains(&hash) {
            Some(Silent::Unwanted)
        } else {
            limited.contains(&hash).then_some(Silent::Limited)
        };
        Planned { listed, problem, silent }
    };
    Ok(list.into_iter().map(plan).collect())
}

/// In whose name.
#[derive(Debug, Clone, Copy)]
pub struct By {
    pub actor: Actor,
    /// The order whose holder asks friends along; `None` for hosts.
    pub order: Option<Id<Order>>,
    pub locale: Locale,
}

/// Asks those who were not asked before; answers how many. Doing it twice is harmless.
pub async fn invite(
    tx: &mut Tx,
    event: Id<Event>,
    people: &[(String, Email)],
    by: By,
    now: Instant,
) -> Result<usize, Refusal> {
    let event = events::store::lock(tx, event).await?.ok_or(Refusal::Dead)?;
    open(&event, now)?;
    let mut asked = 0;
    for (name, email) in people {
        let invitation = Invitation {
            id: Id::new(),
            event_id: event.id,
            by_order: by.order,
            state: State::Waiting,
            name: name.clone(),
            email: email.address.clone(),
            email_key: email.key.clone(),
            locale: by.locale.tag().to_owned(),
            invited_at: now,
            queued_at: None,
            mail_id: None,
            opened_at: None,
            answered_at: None,
            order_id: None,
        };
        if let Some(id) = store::insert(tx, &invitation).await? {
            let fact = InvitationFact::InvitationMade { event: event.id, by_order: by.order };
            journal::append(tx, &stream(id), &fact, by.actor, now).await?;
            asked += 1;
        }
    }
    if store::count(&mut *tx, event.id).await? > MOST {
        return Err(Refusal::TooMany { most: MOST });
    }
    if asked > 0 {
        jobs::enqueue(tx, Job::Invite { event: event.id }, now).await?;
    }
    Ok(asked)
}

/// Whether people can be asked to come now.
pub fn open(event: &Event, now: Instant) -> Result<(), Refusal> {
    let refusal = if event.is_cancelled() {
        orders::Refusal::Cancelled
    } else if !event.is_published() {
        orders::Refusal::NotOpen
    } else if event.is_past(now) {
        orders::Refusal::Past
    } else {
        return Ok(());
    };
    Err(Refusal::Places(refusal))
}

/// Queues the letters that were not yet, batch by batch. What was done stays done when it is stopped in between.
pub async fn send(app: &App, event: Id<Event>) -> anyhow::Result<()> {
    loop {
        let now = app.clock.now();
        if decide!(app.db, tx, send_some(tx, event, now).await)? == 0 {
            return Ok(());
        }
    }
}

async fn send_some(tx: &mut Tx, event: Id<Event>, now: Instant) -> crate::db::Result<usize> {
    let some = store::to_send(&mut *tx, event, BATCH).await?;
    for invitation in &some {
        // Not one that another worker, whose lease ran out, has queued meanwhile.
        write(tx, invitation, Instant::default(), now).await?;
    }
    Ok(some.len())
}

/// Queues one letter, unless one was since `before`. False where the address had too many, or it is over.
async fn write(tx: &mut Tx, invitation: &Invitation, before: Instant, now: Instant) -> crate::db::Result<bool> {
    if !store::set_queued(tx, invitation.id, before, now).await? {
        return Ok(false);
    }
    if !mail_allowed(tx, "invitation", &invitation.email_key, now).await? {
        return Ok(false);
    }
    let Some(email) = Email::parse(&invitation.email) else { return Ok(false) };
    let reader = Reader::guest(&invitation.name, &email, invitation.locale());
    let mail = letters::queue(tx, Letter::Invitation { invitation: invitation.id }, &reader, now).await?;
    store::set_mail(tx, invitation.id, mail).await?;
    Ok(true)
}

/// Sends the letter once more, with another link. Pressing twice sends once. Whoever declined is asked again.
pub async fn send_again(
    tx: &mut Tx,
    event: &Event,
    id: Id<Invitation>,
    actor: Actor,
    now: Instant,
) -> Result<(), Refusal> {
    open(event, now)?;
    let found = store::by_id(&mut *tx, id).await?.filter(|asked| asked.event_id == event.id);
    let invitation = found.ok_or(Refusal::Dead)?;
    if invitation.queued_at.is_some_and(|at| at >= now - AGAIN) && invitation.mail_id.is_some() {
        return Ok(());
    }
    if !unasked::wants(&mut *tx, &Address::of_key(&invitation.email_key), Kind::Invitations).await? {
        return Err(Refusal::TakesNone);
    }
    if invitation.state == State::Declined {
        let event = events::store::lock(tx, event.id).await?.ok_or(Refusal::Dead)?;
        friends::has_room(tx, &event, &invitation).await?;
    }
    let again = match invitation.state {
        State::Waiting => InvitationFact::InvitationSentAgain,
        State::Declined if store::reopen(tx, id, now).await? => {
            InvitationFact::InvitationMade { event: event.id, by_order: invitation.by_order }
        }
        State::Declined | State::Accepted | State::Revoked => return Err(Refusal::Dead),
    };
    if !write(tx, &invitation, now, now).await? {
        return Err(Refusal::WrittenTooOften);
    }
    Ok(journal::append(tx, &invitation.stream(), &again, actor, now).await?)
}

/// A host takes an invitation back; after that nobody's friend asks the same address again.
pub async fn revoke(
    tx: &mut Tx,
    event: Id<Event>,
    id: Id<Invitation>,
    actor: Actor,
    now: Instant,
) -> Result<(), Refusal> {
    take_back(tx, event, id, actor, now).await?;
    Ok(friends_store::bar(tx, id).await?)
}

/// Takes an invitation back: its letters open nothing any more, and where only those may come who were asked it ends
/// their wait for a place. Not one by which somebody comes: places are taken away on the list of guests. Doing it twice
/// is harmless.
pub async fn take_back(
    tx: &mut Tx,
    event: Id<Event>,
    id: Id<Invitation>,
    actor: Actor,
    now: Instant,
) -> Result<(), Refusal> {
    let event = events::store::lock(tx, event).await?.ok_or(Refusal::Dead)?;
    let found = store::by_id(&mut *tx, id).await?.filter(|asked| asked.event_id == event.id);
    let invitation = found.ok_or(Refusal::Dead)?;
    let key = &invitation.email_key;
    let counts = match invitation.state {
        State::Accepted => true,
        // A friend may have taken a place without an answer: it counts among those whom the order brings.
        State::Waiting | State::Declined => invitation.by_order.is_some(),
        State::Revoked => false,
    };
    if counts && orders::store::live_of(tx, event.id, None, key).await?.is_some() {
        return Err(Refusal::HasPlace);
    }
    if store::revoke(tx, event.id, id).await? {
        store::end_links(tx, id, "").await?;
        journal::append(tx, &invitation.stream(), &InvitationFact::InvitationRevoked, actor, now).await?;
    }
    if event.visibility == Visibility::Invited
        && let Some(party) = waiting::store::live_of(tx, event.id, None, key).await?
    {
        waiting::not_welcome(tx, &party, actor, now).await?;
    }
    Ok(())
}
