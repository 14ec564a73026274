//! Requests of which all but the body has arrived: their sender may be nobody any more when it comes, and it may never
//! come.
use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Request, header};
use axum::response::Response;
use futures_util::stream;
use http_body_util::BodyExt;
use image::ImageFormat;
use marquee::db::sql;
use marquee::events::Visibility;
use marquee::routes;
use marquee::web::arriving::Patience;
use marquee::{decide, members, my_data};
use tokio::sync::oneshot;
use tower::ServiceExt;

use crate::browser::{Browser, FORM};
use crate::invitations::{invites, link_of};
use crate::site::{PASSWORD, Site};

const JSON: &str = "application/json";

fn head(browser: &Browser, path: &str, kind: &str, body: Body) -> Request<Body> {
    Request::builder()
        .method("POST")
        .uri(path)
        .header("sec-fetch-site", "same-origin")
        .header(header::HOST, "localhost:8080")
        .header(header::CONTENT_TYPE, kind)
        .header(header::COOKIE, format!("marquee={}", browser.cookie("marquee").unwrap_or_default()))
        .body(body)
        .unwrap()
}

/// Sends a request up to its body, does something else while the site waits for that, and sends it.
async fn late(
    site: &Site,
    browser: &Browser,
    (path, kind, body): (&str, &str, Bytes),
    meanwhile: impl Future<Output = ()>,
) -> Response {
    let (asked, awaited) = oneshot::channel::<()>();
    let (go, gone) = oneshot::channel::<()>();
    let rest = stream::once(async move {
        asked.send(()).ok();
        gone.await.ok();
        Ok::<_, Infallible>(body)
    });
    let request = head(browser, path, kind, Body::from_stream(rest));
    let between = async {
        awaited.await.expect("the site waits for the body");
        meanwhile.await;
        go.send(()).expect("the site still waits");
    };
    let (answer, ()) = tokio::join!(site.router.clone().oneshot(request), between);
    answer.unwrap()
}

async fn count(site: &Site, what: &str) -> i64 {
    let text = match what {
        "tokens" => "SELECT COUNT(*) FROM api_tokens",
        "orders" => "SELECT COUNT(*) FROM orders WHERE member_id IS NOT NULL",
        "payments" => "SELECT COUNT(*) FROM payments WHERE order_id IS NULL",
        "spent" => "SELECT COUNT(*) FROM credit_lines",
        "parties" => "SELECT COUNT(*) FROM waiting",
        "events" => "SELECT COUNT(*) FROM events",
        _ => "SELECT COUNT(*) FROM members WHERE avatar IS NOT NULL OR name = 'Nobody'",
    };
    sql(text).scalar(&site.app.db).await.unwrap()
}

async fn erase(site: &Site, name: &str) {
    let (id, now) = (site.account_named(name).await.id, site.now());
    let outcome: marquee::error::Result<my_data::Outcome> = decide!(site.app.db, tx, my_data::erase(tx, id, now).await);
    assert_eq!(outcome.unwrap(), my_data::Outcome::Erased);
}

async fn suspend(site: &Site, name: &str) {
    let (id, now) = (site.account_named(name).await.id, site.now());
    let mut tx = site.app.db.write().await.unwrap();
    members::store::set_suspended(&mut tx, id, Some(now), Some("Because.")).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn no_token_outlives_the_password_or_the_session_with_which_it_was_asked_for() {
    let site = Site::start().await;
    let wanted = || Bytes::from_static(br#"{"name":"Laptop","scopes":["read"]}"#);
    let (ada, mut other) = (site.member("ada").await, site.member("ada").await);
    let answer = late(&site, &ada, ("/api/v1/me/tokens", JSON, wanted()), async {
        other.visit("/settings/password").await.fill("current", PASSWORD).fill("password", "Another horse 8 battery");
        other.press("Change password").await.is(200);
    })
    .await;
    assert_eq!((answer.status().as_u16(), count(&site, "tokens").await), (401, 0));
    let (bob, mut elsewhere) = (site.member("bob").await, site.member("bob").await);
    let form = Bytes::from_static(b"name=Laptop&scopes=read&days=90");
    let answer = late(&site, &bob, ("/settings/tokens", FORM, form), async {
        elsewhere.post("/settings/sessions/end-others", &[]).await.is(303);
    })
    .await;
    assert_eq!((answer.status().as_u16(), count(&site, "tokens").await), (303, 0));
    assert!(answer.headers()[header::LOCATION].to_str().unwrap().starts_with("/sign-in"));
    let answer = late(&site, &elsewhere, ("/api/v1/me/tokens", JSON, wanted()), async {}).await;
    assert_eq!((answer.status().as_u16(), count(&site, "tokens").await), (201, 1), "late alone is no reason");
}

#[tokio::test]
async fn nothing_is_done_for_an_account_that_ended_while_the_request_was_on_its_way() {
    let site = Site::start().await;
    let supper = site.event("Supper").make().await;
    let concert = site.event("Concert").price(2_800).make().await;
    let full = site.event("Full house").capacity(1).make().await;
    site.places(&full, "Bob", 1).await;
    let made = crate::api_signin::wanted(&site).to_string();
    let place = || Bytes::from_static(b"people=1&answer=going");
    let requests = [
        (format!("{}/orders", supper.path()), FORM, place(), "orders"),
        (format!("{}/orders", concert.path()), FORM, place(), "orders"),
        (format!("{}/waiting-list", full.path()), FORM, Bytes::from_static(b"people=1"), "parties"),
        ("/settings".to_owned(), FORM, Bytes::from_static(b"name=Nobody"), "profiles"),
        (
            "/settings/picture".to_owned(),
            "image/png",
            crate::avatar::plain(ImageFormat::Png, [9; 3]).into(),
            "profiles",
        ),
        ("/api/v1/events".to_owned(), JSON, made.into(), "events"),
        ("/credits/purchases".to_owned(), FORM, Bytes::from_static(b"credits=100"), "payments"),
    ];
    for (n, (path, kind, body, what)) in requests.iter().enumerate() {
        let before = count(&site, what).await;
        for erased in [true, false] {
            let name = format!("zora{n}{erased}");
            let zora = site.member(&name).await;
            let answer = late(&site, &zora, (path, kind, body.clone()), async {
                if erased { erase(&site, &name).await } else { suspend(&site, &name).await }
            })
            .await;
            let refused = if path.starts_with("/api/") { 401 } else { 303 };
            assert_eq!((answer.status().as_u16(), count(&site, what).await), (refused, before), "{path}");
            let to = answer.headers().get(header::LOCATION).map(|to| to.to_str().unwrap().to_owned());
            assert!(refused == 401 || to.is_some_and(|to| to.starts_with("/sign-in")), "{path}");
        }
    }
    site.verifies().await;
}

#[tokio::test]
async fn a_suspended_member_accepts_nothing_and_edits_nothing() {
    let site = Site::start().await;
    let event = site.event("Supper").with(|event| event.visibility = Visibility::Invited).make().await;
    site.account("ada").await;
    invites(&site, &event, "ada@example.org").await;
    let (ada, path) = (site.member("ada").await, link_of(&site, "ada@example.org").await);
    let yes = Bytes::from_static(b"form=x&answer=yes");
    let answer = late(&site, &ada, (&path, FORM, yes), suspend(&site, "ada")).await;
    assert_eq!((answer.status().as_u16(), site.reload(&event).await.taken), (303, 0));
    let mut host = site.member("host").await;
    host.visit(&format!("{}/edit", event.path())).await.fill("title", "Taken over");
    let (_, action, fields) = host.form_with("Save");
    let form = Bytes::from(crate::browser::encode(&fields));
    let answer = late(&site, &host, (&action, FORM, form), suspend(&site, "host")).await;
    assert_eq!((answer.status().as_u16(), site.reload(&event).await.title.as_str()), (303, "Supper"));
    site.verifies().await;
}

#[tokio::test]
async fn credits_of_an_account_that_ended_are_not_spent() {
    let site = Site::start().await;
    let event = site.event("Jazz").host("ada").make().await;
    let ada = site.member("ada").await;
    crate::credits::grant(&site, site.account_named("ada").await.id, 100).await;
    let form = Bytes::from_static(b"days=2&form=x");
    let path = format!("{}/featuring", event.path());
    let answer = late(&site, &ada, (&path, FORM, form), suspend(&site, "ada")).await;
    assert_eq!((answer.status().as_u16(), count(&site, "spent").await), (303, 1), "the grant alone");
    assert!(answer.headers()[header::LOCATION].to_str().unwrap().starts_with("/sign-in"));
    site.verifies().await;
}

/// What never ends is ended, and says so in the way of pages and of the API.
#[tokio::test]
async fn a_body_that_never_arrives_is_not_waited_for() {
    let site = Site::start().await;
    let ada = site.member("ada").await;
    let (short, long) = (Duration::from_millis(20), Duration::from_secs(3_600));
    let forms = routes::patient(site.app.clone(), Patience { form: short, upload: long });
    let uploads = routes::patient(site.app.clone(), Patience { form: long, upload: short });
    let endless = || Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
    for (router, path, kind) in [
        (&forms, "/settings", FORM),
        (&forms, "/api/v1/me/tokens", JSON),
        (&uploads, "/settings/picture", "image/png"),
        (&uploads, "/settings/picture", "multipart/form-data; boundary=x"),
    ] {
        let answer = router.clone().oneshot(head(&ada, path, kind, endless())).await.unwrap();
        assert_eq!(answer.status().as_u16(), 408, "{path}");
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&body);
        assert!(text.contains("took too long to arrive"), "{path}: {text}");
        assert_eq!(text.contains("\"status\":\"fail\""), path.starts_with("/api/"), "{text}");
    }
    let form = Body::from("name=Ada+L");
    let answer = forms.clone().oneshot(head(&ada, "/settings", FORM, form)).await.unwrap();
    assert_eq!(answer.status().as_u16(), 303, "what arrives in time is read");
}
