//! What buyers are told by mail.
mod owed;

use super::{Order, OrderState, Person, RefundRule, Ticket, confirm_token, store};
use crate::app::App;
use crate::clock::Instant;
use crate::events::place::{Place, Viewer, visible_place};
use crate::events::{self, Event, calendar};
use crate::forms::{Email, Message as Sentence};
use crate::i18n::{Day, Time, When};
use crate::ids::Id;
use crate::letters::{Content, Plain, Reader};
use crate::mail::File;

/// What every one of these letters is about.
pub(crate) struct About {
    pub order: Order,
    pub event: Event,
    pub person: Person,
    pub tickets: Vec<Ticket>,
}

impl About {
    /// `None` when the order is not, or no longer, in that state: then there is nothing to tell.
    pub async fn order(app: &App, id: Id<Order>, state: OrderState) -> anyhow::Result<Option<Self>> {
        let Some(order) = store::by_id(&app.db, id).await?.filter(|order| {
            order.state == state || (order.state, state) == (OrderState::Refunding, OrderState::Cancelled)
        }) else {
            return Ok(None);
        };
        let event = events::store::by_id(&app.db, order.event_id).await?;
        let person = store::person(&app.db, id).await?;
        let tickets = store::tickets(&app.db, id).await?;
        Ok(event.zip(person).map(|(event, person)| Self { order, event, person, tickets }))
    }

    pub fn title(&self) -> String {
        self.event.title.clone()
    }
    pub fn url(&self, app: &App) -> String {
        app.config.url(&self.order.secret_path(app))
    }
    /// As on the order's page: who gave all tickets away has no place any more.
    fn viewer(&self, to: &Reader) -> Viewer {
        let keeps = || self.tickets.iter().any(|ticket| ticket.is_live() && !ticket.is_given());
        let has = self.ticket_of(to).is_some() || self.is_buyer(to) && keeps();
        if has && self.order.is_coming(&self.event) { Viewer::Holder } else { Viewer::Public }
    }
    pub fn place(&self, app: &App, to: &Reader) -> Place<'_> {
        visible_place(&self.event, self.viewer(to), app.clock.now())
    }

    /// A letter of a few sentences.
    pub fn plain<'a>(&self, app: &'a App, heading: Sentence, sentences: Vec<Sentence>) -> Plain<'a> {
        let why = Sentence::new(t!(
            "You receive this because places were taken with this address, order {number}.",
            number = self.order.number()
        ));
        let base_url = &app.config.base_url;
        Plain { site: app.site_name(), base_url, heading, sentences, button: None, why }
    }

    /// Whether this reader is whoever ordered, who alone has a say over the order.
    pub fn is_buyer(&self, to: &Reader) -> bool {
        Email::parse(&to.email).is_some_and(|email| email.key == self.person.email_key)
    }
    /// A valid ticket that is for this reader.
    pub fn ticket_of(&self, to: &Reader) -> Option<&Ticket> {
        let email = Email::parse(&to.email)?;
        self.tickets.iter().find(|ticket| ticket.is_valid() && ticket.is_for(&email.key))
    }
    /// Why a letter came to somebody who did not order.
    pub fn why_companion(&self) -> Sentence {
        let number = self.order.number();
        Sentence::new(t!("You receive this because a ticket was mailed to this address, order {number}.", number))
    }

    /// When and where it is, for those who come, with this sentence about the zone.
    pub fn when_and_where(&self, app: &App, to: &Reader, zone: Option<Sentence>) -> Vec<Sentence> {
        let mut sentences = vec![Sentence::new(when(&self.event))];
        sentences.extend(zone);
        let lines = where_lines(&self.place(app, to)).join(", ");
        if !lines.is_empty() {
            sentences.push(Sentence::new(lines));
        }
        sentences
    }
    /// The button to what this reader has: the order for the buyer, for others the ticket that was mailed to them. False
    /// if they have none any more.
    pub fn lead_to_tickets(&self, app: &App, letter: &mut Plain<'_>, to: &Reader) -> bool {
        if self.is_buyer(to) {
            let button = if self.order.is_held() { t!("See your order") } else { t!("See your tickets") };
            letter.button = Some((Sentence::new(button), self.url(app)));
            return true;
        }
        // The order's own page is not for them.
        let Some(ticket) = self.ticket_of(to) else { return false };
        letter.button = Some((Sentence::new(t!("See your ticket")), ticket.url(app)));
        letter.why = self.why_companion();
        true
    }

    /// The event for a calendar; what replaces or removes the one that came with the tickets.
    pub fn calendar(&self, app: &App, to: &Reader) -> File {
        self.calendar_as(app, to, matches!(self.order.state, OrderState::Cancelled | OrderState::Refunding))
    }
    /// The same; `gone` takes it out of the reader's calendar.
    pub fn calendar_as(&self, app: &App, to: &Reader, gone: bool) -> File {
        let method = if self.event.is_cancelled() || gone { "CANCEL" } else { "PUBLISH" };
        File {
            name: format!("{}.ics", self.event.slug),
            mime: format!("text/calendar; charset=utf-8; method={method}"),
            bytes: calendar_file(app, &self.event, self.viewer(to), method == "CANCEL").into_bytes(),
            cid: None,
        }
    }
}

/// When it is, in the event's zone, with its year: mails are kept.
pub(super) fn when(event: &Event) -> When {
    When { start: event.starts(), end: Some(event.ends()), now_year: None }
}

/// By which clocks that is.
fn zone(event: &Event) -> Sentence {
    Sentence::new(t!("Times in {zone}.", zone = event.zone.clone()))
}

/// The same where readers may look at others: see [`Event::zone_elsewhere`].
pub(crate) fn zone_elsewhere(app: &App, event: &Event) -> Option<Sentence> {
    event.zone_elsewhere(app).map(|_| zone(event))
}

/// The host name of the site's address.
fn host(base_url: &str) -> &str {
    let rest = base_url.split_once("://").map_or(base_url, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or(rest)
}

/// The lines that say where it is.
pub(super) fn where_lines(place: &Place) -> Vec<String> {
    let parts = [place.name, place.address, place.town, place.online_url];
    parts.into_iter().filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// A calendar file of one event as far as its reader may see it; `cancelled` takes it out of the calendar.
fn calendar_file(app: &App, event: &Event, viewer: Viewer, cancelled: bool) -> String {
    let place = visible_place(event, viewer, app.clock.now());
    let parts = [place.name, place.address, place.town, place.online_url];
    let location = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
    let entry = calendar::Entry {
        uid: &format!("{}@{}", event.id, host(&app.config.base_url)),
        sequence: event.sequence,
        organizer: (app.site_name(), &app.config.sender()),
        stamp: event.updated_at.timestamp(),
        title: &event.title,
        description: &event.summary,
        location: Some(location.as_str()).filter(|location| !location.is_empty()),
        url: &app.config.url(&event.path()),
        start: event.start(),
        end: event.end(),
        cancelled: cancelled || event.is_cancelled(),
    };
    calendar::file(&[entry], &event.title)
}

/// The link by which a guest confirms. Says no name: whoever typed the address may have typed anything as one.
pub async fn confirm_places(app: &App, id: Id<Order>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(about) = About::order(app, id, OrderState::Held).await? else { return Ok(None) };
    let Some(until) = about.order.held_until.filter(|until| *until > app.clock.now()) else { return Ok(None) };
    let until = until.in_zone(&about.event.time_zone());
    let heading = Sentence::new(t!("Confirm your places: {title}", title = about.title()));
    let sentences = vec![
        Sentence::new(tn!(
            "1 place at “{title}” is kept for you, {when}.",
            "{n} places at “{title}” are kept for you, {when}.",
            about.order.places,
            title = about.title(),
            when = when(&about.event)
        )),
        Sentence::new(t!(
            "Confirm until {day}, {time} ({zone}). Without it the places are given to others; if it was not you, do nothing.",
            day = Day(until.date()),
            time = Time(until.time()),
            zone = about.event.zone.clone()
        )),
    ];
    let mut letter = about.plain(app, heading, sentences);
    let url = app.config.url(&format!("/confirm/{}", confirm_token(app, id)));
    letter.button = Some((Sentence::new(t!("Confirm my places")), url));
    letter.content(to.locale).map(Some)
}

/// A guest asked for places, but has some: here they are.
pub async fn already_going(app: &App, id: Id<Order>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(about) = About::order(app, id, OrderState::Confirmed).await? else { return Ok(None) };
    let heading = Sentence::new(t!("You are going already: {title}", title = about.title()));
    let sentences = vec![
        Sentence::new(tn!(
            "Somebody, probably you, asked for places with this address. You have 1 place already, {when}.",
            "Somebody, probably you, asked for places with this address. You have {n} places already, {when}.",
            about.order.places,
            when = when(&about.event)
        )),
        Sentence::new(t!("Nothing was changed. To come with others, give your places back and take new ones.")),
    ];
    let mut letter = about.plain(app, heading, sentences);
    letter.button = Some((Sentence::new(t!("See your tickets")), about.url(app)));
    letter.content(to.locale).map(Some)
}

/// The buyer gave the places back, or the host did; or they were not paid in time.
pub async fn order_cancelled(app: &App, id: Id<Order>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(about) = About::order(app, id, OrderState::Cancelled).await? else {
        return owed::not_paid(app, id, to).await;
    };
    let heading = Sentence::new(t!("Places given back: {title}", title = about.title()));
    let mut sentences = vec![Sentence::new(t!(
        "Your order {number} has no places any more, and its codes let nobody in.",
        number = about.order.number()
    ))];
    sentences.extend(about.comes_too_late(app, to).await?);
    let mut letter = about.plain(app, heading, sentences);
    letter.button = Some((Sentence::new(t!("To the event")), app.config.url(&about.event.path())));
    let mut content = letter.content(to.locale)?;
    content.files.push(about.calendar(app, to));
    Ok(Some(content))
}

/// Time or place has moved.
pub async fn event_changed(app: &App, id: Id<Order>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(about) = About::coming(app, id).await? else { return Ok(None) };
    let heading = Sentence::new(t!("Changed: {title}", title = about.title()));
    let mut sentences = vec![Sentence::new(t!("The host has changed when or where it is. Now it is:"))];
    // The zone may be all that is different.
    sentences.extend(about.when_and_where(app, to, Some(zone(&about.event))));
    sentences.push(match about.still_to_pay(app).await? {
        _ if !about.is_buyer(to) => Sentence::new(t!("Your ticket stays valid.")),
        Some(owed) => owed,
        None => if_you_cannot_come(&about, app.clock.now()),
    });
    if about.order.is_held() {
        sentences.push(Sentence::new(t!("If you cannot come, give your places back: others may wait for them.")));
    }
    let mut letter = about.plain(app, heading, sentences);
    if !about.lead_to_tickets(app, &mut letter, to) {
        return Ok(None);
    }
    let mut content = letter.content(to.locale)?;
    content.files.push(about.calendar(app, to));
    Ok(Some(content))
}

/// What whoever ordered can do about a change, and what they get.
fn if_you_cannot_come(about: &About, now: Instant) -> Sentence {
    let rule = RefundRule::of(&about.event, &about.order);
    if rule.is_over(now) {
        return Sentence::new(t!("Your tickets stay valid."));
    }
    if !rule.moved {
        return Sentence::new(t!("Your tickets stay valid. If you cannot come now, give them back there."));
    }
    let until = rule.until.in_zone(&about.event.time_zone());
    let (day, time, zone) = (Day(until.date()), Time(until.time()), about.event.zone.clone());
    if about.order.total > 0 {
        Sentence::new(t!(
            "Your tickets stay valid. If you cannot come now, give them back there until {day}, {time} ({zone}). You get all of it back, because the date or the place was moved.",
            day,
            time,
            zone
        ))
    } else {
        Sentence::new(t!(
            "Your tickets stay valid. If you cannot come now, give them back there until {day}, {time} ({zone}).",
            day,
            time,
            zone
        ))
    }
}

pub async fn event_cancelled(app: &App, id: Id<Order>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(about) = About::order(app, id, OrderState::Cancelled).await? else { return Ok(None) };
    let heading = Sentence::new(t!("Cancelled: {title}", title = about.title()));
    let mut sentences = vec![Sentence::new(t!(
        "“{title}”, {when}, does not take place.",
        title = about.title(),
        when = when(&about.event)
    ))];
    if let Some(why) = about.event.cancelled_why.clone().filter(|why| !why.is_empty()) {
        sentences.push(Sentence::new(t!("The host says: {reason}", reason = why)));
    }
    sentences.extend(about.comes_too_late(app, to).await?);
    let mut letter = about.plain(app, heading, sentences);
    if !about.is_buyer(to) {
        letter.why = about.why_companion();
    }
    let mut content = letter.content(to.locale)?;
    content.files.push(about.calendar(app, to));
    Ok(Some(content))
}
