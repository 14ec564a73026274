//! What every request passes on its way to the table and back.
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::csrf::CsrfLayer;

use super::{FORM, table};
use crate::app::App;
use crate::error::Error;
use crate::web::arriving::{PATIENCE, Patience};
use crate::web::shared::Shared;
use crate::{api, events, web};

/// The whole site.
pub fn router(app: App) -> Router {
    patient(app, PATIENCE)
}

/// What is compressed already is sent as it is.
fn worth_it() -> impl Predicate {
    DefaultPredicate::new()
        .and(NotForContentType::const_new("application/zip"))
        .and(NotForContentType::const_new("application/pdf"))
}

/// The same, for whoever waits longer or shorter for what is sent.
pub fn patient(app: App, patience: Patience) -> Router {
    table()
        .fallback(async || Error::NotFound)
        .method_not_allowed_fallback(async || axum::http::StatusCode::METHOD_NOT_ALLOWED)
        .layer(
            // The outermost first; what is answered from memory passes the fewest.
            ServiceBuilder::new()
                .layer(from_fn(web::log::layer))
                .layer(CompressionLayer::new().gzip(true).br(true).compress_when(worth_it()))
                .layer(Shared)
                .layer(from_fn_with_state(app.clone(), web::headers::layer))
                .layer(Shared)
                .layer(from_fn_with_state(app.clone(), web::errors::layer))
                .layer(Shared)
                .layer(CatchPanicLayer::new())
                .layer(from_fn_with_state(app.clone(), web::headers::not_public))
                .layer(Shared)
                .layer(from_fn_with_state(app.clone(), events::views::pages::layer))
                .layer(Shared)
                .layer(from_fn_with_state(app.clone(), web::limits::layer))
                .layer(Shared)
                .layer(from_fn_with_state(app.clone(), web::kept::layer))
                .layer(Shared)
                .layer(from_fn(web::origin::bearer_is_no_cookie))
                .layer(CsrfLayer::new())
                .layer(web::sessions::layer(&app))
                .layer(from_fn_with_state(app.clone(), web::guards::who))
                .layer(Shared)
                .layer(from_fn_with_state(patience, web::arriving::layer))
                .layer(from_fn_with_state(app.clone(), api::layer))
                .layer(DefaultBodyLimit::max(FORM)),
        )
        .with_state(app)
}
