//! What those who run an event, and admins, are told of disputes.
use jiff::tz::TimeZone;

use super::{Dispute, DisputeState, store};
use crate::app::App;
use crate::db;
use crate::events::{self, Event};
use crate::forms::Message as Sentence;
use crate::i18n::{Day, Exact, Say};
use crate::ids::Id;
use crate::letters::{Content, Plain, Reader};
use crate::orders::{self, Order};
use crate::payments::{self, purchases};
use crate::plans;

/// The buyer's bank asks money back, or has made up its mind.
pub async fn disputed(app: &App, id: Id<Dispute>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(dispute) = store::by_id(&app.db, id).await? else { return Ok(None) };
    let Some(payment) = payments::store::by_id(&app.db, dispute.payment_id).await? else { return Ok(None) };
    let event = match payment.order_id {
        Some(order) => {
            let Some(event) = event_of(app, order).await? else { return Ok(None) };
            Some(event)
        }
        None => None,
    };
    let number = purchases::number_of(payment.order_id, payment.id);
    let bill = plans::store::bill_of_payment(&app.db, payment.id).await?;
    let title = match (&event, &bill) {
        (Some(event), _) => event.title.clone(),
        (None, Some(bill)) => bill.tier.name().to_owned(),
        (None, None) => t!("Credits").to(to.locale),
    };
    let mut sentences = vec![happened(&dispute, number)];
    sentences.extend(follows(app, &dispute, event.as_ref(), bill.is_some()));
    let desk = event.as_ref().map_or_else(|| "/admin".to_owned(), Event::path);
    let url = app.config.url(&format!("{desk}/payments"));
    let letter = Plain {
        site: app.site_name(),
        base_url: &app.config.base_url,
        heading: heading(&dispute, title),
        sentences,
        button: Some((Sentence::new(t!("See the payments")), url)),
        why: Sentence::new(t!("You receive this because you run this event or the site.")),
    };
    letter.content(to.locale).map(Some)
}

async fn event_of(app: &App, order: Id<Order>) -> db::Result<Option<Event>> {
    let Some(order) = orders::store::by_id(&app.db, order).await? else { return Ok(None) };
    events::store::by_id(&app.db, order.event_id).await
}

fn heading(dispute: &Dispute, title: String) -> Sentence {
    Sentence::new(match dispute.state {
        DisputeState::Open => t!("A payment is disputed: {title}", title),
        DisputeState::Won => t!("A disputed payment stays: {title}", title),
        DisputeState::Lost => t!("A disputed payment is lost: {title}", title),
    })
}

fn happened(dispute: &Dispute, number: String) -> Sentence {
    let amount = Exact(dispute.money());
    Sentence::new(match dispute.state {
        DisputeState::Open => t!("The bank of a buyer asks {amount} back, order {number}.", amount, number),
        DisputeState::Won => {
            t!("The bank of a buyer asked {amount} back, order {number}. The money stays.", amount, number)
        }
        DisputeState::Lost => {
            t!("The bank of a buyer has taken {amount} back, order {number}.", amount, number)
        }
    })
}

/// What is to be done about it, if anything is.
fn follows(app: &App, dispute: &Dispute, event: Option<&Event>, is_plan: bool) -> Option<Sentence> {
    Some(match (dispute.state, dispute.answer_by) {
        (DisputeState::Open, Some(by)) => {
            let site = || TimeZone::get(&app.config.zone).unwrap_or(TimeZone::UTC);
            let day = Day(by.in_zone(&event.map_or_else(site, Event::time_zone)).date());
            Sentence::new(t!("Whoever has the account at the payment service answers there, until {day}.", day))
        }
        (DisputeState::Open, None) => {
            Sentence::new(t!("Whoever has the account at the payment service sees there what to do."))
        }
        (DisputeState::Lost, _) if is_plan => {
            Sentence::new(t!("The plan goes on. End the subscription at the payment service if it should not."))
        }
        (DisputeState::Lost, _) if event.is_none() => {
            Sentence::new(t!("The credits are taken off the balance: what was spent of them is owed."))
        }
        (DisputeState::Lost, _) => {
            Sentence::new(t!("The tickets still let people in. Cancel the order if they should not."))
        }
        (DisputeState::Won, _) => return None,
    })
}
