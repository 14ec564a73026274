//! Every URL and the function that answers it, in one table, and the layers around them.
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{delete, get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;

use crate::app::App;
use crate::error::Error;
use crate::web::{self, assets, health};
use crate::{admin, api, events, members, orders, signin};

/// One row of the table; tests hold every row against who may use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// `get` or `post`, in lower case.
    pub method: &'static str,
    pub path: &'static str,
}

/// Forms are small; what takes a picture says so in its row.
const FORM: usize = 256 * 1024;
const PICTURE: usize = 6 * 1024 * 1024;

macro_rules! table {
    ($($method:ident $path:literal => $handler:expr $(, up to $limit:expr)?;)+) => {
        /// Every route of the site.
        pub const ROUTES: &[Route] = &[$(Route { method: stringify!($method), path: $path }),+];

        fn table() -> Router<App> {
            Router::new()$(.route($path, $method($handler)$(.layer(DefaultBodyLimit::max($limit)))?))+
        }
    };
}

table! {
    get "/" => events::pages::index;
    get "/events/{slug}" => events::pages::show;
    get "/settings/tokens" => api::pages::tokens;
    post "/settings/tokens" => api::pages::make_token;
    post "/settings/tokens/{id}/revocation" => api::pages::revoke_token;
    get "/api/docs" => api::pages::docs;
    get "/api/openapi.json" => api::pages::description;
    get "/api/v1/me" => members::api::me;
    get "/api/v1/me/tokens" => api::token_api::list;
    post "/api/v1/me/tokens" => api::token_api::make;
    delete "/api/v1/me/tokens/{id}" => api::token_api::revoke;
    get "/api/v1/me/orders" => orders::api::mine;
    get "/api/v1/me/hosting" => events::api::mine;
    get "/api/v1/events" => events::api::list;
    get "/api/v1/events/{slug}" => events::api::read;
    post "/api/v1/events/{slug}/orders" => orders::api::take;
    get "/api/v1/orders/{id}" => orders::api::read;
    post "/api/v1/orders/{id}/cancellation" => orders::api::cancel;
    get "/static/{*path}" => assets::serve;
    get "/healthz" => health::alive;
    get "/readyz" => health::ready;
}

/// The whole site.
pub fn router(app: App) -> Router {
    table()
        .fallback(async || Error::NotFound)
        .method_not_allowed_fallback(async || axum::http::StatusCode::METHOD_NOT_ALLOWED)
        .layer(DefaultBodyLimit::max(FORM))
        .layer(from_fn_with_state(app.clone(), api::layer))
        .layer(from_fn_with_state(app.clone(), web::guards::who))
        .layer(web::sessions::layer(&app))
        .layer(CsrfLayer::new())
        .layer(from_fn(web::origin::bearer_is_no_cookie))
        .layer(from_fn_with_state(app.clone(), web::limits::layer))
        .layer(from_fn_with_state(app.clone(), web::headers::not_public))
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(app.clone(), web::errors::layer))
        .layer(from_fn_with_state(app.clone(), web::headers::layer))
        .layer(tower_http::compression::CompressionLayer::new().gzip(true).br(true))
        .layer(from_fn(web::log::layer))
        .with_state(app)
}
