//! What can happen in a world: each deed is written down as it is drawn, then done on some process.
use anyhow::Context;
use axum::body::Body;
use axum::http::Request;
use jiff::SignedDuration;
use marquee::app::App;
use marquee::clock::Instant;
use marquee::credits::featuring;
use marquee::db::{self, sql};
use marquee::decide;
use marquee::events::{self, Event};
use marquee::ids::Id;
use marquee::journal::Actor;
use marquee::members::{self, Member};
use marquee::orders::ending::{self, By};
use marquee::orders::waiting::{self, Joining, Party};
use marquee::orders::{self, Order, Refusal, Ticket, Wish, repricing};
use marquee::payments::checkout::Back;
use marquee::payments::desk::giving::{self, What};
use marquee::payments::local::{self, Book, Deed as AtTheTill};
use marquee::payments::{self, Payment, notices, purchases, settle};
use marquee::{jobs, routes};
use tower::ServiceExt;

/// The promo code that each event has.
pub const CODE: &str = "chaos";

#[derive(Debug, Clone)]
pub enum Deed {
    Take(Box<Wish>),
    Confirm(Id<Order>),
    Begin(Id<Order>),
    /// At the provider's page.
    Till(String, AtTheTill),
    /// Money comes for a checkout that is over, and nobody tells us.
    LateAndQuiet(String),
    /// The buyer comes back from the provider.
    Back(Id<Order>),
    Settle(Id<Payment>),
    GiveBack(Id<Order>),
    GiveOneBack(Id<Ticket>),
    HostRemoves(Id<Ticket>),
    HostHasMoney(Id<Order>),
    CancelEvent(Id<Event>),
    Later(SignedDuration),
    Schedule,
    Jobs(usize),
    Sweep,
    SweepHolds,
    /// A notice that came before comes again.
    TellAgain(Vec<u8>),
    /// A notice of a payment is lost.
    Lose,
    /// A member wants credits.
    BuyCredits(Id<Member>, i64),
    /// A member puts an event on the front page.
    Feature(Id<Event>, Id<Member>, i64),
    /// Somebody finds a type full and would wait.
    Join(Box<Joining>),
    /// A guest uses the link that leads on the waiting list.
    Enter(Id<Party>),
    /// Off the list, or an offer is declined.
    Leave(Id<Party>),
    /// A host gives a whole order back, with all that is left of its money.
    HostGivesAll(Id<Order>),
    /// The promo code is put on an order that is not paid, or taken off.
    Code(Id<Order>, bool),
    /// Of two notices that wait, each comes when the other would have.
    Swap(String, String),
}

/// What came of it, in a word; an error is one that nobody may see.
pub async fn perform(app: App, deed: Deed) -> anyhow::Result<String> {
    let now = app.clock.now();
    let told = match deed {
        Deed::Take(wish) => said(decide!(app.db, tx, orders::take(tx, &wish, now).await))?,
        Deed::Confirm(id) => said(decide!(app.db, tx, ending::confirm(tx, id, Actor::Guest, now).await))?,
        Deed::Begin(id) => said(payments::begin(&app, id, &Back::default(), Actor::Guest).await)?,
        Deed::Till(id, deed) => at_the_till(&app, &id, deed).await?,
        Deed::LateAndQuiet(id) => late_and_quiet(&app, &id).await?.to_string(),
        Deed::Back(id) => {
            let key = orders::key(&app, id);
            visit(&app, Request::get(format!("/orders/{id}/payment?key={key}")), Vec::new()).await?
        }
        Deed::Settle(id) => weathered(payments::settle(&app, id).await.map(|payment| payment.state))?,
        Deed::GiveBack(id) => said(decide!(app.db, tx, ending::cancel(tx, id, By::Buyer(Actor::Guest), now).await))?,
        Deed::GiveOneBack(id) => {
            said(decide!(app.db, tx, ending::cancel_ticket(tx, id, By::Buyer(Actor::Guest), now).await))?
        }
        Deed::HostRemoves(id) => {
            said(decide!(app.db, tx, ending::cancel_ticket(tx, id, By::Host(Actor::Operator), now).await))?
        }
        Deed::HostHasMoney(id) => {
            let total = orders::store::by_id(&app.db, id).await?.map_or(0, |order| order.total);
            said(decide!(app.db, tx, settle::received_by_host(tx, id, total, Actor::Operator, now).await))?
        }
        Deed::CancelEvent(id) => {
            let done = decide!(app.db, tx, events::hosting::cancel(tx, id, "Rain.", Actor::Operator, now).await);
            format!("{}", done.is_ok())
        }
        Deed::Later(by) => {
            app.clock.advance(by);
            String::new()
        }
        Deed::Schedule => jobs::schedule(&app).await.map(|()| String::new())?,
        Deed::Jobs(most) => some_jobs(&app, most).await?,
        Deed::Sweep => weathered(settle::sweep(&app).await)?,
        Deed::SweepHolds => weathered(orders::sweep_holds(&app).await)?,
        Deed::TellAgain(body) => tell(&app, body).await?,
        Deed::Lose => lose(&app).await?.to_string(),
        Deed::BuyCredits(id, credits) => {
            let member = members::store::by_id(&app.db, id).await?.context("a member")?;
            said(purchases::begin(&app, &member, credits, &Back::default()).await)?
        }
        Deed::Feature(event, by, days) => {
            let wish = featuring::Wish { event, days, form: "", by };
            match decide!(app.db, tx, featuring::feature(tx, &wish, now).await) {
                Ok(line) => line.balance.to_string(),
                Err(marquee::credits::Refusal::Broken(error)) => return Err(error),
                Err(refusal) => refusal.to_string(),
            }
        }
        Deed::Join(wish) => said(decide!(app.db, tx, waiting::join(tx, &wish, now).await))?,
        Deed::Enter(id) => said(decide!(app.db, tx, waiting::confirm(tx, id, Actor::Guest, now).await))?,
        Deed::Leave(id) => said(decide!(app.db, tx, waiting::leave(tx, id, Actor::Guest, now).await))?,
        Deed::HostGivesAll(id) => {
            let by = (Actor::Operator, "Rain.");
            said(decide!(app.db, tx, giving::give_back(tx, id, &What::Order, &None, by, now).await))?
        }
        Deed::Code(id, true) => said(repricing::put_on(&app, id, CODE, Actor::Guest).await)?,
        Deed::Code(id, false) => said(repricing::take_off(&app, id, Actor::Guest).await)?,
        Deed::Swap(one, other) => swap(&app, &one, &other).await?.to_string(),
    };
    Ok(told)
}

/// Refusals are answers; what is broken is not.
fn said<T: std::fmt::Debug>(outcome: Result<T, Refusal>) -> anyhow::Result<String> {
    match outcome {
        Ok(_) => Ok("done".into()),
        Err(Refusal::Broken(error)) => Err(error),
        Err(refusal) => Ok(format!("{refusal:?}")),
    }
}

/// The provider may not answer; anything else may not fail.
fn weathered<T: std::fmt::Debug>(outcome: anyhow::Result<T>) -> anyhow::Result<String> {
    match outcome {
        Ok(done) => Ok(format!("{done:?}")),
        Err(error) if format!("{error:#}").contains("provider") => Ok(format!("{error:#}")),
        Err(error) => Err(error),
    }
}

pub async fn some_jobs(app: &App, most: usize) -> anyhow::Result<String> {
    let mut done = 0;
    while done < most && jobs::run_next(app).await? {
        done += 1;
    }
    Ok(done.to_string())
}

async fn at_the_till(app: &App, id: &str, deed: AtTheTill) -> anyhow::Result<String> {
    let book: Book = sql("SELECT * FROM local_checkouts WHERE id = $1").bind(id).one(&app.db).await?;
    Ok(local::act(app, &book, deed).await?.to_string())
}

async fn late_and_quiet(app: &App, id: &str) -> db::Result<u64> {
    let now = app.clock.now();
    decide!(app.db, tx, {
        sql("UPDATE local_checkouts SET state = 'paid' WHERE id = $1 AND (state = 'expired' OR expires_at < $2)")
            .bind(id)
            .bind(now)
            .execute(tx)
            .await
    })
}

/// Tells of refunds arrive: nothing else would say that money went back outside.
async fn lose(app: &App) -> db::Result<u64> {
    decide!(app.db, tx, {
        sql("DELETE FROM local_notices WHERE id IN (SELECT id FROM local_notices
             WHERE kind = 'checkout.session.completed' ORDER BY id LIMIT 1)")
        .execute(tx)
        .await
    })
}

async fn swap(app: &App, one: &str, other: &str) -> db::Result<usize> {
    let swapped: db::Result<usize> = decide!(app.db, tx, {
        let text = "SELECT id, run_at FROM jobs WHERE id IN ($1, $2) AND leased_until IS NULL ORDER BY id";
        let rows: Vec<(String, Instant)> = sql(text).bind(one).bind(other).all(&mut *tx).await?;
        if let [(one, first), (other, second)] = &rows[..] {
            for (id, at) in [(one, second), (other, first)] {
                sql("UPDATE jobs SET run_at = $2 WHERE id = $1").bind(id).bind(*at).execute(&mut *tx).await?;
            }
        }
        Ok(rows.len())
    });
    swapped
}

async fn tell(app: &App, body: Vec<u8>) -> anyhow::Result<String> {
    let secret =
        app.gateway.as_ref().and_then(|gateway| gateway.notice_secret().map(<[u8]>::to_vec)).unwrap_or_default();
    let signature = notices::sign(&secret, &body, app.clock.now());
    let request = Request::post("/webhooks/stripe").header("content-type", "application/json");
    visit(app, request.header("stripe-signature", signature), body).await
}

async fn visit(app: &App, request: axum::http::request::Builder, body: Vec<u8>) -> anyhow::Result<String> {
    let response = routes::router(app.clone()).oneshot(request.body(Body::from(body))?).await?;
    let status = response.status();
    anyhow::ensure!(!status.is_server_error(), "answered {status}");
    Ok(status.to_string())
}
