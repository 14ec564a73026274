//! What the reference shows, tried out.
use marquee::api::{Scope, docs};
use serde_json::{Value, json};

use crate::site::Site;

/// What the reference shows for a call: its command, and the body in it.
fn shown(api: &Value, slug: &str, call: &str) -> (String, Value) {
    let mut all = docs::chapters(api, slug).into_iter().flat_map(|chapter| chapter.operations);
    let found = all.find(|op| format!("{} {}", op.method, op.path) == call).expect("the call");
    let body = found.body.map(|body| serde_json::from_str(&body.example).unwrap_or_default()).unwrap_or_default();
    (found.curl, body)
}

#[tokio::test]
async fn what_the_reference_shows_can_be_sent_as_it_stands() {
    let site = Site::start().await;
    let event = site.event("Quiz night").price(2_800).make().await;
    let api = site.program().get("/api/openapi.json").await.is(200).json;
    let (bob, host) = (site.account("bob").await, site.account_named("host").await);
    let (bob, host) = (site.program_of(&bob, &[Scope::Write]).await, site.program_of(&host, &[Scope::Host]).await);
    let path = format!("/api/v1{}", event.path());
    for of in ["promo-codes", "taxes"] {
        let (_, body) = shown(&api, &event.slug, &format!("POST /api/v1/events/{{slug}}/{of}"));
        host.post(&format!("{path}/{of}"), body).await.is(201);
    }
    bob.patch("/api/v1/me", shown(&api, "", "PATCH /api/v1/me").1).await.is(200);
    let (_, refund) = shown(&api, "", "POST /api/v1/events/{slug}/orders/{id}/refunds");
    assert_eq!(refund, json!({"amount": 1000, "tickets": []}));
    let (_, order) = shown(&api, "", "POST /api/v1/events/{slug}/orders");
    bob.post(&format!("{path}/orders"), order).await.is(201);
    assert!(shown(&api, "", "POST /api/v1/me/avatar").0.ends_with("-F file=@portrait.jpg"));
    assert!(shown(&api, "", "GET /api/v1/members/{handle}").0.contains("/api/v1/members/$HANDLE\""));
}

#[tokio::test]
async fn no_command_of_the_reference_has_braces_in_its_address_or_lists_of_nothing() {
    let site = Site::start().await;
    let api = site.program().get("/api/openapi.json").await.is(200).json;
    for op in docs::chapters(&api, "quiz").into_iter().flat_map(|chapter| chapter.operations) {
        let address = op.curl.lines().next().unwrap_or_default();
        assert!(!address.contains(['{', '}']), "{address}");
        assert!(!op.curl.contains("[\"\"]"), "{}", op.curl);
        assert!(!op.curl.contains("\"reason\":\"\""), "{}", op.curl);
    }
}

#[tokio::test]
async fn each_parameter_and_field_of_the_reference_says_what_it_means() {
    let site = Site::start().await;
    let api = site.program().get("/api/openapi.json").await.is(200).json;
    let mut silent = Vec::new();
    for op in docs::chapters(&api, "quiz").into_iter().flat_map(|chapter| chapter.operations) {
        let fields = op.parameters.iter().chain(op.body.iter().flat_map(|body| &body.fields));
        let without = fields.filter(|field| field.description.is_empty());
        silent.extend(without.map(|field| format!("{} {}: {}", op.method, op.path, field.name)));
    }
    assert!(silent.is_empty(), "{silent:#?}");
}
