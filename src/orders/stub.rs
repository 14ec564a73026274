//! The tear-off part of an event's page, where places are taken.
mod choices;
mod standing;

use jiff::Zoned;

use super::forms::{Answer, StubForm};
use super::{RefundRule, Ticket, mine, promo_codes, store, waiting};
use crate::app::App;
use crate::clock::Instant;
use crate::error::Result;
use crate::events::cost::Cost;
use crate::events::taxes::{self, TaxRate, Taxes};
use crate::events::{self, Event, PayLater, TicketType};
use crate::forms::Errors;
use crate::ids;
use crate::members::Member;
use crate::money;
use crate::web::guards::coming_back;

pub use choices::{Choice, Sale};
pub use standing::{Going, Standing};

/// How one pays later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Later {
    pub way: PayLater,
    pub until: Zoned,
}

/// What comes back to who gives a place back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    pub percent: i64,
    pub until: Zoned,
    /// It is too late.
    pub over: bool,
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
    /// There is one ticket type, so the form asks for people.
    pub one_type: bool,
    pub cost: Cost,
    pub currency: String,
    /// Places in one order.
    pub most: i64,
    pub refund: Refund,
    /// Whether the site takes money.
    pub pay_now: bool,
    pub pay_later: Option<Later>,
    /// Whether there is a promo code that one could type.
    pub takes_promo: bool,
    /// (taken, of) where the number of places is limited.
    pub taken: Option<(i64, i64)>,
    /// Until when a place can be given back; `None` is any time before the start.
    pub cancel_until: Option<Zoned>,
    /// It is too late to give a place back.
    pub cancel_over: bool,
    pub companions: usize,
    /// What others gave whoever looks.
    pub gifts: Vec<Ticket>,
    pub waiting: waiting::stub::Stub,
}

impl Stub {
    /// What stands in the field of the n-th companion.
    pub fn companion(&self, n: &usize) -> &str {
        self.form.companions.get(*n).map_or("", String::as_str)
    }
    /// The page where one signs in, or up, and comes back.
    pub fn way_in(&self, page: &str) -> String {
        coming_back(page, &self.path)
    }
    /// Where these are shown.
    pub fn gift_path(&self) -> String {
        match self.gifts.as_slice() {
            [one] => format!("/t/{}", one.code),
            _ => "/tickets".to_owned(),
        }
    }
    pub fn is_open(&self) -> bool {
        self.standing == Standing::Open
    }
    /// Whether there is a form that takes places.
    pub fn sells(&self) -> bool {
        self.is_open() || matches!(&self.standing, Standing::Going(going) if going.more)
    }
    /// Places may cost something.
    pub fn is_paid(&self) -> bool {
        !self.cost.is_free()
    }
    /// Taxes that come on top of what places cost, each once.
    pub fn added_taxes(&self) -> Vec<&TaxRate> {
        let taxes = self.choices.iter().filter(|choice| choice.costs()).filter_map(|choice| choice.tax.as_ref());
        let mut added: Vec<&TaxRate> = Vec::new();
        for tax in taxes.filter(|tax| !tax.inclusive && tax.thousandths > 0) {
            if !added.contains(&tax) {
                added.push(tax);
            }
        }
        added
    }
    /// The field that says how many of a type.
    pub fn field(&self, choice: &Choice) -> String {
        if self.one_type { "people".to_owned() } else { choice.field() }
    }
    /// The smallest number that such a field offers.
    pub fn least(&self) -> i64 {
        i64::from(self.one_type)
    }
    pub fn is_chosen(&self, choice: &Choice, n: &i64) -> bool {
        let typed = if self.one_type { &self.form.people } else { self.form.typed_for(&choice.id) };
        typed == n.to_string()
    }
    /// What stands in the field of a donation's amount.
    pub fn amount_of(&self, choice: &Choice) -> String {
        let suggested = || match choice.suggested {
            0 => String::new(),
            suggested => money::typed(suggested, choice.price.currency),
        };
        self.form.amount_for(&choice.id).map_or_else(suggested, str::to_owned)
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
    let (mut orders, mut given, mut gifts) = (Vec::new(), None, Vec::new());
    if let Some(address) = me.and_then(mine::address) {
        gifts = store::given_to_at(&app.db, event.id, address).await?;
    }
    if let Some(me) = me {
        orders = store::all_of_member_at(&app.db, event.id, me.id).await?;
        given = events::store::answer_of(&app.db, event.id, me.id).await?;
    }
    let answer = if form.answer.is_empty() { given.unwrap_or_default() } else { form.answer.clone() };
    let cost = Cost::of(event, types, now);
    let taxes = if cost.is_free() { Taxes::default() } else { taxes::of_event(&app.db, event.id).await? };
    let choices = choices::of(event, types, &taxes, now);
    let takes_promo = !cost.is_free() && promo_codes::store::any(&app.db, event.id, now).await?;
    let waiting = waiting::stub::stub(app, event, types, me, Default::default(), Errors::default()).await?;
    let standing = match waiting.has_offer() {
        true => Standing::Full,
        false => standing::of(event, types, &choices, me, &orders, now),
    };
    let until = match &standing {
        Standing::Going(going) => RefundRule::of(event, &going.order).until,
        _ => event.cancel_until(),
    };
    Ok(Stub {
        standing,
        path: event.path(),
        form_id: ids::secret(),
        answer: answer.parse().unwrap_or_default(),
        taken: taken(event, types),
        cancel_until: (until < event.starts_at).then(|| until.in_zone(&event.time_zone())),
        cancel_over: until <= now,
        one_type: types.len() == 1,
        cost,
        takes_promo,
        currency: event.terms.currency.clone(),
        most: choices::most_in_one(event, &choices),
        refund: refund(event, now),
        pay_now: app.takes_money(),
        pay_later: pay_later(event, now),
        companions: usize::try_from(event.plus_ones.clamp(0, 9)).unwrap_or(0),
        choices,
        gifts,
        waiting,
        form,
        errors,
    })
}

fn refund(event: &Event, now: Instant) -> Refund {
    let until = event.cancel_until();
    Refund { percent: event.terms.refund_percent, over: until <= now, until: until.in_zone(&event.time_zone()) }
}

fn pay_later(event: &Event, now: Instant) -> Option<Later> {
    let until = event.pay_later_until().filter(|until| *until > now)?;
    Some(Later { way: event.terms.pay_later, until: until.in_zone(&event.time_zone()) })
}

/// (taken, of) over all ticket types, where there is a limit.
fn taken(event: &Event, types: &[TicketType]) -> Option<(i64, i64)> {
    let of_types = types.iter().map(|of| of.capacity).sum::<Option<i64>>();
    let of = [event.room(), of_types].into_iter().flatten().min()?;
    Some((event.taken, of))
}
