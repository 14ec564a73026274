//! Races that are promised to be won, each with forty tasks, also between two processes on one database.
use std::future::{Future, poll_fn};
use std::task::Poll;

use axum::body::Body;
use axum::http::{Request, header};
use marquee::app::App;
use marquee::clock;
use marquee::db::{Db, sql};
use marquee::decide;
use marquee::events::{self, Event};
use marquee::forms::Email;
use marquee::i18n::Locale;
use marquee::ids::Id;
use marquee::jobs;
use marquee::journal::Actor;
use marquee::orders::ending::{self, By};
use marquee::orders::{self, Buyer, Order, Refusal, Taken, Way, Wish};
use tower::ServiceExt;

use crate::browser::FORM;
use crate::site::Site;

const TASKS: usize = 40;

/// A guest whom the host adds: confirmed at once, so the verb is all there is.
pub fn guest(n: usize) -> Buyer {
    let email = Email::parse(&format!("guest{n}@example.org")).expect("an address");
    Buyer::Guest { name: format!("Guest {n}"), email, locale: Locale::En }
}

/// The wish for so many places of the event's n-th type.
pub async fn wish(app: &App, event: &Event, buyer: Buyer, of: usize, places: i64) -> Wish {
    let types = events::store::ticket_types(&app.db, event.id).await.expect("types");
    let (way, places) = (Way::Host, vec![(types[of].id, places)]);
    Wish {
        event: event.id,
        buyer,
        way,
        actor: Actor::Guest,
        places,
        amounts: Vec::new(),
        promo: String::new(),
        pay_later: false,
        attendees: Vec::new(),
        form: None,
    }
}

/// What forty guests wish for: `of` says of which type the n-th does, and how many places.
async fn wishes(app: &App, event: &Event, of: impl Fn(usize) -> (usize, i64)) -> Vec<Wish> {
    let mut wishes = Vec::new();
    for n in 0..TASKS {
        let (of, places) = of(n);
        wishes.push(wish(app, event, guest(n), of, places).await);
    }
    wishes
}

/// In a transaction of its own.
pub async fn take(app: &App, wish: &Wish) -> Result<Taken, Refusal> {
    let now = app.clock.now();
    decide!(app.db, tx, orders::take(tx, wish, now).await)
}

pub async fn taken(site: &Site, event: &Event) -> i64 {
    events::store::by_id(&site.app.db, event.id).await.expect("a look-up").expect("the event").taken
}

/// All at once, in turn on each of the apps.
async fn race(apps: &[App], wishes: Vec<Wish>) -> Vec<Result<Taken, Refusal>> {
    let mut tasks = tokio::task::JoinSet::new();
    for (n, wish) in wishes.into_iter().enumerate() {
        let app = apps[n % apps.len()].clone();
        tasks.spawn(async move { take(&app, &wish).await });
    }
    tasks.join_all().await
}

fn served(outcomes: &[Result<Taken, Refusal>]) -> usize {
    let told = outcomes.iter().filter(|outcome| matches!(outcome, Err(Refusal::Full { .. }))).count();
    let served = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Taken::New(_)))).count();
    assert_eq!(served + told, outcomes.len(), "{outcomes:#?}");
    served
}

#[tokio::test(flavor = "multi_thread")]
async fn of_forty_who_race_for_seven_places_seven_get_one_and_the_others_are_told() {
    let site = Site::start().await;
    let event = site.event("Seven chairs").capacity(7).make().await;
    let wishes = wishes(&site.app, &event, |_| (0, 1)).await;
    assert_eq!(served(&race(std::slice::from_ref(&site.app), wishes).await), 7);
    assert_eq!(taken(&site, &event).await, 7);
    site.verifies().await;
}

/// Those who come too late see a page on which all places are taken, as the places are that they were refused.
#[tokio::test(flavor = "multi_thread")]
async fn who_loses_the_race_sees_a_page_that_agrees_with_it() {
    let site = Site::start().await;
    for round in 0..5 {
        let event = site.event(&format!("Seven chairs {round}")).event_capacity(7).make().await;
        let path = format!("{}/orders", event.path());
        let mut racers = Vec::new();
        for n in 0..TASKS {
            racers.push(site.member(&format!("Racer {n}")).await);
        }
        let mut tasks = tokio::task::JoinSet::new();
        for mut browser in racers {
            let path = path.clone();
            tasks.spawn(async move {
                browser.post(&path, &[("people", "1"), ("answer", "going")]).await;
                (browser.status, browser.text())
            });
        }
        let answers = tasks.join_all().await;
        assert_eq!(answers.iter().filter(|(status, _)| *status == 303).count(), 7);
        for (_, text) in answers.into_iter().filter(|(status, _)| *status != 303) {
            assert!(text.contains("All places are taken.") && !text.contains("places left"), "{text}");
        }
    }
}

/// Also when both were to share one commit.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_refused_finds_what_they_were_refused_for() {
    let site = Site::start().await;
    for round in 0..20 {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..TASKS {
            let db = site.app.db.clone();
            tasks.spawn(async move {
                let name = format!("chair {round}");
                let first: marquee::error::Result<()> = decide!(db, tx, {
                    let added = sql("INSERT INTO settings (name, value) VALUES ($1, '') ON CONFLICT DO NOTHING");
                    let added = added.bind(&name).execute(tx).await?;
                    if added == 1 { Ok(()) } else { Err(marquee::error::Error::Conflict) }
                });
                let seen = sql("SELECT EXISTS (SELECT 1 FROM settings WHERE name = $1)").bind(&name);
                (first.is_ok(), seen.scalar::<bool>(&db).await.expect("a look-up"))
            });
        }
        let outcomes = tasks.join_all().await;
        assert_eq!(outcomes.iter().filter(|(first, _)| *first).count(), 1);
        assert!(outcomes.iter().all(|(_, seen)| *seen), "refused for what is not there yet");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_on_one_database_sell_no_place_twice() {
    let site = Site::start().await;
    let apps = [site.app.clone(), site.second().await];
    let event = site.event("Two doors").capacity(7).make().await;
    let wishes = wishes(&site.app, &event, |_| (0, 1)).await;
    assert_eq!(served(&race(&apps, wishes).await), 7);
    assert_eq!(taken(&site, &event).await, 7);
    site.verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_party_gets_all_its_places_or_none() {
    let site = Site::start().await;
    let event = site.event("Long table").capacity(11).make().await;
    let wishes = wishes(&site.app, &event, |n| (0, i64::try_from(n % 4).unwrap() + 1)).await;
    let outcomes = race(&[site.app.clone(), site.second().await], wishes).await;
    served(&outcomes);
    let places: i64 =
        outcomes.iter().map(|outcome| if let Ok(Taken::New(order)) = outcome { order.places } else { 0 }).sum();
    // Parties of one are among those who came, so nothing stays free.
    assert_eq!((places, taken(&site, &event).await), (11, 11));
    site.verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ticket_types_share_the_capacity_of_their_event() {
    let site = Site::start().await;
    let builder = site.event("Shared").event_capacity(7).ticket_type("Floor", Some(6), 10);
    let event = builder.ticket_type("Balcony", None, 10).make().await;
    let wishes = wishes(&site.app, &event, |n| (n % 2, 1)).await;
    assert_eq!(served(&race(&[site.app.clone(), site.second().await], wishes).await), 7);
    site.verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_sent_forty_times_at_once_acts_once() {
    let site = Site::start().await;
    let event = site.event("Once").capacity(TASKS.try_into().unwrap()).make().await;
    let mut once = wish(&site.app, &event, guest(1), 0, 2).await;
    once.form = Some(("this form".into(), "this body".into()));
    let outcomes = race(&[site.app.clone(), site.second().await], vec![once.clone(); TASKS]).await;
    let ids: std::collections::HashSet<_> =
        outcomes.iter().map(|taken| taken.as_ref().expect("an order").id()).collect();
    assert_eq!((ids.len(), taken(&site, &event).await), (1, 2));
    once.form = Some(("this form".into(), "another body".into()));
    assert!(matches!(take(&site.app, &once).await, Err(Refusal::OtherContents)));
    site.verifies().await;
}

async fn held(site: &Site, event: &Event, n: usize) -> Order {
    let mut wish = wish(&site.app, event, guest(n), 0, 2).await;
    wish.way = Way::Own;
    let Taken::New(order) = take(&site.app, &wish).await.expect("places") else { panic!("not new") };
    assert!(order.is_held());
    order
}

async fn confirm(app: &App, id: Id<Order>) -> Result<Order, Refusal> {
    let now = app.clock.now();
    decide!(app.db, tx, ending::confirm(tx, id, Actor::Guest, now).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_that_ends_frees_its_places_once_however_many_end_it() {
    let site = Site::start().await;
    let event = site.event("Hold").capacity(10).make().await;
    let order = held(&site, &event, 1).await;
    held(&site, &event, 2).await;
    site.app.clock.advance(clock::minutes(31));
    let second = site.second().await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..TASKS {
        let app = if n % 2 == 0 { site.app.clone() } else { second.clone() };
        tasks.spawn(async move {
            match n % 4 {
                0 => orders::sweep_holds(&app).await.map(drop),
                1 => jobs::run_next(&app).await.map(drop),
                2 => orders::end_hold(&app, order.id).await,
                _ => confirm(&app, order.id).await.map(drop).or(Ok(())),
            }
        });
    }
    assert!(tasks.join_all().await.into_iter().all(|done| done.is_ok()));
    site.work().await;
    assert_eq!(taken(&site, &event).await, 0);
    assert!(matches!(confirm(&site.app, order.id).await, Err(Refusal::HoldOver)));
    site.verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmed_order_outlives_the_end_of_its_hold() {
    let site = Site::start().await;
    let event = site.event("Kept").capacity(10).make().await;
    let order = held(&site, &event, 1).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..TASKS {
        let app = site.app.clone();
        tasks.spawn(async move { confirm(&app, order.id).await });
    }
    assert!(tasks.join_all().await.into_iter().all(|done| done.is_ok()));
    site.later(clock::minutes(31)).await;
    orders::end_hold(&site.app, order.id).await.expect("nothing to end");
    assert_eq!(taken(&site, &event).await, 2);
    assert_eq!(
        site.mails_to("guest1@example.org").await.iter().filter(|mail| mail.subject.contains("tickets")).count(),
        1
    );
    site.verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn places_that_are_given_back_forty_times_at_once_are_freed_once() {
    let site = Site::start().await;
    let event = site.event("Back").capacity(10).make().await;
    let order = take(&site.app, &wish(&site.app, &event, guest(1), 0, 3).await).await.expect("places").id();
    take(&site.app, &wish(&site.app, &event, guest(2), 0, 4).await).await.expect("places");
    let second = site.second().await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..TASKS {
        let app = if n % 2 == 0 { site.app.clone() } else { second.clone() };
        tasks.spawn(async move {
            let now = app.clock.now();
            decide!(app.db, tx, ending::cancel(tx, order, By::Buyer(Actor::Guest), now).await)
        });
    }
    assert!(tasks.join_all().await.into_iter().all(|done| done.is_ok()));
    assert_eq!(taken(&site, &event).await, 4);
    site.verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tickets_of_an_order_given_back_one_by_one_at_once_free_each_place_once() {
    let site = Site::start().await;
    let event = site.event("One by one").capacity(10).make().await;
    let order = take(&site.app, &wish(&site.app, &event, guest(1), 0, 3).await).await.expect("places").id();
    let tickets = orders::store::tickets(&site.app.db, order).await.expect("tickets");
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..TASKS {
        let (app, ticket) = (site.app.clone(), tickets[n % tickets.len()].id);
        tasks.spawn(async move {
            let now = app.clock.now();
            decide!(app.db, tx, ending::cancel_ticket(tx, ticket, By::Buyer(Actor::Guest), now).await)
        });
    }
    assert!(tasks.join_all().await.into_iter().all(|done| done.is_ok()));
    assert_eq!(taken(&site, &event).await, 0);
    site.verifies().await;
}

/// Polls a request so many times, then drops it, as a server does when the client hangs up.
async fn hang_up_after(site: &Site, path: &str, body: String, polls: usize) {
    let request = Request::builder().method("POST").uri(path).header("sec-fetch-site", "same-origin");
    let request = request.header(header::CONTENT_TYPE, FORM).body(Body::from(body)).expect("a request");
    let mut answer = Box::pin(site.router.clone().oneshot(request));
    for _ in 0..polls {
        let ready = poll_fn(|cx| Poll::Ready(answer.as_mut().poll(cx).is_ready())).await;
        if ready {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// Connections that PostgreSQL keeps for somebody who began and does nothing.
async fn in_transaction(app: &App) -> i64 {
    let count = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    sql(count).scalar(&app.db).await.expect("a count")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_requests_that_are_hung_up_on_leave_no_open_transaction() {
    let site = Site::start().await;
    let event = site.event("Hung up").capacity(100_000).make().await;
    let path = format!("{}/orders", event.path());
    for n in 0..1_000 {
        // From another network each time, or the limit would answer.
        let body = format!("people=1&name=Ada&email=ada{n}@example.org&form=f{n}");
        hang_up_after(&site, &path, body, 1 + n % 23).await;
    }
    let second = site.second().await;
    take(&second, &wish(&second, &event, guest(1), 0, 1).await).await.expect("the database is free");
    if let Db::Postgres(..) = &second.db {
        // The last of them are rolled back by tasks of their own; one that is left open stays.
        let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while in_transaction(&second).await > 0 {
            assert!(std::time::Instant::now() < until, "a transaction is left open");
        }
    }
    site.verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_hangs_up_while_a_transaction_begins_leaves_its_connection_clean() {
    let site = Site::start().await;
    for polls in 1..60 {
        let mut reading = Box::pin(site.app.db.read());
        for _ in 0..polls % 6 {
            if poll_fn(|cx| Poll::Ready(reading.as_mut().poll(cx).is_ready())).await {
                break;
            }
        }
    }
    // More at once than a few: each connection that was left in a snapshot would refuse to write.
    let mut open = Vec::new();
    for n in 0..10 {
        if n > 0 && matches!(site.app.db, Db::Sqlite { .. }) {
            break;
        }
        let mut tx = site.app.db.write().await.expect("a transaction");
        sql("INSERT INTO schedule (name, period) VALUES ($1, 0)")
            .bind(format!("{n}"))
            .execute(&mut tx)
            .await
            .expect("a row");
        open.push(tx);
    }
}
