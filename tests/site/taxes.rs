//! Taxes: what of a price is tax, on every page and paper, and that the provider is asked for exactly the total.
use marquee::api::Scope;
use marquee::db::sql;
use marquee::decide;
use marquee::events::taxes::{self, Planned, TaxRate};
use marquee::events::{self, Event, Refusal, TicketType};
use marquee::ids::Id;
use marquee::journal::Actor;
use marquee::orders::price::Off;
use marquee::orders::{self, Order, OrderState};
use marquee::payments::RefundState;
use marquee::payments::desk::giving::{self, What};
use marquee::payments::receipts::{self, Receipt};
use serde_json::json;

use crate::payments::{bought, buy, latest};
use crate::promo_codes;
use crate::site::Site;

/// A rate (name, thousandths of a percent, inclusive) that these ticket types have.
pub async fn rate(site: &Site, event: &Event, rate: (&str, i64, bool), of: &[Id<TicketType>]) -> TaxRate {
    let (name, thousandths, inclusive) = rate;
    let planned = Planned { name: name.to_owned(), thousandths, inclusive };
    let now = site.now();
    let made: Result<TaxRate, Refusal> =
        decide!(site.app.db, tx, taxes::make(tx, event.id, &planned, Actor::Operator, now).await);
    let made = made.unwrap();
    let wanted: Vec<_> = of.iter().map(|of| (*of, Some(made.id))).collect();
    let done: Result<(), Refusal> =
        decide!(site.app.db, tx, taxes::assign(tx, event.id, &wanted, Actor::Operator, now).await);
    done.unwrap();
    made
}

async fn types(site: &Site, event: &Event) -> Vec<Id<TicketType>> {
    events::store::ticket_types(&site.app.db, event.id).await.unwrap().into_iter().map(|of| of.id).collect()
}

/// The operator asks for money back, whether or not so much is left, and the provider is told.
pub async fn gives_back(site: &Site, order: Id<Order>, what: &What) {
    let now = site.now();
    let done: Result<(), orders::Refusal> =
        decide!(site.app.db, tx, giving::give_back(tx, order, what, &None, (Actor::Operator, "a test"), now).await);
    drop(done);
    site.work().await;
}

#[tokio::test]
async fn a_host_names_rates_and_buyers_see_the_tax_of_their_tickets() {
    let site = Site::start().await;
    let event = site.event("Jazz").ticket_type("Seat", None, 10).type_price(2_800);
    let event = event.ticket_type("Table", None, 10).type_price(999).make().await;
    let of = types(&site, &event).await;
    let mut host = site.member("host").await;
    host.visit(&format!("{}/manage", event.path())).await.follow("Taxes").await.sees("There is no tax rate yet.");
    host.fill("name", "VAT").fill("percent", "2,6").press("Add the tax rate").await.is(200).sees("VAT 2.6 %");
    host.fill("name", "vat").fill("percent", "2.60").press("Add the tax rate").await.is(422);
    assert!(host.error_at("name").starts_with("This event has a tax of this name and percentage."));
    host.fill("name", "City tax").fill("percent", "8.1").fill("kind", "exclusive").press("Add the tax rate").await;
    let rates = taxes::of_event(&site.app.db, event.id).await.unwrap().rates;
    host.fill(&format!("tax-{}", of[0]), &rates[0].id.to_string());
    host.fill(&format!("tax-{}", of[1]), &rates[1].id.to_string()).press("Save the taxes").await.sees("Saved.");
    let mut ada = site.member("ada").await;
    ada.visit(&event.path()).await.sees("VAT 2.6 % included").sees("plus City tax 8.1 %");
    ada.misses("All fees included.");
    ada.fill(&format!("places-{}", of[0]), "2").fill(&format!("places-{}", of[1]), "2");
    buy(&mut ada).await.is(200).sees("CHF 19.98").sees("City tax 8.1 %CHF 1.62").sees("TotalCHF 77.60");
    ada.sees("VAT 2.6 % includedCHF 1.42");
    ada.press_starting("Pay CHF 77.60").await.press("Pay").await.is(200);
    let (order, payments, _) = latest(&site, &event).await;
    assert_eq!((order.total, payments[0].amount), (7_760, 7_760));
    ada.visit(&format!("{}/receipt", order.path())).await.sees("City tax 8.1 %CHF 1.62").sees("TotalCHF 77.60");
    host.visit(&format!("{}/manage", event.path())).await.sees("City tax 8.1 %CHF 1.62").sees("VAT 2.6 %CHF 1.42");
    host.visit(&format!("{}/payments.csv", event.path())).await.is(200).sees("0.00,3.04");
    site.verifies().await;
}

#[tokio::test]
async fn an_order_keeps_the_rates_that_it_was_placed_with() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(1_000).make().await;
    let of = types(&site, &event).await;
    let old = rate(&site, &event, ("VAT", 7_700, false), &of).await;
    let (_, order) = bought(&site, &event, "ada", "1").await;
    let mut host = site.member("host").await;
    host.visit(&format!("{}/taxes", event.path())).await.press("Remove VAT 7.7 %").await.is(422);
    host.sees("Tickets have this rate.");
    let new = rate(&site, &event, ("VAT", 8_100, false), &of).await;
    host.visit(&format!("{}/taxes", event.path())).await.press("Remove VAT 7.7 %").await.is(200).misses("7.7 %");
    let (_, later) = bought(&site, &event, "bob", "1").await;
    assert_eq!((order.total, later.total), (1_077, 1_081));
    let kept = orders::taxes::of_order(&site.app, order.id).await.unwrap();
    assert_eq!((kept[0].tax_rate_id, kept[0].thousandths, kept[0].net, kept[0].tax), (old.id, 7_700, 1_000, 77));
    assert_eq!(orders::taxes::of_order(&site.app, later.id).await.unwrap()[0].tax_rate_id, new.id);
    site.verifies().await;
}

#[tokio::test]
async fn the_provider_is_asked_for_the_sum_of_the_lines_in_every_currency_with_every_tax_and_code() {
    for (currency, price) in [("JPY", 3_333), ("CHF", 2_835), ("KWD", 4_510)] {
        for off in [None, Some(Off::Percent(15)), Some(Off::Amount(1_000))] {
            for inclusive in [true, false] {
                let site = Site::start().await;
                let event = site.event("Jazz").ticket_type("Seat", None, 10).type_price(price);
                let event = event.ticket_type("Table", None, 10).type_price(price * 2);
                let event = event.with(|e| e.terms.currency = currency.to_owned()).make().await;
                let of = types(&site, &event).await;
                rate(&site, &event, ("VAT", 7_625, inclusive), &of[..1]).await;
                rate(&site, &event, ("City tax", 2_333, !inclusive), &of[1..]).await;
                let mut ada = site.member("ada").await;
                if let Some(off) = off {
                    promo_codes::code(&site, &event, "off", |planned| planned.off = off).await;
                }
                ada.visit(&event.path()).await;
                if off.is_some() {
                    ada.fill("promo", "off");
                }
                ada.fill(&format!("places-{}", of[0]), "2").fill(&format!("places-{}", of[1]), "1");
                buy(&mut ada).await.press_starting("Pay ").await.is(200);
                let (order, payments, _) = latest(&site, &event).await;
                let tickets = orders::store::tickets(&site.app.db, order.id).await.unwrap();
                let asked = "SELECT amount FROM local_checkouts WHERE payment = $1";
                let asked: i64 = sql(asked).bind(payments[0].id).scalar(&site.app.db).await.unwrap();
                let case = format!("{currency} {off:?} {inclusive}");
                let sum = |of: fn(&orders::Ticket) -> i64| tickets.iter().map(of).sum::<i64>();
                assert_eq!((asked, payments[0].amount), (order.total, order.total), "{case}");
                assert_eq!(sum(|ticket| ticket.price), order.total, "{case}");
                assert_eq!(4 * price - order.discount + sum(|ticket| ticket.added), order.total, "{case}");
                assert_eq!(order.discount > 0, off.is_some(), "{case}");
                let taxes = orders::taxes::of_order(&site.app, order.id).await.unwrap();
                assert_eq!(taxes.iter().map(|tax| tax.tax).sum::<i64>(), sum(|ticket| ticket.tax), "{case}");
                ada.press("Pay").await.is(200).sees("You’re going");
                site.verifies().await;
            }
        }
    }
}

#[tokio::test]
async fn whatever_is_given_back_in_parts_never_exceeds_what_was_paid() {
    for round in 0_i64..4 {
        let site = Site::start().await;
        let event = site.event("Jazz").price(1_001).with(|e| e.terms.refund_percent = 50).make().await;
        let of = types(&site, &event).await;
        rate(&site, &event, ("VAT", 8_100, round % 2 == 0), &of).await;
        promo_codes::code(&site, &event, "off", |planned| planned.off = Off::Amount(1_000)).await;
        let mut ada = site.member("ada").await;
        ada.visit(&event.path()).await.fill("promo", "off").fill("people", "4");
        buy(&mut ada).await.press_starting("Pay CHF").await.press("Pay").await.is(200);
        let (order, ..) = latest(&site, &event).await;
        let tickets = orders::store::tickets(&site.app.db, order.id).await.unwrap();
        let acts = [
            What::Amount(700 + round * 300),
            What::Tickets(vec![tickets[0].id]),
            What::Tickets(vec![tickets[1].id, tickets[2].id]),
            What::Amount(99_999_999),
            What::Order,
        ];
        for what in acts {
            gives_back(&site, order.id, &what).await;
            let (_, payments, refunds) = latest(&site, &event).await;
            let back: i64 = refunds.iter().filter(|r| r.state != RefundState::Failed).map(|r| r.amount).sum();
            assert!(back <= payments[0].received && payments[0].refunded == back, "{what:?}: {refunds:#?}");
        }
        let (order, payments, _) = latest(&site, &event).await;
        assert_eq!((order.state, payments[0].refunded), (OrderState::Cancelled, payments[0].received));
        site.verifies().await;
    }
}

#[tokio::test]
async fn the_notes_of_what_went_back_come_to_the_tax_of_the_receipt() {
    // (what went back before the rest)
    type First = fn(&[Id<orders::Ticket>]) -> Vec<What>;
    let firsts: [First; 5] = [
        |tickets| vec![What::Tickets(vec![tickets[0]]), What::Amount(1_800)],
        |tickets| vec![What::Amount(500), What::Tickets(vec![tickets[1]]), What::Tickets(vec![tickets[0]])],
        |_| vec![What::Amount(7), What::Amount(13), What::Amount(1_333)],
        |tickets| vec![What::Tickets(vec![tickets[1]]), What::Amount(999)],
        // Less money stays than there is tax left.
        |tickets| vec![What::Amount(2_780), What::Tickets(vec![tickets[1]])],
    ];
    for (case, first) in firsts.into_iter().enumerate() {
        let site = Site::start().await;
        let event = site.event("Jazz").ticket_type("Standard", None, 10).type_price(2_800);
        let event = event.ticket_type("Reduced", None, 10).type_price(1_800).make().await;
        let of = types(&site, &event).await;
        rate(&site, &event, ("VAT", 8_100, true), &of[..1]).await;
        let mut ada = site.member("ada").await;
        ada.visit(&event.path()).await;
        for of in &of {
            ada.fill(&format!("places-{of}"), "1");
        }
        buy(&mut ada).await.press_starting("Pay CHF").await.press("Pay").await.is(200);
        let (order, ..) = latest(&site, &event).await;
        let tickets = orders::store::tickets(&site.app.db, order.id).await.unwrap();
        let in_order = |of: &Id<TicketType>| tickets.iter().find(|ticket| ticket.ticket_type_id == *of).unwrap().id;
        let ids: Vec<_> = of.iter().map(in_order).collect();
        for what in first(&ids).into_iter().chain([What::Order]) {
            gives_back(&site, order.id, &what).await;
        }
        let all = receipts::store::of_order(&site.app.db, order.id).await.unwrap();
        let (receipt, notes) = all.split_first().unwrap();
        let sum = |of: fn(&Receipt) -> i64| notes.iter().map(of).sum::<i64>();
        assert_eq!((receipt.amount, receipt.tax), (4_600, 210), "case {case}");
        assert_eq!((sum(|note| note.amount), sum(|note| note.tax)), (4_600, 210), "case {case}: {notes:#?}");
        assert!(notes.iter().all(|note| note.tax <= note.amount), "case {case}");
        site.verifies().await;
    }
}

#[tokio::test]
async fn a_copy_of_an_event_has_its_rates() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(1_000).make().await;
    let of = types(&site, &event).await;
    let old = rate(&site, &event, ("VAT", 7_700, false), &of).await;
    let mut host = site.member("host").await;
    host.visit(&format!("{}/manage", event.path())).await.press("Copy to another week").await.is(200);
    let all: Vec<(String,)> =
        sql("SELECT id FROM events WHERE id <> $1").bind(event.id).all(&site.app.db).await.unwrap();
    let copy: Id<Event> = all[0].0.parse().unwrap();
    let taxes = taxes::of_event(&site.app.db, copy).await.unwrap();
    let types = events::store::ticket_types(&site.app.db, copy).await.unwrap();
    let copied = taxes.of(types[0].id).unwrap();
    assert!(copied.thousandths == 7_700 && copied.id != old.id, "{taxes:?}");
}

#[tokio::test]
async fn programs_name_and_remove_rates() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(1_000).make().await;
    let of = types(&site, &event).await;
    let host = site.account_named("host").await;
    let host = site.program_of(&host, &[Scope::Host]).await;
    let path = format!("/api/v1/events/{}/taxes", event.slug);
    let body = json!({ "name": "VAT", "percent": "8.1", "kind": "exclusive", "types": [of[0].to_string()] });
    let made = host.post(&path, body).await.is(201);
    assert_eq!((&made.data()["thousandths"], &made.data()["types"][0]), (&json!(8_100), &json!(of[0].to_string())));
    host.post(&path, json!({ "name": "VAT", "percent": "1e2" })).await.is(422);
    host.post(&path, json!({ "name": "VAT", "percent": 5, "types": [Id::<TicketType>::new().to_string()] }))
        .await
        .is(422);
    let spare = host.post(&path, json!({ "name": "Spare", "percent": 5 })).await.is(201);
    let listed = host.get(&path).await.is(200);
    assert_eq!(listed.data().as_array().unwrap().len(), 2, "what is refused makes nothing");
    host.delete(&format!("{path}/{}", made.data()["id"].as_str().unwrap())).await.is(422);
    host.delete(&format!("{path}/{}", spare.data()["id"].as_str().unwrap())).await.is(200);
    let ada = site.account("ada").await;
    let ada = site.program_of(&ada, &[Scope::Write, Scope::Host]).await;
    ada.get(&path).await.is(404);
    let order = ada.post(&format!("/api/v1/events/{}/orders", event.slug), json!({})).await.is(201);
    assert_eq!((&order.data()["total"], &order.data()["taxes"][0]["tax"]), (&json!(1_081), &json!(81)));
}

#[tokio::test]
async fn the_running_total_knows_of_tax_that_comes_on_top_of_what_is_given() {
    let site = Site::start().await;
    let event = site.event("Jazz").donation(500).make().await;
    let of = types(&site, &event).await;
    rate(&site, &event, ("City tax", 8_100, false), &of).await;
    let mut ada = site.member("ada").await;
    ada.visit(&event.path()).await.is(200);
    assert!(ada.html().contains("data-tax=\"8100\" data-steps=\"100\""), "{}", ada.html());
    ada.fill(&format!("amount-{}", of[0]), "20");
    buy(&mut ada).await.is(200).sees("TotalCHF 21.62");
}
