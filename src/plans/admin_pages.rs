//! Products and plans as admins see them.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::forms::{NewProduct, TypedPlan};
use super::init::{self, Found};
use super::{Plan, Product, products, store};
use crate::admin::paging::reason;
use crate::app::App;
use crate::error::{OrNotFound, Result};
use crate::forms::Errors;
use crate::i18n::{Currency, Say, filters};
use crate::ids::Id;
use crate::web::page::Flash;
use crate::web::{Admin, Form, Page, Path, SteppedUp, see};

fn currency(app: &App) -> Currency {
    Currency::new(&app.config.currency).unwrap_or(Currency::NONE)
}

/// Why, in a form that stands beside another one with a reason.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Because {
    why: String,
}

impl Because {
    fn parse(&self) -> std::result::Result<String, Errors> {
        reason("why", &self.why)
    }
}

#[derive(Template)]
#[template(path = "admin/products.html")]
struct Index<'a> {
    page: &'a Page,
    products: Vec<Product>,
    on: bool,
    payable: bool,
    currency: Currency,
    typed: &'a NewProduct,
    /// Why it is to be set up.
    why: &'a str,
    /// What setting up found; empty before.
    found: Vec<Found>,
    errors: &'a Errors,
}

async fn answer(
    app: &App,
    page: &Page,
    (typed, why): (&NewProduct, &str),
    found: Vec<Found>,
    errors: &Errors,
) -> Result<Response> {
    let shown = Index {
        page,
        products: store::products(&app.db).await?,
        on: !store::plans(&app.db).await?.is_empty(),
        payable: app.gateway.is_some(),
        currency: currency(app),
        typed,
        why,
        found,
        errors,
    };
    if errors.is_empty() { page.html(&shown) } else { page.invalid(&shown) }
}

pub async fn index(State(app): State<App>, page: Page, _: Admin) -> Result<Response> {
    answer(&app, &page, (&NewProduct::default(), ""), Vec::new(), &Errors::default()).await
}

pub async fn make(
    State(app): State<App>,
    page: Page,
    SteppedUp(admin): SteppedUp<Admin>,
    flash: Flash,
    Form(typed): Form<NewProduct>,
) -> Result<Response> {
    let errors = match typed.parse(currency(&app)) {
        Ok((making, reason)) => {
            let (now, by) = (app.clock.now(), admin.actor());
            match decide!(app.db, tx, products::make(tx, &making, (by, &reason), now).await) {
                Ok(made) => {
                    let told = t!("{name} is made.", name = made.name);
                    return done(&app, &flash, made.id, told, "/admin/products").await;
                }
                Err(refusal) => refusal.errors("name")?,
            }
        }
        Err(errors) => errors,
    };
    answer(&app, &page, (&typed, ""), Vec::new(), &errors).await
}

/// What was decided is so at the provider at once, if it answers; its job tries again else.
async fn done(app: &App, flash: &Flash, id: Id<Product>, told: impl Say, to: &str) -> Result<Response> {
    if let Err(error) = products::list(app, id).await {
        tracing::warn!(product = %id, error = format!("{error:#}"), "a product waits for the provider");
    }
    flash.say(told).await?;
    see(to)
}

/// Makes the plans and the credits, and mends what differs. What it found stands on the page.
pub async fn set_up(
    State(app): State<App>,
    page: Page,
    SteppedUp(admin): SteppedUp<Admin>,
    Form(because): Form<Because>,
) -> Result<Response> {
    let nothing = NewProduct::default();
    let reason = match because.parse() {
        Ok(reason) => reason,
        Err(errors) => return answer(&app, &page, (&nothing, &because.why), Vec::new(), &errors).await,
    };
    match init::run(&app, admin.actor(), &reason).await {
        Ok(found) => answer(&app, &page, (&nothing, ""), found, &Errors::default()).await,
        Err(refusal) => {
            let errors = refusal.errors("why")?;
            answer(&app, &page, (&nothing, &because.why), Vec::new(), &errors).await
        }
    }
}

#[derive(Template)]
#[template(path = "admin/product.html")]
struct One<'a> {
    page: &'a Page,
    of: &'a Product,
    /// What it is, if it is a plan.
    plan: Option<Plan>,
    members: i64,
    typed: &'a TypedPlan,
    reason: &'a str,
    errors: &'a Errors,
}

impl One<'_> {
    fn is_free(&self) -> bool {
        self.of.tier() == Some(super::Tier::Free)
    }
}

async fn product(app: &App, id: Id<Product>) -> Result<(Product, Option<Plan>)> {
    let of = store::product(&app.db, id).await?.filter(|of| of.archived_at.is_none()).or_404()?;
    let plan = match of.tier() {
        Some(tier) => store::plan(&app.db, tier).await?,
        None => None,
    };
    Ok((of, plan))
}

async fn one(
    app: &App,
    page: &Page,
    (of, plan): (&Product, Option<Plan>),
    (typed, reason): (&TypedPlan, &str),
    errors: &Errors,
) -> Result<Response> {
    let members = match of.tier() {
        Some(tier) => store::having(&app.db, tier).await?,
        None => 0,
    };
    let shown = One { page, of, plan, members, typed, reason, errors };
    if errors.is_empty() { page.html(&shown) } else { page.invalid(&shown) }
}

pub async fn show(State(app): State<App>, page: Page, _: Admin, Path(id): Path<Id<Product>>) -> Result<Response> {
    let (of, plan) = product(&app, id).await?;
    let typed = plan.as_ref().map(TypedPlan::of).unwrap_or_default();
    one(&app, &page, (&of, plan), (&typed, ""), &Errors::default()).await
}

/// What a plan allows and costs.
pub async fn edit(
    State(app): State<App>,
    page: Page,
    SteppedUp(admin): SteppedUp<Admin>,
    flash: Flash,
    Path(id): Path<Id<Product>>,
    Form(typed): Form<TypedPlan>,
) -> Result<Response> {
    let (of, plan) = product(&app, id).await?;
    let had = plan.clone().or_404()?;
    let money = Currency::new(&had.currency).unwrap_or(Currency::NONE);
    let errors = match typed.parse(had.tier, money) {
        Ok((wanted, reason)) => {
            let (now, by) = (app.clock.now(), admin.actor());
            match decide!(app.db, tx, products::set_plan(tx, &wanted, (by, &reason), now).await) {
                Ok(()) => {
                    let told = t!("Saved. It holds from now on; who pays the old price goes on paying it.");
                    return done(&app, &flash, id, told, &of.path()).await;
                }
                Err(refusal) => refusal.errors("price")?,
            }
        }
        Err(errors) => errors,
    };
    one(&app, &page, (&of, plan), (&typed, ""), &errors).await
}

/// Archived at the provider, and gone here.
pub async fn remove(
    State(app): State<App>,
    page: Page,
    SteppedUp(admin): SteppedUp<Admin>,
    flash: Flash,
    Path(id): Path<Id<Product>>,
    Form(because): Form<Because>,
) -> Result<Response> {
    let (of, plan) = product(&app, id).await?;
    let errors = match because.parse() {
        Ok(reason) => {
            let (now, by) = (app.clock.now(), admin.actor());
            match decide!(app.db, tx, products::archive(tx, id, (by, &reason), now).await) {
                Ok(gone) => {
                    let told = t!("{name} is deleted.", name = gone.name);
                    return done(&app, &flash, id, told, "/admin/products").await;
                }
                Err(refusal) => refusal.errors("why")?,
            }
        }
        Err(errors) => errors,
    };
    let typed = plan.as_ref().map(TypedPlan::of).unwrap_or_default();
    one(&app, &page, (&of, plan), (&typed, &because.why), &errors).await
}
