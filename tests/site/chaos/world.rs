//! A world: some events with few places, people who want them, and one process after the other that serves them.
use std::sync::{Arc, Mutex};

use marquee::app::App;
use marquee::clock::{self, minutes};
use marquee::db::{Db, sql};
use marquee::events::{self, Event, PayLater, TicketType};
use marquee::ids::Id;
use marquee::journal::Actor;
use marquee::members::Member;
use marquee::orders::price::Off;
use marquee::orders::waiting::Joining;
use marquee::orders::{Buyer, Order, Ticket, Way, Wish};
use marquee::payments::local::{Deed as AtTheTill, Fault};
use marquee::payments::{Gateway, Payment};

use super::cutting;
use super::deeds::{CODE, Deed, perform};
use super::dice::Dice;
use crate::promo_codes;
use crate::races::guest;
use crate::site::Site;
use crate::taxes;

pub struct World {
    pub site: Site,
    /// The process that runs now.
    pub app: App,
    pub events: Vec<Event>,
    pub log: Vec<String>,
    types: Vec<Vec<TicketType>>,
    members: Vec<Member>,
    dice: Dice,
    /// One deed after the other, each stopped at a statement: what happens is the dice's alone.
    alone: bool,
    /// Of a hundred calls of the provider so many fail.
    storm: Arc<Mutex<(Dice, u64)>>,
}

const SPANS: &[i64] = &[1, 5, 10, 10, 29, 31, 33, 36, 60, 360];
const AT_THE_TILL: &[AtTheTill] = &[
    AtTheTill::Pay,
    AtTheTill::Pay,
    AtTheTill::Pay,
    AtTheTill::Quiet,
    AtTheTill::Quiet,
    AtTheTill::Twice,
    AtTheTill::Late,
    AtTheTill::Late,
    AtTheTill::Decline,
    AtTheTill::Leave,
    AtTheTill::RefundOutside,
];

impl World {
    pub async fn new(dice: Dice, alone: bool) -> Self {
        Self { alone, ..Self::at(Site::start().await, dice, 4).await }
    }

    /// With so many places at the first event.
    pub async fn at(site: Site, mut dice: Dice, places: i64) -> Self {
        let soon = clock::days(2);
        let later = |e: &mut Event| (e.terms.pay_later, e.terms.pay_later_hours) = (PayLater::Door, 24);
        let jazz = site.event("Jazz").starts_in(soon).ticket_type("Place", Some(places), 10).price(2_800);
        let ball = site.event("Ball").starts_in(soon).event_capacity(6).ticket_type("Floor", Some(5), 10);
        let ball = ball.ticket_type("Balcony", Some(3), 10).price(1_000).with(later);
        let gift = site.event("Gift").starts_in(soon).capacity(3).donation(500);
        let gift = gift.with(|e| e.terms.refund_percent = 50);
        let events = vec![jazz.make().await, ball.make().await, gift.make().await];
        let mut types = Vec::new();
        for event in &events {
            types.push(events::store::ticket_types(&site.app.db, event.id).await.expect("types"));
        }
        // Free places beside paid ones, in one event and in one order.
        let mut tx = site.app.db.write().await.expect("a transaction");
        let free = sql("UPDATE ticket_types SET price = 0, suggested = 0 WHERE id = $1").bind(types[1][1].id);
        free.execute(&mut tx).await.expect("a free type");
        tx.commit().await.expect("a commit");
        for (event, off) in events.iter().zip([Off::Percent(25), Off::Amount(700), Off::Percent(100)]) {
            promo_codes::code(&site, event, CODE, |planned| (planned.off, planned.most_uses) = (off, Some(3))).await;
        }
        taxes::rate(&site, &events[0], ("VAT", 8_100, true), &[types[0][0].id]).await;
        taxes::rate(&site, &events[1], ("VAT", 7_625, false), &[types[1][0].id]).await;
        taxes::rate(&site, &events[1], ("City tax", 1_333, true), &[types[1][1].id]).await;
        let members = vec![site.account("ada").await, site.account("bob").await, site.account("cleo").await];
        let storm = Arc::new(Mutex::new((Dice::new(dice.roll()), 15)));
        let mut world =
            Self { app: site.app.clone(), site, events, log: Vec::new(), types, members, dice, alone: false, storm };
        world.weather();
        world
    }

    fn weather(&mut self) {
        let Some(Gateway::Local(local)) = &self.app.gateway else { panic!("no local provider") };
        let storm = Arc::clone(&self.storm);
        local.set_weather(move |_| {
            let mut storm = storm.lock().expect("the weather");
            let percent = storm.1;
            match (storm.0.percent(percent), storm.0.percent(50)) {
                (false, _) => Fault::None,
                (true, true) => Fault::Before,
                (true, false) => Fault::After,
            }
        });
    }

    /// From now on so many of a hundred calls of the provider fail.
    pub fn storm(&mut self, percent: u64) {
        self.storm.lock().expect("the weather").1 = percent;
    }

    /// The process dies, and another one opens the same database.
    pub async fn reopen(&mut self) {
        let old = std::mem::replace(&mut self.app, self.site.second().await);
        if let Db::Postgres(pool, _) = &old.db
            && !std::ptr::eq(&old, &self.site.app)
        {
            drop(pool.close());
        }
        self.weather();
    }

    /// So many steps, then it settles.
    pub async fn live(&mut self, steps: usize) -> Result<(), String> {
        for step in 0..steps {
            if self.dice.percent(5) {
                self.reopen().await;
            }
            let at_once = if !self.alone && self.dice.percent(20) { 2 + self.dice.below(3) } else { 1 };
            self.step(step, at_once).await?;
            self.observe().await?;
        }
        self.settle().await?;
        self.agrees().await
    }

    /// Some deeds at the same time; one of four stops in the middle.
    async fn step(&mut self, step: usize, at_once: usize) -> Result<(), String> {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..at_once {
            let deed = self.draw().await;
            let stop = if self.dice.percent(25) { Some(1 + self.dice.below(40)) } else { None };
            let name = match &deed {
                Deed::TellAgain(_) => format!("{step:3} TellAgain"),
                deed => format!("{step:3} {deed:?}"),
            };
            let (app, alone) = (self.app.clone(), self.alone);
            tasks.spawn(async move {
                let work = perform(app, deed);
                (name, if alone { cutting::at_statement(work, stop).await } else { cutting::at_wake(work, stop).await })
            });
        }
        for (name, outcome) in tasks.join_all().await {
            match outcome {
                None => self.log.push(format!("{name} -> stopped")),
                Some(Ok(told)) => self.log.push(format!("{name} -> {told}")),
                Some(Err(error)) => return Err(format!("{name} broke: {error:?}")),
            }
        }
        Ok(())
    }

    async fn draw(&mut self) -> Deed {
        loop {
            let kind = self.dice.below(124);
            if let Some(deed) = self.draw_of(kind).await {
                return deed;
            }
        }
    }

    async fn draw_of(&mut self, kind: usize) -> Option<Deed> {
        Some(match kind {
            0..16 => Deed::Take(Box::new(self.wish())),
            16..31 => Deed::Begin(self.order(Some("held")).await?),
            31..50 => {
                let id = self.checkout().await?;
                Deed::Till(id, self.dice.one(AT_THE_TILL)?)
            }
            50..52 => Deed::LateAndQuiet(self.checkout().await?),
            52..56 => Deed::Back(self.order(None).await?),
            56..59 => Deed::Settle(self.row::<Payment>("SELECT id FROM payments ORDER BY id").await?),
            59..62 => Deed::GiveBack(self.order(None).await?),
            62..65 => Deed::GiveOneBack(self.row::<Ticket>("SELECT id FROM tickets ORDER BY id").await?),
            65..67 => Deed::HostRemoves(self.row::<Ticket>("SELECT id FROM tickets ORDER BY id").await?),
            67..69 => Deed::HostHasMoney(self.order(Some("held")).await?),
            69 if self.dice.percent(40) => Deed::CancelEvent(self.dice.one(&self.events)?.id),
            70..80 => Deed::Later(minutes(self.dice.one(SPANS)?)),
            80..91 => Deed::Jobs(1 + self.dice.below(6)),
            91 | 92 => Deed::Schedule,
            93 => Deed::Sweep,
            94 => Deed::SweepHolds,
            95 | 96 => Deed::TellAgain(self.payload().await?),
            97 => Deed::Lose,
            98 => Deed::Confirm(self.order(Some("held")).await?),
            99..103 => Deed::BuyCredits(self.dice.one(&self.members)?.id, self.dice.one(&[50, 60])?),
            103..106 => {
                let (event, by) = (self.dice.one(&self.events)?.id, self.dice.one(&self.members)?.id);
                Deed::Feature(event, by, self.dice.one(&[1, 1, 2])?)
            }
            106..111 => Deed::Join(Box::new(self.joining()?)),
            111 | 112 => Deed::Enter(self.row("SELECT id FROM waiting WHERE state = 'asked' ORDER BY id").await?),
            113 | 114 => Deed::Leave(self.row("SELECT id FROM waiting ORDER BY id").await?),
            115 | 116 => Deed::HostGivesAll(self.order(None).await?),
            117..122 => Deed::Code(self.order(Some("held")).await?, self.dice.percent(70)),
            122 | 123 => {
                let (one, other) = self.notices().await?;
                Deed::Swap(one, other)
            }
            _ => return None,
        })
    }

    fn wish(&mut self) -> Wish {
        let n = self.dice.below(self.events.len());
        let types = self.types[n].clone();
        let mut places = Vec::new();
        for of in &types {
            let most = if self.dice.percent(10) { 9 } else { 3 };
            places.push((of.id, i64::try_from(self.dice.below(most)).expect("small")));
        }
        let buyer = self.buyer();
        let way = if self.dice.percent(10) { Way::Host } else { Way::Own };
        let amounts = match n == 2 && self.dice.percent(70) {
            true => vec![(types[0].id, 400 + i64::try_from(self.dice.below(3_000)).expect("small"))],
            false => Vec::new(),
        };
        let form = self.dice.percent(10).then(|| ("form".to_owned(), "body".to_owned()));
        let pay_later = self.dice.percent(15);
        let (event, attendees) = (self.events[n].id, Vec::new());
        let promo = if self.dice.percent(25) { CODE.to_owned() } else { String::new() };
        Wish { event, buyer, way, actor: Actor::Guest, places, amounts, promo, pay_later, attendees, form }
    }

    fn buyer(&mut self) -> Buyer {
        match self.dice.below(self.members.len() + 5) {
            n if n < self.members.len() => Buyer::member(&self.members[n]),
            n => guest(n),
        }
    }

    fn joining(&mut self) -> Option<Joining> {
        let n = self.dice.below(self.events.len());
        let (event, ticket_type) = (self.events[n].id, self.dice.one(&self.types[n])?.id);
        let (buyer, places) = (self.buyer(), 1 + i64::try_from(self.dice.below(3)).expect("small"));
        Some(Joining { event, buyer, actor: Actor::Guest, ticket_type, places, companions: Vec::new() })
    }

    async fn row<T: 'static>(&mut self, text: &'static str) -> Option<Id<T>> {
        let rows: Vec<(String,)> = sql(text).all(&self.app.db).await.expect("rows");
        self.dice.one(&rows)?.0.parse().ok()
    }

    async fn order(&mut self, state: Option<&str>) -> Option<Id<Order>> {
        let text = "SELECT id FROM orders WHERE $1 = '' OR state = $1 ORDER BY id";
        let rows: Vec<(String,)> =
            sql(text).bind(state.unwrap_or_default().to_owned()).all(&self.app.db).await.expect("rows");
        self.dice.one(&rows)?.0.parse().ok()
    }

    /// In the order in which they were opened: their names are chance.
    async fn checkout(&mut self) -> Option<String> {
        let text = "SELECT id FROM local_checkouts ORDER BY payment";
        let rows: Vec<(String,)> = sql(text).all(&self.app.db).await.expect("rows");
        self.dice.one(&rows).map(|row| row.0)
    }

    /// Two that are on their way.
    async fn notices(&mut self) -> Option<(String, String)> {
        let text = "SELECT id FROM jobs WHERE kind = 'send_local_notice' AND leased_until IS NULL ORDER BY id";
        let rows: Vec<(String,)> = sql(text).all(&self.app.db).await.expect("rows");
        let (one, other) = (self.dice.one(&rows)?.0, self.dice.one(&rows)?.0);
        (one != other).then_some((one, other))
    }

    async fn payload(&mut self) -> Option<Vec<u8>> {
        let text = "SELECT payload FROM notices WHERE payload IS NOT NULL ORDER BY id";
        let rows: Vec<(String,)> = sql(text).all(&self.app.db).await.expect("rows");
        self.dice.one(&rows).map(|row| row.0.into_bytes())
    }
}
