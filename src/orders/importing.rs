//! A list of people as a file: looked at line by line before anything is done, then added in one act or not at all.
use super::bulk::{self, Act, Bulk, Outcome};
use super::guests;
use super::{Refusal, Taken, store};
use crate::clock::Instant;
use crate::db::{Collision, DbError, Tx};
use crate::events::{self, Event, TicketType};
use crate::i18n::Locale;
use crate::ids::Id;
use crate::journal::Actor;
use crate::members::Member;
use crate::web::csv::Listed;

/// People of one act.
pub const MOST: usize = 500;

/// Why somebody cannot be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// No such ticket type.
    NoType,
    /// The address stood on the list before.
    Twice,
    Going,
    /// There is no room for this one and those before.
    Full,
}

/// Somebody on the list, with the type that they would get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    pub listed: Listed,
    pub of: Option<Id<TicketType>>,
    pub problem: Option<Problem>,
}

/// Looks at each, and changes nothing. Who has no type on the list gets `usual`.
pub async fn plan(
    tx: &mut Tx,
    event: &Event,
    types: &[TicketType],
    usual: Id<TicketType>,
    list: Vec<Listed>,
) -> Result<Vec<Planned>, DbError> {
    let mut left: Vec<Option<i64>> = types.iter().map(TicketType::left).collect();
    let mut in_all = event.left();
    let mut seen: Vec<String> = Vec::new();
    let mut planned = Vec::new();
    for listed in list {
        let named = |of: &&TicketType| of.name.trim().to_lowercase() == listed.kind.to_lowercase();
        let of = match listed.kind.is_empty() {
            true => types.iter().find(|of| of.id == usual),
            false => types.iter().find(named),
        };
        let at = of.and_then(|of| types.iter().position(|other| other.id == of.id));
        let room = |left: &Option<i64>| left.is_none_or(|left| left > 0);
        let problem = match at {
            None => Some(Problem::NoType),
            Some(_) if seen.contains(&listed.email.key) => Some(Problem::Twice),
            Some(_) if store::live_of(tx, event.id, None, &listed.email.key).await?.is_some() => Some(Problem::Going),
            Some(at) if !room(&left[at]) || !room(&in_all) => Some(Problem::Full),
            Some(at) => {
                left[at] = left[at].map(|left| left - 1);
                in_all = in_all.map(|left| left - 1);
                None
            }
        };
        seen.push(listed.email.key.clone());
        planned.push(Planned { listed, of: of.map(|of| of.id), problem });
    }
    Ok(planned)
}

/// Why nobody was added: this line was refused.
#[derive(Debug)]
pub struct Refused {
    pub line: usize,
    pub refusal: Refusal,
}

impl Refused {
    fn at(line: usize, refusal: impl Into<Refusal>) -> Self {
        Self { line, refusal: refusal.into() }
    }
}
impl From<DbError> for Refused {
    fn from(error: DbError) -> Self {
        Self::at(0, error)
    }
}
impl Collision for Refused {
    fn is_collision(&self) -> bool {
        self.refusal.is_collision()
    }
}

/// Adds all of them or nobody, and answers the act that says so. The same form again adds nobody twice.
pub async fn add(
    tx: &mut Tx,
    event: Id<Event>,
    people: &[(Listed, Id<TicketType>)],
    (form, by, locale): (&str, Id<Member>, Locale),
    now: Instant,
) -> Result<Id<Bulk>, Refused> {
    // Before they are counted, and before the form, so that two presses wait for each other.
    events::store::lock(tx, event).await?;
    let id = Id::new();
    let (member_id, finished_at) = (Some(by), Some(now));
    let bulk = Bulk { id, event_id: event, member_id, act: Act::Add, created_at: now, finished_at };
    if !bulk::store::insert(tx, &bulk, form).await? {
        return bulk::store::by_form(tx, form).await?.ok_or_else(|| Refused::at(0, Refusal::NotLive));
    }
    for ((listed, of), position) in people.iter().zip(1..) {
        let person = (listed.name.as_str(), &listed.email);
        let refused = |refusal| Refused::at(listed.line, refusal);
        match guests::add(tx, event, *of, person, locale, Actor::Member(by), now).await.map_err(refused)? {
            Taken::New(order) => {
                for ticket in store::tickets(&mut *tx, order.id).await? {
                    bulk::store::insert_line(tx, id, position, ticket.id, Outcome::Done).await?;
                }
            }
            Taken::Again(_) | Taken::Already(_) | Taken::Nothing(_) => return Err(refused(Refusal::AlreadyGoing)),
        }
    }
    Ok(id)
}
