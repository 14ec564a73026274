//! What a visitor's first event page weighs on the wire: the page with its icons, the style, the font, the scripts and
//! the poster.
use axum::body::Body;
use axum::http::{Request, header};
use http_body_util::BodyExt;
use tower::ServiceExt;

use crate::site::Site;

/// Bytes that an answer takes, compressed with gzip where it is worth it.
async fn bytes(site: &Site, path: &str) -> (usize, Vec<u8>) {
    let request = Request::get(path).header(header::HOST, "localhost:8080").header(header::ACCEPT_ENCODING, "gzip");
    let answer = site.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    (bytes.len(), bytes.to_vec())
}

#[tokio::test]
async fn the_first_event_page_weighs_52_kb_at_most_for_the_longest_title_of_the_demo() {
    let site = Site::start().await;
    marquee::seed::run(&site.app).await.unwrap();
    let all = marquee::events::finding::rows(&site.app, &Default::default(), None, 200).await.unwrap();
    let longest = all.into_iter().map(|row| row.found.event).max_by_key(|event| event.title.chars().count()).unwrap();
    let mut browser = site.browser();
    browser.visit(&longest.path()).await.is(200);
    let (mut all, mut seen) = (bytes(&site, &longest.path()).await.0, vec![format!("{} as a page", longest.path())]);
    let style = crate::bill::attributes(&browser, "link[rel=stylesheet]", "href");
    let font = crate::bill::attributes(&browser, "link[rel=preload]", "href");
    let poster = crate::bill::attributes(&browser, "main img", "src");
    let scripts = crate::bill::attributes(&browser, "script[src]", "src");
    seen[0].push_str(&format!(": {all}"));
    for path in style.iter().chain(&font).chain(&scripts).chain(poster.first()) {
        let (length, _) = bytes(&site, path).await;
        seen.push(format!("{path}: {length}"));
        all += length;
    }
    assert_eq!(seen.len(), 4 + scripts.len(), "{seen:#?}");
    assert!(all <= 52_000, "{all} bytes: {seen:#?}");
}
