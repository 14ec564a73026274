//! The promo codes of an event, for those who run it.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::forms::{Kind, Typed};
use super::{Listed, PromoCode, Stage, store};
use crate::app::App;
use crate::clock::Instant;
use crate::error::{OrNotFound, Result};
use crate::events::{self, Event, Role, TicketType, hosting};
use crate::forms::Errors;
use crate::i18n::{Money, filters};
use crate::ids::Id;
use crate::orders::price::Off;
use crate::payments::money;
use crate::web::page::Flash;
use crate::web::{Fields, Me, Page, Path, see};

#[derive(Template)]
#[template(path = "hosting/promo_codes.html")]
struct PromoCodes<'a> {
    page: &'a Page,
    event: &'a Event,
    role: Role,
    tab: &'static str,
    codes: Vec<Listed>,
    types: Vec<TicketType>,
    typed: &'a Typed,
    errors: &'a Errors,
    now: Instant,
}

impl PromoCodes<'_> {
    fn stage(&self, of: &Listed) -> Stage {
        of.code.stage(of.uses, self.now)
    }
    fn amount(&self, of: &Listed) -> Money {
        money(of.code.amount.unwrap_or_default(), &of.code.currency)
    }
    fn taken_off(&self, of: &Listed) -> Money {
        money(of.discount, &of.code.currency)
    }
    /// The names of the types that it is for; '' for all.
    fn names(&self, of: &Listed) -> String {
        let types = of.code.types();
        let named = self.types.iter().filter(|of| types.contains(&of.id)).map(|of| of.name.as_str());
        named.collect::<Vec<_>>().join(", ")
    }
    fn at(&self, at: &Instant) -> jiff::civil::DateTime {
        at.in_zone(&self.event.time_zone()).datetime()
    }
    /// The address that fills the code in.
    fn link(&self, of: &Listed) -> String {
        let code: String = form_urlencoded::byte_serialize(of.code.code.as_bytes()).collect();
        format!("{}?promo={code}", self.event.path())
    }
    /// Whether any ticket costs something.
    fn sells(&self) -> bool {
        self.types.iter().any(TicketType::is_paid)
    }
    fn is_amount(&self) -> bool {
        self.typed.kind == Kind::Amount.word()
    }
}

async fn shown<'a>(
    app: &App,
    page: &'a Page,
    (event, role): (&'a Event, Role),
    typed: &'a Typed,
    errors: &'a Errors,
) -> Result<PromoCodes<'a>> {
    let codes = store::of_event(&app.db, event.id).await?;
    let types = events::store::ticket_types(&app.db, event.id).await?;
    let now = app.clock.now();
    Ok(PromoCodes { page, event, role, tab: "promo-codes", codes, types, typed, errors, now })
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
    let typed = Typed::read(&fields);
    let types = events::store::ticket_types(&app.db, event.id).await?;
    let errors = match typed.parse(&event, &types) {
        Ok(planned) => {
            let (now, by) = (app.clock.now(), me.actor());
            match decide!(app.db, tx, super::make(tx, event.id, &planned, by, now).await) {
                Ok(code) => {
                    flash.say(t!("The code {code} counts now.", code = code.code)).await?;
                    return see(format!("{}/promo-codes", event.path()));
                }
                Err(refusal) => Errors::at("code", refusal.or_broken()?),
            }
        }
        Err(errors) => errors,
    };
    page.invalid(&shown(&app, &page, (&event, role), &typed, &errors).await?)
}

pub async fn end(
    State(app): State<App>,
    me: Me,
    flash: Flash,
    Path((slug, id)): Path<(String, Id<PromoCode>)>,
) -> Result<Response> {
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let (now, by) = (app.clock.now(), me.actor());
    let ended = decide!(app.db, tx, super::end(tx, event.id, id, by, now).await);
    match ended {
        Ok(code) => {
            let code = code.or_404()?.code;
            flash.say(t!("The code {code} does not count any more.", code)).await?;
        }
        Err(refusal) => flash.say(refusal.or_broken()?).await?,
    }
    see(format!("{}/promo-codes", event.path()))
}
