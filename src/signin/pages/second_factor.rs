//! One's second factor: set up, turned off, recovery codes.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::code;
use crate::app::App;
use crate::error::Result;
use crate::forms::Errors;
use crate::i18n::filters;
use crate::signin::second::{self, Offer, TurnedOn};
use crate::web::page::Flash;
use crate::web::{Form, Me, Page, SteppedUp, see};

/// How the secret reaches the app.
#[derive(Template)]
#[template(path = "signin/second_factor_new.html")]
struct SetUp<'a> {
    page: &'a Page,
    email: &'a str,
    /// The site demands it of them.
    due: bool,
    sealed: &'a str,
    /// As typed.
    code: &'a str,
    text: String,
    qr: (String, usize),
    errors: &'a Errors,
}

impl<'a> SetUp<'a> {
    fn of(
        app: &App,
        (page, me): (&'a Page, &'a Me),
        offer: &'a Offer,
        code: &'a str,
        errors: &'a Errors,
    ) -> Result<Self> {
        let due = app.config.admin_second_factor && me.admin;
        let (sealed, text, qr) = (&offer.sealed, offer.text(), offer.qr()?);
        Ok(Self { page, email: &me.email, due, sealed, code, text, qr, errors })
    }
}

/// It is on.
#[derive(Template)]
#[template(path = "signin/second_factor.html")]
struct On<'a> {
    page: &'a Page,
    left: i64,
    /// New recovery codes, shown this once.
    codes: &'a [String],
}

pub async fn show(State(app): State<App>, page: Page, SteppedUp(me): SteppedUp<Me>) -> Result<Response> {
    if me.second_factor_at.is_some() {
        let left = second::store::codes_left(&app.db, me.id).await?;
        return page.html(&On { page: &page, left, codes: &[] });
    }
    let offer = Offer::new(&app, &me, app.clock.now())?;
    page.html(&SetUp::of(&app, (&page, &me), &offer, "", &Errors::default())?)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    pub secret: String,
    pub code: String,
}

/// The codes stand on the answer itself and nowhere else, so this one is no redirect.
pub async fn turn_on(
    State(app): State<App>,
    page: Page,
    SteppedUp(me): SteppedUp<Me>,
    flash: Flash,
    Form(form): Form<Typed>,
) -> Result<Response> {
    let now = app.clock.now();
    let Some(offer) = Offer::of(&app, &me, &form.secret, now)? else {
        let offer = Offer::new(&app, &me, now)?;
        let errors = Errors::at("code", t!("That took too long. Scan the new code, then enter what the app shows."));
        return page.invalid(&SetUp::of(&app, (&page, &me), &offer, &form.code, &errors)?);
    };
    match second::turn_on(&app, &me, &me.session_id, &offer, &form.code).await? {
        TurnedOn::Codes(codes) => page.html(&On { page: &page, left: 0, codes: &codes }),
        TurnedOn::Wrong => {
            let errors = code::wrong("code", &form.code, false);
            page.invalid(&SetUp::of(&app, (&page, &me), &offer, &form.code, &errors)?)
        }
        TurnedOn::Already => {
            flash.say(t!("It is on already, and nothing was changed.")).await?;
            see("/settings/second-factor")
        }
    }
}

pub async fn remake(State(app): State<App>, page: Page, SteppedUp(me): SteppedUp<Me>) -> Result<Response> {
    match second::remake_codes(&app, &me, &me.session_id).await? {
        Some(codes) => page.html(&On { page: &page, left: 0, codes: &codes }),
        None => see("/settings/second-factor"),
    }
}

#[derive(Template)]
#[template(path = "signin/second_factor_off.html")]
struct AskOff<'a> {
    page: &'a Page,
}

pub async fn ask_off(page: Page, SteppedUp(me): SteppedUp<Me>) -> Result<Response> {
    if me.second_factor_at.is_none() {
        return see("/settings/second-factor");
    }
    page.html(&AskOff { page: &page })
}

pub async fn turn_off(State(app): State<App>, SteppedUp(me): SteppedUp<Me>, flash: Flash) -> Result<Response> {
    let now = app.clock.now();
    decide!(app.db, tx, second::turn_off(tx, &me, &me.session_id, now).await)?;
    flash.say(t!("The second factor is off. All other devices are signed out.")).await?;
    see("/settings/second-factor")
}
