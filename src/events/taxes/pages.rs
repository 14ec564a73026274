//! The tax rates of an event, for those who run it.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::forms::Typed;
use super::{TaxRate, Taxes};
use crate::app::App;
use crate::error::{OrNotFound, Result};
use crate::events::{self, Event, Role, TicketType, hosting};
use crate::forms::Errors;
use crate::i18n::filters;
use crate::ids::Id;
use crate::web::page::Flash;
use crate::web::{Fields, Me, Page, Path, see};

#[derive(Template)]
#[template(path = "hosting/taxes.html")]
struct Shown<'a> {
    page: &'a Page,
    event: &'a Event,
    role: Role,
    tab: &'static str,
    taxes: Taxes,
    types: Vec<TicketType>,
    typed: &'a Typed,
    errors: &'a Errors,
}

impl Shown<'_> {
    fn field(&self, of: &TicketType) -> String {
        format!("tax-{}", of.id)
    }
    /// Whether any ticket costs something.
    fn sells(&self) -> bool {
        self.types.iter().any(TicketType::is_paid)
    }
    fn has(&self, of: &TicketType, rate: &TaxRate) -> bool {
        self.taxes.of(of.id).is_some_and(|has| has.id == rate.id)
    }
}

async fn shown<'a>(
    app: &App,
    page: &'a Page,
    (event, role): (&'a Event, Role),
    typed: &'a Typed,
    errors: &'a Errors,
) -> Result<Shown<'a>> {
    let taxes = super::of_event(&app.db, event.id).await?;
    let types = events::store::ticket_types(&app.db, event.id).await?;
    Ok(Shown { page, event, role, tab: "taxes", taxes, types, typed, errors })
}

pub async fn index(State(app): State<App>, page: Page, me: Me, Path(slug): Path<String>) -> Result<Response> {
    let (event, role) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    page.html(&shown(&app, &page, (&event, role), &Typed::default(), &Errors::default()).await?)
}

pub async fn make(
    State(app): State<App>,
    page: Page,
    me: Me,
    flash: Flash,
    Path(slug): Path<String>,
    fields: Fields,
) -> Result<Response> {
    let (event, role) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let typed: Typed = fields.typed()?;
    let errors = match typed.parse() {
        Ok(planned) => {
            let (now, by) = (app.clock.now(), me.actor());
            match decide!(app.db, tx, super::make(tx, event.id, &planned, by, now).await) {
                Ok(_) => {
                    flash.say(t!("The tax rate is there. Choose below which tickets have it.")).await?;
                    return see(format!("{}/taxes", event.path()));
                }
                Err(refusal) => refusal.errors()?,
            }
        }
        Err(errors) => errors,
    };
    page.invalid(&shown(&app, &page, (&event, role), &typed, &errors).await?)
}

/// Which tickets have which rate.
pub async fn assign(
    State(app): State<App>,
    page: Page,
    me: Me,
    flash: Flash,
    Path(slug): Path<String>,
    fields: Fields,
) -> Result<Response> {
    let (event, role) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let mut wanted = Vec::new();
    let mut errors = Errors::default();
    for of in events::store::ticket_types(&app.db, event.id).await? {
        let field = format!("tax-{}", of.id);
        match fields.text(&field) {
            _ if !fields.has(&field) => {}
            "" => wanted.push((of.id, None)),
            typed => match typed.parse() {
                Ok(rate) => wanted.push((of.id, Some(rate))),
                Err(_) => errors.add(field, t!("Choose one of the options.")),
            },
        }
    }
    if errors.is_empty() {
        let (now, by) = (app.clock.now(), me.actor());
        match decide!(app.db, tx, super::assign(tx, event.id, &wanted, by, now).await) {
            Ok(()) => {
                flash.say(t!("Saved.")).await?;
                return see(format!("{}/taxes", event.path()));
            }
            Err(refusal) => errors = refusal.errors()?,
        }
    }
    page.invalid(&shown(&app, &page, (&event, role), &Typed::default(), &errors).await?)
}

pub async fn remove(
    State(app): State<App>,
    page: Page,
    me: Me,
    flash: Flash,
    Path((slug, id)): Path<(String, Id<TaxRate>)>,
) -> Result<Response> {
    let (event, role) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let (now, by) = (app.clock.now(), me.actor());
    match decide!(app.db, tx, super::remove(tx, event.id, id, by, now).await) {
        Ok(found) => found.then_some(()).or_404()?,
        Err(refusal) => {
            let (typed, errors) = (Typed::default(), refusal.errors()?);
            return page.invalid(&shown(&app, &page, (&event, role), &typed, &errors).await?);
        }
    }
    flash.say(t!("The tax rate is removed.")).await?;
    see(format!("{}/taxes", event.path()))
}
