//! Who comes with which ticket, as programs say it.
use marquee::api::Scope;
use marquee::clock;
use marquee::events::Event;
use marquee::ids::Id;
use marquee::orders::{self, Order, Ticket};
use serde_json::json;

use super::Program;
use crate::races;
use crate::site::Site;

/// Ada's program, with an order of so many places.
async fn party<'a>(site: &'a Site, event: &Event, places: i64) -> (Program<'a>, String, Vec<Ticket>) {
    let ada = site.program_of(&site.account("Ada").await, Scope::ALL).await;
    let order = ada.post(&format!("/api/v1{}/orders", event.path()), json!({ "places": places })).await.is(201);
    let id: Id<Order> = order.data()["id"].as_str().unwrap().parse().unwrap();
    let tickets = orders::store::tickets(&site.app.db, id).await.unwrap();
    (ada, format!("/api/v1/orders/{id}"), tickets)
}

async fn now(site: &Site, ticket: &Ticket) -> Ticket {
    orders::store::ticket(&site.app.db, ticket.id).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_ticket_is_given_once_with_a_new_code_that_its_giver_does_not_see() {
    let site = Site::start().await;
    let event = site.event("Quiz night").make().await;
    let (ada, order, tickets) = party(&site, &event, 2).await;
    let path = format!("{order}/tickets/{}/gift", tickets[1].id);
    let body = json!({"name": "Mara Lind", "email": "Mara@Example.org", "code_version": 0});
    for _ in 0..2 {
        let given = ada.post(&path, body.clone()).await.is(200);
        let shown = &given.data()["tickets"][1];
        assert_eq!(
            (&shown["name"], &shown["code"], &shown["code_version"]),
            (&json!("Mara Lind"), &json!(""), &json!(1))
        );
    }
    let given = now(&site, &tickets[1]).await;
    assert!(given.is_given() && given.code != tickets[1].code && given.code_version == 1);
    let mails = site.mails_to("mara@example.org").await;
    assert!(mails.len() == 1 && mails[0].text.contains(&given.code));
    let stale = json!({"name": "Cy", "email": "cy@example.org", "code_version": 0});
    let refused = ada.post(&path, stale).await.fails_at(409, "message");
    assert!(refused.text.contains("was given to somebody since"), "{}", refused.text);
    assert_eq!(now(&site, &tickets[1]).await, given);
    site.verifies().await;
}

#[tokio::test]
async fn a_gift_says_to_whom_and_of_which_code_and_is_the_buyers_alone() {
    let site = Site::start().await;
    let event = site.event("Quiz night").starts_in(clock::hours(2)).make().await;
    let (ada, order, tickets) = party(&site, &event, 2).await;
    let path = format!("{order}/tickets/{}/gift", tickets[1].id);
    let body = json!({"name": "Mara", "email": "mara@example.org", "code_version": 0});
    for (field, value) in
        [("name", json!("")), ("email", json!("nobody")), ("code_version", json!("x")), ("code_version", json!(null))]
    {
        let mut wrong = body.clone();
        wrong[field] = value;
        ada.post(&path, wrong).await.fails_at(422, field);
    }
    ada.post(&path, json!({})).await.fails_at(422, "code_version");
    let member = site.account("Eve").await;
    site.program_of(&member, Scope::ALL).await.post(&path, body.clone()).await.is(404);
    site.program_of(&member, &[Scope::Read]).await.post(&path, body.clone()).await.is(403);
    site.program().post(&path, body.clone()).await.is(401);
    ada.post(&format!("{order}/tickets/{}/gift", Id::<Ticket>::new()), body.clone()).await.is(404);
    ada.post(&format!("{order}/tickets/x/gift"), body.clone()).await.is(404);
    site.later(clock::hours(2)).await;
    ada.post(&path, body).await.fails_at(409, "message");
    assert_eq!(now(&site, &tickets[1]).await, tickets[1]);
    site.verifies().await;
}

#[tokio::test]
async fn a_guests_program_gives_and_names_by_the_orders_key() {
    let site = Site::start().await;
    let event = site.event("Quiz night").make().await;
    let id = races::take(&site.app, &races::wish(&site.app, &event, races::guest(1), 0, 2).await).await.unwrap().id();
    let tickets = orders::store::tickets(&site.app.db, id).await.unwrap();
    let (order, key) = (format!("/api/v1/orders/{id}"), orders::key(&site.app, id));
    let (gift, names) = (format!("{order}/tickets/{}/gift", tickets[0].id), format!("{order}/attendees"));
    let to = json!({"name": "Mara", "email": "mara@example.org", "code_version": 0});
    let who = json!({"attendees": [{"ticket": tickets[1].id, "name": "Bea"}]});
    site.program().post(&format!("{gift}?key=x{key}"), to.clone()).await.is(401);
    site.program().post(&format!("{names}?key=x{key}"), who.clone()).await.is(401);
    site.program().post(&format!("{gift}?key={key}"), to).await.is(200);
    site.program().post(&format!("{names}?key={key}"), who).await.is(200);
    assert_eq!(now(&site, &tickets[0]).await.name, "Mara");
    assert_eq!(now(&site, &tickets[1]).await.name, "Bea");
    site.verifies().await;
}

#[tokio::test]
async fn companions_are_named_and_each_new_address_gets_its_ticket_once() {
    let site = Site::start().await;
    let event = site.event("Quiz night").make().await;
    let (ada, order, tickets) = party(&site, &event, 3).await;
    let path = format!("{order}/attendees");
    let body = json!({"attendees": [
        {"ticket": tickets[1].id, "name": "Bea", "email": "bea@example.org"},
        {"ticket": tickets[2].id, "name": "Cy"},
    ]});
    for _ in 0..2 {
        let named = ada.post(&path, body.clone()).await.is(200);
        let names: Vec<_> =
            named.data()["tickets"].as_array().unwrap().iter().map(|ticket| ticket["name"].clone()).collect();
        assert_eq!(names, ["Ada", "Bea", "Cy"]);
    }
    let mails = site.mails_to("bea@example.org").await;
    assert!(mails.len() == 1 && mails[0].text.contains(&tickets[1].code), "{}", mails.len());
    // What is not spoken of stays as it is, and an empty name is none.
    ada.post(&path, json!({"attendees": [{"ticket": tickets[1].id}, {"ticket": tickets[2].id, "name": ""}]}))
        .await
        .is(200);
    let (bea, cy) = (now(&site, &tickets[1]).await, now(&site, &tickets[2]).await);
    assert_eq!((bea.name.as_str(), bea.email.as_str(), cy.name.as_str()), ("Bea", "bea@example.org", ""));
    site.verifies().await;
}

#[tokio::test]
async fn a_name_goes_on_no_ticket_that_is_somebody_elses_and_a_mailed_one_is_not_mailed_elsewhere() {
    let site = Site::start().await;
    let event = site.event("Quiz night").make().await;
    let (ada, order, tickets) = party(&site, &event, 4).await;
    let path = format!("{order}/attendees");
    let gift = json!({"name": "Mara", "email": "mara@example.org", "code_version": 0});
    ada.post(&format!("{order}/tickets/{}/gift", tickets[1].id), gift).await.is(200);
    ada.post(&format!("{order}/tickets/{}/cancellation", tickets[2].id), json!({})).await.is(200);
    let strange = site.places(&event, "Eve", 1).await.remove(0);
    for id in [tickets[1].id.to_string(), tickets[2].id.to_string(), strange.id.to_string(), "x".into(), String::new()]
    {
        let two = json!({"attendees": [{"ticket": tickets[3].id, "name": "Bea"}, {"ticket": id, "name": "Mallory"}]});
        ada.post(&path, two).await.fails_at(422, "attendees[1].ticket");
    }
    let (own, bea) = (tickets[0].id, tickets[3].id);
    for (attendees, field) in [
        (json!([]), "attendees"),
        (json!([{"ticket": own}, {"ticket": own}]), "attendees[1].ticket"),
        (json!([{"ticket": bea, "name": "https://evil.example"}]), "attendees[0].name"),
        (json!([{"ticket": bea, "email": "nobody"}]), "attendees[0].email"),
        (json!([{"ticket": own, "email": "eve@example.org"}]), "attendees[0].email"),
    ] {
        ada.post(&path, json!({ "attendees": attendees })).await.fails_at(422, field);
    }
    assert_eq!(now(&site, &tickets[3]).await, tickets[3]);
    assert!(site.mails_to("eve@example.org").await.iter().all(|mail| !mail.text.contains(&tickets[0].code)));
    ada.post(&format!("{order}/cancellation"), json!({})).await.is(200);
    ada.post(&path, json!({"attendees": [{"ticket": bea, "name": "Bea"}]})).await.fails_at(409, "message");
    site.verifies().await;
}
