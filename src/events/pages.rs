//! What everyone sees of events.
use crate::error::Result;
use crate::web::Page;
use axum::response::{IntoResponse, Response};

pub async fn index(page: Page) -> Result<Response> {
    Ok(page.site.into_response())
}
