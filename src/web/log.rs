//! One line a request, and a measurement: method, route pattern, status, time. Never addresses, queries, cookies or bodies.
//!
//! `MARQUEE_LOG=info,requests=debug` shows the lines, and `requests=trace` those of assets and health checks too. They
//! are off unless asked for: to write one takes several microseconds, where a page from memory takes fifty.
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;

/// What is asked all the time and tells of nobody.
const BEATS: &[&str] = &["/static/{*path}", "/healthz", "/readyz", "/metrics"];

pub async fn layer(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let route = matched.as_ref().map_or("", MatchedPath::as_str);
    let request_id = response.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    let (took, status) = (began.elapsed(), response.status().as_u16());
    super::metrics::asked(method.as_str(), route, status, took);
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    if BEATS.contains(&route) {
        tracing::trace!(target: "requests", %method, route, status, micros, request_id, "request");
    } else {
        tracing::debug!(target: "requests", %method, route, status, micros, request_id, "request");
    }
    response
}
