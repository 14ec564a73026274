//! What nobody types by mistake.
use marquee::signin;

use crate::browser::FORM;
use crate::site::{PASSWORD, Site};

/// Every form of this slice with its text fields.
const FORMS: &[(&str, &[&str])] = &[
    ("/sign-up", &["name", "email", "password", "back", "website"]),
    ("/sign-in", &["email", "password", "back"]),
    ("/verification", &["email"]),
    ("/forgotten", &["email"]),
    ("/settings", &["name", "language", "zone", "theme"]),
    ("/settings/password", &["current", "password"]),
];

const HOSTILE: &[&str] = &[
    "",
    " ",
    "\0",
    "a\0b@example.org",
    "line\r\nbreak",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'; DROP TABLE members; --",
    "👩‍👩‍👧‍👦🏳️‍🌈",
    "\u{202e}dlrow olleh\u{202c}",
    "שלום עולם",
    "\u{feff}\u{200b}",
    "%00%ff{{7*7}}${7*7}",
    "-1",
    "NaN",
];

#[tokio::test]
async fn no_form_breaks_whatever_is_typed() {
    let site = Site::start().await;
    let mut eve = site.member("eve").await;
    for (path, fields) in FORMS {
        let long = "x".repeat(5_000);
        for value in HOSTILE.iter().copied().chain([long.as_str()]) {
            let filled: Vec<_> = fields.iter().map(|field| (*field, value)).collect();
            eve.post(path, &filled).await;
            assert!(matches!(eve.status, 303 | 422 | 429), "{path} with {value:?}: {}", eve.status);
            assert!(!eve.html().contains("<script>alert") && !eve.html().contains("<img src=x"), "{path}");
            let doubled: Vec<_> = filled.iter().chain(&filled).copied().collect();
            eve.post(path, &doubled).await;
            assert!(matches!(eve.status, 303 | 422 | 429), "{path} twice with {value:?}: {}", eve.status);
        }
        eve.post(path, &[]).await.is(422);
        eve.post(path, &[("email[]", "x"), ("__proto__", "y")]).await.is(422);
    }
}

#[tokio::test]
async fn a_megabyte_is_too_large_and_what_is_no_form_is_malformed() {
    let site = Site::start().await;
    let mut eve = site.member("eve").await;
    let mega = "x".repeat(1_000_000);
    for (path, fields) in FORMS {
        eve.post(path, &[(fields[0], &mega)]).await.is(413);
        eve.request("POST", path, Some("application/json"), b"{\"email\":1}".to_vec()).await.is(400);
        eve.request("POST", path, Some(FORM), vec![0xff, 0xfe, b'=', 0x80, b'&', b'%']).await.is(422);
    }
}

#[tokio::test]
async fn a_refused_form_keeps_what_was_typed_and_tells_every_fault_at_its_field() {
    let site = Site::start().await;
    let mut ada = site.browser();
    ada.visit("/sign-up").await.fill("name", "A\u{7}da").fill("email", "ada@nowhere").fill("password", "short");
    ada.press("Create account").await.is(422).field_is("name", "A\u{7}da").field_is("email", "ada@nowhere");
    for field in ["name", "email", "password"] {
        assert!(!ada.error_at(field).is_empty(), "{field}");
    }
    ada.field_is("password", "").sees("Error:");
    let errors = ada.page();
    let links = scraper::Selector::parse(".error-summary a[href]").unwrap();
    let targets: Vec<_> = errors.select(&links).map(|a| a.attr("href").unwrap().to_owned()).collect();
    assert_eq!(targets, ["#name", "#email", "#password"]);
}

#[tokio::test]
async fn the_first_run_page_and_the_reset_page_do_not_break_either() {
    let site = Site::start().await;
    let token = signin::first_run::token(&site.app).await.unwrap().unwrap();
    let ada = site.account("ada").await;
    let reset = signin::links::mint(&site.app, signin::links::Kind::Reset, &ada).await.unwrap();
    let mut eve = site.browser();
    for value in HOSTILE {
        eve.post("/setup", &[("token", &token), ("name", value), ("email", value), ("password", value)]).await.is(422);
        eve.post("/setup", &[("token", value), ("name", "Eve")]).await.is(404);
        eve.post(&format!("/reset/{reset}"), &[("password", value)]).await;
        assert!(matches!(eve.status, 303 | 422 | 404), "{value:?}: {}", eve.status);
    }
    let mut member = site.browser();
    member.post("/sign-in", &[("email", "ada@example.org"), ("password", PASSWORD)]).await;
    assert_ne!(member.status, 500);
}
