//! Making and changing an event: one form, whose buttons keep all that was typed.
use std::sync::OnceLock;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::forms::Typed;
use super::{
    Category, Event, GuestList, PayLater, Pricing, Reveal, Role, Visibility, hosting, once, pricing, slugs, times,
};
use crate::app::App;
use crate::error::Result;
use crate::forms::Errors;
use crate::i18n::filters;
use crate::money;
use crate::posters::{self, Sheet};
use crate::web::page::Flash;
use crate::web::{Fields, Me, Page, Path, Query, see};

#[derive(Template)]
#[template(path = "hosting/edit.html")]
struct Edit<'a> {
    page: &'a Page,
    typed: &'a Typed,
    errors: &'a Errors,
    /// None while it is new.
    event: Option<&'a Event>,
    action: String,
}

impl<'a> Edit<'a> {
    fn new(page: &'a Page, typed: &'a Typed, errors: &'a Errors, event: Option<&'a Event>) -> Self {
        let action = event.map_or_else(|| "/events".into(), |event| format!("{}/edit", event.path()));
        Self { page, typed, errors, event, action }
    }
    fn is_draft(&self) -> bool {
        self.event.is_none_or(Event::is_draft)
    }
    fn zones(&self) -> &'static [String] {
        static ZONES: OnceLock<Vec<String>> = OnceLock::new();
        ZONES.get_or_init(|| {
            let names = jiff::tz::db().available().map(|name| name.as_str().to_owned());
            names.filter(|name| name.contains('/') && !name.starts_with("Etc/") && !name.starts_with("posix")).collect()
        })
    }
    /// Languages in their own words; the event's own tag if it is another one.
    fn languages(&self) -> Vec<(&str, &str)> {
        let mut all = LANGUAGES.to_vec();
        if !self.typed.language.is_empty() && all.iter().all(|(tag, _)| *tag != self.typed.language) {
            all.push((&self.typed.language, &self.typed.language));
        }
        all
    }
    fn poster(&self, variant: &i64) -> String {
        let slug = self.event.map_or_else(|| slugs::of(&self.typed.title), |event| event.slug.clone());
        let pairs = [
            ("slug", slug.as_str()),
            ("title", &self.typed.title),
            ("starts", &self.typed.starts),
            ("language", &self.typed.language),
        ];
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .append_pair("variant", &variant.to_string())
            .finish();
        format!("/hosting/poster.svg?{query}")
    }
    fn is_chosen(&self, variant: &i64) -> bool {
        self.typed.poster == variant.to_string()
    }
}

/// Languages that events are offered in, in their own words.
pub const LANGUAGES: &[(&str, &str)] = &[
    ("en", "English"),
    ("de", "Deutsch"),
    ("fr", "Français"),
    ("it", "Italiano"),
    ("rm", "Rumantsch"),
    ("es", "Español"),
    ("pt", "Português"),
    ("nl", "Nederlands"),
    ("pl", "Polski"),
    ("tr", "Türkçe"),
    ("uk", "Українська"),
    ("ar", "العربية"),
    ("fa", "فارسی"),
    ("hi", "हिन्दी"),
    ("zh", "中文"),
    ("ja", "日本語"),
    ("ko", "한국어"),
];

/// What a button of the form asks for.
enum Press {
    Shuffle,
    AddType,
    RemoveType(usize),
    Save { publish: bool },
}

impl Press {
    fn of(fields: &Fields) -> Self {
        if fields.has("shuffle") {
            Self::Shuffle
        } else if fields.has("add") {
            Self::AddType
        } else if fields.has("remove") {
            Self::RemoveType(fields.text("remove").parse().unwrap_or(usize::MAX))
        } else {
            Self::Save { publish: fields.text("do") == "publish" }
        }
    }
}

pub async fn new(page: Page, me: Me) -> Result<Response> {
    let zone = me.zone.as_deref().unwrap_or(&page.known.zone);
    let typed = Typed::blank(zone, page.locale.language(), &page.known.currency);
    page.html(&Edit::new(&page, &typed, &Errors::default(), None))
}

pub async fn create(State(app): State<App>, page: Page, me: Me, flash: Flash, fields: Fields) -> Result<Response> {
    let mut typed = Typed::read(&fields);
    let Press::Save { publish } = Press::of(&fields) else {
        let errors = rearrange(&app, &mut typed, &fields).await?;
        return page.html(&Edit::new(&page, &typed, &errors, None));
    };
    let plan = match pricing::plan(&app, &typed) {
        Ok(plan) => plan,
        Err(errors) => return page.invalid(&Edit::new(&page, &typed, &errors, None)),
    };
    let now = app.clock.now();
    match decide!(app.db, tx, once::create(tx, &typed.form, &plan, me.id, publish, now).await) {
        Ok(event) => saved(&flash, &event, publish, plan.twice).await,
        Err(refusal) => page.invalid(&Edit::new(&page, &typed, &refusal.errors()?, None)),
    }
}

pub async fn edit(State(app): State<App>, page: Page, me: Me, Path(slug): Path<String>) -> Result<Response> {
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let types = super::store::ticket_types(&app.db, event.id).await?;
    let typed = Typed::of(&event, &types);
    page.html(&Edit::new(&page, &typed, &Errors::default(), Some(&event)))
}

pub async fn save(
    State(app): State<App>,
    page: Page,
    me: Me,
    flash: Flash,
    Path(slug): Path<String>,
    fields: Fields,
) -> Result<Response> {
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let mut typed = Typed::read(&fields);
    let Press::Save { publish } = Press::of(&fields) else {
        let errors = rearrange(&app, &mut typed, &fields).await?;
        return page.html(&Edit::new(&page, &typed, &errors, Some(&event)));
    };
    let plan = match pricing::plan(&app, &typed) {
        Ok(plan) => plan,
        Err(errors) => return page.invalid(&Edit::new(&page, &typed, &errors, Some(&event))),
    };
    let (now, revision) = (app.clock.now(), typed.revision.parse().unwrap_or(-1));
    let publish = publish && event.is_draft();
    match decide!(app.db, tx, hosting::edit(tx, event.id, revision, &plan, publish, me.actor(), now).await) {
        Ok(event) => saved(&flash, &event, publish, plan.twice).await,
        Err(refusal) => {
            // Who was told of the other's change may replace it.
            if matches!(refusal, super::Refusal::Changed) {
                typed.revision = event.revision.to_string();
            }
            page.invalid(&Edit::new(&page, &typed, &refusal.errors()?, Some(&event)))
        }
    }
}

async fn saved(flash: &Flash, event: &Event, published: bool, twice: bool) -> Result<Response> {
    match (published, twice) {
        (_, true) => {
            flash
                .say(t!(
                    "Saved. Clocks go back that night and show one of these times twice: the earlier one is meant."
                ))
                .await?;
        }
        (true, _) => flash.say(t!("Published. The event is on the bill.")).await?,
        (false, _) if event.is_draft() => flash.say(t!("Saved as a draft. Only those who run it see it.")).await?,
        (false, _) => flash.say(t!("Saved.")).await?,
    }
    see(format!("{}/manage", event.path()))
}

/// Presses that change the form itself. A type with tickets is not removed.
async fn rearrange(app: &App, typed: &mut Typed, fields: &Fields) -> Result<Errors> {
    match Press::of(fields) {
        Press::Shuffle => typed.shuffle(),
        Press::AddType => typed.add_type(),
        Press::RemoveType(row) if row < typed.types.len() => {
            let id = typed.types[row].id.parse().ok();
            if let Some(id) = id
                && hosting::store::has_tickets(&app.db, id).await?
            {
                let message = t!("People have tickets of this type, so it stays. End its sale with a time instead.");
                return Ok(Errors::at(format!("type-{row}-name"), message));
            }
            typed.types.remove(row);
        }
        Press::RemoveType(_) | Press::Save { .. } => {}
    }
    Ok(Errors::default())
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Wanted {
    slug: String,
    title: String,
    starts: String,
    language: String,
    variant: String,
}

/// A poster that is not hung yet, for the choice in the form.
pub async fn poster(State(app): State<App>, _me: Me, Query(wanted): Query<Wanted>) -> Result<Response> {
    let key = format!(
        "wanted/{}",
        crate::ids::hash(&format!(
            "{}\n{}\n{}\n{}\n{}",
            wanted.slug, wanted.title, wanted.starts, wanted.language, wanted.variant
        ))
    );
    let drawn = app.pictures.or_draw(key, move || Ok(draw(&wanted).into_bytes())).await?;
    let mut response = drawn.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=3600"));
    Ok(response)
}

fn draw(wanted: &Wanted) -> String {
    let starts = times::parse(&wanted.starts);
    let locale = wanted.language.parse().unwrap_or_default();
    let (date, time) = starts.map_or_else(Default::default, |at| super::poster_words(at, locale));
    let sheet = Sheet {
        slug: &wanted.slug,
        title: if wanted.title.is_empty() { &wanted.slug } else { &wanted.title },
        date: &date,
        time: &time,
        day: starts.map_or(1, jiff::civil::DateTime::day),
        variant: wanted.variant.parse().unwrap_or_default(),
    };
    posters::svg(&sheet)
}
