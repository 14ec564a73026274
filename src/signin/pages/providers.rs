//! Going to Google, Microsoft or GitHub to sign in, and coming back.
use askama::Template;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use serde::Deserialize;
use tower_sessions::Session;

use super::client::Client;
use super::sign_in::{Back, come_in};
use super::wall::Wall;
use crate::app::App;
use crate::error::{Error, OrNotFound, Result};
use crate::i18n::{Say, filters};
use crate::ids::Id;
use crate::members::Member;
use crate::signin::oauth::{self, Entered, Provider, Purpose, Refusal, Taken, Told, Trip};
use crate::web::guards::local_path;
use crate::web::page::{FLASH, Said};
use crate::web::{Fields, Form, Page, Path, Query, see, sessions};

/// Why somebody who came back is not in, or did not get away.
#[derive(Template)]
#[template(path = "signin/provider_refused.html")]
struct Refused<'a> {
    page: &'a Page,
    wall: Wall,
    heading: String,
    refusal: Refusal,
    /// Where it can be tried again, if that can help.
    again: Option<String>,
}

async fn refused(app: &App, page: &Page, by: Provider, refusal: Refusal) -> Result<Response> {
    let status = StatusCode::from_u16(refusal.status())?;
    let again = match (&page.me, refusal.may_pass()) {
        (None, true) => Some(format!("/auth/{}/login", by.word())),
        _ => None,
    };
    let heading = refusal.heading(page.locale);
    page.with(status, &Refused { page, wall: Wall::of(app).await?, heading, refusal, again })
}

/// Asks them to go on to another site: a form's answer cannot lead there itself, since the policy of our pages sends
/// forms nowhere else.
#[derive(Template)]
#[template(path = "signin/onward.html")]
struct Onward<'a> {
    page: &'a Page,
    wall: Wall,
    provider: Provider,
    url: &'a str,
}

/// Sets out for a provider: the address to go to, or what is shown where there is none.
async fn begun(
    app: &App,
    page: &Page,
    session: &Session,
    (provider, purpose): (Provider, Purpose),
    back: &str,
) -> Result<Result<String, Response>> {
    match oauth::begin(app, provider, purpose, back).await {
        Ok((trip, url)) => {
            trip.keep(session).await?;
            Ok(Ok(url))
        }
        Err(refusal) => refused(app, page, provider, refusal).await.map(Err),
    }
}

/// The same from a form: the answer asks to go on.
pub(super) async fn onward(
    app: &App,
    page: &Page,
    session: &Session,
    (provider, purpose): (Provider, Purpose),
    back: &str,
) -> Result<Response> {
    match begun(app, page, session, (provider, purpose), back).await? {
        Ok(url) => page.html(&Onward { page, wall: Wall::of(app).await?, provider, url: &url }),
        Err(instead) => Ok(instead),
    }
}

pub async fn login(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(name): Path<String>,
    Query(back): Query<Back>,
) -> Result<Response> {
    let provider = app.providers.by_name(&name).or_404()?;
    let back = local_path(&back.back);
    if page.me.is_some() {
        return see(back);
    }
    match begun(&app, &page, &session, (provider, Purpose::SignIn), back).await? {
        Ok(url) => see(url),
        Err(instead) => Ok(instead),
    }
}

/// The same for a form.
pub async fn go(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(name): Path<String>,
    Form(back): Form<Back>,
) -> Result<Response> {
    let provider = app.providers.by_name(&name).or_404()?;
    let back = local_path(&back.back);
    if page.me.is_some() {
        return see(back);
    }
    onward(&app, &page, &session, (provider, Purpose::SignIn), back).await
}

/// What the provider has to say, in the address with which it sends them back.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Answer {
    pub code: String,
    pub state: String,
    pub error: String,
}

impl FromRequestParts<App> for Answer {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self> {
        // Not `Query`, which shortens what people type: Microsoft's codes are longer than that.
        Fields::parse(parts.uri.query().unwrap_or_default().as_bytes()).typed()
    }
}

impl Answer {
    /// `access_denied` is a person's no; what else there may be is not theirs.
    fn refusal(&self, by: Provider) -> Option<Refusal> {
        match self.error.as_str() {
            "" => None,
            "access_denied" | "consent_required" | "interaction_required" | "login_required" => {
                Some(Refusal::Denied(by))
            }
            other => {
                let said: String = other.chars().filter(|c| !c.is_control()).take(100).collect();
                tracing::warn!(provider = by.word(), said, "a provider sent somebody back with an error");
                Some(Refusal::Down(by))
            }
        }
    }
}

pub async fn callback(
    State(app): State<App>,
    page: Page,
    client: Client,
    session: Session,
    Path(name): Path<String>,
    answer: Answer,
) -> Result<Response> {
    let provider = app.providers.by_name(&name).or_404()?;
    let trip = match Trip::take(&app, &session, provider, &answer.state).await? {
        Taken::Trip(trip) => trip,
        Taken::Used => return refused(&app, &page, provider, Refusal::Used).await,
        Taken::Unknown => return refused(&app, &page, provider, Refusal::NotBegun).await,
    };
    if let Some(refusal) = answer.refusal(provider) {
        return refused(&app, &page, provider, refusal).await;
    }
    let told = match oauth::told(&app, &trip, &answer.code).await {
        Ok(told) => told,
        Err(refusal) => return refused(&app, &page, provider, refusal).await,
    };
    match trip.purpose {
        Purpose::SignIn => enter(&app, &page, client, &session, &trip, &told).await,
        Purpose::Link { member } => connect(&app, &page, &session, member, &told).await,
    }
}

async fn enter(
    app: &App,
    page: &Page,
    mut client: Client,
    session: &Session,
    trip: &Trip,
    told: &Told,
) -> Result<Response> {
    let entered = match oauth::enter(app, told, page.locale, client.ip).await? {
        Ok(entered) => entered,
        Err(refusal) => return refused(app, page, told.provider, refusal).await,
    };
    let Some(response) = come_in(app, session, &mut client, &entered.pass, &trip.back).await? else {
        return see("/sign-in");
    };
    // Nothing of the account is said to whoever still owes its code.
    if !entered.pass.lacks_code()
        && let Some(text) = news(page, told.provider, &entered)
    {
        session.insert(FLASH, Said { text }).await?;
    }
    Ok(response)
}

/// What whoever just came in should know.
fn news(page: &Page, by: Provider, entered: &Entered) -> Option<String> {
    let member = &entered.pass.member;
    if entered.new {
        return Some(t!("Welcome, {name}. Your address is confirmed.", name = member.name.clone()).to(page.locale));
    }
    let other = entered.other_email.clone()?;
    let (provider, email) = (by.name(), member.email.clone());
    Some(
        t!(
            "{provider} knows you by {other} now. Here your address is still {email}: you can change it in your settings.",
            provider,
            other,
            email
        )
        .to(page.locale),
    )
}

async fn connect(app: &App, page: &Page, session: &Session, member: Id<Member>, told: &Told) -> Result<Response> {
    let by = told.provider;
    if page.me.as_ref().is_none_or(|me| me.id != member) {
        return refused(app, page, by, Refusal::NotBegun).await;
    }
    let public: String = session.get(sessions::PUBLIC_ID).await?.unwrap_or_default();
    let now = app.clock.now();
    match decide!(app.db, tx, oauth::link(tx, member, &public, told, now).await)? {
        Ok(()) => {
            let text = t!("Connected: from now on you can sign in with {provider}.", provider = by.name());
            session.insert(FLASH, Said { text: text.to(page.locale) }).await?;
            see("/settings/ways-in")
        }
        Err(refusal) => refused(app, page, by, refusal).await,
    }
}
