//! Requests that carry a bearer token carry no cookie's authority: the cookie is taken off them, so the
//! protection against forged requests, which is for cookies, need not stand in their way.
use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;

pub async fn bearer_is_no_cookie(mut request: Request, next: Next) -> Response {
    if request.headers().contains_key(header::AUTHORIZATION) {
        request.headers_mut().remove(header::COOKIE);
    }
    next.run(request).await
}
