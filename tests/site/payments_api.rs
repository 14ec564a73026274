//! Paying as programs do it.
use marquee::api::Scope;
use marquee::clock;
use marquee::events::{Event, PayLater};
use marquee::ids::Id;
use marquee::members;
use marquee::orders::{self, Ticket};
use serde_json::{Value, json};

use crate::api::Program;
use crate::races;
use crate::site::{PASSWORD, Site};

const ALL: &[Scope] = &[Scope::Read, Scope::Write];

/// A member's program with a held order of CHF 28.
async fn held<'a>(site: &'a Site, event: &Event, name: &str) -> (Program<'a>, String) {
    let member = site.account(name).await;
    let program = site.program_of(&member, ALL).await;
    let order = program.post(&format!("/api/v1{}/orders", event.path()), json!({ "places": 1 })).await.is(201);
    assert_eq!((&order.data()["state"], &order.data()["total"]), (&json!("held"), &json!(2800)));
    let id = order.data()["id"].as_str().unwrap().to_owned();
    (program, id)
}

#[tokio::test]
async fn a_program_opens_a_payment_and_learns_what_became_of_it() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).make().await;
    let (program, order) = held(&site, &event, "ada").await;
    let body = json!({ "order_id": order, "amount_cents": 2800, "success_url": "http://localhost:8080/thanks" });
    let paid = program.post("/api/v1/payments/create", body.clone()).await.is(201);
    let again = program.post("/api/v1/payments/create", body).await.is(201);
    let id = paid.data()["id"].as_str().unwrap();
    assert_eq!((&paid.data()["state"], &again.data()["id"]), (&json!("open"), &json!(id)));
    let page = paid.data()["url"].as_str().unwrap().trim_start_matches("http://localhost:8080").to_owned();
    site.member("ada").await.visit(&page).await.press("Pay").await.at("/thanks");
    let read = program.get(&format!("/api/v1/payments/{id}")).await.is(200);
    assert_eq!((&read.data()["state"], &read.data()["url"]), (&json!("paid"), &Value::Null));
    let order = program.get(&format!("/api/v1/orders/{order}")).await.is(200);
    assert_eq!(order.data()["state"], "confirmed");
    let mine = program.get("/api/v1/me/payments").await.is(200);
    assert_eq!(mine.data()["items"][0]["id"], json!(id), "{}", mine.text);
}

#[tokio::test]
async fn the_amount_is_ours_and_people_are_sent_nowhere_else() {
    let site = Site::with(&[("RETURN_ORIGINS", "https://app.example.org")]).await;
    let event = site.event("Jazz").price(2_800).make().await;
    let (program, order) = held(&site, &event, "ada").await;
    for (field, value, status) in [
        ("amount_cents", json!(1), 422),
        ("amount_cents", json!("free"), 422),
        ("success_url", json!("https://evil.example.com/"), 422),
        ("success_url", json!("https://app.example.org.evil.example.com/"), 422),
        ("success_url", json!("https://app.example.org@evil.example.com/"), 422),
        ("cancel_url", json!("javascript:alert(1)"), 422),
        ("cancel_url", json!("//evil.example.com"), 422),
        ("cancel_url", json!("https://app.example.org/cart"), 201),
    ] {
        let answer = program.post("/api/v1/payments/create", json!({ "order_id": order, field: value })).await;
        assert_eq!(answer.status, status, "{field} {value}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_key_answers_its_body_alone_and_its_owner_alone() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).make().await;
    let (ada, order) = held(&site, &event, "ada").await;
    let (bob, _) = held(&site, &event, "bob").await;
    let (ada, bob) = (ada.with("idempotency-key", "one"), bob.with("idempotency-key", "one"));
    let body = json!({ "order_id": order });
    let first = ada.post("/api/v1/payments/create", body.clone()).await.is(201);
    assert_eq!(ada.post("/api/v1/payments/create", body.clone()).await.is(201).text, first.text);
    let other = json!({ "order_id": order, "amount_cents": 2800 });
    ada.post("/api/v1/payments/create", other).await.is(409);
    bob.post("/api/v1/payments/create", body).await.is(404);
    let id = first.data()["id"].as_str().unwrap();
    bob.get(&format!("/api/v1/payments/{id}")).await.is(404);
}

#[tokio::test]
async fn what_is_over_cannot_be_paid() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).make().await;
    let (program, order) = held(&site, &event, "ada").await;
    site.later(clock::minutes(31)).await;
    program.post("/api/v1/payments/create", json!({ "order_id": order })).await.is(409);
    for id in ["", "x", "01939c5e-7d1c-7c6a-9a55-3b1f6a0d9d10"] {
        let answer = program.post("/api/v1/payments/create", json!({ "order_id": id })).await;
        assert_eq!(answer.status, if id.is_empty() { 422 } else { 404 }, "{}", answer.text);
    }
}

#[tokio::test]
async fn a_hosts_program_sees_the_payments_of_the_event_and_gives_back() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).make().await;
    let (program, order) = held(&site, &event, "ada").await;
    let paid = program.post("/api/v1/payments/create", json!({ "order_id": order })).await.is(201);
    let page = paid.data()["url"].as_str().unwrap().trim_start_matches("http://localhost:8080").to_owned();
    site.member("ada").await.visit(&page).await.press("Pay").await.is(200);
    let host = members::store::by_email_key(&site.app.db, "host@example.org").await.unwrap().unwrap();
    let host = site.program_of(&host, &[Scope::Host]).await.with("step-up", PASSWORD);
    let list = format!("/api/v1{}/payments", event.path());
    assert_eq!(host.get(&list).await.is(200).data()["items"][0]["state"], "paid");
    program.get(&list).await.is(403);
    let refunds = format!("/api/v1{}/orders/{order}/refunds", event.path());
    program.post(&refunds, json!({ "all": true })).await.is(403);
    for (body, status) in [
        (json!({}), 422),
        (json!({ "amount": 0 }), 422),
        (json!({ "amount": 2801 }), 422),
        (json!({ "amount": "much" }), 422),
        (json!({ "amount": 100, "all": true }), 422),
        (json!({ "tickets": ["no"] }), 422),
        (json!({ "tickets": [order] }), 404),
    ] {
        let answer = host.post(&refunds, body.clone()).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.text);
    }
    for amount in [json!(2801), json!(1e20), json!("100000000000000000000"), json!(u64::MAX)] {
        let answer = host.post(&refunds, json!({ "amount": amount })).await.is(422);
        let said = answer.data()["amount"].as_str().unwrap();
        assert!(said.contains("can still be given back"), "{amount}: {said}");
    }
    let half = host.post(&refunds, json!({ "amount": 1.5 })).await.is(422);
    assert_eq!(half.data()["amount"], "Give a whole number, in minor units of the currency.");
    let some = host.post(&refunds, json!({ "amount": 800 })).await.is(201);
    assert_eq!(some.data()["items"][0]["refunds"][0]["amount"], 800);
    host.post(&refunds, json!({ "all": true })).await.is(201);
    host.post(&refunds, json!({ "all": true })).await.is(409);
    site.work().await;
    let all = host.get(&list).await.is(200);
    assert_eq!(
        (&all.data()["items"][0]["refunded"], all.data()["items"][0]["refunds"].as_array().unwrap().len()),
        (&json!(2800), 2)
    );
    let other = site.event("Elsewhere").host("eve").make().await;
    host.post(&format!("/api/v1{}/orders/{order}/refunds", other.path()), json!({ "all": true })).await.is(404);
    site.verifies().await;
}

#[tokio::test]
async fn a_hosts_program_gives_back_what_is_left_and_learns_when_nothing_is() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(1_500).with(|e| e.terms.refund_percent = 50).make().await;
    let ada = site.program_of(&site.account("ada").await, ALL).await;
    let order = ada.post(&format!("/api/v1{}/orders", event.path()), json!({ "places": 1 })).await.is(201);
    let order = order.data()["id"].as_str().unwrap().to_owned();
    let paid = ada.post("/api/v1/payments/create", json!({ "order_id": order })).await.is(201);
    let page = paid.data()["url"].as_str().unwrap().trim_start_matches("http://localhost:8080").to_owned();
    site.member("ada").await.visit(&page).await.press("Pay").await.is(200);
    ada.post(&format!("/api/v1/orders/{order}/cancellation"), json!({})).await.is(200);
    site.work().await;
    let host = site.program_of(&site.account_named("host").await, &[Scope::Host]).await.with("step-up", PASSWORD);
    let refunds = format!("/api/v1{}/orders/{order}/refunds", event.path());
    let void = orders::store::tickets(&site.app.db, order.parse().unwrap()).await.unwrap()[0].id.to_string();
    let nothing = host.post(&refunds, json!({ "tickets": [void] })).await.is(409);
    assert!(nothing.text.contains("Nothing is left to give back."), "{}", nothing.text);
    let given = host.post(&refunds, json!({ "all": true })).await.is(201);
    let amounts = given.data()["items"][0]["refunds"].as_array().unwrap().iter().map(|refund| &refund["amount"]);
    assert_eq!(amounts.collect::<Vec<_>>(), [&json!(750), &json!(750)], "{}", given.text);
    let nothing = host.post(&refunds, json!({ "all": true })).await.is(409);
    assert!(nothing.text.contains("Nothing is left to give back."), "{}", nothing.text);
    site.work().await;
    site.verifies().await;
}

#[tokio::test]
async fn a_guests_program_opens_the_order_by_its_key_and_gives_single_tickets_back() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).make().await;
    let free = site.event("Quiz").make().await;
    let guest = json!({ "places": 3, "name": "Ada", "email": "ada@example.org" });
    let order = site.program().post(&format!("/api/v1{}/orders", event.path()), guest).await.is(201);
    let url = order.data()["url"].as_str().unwrap();
    let path = format!("/api/v1{}", url.trim_start_matches("http://localhost:8080"));
    assert_eq!(site.program().get(&path).await.is(200).data()["state"], "held");
    let all = site.program().post(&path.replace("?key", "/cancellation?key"), json!({})).await.is(200);
    assert_eq!(all.data()["state"], "cancelled");

    let id = races::take(&site.app, &races::wish(&site.app, &free, races::guest(1), 0, 3).await).await.unwrap().id();
    let (path, key) = (format!("/api/v1/orders/{id}"), orders::key(&site.app, id));
    site.program().get(&path).await.is(401);
    site.program().get(&format!("{path}?key=x{key}")).await.is(401);
    let (bob, _) = held(&site, &event, "bob").await;
    bob.get(&path).await.is(404);
    assert_eq!(bob.get(&format!("{path}?key={key}")).await.is(200).data()["places"], 3);
    let ticket = orders::store::tickets(&site.app.db, id).await.unwrap()[0].id;
    let (one, other) = (format!("{path}/tickets/{ticket}"), format!("{path}/tickets/{}", Id::<Ticket>::new()));
    bob.post(&format!("{one}/cancellation"), json!({})).await.is(404);
    site.program().post(&format!("{other}/cancellation?key={key}"), json!({})).await.is(404);
    for _ in 0..2 {
        let left = site.program().post(&format!("{one}/cancellation?key={key}"), json!({})).await.is(200);
        assert_eq!((&left.data()["places"], &left.data()["total"]), (&json!(2), &json!(0)), "{}", left.text);
    }
    site.verifies().await;
}

#[tokio::test]
async fn a_hosts_program_says_that_the_money_of_an_owed_order_is_there() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).with(|e| e.terms.pay_later = PayLater::Door).make().await;
    let other = site.event("Elsewhere").host("eve").make().await;
    let ada = site.program_of(&site.account("ada").await, ALL).await;
    let body = json!({ "places": 2, "pay_later": true });
    let order = ada.post(&format!("/api/v1{}/orders", event.path()), body).await.is(201);
    let order = order.data()["id"].as_str().unwrap().to_owned();
    let host = site.program_of(&site.account_named("host").await, &[Scope::Host]).await;
    let guests = async || host.get(&format!("/api/v1{}/guests", event.path())).await.is(200).data()["items"][0].clone();
    let guest = guests().await;
    assert_eq!((&guest["owed"], &guest["order_total"]), (&json!(true), &json!(5600)));
    let path = format!("/api/v1{}/orders/{order}/payment", event.path());
    let all = json!({ "amount": 5600 });
    host.post(&path, all.clone()).await.is(403);
    ada.post(&path, all.clone()).await.is(403);
    let host = site.program_of(&site.account_named("host").await, &[Scope::Host]).await.with("step-up", PASSWORD);
    for (body, status) in [(json!({}), 422), (json!({ "amount": "much" }), 422), (json!({ "amount": 2800 }), 409)] {
        let answer = host.post(&path, body.clone()).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.text);
    }
    host.post(&format!("/api/v1{}/orders/{order}/payment", other.path()), all.clone()).await.is(404);
    host.post(&format!("/api/v1{}/orders/x/payment", event.path()), all.clone()).await.is(404);
    for _ in 0..2 {
        let paid = host.post(&path, all.clone()).await.is(200);
        let payments = paid.data()["items"].as_array().unwrap();
        let told: Vec<_> = payments.iter().map(|of| (&of["provider"], &of["state"], &of["received"])).collect();
        assert_eq!(told, [(&json!("host"), &json!("paid"), &json!(5600))], "{}", paid.text);
    }
    let shown = ada.get(&format!("/api/v1/orders/{order}")).await.is(200);
    assert_eq!(shown.data()["state"], "confirmed");
    assert_eq!(guests().await["owed"], json!(false));
    assert!(site.mail_to("ada@example.org").await.subject.contains("Jazz"));
    site.verifies().await;
}

#[tokio::test]
async fn the_money_of_places_that_are_not_kept_any_more_is_not_taken() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).make().await;
    let (ada, order) = held(&site, &event, "ada").await;
    ada.post(&format!("/api/v1/orders/{order}/cancellation"), json!({})).await.is(200);
    let host = site.program_of(&site.account_named("host").await, &[Scope::Host]).await.with("step-up", PASSWORD);
    let path = format!("/api/v1{}/orders/{order}/payment", event.path());
    host.post(&path, json!({ "amount": 2800 })).await.is(409);
    site.verifies().await;
}
