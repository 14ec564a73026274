//! The first admin, admins by the command line, and the mailbox of a development site.
use marquee::mail::{File, Message};
use marquee::{admin, signin};

use super::{OTHER, account_of, sign_in, sign_up};
use crate::site::{PASSWORD, PUBLIC, Site};

fn fields<'a>(token: &'a str, email: &'a str) -> [(&'a str, &'a str); 4] {
    [("token", token), ("name", "Grace"), ("email", email), ("password", PASSWORD)]
}

#[tokio::test]
async fn the_log_s_token_makes_the_first_admin_once() {
    let site = Site::start().await;
    let old = signin::first_run::token(&site.app).await.unwrap().unwrap();
    let token = signin::first_run::token(&site.app).await.unwrap().unwrap();
    let mut grace = site.browser();
    grace.visit(&format!("/setup?token={old}")).await.is(404);
    grace.visit(&format!("/setup?token={token}")).await.fill("name", "Grace").fill("email", "grace@example.org");
    grace.fill("password", PASSWORD).press("Become the admin").await.is(200).at("/sign-in");
    sign_in(&mut grace, "grace@example.org", PASSWORD).await;
    grace.is(200).at("/");
    assert!(account_of(&site, "grace@example.org").await.admin);
    grace.visit(&format!("/setup?token={token}")).await.is(404);
    grace.post("/setup", &fields(&token, "eve@example.org")).await.is(404);
    assert_eq!(signin::first_run::token(&site.app).await.unwrap(), None);
}

#[tokio::test]
async fn without_the_token_there_is_no_first_run_page() {
    let site = Site::start().await;
    let mut eve = site.browser();
    for token in ["", "x", "%00"] {
        eve.visit(&format!("/setup?token={token}")).await.is(404);
        eve.post("/setup", &fields(token, "eve@example.org")).await.is(404);
    }
    signin::first_run::token(&site.app).await.unwrap();
    eve.visit("/setup").await.is(404);
    eve.post("/setup", &fields("", "eve@example.org")).await.is(404);
}

#[tokio::test]
async fn the_first_run_page_takes_no_member_s_password() {
    let site = Site::start().await;
    site.account("ada").await;
    let token = signin::first_run::token(&site.app).await.unwrap().unwrap();
    let mut grace = site.browser();
    grace.post("/setup", &fields(&token, "ada@example.org")).await.is(422);
    assert!(grace.error_at("email").starts_with("This address has an account."));
    // An account that never proved its address keeps nothing.
    sign_up(&mut site.browser(), "Eve", "grace@example.org").await;
    let eve = account_of(&site, "grace@example.org").await;
    let mut own = fields(&token, "grace@example.org");
    own[3].1 = OTHER;
    grace.post("/setup", &own).await.is(303);
    let made = account_of(&site, "grace@example.org").await;
    assert!(made.admin && made.email_verified_at.is_some() && made.password != eve.password);
}

#[tokio::test]
async fn the_command_line_makes_admins() {
    let site = Site::start().await;
    admin::create::create(&site.app, "grace@example.org", Some("Grace"), || Ok(PASSWORD.into())).await.unwrap();
    let grace = account_of(&site, "grace@example.org").await;
    assert!(grace.admin && grace.name == "Grace");
    let mut browser = site.browser();
    sign_in(&mut browser, "grace@example.org", PASSWORD).await;
    browser.is(200).at("/");
    let ada = site.account("ada").await;
    let no_question = || panic!("an account that is there keeps its password");
    admin::create::create(&site.app, " Ada@example.org", None, no_question).await.unwrap();
    let made = account_of(&site, "ada@example.org").await;
    assert!(made.admin && made.password == ada.password);
    assert!(admin::create::create(&site.app, "no address", None, || Ok(PASSWORD.into())).await.is_err());
}

#[tokio::test]
async fn a_development_site_shows_its_mails_and_runs_nothing_of_them() {
    let site = Site::start().await;
    let script = "<script>alert(1)</script>".to_owned();
    let file =
        File { name: "event\"\r\n.ics".into(), mime: "text/calendar".into(), bytes: b"BEGIN".to_vec(), cid: None };
    site.mails.sent.lock().unwrap().push(Message {
        id: "m1".into(),
        from_name: String::new(),
        to_name: script.clone(),
        to: "ada@example.org".into(),
        subject: format!("Hello {script}"),
        text: format!("Open:\nhttp://localhost:8080/verify/abc\n{script}\njavascript:alert(1)"),
        html: script.clone(),
        files: vec![file],
        at: "2026-11-21T18:30:00Z".into(),
        unsubscribe: None,
    });
    let mut dev = site.browser();
    dev.visit("/dev/mail").await.is(200).sees("ada@example.org");
    assert!(!dev.html().contains("<script>"));
    dev.visit("/dev/mail/m1").await.is(200).sees("http://localhost:8080/verify/abc");
    assert!(!dev.html().contains("<script>") && !dev.html().contains("href=\"javascript:"));
    dev.visit("/dev/mail/m1/files/0").await.is(200);
    assert_eq!(dev.headers["content-disposition"], "attachment; filename=\"event.ics\"");
    for path in ["/dev/mail/m2", "/dev/mail/..%2Fsecret", "/dev/mail/m1/files/1", "/dev/mail/m1/files/x"] {
        dev.visit(path).await.is(404);
    }
}

#[tokio::test]
async fn a_production_site_has_no_mailbox() {
    let site = Site::with(&PUBLIC).await;
    for path in ["/dev/mail", "/dev/mail/x", "/dev/mail/x/files/0"] {
        site.browser().visit(path).await.is(404);
    }
}
