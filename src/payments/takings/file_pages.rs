//! Money as files for spreadsheets: an event's, for its hosts; and what the site owes whom, for admins.
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use futures_util::stream;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::app::App;
use crate::clock::Instant;
use crate::error::{Error, OrNotFound, Result};
use crate::events::Event;
use crate::ids::Id;
use crate::orders::Order;
use crate::payments::desk::pages::Desk;
use crate::payments::desk::{Line, store};
use crate::payments::money;
use crate::web::csv::{Cell, Sheet};
use crate::web::{Admin, Query, download};

/// Orders that are read at a time.
const CHUNK: i64 = 500;

/// An event's payments and refunds, of so many orders at a time as they are read.
struct Reading {
    app: App,
    desk: Desk,
    event: Id<Event>,
    /// The last order that was read.
    behind: Option<(Instant, Id<Order>)>,
    done: bool,
}

impl Reading {
    async fn chunk(mut self) -> anyhow::Result<Option<(Vec<u8>, Self)>> {
        if self.done {
            return Ok(None);
        }
        let orders = store::orders_before(&self.app.db, self.event, self.behind, CHUNK).await?;
        let (Some(latest), Some(last)) = (orders.first().copied(), orders.last().copied()) else { return Ok(None) };
        let lines = store::of_orders(&self.app.db, self.event, latest, last).await?;
        let mut sheet = Sheet::more();
        for line in &lines {
            row(&mut sheet, line, &crate::events::times::text(self.desk.at(&line.at)))?;
        }
        self.done = i64::try_from(orders.len())? < CHUNK;
        self.behind = Some(last);
        Ok(Some((sheet.finish()?, self)))
    }
}

fn row(sheet: &mut Sheet, line: &Line, at: &str) -> anyhow::Result<()> {
    let sign = if line.is_refund() { -1 } else { 1 };
    sheet.row(&[
        Cell::Text(&line.number()),
        Cell::Text(line.kind.word()),
        Cell::Text(&line.state),
        Cell::Money(money(sign * line.amount, &line.currency)),
        Cell::Text(&line.currency),
        Cell::Text(line.provider.word()),
        Cell::Text(&line.why),
        Cell::Text(at),
        Cell::Text(&line.name),
        Cell::Text(&line.email),
        Cell::Text(&line.promo),
        Cell::Money(money(line.discount, &line.currency)),
        Cell::Money(money(sign * line.tax, &line.currency)),
    ])
}

/// Every payment and refund of an event, by order, the latest order first.
pub async fn of_event(State(app): State<App>, desk: Desk) -> Result<Response> {
    let (event, name) = {
        let (event, _) = desk.event.as_ref().or_404()?;
        (event.id, format!("{}-payments", event.slug))
    };
    let mut sheet = Sheet::new();
    let heads = [
        "Order",
        "Kind",
        "State",
        "Amount",
        "Currency",
        "To",
        "Why",
        "At",
        "Name",
        "E-mail",
        "Promo code",
        "Discount",
        "Tax",
    ];
    sheet.row(&heads.map(Cell::Text))?;
    let heads = sheet.finish()?;
    let reading = Reading { app, desk, event, behind: None, done: false };
    let rows = stream::try_unfold((Some(heads), reading), |(heads, reading)| async move {
        match heads {
            Some(heads) => Ok(Some((heads, (None, reading)))),
            None => reading.chunk().await.map(|chunk| chunk.map(|(bytes, reading)| (bytes, (None, reading)))),
        }
    });
    download::csv(&name, Body::from_stream(rows))
}

/// The days of a report, both included; '' is without end.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Period {
    from: String,
    to: String,
}

/// A day as a field sends it. Browsers let people type years of six digits: those are as late as it gets.
fn day(typed: &str) -> Option<Date> {
    let far = || {
        let (year, rest) = typed.split_once('-')?;
        let long = year.len() > 4 && year.bytes().all(|digit| digit.is_ascii_digit());
        format!("9999-{rest}").parse::<Date>().ok().filter(|_| long).map(|_| Date::MAX)
    };
    typed.parse().ok().filter(|day: &Date| day.year() >= 0).or_else(far)
}

impl Period {
    /// With the earlier day first, whichever was typed first; and when it begins and is over. None for what is no day: a
    /// report over another period would be taken for what was asked.
    pub(crate) fn read(self, zone: &TimeZone) -> Option<(Self, (Instant, Instant))> {
        let read = |typed: &str| match typed.trim() {
            "" => Some(None),
            typed => day(typed).map(Some),
        };
        let (from, to) = (read(&self.from)?, read(&self.to)?);
        let turned = from.zip(to).is_some_and(|(from, to)| to < from);
        let (period, from, to) =
            if turned { (Self { from: self.to, to: self.from }, to, from) } else { (self, from, to) };
        // Clocks know no later: what begins or ends beyond has no end.
        let (never, ever) = (Instant::from_micros(i64::MAX), Instant::from_micros(0));
        let begin = |day: Date| day.to_zoned(zone.clone()).map_or(never, |at| at.timestamp().into());
        let until = to.map_or(never, |to| to.tomorrow().map_or(never, begin));
        Some((period, (from.map_or(ever, begin).min(until), until)))
    }
}

/// What the site took in a period, and owes the owners of its events.
pub async fn payouts(State(app): State<App>, _: Admin, Query(period): Query<Period>) -> Result<Response> {
    let zone = TimeZone::get(&app.config.zone).unwrap_or(TimeZone::UTC);
    let (period, (from, until)) = period.read(&zone).ok_or(Error::Malformed)?;
    let mut sheet = Sheet::new();
    let heads = [
        "Event",
        "Address",
        "Host",
        "E-mail",
        "From",
        "To",
        "Currency",
        "Taken",
        "Given back",
        "Lost to disputes",
        "Owed",
        "Taken by the host",
    ];
    sheet.row(&heads.map(Cell::Text))?;
    for owed in super::owed(&app, from, until).await? {
        let of = |minor| Cell::Money(money(minor, &owed.currency));
        sheet.row(&[
            Cell::Text(&owed.title),
            Cell::Text(&format!("/events/{}", owed.slug)),
            Cell::Text(&owed.host),
            Cell::Text(&owed.email),
            Cell::Text(&period.from),
            Cell::Text(&period.to),
            Cell::Text(&owed.currency),
            of(owed.taken),
            of(owed.returned),
            of(owed.lost),
            of(owed.taken - owed.returned - owed.lost),
            of(owed.by_host),
        ])?;
    }
    download::sheet("payouts", sheet)
}
