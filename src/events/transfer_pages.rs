//! Leaving an event to somebody else, declining what one was asked, and leaving a team.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::team::Invitation;
use super::{Event, Host, Role, hosting, team_store, transfers};
use crate::app::App;
use crate::error::{Error, OrNotFound, Result};
use crate::forms::{Errors, Reader};
use crate::i18n::filters;
use crate::web::page::Flash;
use crate::web::{Form, Me, Page, Path, Proof, see};

#[derive(Template)]
#[template(path = "hosting/transfer.html")]
struct Transfer<'a> {
    page: &'a Page,
    event: &'a Event,
    role: Role,
    tab: &'static str,
    /// Those who run it with the owner, to choose from.
    others: Vec<Host>,
    /// Who was asked and has not answered.
    asked: Option<Invitation>,
    typed: &'a Typed,
    errors: &'a Errors,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Typed {
    email: String,
}

async fn answer(app: &App, page: &Page, event: &Event, typed: &Typed, errors: &Errors) -> Result<Response> {
    let others = super::store::hosts(&app.db, event.id).await?;
    let invited = team_store::invited(&app.db, event.id).await?;
    let now = app.clock.now();
    let shown = Transfer {
        page,
        event,
        role: Role::Owner,
        tab: "team",
        others: others.into_iter().filter(|host| host.role == Role::Host).collect(),
        asked: invited.into_iter().find(|asked| asked.role == Role::Owner && !asked.is_over(now)),
        typed,
        errors,
    };
    if errors.is_empty() { page.html(&shown) } else { page.invalid(&shown) }
}

pub async fn show(
    State(app): State<App>,
    page: Page,
    me: Me,
    proof: Proof,
    Path(slug): Path<String>,
) -> Result<Response> {
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Owner).await?;
    proof.needed(true)?;
    answer(&app, &page, &event, &Typed::default(), &Errors::default()).await
}

/// Asks somebody to take the event over. What is answered is the same whether their address has an account or not.
pub async fn ask(
    State(app): State<App>,
    page: Page,
    me: Me,
    (proof, flash): (Proof, Flash),
    Path(slug): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Owner).await?;
    proof.needed(true)?;
    let mut reader = Reader::default();
    let email = reader.email("email", &typed.email);
    if reader.errors.is_empty() {
        let now = app.clock.now();
        match decide!(app.db, tx, transfers::ask(tx, event.id, &email, (&me, page.locale), now).await) {
            Ok(()) => {
                let address = email.address;
                flash
                    .say(t!("A letter asks {address} to take the event over. Until then it is yours.", address))
                    .await?;
                return see(format!("{}/team/transfer", event.path()));
            }
            Err(refusal) => reader.errors.take(&refusal.errors()?, |_| "email".to_owned()),
        }
    }
    answer(&app, &page, &event, &typed, &reader.errors).await
}

/// Says no to what one was asked.
pub async fn decline(State(app): State<App>, me: Me, flash: Flash, Path(slug): Path<String>) -> Result<Response> {
    let event = super::store::by_slug(&app.db, &slug).await?.or_404()?;
    team_store::waiting(&app.db, event.id, &me.email_key).await?.or_404()?;
    let now = app.clock.now();
    if let Err(refusal) = decide!(app.db, tx, transfers::decline(tx, event.id, &me, now).await) {
        refusal.errors()?;
        return Err(Error::NotFound);
    }
    flash.say(t!("Thank you for the answer.")).await?;
    see("/hosting")
}

/// Takes oneself off the team.
pub async fn leave(State(app): State<App>, me: Me, flash: Flash, Path(slug): Path<String>) -> Result<Response> {
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Door).await?;
    let now = app.clock.now();
    match decide!(app.db, tx, transfers::leave(tx, event.id, me.id, now).await) {
        Ok(()) => {
            flash.say(t!("You are not on the team any more.")).await?;
            see("/hosting")
        }
        Err(super::Refusal::OwnerStays) => {
            flash.say(super::Refusal::OwnerStays).await?;
            see(format!("{}/team", event.path()))
        }
        Err(refusal) => {
            refusal.errors()?;
            see("/hosting")
        }
    }
}
