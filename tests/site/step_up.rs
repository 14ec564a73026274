//! "Is it still you?": who is asked, when, and what the answer is worth.
use marquee::clock::minutes;
use marquee::members;
use serde_json::json;

use crate::second_factor::turn_on;
use crate::site::{PASSWORD, Site};

#[tokio::test]
async fn after_ten_minutes_an_admin_is_asked_before_anything_is_done() {
    let site = Site::start().await;
    let bob = site.account("bob").await;
    let mut admin = site.admin("root").await;
    let page = format!("/admin/members/{}", bob.id);
    site.app.clock.advance(minutes(11));
    admin.visit(&page).await.fill("reason", "spam").press("Suspend").await.at("/step-up");
    admin.sees("What you sent was not acted on.");
    assert!(site.account_named("bob").await.suspended_at.is_none());
    admin.fill("proof", "not it").press("Go on").await.is(422);
    assert_eq!(admin.error_at("proof"), "This is not your password.");
    admin.steps_up().await.is(200);
    admin.visit(&page).await.fill("reason", "spam").press("Suspend").await.is(200).at(&page);
    assert!(site.account_named("bob").await.suspended_at.is_some());
    site.app.clock.advance(minutes(11));
    admin.fill("reason", "sorry").press("Restore").await.at("/step-up");
}

#[tokio::test]
async fn one_is_led_back_to_the_page_of_the_form_and_told_to_press_once_more() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    site.app.clock.advance(minutes(11));
    ada.visit("/settings/tokens").await.fill("name", "Laptop").press("Make the token").await.at("/step-up");
    ada.steps_up().await.at("/settings/tokens").sees("Nothing was done yet: press the button once more.");
    ada.fill("name", "Laptop").press("Make the token").await.is(200).sees("The new token");
    ada.visit("/step-up?back=//evil.example").await.steps_up().await.at("/");
}

#[tokio::test]
async fn whoever_has_a_second_factor_is_asked_for_it_and_not_for_the_password() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    let (phone, codes) = turn_on(&site, &mut ada).await;
    site.app.clock.advance(minutes(11));
    ada.visit("/settings/second-factor").await.fill("proof", PASSWORD).press("Go on").await.is(422);
    ada.fill("proof", &phone.code(&site)).press("Go on").await.at("/settings/second-factor");
    site.app.clock.advance(minutes(11));
    ada.visit("/settings/second-factor/removal").await.fill("proof", &codes[0]).press("Go on").await;
    ada.at("/settings/second-factor/removal");
}

#[tokio::test]
async fn the_answer_gives_the_session_a_new_secret_and_the_old_one_opens_nothing() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    let old = ada.cookie("marquee").unwrap().to_owned();
    ada.visit("/step-up?back=/settings").await.steps_up().await.at("/settings");
    assert_ne!(ada.cookie("marquee").unwrap(), old);
    site.browser().set_cookie("marquee", &old).visit("/settings").await.at("/sign-in");
    ada.visit("/settings/sessions").await.misses("Sign out all other devices");
}

#[tokio::test]
async fn a_session_that_was_ended_meanwhile_stays_so() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    ada.visit("/step-up?back=/settings").await;
    let mut other = site.member("ada").await;
    other.visit("/settings/sessions").await.press("Sign out all other devices").await;
    ada.steps_up().await.at("/sign-in");
    ada.visit("/settings").await.at("/sign-in");
}

#[tokio::test]
async fn five_wrong_answers_are_enough_though_the_right_one_follows() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    ada.visit("/step-up").await;
    for _ in 0..5 {
        ada.fill("proof", "not it").press("Go on").await.is(422);
    }
    ada.fill("proof", PASSWORD).press("Go on").await.is(429);
    site.member("ada").await;
}

#[tokio::test]
async fn whoever_has_neither_gets_a_code_by_mail_that_works_once() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    let member = site.account_named("ada").await;
    let mut tx = site.app.db.write().await.unwrap();
    members::store::set_password(&mut tx, member.id, None).await.unwrap();
    tx.commit().await.unwrap();
    ada.visit("/step-up?back=/settings").await.press("Mail me a code").await.at("/step-up").sees("on its way");
    let mail = site.mail_to("ada@example.org").await;
    let code = mail.text.split_whitespace().find(|word| word.len() == 14 && word.matches('-').count() == 2).unwrap();
    ada.fill("proof", "AAAA-AAAA-AAAA").press("Go on").await.is(422);
    ada.fill("proof", &code.to_lowercase()).press("Go on").await.at("/settings");
    ada.visit("/step-up").await.fill("proof", code).press("Go on").await.is(422);
}

#[tokio::test]
async fn programs_prove_it_in_a_header() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    let wish = json!({"name": "Door", "scopes": ["read"]});
    let access = crate::api_signin::token(&site, "ada@example.org").await;
    let program = || site.program().bearer(&access);
    program().post("/api/v1/me/tokens", wish.clone()).await.is(201);
    site.app.clock.advance(minutes(11));
    let refused = program().post("/api/v1/me/tokens", wish.clone()).await.is(403);
    assert!(refused.data()["message"].as_str().unwrap().contains("Step-Up"));
    program().with("step-up", "wrong").post("/api/v1/me/tokens", wish.clone()).await.is(403);
    program().with("step-up", PASSWORD).post("/api/v1/me/tokens", wish.clone()).await.is(201);
    ada.visit("/settings/second-factor").await.steps_up().await;
    let (phone, _) = turn_on(&site, &mut ada).await;
    let next = phone.next_code(&site);
    let access = crate::api_signin::token_with(&site, "ada@example.org", &next).await;
    site.app.clock.advance(minutes(11));
    let program = || site.program().bearer(&access);
    program().with("step-up", PASSWORD).post("/api/v1/me/tokens", wish.clone()).await.is(403);
    let code = phone.code(&site);
    program().with("step-up", code.as_str()).post("/api/v1/me/tokens", wish.clone()).await.is(201);
    program().with("step-up", code.as_str()).post("/api/v1/me/tokens", wish).await.is(403);
}

#[tokio::test]
async fn ending_sessions_by_the_api_asks_as_the_page_does_and_leaving_does_not() {
    let site = Site::start().await;
    site.account("ada").await;
    let mine = crate::api_signin::token(&site, "ada@example.org").await;
    let other = crate::api_signin::token(&site, "ada@example.org").await;
    let program = || site.program().bearer(&mine);
    let list = program().get("/api/v1/me/sessions").await.is(200);
    let items = list.data()["items"].as_array().unwrap().clone();
    let theirs = items.iter().find(|item| item["current"] == false).unwrap()["id"].as_str().unwrap();
    let one = format!("/api/v1/me/sessions/{theirs}");
    site.app.clock.advance(minutes(11));
    for path in [one.as_str(), "/api/v1/me/sessions"] {
        let refused = program().delete(path).await.is(403);
        assert!(refused.data()["message"].as_str().unwrap().contains("Step-Up"));
        program().with("step-up", "wrong").delete(path).await.is(403);
    }
    site.program().bearer(&other).get("/api/v1/me").await.is(200);
    program().with("step-up", PASSWORD).delete(&one).await.is(200);
    site.program().bearer(&other).get("/api/v1/me").await.is(401);
    program().with("step-up", PASSWORD).delete("/api/v1/me/sessions").await.is(200);
    program().post("/api/v1/auth/logout", json!({})).await.is(200);
    program().get("/api/v1/me").await.is(401);
}

#[tokio::test]
async fn a_form_that_was_refused_leads_back_to_a_page_and_not_to_where_it_was_sent() {
    let site = Site::start().await;
    let mut admin = site.admin("root").await;
    let bob = site.account("bob").await;
    let page = format!("/admin/members/{}", bob.id);
    admin.visit(&page).await.press("Suspend").await.is(422).at(&format!("{page}/suspension"));
    site.app.clock.advance(minutes(11));
    admin.fill("reason", "spam").press("Suspend").await.at("/step-up");
    admin.steps_up().await.is(200).at(&page).sees("press the button once more");
    admin.fill("reason", "spam").press("Suspend").await.is(200);
    assert!(site.account_named("bob").await.suspended_at.is_some());
    // The same for whoever is signed out meanwhile.
    let mut ada = site.member("ada").await;
    ada.visit("/settings/tokens").await.press("Make the token").await.is(422);
    site.member("ada").await.visit("/settings/sessions").await.press("Sign out all other devices").await;
    ada.fill("name", "Laptop").press("Make the token").await.at("/sign-in");
    assert_eq!(ada.path, "/sign-in?back=%2Fsettings%2Ftokens");
}

#[tokio::test]
async fn a_site_may_demand_a_second_factor_of_its_admins() {
    let site = Site::with(&[("MARQUEE_ADMIN_SECOND_FACTOR", "yes")]).await;
    let mut admin = site.admin("root").await;
    admin.visit("/admin").await.at("/settings/second-factor").sees("demands a second factor of its admins");
    admin.post("/admin/mails/test", &[]).await.is(303);
    turn_on(&site, &mut admin).await;
    admin.visit("/admin").await.is(200).at("/admin");
    site.member("bob").await.visit("/settings").await.at("/settings");
}

#[tokio::test]
async fn a_host_is_asked_where_money_goes_back_and_nowhere_else() {
    let site = Site::start().await;
    let free = site.event("Quiz").make().await;
    let paid = site.event("Jazz").price(2_000).make().await;
    let (_, order) = crate::payments::bought(&site, &paid, "ada", "2").await;
    let ticket = marquee::orders::store::tickets(&site.app.db, order.id).await.unwrap().remove(0).id;
    let mut host = site.member("host").await;
    site.app.clock.advance(minutes(11));
    host.visit(&format!("{}/cancellation", free.path())).await.is(200).at(&format!("{}/cancellation", free.path()));
    let removal = format!("{}/guests/{ticket}/removal", paid.path());
    let acts = format!("{}/guests/acts", paid.path());
    for path in [format!("{}/cancellation", paid.path()), removal.clone(), format!("{acts}?act=remove&ticket={ticket}")]
    {
        host.visit(&path).await.at("/step-up");
    }
    host.visit(&format!("{acts}?act=mail&ticket={ticket}")).await.is(200);
    for (path, field) in [(format!("{}/cancellation", paid.path()), "reason"), (removal.clone(), "x"), (acts, "act")] {
        host.post(&path, &[(field, "remove"), ("ticket", &ticket.to_string()), ("form", "f")]).await.is(303);
        assert!(host.headers["location"].to_str().unwrap().starts_with("/step-up"), "{path}");
    }
    assert_eq!(crate::races::taken(&site, &paid).await, 2);
    host.visit(&removal).await.steps_up().await.at(&removal);
    host.press("Remove").await.is(200);
    site.work().await;
    assert_eq!(crate::races::taken(&site, &paid).await, 1);
}

#[tokio::test]
async fn a_host_is_asked_before_a_paid_ticket_is_somebody_elses_and_not_before_a_free_one() {
    let site = Site::start().await;
    let free = site.event("Quiz").make().await;
    let paid = site.event("Jazz").price(2_000).make().await;
    let given = site.places(&free, "Bob", 1).await.remove(0).id;
    let (_, order) = crate::payments::bought(&site, &paid, "ada", "1").await;
    let ticket = marquee::orders::store::tickets(&site.app.db, order.id).await.unwrap().remove(0).id;
    let mut host = site.member("host").await;
    site.app.clock.advance(minutes(11));
    let path = format!("{}/guests/{given}/gift", free.path());
    host.visit(&path).await.fill("name", "Bea").fill("email", "bea@example.org").press("Give the ticket").await.is(200);
    let path = format!("{}/guests/{ticket}/gift", paid.path());
    let form = [("name", "Bea"), ("email", "bea@example.org"), ("version", "0")];
    host.post(&path, &form).await.is(303);
    assert!(host.headers["location"].to_str().unwrap().starts_with("/step-up"));
    let name = async || marquee::orders::store::ticket(&site.app.db, ticket).await.unwrap().unwrap().name;
    assert_eq!(name().await, "ada");
    host.visit(&path).await.at("/step-up");
    host.steps_up().await.at(&path);
    host.fill("name", "Bea").fill("email", "bea@example.org").press("Give the ticket").await.is(200);
    assert_eq!(name().await, "Bea");
    site.verifies().await;
}
