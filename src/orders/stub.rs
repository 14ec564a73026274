//! The tear-off part of an event's page, where places are taken.
use jiff::Zoned;

use super::forms::{Answer, StubForm};
use super::{Order, store, waiting};
use crate::app::App;
use crate::clock::Instant;
use crate::error::Result;
use crate::events::{self, Event, TicketType};
use crate::forms::Errors;
use crate::ids;
use crate::members::Member;

/// What can be done about places now, by whoever looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    Draft,
    Cancelled,
    Past,
    Closed,
    /// Nothing can be taken before this.
    Upcoming(Zoned),
    /// Every ticket type's sales are over.
    OffSale,
    /// Or held for whoever looks: the waiting list says which.
    Full,
    NeedsAccount,
    /// Whoever looks has places.
    Going(Order),
    Open,
}

/// One ticket type that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub id: String,
    pub name: String,
    /// `None` is any number.
    pub left: Option<i64>,
    /// Places of it in one order.
    pub most: i64,
}

impl Choice {
    pub fn field(&self) -> String {
        format!("places-{}", self.id)
    }
    /// From `least` to what one order may take.
    pub fn numbers(&self, least: i64) -> std::ops::RangeInclusive<i64> {
        least..=self.most.max(least)
    }
}

/// Everything that `templates/orders/_stub.html` shows.
#[derive(Debug, Clone)]
pub struct Stub {
    pub standing: Standing,
    /// The path of the event's page; the form goes to `{path}/orders`.
    pub path: String,
    /// Names this copy of the form.
    pub form_id: String,
    pub form: StubForm,
    pub errors: Errors,
    pub answer: Answer,
    pub choices: Vec<Choice>,
    /// (taken, of) where the number of places is limited.
    pub taken: Option<(i64, i64)>,
    /// Until when a place can be given back; `None` is any time before the start.
    pub cancel_until: Option<Zoned>,
    pub companions: usize,
    pub waiting: waiting::stub::Stub,
}

impl Stub {
    /// What stands in the field of the n-th companion.
    pub fn companion(&self, n: &usize) -> &str {
        self.form.companions.get(*n).map_or("", String::as_str)
    }
    /// The page where one signs in, or up, and comes back.
    pub fn way_in(&self, page: &str) -> String {
        let back: String = form_urlencoded::byte_serialize(self.path.as_bytes()).collect();
        format!("{page}?back={back}")
    }
    pub fn is_open(&self) -> bool {
        self.standing == Standing::Open
    }
}

/// The stub of an event for whoever looks; `form` and `errors` are of a refused try, else empty.
pub async fn stub(
    app: &App,
    event: &Event,
    types: &[TicketType],
    me: Option<&Member>,
    form: StubForm,
    errors: Errors,
) -> Result<Stub> {
    let now = app.clock.now();
    let (mut order, mut given) = (None, None);
    if let Some(me) = me {
        order = store::of_member_at(&app.db, event.id, me.id).await?;
        given = events::store::answer_of(&app.db, event.id, me.id).await?;
    }
    let answer = if form.answer.is_empty() { given.unwrap_or_default() } else { form.answer.clone() };
    let choices = choices(event, types, now);
    let waiting = waiting::stub::stub(app, event, types, me, Default::default(), Errors::default()).await?;
    Ok(Stub {
        standing: if waiting.has_offer() { Standing::Full } else { standing(event, types, &choices, me, order, now) },
        path: event.path(),
        form_id: ids::secret(),
        answer: answer.parse().unwrap_or_default(),
        taken: taken(event, types),
        cancel_until: (event.cancel_hours > 0).then(|| event.cancel_until().in_zone(&event.time_zone())),
        companions: usize::try_from(event.plus_ones.clamp(0, 9)).unwrap_or(0),
        choices,
        waiting,
        form,
        errors,
    })
}

fn choices(event: &Event, types: &[TicketType], now: Instant) -> Vec<Choice> {
    let open = types.iter().filter(|of| of.on_sale(now));
    open.map(|of| {
        let left = events::left(event, of);
        let most = of.per_order.min(1 + event.plus_ones).min(left.unwrap_or(i64::MAX));
        Choice { id: of.id.to_string(), name: of.name.clone(), left, most }
    })
    .collect()
}

fn standing(
    event: &Event,
    types: &[TicketType],
    choices: &[Choice],
    me: Option<&Member>,
    order: Option<Order>,
    now: Instant,
) -> Standing {
    if event.is_cancelled() {
        return Standing::Cancelled;
    }
    if event.is_past(now) {
        return Standing::Past;
    }
    if let Some(order) = order {
        return Standing::Going(order);
    }
    if event.is_draft() {
        return Standing::Draft;
    }
    if event.closes_at.is_some_and(|closes| closes <= now) {
        return Standing::Closed;
    }
    if choices.is_empty() {
        let opens = types.iter().filter_map(|of| of.sales_from).filter(|from| *from > now).min();
        return opens.map_or(Standing::OffSale, |from| Standing::Upcoming(from.in_zone(&event.time_zone())));
    }
    if choices.iter().all(|choice| choice.left == Some(0)) {
        return Standing::Full;
    }
    if event.account_required && me.is_none() { Standing::NeedsAccount } else { Standing::Open }
}

/// (taken, of) over all ticket types, where there is a limit.
fn taken(event: &Event, types: &[TicketType]) -> Option<(i64, i64)> {
    let of_types = types.iter().map(|of| of.capacity).sum::<Option<i64>>();
    let of = [event.capacity, of_types].into_iter().flatten().min()?;
    Some((event.taken, of))
}
