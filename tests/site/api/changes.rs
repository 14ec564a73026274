//! What a program cannot change by a slip, nor without its person.
use marquee::api::Scope;
use marquee::clock::{days, hours, minutes};
use marquee::decide;
use marquee::events::PayLater;
use marquee::journal::Actor;
use marquee::orders::ending::By;
use marquee::orders::{self, Order, Refusal};
use serde_json::{Value, json};

use super::Program;
use crate::payments::bought;
use crate::site::{PASSWORD, Site};
use crate::unpaid::owed;

const HOST: &[Scope] = &[Scope::Host, Scope::Read];

async fn host(site: &Site) -> Program<'_> {
    site.program_of(&site.account_named("host").await, HOST).await
}

#[tokio::test]
async fn an_event_at_which_people_paid_is_cancelled_by_a_program_whose_person_was_asked() {
    let site = Site::start().await;
    let free = site.event("Repair café").make().await;
    let event = site.event("Jazz").price(2_800).make().await;
    bought(&site, &event, "ada", "1").await;
    let path = format!("/api/v1{}/cancellation", event.path());
    let refused = host(&site).await.post(&path, json!({})).await.is(403);
    assert!(refused.text.contains("Step-Up"), "{}", refused.text);
    assert!(!site.reload(&event).await.is_cancelled());
    host(&site).await.with("step-up", "not it").post(&path, json!({})).await.is(403);
    let sure = host(&site).await.with("step-up", PASSWORD);
    assert_eq!(sure.post(&path, json!({})).await.is(200).data()["status"], "cancelled");
    host(&site).await.post(&format!("/api/v1{}/cancellation", free.path()), json!({})).await.is(200);
}

#[tokio::test]
async fn null_takes_no_price_off_a_ticket_and_is_no_choice() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).make().await;
    let (program, path) = (host(&site).await, format!("/api/v1{}", event.path()));
    let types = program.get(&path).await.is(200).data()["ticket_types"].clone();
    for price in [Value::Null, json!(2800), json!("2800")] {
        let id = &types[0]["id"];
        let body = json!({"category": null, "refund_percent": null, "ticket_types": [{"id": id, "name": "Standard", "price": price}]});
        let answer = program.patch(&path, body).await.is(200);
        assert_eq!(answer.data()["ticket_types"][0]["price"], 2800, "{price}");
    }
    let body = json!({"ticket_types": [{"id": types[0]["id"], "name": "Standard", "price": ""}]});
    program.patch(&path, body).await.fails_at(422, "ticket_types[0].price");
    program.patch(&path, json!({"title": true})).await.fails_at(422, "title");
}

#[tokio::test]
async fn an_instant_that_clocks_show_a_second_time_is_refused_not_taken_for_the_first() {
    let site = Site::start().await;
    let event = site.event("Jazz").make().await;
    let (program, path) = (host(&site).await, format!("/api/v1{}", event.path()));
    let times = |starts: &str| json!({"starts": starts, "ends": "2027-10-31T05:00:00+01:00", "zone": "Europe/Zurich"});
    program.patch(&path, times("2027-10-31T02:30:00+01:00")).await.fails_at(422, "starts");
    let first = program.patch(&path, times("2027-10-31T02:30:00+02:00")).await.is(200);
    assert_eq!(first.data()["starts"], "2027-10-31T02:30:00+02:00");
    // As it was read, it can be sent back.
    program.patch(&path, json!({"starts": first.data()["starts"]})).await.is(200);
    let closes = json!({"registration_closes": "2027-10-31T01:30:00Z"});
    program.patch(&path, closes).await.fails_at(422, "registration_closes");
}

#[tokio::test]
async fn a_ticket_type_is_one_of_the_event_and_stands_once() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).make().await;
    let other = site.event("Supper").price(900).make().await;
    let (program, path) = (host(&site).await, format!("/api/v1{}", event.path()));
    let id = async |path: &str| program.get(path).await.is(200).data()["ticket_types"][0]["id"].clone();
    let (own, others) = (id(&path).await, id(&format!("/api/v1{}", other.path())).await);
    for wrong in [json!("typo"), others] {
        let body = json!({"ticket_types": [{"id": wrong, "name": "Standard", "price": 5}]});
        program.patch(&path, body).await.fails_at(422, "ticket_types[0].id");
    }
    let twice = json!({"ticket_types": [{"id": own, "name": "One"}, {"id": own, "name": "Two", "price": 50}]});
    program.patch(&path, twice).await.fails_at(422, "ticket_types[1].id");
    assert_eq!(id(&path).await, own);
}

#[tokio::test]
async fn an_event_that_people_wait_for_is_not_moved_into_the_past() {
    let site = Site::start().await;
    let event = site.event("Jazz").starts_in(hours(1)).make().await;
    let (program, path) = (host(&site).await, format!("/api/v1{}", event.path()));
    let past =
        json!({"starts": (event.starts_at - days(900)).rfc3339(), "ends": (event.ends_at - days(900)).rfc3339()});
    program.patch(&path, past).await.fails_at(422, "ends");
    // What goes on already may end earlier than it was said.
    site.later(minutes(90)).await;
    let early = json!({"ends": (event.starts_at + minutes(20)).rfc3339()});
    program.patch(&path, early).await.is(200);
}

#[tokio::test]
async fn who_was_promised_to_pay_later_does_so_whatever_others_may() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).with(|e| e.terms.pay_later = PayLater::Door).make().await;
    let (program, path) = (host(&site).await, format!("/api/v1{}", event.path()));
    let order = owed(&site, &event, 1, 1).await;
    for other in ["no", "transfer"] {
        let body = json!({"pay_later": other, "pay_later_note": "IBAN CH93 0076 2011 6238 5295 7"});
        program.patch(&path, body).await.fails_at(422, "pay_later");
    }
    program.patch(&path, json!({"summary": "Late", "pay_later": "door"})).await.is(200);
    let now = site.now();
    let gone: Result<Order, Refusal> =
        decide!(site.app.db, tx, orders::cancel(tx, order.id, By::Host(Actor::Site), now).await);
    assert!(gone.is_ok());
    program.patch(&path, json!({"pay_later": "no"})).await.is(200);
}
