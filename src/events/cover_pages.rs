//! An event's own picture in place of its poster. The old one is kept until the new one stands.
use askama::Template;
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::response::Response;

use super::hosting::{self, store};
use super::{Event, Role};
use crate::app::App;
use crate::error::{Error, Result};
use crate::forms::Errors;
use crate::i18n::filters;
use crate::ids;
use crate::images::{self, ImageRefusal};
use crate::posters;
use crate::web::page::Flash;
use crate::web::{Me, Page, Path, see};

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
    let upload = upload(&app, request).await?;
    let made = tokio::task::spawn_blocking(move || {
        let cover = images::cover(&upload)?;
        let palette = posters::palette_of_image(&cover.picture);
        Ok((cover.poster, cover.preview, palette))
    });
    let (poster, preview, palette) = match made.await? {
        Ok(made) => made,
        Err(refusal) => {
            let errors = Errors::at("up", words(refusal));
            return page.invalid(&Show { page: &page, event: &event, errors: &errors });
        }
    };
    let key = format!("covers/{}", ids::Id::<Event>::new());
    app.files.put(&format!("{key}-800.jpg"), poster).await?;
    app.files.put(&format!("{key}-1200.jpg"), preview).await?;
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    store::set_cover(&mut tx, event.id, Some(key), palette.into(), now).await?;
    tx.commit().await?;
    forget(&app, &event).await?;
    flash.say(t!("The image is the event’s poster now.")).await?;
    see(format!("{}/manage", event.path()))
}

pub async fn remove(State(app): State<App>, me: Me, flash: Flash, Path(slug): Path<String>) -> Result<Response> {
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let look = posters::look(&event.slug, u32::try_from(event.poster_variant).unwrap_or_default());
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    store::set_cover(&mut tx, event.id, None, look.palette.into(), now).await?;
    tx.commit().await?;
    forget(&app, &event).await?;
    flash.say(t!("The image is gone, and the poster hangs again.")).await?;
    see(format!("{}/manage", event.path()))
}

/// Removes the files of the cover that an event had.
async fn forget(app: &App, event: &Event) -> Result<()> {
    if let Some(old) = &event.cover_key {
        app.files.delete(&format!("{old}-800.jpg")).await?;
        app.files.delete(&format!("{old}-1200.jpg")).await?;
    }
    Ok(())
}

async fn upload(app: &App, request: Request) -> Result<Vec<u8>> {
    let refused = |status: axum::http::StatusCode| match status {
        axum::http::StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge,
        _ => Error::Malformed,
    };
    let mut parts = Multipart::from_request(request, app).await.map_err(|_| Error::Malformed)?;
    while let Some(part) = parts.next_field().await.map_err(|error| refused(error.status()))? {
        if part.name() == Some("up") {
            return Ok(part.bytes().await.map_err(|error| refused(error.status()))?.to_vec());
        }
    }
    Ok(Vec::new())
}

fn words(refusal: ImageRefusal) -> crate::forms::Message {
    use crate::forms::Message;
    match refusal {
        ImageRefusal::Empty => Message::new(t!("Choose an image first.")),
        ImageRefusal::TooLarge => Message::new(t!("This image has more than 5 MB. Choose a smaller one.")),
        ImageRefusal::NotAPicture => Message::new(t!("This is no PNG, JPEG or WebP image.")),
        ImageRefusal::Unreadable => Message::new(t!("This image is broken or has too many pixels.")),
        ImageRefusal::TooSmall => Message::new(t!("This image is smaller than 200 × 200 pixels. Choose a larger one.")),
    }
}
