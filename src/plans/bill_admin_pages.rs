//! One month of a plan that was paid, as admins see it, and giving its money back.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::{Bill, store};
use crate::admin::paging::{Clocks, Why};
use crate::app::App;
use crate::error::{OrNotFound, Result};
use crate::forms::Errors;
use crate::i18n::filters;
use crate::ids::Id;
use crate::members::{self, Member};
use crate::payments::purchases::admin_pages::given_back;
use crate::payments::purchases::moved::Moved;
use crate::payments::{Payment, store as payments};
use crate::web::page::Flash;
use crate::web::{Admin, Form, Page, Path, SteppedUp, see};

#[derive(Template)]
#[template(path = "admin/bill.html")]
struct BillPage<'a> {
    page: &'a Page,
    bill: &'a Bill,
    of: &'a Moved,
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
    let bill = store::bill_of_payment(&app.db, id).await?.or_404()?;
    let payment = payments::by_id(&app.db, id).await?.or_404()?;
    let member = members::store::by_id(&app.db, bill.member_id).await?.or_404()?;
    let of = Moved::of(app, payment, Clocks::of(app, &admin.member).zone().clone()).await?;
    let shown = BillPage { page, bill: &bill, of: &of, member: &member, reason, errors };
    if errors.is_empty() { page.html(&shown) } else { page.invalid(&shown) }
}

pub async fn show(State(app): State<App>, page: Page, admin: Admin, Path(id): Path<Id<Payment>>) -> Result<Response> {
    answer(&app, &page, &admin, id, ("", &Errors::default())).await
}

/// All that is left of the money goes back; doing it twice gives back once. The plan is not touched.
pub async fn give_back(
    State(app): State<App>,
    page: Page,
    SteppedUp(admin): SteppedUp<Admin>,
    flash: Flash,
    Path(id): Path<Id<Payment>>,
    Form(why): Form<Why>,
) -> Result<Response> {
    store::bill_of_payment(&app.db, id).await?.or_404()?;
    let told = t!("The money is on its way back. The plan goes on as it is.");
    match given_back(&app, id, (admin.actor(), &why), &flash, told).await? {
        Ok(()) => see(format!("/admin/bills/{id}")),
        Err(errors) => answer(&app, &page, &admin, id, (&why.reason, &errors)).await,
    }
}
