//! Requests that carry a bearer token carry no cookie's authority: the cookie is taken off them, and with it what
//! the protection against forged requests looks at, since that is for cookies. So it is where a signed link alone is the
//! right to act: mail programs stop mails with a request that comes from no page of ours (RFC 8058).
use axum::extract::Request;
use axum::http::{HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;

/// Where the link is the right.
const BY_LINK_ALONE: &str = "/mails/";

pub async fn bearer_is_no_cookie(mut request: Request, next: Next) -> Response {
    let by_link = request.method() == Method::POST && request.uri().path().starts_with(BY_LINK_ALONE);
    let headers = request.headers_mut();
    // Browsers send `Basic` by themselves, to a site behind a proxy that asks for it: that stays a visit with its cookie.
    let bears =
        |value: &HeaderValue| value.as_bytes().get(..6).is_some_and(|kind| kind.eq_ignore_ascii_case(b"bearer"));
    if by_link || headers.get(header::AUTHORIZATION).is_some_and(bears) {
        headers.remove(header::COOKIE);
        headers.remove(header::ORIGIN);
        headers.remove("sec-fetch-site");
    }
    next.run(request).await
}
