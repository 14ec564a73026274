//! Demo content for a development site, made through the same verbs as everything else.
mod programme;
mod sold;
mod staging;

use jiff::ToSpan;

use crate::app::App;
use crate::clock::{self, Instant};
use crate::db::Tx;
use crate::events::{self, Event, EventFact, Role, Status, TicketType};
use crate::forms::Email;
use crate::i18n::Locale;
use crate::journal::{self, Actor};
use crate::letters;
use crate::members::{self, Member};
use crate::orders::{self, Buyer, Way, Wish};
use crate::posters;
use programme::{GUESTS, PAST, ROWS, Row, SOLD_OUT};
use staging::{event, ticket_types};

/// How long ago the people of the demo joined.
const JOINED: jiff::SignedDuration = clock::days(21);
/// On how many days places were taken. All events are published for longer than that.
const DAYS_ON_SALE: i64 = 13;

/// A way into the demo.
pub struct SignIn {
    pub name: &'static str,
    pub email: &'static str,
    pub password: &'static str,
    pub what: &'static str,
}

/// Shown when a development site starts.
pub const SIGN_INS: &[SignIn] = &[
    SignIn {
        name: "Mara Lindt",
        email: "mara@example.org",
        password: "stage lights at seven",
        what: "admin, hosts talks, has the plan Team",
    },
    SignIn {
        name: "Jonas Frei",
        email: "jonas@example.org",
        password: "soldering iron and tea",
        what: "hosts the neighbourhood, has credits and an event on the front page",
    },
    SignIn { name: "Anouk Perrin", email: "anouk@example.org", password: "three songs and a rug", what: "hosts music" },
    SignIn {
        name: "Deniz Kaya",
        email: "deniz@example.org",
        password: "reed pens and black ink",
        what: "hosts making",
    },
    SignIn {
        name: "Ada Lovelace",
        email: "ada@example.org",
        password: "engines that weave algebra",
        what: "comes to things",
    },
];

/// Fills the site with people and their programme, unless there is an event already. True if it did.
pub async fn run_if_empty(app: &App) -> anyhow::Result<bool> {
    if events::store::any(&app.db).await? {
        return Ok(false);
    }
    fill(app).await?;
    Ok(true)
}

/// The same with what is sold. A site whose plans could not be set up is a site all the same.
pub async fn start(app: &App) -> anyhow::Result<bool> {
    let fresh = run_if_empty(app).await?;
    if fresh && let Err(error) = sold::fill(app).await {
        tracing::warn!(error = format!("{error:#}"), "the demo has no plans and credits, or not all of them");
    }
    Ok(fresh)
}

/// The command: refuses where people are.
pub async fn run(app: &App) -> anyhow::Result<()> {
    anyhow::ensure!(app.config.development(), "Demo content is for development sites: MARQUEE_ENV is production.");
    if start(app).await? {
        println!("The site has demo content now.");
    } else {
        println!("The site has events already; nothing was changed.");
    }
    Ok(())
}

async fn fill(app: &App) -> anyhow::Result<()> {
    let now = app.clock.now();
    let mut hashes = Vec::new();
    for sign_in in SIGN_INS {
        hashes.push(app.passwords.hash(sign_in.password).await?);
    }
    let mut tx = app.db.write_long().await?;
    let mut hosts = Vec::new();
    for (sign_in, hash) in SIGN_INS.iter().zip(hashes) {
        hosts.push(member(&mut tx, sign_in, hash, now - JOINED).await?);
    }
    let mut hung: Vec<posters::Look> = Vec::new();
    for row in ROWS {
        let event = event(row, &mut hung, now)?;
        open(&mut tx, &event, row, &hosts[row.host], event.created_at).await?;
        fill_places(&mut tx, &event, row, now).await?;
    }
    draft(&mut tx, &hosts[0], &mut hung, now).await?;
    letters::store::forget_waiting(&mut tx).await?;
    Ok(tx.commit().await?)
}

async fn member(tx: &mut Tx, sign_in: &SignIn, hash: String, now: Instant) -> anyhow::Result<Member> {
    let email = Email { address: sign_in.email.to_owned(), key: sign_in.email.to_owned() };
    let member = Member {
        email_verified_at: Some(now),
        password: Some(hash),
        admin: sign_in.what.starts_with("admin"),
        ..Member::new(sign_in.name.to_owned(), email, now)
    };
    members::store::insert(tx, &member).await?;
    journal::append(tx, &member.stream(), &members::MemberFact::MemberSignedUp, Actor::Operator, now).await?;
    if member.admin {
        let made = members::MemberFact::MadeAdmin { reason: "Demo content".to_owned() };
        journal::append(tx, &member.stream(), &made, Actor::Operator, now).await?;
    }
    Ok(member)
}

async fn open(tx: &mut Tx, event: &Event, row: &Row, host: &Member, now: Instant) -> anyhow::Result<()> {
    anyhow::ensure!(events::store::insert(tx, event).await?, "{} stands twice in the programme", event.slug);
    events::store::set_host(tx, event.id, host.id, Role::Owner, now).await?;
    for of in ticket_types(event, row, now) {
        events::store::insert_ticket_type(tx, &of).await?;
    }
    let actor = Actor::Member(host.id);
    journal::append(tx, &event.stream(), &EventFact::EventCreated { copied_from: None }, actor, now).await?;
    if event.is_published() {
        journal::append(tx, &event.stream(), &EventFact::EventPublished, actor, now).await?;
        events::finding::index::write(tx, event.id, now).await?;
    }
    Ok(())
}

/// Places as hosts give them, so that nobody waits for a mail: all where it is sold out or over, some elsewhere. They were
/// taken on the days since the event was published, so that charts have something to show.
async fn fill_places(tx: &mut Tx, event: &Event, row: &Row, now: Instant) -> anyhow::Result<()> {
    let full = matches!(row.title, SOLD_OUT | PAST);
    let wanted = if full { row.capacity } else { (row.capacity / 3).min((row.day.abs() * 5) % 11) };
    let types = events::store::ticket_types(&mut *tx, event.id).await?;
    let of = types.first().ok_or_else(|| anyhow::anyhow!("no ticket type"))?;
    for (n, name) in GUESTS.iter().enumerate().take(usize::try_from(wanted)?) {
        let wish = Wish { way: Way::Host, ..guest(event, &format!("guest{}", n + 1), name, of) };
        let ago = clock::hours((row.day.abs() * 31 + n as i64 * 53) % (DAYS_ON_SALE * 24));
        let at = (now - ago).min(event.starts_at - clock::hours(1));
        orders::take(tx, &wish, at).await.map_err(|refusal| anyhow::anyhow!("{}: {refusal}", event.slug))?;
    }
    let today = now.in_zone(&event.time_zone()).date();
    for ago in 0..DAYS_ON_SALE {
        events::views::store::add(tx, &event.slug, today.checked_sub(ago.days())?, wanted).await?;
    }
    Ok(())
}

/// Somebody without an account who takes one place.
fn guest(event: &Event, mailbox: &str, name: &str, of: &TicketType) -> Wish {
    let address = format!("{mailbox}.{}@example.net", event.slug);
    let email = Email::parse(&address).unwrap_or(Email { key: address.clone(), address });
    Wish {
        event: event.id,
        buyer: Buyer::Guest { name: name.to_owned(), email, locale: Locale::default() },
        way: Way::Own,
        actor: Actor::Operator,
        places: vec![(of.id, 1)],
        amounts: Vec::new(),
        promo: String::new(),
        pay_later: false,
        attendees: Vec::new(),
        form: None,
    }
}

async fn draft(tx: &mut Tx, host: &Member, hung: &mut Vec<posters::Look>, now: Instant) -> anyhow::Result<()> {
    let row = Row {
        title: "Spring programme, first ideas",
        day: 60,
        capacity: 50,
        host: 0,
        summary: "Not decided yet.",
        ..ROWS[1]
    };
    let draft = Event { status: Status::Draft, published_at: None, ..event(&row, hung, now)? };
    open(tx, &draft, &row, host, now).await
}
