//! What admins say about the site itself. Every change is a fact with a reason.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use crate::app::App;
use crate::error::{OrNotFound, Result};
use crate::forms::{Errors, Reader};
use crate::i18n::filters;
use crate::ids;
use crate::money;
use crate::signin::forms::zones;
use crate::site::{self, Known, Legal, Setting, SignUps};
use crate::web::page::Flash;
use crate::web::{Admin, Form, Page, Path, SteppedUp, see};

/// Letters of a legal text at most.
const LONGEST: usize = 60_000;

/// What was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    name: String,
    sign_ups: String,
    zone: String,
    currency: String,
    seller_name: String,
    seller_address: String,
    seller_tax: String,
    reason: String,
    /// What the form showed: two admins who change different settings at a time do not undo each other.
    was_name: String,
    was_sign_ups: String,
    was_zone: String,
    was_currency: String,
    was_seller_name: String,
    was_seller_address: String,
    was_seller_tax: String,
}

impl Typed {
    fn of(known: &Known) -> Self {
        Self {
            name: known.name.to_owned(),
            sign_ups: known.sign_ups.word().to_owned(),
            zone: known.zone.clone(),
            currency: known.currency.clone(),
            seller_name: known.seller.name.clone(),
            seller_address: known.seller.address.clone(),
            seller_tax: known.seller.tax.clone(),
            reason: String::new(),
            was_name: known.name.to_owned(),
            was_sign_ups: known.sign_ups.word().to_owned(),
            was_zone: known.zone.clone(),
            was_currency: known.currency.clone(),
            was_seller_name: known.seller.name.clone(),
            was_seller_address: known.seller.address.clone(),
            was_seller_tax: known.seller.tax.clone(),
        }
    }

    fn was(&self, setting: Setting) -> &str {
        match setting {
            Setting::Name => &self.was_name,
            Setting::SignUps => &self.was_sign_ups,
            Setting::Zone => &self.was_zone,
            Setting::SellerName => &self.was_seller_name,
            Setting::SellerAddress => &self.was_seller_address,
            Setting::SellerTax => &self.was_seller_tax,
            _ => &self.was_currency,
        }
    }

    fn parse(&self) -> std::result::Result<(Vec<(Setting, String)>, String), Errors> {
        let mut reader = Reader::default();
        let name = reader.required("name", &self.name, 60, t!("Say what the site is called."));
        let sign_ups: Option<SignUps> = self.sign_ups.parse().ok();
        if sign_ups.is_none() {
            reader.errors.add("sign_ups", t!("Choose who may sign up."));
        }
        let zone = self.zone.trim().to_owned();
        if zone.contains('\0') || crate::clock::zone(&zone).is_none() {
            reader.errors.add("zone", t!("Choose a time zone, like Europe/Zurich."));
        }
        let currency = self.currency.trim().to_uppercase();
        if money::offered(&currency).is_none() {
            reader.errors.add("currency", t!("Choose a currency by its three letters, like CHF."));
        }
        let seller_name = reader.line("seller_name", &self.seller_name, 100);
        let seller_address = reader.text("seller_address", &self.seller_address, 300);
        let seller_tax = reader.line("seller_tax", &self.seller_tax, 60);
        let reason = reader.required("reason", &self.reason, 300, t!("Say why. It stands in the journal."));
        reader.errors.or(|| {
            let sign_ups = sign_ups.unwrap_or(SignUps::Open).word().to_owned();
            let wanted = vec![
                (Setting::Name, name),
                (Setting::SignUps, sign_ups),
                (Setting::Zone, zone),
                (Setting::Currency, currency),
                (Setting::SellerName, seller_name),
                (Setting::SellerAddress, seller_address),
                (Setting::SellerTax, seller_tax),
            ];
            (wanted, reason)
        })
    }
}

#[derive(Template)]
#[template(path = "admin/settings.html")]
struct Settings<'a> {
    page: &'a Page,
    known: &'a Known,
    zones: Vec<String>,
    typed: &'a Typed,
    errors: &'a Errors,
}

pub async fn show(State(app): State<App>, page: Page, _: Admin) -> Result<Response> {
    let known = app.site.ask(&app.db, app.clock.now()).await?;
    let (typed, errors) = (Typed::of(&known), Errors::default());
    page.html(&Settings { page: &page, known: &known, zones: zones().collect(), typed: &typed, errors: &errors })
}

pub async fn save(
    State(app): State<App>,
    page: Page,
    SteppedUp(admin): SteppedUp<Admin>,
    flash: Flash,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let known = app.site.ask(&app.db, app.clock.now()).await?;
    let (wanted, reason) = match typed.parse() {
        Ok(wanted) => wanted,
        Err(errors) => {
            return page.invalid(&Settings {
                page: &page,
                known: &known,
                zones: zones().collect(),
                typed: &typed,
                errors: &errors,
            });
        }
    };
    // What stays as it is follows the machine's setting further on.
    let now = Typed::of(&known);
    // Browsers send line ends of their own.
    let was = |setting: Setting| typed.was(setting).replace("\r\n", "\n");
    let same = |setting: Setting, value: &str| value == was(setting) || value == now.was(setting);
    let wanted: Vec<_> = wanted.into_iter().filter(|(setting, value)| !same(*setting, value)).collect();
    match site::change(&app, &wanted, admin.actor(), &reason).await? {
        0 => flash.say(t!("Nothing was changed.")).await?,
        _ => flash.say(t!("Saved. It holds from now on.")).await?,
    }
    see("/admin/settings")
}

#[derive(Template)]
#[template(path = "admin/legal.html")]
struct Text<'a> {
    page: &'a Page,
    legal: Legal,
    text: &'a str,
    reason: &'a str,
    /// Names the text that the form began with.
    was: String,
    errors: &'a Errors,
}

pub async fn text(State(app): State<App>, page: Page, _: Admin, Path(name): Path<String>) -> Result<Response> {
    let legal: Legal = name.parse().ok().or_404()?;
    let known = app.site.ask(&app.db, app.clock.now()).await?;
    let (text, errors) = (known.legal(legal), &Errors::default());
    page.html(&Text { page: &page, legal, text, reason: "", was: ids::hash(text), errors })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Written {
    text: String,
    reason: String,
    was: String,
}

pub async fn write(
    State(app): State<App>,
    page: Page,
    SteppedUp(admin): SteppedUp<Admin>,
    flash: Flash,
    Path(name): Path<String>,
    Form(written): Form<Written>,
) -> Result<Response> {
    let legal: Legal = name.parse().ok().or_404()?;
    let mut reader = Reader::default();
    let text = reader.text("text", &written.text, LONGEST);
    let reason = reader.required("reason", &written.reason, 300, t!("Say why. It stands in the journal."));
    let known = app.site.ask(&app.db, app.clock.now()).await?;
    let (now, mut was) = (known.legal(legal), written.was);
    if ids::hash(now) != was && now != text && reader.errors.is_empty() {
        reader.errors.add("text", t!("Somebody saved another text since you opened this page. Yours stands here and is not saved: saved once more, it replaces theirs."));
        was = ids::hash(now);
    }
    if !reader.errors.is_empty() {
        let (text, reason) = (written.text.as_str(), written.reason.as_str());
        return page.invalid(&Text { page: &page, legal, text, reason, was, errors: &reader.errors });
    }
    site::change(&app, &[(Setting::Legal(legal), text)], admin.actor(), &reason).await?;
    flash.say(t!("Saved. It holds from now on.")).await?;
    see("/admin/settings")
}
