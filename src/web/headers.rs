//! What every answer carries: security headers and the request's id; and what a development site refuses.
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;
use crate::error::Error;

/// Names one request in logs and on error pages.
#[derive(Clone)]
pub struct RequestId(pub String);

/// No inline script or style, nothing from elsewhere, no frames. The pages' own scripts are optional.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'";

/// Pages that whoever has a secret link may open: nothing of them is kept, for members and others alike.
const BY_LINK: &[&str] = &[
    "/orders/",
    "/t/",
    "/confirm/",
    "/verify/",
    "/sign-in/link/",
    "/reset/",
    "/email/",
    "/waiting/",
    "/setup",
    "/verification",
    "/auth/",
    "/local/",
    "/mails/",
    "/invitations/",
];

/// On an answer that may stand in a frame on any page: one that shows nothing of anybody's own.
#[derive(Clone, Copy)]
pub struct MayBeFramed;

const FRAMED: &str = "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'none'; \
    base-uri 'none'; frame-ancestors *";

/// Adds the security headers and an id to each answer.
pub async fn layer(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = uuid::Uuid::new_v4().simple().to_string()[..16].to_owned();
    request.extensions_mut().insert(RequestId(id.clone()));
    let by_link = BY_LINK.iter().any(|path| request.uri().path().starts_with(path));
    let mut response = next.run(request).await;
    let too_large = response.status() == StatusCode::PAYLOAD_TOO_LARGE;
    let framed = response.extensions().get::<MayBeFramed>().is_some();
    let headers = response.headers_mut();
    if by_link {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if too_large {
        // The rest of the body is not read, so the connection ends here: whoever keeps it for the next request is told.
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert_with(|| policy(&app, framed));
    let mut set = |name: header::HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    if !framed {
        set(header::X_FRAME_OPTIONS, "DENY");
    }
    // Secret links must not leak to other sites.
    set(header::REFERRER_POLICY, "same-origin");
    set(
        header::HeaderName::from_static("permissions-policy"),
        "camera=(self), geolocation=(), microphone=(), payment=()",
    );
    set(header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    if app.config.https() {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert("x-request-id", value);
    }
    response
}

/// Browsers hold the redirect behind a form against the policy too, and the ones behind "Pay" and "Cards and bills" lead
/// to Stripe.
fn policy(app: &App, framed: bool) -> HeaderValue {
    let fixed = HeaderValue::from_static(if framed { FRAMED } else { POLICY });
    match &app.config.stripe {
        Some(stripe) if !framed => {
            let actions = format!("form-action 'self' {}", stripe.origins());
            HeaderValue::from_str(&POLICY.replace("form-action 'self'", &actions)).unwrap_or(fixed)
        }
        _ => fixed,
    }
}

/// A development site that sits behind a proxy is about to be public by accident: it refuses.
pub async fn not_public(State(app): State<App>, request: Request, next: Next) -> Result<Response, Error> {
    if app.config.development() && forwarded(request.headers()) {
        tracing::warn!(
            "a request with forwarded headers was refused: a development site must not stand behind a proxy; set MARQUEE_ENV=production"
        );
        return Err(Error::Forbidden);
    }
    Ok(next.run(request).await)
}

fn forwarded(headers: &HeaderMap) -> bool {
    ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"]
        .iter()
        .any(|name| headers.contains_key(*name))
}
