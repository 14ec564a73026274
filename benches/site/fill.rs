//! A site of any size, made through the verbs of the site itself.
use std::path::Path;

use anyhow::Context;
use marquee::api::{self, Scope};
use marquee::app::App;
use marquee::clock::{Instant, days, minutes};
use marquee::config::{Config, Source};
use marquee::db::Tx;
use marquee::events::{self, Event, Role, TicketType};
use marquee::forms::Email;
use marquee::i18n::Locale;
use marquee::ids::Id;
use marquee::journal::Actor;
use marquee::members::{self, Member};
use marquee::orders::{self, Buyer, Way, Wish};
use marquee::web::sessions;
use marquee::{decide, migrations, seed};

pub const PASSWORD: &str = "a lantern over seven bridges";
/// Who signs in, each once.
const SIGN_INS: usize = 2_000;
/// Who takes places.
const RACERS: usize = 60_000;

pub struct Site {
    folder: tempfile::TempDir,
    app: App,
    /// An event's page.
    pub path: String,
    pub emails: Vec<String>,
}

/// An event with places for two of three who ask.
pub struct Race {
    event: Id<Event>,
    pub path: String,
    pub tokens: Vec<String>,
}

impl Site {
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// As behind a proxy in production: each request has an address of its own, so no limit is met.
    pub fn settings(&self, port: u16) -> Vec<(&'static str, String)> {
        settings(self.folder(), port)
    }

    /// How many places are taken, and how many there are.
    pub async fn places(&self, race: &Race) -> anyhow::Result<(i64, i64)> {
        let event = events::store::by_id(&self.app.db, race.event).await?;
        let types = events::store::ticket_types(&self.app.db, race.event).await?;
        let capacity = types.iter().filter_map(|of| of.capacity).sum();
        Ok((event.map_or(0, |event| event.taken), capacity))
    }

    /// Members with tokens, and an event for which there are too many of them.
    pub async fn race(&self, clients: usize) -> anyhow::Result<Race> {
        let app = &self.app;
        let number = if clients == 1 { RACERS / 6 } else { RACERS };
        let mut tx = app.db.write_long().await?;
        let capacity = i64::try_from(number * 2 / 3)?;
        let event = Like::of(app).await?.another(&mut tx, &format!("race-{clients}"), clients, capacity).await?;
        tx.commit().await?;
        let (mut tokens, now) = (Vec::new(), app.clock.now());
        for from in (0..number).step_by(1_000) {
            let mut tx = app.db.write_long().await?;
            for n in from..(from + 1_000).min(number) {
                let member = member(&format!("racer{n}.{clients}@example.org"), None, now);
                members::store::insert(&mut tx, &member).await?;
                let wish = api::tokens::Wish { name: "Race".into(), scopes: vec![Scope::Write], days: Some(1) };
                let session = sessions::open(&mut tx, member.id, ("", ""), false, now).await?;
                let made = api::tokens::make(&mut tx, &member, &session, &wish, now).await;
                let made = made.map_err(|error| anyhow::anyhow!("{error:?}"))?;
                tokens.extend(made.map(|(_, secret)| secret));
            }
            tx.commit().await?;
        }
        Ok(Race { event: event.id, path: event.path(), tokens })
    }
}

fn settings(folder: &Path, port: u16) -> Vec<(&'static str, String)> {
    let folder = folder.display();
    vec![
        ("MARQUEE_ENV", "production".into()),
        ("BASE_URL", format!("http://localhost:{port}")),
        ("MARQUEE_ADDR", format!("127.0.0.1:{port}")),
        ("MARQUEE_TRUSTED_PROXIES", "127.0.0.1".into()),
        ("MARQUEE_SECRET_KEY", "3f6b1d9ce7a84520b8d2f1467c03ae95".into()),
        ("MARQUEE_DATA_DIR", format!("{folder}")),
        ("DATABASE_URL", format!("sqlite:{folder}/marquee.db")),
        ("MARQUEE_WORKERS", "0".into()),
        ("SMTP_HOST", "localhost".into()),
        ("SMTP_PORT", "9".into()),
        ("SMTP_USE_TLS", "none".into()),
        ("SMTP_FROM_ADDRESS", "events@example.org".into()),
    ]
}

/// Demo content, and more of its like.
pub async fn site(events: usize, tickets: usize) -> anyhow::Result<Site> {
    let folder = tempfile::tempdir()?;
    let given = settings(folder.path(), 1);
    let given: Vec<(&str, &str)> = given.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let app = App::open(Config::read(&Source::of(&given))?).await?;
    migrations::run(&app.db).await?;
    seed::run_if_empty(&app).await?;
    let mut path = String::new();
    for n in 0..events {
        let mut tx = app.db.write_long().await?;
        let like = Like::of(&app).await?;
        let event = like.another(&mut tx, &format!("event-{n}"), n, 10_000).await?;
        tx.commit().await?;
        fill(&app, &event, tickets / events).await?;
        path = event.path();
    }
    let hash = app.passwords.hash(PASSWORD).await?;
    let (now, mut emails) = (app.clock.now(), Vec::new());
    let mut tx = app.db.write_long().await?;
    for n in 0..SIGN_INS {
        let email = format!("member{n}@example.org");
        members::store::insert(&mut tx, &member(&email, Some(hash.clone()), now)).await?;
        emails.push(email);
    }
    tx.commit().await?;
    Ok(Site { folder, app, path, emails })
}

fn member(email: &str, password: Option<String>, now: Instant) -> Member {
    let email = Email { address: email.to_owned(), key: email.to_owned() };
    Member { email_verified_at: Some(now), password, ..Member::new("Ada Lovelace".to_owned(), email, now) }
}

/// What events are copied from.
struct Like {
    event: Event,
    of: TicketType,
    /// The first hosts the first event, where guests are looked at; the others have a hundred each at first.
    hosts: Vec<Id<Member>>,
    now: Instant,
}

impl Like {
    async fn of(app: &App) -> anyhow::Result<Self> {
        let event = events::store::by_slug(&app.db, "repair-cafe").await?.context("no demo")?;
        let of = events::store::ticket_types(&app.db, event.id).await?.into_iter().next().context("no ticket type")?;
        let mut hosts = Vec::new();
        for name in ["mara", "jonas", "anouk", "deniz"] {
            let host = members::store::by_email_key(&app.db, &format!("{name}@example.org")).await?;
            hosts.extend(host.map(|host| host.id));
        }
        Ok(Self { event, of, hosts, now: app.clock.now() })
    }

    /// The n-th, some weeks and minutes later.
    async fn another(&self, tx: &mut Tx, slug: &str, n: usize, capacity: i64) -> anyhow::Result<Event> {
        let later = days(7 * i64::try_from(n % 50)?) + minutes(i64::try_from(n / 50 % 10_000)?);
        let event = Event {
            id: Id::new(),
            slug: slug.to_owned(),
            title: format!("{} number{n}", self.event.title),
            starts_at: self.event.starts_at + later,
            ends_at: self.event.ends_at + later,
            ceiling: None,
            taken: 0,
            capacity: None,
            ..self.event.clone()
        };
        anyhow::ensure!(events::store::insert(tx, &event).await?, "{slug} stands twice");
        let host = self.hosts[if n == 0 { 0 } else { 1 + n % (self.hosts.len() - 1) }];
        events::store::set_host(tx, event.id, host, Role::Owner, self.now).await?;
        let of = TicketType {
            id: Id::new(),
            event_id: event.id,
            capacity: Some(capacity),
            sold: 0,
            held: 0,
            ..self.of.clone()
        };
        events::store::insert_ticket_type(tx, &of).await?;
        events::finding::index::write(tx, event.id, self.now).await?;
        Ok(event)
    }
}

/// Events without tickets, a thousand at a time.
pub async fn events(site: &Site, numbers: std::ops::Range<usize>) -> anyhow::Result<()> {
    let like = Like::of(&site.app).await?;
    for from in numbers.clone().step_by(1_000) {
        let mut tx = site.app.db.write_long().await?;
        for n in from..(from + 1_000).min(numbers.end) {
            like.another(&mut tx, &format!("event-{n}"), n, 10).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// An event to which everybody comes, of the first host like the first event.
pub async fn crowd(site: &Site, places: i64) -> anyhow::Result<()> {
    let mut tx = site.app.db.write_long().await?;
    Like::of(&site.app).await?.another(&mut tx, "crowd", 0, places).await?;
    Ok(tx.commit().await?)
}

/// Places as a host gives them, four to an order.
async fn fill(app: &App, event: &Event, tickets: usize) -> anyhow::Result<()> {
    let of = events::store::ticket_types(&app.db, event.id).await?.remove(0).id;
    let now = app.clock.now();
    for n in 0..tickets.div_ceil(4) {
        let email = Email::parse(&format!("guest{n}.{}@example.net", event.slug)).expect("an address");
        let wish = Wish {
            event: event.id,
            buyer: Buyer::Guest { name: format!("Guest {n}"), email, locale: Locale::default() },
            way: Way::Host,
            actor: Actor::Operator,
            places: vec![(of, 4)],
            amounts: Vec::new(),
            promo: String::new(),
            pay_later: false,
            attendees: Vec::new(),
            form: None,
        };
        decide!(app.db, tx, orders::take(tx, &wish, now).await).map_err(|refusal| anyhow::anyhow!("{refusal}"))?;
    }
    Ok(())
}
