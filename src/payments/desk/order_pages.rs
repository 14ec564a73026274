//! One order as those who run the event see it: who, which tickets, what money; and giving it back.
use askama::Template;
use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;

use super::giving::{self, What};
use super::pages::{Desk, reason};
use crate::app::App;
use crate::error::{OrNotFound, Result};
use crate::events::{self, Event};
use crate::forms::{Errors, Message};
use crate::i18n::{Exact, Money, filters};
use crate::ids::{self, Id};
use crate::orders::promo_codes::{self, Reduction};
use crate::orders::{self, Order, Person, Ticket, TicketState};
use crate::payments::receipts::{self, Receipt};
use crate::payments::{self, Payment, Provider, Refund, RefundState, came_in, disputes, money, settle};
use crate::web::page::Flash;
use crate::web::{Fields, Page, SteppedUp, see};

/// Everything about one order.
struct Whole {
    event: Event,
    order: Order,
    person: Option<Person>,
    tickets: Vec<Ticket>,
    payments: Vec<Payment>,
    refunds: Vec<Refund>,
    reduction: Option<Reduction>,
    receipts: Vec<Receipt>,
    /// What banks have taken back for good, in minor units.
    lost: i64,
}

impl Whole {
    async fn of(app: &App, desk: &Desk) -> Result<Self> {
        let order = desk.order(app).await?;
        let reduction = promo_codes::reduction(app, &order).await?;
        let mut tx = app.db.read().await?;
        let whole = Self {
            event: events::store::by_id(&mut tx, order.event_id).await?.or_404()?,
            person: orders::store::person(&mut tx, order.id).await?,
            tickets: orders::store::tickets(&mut tx, order.id).await?,
            payments: payments::store::of_order(&mut tx, order.id).await?,
            refunds: payments::store::refunds_of_order(&mut tx, order.id).await?,
            receipts: receipts::store::of_order(&mut tx, order.id).await?,
            lost: disputes::store::lost_of_order(&mut tx, order.id).await?,
            order,
            reduction,
        };
        tx.commit().await?;
        Ok(whole)
    }
    fn name(&self) -> &str {
        let person = self.person.as_ref();
        person.map_or("", |person| if person.name.is_empty() { &person.email } else { &person.name })
    }
    fn email(&self) -> &str {
        self.person.as_ref().map_or("", |person| &person.email)
    }
    fn price(&self, ticket: &Ticket) -> Money {
        money(ticket.price, &self.order.currency)
    }
    /// What the receipt is called, as on it.
    fn receipt(&self) -> String {
        let receipt = self.receipts.iter().find(|receipt| receipt.is_receipt());
        receipt.map_or_else(|| self.order.number(), Receipt::label)
    }
    fn credit_notes(&self) -> impl Iterator<Item = &Receipt> {
        self.receipts.iter().filter(|receipt| receipt.is_credit_note())
    }
    fn is_paid(&self) -> bool {
        self.payments.iter().any(Payment::is_paid)
    }
    fn is_owed(&self) -> bool {
        self.order.is_owed()
    }
    /// Whether the host has the money, so that it goes back by hand.
    fn is_with_host(&self) -> bool {
        self.payments.iter().any(|payment| payment.is_paid() && payment.provider == Provider::Host)
    }
    /// What is paid and neither given back, nor on its way back, nor taken back by a bank.
    fn left(&self) -> Money {
        let gone = |refund: &&Refund| refund.state != RefundState::Failed;
        let back: i64 = self.refunds.iter().filter(gone).map(|refund| refund.amount).sum();
        let paid: i64 = self.payments.iter().map(|payment| payment.received).sum();
        money((paid - back - self.lost).max(0), came_in(&self.payments, &self.order))
    }
}

#[derive(Template)]
#[template(path = "payments/order.html")]
struct Show<'a> {
    page: &'a Page,
    desk: &'a Desk,
    of: &'a Whole,
    event: &'a Event,
    base: String,
    amount: &'a str,
    errors: &'a Errors,
}

fn shown<'a>(page: &'a Page, desk: &'a Desk, of: &'a Whole, amount: &'a str, errors: &'a Errors) -> Show<'a> {
    Show { page, desk, of, event: &of.event, base: desk.base(), amount, errors }
}

pub async fn show(State(app): State<App>, page: Page, desk: Desk) -> Result<Response> {
    let of = Whole::of(&app, &desk).await?;
    page.html(&shown(&page, &desk, &of, "", &Errors::default()))
}

/// The question before money goes back.
#[derive(Template)]
#[template(path = "payments/refund.html")]
struct Confirm<'a> {
    page: &'a Page,
    desk: &'a Desk,
    of: &'a Whole,
    event: &'a Event,
    base: String,
    what: &'a What,
    /// What goes back.
    sum: Money,
    amount: &'a str,
    form: &'a str,
    reason: &'a str,
    errors: &'a Errors,
    refusal: Option<Message>,
}

impl Confirm<'_> {
    fn tickets(&self) -> Vec<&Ticket> {
        match self.what {
            What::Tickets(ids) => self.of.tickets.iter().filter(|ticket| ids.contains(&ticket.id)).collect(),
            What::Amount(_) | What::Order => Vec::new(),
        }
    }
}

/// As it is asked first: nobody has said why yet.
fn question<'a>(
    page: &'a Page,
    desk: &'a Desk,
    of: &'a Whole,
    (what, sum): (&'a What, Money),
    (form, amount): (&'a str, &'a str),
    errors: &'a Errors,
) -> Confirm<'a> {
    Confirm {
        page,
        desk,
        of,
        event: &of.event,
        base: desk.base(),
        what,
        sum,
        amount,
        form,
        reason: "",
        errors,
        refusal: None,
    }
}

/// What the fields ask to give back, and how much money that is.
fn asked(of: &Whole, fields: &Fields) -> std::result::Result<(What, Money), Errors> {
    let left = of.left();
    if fields.has("amount") {
        return match crate::money::parse(fields.text("amount"), left.currency) {
            Ok(minor @ 1..) if minor <= left.minor => Ok((What::Amount(minor), Money { minor, ..left })),
            Ok(1..) => Err(Errors::at("amount", orders::Refusal::MoreThanLeft { left })),
            Ok(_) => Err(Errors::at("amount", t!("Enter an amount above 0."))),
            Err(wrong) => Err(Errors::at("amount", wrong)),
        };
    }
    if fields.has("order") {
        let nothing = !of.order.is_live() && left.minor == 0;
        return if nothing { Err(Errors::whole(orders::Refusal::NothingLeft)) } else { Ok((What::Order, left)) };
    }
    let ids: Vec<Id<Ticket>> = fields.all("ticket").filter_map(|id| id.parse().ok()).collect();
    let chosen: Vec<_> = of.tickets.iter().filter(|ticket| ids.contains(&ticket.id)).collect();
    if chosen.is_empty() {
        return Err(Errors::at("ticket", t!("Choose at least one ticket.")));
    }
    let live: Vec<_> = chosen.into_iter().filter(|ticket| ticket.is_live()).collect();
    if live.is_empty() {
        return Err(Errors::at("ticket", orders::Refusal::NothingLeft));
    }
    let minor = live.iter().map(|ticket| ticket.price).sum::<i64>().min(left.minor);
    Ok((What::Tickets(live.iter().map(|ticket| ticket.id).collect()), Money { minor, ..left }))
}

pub async fn ask(State(app): State<App>, page: Page, desk: Desk, uri: Uri) -> Result<Response> {
    let (of, fields) = (Whole::of(&app, &desk).await?, Fields::parse(uri.query().unwrap_or_default().as_bytes()));
    let form = ids::secret();
    match asked(&of, &fields) {
        Ok((what, sum)) => {
            let typed = (form.as_str(), fields.text("amount"));
            page.html(&question(&page, &desk, &of, (&what, sum), typed, &Errors::default()))
        }
        Err(errors) => page.invalid(&shown(&page, &desk, &of, fields.text("amount"), &errors)),
    }
}

pub async fn give_back(
    State(app): State<App>,
    page: Page,
    SteppedUp(desk): SteppedUp<Desk>,
    flash: Flash,
    fields: Fields,
) -> Result<Response> {
    let of = Whole::of(&app, &desk).await?;
    let typed = fields.text("form");
    let said = ids::hash(&format!("{:?}", fields.0));
    let form = (!typed.is_empty()).then(|| (ids::hash(&format!("refund/{}/{typed}", of.order.id)), said));
    let done = format!("{}{}", desk.base(), of.order.path());
    if let Some((form, _)) = &form
        && orders::store::knows_form(&app.db, form).await?
    {
        return see(done);
    }
    let (what, sum) = match asked(&of, &fields) {
        Ok(asked) => asked,
        Err(errors) => return page.invalid(&shown(&page, &desk, &of, fields.text("amount"), &errors)),
    };
    let again = |errors: &Errors, refusal: Option<Message>| {
        let question = question(&page, &desk, &of, (&what, sum), (typed, fields.text("amount")), errors);
        page.invalid(&Confirm { reason: fields.text("reason"), refusal, ..question })
    };
    let reason = match reason("reason", fields.text("reason"), desk.is_admin()) {
        Ok(reason) => reason,
        Err(errors) => return again(&errors, None),
    };
    let (now, by) = (app.clock.now(), desk.actor());
    let given = decide!(app.db, tx, giving::give_back(tx, of.order.id, &what, &form, (by, &reason), now).await);
    match given {
        Ok(()) if sum.minor > 0 => flash.say(t!("{amount} is on its way back.", amount = Exact(sum))).await?,
        Ok(()) => flash.say(t!("Given back. The places are free again.")).await?,
        Err(refusal) => return again(&Errors::default(), Some(Message::new(refusal.or_broken()?))),
    }
    see(done)
}

/// The host has the money of places that are paid later: the `amount` that the form showed, in minor units.
pub async fn received(
    State(app): State<App>,
    SteppedUp(desk): SteppedUp<Desk>,
    flash: Flash,
    fields: Fields,
) -> Result<Response> {
    let order = Some(desk.order(&app).await?).filter(|order| order.total > 0).or_404()?;
    // A form that names none has shown none.
    let expected = fields.text("amount").parse().unwrap_or(0);
    let (now, by) = (app.clock.now(), desk.actor());
    match decide!(app.db, tx, settle::received_by_host(tx, order.id, expected, by, now).await) {
        Ok(()) => flash.say(t!("Paid. The tickets are on their way by mail.")).await?,
        Err(refusal) => flash.say(refusal.or_broken()?).await?,
    }
    see(format!("{}{}", desk.base(), order.path()))
}
