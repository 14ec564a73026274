//! What people are told about their money.
use super::{Refund, Why, purchases, store};
use crate::app::App;
use crate::clock::Instant;
use crate::events::{self, Event, PayLater};
use crate::forms::Message as Sentence;
use crate::i18n::{Day, Exact, Time};
use crate::ids::Id;
use crate::letters::{Content, Plain, Reader};
use crate::orders::letters::{About, zone_elsewhere};
use crate::orders::{self, Order, OrderState, Refusal, promo_codes};
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

/// How and until when places are paid that are paid later, or that their money is on its way; when and where it is.
pub async fn owed(app: &App, id: Id<Order>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(about) = About::order(app, id, OrderState::Held).await? else { return Ok(None) };
    let Some(until) = about.order.held_until else { return Ok(None) };
    let heading = Sentence::new(t!("Places kept for you: {title}", title = about.title()));
    let when_and_where = about.when_and_where(app, to, zone_elsewhere(app, &about.event));
    let sentences = if super::is_on_its_way(&app.db, &about.order).await? {
        // Who is told the amount once more may pay it twice.
        vec![Sentence::new(Refusal::OnItsWay)].into_iter().chain(when_and_where).collect()
    } else {
        let mut sentences = vec![how_to_pay(&about.order, &about.event, until)];
        sentences.extend(when_and_where);
        sentences.extend(with_the_money(app, &about.order, &about.event).await?);
        sentences
    };
    let mut content = plain(app, &about.order, heading, sentences).content(to.locale)?;
    if about.order.is_coming(&about.event) {
        content.files.push(about.calendar(app, to));
    }
    Ok(Some(content))
}

/// What whoever pays later reads besides: the host's note, what a promo code took off, and what to say with the money.
async fn with_the_money(app: &App, order: &Order, event: &Event) -> anyhow::Result<Vec<Sentence>> {
    let mut sentences = Vec::new();
    if !event.terms.pay_later_note.is_empty() {
        let note = event.terms.pay_later_note.clone();
        sentences.push(Sentence::new(t!("The host writes: {note}", note)));
    }
    if let Some(off) = promo_codes::reduction(app, order).await? {
        let (code, amount) = (off.code, Exact(off.amount));
        sentences.push(Sentence::new(t!("The promo code {code} took {amount} off.", code, amount)));
    }
    sentences.push(Sentence::new(t!("Say the order’s number with it: {number}.", number = order.number())));
    Ok(sentences)
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
