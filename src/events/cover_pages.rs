//! An event's own picture in place of its poster. The old one is kept until the new one stands.
use askama::Template;
use axum::extract::{Request, State};
use axum::response::Response;

use super::hosting::{self, store};
use super::{Event, Role};
use crate::app::App;
use crate::clock;
use crate::error::Result;
use crate::forms::Errors;
use crate::i18n::filters;
use crate::ids::Id;
use crate::images::{self, ImageRefusal};
use crate::jobs::{self, Job};
use crate::posters;
use crate::web::page::Flash;
use crate::web::{Me, Page, Path, form, see};

#[derive(Template)]
#[template(path = "hosting/cover.html")]
struct Show<'a> {
    page: &'a Page,
    event: &'a Event,
    errors: &'a Errors,
}

pub async fn show(State(app): State<App>, page: Page, me: Me, Path(slug): Path<String>) -> Result<Response> {
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    page.html(&Show { page: &page, event: &event, errors: &Errors::default() })
}

pub async fn put(
    State(app): State<App>,
    page: Page,
    me: Me,
    flash: Flash,
    Path(slug): Path<String>,
    request: Request,
) -> Result<Response> {
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let upload = form::upload(&app, request, &["up"]).await?;
    let made = images::at_work(move || {
        let cover = images::cover(&upload)?;
        let palette = posters::palette_of_image(&cover.picture);
        Ok::<_, ImageRefusal>((cover.poster, cover.preview, palette))
    });
    let (poster, preview, palette) = match made.await? {
        Ok(made) => made,
        Err(refusal) => {
            let errors = Errors::at("up", refusal.says());
            return page.invalid(&Show { page: &page, event: &event, errors: &errors });
        }
    };
    if let Err(refusal) = keep(&app, &event, poster, preview, palette).await? {
        return page.invalid(&Show { page: &page, event: &event, errors: &Errors::at("up", refusal.says()) });
    }
    flash.say(t!("The image is the event’s poster now.")).await?;
    see(format!("{}/manage", event.path()))
}

pub async fn remove(State(app): State<App>, me: Me, flash: Flash, Path(slug): Path<String>) -> Result<Response> {
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let look = posters::look(&event.slug, u32::try_from(event.poster_variant).unwrap_or_default());
    hang(&app, &event, None, look.palette).await?;
    flash.say(t!("The image is gone, and the poster hangs again.")).await?;
    see(format!("{}/manage", event.path()))
}

/// Gives the event this image, or says why it cannot be kept: then it has the one it had.
async fn keep(
    app: &App,
    event: &Event,
    poster: Vec<u8>,
    preview: Vec<u8>,
    palette: u8,
) -> Result<Result<(), ImageRefusal>> {
    let cover: Id<Cover> = Id::new();
    let unused = app.clock.now() + clock::hours(1);
    decide!(app.db, tx, jobs::enqueue(tx, Job::ForgetCover { cover }, unused).await)?;
    let key = key(cover);
    let sizes = [(format!("{key}-800.jpg"), poster), (format!("{key}-1200.jpg"), preview)];
    if let Err(refusal) = app.files.keep(sizes).await {
        return Ok(Err(refusal));
    }
    hang(app, event, Some(key), palette).await.map(Ok)
}

/// Shows this cover or the poster again. The files of the one before go by a job, since they may be out of reach now.
async fn hang(app: &App, event: &Event, key: Option<String>, palette: u8) -> Result<()> {
    let (now, old) = (app.clock.now(), event.cover_key.as_deref().and_then(named));
    decide!(app.db, tx, {
        store::set_cover(tx, event.id, key.clone(), palette.into(), now).await?;
        match old {
            Some(cover) => jobs::enqueue(tx, Job::ForgetCover { cover }, now).await,
            None => Ok(()),
        }
    })?;
    Ok(())
}

/// Marks the ids under which covers lie.
#[derive(Debug)]
pub struct Cover;

fn key(cover: Id<Cover>) -> String {
    format!("covers/{cover}")
}

/// The cover that an event's key names.
pub fn named(key: &str) -> Option<Id<Cover>> {
    key.strip_prefix("covers/")?.parse().ok()
}

/// Removes the files of a cover that no event has.
pub async fn forget_files(app: &App, cover: Id<Cover>) -> anyhow::Result<()> {
    let key = key(cover);
    if store::has_cover(&app.db, &key).await? {
        return Ok(());
    }
    app.files.delete(&format!("{key}-800.jpg")).await?;
    app.files.delete(&format!("{key}-1200.jpg")).await
}
