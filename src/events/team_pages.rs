//! Who runs an event: the owner adds and removes.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::team::{Asked, Invitation};
use super::{Event, Host, Refusal, Role, hosting, team, team_store};
use crate::app::App;
use crate::error::{Error, OrNotFound, Result};
use crate::forms::{Errors, Reader};
use crate::i18n::filters;
use crate::ids::Id;
use crate::members::{self, Member};
use crate::web::page::Flash;
use crate::web::{Form, Me, Page, Path, see};

#[derive(Template)]
#[template(path = "hosting/team.html")]
struct Team<'a> {
    page: &'a Page,
    event: &'a Event,
    role: Role,
    tab: &'static str,
    hosts: Vec<Host>,
    /// Who was asked and has not answered.
    invited: Vec<Invitation>,
    typed: &'a Typed,
    errors: &'a Errors,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Typed {
    email: String,
    role: String,
}

impl<'a> Team<'a> {
    async fn of(
        app: &App,
        page: &'a Page,
        (event, role): (&'a Event, Role),
        typed: &'a Typed,
        errors: &'a Errors,
    ) -> Result<Self> {
        let hosts = super::store::hosts(&app.db, event.id).await?;
        let invited = team_store::invited(&app.db, event.id).await?;
        Ok(Self { page, event, role, tab: "team", hosts, invited, typed, errors })
    }
}

pub async fn show(State(app): State<App>, page: Page, me: Me, Path(slug): Path<String>) -> Result<Response> {
    let (event, role) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let (typed, errors) = (Typed::default(), Errors::default());
    page.html(&Team::of(&app, &page, (&event, role), &typed, &errors).await?)
}

/// Asks somebody to help. What is answered is the same whether their address has an account or not.
pub async fn add(
    State(app): State<App>,
    page: Page,
    me: Me,
    flash: Flash,
    Path(slug): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let (event, role) = hosting::allowed(&app, &slug, &me, Role::Owner).await?;
    let mut reader = Reader::default();
    let email = reader.email("email", &typed.email);
    let wanted: Role = if typed.role.is_empty() { Role::Owner } else { reader.choice("role", &typed.role) };
    if wanted == Role::Owner && reader.errors.on("role").is_none() {
        reader.errors.add("role", t!("Choose one of the options."));
    }
    if reader.errors.is_empty() {
        let (now, by) = (app.clock.now(), (me.actor(), page.locale));
        match decide!(app.db, tx, team::ask(tx, event.id, &email, wanted, by, now).await) {
            Ok(Asked::Changed(name)) => flash.say(t!("{name} has this role now.", name)).await?,
            Ok(Asked::Written) => {
                let address = email.address;
                flash.say(t!("A letter asks {address} to join. They are on the team once they do.", address)).await?;
            }
            Err(refusal) => reader.errors.take(&refusal.errors()?, |_| "email".to_owned()),
        }
    }
    if reader.errors.is_empty() {
        return see(format!("{}/team", event.path()));
    }
    page.invalid(&Team::of(&app, &page, (&event, role), &typed, &reader.errors).await?)
}

/// Takes an invitation back.
pub async fn withdraw(
    State(app): State<App>,
    me: Me,
    flash: Flash,
    Path((slug, invitation)): Path<(String, Id<Invitation>)>,
) -> Result<Response> {
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Owner).await?;
    let now = app.clock.now();
    match decide!(app.db, tx, team::withdraw(tx, event.id, invitation, me.actor(), now).await) {
        Ok(true) => flash.say(t!("The invitation is taken back.")).await?,
        Ok(false) | Err(_) => return Err(Error::NotFound),
    }
    see(format!("{}/team", event.path()))
}

#[derive(Template)]
#[template(path = "hosting/join.html")]
struct Join<'a> {
    page: &'a Page,
    event: &'a Event,
    role: Role,
    /// Who owns it now.
    owner: String,
}

/// Where those lead on who are on the team.
fn inside(event: &Event, role: Role) -> Result<Response> {
    let tab = if role.covers(Role::Host) { "manage" } else { "check-in" };
    see(format!("{}/{tab}", event.path()))
}

/// What the letter leads to: for the member whose address was asked, and nobody else.
pub async fn invitation(State(app): State<App>, page: Page, me: Me, Path(slug): Path<String>) -> Result<Response> {
    let event = super::store::by_slug(&app.db, &slug).await?.or_404()?;
    let waiting = team_store::waiting(&app.db, event.id, &me.email_key).await?;
    let waiting = waiting.filter(|asked| !asked.is_over(app.clock.now()));
    match (waiting, super::store::hosted_by(&app.db, &slug, me.id).await?) {
        (Some(asked), _) => {
            let hosts = super::store::hosts(&app.db, event.id).await?;
            let owner = hosts.into_iter().find(|host| host.role == Role::Owner).map(|host| host.name);
            let owner = owner.unwrap_or_default();
            page.html(&Join { page: &page, event: &event, role: asked.role, owner })
        }
        (None, Some(role)) => inside(&event, role),
        (None, None) => Err(Error::NotFound),
    }
}

pub async fn join(State(app): State<App>, me: Me, flash: Flash, Path(slug): Path<String>) -> Result<Response> {
    let event = super::store::by_slug(&app.db, &slug).await?.or_404()?;
    let now = app.clock.now();
    match decide!(app.db, tx, team::join(tx, event.id, &me, now).await) {
        Ok(()) => {}
        Err(full @ (Refusal::HostsFull | Refusal::TooManyEvents { .. } | Refusal::TooManyToHost { .. })) => {
            flash.say(full).await?;
            return see("/hosting");
        }
        Err(refusal) => {
            refusal.errors()?;
            return Err(Error::NotFound);
        }
    }
    let role = super::store::hosted_by(&app.db, &slug, me.id).await?.or_404()?;
    match role {
        Role::Owner => flash.say(t!("This event is yours now.")).await?,
        Role::Host | Role::Door => flash.say(t!("You are on the team.")).await?,
    }
    inside(&event, role)
}

pub async fn remove(
    State(app): State<App>,
    me: Me,
    flash: Flash,
    Path((slug, member)): Path<(String, Id<Member>)>,
) -> Result<Response> {
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Owner).await?;
    members::store::by_id(&app.db, member).await?.or_404()?;
    let now = app.clock.now();
    let outcome = decide!(app.db, tx, team::remove(tx, event.id, member, me.actor(), now).await);
    if let Err(refusal) = outcome {
        refusal.errors()?;
        return Err(Error::NotFound);
    }
    flash.say(t!("Removed from the team.")).await?;
    see(format!("{}/team", event.path()))
}
