//! What everyone sees of events.
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::{Event, store};
use crate::app::App;
use crate::error::{OrNotFound, Result};
use crate::forms::Errors;
use crate::i18n::filters;
use crate::orders::forms::{Answer, StubForm};
use crate::orders::stub::{Standing, Stub, stub};
use crate::web::{Page, Path, Visitor};

pub async fn index(page: Page) -> Result<Response> {
    Ok(page.site.into_response())
}

#[derive(Template)]
#[template(path = "events/show.html")]
struct Show<'a> {
    page: &'a Page,
    event: &'a Event,
    stub: Stub,
}

pub async fn show(State(app): State<App>, page: Page, visitor: Visitor, Path(slug): Path<String>) -> Result<Response> {
    let event = store::by_slug(&app.db, &slug).await?.or_404()?;
    show_with(&app, &page, &visitor, &event, StubForm::default(), Errors::default()).await
}

/// The event's page; with errors it is the answer (422) to a stub that was refused.
pub async fn show_with(
    app: &App,
    page: &Page,
    visitor: &Visitor,
    event: &Event,
    form: StubForm,
    errors: Errors,
) -> Result<Response> {
    let types = store::ticket_types(&app.db, event.id).await?;
    let refused = !errors.is_empty();
    let stub = stub(app, event, &types, visitor.me.as_deref(), form, errors).await?;
    let shown = Show { page, event, stub };
    if refused { page.invalid(&shown) } else { page.html(&shown) }
}
