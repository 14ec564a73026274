//! What is sent besides the fields that a call has.
use marquee::api::Scope;
use serde_json::{Value, json};

use crate::api_signin::wanted;
use crate::site::Site;

#[tokio::test]
async fn a_field_that_a_call_does_not_have_is_refused_at_its_name_and_nothing_is_made() {
    let site = Site::start().await;
    let host = site.program_of(&site.account("Ada").await, &[Scope::Host, Scope::Read]).await;
    for (field, typo) in [("ticket_types[1].prize", "prize"), ("ticket_types[1].Price", "Price")] {
        let mut body = wanted(&site);
        body["ticket_types"] = json!([{"name": "Standard", "price": 2800}, {"name": "Balcony", typo: 2800}]);
        let refused = host.post("/api/v1/events", body).await.fails_at(422, field);
        assert!(refused.data()[field].as_str().unwrap().starts_with("There is no field of this name."));
    }
    let mut body = wanted(&site);
    body["titel"] = json!("Repair café");
    host.post("/api/v1/events", body.clone()).await.fails_at(422, "titel");
    assert_eq!(host.get("/api/v1/me/hosting").await.is(200).data()["items"], json!([]));
    body.as_object_mut().unwrap().remove("titel");
    host.post("/api/v1/events", body).await.is(201);
}

#[tokio::test]
async fn a_change_with_a_slip_in_it_changes_nothing() {
    let site = Site::start().await;
    let host = site.program_of(&site.account("Ada").await, &[Scope::Host, Scope::Read]).await;
    let made = host.post("/api/v1/events", wanted(&site)).await.is(201);
    let path = format!("/api/v1/events/{}", made.data()["slug"].as_str().unwrap());
    host.patch(&path, json!({"summary": "New", "capcity": 3})).await.fails_at(422, "capcity");
    assert_eq!(host.get(&path).await.is(200).data()["summary"], made.data()["summary"]);
    host.patch(&path, json!({"summary": "New", "capacity": 3})).await.is(200);
}

#[tokio::test]
async fn what_was_read_can_be_sent_back_whole_and_changes_only_what_was_changed() {
    let site = Site::start().await;
    let host = site.program_of(&site.account("Ada").await, &[Scope::Host, Scope::Read]).await;
    let made = host.post("/api/v1/events", wanted(&site)).await.is(201);
    let path = format!("/api/v1/events/{}", made.data()["slug"].as_str().unwrap());
    let before = host.get(&path).await.is(200).data().clone();
    let mut whole = before.clone();
    whole["summary"] = json!("Bring what is broken");
    let after = host.patch(&path, whole.clone()).await.is(200).data().clone();
    assert_eq!(after["summary"], "Bring what is broken");
    let mut expected = whole.clone();
    expected["hosting"]["revision"] = after["hosting"]["revision"].clone();
    assert_eq!(after, expected);
    whole["status"] = json!("cancelled");
    whole["ticket_types"][0]["places_left"] = json!(1);
    let same = host.patch(&path, whole.clone()).await.is(200);
    assert_eq!((&same.data()["status"], &same.data()["places_left"]), (&before["status"], &before["places_left"]));
    whole["ticket_types"][0]["prize"] = json!(1);
    host.patch(&path, whole).await.fails_at(422, "ticket_types[0].prize");
    let mut other = before;
    other["urls"] = json!("");
    host.patch(&path, other).await.fails_at(422, "urls");
}

#[tokio::test]
async fn where_to_come_back_to_is_a_field_like_the_others() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).make().await;
    let ada = site.program_of(&site.account("Ada").await, &[Scope::Write]).await;
    let order = ada.post(&format!("/api/v1{}/orders", event.path()), json!({"places": 1})).await.is(201);
    let to = "http://localhost:8080/thanks";
    let body = |field: &str| json!({"order_id": order.data()["id"], field: to});
    for path in ["create", "buy-tokens", "subscribe"] {
        ada.post(&format!("/api/v1/payments/{path}"), json!({"sucess_url": to})).await.fails_at(422, "sucess_url");
    }
    ada.post("/api/v1/payments/create", body("sucess_url")).await.fails_at(422, "sucess_url");
    ada.post("/api/v1/payments/create", body("success_url")).await.is(201);
}

#[tokio::test]
async fn the_description_says_that_no_body_has_other_fields() {
    let site = Site::start().await;
    let api = site.program().get("/api/openapi.json").await.is(200).json;
    let bodies = api["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap().values());
    let bodies = bodies.map(|call| &call["requestBody"]["content"]["application/json"]["schema"]);
    let mut wrong: Vec<String> = Vec::new();
    let mut seen = 0;
    for schema in bodies.filter(|schema| !schema.is_null()) {
        seen += 1;
        let name = schema["$ref"].as_str().unwrap_or_default();
        let named = api.pointer(name.trim_start_matches('#')).unwrap_or(&Value::Null);
        if named["additionalProperties"] != json!(false) {
            wrong.push(name.to_owned());
        }
    }
    assert!(seen > 20 && wrong.is_empty(), "{seen} bodies; these take any field: {wrong:?}");
}

/// What the description says of the body of a call.
fn described<'a>(api: &'a Value, call: &Value) -> &'a Value {
    let name = call["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str().unwrap_or_default();
    api.pointer(name.trim_start_matches('#')).unwrap_or(&Value::Null)
}

#[tokio::test]
async fn the_description_names_what_every_call_of_its_kind_is_refused_with() {
    let site = Site::start().await;
    let api = site.program().get("/api/openapi.json").await.is(200).json;
    let (mut bodies, mut lists, mut keys, mut wrong) = (0, 0, 0, Vec::new());
    let paths = api["paths"].as_object().unwrap().iter();
    let calls = paths.flat_map(|(path, calls)| calls.as_object().unwrap().iter().map(move |call| (path, call)));
    for (path, (method, call)) in calls {
        let mut due: Vec<&str> = Vec::new();
        if call["requestBody"]["content"]["application/json"].is_object() {
            bodies += 1;
            due.extend(["400", "413", "415", "422"]);
        }
        let is_paging = |of: &Value| of["name"] == "limit" || of["name"] == "cursor";
        if call["parameters"].as_array().into_iter().flatten().any(is_paging) {
            lists += 1;
            due.push("422");
        }
        if call["security"].as_array().into_iter().flatten().any(|key| *key != json!({})) {
            keys += 1;
            due.push("403");
        }
        for status in due {
            let schema = &call["responses"][status]["content"]["application/json"]["schema"];
            if *schema != json!({"$ref": "#/components/schemas/Fail"}) {
                wrong.push(format!("{method} {path}: {status}"));
            }
        }
    }
    assert!(bodies > 20 && lists > 10 && keys > 40, "{bodies} bodies, {lists} lists, {keys} with a key");
    assert!(wrong.is_empty(), "not described: {wrong:#?}");
}

#[tokio::test]
async fn what_a_body_is_said_to_need_is_what_an_empty_one_is_refused_for() {
    let site = Site::start().await;
    let event = site.event("Quiz night").price(2_800).make().await;
    let host = site.account_named("host").await;
    let host = site.program_of(&host, &[Scope::Host, Scope::Write]).await;
    let api = site.program().get("/api/openapi.json").await.is(200).json;
    let hosted = ["", "/{slug}/taxes", "/{slug}/featuring", "/{slug}/team", "/{slug}/invitations"];
    let hosted = hosted.map(|of| format!("/api/v1/events{of}"));
    let paid = ["create", "buy-tokens", "subscribe"].map(|of| format!("/api/v1/payments/{of}"));
    for path in hosted.iter().chain(&paid) {
        let answer = host.post(&path.replace("{slug}", &event.slug), json!({})).await.is(422);
        let mut refused: Vec<&str> = answer.data().as_object().unwrap().keys().map(String::as_str).collect();
        let needed = described(&api, &api["paths"][path.as_str()]["post"])["required"].as_array();
        let mut needed: Vec<&str> = needed.into_iter().flatten().filter_map(Value::as_str).collect();
        refused.sort_unstable();
        needed.sort_unstable();
        assert_eq!(refused, needed, "{path}");
    }
}
