//! Tickets that others gave to who calls.
use marquee::api::Scope;
use marquee::events::{Event, Reveal};
use marquee::ids::Id;
use marquee::orders::{self, Order, Ticket};
use serde_json::json;

use super::Program;
use crate::giving::{ANYBODY, gift, give};
use crate::site::Site;

const MINE: &str = "/api/v1/me/tickets";

/// Places that a program took, with its order's id.
async fn taken(site: &Site, program: &Program<'_>, event: &Event, places: i64) -> (Id<Order>, Vec<Ticket>) {
    let order = program.post(&format!("/api/v1{}/orders", event.path()), json!({ "places": places })).await.is(201);
    let id = order.data()["id"].as_str().unwrap().parse().unwrap();
    (id, orders::store::tickets(&site.app.db, id).await.unwrap())
}

#[tokio::test]
async fn who_was_given_a_ticket_finds_it_with_its_code_and_nobody_else_does() {
    let site = Site::start().await;
    let event = site.event("Quiz night").make().await;
    let ada = site.program_of(&site.account("Ada").await, Scope::ALL).await;
    let eve = site.program_of(&site.account("Eve").await, Scope::ALL).await;
    let member = site.account("Mara").await;
    let mara = site.program_of(&member, &[Scope::Read]).await;
    let (order, tickets) = taken(&site, &ada, &event, 2).await;
    assert_eq!(mara.get(MINE).await.is(200).data(), &json!({"items": [], "next_cursor": null}));
    let to = gift("Mara Lind", "Mara@Example.org", 0);
    let given = give(&site, &tickets[1], &to, ANYBODY).await.unwrap();
    let list = mara.get(MINE).await.is(200);
    let hers = &list.data()["items"][0];
    assert_eq!((&hers["code"], &hers["name"]), (&json!(given.code), &json!("Mara Lind")));
    assert_eq!((&hers["event"]["slug"], &hers["event_cancelled"]), (&json!("quiz-night"), &json!(false)));
    assert_eq!(hers["url"], json!(format!("http://localhost:8080/t/{}", given.code)));
    for secret in [order.to_string(), orders::number(order), "ada@example.org".into(), tickets[0].code.clone()] {
        assert!(!list.text.contains(&secret), "{secret} is the buyer's: {}", list.text);
    }
    let shown = ada.get(&format!("/api/v1/orders/{order}")).await.is(200);
    assert!(!shown.text.contains(&given.code) && shown.text.contains(&tickets[0].code), "{}", shown.text);
    for other in [&ada, &eve] {
        assert_eq!(other.get(MINE).await.is(200).data()["items"], json!([]));
    }
    mara.get(&format!("/api/v1/orders/{order}")).await.is(404);
    site.program().get(MINE).await.is(401);
    site.program_of(&member, &[Scope::Write]).await.get(MINE).await.is(403);
}

#[tokio::test]
async fn who_was_given_a_ticket_sees_where_it_is_as_those_who_took_one_do() {
    let site = Site::start().await;
    let event = site.event("Supper").with(|event| event.reveal = Reveal::Holders).make().await;
    let ada = site.program_of(&site.account("Ada").await, Scope::ALL).await;
    let mara = site.program_of(&site.account("Mara").await, &[Scope::Read]).await;
    let (_, tickets) = taken(&site, &ada, &event, 2).await;
    let places = async || {
        let one = mara.get(&format!("/api/v1{}", event.path())).await.is(200).data()["place"]["address"].clone();
        let list = mara.get("/api/v1/events").await.is(200).data()["items"][0]["place"]["address"].clone();
        (one, list)
    };
    assert_eq!(places().await, (json!(""), json!("")));
    give(&site, &tickets[1], &gift("Mara", "mara@example.org", 0), ANYBODY).await.unwrap();
    assert_eq!(places().await, (json!("Market square 1"), json!("Market square 1")));
}

#[tokio::test]
async fn a_ticket_that_was_given_on_taken_back_or_cancelled_is_gone() {
    let site = Site::start().await;
    let event = site.event("Quiz night").make().await;
    let ada = site.program_of(&site.account("Ada").await, Scope::ALL).await;
    let mara = site.program_of(&site.account("Mara").await, &[Scope::Read]).await;
    let (order, tickets) = taken(&site, &ada, &event, 3).await;
    let hers = async || mara.get(MINE).await.is(200).data()["items"].as_array().unwrap().len();
    for ticket in &tickets {
        give(&site, ticket, &gift("Mara", "mara@example.org", 0), ANYBODY).await.unwrap();
    }
    assert_eq!(hers().await, 3);
    give(&site, &tickets[0], &gift("Cy", "cy@example.org", 1), ANYBODY).await.unwrap();
    assert_eq!(hers().await, 2);
    give(&site, &tickets[1], &gift("Ada", "ada@example.org", 1), ANYBODY).await.unwrap();
    assert_eq!(hers().await, 1);
    ada.post(&format!("/api/v1/orders/{order}/tickets/{}/cancellation", tickets[2].id), json!({})).await.is(200);
    assert_eq!(hers().await, 0);
    site.verifies().await;
}

#[tokio::test]
async fn tickets_that_were_given_come_in_pages_the_latest_first() {
    let site = Site::start().await;
    let event = site.event("Quiz night").make().await;
    let ada = site.program_of(&site.account("Ada").await, Scope::ALL).await;
    let mara = site.program_of(&site.account("Mara").await, &[Scope::Read]).await;
    let (_, tickets) = taken(&site, &ada, &event, 3).await;
    for ticket in &tickets {
        give(&site, ticket, &gift("Mara", "mara@example.org", 0), ANYBODY).await.unwrap();
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    for more in [true, false] {
        let page = mara.get(&format!("{MINE}?limit=2&cursor={cursor}")).await.is(200);
        let items = page.data()["items"].as_array().unwrap();
        seen.extend(items.iter().map(|ticket| ticket["id"].as_str().unwrap().to_owned()));
        let next = page.data()["next_cursor"].as_str();
        assert_eq!(next.is_some(), more, "{}", page.text);
        next.unwrap_or_default().clone_into(&mut cursor);
    }
    let mut all: Vec<String> = tickets.iter().map(|ticket| ticket.id.to_string()).collect();
    all.sort();
    all.reverse();
    assert_eq!(seen, all);
    mara.get(&format!("{MINE}?cursor=x")).await.is(422);
}
