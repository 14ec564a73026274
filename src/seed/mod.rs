//! Demo content for a development site, made through the same verbs as everything else.
mod programme;
mod sold;

use jiff::ToSpan;
use jiff::tz::TimeZone;

use crate::app::App;
use crate::clock::Instant;
use crate::db::Tx;
use crate::events::{
    self, Event, EventFact, GuestList, PayLater, Pricing, Reveal, Role, Status, Terms, TicketType, Visibility, slugs,
    times,
};
use crate::forms::Email;
use crate::i18n::Locale;
use crate::ids::Id;
use crate::journal::{self, Actor};
use crate::letters;
use crate::members::{self, Member};
use crate::orders::{self, Buyer, Way, Wish};
use crate::posters;
use programme::{EARLY_BIRD, GUESTS, HIDDEN, PAID, PAST, Paid, ROWS, Row, SOLD_OUT};

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
        hosts.push(member(&mut tx, sign_in, hash, now).await?);
    }
    let mut hung: Vec<posters::Look> = Vec::new();
    for row in ROWS {
        let event = event(row, &mut hung, now)?;
        open(&mut tx, &event, row, &hosts[row.host], now).await?;
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

fn event(row: &Row, hung: &mut Vec<posters::Look>, now: Instant) -> anyhow::Result<Event> {
    const ZONE: &str = "Europe/Zurich";
    let zone = TimeZone::get(ZONE)?;
    let day = now.in_zone(&zone).date().checked_add(row.day.days())?;
    let starts = day.at(row.at.0, row.at.1, 0, 0);
    let ends = starts.checked_add(row.minutes.minutes())?;
    let instant = |civil| -> anyhow::Result<Instant> { Ok(zone.to_timestamp(civil)?.into()) };
    let slug = slug(row);
    let variant = posters::hang(&slug, hung);
    let look = posters::look(&slug, variant);
    let (palette, composition) = (look.palette.into(), look.composition.into());
    hung.insert(0, look);
    hung.truncate(7);
    let (online, paid) = (row.place.0.is_empty(), paid(row));
    let published = now - crate::clock::days(14);
    Ok(Event {
        id: Id::new(),
        slug,
        status: Status::Published,
        title: row.title.to_owned(),
        summary: row.summary.to_owned(),
        description: description(row),
        language: row.language.to_owned(),
        category: row.category,
        tags: String::new(),
        starts_civil: times::text(starts),
        ends_civil: times::text(ends),
        zone: ZONE.to_owned(),
        starts_at: instant(starts)?,
        ends_at: instant(ends)?,
        place_name: row.place.0.to_owned(),
        place_address: row.place.1.split(", ").next().unwrap_or_default().to_owned(),
        place_town: if online { String::new() } else { "Basel".to_owned() },
        latitude: (!online).then_some(47.5581 + 0.002 * f64::from(row.at.0) / 10.0),
        longitude: (!online).then_some(7.5878 + 0.003 * f64::from(row.at.1) / 10.0),
        online_url: if online { "https://meet.example.org/marquee".to_owned() } else { String::new() },
        reveal: if online || row.title == HIDDEN { Reveal::Holders } else { Reveal::Always },
        visibility: Visibility::Public,
        guest_list: if row.host == 1 { GuestList::Names } else { GuestList::Count },
        account_required: false,
        plus_ones: 3,
        cancel_hours: if paid.is_some() { 48 } else { 0 },
        closes_civil: None,
        closes_at: None,
        capacity: paid.filter(|paid| paid.types.len() > 1).map(|_| row.capacity),
        ceiling: None,
        taken: 0,
        poster_variant: i64::from(variant),
        palette,
        composition,
        cover_key: None,
        sequence: 0,
        revision: 0,
        cancelled_why: None,
        created_at: published,
        updated_at: published,
        published_at: Some(published),
        cancelled_at: None,
        moved_at: None,
        terms: terms(paid),
    })
}

fn terms(paid: Option<&Paid>) -> Terms {
    match paid {
        Some(paid) if paid.at_the_door => {
            let pay_later_note = "Cash or card, at the table beside the door.".to_owned();
            Terms { pay_later: PayLater::Door, pay_later_note, ..Terms::default() }
        }
        _ => Terms::default(),
    }
}

/// Of the title, or of its English name where it has no Latin letters.
fn slug(row: &Row) -> String {
    slugs::of(match row.title {
        "俳句の夕べ" => "haiku-evening",
        "金継ぎ入門" => "kintsugi",
        title => title,
    })
}

/// Markdown that shows what a description can hold.
fn description(row: &Row) -> String {
    match row.language {
        "de" => "## Gut zu wissen\n\n- Türöffnung eine Viertelstunde vorher.\n- Der Eingang ist stufenlos.\n- Bring mit, wen du magst; die Plätze zählen wir.".to_owned(),
        "fr" => "## Bon à savoir\n\n- Ouverture un quart d’heure avant.\n- L’entrée est de plain-pied.".to_owned(),
        "it" => "## Da sapere\n\n- Si apre un quarto d’ora prima.\n- L’ingresso è senza gradini.".to_owned(),
        "es" => "## Antes de venir\n\n- Abrimos un cuarto de hora antes.\n- La entrada no tiene escalones.".to_owned(),
        "en" => "## Before you come\n\n- Doors open a quarter of an hour before.\n- The entrance is step-free.\n- Bring who you like; the places are counted.\n\n> Something not clear? Write to the host.".to_owned(),
        _ => row.summary.to_owned(),
    }
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

/// One free type, or those of its prices; of several the event's capacity is the limit.
fn ticket_types(event: &Event, row: &Row, now: Instant) -> Vec<TicketType> {
    let free: &[(&str, Pricing, i64, Option<i64>)] = &[("Place", Pricing::Fixed, 0, None)];
    let rows = paid(row).map_or(free, |paid| paid.types);
    let of = |(&(name, pricing, price, capacity), position): (&(&str, Pricing, i64, Option<i64>), i64)| TicketType {
        id: Id::new(),
        event_id: event.id,
        name: name.to_owned(),
        position,
        price,
        pricing,
        suggested: if pricing == Pricing::Donation { price * 5 / 2 } else { 0 },
        currency: event.terms.currency.clone(),
        capacity: if rows.len() == 1 { Some(row.capacity) } else { capacity },
        per_order: 4,
        sales_from: None,
        sales_until: (name == EARLY_BIRD).then(|| now - crate::clock::days(3)),
        sold: 0,
        held: 0,
    };
    rows.iter().zip(0..).map(of).collect()
}

fn paid(row: &Row) -> Option<&'static Paid> {
    PAID.iter().find(|paid| paid.title == row.title)
}

/// Places as hosts give them, so that nobody waits for a mail: all where it is sold out or over, some elsewhere.
async fn fill_places(tx: &mut Tx, event: &Event, row: &Row, now: Instant) -> anyhow::Result<()> {
    let full = matches!(row.title, SOLD_OUT | PAST);
    let wanted = if full { row.capacity } else { (row.capacity / 3).min((row.day.abs() * 5) % 11) };
    let types = events::store::ticket_types(&mut *tx, event.id).await?;
    let of = types.first().ok_or_else(|| anyhow::anyhow!("no ticket type"))?;
    for (n, name) in GUESTS.iter().enumerate().take(usize::try_from(wanted)?) {
        let address = format!("guest{}.{}@example.net", n + 1, event.slug);
        let email = Email::parse(&address).unwrap_or(Email { key: address.clone(), address });
        let wish = Wish {
            event: event.id,
            buyer: Buyer::Guest { name: (*name).to_owned(), email, locale: Locale::default() },
            way: Way::Host,
            actor: Actor::Operator,
            places: vec![(of.id, 1)],
            amounts: Vec::new(),
            promo: String::new(),
            pay_later: false,
            attendees: Vec::new(),
            form: None,
        };
        orders::take(tx, &wish, now).await.map_err(|refusal| anyhow::anyhow!("{}: {refusal}", event.slug))?;
    }
    // So that the overview of a new site shows what it shows.
    let today = now.in_zone(&event.time_zone()).date();
    events::views::store::add(tx, &event.slug, today, wanted * 12).await?;
    Ok(())
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
