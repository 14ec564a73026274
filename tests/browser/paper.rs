//! What Chromium keeps as a file instead of showing it: asked for as the window would, with its cookies.
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::chrome::Window;

/// The link that the selector finds answers with a PDF.
pub async fn leads_to_a_pdf(window: &Window, css: &str) {
    let link = window.wait_for(css).await.attr("href").await.expect("a link").expect("its address");
    let here = window.client.current_url().await.expect("an address");
    let url = here.join(&link).expect("an address");
    let cookies = window.client.get_all_cookies().await.expect("cookies");
    let cookies: Vec<String> = cookies.iter().map(|cookie| format!("{}={}", cookie.name(), cookie.value())).collect();
    let request = Request::get(url.as_str()).header("cookie", cookies.join("; "));
    let client: Client<HttpConnector, Body> = Client::builder(TokioExecutor::new()).build_http();
    let answer = client.request(request.body(Body::empty()).expect("a request")).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK, "{link}");
    assert_eq!(answer.headers()["content-type"], "application/pdf", "{link}");
    let bytes = answer.into_body().collect().await.expect("a document").to_bytes();
    assert!(bytes.starts_with(b"%PDF-"), "{link} is none");
}
