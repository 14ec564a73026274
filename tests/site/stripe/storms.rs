//! Chaos at Stripe: buyers, a host, weather of all kinds, notices that are lost, doubled and late, processes that stop
//! between any two steps. When it has settled, our books and Stripe's agree. `MARQUEE_SEED=7` replays one world.
use std::collections::HashMap;

use marquee::app::App;
use marquee::clock::minutes;
use marquee::db::Db;
use marquee::decide;
use marquee::events::{self, Event};
use marquee::ids::Id;
use marquee::journal::Actor;
use marquee::members::Member;
use marquee::orders::ending::{self, By};
use marquee::orders::{Order, Refusal, Way, Wish};
use marquee::payments::checkout::Back;
use marquee::payments::{self, purchases};

use super::objects::Session;
use super::settled::{every_order, settles, wrong};
use super::{CHF_28, Till, Weather, notice};
use crate::chaos::cutting::at_wake;
use crate::chaos::dice::Dice;
use crate::chaos::seeds;
use crate::races::{guest, take, taken, wish};
use crate::site::{falls_due, work_some};

const PLACES: i64 = 5;
const STEPS: usize = 70;
const WORLDS: u64 = 3;
const LONG: u64 = 100;

const BAD: [Weather; 5] = [Weather::Down, Weather::Garbage, Weather::Half, Weather::Lost, Weather::Lost];

struct World {
    till: Till,
    /// The process that runs now; notices come to the first one.
    app: App,
    /// Whether that is another one than the first.
    reopened: bool,
    event: Event,
    members: Vec<Member>,
    dice: Dice,
    /// Every notice that Stripe ever sent.
    sent: Vec<Vec<u8>>,
    told: usize,
    log: Vec<String>,
}

#[derive(Debug)]
enum Deed {
    Take(Box<Wish>),
    Begin(Id<Order>),
    /// With so many notices of that name.
    Pay(String, String, usize),
    /// All that is left goes back at the dashboard.
    Outside(Box<Session>, String),
    GiveBack(Id<Order>),
    TellAgain(Vec<u8>),
    Later(i64),
    Jobs(usize),
    BuyCredits(Box<Member>),
    Cancel(Id<Event>),
}

impl World {
    async fn new(seed: u64) -> Self {
        let till = Till::open().await;
        let event = till.site.event("Jazz").capacity(PLACES).price(CHF_28).make().await;
        let members = vec![till.site.account("ada").await, till.site.account("bob").await];
        let mut dice = Dice::new(seed);
        let mut weather = Dice::new(dice.roll());
        till.stripe.weather(move |_| match weather.percent(15) {
            true => weather.one(&BAD).expect("some weather"),
            false => Weather::Fair,
        });
        let (app, sent, log) = (till.site.app.clone(), Vec::new(), Vec::new());
        Self { till, app, reopened: false, event, members, dice, sent, told: 0, log }
    }

    /// The process dies, and another one opens the same database.
    async fn reopen(&mut self) {
        let old = std::mem::replace(&mut self.app, self.till.site.second().await);
        if let Db::Postgres(pool, _) = &old.db
            && self.reopened
        {
            drop(pool.close());
        }
        self.reopened = true;
    }

    async fn order(&mut self, held: bool) -> Option<Id<Order>> {
        let all: Vec<_> = every_order(&self.till).await.into_iter().filter(|order| order.is_held() == held).collect();
        self.dice.one(&all).map(|order| order.id)
    }

    fn session(&mut self, fits: impl Fn(&Session) -> bool) -> Option<Session> {
        let all: Vec<_> =
            self.till.stripe.books(|books| books.sessions.iter().filter(|one| fits(one)).cloned().collect());
        self.dice.one(&all)
    }

    fn name(&mut self) -> String {
        self.told += 1;
        format!("evt_{}", self.told)
    }

    async fn draw(&mut self) -> Option<Deed> {
        Some(match self.dice.below(100) {
            0..16 => {
                let places = 1 + i64::from(self.dice.percent(40));
                let buyer = guest(self.dice.below(1_000_000));
                let wish = Wish { way: Way::Own, ..wish(&self.app, &self.event, buyer, 0, places).await };
                Deed::Take(Box::new(wish))
            }
            16..35 => Deed::Begin(self.order(true).await?),
            35..53 => {
                let at = self.app.clock.now().timestamp().as_second();
                let session = self.session(|one| one.status == "open" && one.expires_at > at)?;
                let times = [1, 1, 1, 2, 0, 0][self.dice.below(6)];
                Deed::Pay(session.id, self.name(), times)
            }
            53..57 => Deed::Outside(Box::new(self.session(|one| one.paid)?), self.name()),
            57..67 => Deed::GiveBack(self.order(false).await?),
            67..71 => Deed::TellAgain(self.dice.one(&self.sent)?),
            71..81 => Deed::Later(self.dice.one(&[1, 5, 10, 29, 31, 36, 90])?),
            81..96 => Deed::Jobs(1 + self.dice.below(8)),
            96..99 => Deed::BuyCredits(Box::new(self.dice.one(&self.members)?)),
            _ if self.dice.percent(25) => Deed::Cancel(self.event.id),
            _ => return None,
        })
    }

    /// Some deeds at the same time; one of four stops in the middle.
    async fn step(&mut self, step: usize) {
        if self.dice.percent(5) {
            self.reopen().await;
        }
        let at_once = if self.dice.percent(20) { 2 + self.dice.below(3) } else { 1 };
        let mut deeds = Vec::new();
        for _ in 0..at_once {
            let Some(deed) = self.draw().await else { continue };
            let stops = self.dice.percent(25).then(|| 1 + self.dice.below(40));
            // Nothing else would say that money went back at the dashboard.
            let polls = if matches!(deed, Deed::Outside(..)) { None } else { stops };
            let name = match &deed {
                Deed::TellAgain(_) => format!("{step:3} TellAgain"),
                deed => format!("{step:3} {deed:?}"),
            };
            deeds.push((name, deed, polls));
        }
        let (till, app) = (&self.till, &self.app);
        let all = deeds.into_iter().map(|(name, deed, polls)| async move {
            let done = at_wake(perform(till, app, deed), polls).await;
            (name, done)
        });
        let all = futures_util::future::join_all(all).await;
        for (name, done) in all {
            let told = done.as_ref().map_or("stopped", |(told, _)| told.as_str());
            self.log.push(format!("{name} -> {told}"));
            self.sent.extend(done.and_then(|(_, sent)| sent));
        }
    }
}

/// What came of it, and what Stripe told of it.
async fn perform(till: &Till, app: &App, deed: Deed) -> (String, Option<Vec<u8>>) {
    let now = app.clock.now();
    let told = match deed {
        Deed::Take(wish) => take(app, &wish).await.is_ok().to_string(),
        Deed::Begin(id) => {
            let begun = payments::begin(app, id, &Back::default(), Actor::Guest).await;
            format!("{:?}", begun.map(|(payment, _)| payment.id))
        }
        Deed::Pay(session, name, times) => {
            let open = |one: &Session, now: i64| one.id == session && one.status == "open" && one.expires_at > now;
            let paid = till.stripe.books(|books| {
                let now = books.now();
                let is_open = books.sessions.iter().any(|one| open(one, now));
                if is_open {
                    books.pay(&session);
                }
                is_open
            });
            if !paid {
                return ("too late".to_owned(), None);
            }
            let body = till.of_session(&name, "checkout.session.completed", &session);
            for _ in 0..times {
                assert_eq!(till.tell(&body).await, 200);
            }
            return (String::new(), Some(body));
        }
        Deed::Outside(session, name) => {
            let body = till.stripe.books(|books| {
                let rest = session.amount - books.given_back(&session.intent);
                if rest > 0 {
                    books.give_back(&session, rest, HashMap::new());
                }
                session.charge_json(books.given_back(&session.intent), false)
            });
            let body = notice(&name, "charge.refunded", &body);
            assert_eq!(till.tell(&body).await, 200);
            return (String::new(), Some(body));
        }
        Deed::GiveBack(id) => {
            let done: Result<_, Refusal> =
                decide!(app.db, tx, ending::cancel(tx, id, By::Buyer(Actor::Guest), now).await);
            done.is_ok().to_string()
        }
        Deed::TellAgain(body) => till.tell(&body).await.to_string(),
        Deed::Later(by) => {
            falls_due(app, minutes(by)).await;
            String::new()
        }
        Deed::Jobs(most) => {
            work_some(app, most).await;
            String::new()
        }
        Deed::BuyCredits(member) => {
            let begun = purchases::begin(app, &member, 50, &Back::default()).await;
            begun.is_ok().to_string()
        }
        Deed::Cancel(id) => {
            let done: events::hosting::Result<Event> =
                decide!(app.db, tx, events::hosting::cancel(tx, id, "Rain.", Actor::Operator, now).await);
            done.is_ok().to_string()
        }
    };
    (told, None)
}

#[tokio::test]
async fn whatever_stripe_does_its_books_and_ours_agree_when_it_has_settled() {
    for seed in seeds(WORLDS, LONG) {
        let mut world = World::new(seed).await;
        for step in 0..STEPS {
            world.step(step).await;
            let now = taken(&world.till.site, &world.event).await;
            assert!((0..=PLACES).contains(&now), "MARQUEE_SEED={seed}: {now} places\n{}", world.log.join("\n"));
        }
        settles(&world.till).await;
        let wrong = wrong(&world.till).await;
        assert!(wrong.is_empty(), "MARQUEE_SEED={seed}\n{}\n=> {}", world.log.join("\n"), wrong.join("\n"));
        world.till.site.verifies().await;
    }
}
