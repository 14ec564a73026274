//! kill -9 of a real server while buyers pay at Stripe: what was paid there buys the places here, or goes back.
use axum::http::StatusCode;
use marquee::clock::Clock;
use marquee::events::Event;
use marquee::ids::Id;
use marquee::orders::{self, Order, Way, Wish};

use super::account::{Account, KEY};
use super::settled::{every_order, settles, wrong};
use super::{CHF_28, SECRET, Till};
use crate::chaos::killed::{BUYERS, Server, kills, post};
use crate::races::{guest, take, wish};

/// How a buyer pays, and whether Stripe tells us.
#[derive(Debug, Clone, Copy)]
enum How {
    /// And comes back.
    Told,
    /// And stays there.
    Stays,
    /// The notice is lost.
    Quiet,
}
const WAYS: [How; 3] = [How::Told, How::Stays, How::Quiet];

/// From the order to Stripe's page; None once the server is dead.
async fn pays(base: String, stripe: Account, order: String, way: How) -> Option<()> {
    let (status, page) = post(&base, &order, "").await?;
    assert_eq!(status, StatusCode::SEE_OTHER, "{order}");
    match way {
        How::Told => drop(post("", &page, "do=pay").await?),
        How::Stays => drop(post("", &page, "do=close").await?),
        How::Quiet => stripe.pay(page.rsplit('/').next().unwrap_or_default()),
    }
    Some(())
}

async fn held(till: &Till, event: &Event, n: usize) -> Id<Order> {
    let app = &till.site.app;
    let wish = Wish { way: Way::Own, ..wish(app, event, guest(n), 0, 1).await };
    take(app, &wish).await.expect("a place").id()
}

/// Lets a server live until so many of its buyers have paid, then kills it.
async fn killed_after(till: &Till, event: &Event, from: usize, paid: usize) {
    let app = &till.site.app;
    let mut all = Vec::new();
    for n in 0..BUYERS {
        all.push(held(till, event, from + n).await);
    }
    let base = till.stripe.base();
    let settings = [("STRIPE_SECRET_KEY", KEY), ("STRIPE_WEBHOOK_SECRET", SECRET), ("STRIPE_API_BASE", base.as_str())];
    let server = Server::start(app, &settings);
    till.stripe.books(|books| books.listener = Some((server.base.clone(), SECRET.to_owned())));
    let mut tasks = tokio::task::JoinSet::new();
    for (n, id) in all.iter().enumerate() {
        let path = format!("/orders/{id}/payment?key={}", orders::key(app, *id));
        tasks.spawn(pays(server.base.clone(), till.stripe.clone(), path, WAYS[n % WAYS.len()]));
    }
    let mut done = 0;
    while done < paid
        && let Some(outcome) = tasks.join_next().await
    {
        done += usize::from(outcome.expect("a buyer").is_some());
    }
    server.kill();
    tasks.join_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_while_buyers_pay_at_stripe_loses_no_money_and_no_place() {
    let till = Till::open().await;
    // The servers go by the machine's clock, and each takes a while.
    let keep_up = || till.site.app.clock.advance(till.site.now().until(Clock::default().now()));
    keep_up();
    let event = till.site.event("Jazz").price(CHF_28).make().await;
    for kill in 0..kills() {
        keep_up();
        killed_after(&till, &event, kill * BUYERS, kill * 5 % BUYERS).await;
        till.site.verifies().await;
    }
    // The next one finds everything that the others left, leases of dead workers too.
    settles(&till).await;
    let wrong = wrong(&till).await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    till.site.verifies().await;
    let bought = every_order(&till).await.iter().filter(|order| order.is_confirmed()).count();
    assert!(bought > 0, "nobody paid, so nothing was seen");
}
