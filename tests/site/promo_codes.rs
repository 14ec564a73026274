//! Promo codes: what they take off, how often they count, and who learns what of them.
use marquee::api::Scope;
use marquee::clock;
use marquee::decide;
use marquee::events::{self, Event};
use marquee::journal::Actor;
use marquee::orders::price::Off;
use marquee::orders::promo_codes::{self, Planned, PromoCode};
use marquee::orders::{self, OrderState, Refusal, Taken, Way, Wish};
use marquee::payments::RefundState;
use serde_json::json;

use crate::payments::{bought, buy, latest};
use crate::races::{guest, take, wish};
use crate::site::Site;

/// A code of ten percent for everything, unless the plan is changed.
pub async fn code(site: &Site, event: &Event, name: &str, change: impl FnOnce(&mut Planned)) -> PromoCode {
    let mut planned = Planned {
        code: name.to_owned(),
        off: Off::Percent(10),
        most_uses: None,
        starts_at: None,
        ends_at: None,
        types: Vec::new(),
    };
    change(&mut planned);
    let now = site.now();
    let made: Result<PromoCode, Refusal> =
        decide!(site.app.db, tx, promo_codes::make(tx, event.id, &planned, Actor::Operator, now).await);
    made.unwrap()
}

async fn with_code(site: &Site, event: &Event, n: usize, promo: &str) -> Result<Taken, Refusal> {
    let wish = wish(&site.app, event, guest(n), 0, 1).await;
    take(&site.app, &Wish { way: Way::Own, promo: promo.to_owned(), ..wish }).await
}

async fn uses(site: &Site, code: &PromoCode) -> i64 {
    promo_codes::store::uses(&site.app.db, code.id).await.unwrap()
}

#[tokio::test]
async fn a_host_makes_a_code_and_a_buyer_pays_less_on_every_page_and_paper() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).make().await;
    let mut host = site.member("host").await;
    host.visit(&format!("{}/manage", event.path()))
        .await
        .follow("Promo codes")
        .await
        .sees("There is no promo code yet.");
    host.fill("code", "Winter10").fill("value", "10").fill("uses", "3").press("Make the code").await.is(200);
    host.sees("The code Winter10 counts now.").sees("0 of 3").sees("10 %");
    let mut ada = site.member("ada").await;
    ada.visit(&format!("{}?promo=summer", event.path())).await.sees("This event has no such promo code.");
    ada.visit(&format!("{}?promo=winter10", event.path())).await.field_is("promo", "winter10");
    ada.sees("Winter10: 10 % off");
    ada.fill("people", "2").fill("promo", " WINTER10 ");
    buy(&mut ada).await.is(200).sees("2 × ").sees("CHF 56.00").sees("Promo code Winter10").sees("−CHF 5.60");
    ada.press_starting("Pay CHF 50.40").await.press("Pay").await.is(200).sees("You’re going");
    ada.sees("The promo code Winter10 took CHF 5.60 off.");
    let mail = site.mail_to("ada@example.org").await;
    assert!(mail.text.contains("Paid: CHF\u{a0}50.40 (Promo code Winter10: −CHF\u{a0}5.60)"), "{}", mail.text);
    let (order, payments, _) = latest(&site, &event).await;
    assert_eq!((order.total, order.discount, payments[0].amount), (5_040, 560, 5_040));
    ada.visit(&format!("{}/receipt", order.path())).await.is(200).sees("−CHF 5.60").sees("CHF 50.40");
    host.visit(&format!("{}/manage", event.path())).await.sees("−CHF 5.60");
    host.visit(&format!("{}/promo-codes", event.path())).await.sees("1 of 3").sees("−CHF 5.60");
    host.visit(&format!("{}/orders/{}", event.path(), order.id)).await.sees("took CHF 5.60 off");
    host.visit(&format!("{}/payments.csv", event.path())).await.is(200).sees("Winter10,5.60");
    site.verifies().await;
}

#[tokio::test]
async fn a_ticket_that_is_given_back_gives_back_what_was_paid_for_it_and_frees_no_use() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(1_000).make().await;
    let ten = code(&site, &event, "ten", |planned| planned.off = Off::Amount(1_000)).await;
    let mut ada = site.member("ada").await;
    ada.visit(&event.path()).await.fill("people", "3").fill("promo", "ten");
    buy(&mut ada).await.press_starting("Pay CHF 20").await.press("Pay").await.is(200);
    let (order, ..) = latest(&site, &event).await;
    ada.visit(&order.path()).await.follow("give it back").await.press("Give back").await.is(200);
    site.work().await;
    let (order, payments, refunds) = latest(&site, &event).await;
    assert_eq!((refunds[0].state, refunds[0].amount), (RefundState::Confirmed, 666), "1000 less 334");
    assert_eq!((payments[0].received, order.places, uses(&site, &ten).await), (2_000, 2, 1));
    ada.visit(&format!("{}/cancellation", order.path())).await.press("Give back").await.is(200);
    site.work().await;
    let (order, payments, _) = latest(&site, &event).await;
    assert_eq!((order.state, payments[0].refunded), (OrderState::Cancelled, 2_000), "all of it, and no more");
    assert_eq!(uses(&site, &ten).await, 0);
    site.verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_forty_who_race_for_three_uses_three_pay_less_and_the_others_are_told() {
    let site = Site::start().await;
    let apps = [site.app.clone(), site.second().await];
    let event = site.event("Jazz").price(2_800).make().await;
    let code = code(&site, &event, "three", |planned| planned.most_uses = Some(3)).await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..40 {
        let wish = wish(&site.app, &event, guest(n), 0, 1).await;
        let wish = Wish { way: Way::Own, promo: "THREE".to_owned(), ..wish };
        let app = apps[n % 2].clone();
        tasks.spawn(async move { take(&app, &wish).await });
    }
    let outcomes = tasks.join_all().await;
    let told = outcomes.iter().filter(|outcome| matches!(outcome, Err(Refusal::PromoUsedUp))).count();
    assert_eq!((outcomes.iter().filter(|outcome| outcome.is_ok()).count(), told), (3, 37), "{outcomes:#?}");
    assert_eq!(uses(&site, &code).await, 3);
    site.verifies().await;
}

#[tokio::test]
async fn a_hold_counts_as_a_use_until_it_ends_and_late_money_does_not_exceed_the_limit() {
    for used_up in [false, true] {
        let site = Site::start().await;
        let event = site.event("Jazz").capacity(5).price(2_800).make().await;
        let code = code(&site, &event, "once", |planned| planned.most_uses = Some(1)).await;
        let mut ada = site.member("ada").await;
        ada.visit(&event.path()).await.fill("promo", "once");
        buy(&mut ada).await.press_starting("Pay CHF 25.20").await.press("Pay when the places are gone").await;
        assert!(matches!(with_code(&site, &event, 1, "once").await, Err(Refusal::PromoUsedUp)));
        let (late, ..) = latest(&site, &event).await;
        site.later(clock::minutes(35)).await;
        assert_eq!(uses(&site, &code).await, 0, "free again with the hold");
        if used_up {
            with_code(&site, &event, 1, "once").await.unwrap();
        }
        site.later(clock::minutes(15)).await;
        let late = orders::store::by_id(&site.app.db, late.id).await.unwrap().unwrap();
        assert_eq!(late.state, if used_up { OrderState::Ended } else { OrderState::Confirmed });
        let refunds = marquee::payments::store::refunds_of_order(&site.app.db, late.id).await.unwrap();
        assert_eq!(refunds.iter().map(|refund| refund.amount).sum::<i64>(), if used_up { 2_520 } else { 0 });
        assert_eq!(uses(&site, &code).await, 1);
        site.verifies().await;
    }
}

#[tokio::test]
async fn a_total_of_nothing_needs_no_provider() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).make().await;
    code(&site, &event, "all", |planned| planned.off = Off::Percent(100)).await;
    let mut ada = site.member("ada").await;
    ada.visit(&event.path()).await.fill("promo", "all");
    buy(&mut ada).await.is(200).sees("You’re going").sees("The promo code all took CHF 28.00 off.");
    let (order, payments, _) = latest(&site, &event).await;
    assert_eq!((order.state, order.total, payments.len()), (OrderState::Confirmed, 0, 0));
    let mut bob = site.browser();
    bob.visit(&event.path()).await.fill("name", "Bob").fill("email", "bob@example.org").fill("promo", "all");
    buy(&mut bob).await.is(200).sees("Look into your mail");
    assert_eq!(latest(&site, &event).await.0.state, OrderState::Held, "until the address is proven");
    site.verifies().await;
}

#[tokio::test]
async fn a_code_that_does_not_count_is_refused_in_a_sentence_at_its_field() {
    let site = Site::start().await;
    let event = site.event("Jazz").ticket_type("Seat", None, 10).type_price(2_800);
    let event = event.ticket_type("Table", None, 10).type_price(60).make().await;
    let types = events::store::ticket_types(&site.app.db, event.id).await.unwrap();
    let now = site.now();
    code(&site, &event, "early", |planned| planned.starts_at = Some(now + clock::hours(1))).await;
    code(&site, &event, "over", |planned| planned.ends_at = Some(now)).await;
    code(&site, &event, "table", |planned| planned.types = vec![types[1].id]).await;
    code(&site, &event, "once", |planned| planned.most_uses = Some(1)).await;
    with_code(&site, &event, 1, "once").await.unwrap();
    let ended = code(&site, &event, "ended", |_| {}).await;
    let mut host = site.member("host").await;
    host.visit(&format!("{}/promo-codes", event.path())).await.press("End ended").await.sees("does not count any more");
    host.visit(&format!("{}/promo-codes", event.path())).await.sees("Ended");
    assert!(!host.has_button("End ended"));
    host.fill("code", "ENDED").fill("value", "5").press("Make the code").await.is(422);
    assert!(host.error_at("code").contains("written the same"));
    let mut ada = site.member("ada").await;
    for (typed, why) in [
        ("nosuch", "has no such promo code"),
        ("early", "has no such promo code"),
        ("over", "This promo code is over."),
        (ended.code.as_str(), "This promo code is over."),
        ("once", "used as often as it can be"),
        ("table", "takes nothing off these tickets"),
    ] {
        ada.visit(&event.path()).await.fill(&format!("places-{}", types[0].id), "1").fill("promo", typed);
        ada.press("Get tickets").await.is(422).field_is("promo", typed);
        assert!(ada.error_at("promo").contains(why), "{typed}: {}", ada.error_at("promo"));
    }
    code(&site, &event, "half", |planned| planned.off = Off::Percent(50)).await;
    ada.visit(&event.path()).await.fill(&format!("places-{}", types[1].id), "1").fill("promo", "half");
    ada.press("Get tickets").await.is(422);
    assert!(ada.error_at("promo").contains("CHF 0.30 would be left to pay"), "{}", ada.error_at("promo"));
    site.verifies().await;
}

#[tokio::test]
async fn guessing_codes_is_limited_and_a_right_code_is_no_guess() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).make().await;
    code(&site, &event, "right", |_| {}).await;
    let mut ada = site.member("ada").await;
    for n in 0..30 {
        ada.visit(&event.path()).await.fill("promo", "right").fill("people", "9");
        ada.post(&format!("{}/orders", event.path()), &[("people", "9"), ("promo", "right")]).await;
        assert_eq!(ada.status, 422, "{n}");
    }
    for n in 0..10 {
        ada.post(&format!("{}/orders", event.path()), &[("people", "1"), ("promo", &format!("guess{n}"))])
            .await
            .is(422);
    }
    for guess in ["guess10", "right"] {
        ada.post(&format!("{}/orders", event.path()), &[("people", "1"), ("promo", guess)]).await.is(429);
    }
    site.later(clock::minutes(16)).await;
    ada.post(&format!("{}/orders", event.path()), &[("people", "1"), ("promo", "right")]).await.is(303);
}

#[tokio::test]
async fn programs_make_list_use_and_end_codes() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).make().await;
    let (ada, host) = (site.account("ada").await, site.account_named("host").await);
    let (ada, host) = (site.program_of(&ada, &[Scope::Write]).await, site.program_of(&host, &[Scope::Host]).await);
    let path = format!("/api/v1/events/{}/promo-codes", event.slug);
    let made = host.post(&path, json!({ "code": "Five", "amount": "5.00", "most_uses": 2 })).await.is(201);
    assert_eq!(made.data()["amount"], 500);
    host.post(&path, json!({ "code": "FIVE", "percent": 5 })).await.is(409);
    host.post(&path, json!({ "code": "Six", "percent": 500 })).await.is(422);
    host.post(&path, json!({ "code": "Six" })).await.is(422);
    let orders = format!("/api/v1/events/{}/orders", event.slug);
    ada.post(&orders, json!({ "promo_code": "nosuch" })).await.is(422);
    let order = ada.post(&orders, json!({ "promo_code": " five " })).await.is(201);
    let said = |name: &str| order.data()[name].clone();
    assert_eq!((said("total"), said("discount"), said("promo_code")), (json!(2_300), json!(500), json!("Five")));
    ada.get(&path).await.is(403);
    let listed = host.get(&path).await.is(200);
    assert_eq!((&listed.data()[0]["uses"], &listed.data()[0]["state"]), (&json!(1), &json!("open")));
    let end = format!("{path}/{}/end", made.data()["id"].as_str().unwrap());
    for _ in 0..2 {
        assert_eq!(host.post(&end, json!({})).await.is(200).data()["state"], "ended");
    }
    site.verifies().await;
}

#[tokio::test]
async fn a_form_that_is_sent_twice_uses_a_code_once() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).make().await;
    let code = code(&site, &event, "ten", |_| {}).await;
    let (_, order) = bought(&site, &event, "bob", "1").await;
    assert_eq!(order.discount, 0, "nothing typed takes nothing off");
    let mut ada = site.member("ada").await;
    ada.visit(&event.path()).await.fill("promo", "ten");
    let (_, action, fields) = ada.form_with("Get tickets");
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    ada.post(&action, &fields).await.is(303);
    ada.post(&action, &fields).await.is(303);
    assert_eq!(uses(&site, &code).await, 1);
}
