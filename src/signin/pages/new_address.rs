//! Another e-mail address for one's account.
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::wall::Wall;
use crate::app::App;
use crate::error::Result;
use crate::forms::{Email, Errors};
use crate::i18n::filters;
use crate::ids;
use crate::members::Member;
use crate::signin::forms::Address;
use crate::signin::links::{Press, Pressed};
use crate::signin::new_address::{self, EmailChange};
use crate::web::page::Flash;
use crate::web::{Form, Me, Page, Path, SteppedUp, see};

#[derive(Template)]
#[template(path = "signin/email.html")]
struct Ask<'a> {
    page: &'a Page,
    current: &'a str,
    email: &'a str,
    errors: &'a Errors,
}

pub async fn form(page: Page, SteppedUp(me): SteppedUp<Me>) -> Result<Response> {
    page.html(&Ask { page: &page, current: &me.email, email: "", errors: &Errors::default() })
}

pub async fn send(
    State(app): State<App>,
    page: Page,
    SteppedUp(me): SteppedUp<Me>,
    flash: Flash,
    Form(form): Form<Address>,
) -> Result<Response> {
    let read = form.parse().and_then(|email| {
        let same = email.key == me.email_key && email.address == me.email;
        if same { Err(Errors::at("email", t!("This is your address already."))) } else { Ok(email) }
    });
    let email = match read {
        Ok(email) => email,
        Err(errors) => {
            return page.invalid(&Ask { page: &page, current: &me.email, email: &form.email, errors: &errors });
        }
    };
    new_address::ask(&app, &me, &me.session_id, &email).await?;
    flash
        .say(t!(
            "A link is on its way to {email}. Your address changes when you press the button there.",
            email = email.address
        ))
        .await?;
    see("/settings")
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Button {
    /// Names this copy of the page.
    pub form: String,
}

#[derive(Template)]
#[template(path = "signin/email_confirm.html")]
struct Confirm<'a> {
    page: &'a Page,
    wall: Wall,
    /// `None` when the link is no good any more.
    change: Option<(Member, EmailChange)>,
    token: &'a str,
    form: &'a str,
}

impl Confirm<'_> {
    fn is_for_another(&self) -> bool {
        is_for_another(self.page, self.change.as_ref())
    }
    /// The address that the account has until now: whoever has it knows it by this much.
    fn until_now(&self) -> String {
        self.change.as_ref().map(|(owner, _)| Email::masked(&owner.email)).unwrap_or_default()
    }
}

/// Whether somebody else is signed in here than whose account the link changes. Whoever asked for it may have named
/// the address of a stranger, who would give it away, and what was ordered with it, by a press meant for their own.
fn is_for_another(page: &Page, change: Option<&(Member, EmailChange)>) -> bool {
    page.me.as_ref().zip(change).is_some_and(|(me, (owner, _))| me.id != owner.id)
}

async fn answer(app: &App, page: &Page, token: &str, status: StatusCode) -> Result<Response> {
    let change = new_address::of_link(app, token).await?;
    let status = if change.is_some() { status } else { StatusCode::NOT_FOUND };
    page.with(status, &Confirm { page, wall: Wall::of(app).await?, change, token, form: &ids::secret() })
}

/// Opening the link shows a button; only the button changes the address.
pub async fn show(State(app): State<App>, page: Page, Path(token): Path<String>) -> Result<Response> {
    answer(&app, &page, &token, StatusCode::OK).await
}

pub async fn confirm(
    State(app): State<App>,
    page: Page,
    flash: Flash,
    Path(token): Path<String>,
    Form(button): Form<Button>,
) -> Result<Response> {
    let change = new_address::of_link(&app, &token).await?;
    if is_for_another(&page, change.as_ref()) {
        return answer(&app, &page, &token, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    match new_address::confirm(&app, Press { token: &token, form: &button.form }).await? {
        Pressed::First(()) | Pressed::Again => {
            flash.say(t!("Your e-mail address is changed.")).await?;
            see(if page.me.is_some() { "/settings" } else { "/sign-in" })
        }
        Pressed::Dead => answer(&app, &page, &token, StatusCode::NOT_FOUND).await,
    }
}
