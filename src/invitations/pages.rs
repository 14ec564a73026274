//! What the letter leads to: an event, and the question whether one comes.
use askama::Template;
use axum::extract::State as FromApp;
use axum::response::Response;
use serde::Deserialize;
use tower_sessions::Session;

use super::accepting::{self, Accepted, Guest, Press};
use super::over_pages::over;
use super::{Invitation, Refusal, letters, store};
use crate::app::App;
use crate::error::{OrNotFound, Result};
use crate::events::place::{Place, Viewer, visible_place};
use crate::events::{self, Event, access};
use crate::forms::{Email, Errors, Reader};
use crate::i18n::{When, filters};
use crate::ids;
use crate::members::{self, Member};
use crate::orders::{poster_path, waiting};
use crate::signin::forms::{NAME, read_password};
use crate::signin::pages::client::Client;
use crate::signin::pages::sign_in::open;
use crate::signin::passwords::About;
use crate::signin::{Pass, Welcome};
use crate::site::SignUps;
use crate::web::guards::coming_back;
use crate::web::page::Flash;
use crate::web::{Form, Page, Path, Visitor, markdown, see};

/// The form as typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    form: String,
    answer: String,
    name: String,
    people: String,
    account: String,
    password: String,
}

#[derive(Template)]
#[template(path = "invitations/show.html")]
struct Show<'a> {
    page: &'a Page,
    event: &'a Event,
    invitation: &'a Invitation,
    token: &'a str,
    /// Whose invitation it is.
    by: String,
    place: Place<'a>,
    when: When,
    description: String,
    typed: &'a Typed,
    errors: &'a Errors,
    /// Whether the address has an account.
    known: bool,
    /// Accepting is enough to have a place.
    at_once: bool,
    most: i64,
    /// All places are taken, so one can wait for one.
    full: bool,
}

impl Show<'_> {
    /// Whether an account can, or must, be made along with the answer.
    fn offers_account(&self) -> bool {
        self.page.me.is_none() && !self.known && self.page.known.sign_ups != SignUps::Closed
    }
}

/// Somebody else is signed in here.
#[derive(Template)]
#[template(path = "invitations/other.html")]
struct Other<'a> {
    page: &'a Page,
    title: &'a str,
    /// Who is signed in, and …
    name: &'a str,
    own: String,
    /// … for whom it is: not more of the address than whoever has it needs.
    whose: String,
    /// Whether that address has an account.
    known: bool,
    /// The letter's link.
    back: String,
    errors: &'a Errors,
}

impl Other<'_> {
    /// Signs out, and leads back.
    fn sign_out(&self) -> String {
        coming_back("/sign-out", &self.back)
    }
    /// The same through the page to sign in.
    fn other_account(&self) -> String {
        coming_back("/sign-out", &coming_back("/sign-in", &self.back))
    }
}

async fn has_account(app: &App, invitation: &Invitation) -> Result<bool> {
    let member = members::store::by_email_key(&app.db, &invitation.email_key).await?;
    Ok(member.is_some_and(|member| member.email_verified_at.is_some()))
}

async fn answer(app: &App, page: &Page, token: &str, typed: &Typed, errors: &Errors) -> Result<Response> {
    let Some(invitation) = super::opened_by(app, token).await? else {
        return over(app, page, token).await;
    };
    let event = events::store::by_id(&app.db, invitation.event_id).await?.or_404()?;
    if let Some(me) = page.me.as_ref().filter(|me| me.email_key != invitation.email_key) {
        let (whose, own) = (Email::masked(&invitation.email), Email::masked(&me.email));
        let (back, known) = (format!("/invitations/{token}"), has_account(app, &invitation).await?);
        let other = Other { page, title: &event.title, name: &me.name, whose, own, known, back, errors };
        return if errors.is_empty() { page.html(&other) } else { page.invalid(&other) };
    }
    let now = app.clock.now();
    let types = events::store::ticket_types(&app.db, event.id).await?;
    let now_year = Some(now.in_zone(&event.time_zone()).year());
    let shown = Show {
        page,
        event: &event,
        token,
        by: letters::called(app, &invitation).await?,
        place: visible_place(&event, Viewer::Public, now),
        when: When { start: event.starts(), end: Some(event.ends()), now_year },
        description: markdown::html(&event.description),
        typed,
        errors,
        known: has_account(app, &invitation).await?,
        at_once: accepting::only_free(&types).is_some(),
        most: 1 + accepting::plus_ones(&invitation, &event),
        full: is_full(app, &event).await?,
        invitation: &invitation,
    };
    if errors.is_empty() { page.html(&shown) } else { page.invalid(&shown) }
}

/// Whether there is nothing to take, and something to wait for.
async fn is_full(app: &App, event: &Event) -> Result<bool> {
    let types = events::store::ticket_types(&app.db, event.id).await?;
    let waiters = waiting::store::waiters(&app.db, event.id).await?;
    Ok(!types.is_empty() && waiting::full_types(event, &types, &waiters, app.clock.now()).len() == types.len())
}

/// A page with buttons, since programs that look for harm open every link of a mail.
pub async fn show(
    FromApp(app): FromApp<App>,
    page: Page,
    session: Session,
    Path(token): Path<String>,
) -> Result<Response> {
    let found = super::opened_by(&app, &token).await?;
    if let Some(invitation) = found.as_ref().filter(|_| page.me.is_none()) {
        // The letter proves the address: by it a guest also finds the waiting list, where all places are taken.
        let event = events::store::by_id(&app.db, invitation.event_id).await?.or_404()?;
        access::let_in(&session, &event, access::Way::Invitation(invitation.id)).await?;
    }
    if let Some(new) = found.as_ref().filter(|invitation| invitation.opened_at.is_none()) {
        let now = app.clock.now();
        decide!(app.db, tx, store::set_opened(tx, new.id, now).await)?;
    }
    let name = found.map(|invitation| invitation.name).unwrap_or_default();
    let typed = Typed { form: ids::secret(), name, people: "1".to_owned(), ..Typed::default() };
    answer(&app, &page, &token, &typed, &Errors::default()).await
}

/// What was typed by somebody who comes: name, how many, the password of the account they want.
fn read<'a>(
    app: &App,
    typed: &'a Typed,
    (me, invitation): (Option<&'a Member>, &'a Invitation),
    must: bool,
) -> Result<(String, i64, Option<&'a str>), Errors> {
    let mut reader = Reader::default();
    let name = match me {
        Some(me) => me.name.clone(),
        None => reader.required_name("name", &typed.name, NAME, t!("Enter your name.")),
    };
    let people = if typed.people.is_empty() { Some(1) } else { reader.number("people", &typed.people, 1, 51) };
    let wanted = me.is_none() && (must || !typed.account.is_empty() || !typed.password.is_empty());
    if wanted {
        let about = About { name: &typed.name, email: &invitation.email, site: app.site_name() };
        read_password(&mut reader, "password", &typed.password, &about);
    }
    reader.errors.or(|| (name, people.unwrap_or(1), wanted.then_some(typed.password.as_str())))
}

pub async fn decide_on(
    FromApp(app): FromApp<App>,
    page: Page,
    visitor: Visitor,
    mut client: Client,
    (session, flash): (Session, Flash),
    Path(token): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let press = Press { token: &token, form: &typed.form, me: visitor.me.as_deref() };
    let now = app.clock.now();
    if typed.answer == "no" {
        return match decide!(app.db, tx, accepting::decline(tx, &press, now).await) {
            Ok(()) => {
                flash.say(t!("Thank you for the answer. You are not expected.")).await?;
                see("/")
            }
            Err(refusal) => refused(&app, &page, &token, &typed, refusal).await,
        };
    }
    match come(&app, &press, &typed, &page).await? {
        Ok(accepted) => welcome(&app, &page, (&session, &flash), &mut client, accepted).await,
        Err(errors) => answer(&app, &page, &token, &typed, &errors).await,
    }
}

/// Accepts, or says what is wrong at its field.
async fn come(app: &App, press: &Press<'_>, typed: &Typed, page: &Page) -> Result<Result<Accepted, Errors>> {
    let now = app.clock.now();
    let mut guest = Guest { name: "", people: 1, password: None, locale: page.locale };
    let (name, hash);
    if let Some(invitation) = super::opened_by(app, press.token).await? {
        let event = events::store::by_id(&app.db, invitation.event_id).await?.or_404()?;
        let must = event.account_required && !has_account(app, &invitation).await?;
        let (called, people, password) = match read(app, typed, (press.me, &invitation), must) {
            Ok(read) => read,
            Err(errors) => return Ok(Err(errors)),
        };
        if password.is_some() && page.known.sign_ups == SignUps::Closed {
            return Ok(Err(Errors::whole(t!("This site takes no new accounts."))));
        }
        hash = match password {
            Some(password) => Some(app.passwords.hash(password).await?),
            None => None,
        };
        name = called;
        guest = Guest { name: &name, people, password: hash.as_deref(), ..guest };
    }
    match decide!(app.db, tx, accepting::accept(tx, press, &guest, now).await) {
        Ok(accepted) => Ok(Ok(accepted)),
        Err(refusal) => {
            let refusal = refusal.or_broken()?;
            Ok(Err(Errors::at(refusal.field(), refusal)))
        }
    }
}

async fn refused(app: &App, page: &Page, token: &str, typed: &Typed, refusal: Refusal) -> Result<Response> {
    answer(app, page, token, typed, &Errors::whole(refusal.or_broken()?)).await
}

/// To the places, or to where they are chosen. Whoever made an account is signed in.
async fn welcome(
    app: &App,
    page: &Page,
    (session, flash): (&Session, &Flash),
    client: &mut Client,
    accepted: Accepted,
) -> Result<Response> {
    let Accepted { event, invitation, order, new } = accepted;
    let entered = match new {
        Some(member) => open(app, session, client, &Pass::proven(member)).await? == Welcome::In,
        None => false,
    };
    let member = entered || page.me.is_some();
    if !member {
        access::let_in(session, &event, access::Way::Invitation(invitation)).await?;
    }
    let to = match order {
        Some(id) if member => format!("/orders/{id}"),
        Some(id) => crate::orders::store::by_id(&app.db, id).await?.or_404()?.secret_path(app),
        None => {
            flash.say(t!("You are welcome. Choose your tickets here.")).await?;
            format!("{}#rsvp", event.path())
        }
    };
    let mut response = see(to)?;
    if entered {
        client.remember(app, &mut response)?;
    }
    Ok(response)
}
