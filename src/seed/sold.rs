//! What a newcomer sees of money: the plans are set up at the stand-in, those who host pay for one that is big enough for
//! what they host, one of them has an event on the front page, and guests have bought tickets.
use super::SIGN_INS;
use super::programme::{GUESTS, ROWS, Row};
use super::staging;
use crate::app::App;
use crate::credits;
use crate::credits::featuring::{self, Wish};
use crate::events::{self, Event};
use crate::journal::Actor;
use crate::letters;
use crate::members::{self, Member};
use crate::orders::{self, Taken};
use crate::payments::checkout::Back;
use crate::payments::local::plans::Deed;
use crate::payments::local::{months, rehearsal};
use crate::payments::{self, Gateway};
use crate::plans::{self, Tier};

/// Why, as the journal has it.
const REASON: &str = "Demo content";
/// Of those who can sign in, in their order. Who only comes to things has the plan Free.
const PLANS: [Tier; 4] = [Tier::Team, Tier::Individual, Tier::Individual, Tier::Individual];
/// Who has credits, and puts what on the front page for how many days.
const FEATURED: (usize, &str, i64) = (1, "repair-cafe", 2);
const CREDITS: i64 = 120;
/// How many guests pay for a place of each event that costs something, and does so before the door.
const BUYERS: usize = 3;
/// Smaller events keep their places for those who try the demo.
const LARGE: i64 = 12;

/// Does nothing where plans are on, or where payments go to Stripe: whose account that is decides what is made there.
pub(super) async fn fill(app: &App) -> anyhow::Result<()> {
    let local = matches!(app.gateway, Some(Gateway::Local(_)));
    if !local || !plans::store::plans(&app.db).await?.is_empty() {
        return Ok(());
    }
    plans::init::run(app, Actor::Operator, REASON).await.map_err(plans::Refusal::into_error)?;
    for (sign_in, tier) in SIGN_INS.iter().zip(PLANS) {
        pays(app, &member(app, sign_in.email).await?, tier).await?;
    }
    feature(app).await?;
    let is_sold = |row: &&Row| row.day > 0 && row.capacity >= LARGE;
    let is_paid_before = |row: &&Row| staging::paid(row).is_some_and(|paid| !paid.at_the_door);
    for row in ROWS.iter().filter(is_sold).filter(is_paid_before) {
        sell(app, &event(app, &staging::slug(row)).await?).await?;
    }
    let mut tx = app.db.write_long().await?;
    letters::store::forget_waiting(&mut tx).await?;
    Ok(tx.commit().await?)
}

async fn member(app: &App, email: &str) -> anyhow::Result<Member> {
    let member = members::store::by_email_key(&app.db, email).await?;
    member.ok_or_else(|| anyhow::anyhow!("{email} has no account"))
}

/// The first month, as on the stand-in's page.
async fn pays(app: &App, member: &Member, tier: Tier) -> anyhow::Result<()> {
    let begun = plans::subscribing::begin(app, member, tier, &Back::default()).await;
    let (begun, url) = begun.map_err(plans::Refusal::into_error)?;
    let reference = url.rsplit('/').next().unwrap_or_default();
    anyhow::ensure!(months::act(app, reference, Deed::Pay).await?, "the checkout of {} is over", member.email);
    plans::settle(app, begun.id).await.map(drop)
}

async fn event(app: &App, slug: &str) -> anyhow::Result<Event> {
    let event = events::store::by_slug(&app.db, slug).await?;
    event.ok_or_else(|| anyhow::anyhow!("{slug} is not in the programme"))
}

/// A ticket each, of one type and another, paid as on the stand-in's page.
async fn sell(app: &App, event: &Event) -> anyhow::Result<()> {
    let now = app.clock.now();
    let types = events::store::ticket_types(&app.db, event.id).await?;
    let on_sale = types.iter().filter(|of| of.on_sale(now)).cycle();
    for ((n, name), of) in GUESTS.iter().rev().take(BUYERS).enumerate().zip(on_sale) {
        let wish = super::guest(event, &format!("buyer{}", n + 1), name, of);
        let taken: Result<Taken, orders::Refusal> = decide!(app.db, tx, orders::take(tx, &wish, now).await);
        let taken = taken.map_err(|refusal| anyhow::anyhow!("{}: {refusal}", event.slug))?;
        let (payment, _) = rehearsal::pay(app, taken.id()).await?;
        payments::settle(app, payment.id).await?;
    }
    Ok(())
}

async fn feature(app: &App) -> anyhow::Result<()> {
    let (host, slug, days) = FEATURED;
    let by = member(app, SIGN_INS[host].email).await?.id;
    let event = event(app, slug).await?.id;
    let now = app.clock.now();
    let featured: Result<credits::Line, credits::Refusal> = decide!(app.db, tx, {
        credits::grant(tx, by, CREDITS, REASON, Actor::Operator, now).await?;
        featuring::feature(tx, &Wish { event, days, form: "", by }, now).await
    });
    featured.map(drop).map_err(|refusal| anyhow::anyhow!("{slug} is not on the front page: {refusal:?}"))
}
