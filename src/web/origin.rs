//! Requests that carry a bearer token carry no cookie's authority: the cookie is taken off them, and with it what
//! the protection against forged requests looks at, since that is for cookies.
use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;

pub async fn bearer_is_no_cookie(mut request: Request, next: Next) -> Response {
    let headers = request.headers_mut();
    if headers.contains_key(header::AUTHORIZATION) {
        headers.remove(header::COOKIE);
        headers.remove(header::ORIGIN);
        headers.remove("sec-fetch-site");
    }
    next.run(request).await
}
