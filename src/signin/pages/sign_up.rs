//! Signing up, and asking for the link once more.
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use super::sign_in::Back;
use super::wall::Wall;
use crate::app::App;
use crate::error::Result;
use crate::forms::{Email, Errors, Message};
use crate::i18n::filters;
use crate::ids::Id;
use crate::signin::forms::{self, Address};
use crate::signin::{self, SignUp};
use crate::site;
use crate::web::guards::local_path;
use crate::web::limits::Ip;
use crate::web::page::Flash;
use crate::web::{Form, Page, Query, Visitor, see};

/// What was written in this browser to get an account: whoever opens the link here gets that, and is signed in at once.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Asked {
    pub sign_up: Option<Id<SignUp>>,
    pub email: String,
    pub back: String,
}

impl Asked {
    const KEY: &'static str = "asked";

    pub async fn keep(&self, session: &Session) -> Result<()> {
        Ok(session.insert(Self::KEY, self).await?)
    }
    pub async fn of(session: &Session) -> Result<Self> {
        Ok(session.get(Self::KEY).await?.unwrap_or_default())
    }
}

#[derive(Template)]
#[template(path = "signin/sign_up.html")]
struct SignUpPage<'a> {
    page: &'a Page,
    wall: Wall,
    form: &'a forms::SignUp,
    errors: &'a Errors,
}

pub async fn form(State(app): State<App>, page: Page, visitor: Visitor, Query(back): Query<Back>) -> Result<Response> {
    if visitor.me.is_some() {
        return see(local_path(&back.back));
    }
    let form = forms::SignUp { back: back.back, ..forms::SignUp::default() };
    page.html(&SignUpPage { page: &page, wall: Wall::of(&app).await?, form: &form, errors: &Errors::default() })
}

pub async fn create(
    State(app): State<App>,
    page: Page,
    ip: Ip,
    session: Session,
    Form(mut form): Form<forms::SignUp>,
) -> Result<Response> {
    let wish = match form.parse(app.site_name(), page.locale) {
        Ok(wish) => wish,
        Err(errors) => {
            if errors.on("").is_some() {
                form.asked = "yes".to_owned();
            }
            form.website.clear();
            let wall = Wall::of(&app).await?;
            return page.invalid(&SignUpPage { page: &page, wall, form: &form, errors: &errors });
        }
    };
    if !site::admits(&app, &wish.email).await? {
        let (form, errors) = (&form, &Errors::at("email", not_admitted(&page)));
        let wall = Wall::of(&app).await?;
        return page.with(StatusCode::FORBIDDEN, &SignUpPage { page: &page, wall, form, errors });
    }
    let email = wish.email.address.clone();
    let sign_up = Some(signin::sign_up(&app, wish, ip).await?);
    Asked { sign_up, email, back: local_path(&form.back).to_owned() }.keep(&session).await?;
    see("/verification")
}

/// The same to everybody, whether there is an account with their address or not.
fn not_admitted(page: &Page) -> Message {
    if page.known.takes_sign_ups() {
        Message::new(t!("Accounts are by invitation here, and nobody has invited this address yet."))
    } else {
        Message::new(t!("This site takes no new accounts."))
    }
}

#[derive(Template)]
#[template(path = "signin/verification.html")]
struct Verification<'a> {
    page: &'a Page,
    wall: Wall,
    /// Where a link went just now.
    sent: &'a str,
    email: &'a str,
    errors: &'a Errors,
}

/// What to do until the mail comes, and how to get another one.
pub async fn verification(State(app): State<App>, page: Page, session: Session) -> Result<Response> {
    let asked = Asked::of(&session).await?;
    let (wall, sent) = (Wall::of(&app).await?, asked.email.as_str());
    page.html(&Verification { page: &page, wall, sent, email: sent, errors: &Errors::default() })
}

pub async fn resend(
    State(app): State<App>,
    page: Page,
    ip: Ip,
    session: Session,
    flash: Flash,
    Form(form): Form<Address>,
) -> Result<Response> {
    let email = match form.parse() {
        Ok(email) => email,
        Err(errors) => {
            let wall = Wall::of(&app).await?;
            let shown = Verification { page: &page, wall, sent: "", email: &form.email, errors: &errors };
            return page.invalid(&shown);
        }
    };
    let asked = Asked::of(&session).await?;
    // Another address than the one that this browser signed up with is about another sign-up.
    let sign_up = asked.sign_up.filter(|_| Email::parse(&asked.email).is_some_and(|own| own.key == email.key));
    signin::resend(&app, &email, sign_up, ip).await?;
    Asked { sign_up, email: email.address, back: asked.back }.keep(&session).await?;
    flash.say(t!("If an account with this address waits to be confirmed, a new link is on its way.")).await?;
    see("/verification")
}
