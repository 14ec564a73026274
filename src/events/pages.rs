//! What everyone sees of events: what's on, and one event.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::cost::Cost;
use super::place::{Place, Viewer, visible_place};
use super::{Event, GuestList, Host, PayLater, Role, access, sharing, store};
use crate::app::App;
use crate::clock;
use crate::error::{OrNotFound, Result};
use crate::forms::{Errors, Message};
use crate::i18n::{Say, When, filters};
use crate::orders::forms::{Answer, StubForm};
use crate::orders::stub::{Sale, Standing, Stub, stub};
use crate::orders::{self, Guests, promo_codes, waiting};
use crate::web::limits::Ip;
use crate::web::{Page, Path, Query, Visitor, kept, markdown};

#[derive(Template)]
#[template(path = "events/show.html")]
struct Show<'a> {
    page: &'a Page,
    event: &'a Event,
    stub: Stub,
    hosts: &'a [Host],
    place: Place<'a>,
    when: When,
    /// The same by other clocks, with the zone's name.
    elsewhere: Option<(When, String)>,
    description: String,
    json_ld: String,
    google: String,
    outlook: String,
    guests: Option<Guests>,
    role: Option<Role>,
    past: bool,
    left: Option<i64>,
    cost: Cost,
    /// What the promo code of the address does.
    told: Option<&'a Message>,
}

impl Show<'_> {
    fn url(&self) -> String {
        format!("{}{}", self.page.base_url, self.event.path())
    }
    /// What another page's HTML must hold to show the event: a frame, and a link for where frames are not shown.
    fn embed(&self) -> String {
        let title: String =
            self.event.title.chars().map(|c| if matches!(c, '<' | '>' | '&' | '"') { ' ' } else { c }).collect();
        let url = self.url();
        format!(
            r#"<iframe src="{url}/embed" title="{title}" width="100%" height="210" loading="lazy"></iframe> <a href="{url}">{title}</a>"#
        )
    }
    /// As sockets tell them: how many come, as far as the host shows it, and how many places are left.
    fn counts(&self) -> String {
        let said = |n: Option<i64>| n.map_or_else(String::new, |n| n.to_string());
        let going =
            (self.event.guest_list != GuestList::Hidden).then(|| self.guests.as_ref().map_or(0, |guests| guests.total));
        format!("{},{}", said(going), said(self.left))
    }
    /// When it is, apart: on a phone the hours stay on one line.
    fn day_and_hours(&self) -> (String, String) {
        let said = self.when.to(self.page.locale);
        said.rsplit_once(", ").map_or((said.clone(), String::new()), |(day, hours)| (format!("{day}, "), hours.into()))
    }
}

/// `?zone=` shows the times by other clocks too, `?promo=` fills that code in.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Elsewhere {
    zone: String,
    promo: String,
    /// What that code does.
    #[serde(skip)]
    told: Option<Message>,
}

pub async fn show(
    State(app): State<App>,
    page: Page,
    visitor: Visitor,
    ip: Ip,
    Path(slug): Path<String>,
    Query(mut query): Query<Elsewhere>,
) -> Result<Response> {
    let event = access::seen(&app, &visitor, &slug).await?;
    query.told = promo_codes::told(&app, &event, &query.promo, &ip.whose()).await?;
    let form = StubForm { promo: query.promo.clone(), ..StubForm::default() };
    respond(&app, &page, &visitor, &event, &query, form, Errors::default()).await
}

/// The event's page; with errors it is the answer (422) to a stub that was refused. The event is read anew: others
/// may have taken the places in the meantime.
pub async fn show_with(
    app: &App,
    page: &Page,
    visitor: &Visitor,
    event: &Event,
    form: StubForm,
    errors: Errors,
) -> Result<Response> {
    let event = store::by_id(&app.db, event.id).await?.or_404()?;
    respond(app, page, visitor, &event, &Elsewhere::default(), form, errors).await
}

async fn respond(
    app: &App,
    page: &Page,
    visitor: &Visitor,
    event: &Event,
    query: &Elsewhere,
    form: StubForm,
    errors: Errors,
) -> Result<Response> {
    let now = app.clock.now();
    let role = role(app, visitor, &event.slug).await?;
    access::may_see(app, event, visitor.me.as_deref(), &visitor.invited).await?.then_some(()).or_404()?;
    let types = waiting::as_others_see(&app.db, event, store::ticket_types(&app.db, event.id).await?, now).await?;
    let hosts = store::hosts(&app.db, event.id).await?;
    let viewer = viewer(app, visitor, event).await?;
    let refused = !errors.is_empty();
    let (google, outlook) = sharing::calendar_links(app, event, viewer);
    let now_year = Some(now.in_zone(&event.time_zone()).year());
    let shown = Show {
        page,
        event,
        stub: stub(app, event, &types, visitor.me.as_deref(), form, errors).await?,
        place: visible_place(event, viewer, now),
        when: When { start: event.starts(), end: Some(event.ends()), now_year },
        elsewhere: elsewhere(event, visitor, &query.zone, now_year),
        description: markdown::html(&event.description),
        json_ld: sharing::json_ld(app, event, &types, &hosts),
        hosts: &hosts,
        google,
        outlook,
        guests: orders::guests_shown(app, event).await?,
        role,
        past: event.is_past(now),
        left: super::left_in_all(event, &types),
        cost: Cost::of(event, &types, now),
        told: query.told.as_ref(),
    };
    if refused {
        return page.invalid(&shown);
    }
    let answer = page.html(&shown)?;
    // What is told of a code depends on how many whoever looks has tried.
    Ok(if query.promo.is_empty() { kept::keep(answer, &[&shown.stub.form_id]) } else { answer })
}

/// What whoever looks may do at this event.
pub async fn role(app: &App, visitor: &Visitor, slug: &str) -> Result<Option<Role>> {
    Ok(match visitor.id() {
        Some(me) => store::hosted_by(&app.db, slug, me).await?,
        None => None,
    })
}

/// How much of the place whoever looks may see.
pub async fn viewer(app: &App, visitor: &Visitor, event: &Event) -> Result<Viewer> {
    let Some(me) = &visitor.me else { return Ok(Viewer::Public) };
    if me.admin || role(app, visitor, &event.slug).await?.is_some() {
        return Ok(Viewer::Host);
    }
    let holds = orders::mine::holds_at(app, event.id, me).await?;
    Ok(if holds { Viewer::Holder } else { Viewer::Public })
}

/// By the asked-for zone's clocks, else the member's own, when these show another time than the event's.
fn elsewhere(event: &Event, visitor: &Visitor, zone: &str, now_year: Option<i16>) -> Option<(When, String)> {
    let own = visitor.me.as_ref().and_then(|me| me.zone.clone()).unwrap_or_default();
    let name = if zone.is_empty() { own } else { zone.to_owned() };
    let zone = clock::zone(&name)?;
    let (start, end) = (event.starts_at.in_zone(&zone).datetime(), event.ends_at.in_zone(&zone).datetime());
    (start != event.starts())
        .then(|| (When { start, end: Some(end), now_year }, zone.iana_name().unwrap_or(&name).to_owned()))
}
