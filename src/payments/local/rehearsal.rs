//! `marquee dev webhook`: a payment or a plan at the stand-in with the signed notices of it, without a browser.
use super::plans::Deed as Turn;
use super::{Deed, act, months, store, tell};
use crate::app::App;
use crate::error::Error;
use crate::forms::Email;
use crate::i18n::{Exact, Locale, Say};
use crate::ids::{self, Id};
use crate::journal::Actor;
use crate::members::Member;
use crate::orders::{self, Buyer, Order, Refusal, Way, Wish};
use crate::payments::checkout::Back;
use crate::payments::{self, Gateway, Payment, notices};
use crate::signin::{NewMember, proven};
use crate::{clock, events, plans};

/// What came of it.
#[derive(Debug)]
pub struct Rehearsed {
    pub order: Order,
    /// For a terminal, a line each.
    pub told: Vec<String>,
}

fn at_the_stand_in(app: &App) -> anyhow::Result<()> {
    anyhow::ensure!(
        matches!(app.gateway, Some(Gateway::Local(_))),
        "This is for development sites without a Stripe key. With one, use `stripe listen` and `stripe trigger`."
    );
    Ok(())
}

/// An address that nobody has.
fn address() -> anyhow::Result<Email> {
    let email = Email::parse(&format!("webhook-{}@example.org", ids::secret().to_lowercase()));
    email.ok_or_else(|| anyhow::anyhow!("no address"))
}

/// What became of the notices about a reference: a server that runs beside this may have been quicker, and handled
/// again they change nothing.
async fn handled(app: &App, reference: &str) -> anyhow::Result<Vec<String>> {
    for notice in notices::of_reference(app, reference).await? {
        notices::handle(app, notice.id).await?;
    }
    let all = notices::of_reference(app, reference).await?;
    let line =
        |of: &notices::Notice| format!("{} {} was signed, taken in and handled: {}", of.event, of.kind, of.outcome);
    Ok(all.iter().map(line).collect())
}

/// Somebody unknown buys one ticket of the next event that has one to sell, pays it, and we are told.
pub async fn payment(app: &App) -> anyhow::Result<Rehearsed> {
    at_the_stand_in(app)?;
    let (order, title) = taken(app).await?;
    let (payment, reference) = pay(app, order.id).await?;
    for told in store::notices_of(&app.db, &reference).await? {
        tell(app, told.id, crate::routes::router).await?;
    }
    let lines = handled(app, &reference).await?;
    let order = orders::store::by_id(&app.db, order.id).await?.unwrap_or(order);
    let mut told = vec![format!("{} was paid for “{title}”.", Exact(payment.money()).to(Locale::En))];
    told.extend(lines);
    let key = orders::key(app, order.id);
    told.push(app.config.url(&format!("{}?key={key}", order.path())));
    Ok(Rehearsed { order, told })
}

/// What a buyer does on the stand-in's page. Answers the payment, of which nobody told us yet, and its checkout.
pub async fn pay(app: &App, order: Id<Order>) -> anyhow::Result<(Payment, String)> {
    let (payment, url) = payments::begin(app, order, &Back::default(), Actor::Operator)
        .await
        .map_err(|refusal| anyhow::anyhow!("The order cannot be paid: {refusal:?}"))?;
    let reference = url.rsplit('/').next().unwrap_or_default();
    let book = store::by_id(&app.db, reference).await?.ok_or_else(|| anyhow::anyhow!("no checkout {reference}"))?;
    anyhow::ensure!(act(app, &book, Deed::Pay).await?, "The checkout is over already.");
    Ok((payment, book.id))
}

/// Somebody new chooses the smallest plan that costs something, pays its first month, and we are told. For a terminal, a
/// line each.
pub async fn subscription(app: &App) -> anyhow::Result<Vec<String>> {
    at_the_stand_in(app)?;
    let plan = plans::offered(app).await?.into_iter().find(|plan| plan.price > 0);
    let plan =
        plan.ok_or_else(|| anyhow::anyhow!("This site has no plans to pay for. `marquee products init` makes them."))?;
    let member = somebody(app).await?;
    let begun = plans::subscribing::begin(app, &member, plan.tier, &Back::default()).await;
    let (begun, url) = begun.map_err(plans::Refusal::into_error)?;
    let reference = url.rsplit('/').next().unwrap_or_default();
    anyhow::ensure!(months::act(app, reference, Turn::Pay).await?, "The checkout is over already.");
    for told in store::notices_of(&app.db, reference).await? {
        // The next month waits until this one is over.
        if told.kind != months::RENEW {
            tell(app, told.id, crate::routes::router).await?;
        }
    }
    let now = plans::store::by_id(&app.db, begun.id).await?.unwrap_or(begun);
    let (money, name) = (Exact(plan.money()).to(Locale::En), plan.tier.name());
    let mut told = vec![format!("{money} was paid for a month of {name} by {}.", member.email)];
    told.extend(handled(app, now.checkout.as_deref().unwrap_or_default()).await?);
    told.extend(handled(app, reference).await?);
    told.push(app.config.url(url.as_str()));
    Ok(told)
}

/// An account of somebody who only rehearses: nobody knows its password.
async fn somebody(app: &App) -> anyhow::Result<Member> {
    let (email, now) = (address()?, app.clock.now());
    let hash = app.passwords.hash(&ids::secret()).await?;
    let made: Result<Option<Member>, Error> = decide!(app.db, tx, {
        let (name, email) = ("Webhook rehearsal".to_owned(), email.clone());
        let wish = NewMember { name, email, password: String::new(), locale: Locale::En };
        proven::sign_up(tx, wish, &hash, now).await
    });
    match made {
        Ok(member) => member.ok_or_else(|| anyhow::anyhow!("{} has an account", email.address)),
        Err(Error::Internal(error)) => Err(error),
        Err(other) => Err(anyhow::anyhow!("{other}")),
    }
}

/// An order of one place, and what it is for.
async fn taken(app: &App) -> anyhow::Result<(Order, String)> {
    let now = app.clock.now();
    let email = address()?;
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
