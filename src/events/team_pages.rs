//! Who runs an event: the owner adds and removes.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::{Event, Host, Role, hosting, team};
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
    typed: &'a Typed,
    errors: &'a Errors,
}

impl Team<'_> {
    fn initials(&self, host: &Host) -> String {
        members::initials(&host.name)
    }
    fn palette(&self, host: &Host) -> String {
        format!("{:02}", crate::posters::avatar_palette(&host.member_id.to_string()))
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Typed {
    email: String,
    role: String,
}

pub async fn show(State(app): State<App>, page: Page, me: Me, Path(slug): Path<String>) -> Result<Response> {
    let (event, role) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let hosts = super::store::hosts(&app.db, event.id).await?;
    let (typed, errors) = (Typed::default(), Errors::default());
    page.html(&Team { page: &page, event: &event, role, tab: "team", hosts, typed: &typed, errors: &errors })
}

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
    let now = app.clock.now();
    let errors = if !reader.errors.is_empty() {
        reader.errors
    } else {
        match decide!(app.db, tx, team::set_team(tx, event.id, &email, wanted, me.actor(), now).await) {
            Ok(member) => {
                flash.say(t!("{name} is on the team.", name = member.name)).await?;
                return see(format!("{}/team", event.path()));
            }
            Err(refusal) => {
                let errors = refusal.errors()?;
                let at_email = errors.all().map(|(_, message)| ("email", message.clone()));
                at_email.fold(Errors::default(), |mut errors, (field, message)| {
                    errors.add(field, message);
                    errors
                })
            }
        }
    };
    let hosts = super::store::hosts(&app.db, event.id).await?;
    page.invalid(&Team { page: &page, event: &event, role, tab: "team", hosts, typed: &typed, errors: &errors })
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
