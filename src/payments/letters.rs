//! What people are told about their money.
use super::{Refund, Why, purchases, store};
use crate::app::App;
use crate::clock::Instant;
use crate::events::{self, Event, PayLater};
use crate::forms::Message as Sentence;
use crate::i18n::{Day, Exact, Time};
use crate::ids::Id;
use crate::letters::{Content, Plain, Reader};
use crate::orders::{self, Order, Refusal, promo_codes};
use crate::plans;

fn plain<'a>(app: &'a App, order: &Order, heading: Sentence, sentences: Vec<Sentence>) -> Plain<'a> {
    let url = app.config.url(&order.secret_path(app));
    Plain {
        site: app.site_name(),
        base_url: &app.config.base_url,
        heading,
        sentences,
        button: Some((Sentence::new(t!("See your order")), url)),
        why: Sentence::new(t!(
            "You receive this because places were taken with this address, order {number}.",
            number = order.number()
        )),
    }
}

/// How and until when places are paid that are paid later, or that their money is on its way.
pub async fn owed(app: &App, id: Id<Order>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(order) = orders::store::by_id(&app.db, id).await?.filter(Order::is_held) else { return Ok(None) };
    let Some(event) = events::store::by_id(&app.db, order.event_id).await? else { return Ok(None) };
    let Some(until) = order.held_until else { return Ok(None) };
    let title = event.title.clone();
    let heading = Sentence::new(t!("Places kept for you: {title}", title));
    if super::is_on_its_way(&app.db, &order).await? {
        // Who is told the amount once more may pay it twice.
        return plain(app, &order, heading, vec![Sentence::new(Refusal::OnItsWay)]).content(to.locale).map(Some);
    }
    let mut sentences = vec![how_to_pay(&order, &event, until)];
    if !event.terms.pay_later_note.is_empty() {
        let note = event.terms.pay_later_note.clone();
        sentences.push(Sentence::new(t!("The host writes: {note}", note)));
    }
    if let Some(off) = promo_codes::reduction(app, &order).await? {
        let (code, amount) = (off.code, Exact(off.amount));
        sentences.push(Sentence::new(t!("The promo code {code} took {amount} off.", code, amount)));
    }
    sentences.push(Sentence::new(t!("Say the order’s number with it: {number}.", number = order.number())));
    plain(app, &order, heading, sentences).content(to.locale).map(Some)
}

/// That places are kept, and how and until when they are paid.
fn how_to_pay(order: &Order, event: &Event, until: Instant) -> Sentence {
    let (title, amount) = (event.title.clone(), Exact(order.money()));
    let until = until.in_zone(&event.time_zone());
    let (day, time) = (Day(until.date()), Time(until.time()));
    match event.terms.pay_later {
        PayLater::Door => Sentence::new(tn!(
            "1 place at “{title}” is kept for you. Pay {amount} at the door.",
            "{n} places at “{title}” are kept for you. Pay {amount} at the door.",
            order.places,
            title,
            amount
        )),
        PayLater::Transfer | PayLater::No => Sentence::new(tn!(
            "1 place at “{title}” is kept for you. Transfer {amount} until {day}, {time}.",
            "{n} places at “{title}” are kept for you. Transfer {amount} until {day}, {time}.",
            order.places,
            title,
            amount,
            day,
            time
        )),
    }
}

/// Money went back, and why.
pub async fn refunded(app: &App, id: Id<Refund>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(refund) = store::refund(&app.db, id).await?.filter(|refund| refund.amount > 0) else { return Ok(None) };
    let Some(order) = refund.order_id else {
        let of_credits = purchases::letters::refunded(app, &refund, to).await?;
        return if of_credits.is_some() { Ok(of_credits) } else { plans::letters::refunded(app, &refund, to).await };
    };
    let Some(order) = orders::store::by_id(&app.db, order).await? else { return Ok(None) };
    let Some(event) = events::store::by_id(&app.db, order.event_id).await? else { return Ok(None) };
    let (amount, title) = (Exact(refund.money()), event.title.clone());
    let heading = Sentence::new(t!("{amount} given back: {title}", amount, title));
    let title = event.title.clone();
    let why = match refund.why {
        Why::Tickets => t!("Places at “{title}” were given back, and you get {amount} for them.", title, amount),
        Why::Amount | Why::Outside => t!("You get {amount} back for “{title}”.", title, amount),
        Why::Cancelled => t!("“{title}” does not take place for you, so you get {amount} back.", title, amount),
        Why::Late => t!(
            "Your payment for “{title}” came when the places were no longer kept, and there was no room any more. You get all of it back: {amount}.",
            title,
            amount
        ),
        Why::Repriced => t!(
            "Your payment for “{title}” was asked for before the price changed, so you get all of it back: {amount}.",
            title,
            amount
        ),
        Why::Twice => t!("Your order for “{title}” was paid twice. You get {amount} back.", title, amount),
    };
    let when = t!("Depending on your bank it takes some days until you see it.");
    let mut sentences = vec![Sentence::new(why), Sentence::new(when)];
    if refund.why == Why::Repriced {
        sentences.extend(still_kept(&order, &event, app.clock.now()));
    }
    if refund.why == Why::Outside && !order.is_confirmed() && !order.is_held() {
        sentences.push(Sentence::new(t!("The tickets of this order let nobody in any more.")));
    }
    plain(app, &order, heading, sentences).content(to.locale).map(Some)
}

/// Until when the places of a held order are kept; none if they are not.
fn still_kept(order: &Order, event: &Event, now: Instant) -> Option<Sentence> {
    let until = order.held_until.filter(|until| order.is_held() && *until > now)?.in_zone(&event.time_zone());
    let (day, time) = (Day(until.date()), Time(until.time()));
    Some(Sentence::new(t!("Your places are still kept until {day}, {time}.", day, time)))
}
