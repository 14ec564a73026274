//! The tear-off part of a full event's page: joining its waiting list, or where one stands on it.
use jiff::Zoned;

use super::forms::JoinForm;
use super::{Party, PartyState, full_types, most, position, store};
use crate::app::App;
use crate::error::Result;
use crate::events::{Event, TicketType};
use crate::forms::Errors;
use crate::i18n::Money;
use crate::members::Member;
use crate::orders::{self, Order};
use crate::web::guards::coming_back;

/// A type for which one can wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub id: String,
    pub name: String,
    /// `None` is free.
    pub price: Option<Money>,
}

/// Whoever looks, on the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mine {
    pub party: Party,
    /// Where it stands, from 1.
    pub number: i64,
    /// The name of its ticket type, '' where there is one only.
    pub kind: String,
    /// Where its order is shown.
    pub order_path: String,
    /// Until when its offer stands, in the zone of the event.
    pub until: Option<Zoned>,
    /// `?party=…&key=…` for those who came by it, to go on with.
    pub query: String,
}

/// Everything that `templates/waiting/_stub.html` shows.
#[derive(Debug, Clone)]
pub struct Stub {
    /// The page of the list; the form goes there.
    pub path: String,
    /// Where one comes back to after signing in.
    pub event_path: String,
    /// How many people wait.
    pub people: i64,
    pub mine: Option<Mine>,
    pub choices: Vec<Choice>,
    /// Some types can be had without waiting.
    pub partly: bool,
    /// Places of one party at most.
    pub most: i64,
    pub companions: usize,
    pub needs_account: bool,
    pub form: JoinForm,
    pub errors: Errors,
}

impl Stub {
    /// On the list, or with an offer in hand.
    pub fn live(&self) -> Option<&Mine> {
        self.mine.as_ref().filter(|mine| mine.party.is_live())
    }
    /// Places are held for whoever looks.
    pub fn has_offer(&self) -> bool {
        self.live().is_some_and(|mine| mine.party.is_offered())
    }
    pub fn was(&self, state: PartyState) -> bool {
        self.mine.as_ref().is_some_and(|mine| mine.party.state == state)
    }
    pub fn can_join(&self) -> bool {
        !self.choices.is_empty()
    }
    /// The type that is gone, where it is one of several.
    pub fn only(&self) -> Option<&str> {
        let one = self.choices.first().filter(|_| self.partly && self.choices.len() == 1);
        one.map(|choice| choice.name.as_str())
    }
    pub fn costs(&self) -> bool {
        self.choices.iter().any(|choice| choice.price.is_some())
    }
    /// What stands in the field of the n-th companion.
    pub fn companion(&self, n: &usize) -> &str {
        self.form.companions.get(*n).map_or("", String::as_str)
    }
    /// The page where one signs in, or up, and comes back.
    pub fn way_in(&self, page: &str) -> String {
        coming_back(page, &self.event_path)
    }
}

/// The stub for a member, or for nobody known.
pub async fn stub(
    app: &App,
    event: &Event,
    types: &[TicketType],
    me: Option<&Member>,
    form: JoinForm,
    errors: Errors,
) -> Result<Stub> {
    let mine = match me {
        Some(me) => store::of_member_at(&app.db, event.id, me.id).await?,
        None => None,
    };
    let mine = match mine {
        Some(party) => Some(standing(app, event, types, party, false).await?),
        None => None,
    };
    let waiters = store::waiters(&app.db, event.id).await?;
    let full = full_types(event, types, &waiters, app.clock.now());
    let choices = full.iter().map(|of| Choice {
        id: of.id.to_string(),
        name: of.name.clone(),
        price: (of.price > 0).then(|| of.money(of.price)),
    });
    Ok(Stub {
        path: super::path(event),
        event_path: event.path(),
        people: waiters.iter().map(|group| group.places * group.parties).sum(),
        mine,
        choices: choices.collect(),
        partly: full.len() < types.len(),
        most: full.iter().map(|of| most(event, of).min(1 + event.plus_ones)).max().unwrap_or(1).max(1),
        companions: usize::try_from(event.plus_ones.clamp(0, 9)).unwrap_or(0),
        needs_account: event.account_required && me.is_none(),
        form,
        errors,
    })
}

/// How a party stands; `by_key` when whoever looks came by its secret address.
pub async fn standing(app: &App, event: &Event, types: &[TicketType], party: Party, by_key: bool) -> Result<Mine> {
    let order = match party.order_id {
        Some(id) => orders::store::by_id(&app.db, id).await?,
        None => None,
    };
    let path = |order: &Order| if by_key { order.secret_path(app) } else { order.path() };
    let held = order.as_ref().filter(|order| order.is_held()).and_then(|order| order.held_until);
    let secret = party.secret_path(app, event);
    let kind = types.iter().find(|of| types.len() > 1 && of.id == party.ticket_type_id);
    Ok(Mine {
        kind: kind.map_or_else(String::new, |of| of.name.clone()),
        number: position(&app.db, event, &party).await?,
        order_path: order.as_ref().map(path).unwrap_or_default(),
        until: held.map(|until| until.in_zone(&event.time_zone())),
        query: if by_key { secret.find('?').map_or("", |at| &secret[at..]).to_owned() } else { String::new() },
        party,
    })
}
