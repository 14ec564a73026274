//! `marquee dev webhook`: a payment at the stand-in with the signed notice of it, without a browser.
use super::{Deed, act, store, tell};
use crate::app::App;
use crate::forms::Email;
use crate::i18n::{Exact, Locale, Say};
use crate::ids;
use crate::journal::Actor;
use crate::orders::{self, Buyer, Order, Refusal, Way, Wish};
use crate::payments::checkout::Back;
use crate::payments::{self, Gateway, notices};
use crate::{clock, events};

/// What came of it.
#[derive(Debug)]
pub struct Rehearsed {
    pub order: Order,
    /// For a terminal, a line each.
    pub told: Vec<String>,
}

/// Somebody unknown buys one ticket of the next event that has one to sell, pays it, and we are told.
pub async fn payment(app: &App) -> anyhow::Result<Rehearsed> {
    anyhow::ensure!(
        matches!(app.gateway, Some(Gateway::Local(_))),
        "This is for development sites without a Stripe key. With one, use `stripe listen` and `stripe trigger`."
    );
    let (order, title) = taken(app).await?;
    let (payment, url) = payments::begin(app, order.id, &Back::default(), Actor::Operator)
        .await
        .map_err(|refusal| anyhow::anyhow!("The order cannot be paid: {refusal:?}"))?;
    let reference = url.rsplit('/').next().unwrap_or_default();
    let book = store::by_id(&app.db, reference).await?.ok_or_else(|| anyhow::anyhow!("no checkout {reference}"))?;
    anyhow::ensure!(act(app, &book, Deed::Pay).await?, "The checkout is over already.");
    // A server that runs beside this may have been quicker with both steps; done again they change nothing.
    for told in store::notices_of(&app.db, reference).await? {
        tell(app, told.id, crate::routes::router).await?;
    }
    for notice in notices::of_reference(app, reference).await? {
        notices::handle(app, notice.id).await?;
    }
    let order = orders::store::by_id(&app.db, order.id).await?.unwrap_or(order);
    let mut told = vec![format!("{} was paid for “{title}”.", Exact(payment.money()).to(Locale::En))];
    for notice in notices::of_reference(app, reference).await? {
        told.push(format!("{} {} was signed, taken in and handled: {}", notice.event, notice.kind, notice.outcome));
    }
    let key = orders::key(app, order.id);
    told.push(app.config.url(&format!("{}?key={key}", order.path())));
    Ok(Rehearsed { order, told })
}

/// An order of one place, and what it is for.
async fn taken(app: &App) -> anyhow::Result<(Order, String)> {
    let now = app.clock.now();
    let email = Email::parse(&format!("webhook-{}@example.org", ids::secret().to_lowercase()));
    let email = email.ok_or_else(|| anyhow::anyhow!("no address"))?;
    for (event, of) in store::for_sale(&app.db, now + clock::hours(1)).await? {
        let Some(event) = events::store::by_id(&app.db, event).await? else { continue };
        let wish = Wish {
            event: event.id,
            buyer: Buyer::Guest { name: "Webhook rehearsal".to_owned(), email: email.clone(), locale: Locale::En },
            way: Way::Own,
            actor: Actor::Operator,
            places: vec![(of, 1)],
            amounts: Vec::new(),
            promo: String::new(),
            pay_later: false,
            attendees: Vec::new(),
            form: None,
        };
        let taken: Result<orders::Taken, Refusal> = decide!(app.db, tx, orders::take(tx, &wish, now).await);
        match taken {
            Ok(taken) => {
                let order = orders::store::by_id(&app.db, taken.id()).await?;
                return Ok((order.ok_or_else(|| anyhow::anyhow!("the order is gone"))?, event.title));
            }
            Err(Refusal::Broken(error)) => return Err(error),
            // Not for sale to anybody, or not now: the next one may be.
            Err(_) => {}
        }
    }
    anyhow::bail!("No event that is to come has a ticket with a price to sell. `marquee seed` makes some.")
}
