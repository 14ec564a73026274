//! Chaos with plans at Stripe: members who choose, change and end them, cards that fail, a portal, a dashboard, weather
//! of all kinds, notices that are lost, processes that stop in the middle. `MARQUEE_SEED=7` replays one world.
use marquee::app::App;
use marquee::clock::minutes;
use marquee::members::Member;
use marquee::payments::checkout::Back;
use marquee::plans::subscribing::{self, begin};
use marquee::plans::{self, State, Subscription, Tier, changing};

use super::settled::settles;
use super::subscribed::MONTH;
use super::subscriptions::{of_plan, tier_of, with_plans};
use super::{Till, Weather};
use crate::chaos::cutting::at_wake;
use crate::chaos::dice::Dice;
use crate::chaos::seeds;
use crate::site::{falls_due, work_some};

const STEPS: usize = 60;
const WORLDS: u64 = 2;
const LONG: u64 = 60;
const BAD: [Weather; 5] = [Weather::Down, Weather::Garbage, Weather::Half, Weather::Lost, Weather::Lost];
const TIERS: [Tier; 4] = [Tier::Free, Tier::Individual, Tier::Team, Tier::Enterprise];

#[derive(Debug, Clone)]
enum Deed {
    Choose(Box<Member>, Tier),
    Cancel(Box<Member>, bool),
    /// At the pay page, with so many notices.
    Pay(String, usize),
    Month,
    Card(usize, bool),
    Portal(String, bool),
    /// At the dashboard.
    End(String),
    /// Of how it stands.
    Tell(String),
    Later(i64),
    Jobs(usize),
}

/// Every subscription that we know of.
async fn ours(till: &Till) -> Vec<Subscription> {
    let mut tx = till.site.app.db.read().await.expect("a snapshot");
    plans::store::every_subscription(&mut tx).await.expect("subscriptions")
}

async fn draw(till: &Till, dice: &mut Dice, members: &[Member]) -> Option<Deed> {
    let now = till.site.now().timestamp().as_second();
    // A page whose address never reached us, nobody can pay on.
    let pages: Vec<_> = ours(till).await.into_iter().filter_map(|of| of.checkout).collect();
    let (open, running, customers) = till.stripe.books(|books| {
        let known = |id: &String| pages.contains(id);
        let open = books.sessions.iter().filter(|one| one.status == "open" && one.expires_at > now && known(&one.id));
        let running = books.subscriptions.iter().filter(|of| of.status != "canceled");
        let open: Vec<_> = open.map(|one| one.id.clone()).collect();
        let running: Vec<_> = running.map(|of| of.id.clone()).collect();
        (open, running, books.customers.len())
    });
    Some(match dice.below(100) {
        0..24 => Deed::Choose(Box::new(dice.one(members)?), dice.one(&TIERS)?),
        24..32 => Deed::Cancel(Box::new(dice.one(members)?), dice.percent(50)),
        32..54 => Deed::Pay(dice.one(&open)?, dice.below(3)),
        54..60 => Deed::Month,
        60..68 if customers > 0 => Deed::Card(dice.below(customers), dice.percent(60)),
        68..74 => Deed::Portal(dice.one(&running)?, dice.percent(60)),
        74..77 => Deed::End(dice.one(&running)?),
        77..83 => Deed::Tell(dice.one(&running)?),
        83..90 => Deed::Later(dice.one(&[1, 10, 33, 70, 1_500])?),
        90..100 => Deed::Jobs(1 + dice.below(8)),
        _ => return None,
    })
}

async fn perform(till: &Till, app: &App, deed: Deed) -> String {
    match deed {
        Deed::Choose(member, tier) => {
            let live = plans::store::live_of(&app.db, member.id).await.expect("a look-up");
            if live.as_ref().is_some_and(Subscription::runs) {
                let done = changing::change(app, member.id, tier, None).await;
                return format!("{:?}", done.map(|of| of.tier));
            }
            format!("{:?}", begin(app, &member, tier, &Back::default()).await.map(|(of, _)| of.id))
        }
        Deed::Cancel(member, yes) => subscribing::cancel(app, member.id, yes).await.is_ok().to_string(),
        Deed::Pay(session, times) => {
            till.stripe.pay(&session);
            let body = till.of_session(&format!("evt_{session}"), "checkout.session.completed", &session);
            for _ in 0..times {
                assert_eq!(till.tell(&body).await, 200);
            }
            String::new()
        }
        Deed::Month => {
            app.clock.advance(jiff::SignedDuration::from_secs(MONTH));
            till.stripe.books(|books| {
                let now = books.now();
                let due = books.subscriptions.iter().filter(|of| of.status != "canceled" && of.period.1 <= now);
                let due: Vec<_> = due.map(|of| of.id.clone()).collect();
                due.iter().for_each(|id| books.month_later(id));
            });
            String::new()
        }
        Deed::Card(n, pays) => till.stripe.books(|books| {
            books.customers[n].card_pays = pays;
            let of = books.customers[n].id.clone();
            let owed = books.subscriptions.iter().filter(|one| pays && one.customer == of && one.status == "past_due");
            let owed: Vec<_> = owed.map(|one| one.id.clone()).collect();
            owed.iter().for_each(|id| books.recovers(id));
            format!("{} recover", owed.len())
        }),
        Deed::Portal(id, yes) => {
            till.stripe.books(|books| books.cancelled_at_the_portal(&id, yes));
            String::new()
        }
        Deed::End(id) => till.stripe.books(|books| books.end(&id))["status"].to_string(),
        Deed::Tell(id) => {
            let name = format!("evt_{}", till.site.now().micros());
            till.tell(&of_plan(till, &name, "customer.subscription.updated", &id)).await.to_string()
        }
        Deed::Later(by) => {
            falls_due(app, minutes(by)).await;
            String::new()
        }
        Deed::Jobs(most) => {
            work_some(app, most).await;
            String::new()
        }
    }
}

/// What differs between Stripe's books and ours, now that all has settled.
async fn wrong(till: &Till, members: &[Member]) -> Vec<String> {
    let app = &till.site.app;
    let mut wrong = Vec::new();
    for of in ours(till).await {
        let (theirs, paid) = till.stripe.books(|books| {
            let name = of.id.to_string();
            let is = |one: &&super::subscribed::Subscription| one.metadata.get("subscription") == Some(&name);
            let theirs: Vec<_> = books.subscriptions.iter().filter(is).cloned().collect();
            let bill = |one: &&super::bills::Invoice| {
                one.status == "paid" && theirs.iter().any(|of| of.id == one.subscription)
            };
            let paid = books.invoices.iter().filter(bill).count();
            (theirs, paid)
        });
        let stands = match theirs.iter().find(|one| one.status != "canceled").map(|one| one.status) {
            Some("active") => State::Active,
            Some(_) => State::PastDue,
            None => State::Ended,
        };
        let bills = plans::store::bills_of(&app.db, of.id).await.expect("bills").len();
        if of.state != stands || theirs.len() > 1 || bills != paid {
            wrong.push(format!("{of:?} with {bills} bills; at Stripe {theirs:?} with {paid}"));
        }
    }
    for member in members {
        let live = plans::store::live_of(&app.db, member.id).await.expect("a look-up");
        let gives = live.as_ref().map_or(Tier::Free, |live| live.gives(app.clock.now()));
        let has = tier_of(till, member).await;
        if has != gives {
            wrong.push(format!("{} has {has:?} and pays for {gives:?}: {live:?}", member.name));
        }
    }
    wrong
}

#[tokio::test]
async fn whatever_happens_to_plans_at_stripe_its_books_and_ours_agree_when_it_has_settled() {
    for seed in seeds(WORLDS, LONG) {
        let till = with_plans().await;
        let members = [till.site.account("ada").await, till.site.account("bob").await];
        let (mut dice, mut log) = (Dice::new(seed), Vec::new());
        let mut weather = Dice::new(dice.roll());
        till.stripe.weather(move |_| match weather.percent(15) {
            true => weather.one(&BAD).expect("some weather"),
            false => Weather::Fair,
        });
        // Two processes on one database.
        let apps = [till.site.app.clone(), till.site.second().await];
        for step in 0..STEPS {
            let Some(deed) = draw(&till, &mut dice, &members).await else { continue };
            let polls = dice.percent(25).then(|| 1 + dice.below(40));
            let app = &apps[dice.below(apps.len())];
            let done = at_wake(perform(&till, app, deed.clone()), polls).await;
            log.push(format!("{step:3} {deed:?} -> {}", done.unwrap_or_else(|| "stopped".to_owned())));
        }
        settles(&till).await;
        let wrong = wrong(&till, &members).await;
        assert!(wrong.is_empty(), "MARQUEE_SEED={seed}\n{}\n=> {}", log.join("\n"), wrong.join("\n"));
        till.site.verifies().await;
    }
}
