//! One purchase of credits as admins see it, and giving its money back.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::pages::Shown;
use super::store;
use crate::admin::paging::{Clocks, Why};
use crate::app::App;
use crate::error::{OrNotFound, Result};
use crate::forms::Errors;
use crate::i18n::{Say, filters};
use crate::ids::Id;
use crate::journal::Actor;
use crate::members::{self, Member};
use crate::payments::{Payment, store as payments};
use crate::web::page::Flash;
use crate::web::{Admin, Form, Page, Path, SteppedUp, see};

#[derive(Template)]
#[template(path = "admin/purchase.html")]
struct PurchasePage<'a> {
    page: &'a Page,
    of: &'a Shown,
    member: &'a Member,
    reason: &'a str,
    errors: &'a Errors,
}

async fn answer(
    app: &App,
    page: &Page,
    admin: &Admin,
    id: Id<Payment>,
    (reason, errors): (&str, &Errors),
) -> Result<Response> {
    let purchase = store::by_payment(&app.db, id).await?.or_404()?;
    let payment = payments::by_id(&app.db, id).await?.or_404()?;
    let member = members::store::by_id(&app.db, purchase.member_id).await?.or_404()?;
    let zone = Clocks::of(app, &admin.member).zone().clone();
    let of = Shown::of(app, (purchase, payment), zone).await?;
    let shown = PurchasePage { page, of: &of, member: &member, reason, errors };
    if errors.is_empty() { page.html(&shown) } else { page.invalid(&shown) }
}

pub async fn show(State(app): State<App>, page: Page, admin: Admin, Path(id): Path<Id<Payment>>) -> Result<Response> {
    answer(&app, &page, &admin, id, ("", &Errors::default())).await
}

/// All that is left of the money goes back; doing it twice gives back once.
pub async fn give_back(
    State(app): State<App>,
    page: Page,
    SteppedUp(admin): SteppedUp<Admin>,
    flash: Flash,
    Path(id): Path<Id<Payment>>,
    Form(why): Form<Why>,
) -> Result<Response> {
    store::by_payment(&app.db, id).await?.or_404()?;
    let told = t!("The money is on its way back, and the credits are taken off the balance.");
    match given_back(&app, id, (admin.actor(), &why), &flash, told).await? {
        Ok(()) => see(format!("/admin/purchases/{id}")),
        Err(errors) => answer(&app, &page, &admin, id, (&why.reason, &errors)).await,
    }
}

/// Gives back what is left of a payment for credits, or for a month of a plan, and says that, or that nothing was left;
/// else what is wrong with the form.
pub async fn given_back(
    app: &App,
    id: Id<Payment>,
    (by, why): (Actor, &Why),
    flash: &Flash,
    told: impl Say,
) -> Result<Result<(), Errors>> {
    let reason = match why.parse() {
        Ok(reason) => reason,
        Err(errors) => return Ok(Err(errors)),
    };
    let now = app.clock.now();
    match decide!(app.db, tx, super::give_back(tx, id, (by, &reason), now).await) {
        Ok(true) => flash.say(told).await?,
        Ok(false) => flash.say(t!("Nothing is left to give back.")).await?,
        Err(refusal) => return Ok(Err(Errors::at("reason", refusal.or_broken()?))),
    }
    Ok(Ok(()))
}
