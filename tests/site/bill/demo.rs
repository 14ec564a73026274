//! The demo content of a development site.
use marquee::credits::featuring;
use marquee::members;
use marquee::plans::limits::Usage;
use marquee::plans::{self, Tier};
use marquee::seed::{self, SIGN_INS};
use marquee::signin::passwords::{self, About};

use super::{all, attributes, visit};
use crate::site::{PUBLIC, Site};

#[tokio::test]
async fn a_fresh_site_has_a_full_programme_that_the_journal_agrees_with() {
    let site = Site::start().await;
    assert!(seed::run_if_empty(&site.app).await.unwrap());
    assert!(!seed::run_if_empty(&site.app).await.unwrap(), "only an empty site is filled");
    site.verifies().await;
    let mut browser = visit(&site, "/").await;
    let mut paths = attributes(&browser, ".entry h3 a", "href");
    let mut languages = attributes(&browser, ".entry h3", "lang");
    let mut sold_out = all(&browser, ".tag-bad").len();
    while let Some(later) = attributes(&browser, ".pager a[href^='/?page']", "href").pop() {
        browser.visit(&later).await.is(200);
        paths.extend(attributes(&browser, ".entry h3 a", "href"));
        languages.extend(attributes(&browser, ".entry h3", "lang"));
        sold_out += all(&browser, ".tag-bad").len();
    }
    assert!(paths.len() >= 38, "{} events", paths.len());
    for language in ["", "de", "fr", "it", "es", "tr", "pl", "ja"] {
        assert!(languages.iter().any(|has| has == language), "nothing in {language:?}");
    }
    assert_eq!(sold_out, 1);
    for path in paths {
        browser.visit(&path).await.is(200);
        for file in ["poster.svg", "calendar.ics"] {
            browser.visit(&format!("{path}/{file}")).await.is(200);
        }
    }
}

#[tokio::test]
async fn posters_that_hang_side_by_side_in_the_demo_differ() {
    let site = Site::start().await;
    seed::run_if_empty(&site.app).await.unwrap();
    let rows = marquee::events::finding::rows(&site.app, &Default::default(), None, 100).await.unwrap();
    let events: Vec<_> = rows.into_iter().map(|row| row.found.event).collect();
    for pair in events.windows(2) {
        assert_ne!(pair[0].palette, pair[1].palette, "{} and {}", pair[0].slug, pair[1].slug);
        assert_ne!(pair[0].composition, pair[1].composition, "{} and {}", pair[0].slug, pair[1].slug);
    }
}

#[tokio::test]
async fn the_sign_ins_work_and_their_passwords_obey_the_rule() {
    let site = Site::start().await;
    seed::run_if_empty(&site.app).await.unwrap();
    for sign_in in SIGN_INS {
        let about = About { name: sign_in.name, email: sign_in.email, site: "Marquee" };
        assert!(passwords::check(sign_in.password, &about).is_ok(), "{}", sign_in.email);
        let mut browser = site.browser();
        browser.visit("/sign-in").await.fill("email", sign_in.email).fill("password", sign_in.password);
        browser.press("Sign in").await.is(200);
        browser.visit("/hosting").await.is(200).at("/hosting");
        let admin = if sign_in.what.starts_with("admin") { 200 } else { 404 };
        browser.visit("/admin").await.is(admin);
    }
}

#[tokio::test]
async fn a_newcomer_sees_plans_that_are_paid_credits_and_an_event_on_the_front_page() {
    let site = Site::start().await;
    assert!(seed::start(&site.app).await.unwrap());
    assert!(!seed::start(&site.app).await.unwrap());
    site.work().await;
    site.verifies().await;
    for (n, sign_in) in SIGN_INS.iter().enumerate() {
        let member = members::store::by_email_key(&site.app.db, sign_in.email).await.unwrap().unwrap();
        let plan = plans::store::plan_of(&site.app.db, member.id).await.unwrap().unwrap();
        let left = Usage::of(&site.app, member.id).await.unwrap().left(&plan);
        assert!(left.is_none_or(|left| left > 0), "{} can host nothing more with {:?}", sign_in.email, plan.tier);
        assert_eq!(plan.tier == Tier::Free, n == 4, "{}", sign_in.email);
        assert!(site.mails_to(sign_in.email).await.is_empty(), "{}", sign_in.email);
    }
    let mut mara = site.browser();
    mara.visit("/sign-in").await.fill("email", SIGN_INS[0].email).fill("password", SIGN_INS[0].password);
    mara.press("Sign in").await.is(200);
    mara.visit("/plans").await.sees("You have the plan Team.");
    mara.visit("/admin/subscriptions").await.sees("Jonas Frei").sees("Individual");
    mara.visit("/admin/credits").await.sees("Repair Café").sees("Demo content");
    let featured = featuring::shown(&site.app).await.unwrap();
    assert_eq!(featured.iter().map(|event| event.slug.as_str()).collect::<Vec<_>>(), ["repair-cafe"]);
    let event = "/events/intro-to-rust-ownership-without-tears";
    mara.visit(&format!("{event}/payments")).await.sees("Hugo Blanc").sees("CHF 12.00");
    mara.visit(&format!("{event}/manage")).await.sees("Takings").sees("CHF 36.00");
}

#[tokio::test]
async fn production_refuses_demo_content() {
    let site = Site::with(&PUBLIC).await;
    assert!(seed::run(&site.app).await.is_err());
    assert!(!marquee::events::store::any(&site.app.db).await.unwrap());
}
