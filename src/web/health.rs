//! Whether the process lives (/healthz) and whether it can serve (/readyz).
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::db::sql;

pub async fn alive() -> &'static str {
    "ok\n"
}

/// 503 while the database does not answer.
pub async fn ready(State(app): State<App>) -> Response {
    match sql("SELECT CAST(1 AS BIGINT)").scalar::<i64>(&app.db).await {
        Ok(_) => "ready\n".into_response(),
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
        }
    }
}
