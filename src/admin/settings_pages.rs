//! What admins say about the site itself. Every change is a fact with a reason.
use askama::Template;
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::response::Response;
use serde::Deserialize;

use super::paging::Why;
use crate::app::App;
use crate::error::{Error, OrNotFound, Result};
use crate::forms::{Errors, Reader};
use crate::i18n::filters;
use crate::ids::{self, Id};
use crate::images;
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
        if zone.contains('\0') || jiff::tz::TimeZone::get(&zone).is_err() {
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

#[derive(Template)]
#[template(path = "admin/logo.html")]
struct Logo<'a> {
    page: &'a Page,
    known: &'a Known,
    reason: &'a str,
    errors: &'a Errors,
}

pub async fn logo(State(app): State<App>, page: Page, _: Admin) -> Result<Response> {
    let known = app.site.ask(&app.db, app.clock.now()).await?;
    page.html(&Logo { page: &page, known: &known, reason: "", errors: &Errors::default() })
}

/// A logo in place of the one there is, which goes when the new one stands.
pub async fn put_logo(
    State(app): State<App>,
    page: Page,
    SteppedUp(admin): SteppedUp<Admin>,
    flash: Flash,
    request: Request,
) -> Result<Response> {
    let known = app.site.ask(&app.db, app.clock.now()).await?;
    let (upload, typed) = upload(&app, request).await?;
    let mut reader = Reader::default();
    let made = images::at_work(move || images::logo(&upload)).await?;
    let made = made.map_err(|refusal| reader.errors.add("up", refusal.says()));
    let reason = reader.required("reason", &typed, 300, t!("Say why. It stands in the journal."));
    let Some(made) = made.ok().filter(|_| reader.errors.is_empty()) else {
        return page.invalid(&Logo { page: &page, known: &known, reason: &typed, errors: &reader.errors });
    };
    let key = format!("site/logo-{}", Id::<Known>::new());
    if let Err(refusal) = app.files.keep([(format!("{key}.png"), made)]).await {
        let errors = Errors::at("up", refusal.says());
        return page.invalid(&Logo { page: &page, known: &known, reason: &typed, errors: &errors });
    }
    site::change(&app, &[(Setting::Logo, key)], admin.actor(), &reason).await?;
    forget(&app, &known).await;
    flash.say(t!("The logo stands on every page now.")).await?;
    see("/admin/settings")
}

#[derive(Template)]
#[template(path = "admin/logo_removal.html")]
struct Removal<'a> {
    page: &'a Page,
    reason: &'a str,
    errors: &'a Errors,
}

pub async fn ask_remove_logo(page: Page, _: Admin) -> Result<Response> {
    page.html(&Removal { page: &page, reason: "", errors: &Errors::default() })
}

pub async fn remove_logo(
    State(app): State<App>,
    page: Page,
    SteppedUp(admin): SteppedUp<Admin>,
    flash: Flash,
    Form(why): Form<Why>,
) -> Result<Response> {
    let known = app.site.ask(&app.db, app.clock.now()).await?;
    let reason = match why.parse() {
        Ok(reason) => reason,
        Err(errors) => return page.invalid(&Removal { page: &page, reason: &why.reason, errors: &errors }),
    };
    site::change(&app, &[(Setting::Logo, String::new())], admin.actor(), &reason).await?;
    forget(&app, &known).await;
    flash.say(t!("The logo is gone.")).await?;
    see("/admin/settings")
}

/// Removes the file of the logo before. Where it cannot be reached it stays: a few kilobytes that nobody names.
async fn forget(app: &App, known: &Known) {
    if !known.logo.is_empty()
        && let Err(error) = app.files.delete(&format!("{}.png", known.logo)).await
    {
        tracing::warn!(error = format!("{error:#}"), "the file of a former logo stays");
    }
}

/// The picture and the reason.
async fn upload(app: &App, request: Request) -> Result<(Vec<u8>, String)> {
    let refused = |status: axum::http::StatusCode| match status {
        axum::http::StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge,
        _ => Error::Malformed,
    };
    let mut parts = Multipart::from_request(request, app).await.map_err(|_| Error::Malformed)?;
    let (mut picture, mut reason) = (Vec::new(), String::new());
    while let Some(part) = parts.next_field().await.map_err(|error| refused(error.status()))? {
        match part.name() {
            Some("up") => picture = part.bytes().await.map_err(|error| refused(error.status()))?.to_vec(),
            Some("reason") => reason = part.text().await.map_err(|error| refused(error.status()))?,
            _ => {}
        }
    }
    Ok((picture, reason))
}
