//! What places cost: how hosts set it, and who is shown what.
use marquee::api::Scope;
use marquee::clock;
use marquee::events::{self, Event, PayLater, Pricing, TicketType};
use marquee::ids::Id;
use marquee::orders::{self, Order, OrderState};
use serde_json::json;

use crate::browser::Browser;
use crate::races::taken;
use crate::site::{PUBLIC, Site};

impl Site {
    async fn types(&self, event: &Event) -> Vec<TicketType> {
        events::store::ticket_types(&self.app.db, event.id).await.expect("types")
    }

    async fn by_slug(&self, slug: &str) -> Event {
        events::store::by_slug(&self.app.db, slug).await.expect("a look-up").expect("the event")
    }

    /// An order that cost something, as far as the hosts' form looks.
    async fn priced_order(&self, event: &Event) {
        let order = Order {
            id: Id::new(),
            event_id: event.id,
            member_id: None,
            state: OrderState::Confirmed,
            hold: None,
            held_until: None,
            places: 1,
            total: 1_200,
            currency: event.terms.currency.clone(),
            promo_id: None,
            discount: 0,
            terms: String::new(),
            placed_at: self.now(),
            confirmed_at: Some(self.now()),
            ended_at: None,
        };
        let mut tx = self.app.db.write().await.expect("a transaction");
        orders::store::insert(&mut tx, &order).await.expect("an order");
        tx.commit().await.expect("a commit");
    }
}

/// The form of a new event with one ticket type, "Standard".
async fn form(host: &mut Browser) -> &mut Browser {
    host.visit("/events/new").await;
    host.fill("title", "Late jazz")
        .fill("description", "A quartet.")
        .fill("starts", "2031-03-10T19:30")
        .fill("ends", "2031-03-10T22:30")
        .fill("place_name", "Gasometer")
        .fill("type-0-name", "Standard")
}

#[tokio::test]
async fn a_host_sets_prices_and_finds_them_again() {
    let site = Site::start().await;
    let mut host = site.member("host").await;
    form(&mut host).await.fill("currency", "EUR").fill("type-0-price", "1'028,50").press("Add a ticket type").await;
    host.field_is("currency", "EUR").field_is("type-0-price", "1'028,50");
    host.fill("type-1-name", "Solidarity").fill("type-1-pricing", "donation");
    host.fill("type-1-price", "5").fill("type-1-suggested", "12.5");
    host.fill("refund_percent", "80").fill("cancel_hours", "48");
    host.fill("pay_later", "transfer").fill("pay_later_hours", "72").fill("pay_later_note", "IBAN CH93 0076");
    host.press("Save draft").await.is(200);
    let event = site.by_slug("late-jazz").await;
    let terms = &event.terms;
    assert_eq!((terms.currency.as_str(), terms.refund_percent), ("EUR", 80));
    assert_eq!((terms.pay_later, terms.pay_later_hours), (PayLater::Transfer, 72));
    assert_eq!(terms.pay_later_note, "IBAN CH93 0076");
    let types = site.types(&event).await;
    let said: Vec<_> = types.iter().map(|of| (of.pricing, of.price, of.suggested, of.currency.as_str())).collect();
    assert_eq!(said, [(Pricing::Fixed, 102_850, 0, "EUR"), (Pricing::Donation, 500, 1_250, "EUR")]);
    host.visit("/events/late-jazz/edit").await.field_is("type-0-price", "1028.50").field_is("type-1-price", "5");
    host.field_is("type-1-suggested", "12.50").field_is("pay_later", "transfer").field_is("refund_percent", "80");
    host.fill("type-0-price", "").fill("currency", "JPY").fill("type-1-suggested", "1,200").press("Save draft").await;
    host.is(422);
    assert!(host.error_at("type-1-price").starts_with("Nothing between 0 and"));
    host.fill("type-1-price", "0").press("Save draft").await.is(200);
    let said: Vec<_> = site.types(&event).await.into_iter().map(|of| (of.price, of.suggested, of.currency)).collect();
    assert_eq!(said, [(0, 0, "JPY".into()), (0, 1_200, "JPY".into())]);
}

#[tokio::test]
async fn a_price_that_cannot_be_paid_is_told_at_its_field_and_kept() {
    let site = Site::start().await;
    let mut host = site.member("host").await;
    for (typed, why) in [
        ("ten", "Enter an amount, like 10 or 12.50."),
        ("12.505", "Amounts in CHF have 2 decimals at most."),
        ("-3", "An amount cannot be below 0."),
        ("0.49", "Nothing between 0 and CHF 0.50 can be paid. Enter 0, or CHF 0.50 or more."),
        ("1000000", "One payment can be CHF 999,999.99 at most."),
    ] {
        form(&mut host).await.fill("type-0-price", typed).press("Save draft").await.is(422);
        assert_eq!(host.error_at("type-0-price"), why, "{typed}");
        host.field_is("type-0-price", typed).field_is("title", "Late jazz");
    }
    form(&mut host).await.fill("type-0-pricing", "donation").fill("type-0-price", "10").fill("type-0-suggested", "5");
    host.fill("refund_percent", "101").fill("pay_later", "transfer").fill("currency", "XXX").press("Save draft").await;
    host.is(422);
    for name in ["refund_percent", "pay_later_note", "currency"] {
        assert!(!host.error_at(name).is_empty(), "{name}");
    }
    host.fill("currency", "CHF").press("Save draft").await.is(422);
    assert_eq!(host.error_at("type-0-suggested"), "This is less than the least that one can give.");
}

#[tokio::test]
async fn the_currency_stays_once_something_was_bought() {
    let site = Site::start().await;
    let event = site.event("Jazz").type_price(2_800).make().await;
    let mut host = site.member("host").await;
    let edit = format!("{}/edit", event.path());
    host.visit(&edit).await.fill("currency", "EUR").press("Save changes").await.sees("Saved.");
    let event = site.by_slug("jazz").await;
    assert_eq!((event.terms.currency.as_str(), site.types(&event).await[0].currency.as_str()), ("EUR", "EUR"));
    site.priced_order(&event).await;
    host.visit(&edit).await.fill("currency", "CHF").press("Save changes").await.is(422);
    assert_eq!(host.error_at("currency"), "People have bought places in EUR, so the currency stays.");
    host.fill("currency", "EUR").fill("type-0-price", "30").press("Save changes").await.sees("Saved.");
    assert_eq!(site.types(&event).await[0].price, 3_000);
}

#[tokio::test]
async fn a_copy_has_the_same_terms() {
    let site = Site::start().await;
    let event = site
        .event("Jazz")
        .with(|event| {
            event.terms.currency = "EUR".into();
            event.terms.refund_percent = 50;
            event.terms.pay_later = PayLater::Door;
            event.terms.pay_later_note = "Cash or card".into();
        })
        .ticket_type("Standard", None, 4)
        .type_price(2_800)
        .ticket_type("Solidarity", None, 4)
        .type_donation(500, 1_500)
        .make()
        .await;
    let mut host = site.member("host").await;
    host.visit(&format!("{}/manage", event.path())).await.press("Copy to another week").await.at("/events/jazz-2/edit");
    let copy = site.by_slug("jazz-2").await;
    assert_eq!(copy.terms, event.terms);
    let said = |types: Vec<TicketType>| -> Vec<_> {
        types.into_iter().map(|of| (of.name, of.pricing, of.price, of.suggested, of.currency)).collect()
    };
    assert_eq!(said(site.types(&copy).await), said(site.types(&event).await));
}

#[tokio::test]
async fn programs_set_and_read_prices_in_minor_units() {
    let site = Site::start().await;
    let host = site.program_of(&site.account("Ada").await, &[Scope::Host, Scope::Read]).await;
    let wanted = |types: serde_json::Value| {
        json!({"title": "Late jazz", "description": "A quartet.", "starts": "2031-03-10T19:30", "ends": "2031-03-10T22:30",
            "zone": "Europe/Zurich", "place_name": "Gasometer", "currency": "KWD", "refund_percent": 50,
            "pay_later": "door", "pay_later_hours": 2, "pay_later_note": "Cash", "ticket_types": types})
    };
    let types = json!([{"name": "Standard", "price": 12340}, {"name": "Gift", "pricing": "donation", "price": "0", "suggested": 5000}]);
    let made = host.post("/api/v1/events", wanted(types)).await.is(201);
    let data = made.data();
    assert_eq!(
        (&data["currency"], &data["refund_percent"], &data["pay_later"]),
        (&json!("KWD"), &json!(50), &json!("door"))
    );
    assert_eq!((&data["hosting"]["pay_later_hours"], &data["hosting"]["pay_later_note"]), (&json!(2), &json!("Cash")));
    let of = |n: usize, field: &str| data["ticket_types"][n][field].clone();
    assert_eq!((of(0, "pricing"), of(0, "price"), of(0, "currency")), (json!("fixed"), json!(12340), json!("KWD")));
    assert_eq!((of(1, "pricing"), of(1, "price"), of(1, "suggested")), (json!("donation"), json!(0), json!(5000)));
    let path = format!("/api/v1/events/{}", data["slug"].as_str().unwrap());
    let change =
        json!({"refund_percent": 0, "ticket_types": [{"id": of(0, "id"), "price": 20000}]}).to_string().into_bytes();
    let changed = host.send("PATCH", &path, Some("application/json"), change).await.is(200);
    let only = &changed.data()["ticket_types"][0];
    assert_eq!(
        (&only["price"], &only["name"], &changed.data()["refund_percent"]),
        (&json!(20000), &json!("Standard"), &json!(0))
    );
    for wrong in [json!("12.50"), json!(-5), json!(12345), json!(100), json!(100_000_000), json!([1])] {
        let answer = host.post("/api/v1/events", wanted(json!([{"name": "Standard", "price": wrong}]))).await.is(422);
        assert!(answer.data()["ticket_types[0].price"].is_string(), "{wrong}: {}", answer.text);
    }
}

#[tokio::test]
async fn where_no_money_can_be_taken_places_are_free_or_paid_to_the_host() {
    let site = Site::with(&PUBLIC).await;
    let host = site.program_of(&site.account("Ada").await, &[Scope::Host]).await;
    let mut wanted = json!({"title": "Late jazz", "starts": "2031-03-10T19:30", "ends": "2031-03-10T22:30",
        "zone": "Europe/Zurich", "ticket_types": [{"name": "Free"}, {"name": "Standard", "price": 2800}]});
    let refused = host.post("/api/v1/events", wanted.clone()).await.is(422);
    assert!(refused.data()["ticket_types[1].price"].as_str().unwrap().starts_with("This site takes no payments."));
    wanted["pay_later"] = json!("door");
    host.post("/api/v1/events", wanted).await.is(201);
}

// ---------------------------------------------------------------- what visitors see

async fn jazz(site: &Site) -> Event {
    let jazz = site.event("Jazz").with(|event| {
        event.terms.refund_percent = 80;
        event.cancel_hours = 48;
        event.summary = "A quartet.".into();
    });
    let over = site.now() - clock::days(1);
    let jazz =
        jazz.ticket_type("Standard", None, 4).type_price(2_800).ticket_type("Reduced", Some(9), 4).type_price(1_850);
    jazz.ticket_type("Early bird", None, 4).type_price(1_200).of_type(|of| of.sales_until = Some(over)).make().await
}

#[tokio::test]
async fn a_page_says_what_places_cost_wherever_it_speaks_of_them() {
    let site = Site::start().await;
    let event = jazz(&site).await;
    let mut visitor = site.browser();
    visitor.visit("/").await.sees("From CHF 18.50");
    visitor.visit(&event.path()).await.sees("CHF 18.50 to 28").sees("All fees included.").sees("From CHF 18.50");
    visitor.sees("Standard").sees("CHF 28").sees("Early bird").sees("Over").sees("9 places left");
    visitor.sees("80 % of the price back until").sees("Up to 4 at a time.").has_button("Get tickets");
    let html = visitor.html();
    assert!(html.contains("· From CHF\u{a0}18.50 · A quartet."), "the description of previews");
    let data = html.split("<script type=\"application/ld+json\">").nth(1).unwrap().split("</script>").next().unwrap();
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    let offers: Vec<_> =
        data["offers"].as_array().unwrap().iter().map(|of| (&of["price"], &of["availability"])).collect();
    let at = |state: &str| json!(format!("https://schema.org/{state}"));
    assert_eq!(offers[0], (&json!("28.00"), &at("InStock")));
    assert_eq!(offers[1], (&json!("18.50"), &at("InStock")));
    assert_eq!(offers[2], (&json!("12.00"), &at("OutOfStock")));
    assert!(data["offers"][0]["priceCurrency"] == "CHF" && data["offers"][0]["validFrom"].is_string());
    visitor.visit("/api/v1/events/jazz").await.is(200);
    assert_eq!(visitor.json()["data"]["ticket_types"][1]["price"], 1_850);
}

#[tokio::test]
async fn prices_are_said_in_the_fewest_words() {
    use marquee::events::cost::Cost;
    let site = Site::start().await;
    let said = async |types: &[(&str, Pricing, i64)], currency: &str| {
        let mut event =
            site.event(&uuid::Uuid::now_v7().to_string()).with(|event| event.terms.currency = currency.into());
        for (name, pricing, price) in types {
            event = event.ticket_type(name, None, 4).of_type(|of| (of.pricing, of.price) = (*pricing, *price));
        }
        let event = event.make().await;
        let cost = Cost::of(&event, &site.types(&event).await, site.now());
        (cost.to_string().replace('\u{a0}', " "), cost.brief().to_string().replace('\u{a0}', " "))
    };
    let both = |words: &str| (words.to_owned(), words.to_owned());
    let (fixed, donation) = (Pricing::Fixed, Pricing::Donation);
    assert_eq!(said(&[("A", fixed, 0)], "CHF").await, both("Free"));
    assert_eq!(said(&[("A", fixed, 2_800)], "CHF").await, both("CHF 28"));
    assert_eq!(
        said(&[("A", fixed, 1_200), ("B", fixed, 1_800)], "JPY").await,
        ("JPY 1,200 to 1,800".into(), "From JPY 1,200".into())
    );
    assert_eq!(said(&[("A", fixed, 0), ("B", fixed, 1_234_500)], "KWD").await, both("Free to KWD 1,234.500"));
    assert_eq!(said(&[("A", donation, 0)], "CHF").await, both("Pay what you like"));
    assert_eq!(said(&[("A", donation, 500)], "CHF").await, both("Pay what you like, from CHF 5"));
    assert_eq!(said(&[("A", donation, 500), ("B", fixed, 900)], "CHF").await, both("From CHF 5"));
}

#[tokio::test]
async fn a_stub_with_prices_asks_for_numbers_amounts_and_how_one_pays() {
    let site = Site::start().await;
    let event = site
        .event("Jazz")
        .with(|event| event.terms.pay_later = PayLater::Door)
        .ticket_type("Standard", None, 4)
        .type_price(2_800)
        .ticket_type("Solidarity", None, 4)
        .type_donation(500, 1_250)
        .make()
        .await;
    let types = site.types(&event).await;
    let (places, amount) = (format!("places-{}", types[1].id), format!("amount-{}", types[1].id));
    let mut guest = site.browser();
    guest.visit(&event.path()).await.field_is(&amount, "12.50").field_is(&places, "0");
    guest.fill("name", "Ada").fill("email", "ada@example.net").fill("pay", "later");
    for (typed, why) in [
        ("4", "Give CHF 5 or more."),
        ("", "Give CHF 5 or more."),
        ("much", "Enter an amount, like 10 or 12.50."),
        ("99999999", "One payment can be CHF 999,999.99 at most."),
    ] {
        guest.fill(&places, "2").fill(&amount, typed).press("Get tickets").await.is(422);
        assert_eq!(guest.error_at(&amount), why, "{typed}");
        guest.field_is(&amount, typed).field_is(&places, "2").field_is("name", "Ada");
    }
    // Whoever takes none of it is not asked for an amount.
    guest
        .fill(&places, "0")
        .fill(&amount, "much")
        .press("Get tickets")
        .await
        .is(422)
        .sees("Choose at least one place.");
    assert!(guest.page().select(&scraper::Selector::parse("[id^=amount][aria-invalid]").unwrap()).next().is_none());
}

#[tokio::test]
async fn one_ticket_type_of_several_on_sale_can_be_taken() {
    let site = Site::start().await;
    let soon = site.now() + clock::days(2);
    let event = site.event("Quiz").ticket_type("Seat", None, 4).ticket_type("Late seat", None, 4);
    let event = event.of_type(|of| of.sales_from = Some(soon)).make().await;
    let seat = format!("places-{}", site.types(&event).await[0].id);
    let mut ada = site.member("ada").await;
    ada.visit(&event.path()).await.sees("Late seat").sees("Not yet");
    ada.fill(&seat, "2").press("Save my place").await;
    ada.is(200).sees("Your tickets");
    site.verifies().await;
}

/// Seats, two an order; what was sold until yesterday, and what is sold from tomorrow on.
async fn quiz(site: &Site) -> Event {
    let (over, soon) = (site.now() - clock::days(1), site.now() + clock::days(1));
    let event = site.event("Quiz").ticket_type("Seat", None, 2).ticket_type("Over", None, 4);
    let event = event.of_type(|of| of.sales_until = Some(over)).ticket_type("Soon", None, 4);
    event.of_type(|of| of.sales_from = Some(soon)).make().await
}

#[tokio::test]
async fn what_is_not_on_sale_and_more_than_an_order_may_have_is_not_taken() {
    let site = Site::start().await;
    let (event, other) = (quiz(&site).await, site.event("Other").make().await);
    let types = site.types(&event).await;
    let (path, elsewhere) = (format!("{}/orders", event.path()), site.types(&other).await[0].id);
    let mut ada = site.member("ada").await;
    for (of, n, said) in [
        (types[1].id, "1", "“Over” cannot be taken now."),
        (types[2].id, "1", "“Soon” cannot be taken now."),
        (types[0].id, "3", "Take 2 places of “Seat” at most."),
        (elsewhere, "1", "Choose one of the ticket types shown."),
    ] {
        ada.post(&path, &[(&format!("places-{of}"), n)]).await.is(422).sees(said);
    }
    assert_eq!((taken(&site, &event).await, taken(&site, &other).await), (0, 0));
    ada.post(&path, &[(&format!("places-{}", types[0].id), "2")]).await.is(303);
    assert_eq!(taken(&site, &event).await, 2);
    site.verifies().await;
}

#[tokio::test]
async fn programs_take_what_is_on_sale_when_it_is_and_each_type_once() {
    let site = Site::start().await;
    let (event, other) = (quiz(&site).await, site.event("Other").make().await);
    let types = site.types(&event).await;
    let elsewhere = site.types(&other).await[0].id;
    let ada = site.program_of(&site.account("Ada").await, &[Scope::Write]).await;
    let path = format!("/api/v1{}/orders", event.path());
    let wish = |of: &[(Id<TicketType>, i64)]| {
        let of: Vec<_> = of.iter().map(|(id, n)| json!({"type": id.to_string(), "count": n})).collect();
        json!({ "tickets": of })
    };
    let (seat, over, soon) = (types[0].id, types[1].id, types[2].id);
    for wrong in [vec![(elsewhere, 1)], vec![(seat, 2), (seat, 2)]] {
        let refused = ada.post(&path, wish(&wrong)).await.is(422);
        assert_eq!(refused.data()["tickets"], "Choose one of the ticket types shown.", "{wrong:?}");
    }
    let refused = ada.post(&path, wish(&[(seat, 3)])).await.is(422);
    assert_eq!(refused.data()["places"], "Take 2 places of “Seat” at most.");
    assert!(ada.post(&path, wish(&[(over, 1)])).await.is(409).text.contains("“Over” cannot be taken now."));
    site.later(clock::days(1) - clock::minutes(1)).await;
    assert!(ada.post(&path, wish(&[(soon, 1)])).await.is(409).text.contains("“Soon” cannot be taken now."));
    assert_eq!((taken(&site, &event).await, taken(&site, &other).await), (0, 0));
    site.later(clock::minutes(1)).await;
    ada.post(&path, wish(&[(soon, 1)])).await.is(201);
    assert_eq!(taken(&site, &event).await, 1);
    site.verifies().await;
}

#[tokio::test]
async fn places_are_paid_later_only_where_and_while_the_host_says_so() {
    const NOW: &str = "These places cannot be paid later. Pay them now.";
    let site = Site::start().await;
    let later = |event: &mut Event| (event.terms.pay_later, event.terms.pay_later_hours) = (PayLater::Transfer, 24);
    let never = site.event("Jazz").type_price(2_800).make().await;
    let before = site.event("Supper").with(later).type_price(2_800).make().await;
    let ada = site.program_of(&site.account("Ada").await, &[Scope::Write]).await;
    let bob = site.program_of(&site.account("Bob").await, &[Scope::Write]).await;
    let path = |event: &Event| format!("/api/v1{}/orders", event.path());
    let wish = json!({"places": 1, "pay_later": true});
    assert_eq!(ada.post(&path(&never), wish.clone()).await.is(422).data()["pay_later"], NOW);
    site.later(clock::days(6) - clock::minutes(1)).await;
    ada.post(&path(&before), wish.clone()).await.is(201);
    site.later(clock::minutes(1)).await;
    assert_eq!(bob.post(&path(&before), wish).await.is(422).data()["pay_later"], NOW);
    assert_eq!((taken(&site, &never).await, taken(&site, &before).await), (0, 0), "ada's time is over as well");
    site.verifies().await;
}

#[tokio::test]
async fn a_guest_gives_what_they_like_pays_and_has_tickets() {
    let site = Site::start().await;
    let event = site.event("Supper").type_donation(500, 1_250).make().await;
    let of = site.types(&event).await[0].id;
    let mut guest = site.browser();
    let amount = format!("amount-{of}");
    guest.visit(&event.path()).await.fill("people", "2").fill("name", "Ada").fill("email", "ada@example.net");
    for less in ["0.20", "0", "", "4.99"] {
        guest.fill(&amount, less).press("Get tickets").await.is(422);
        assert_eq!(guest.error_at(&amount), "Give CHF 5 or more.", "{less:?}");
    }
    guest.fill(&amount, "7,50").press("Get tickets").await.is(200).sees("CHF 15");
    let order = orders::store::live_at(&site.app.db, event.id).await.unwrap().remove(0);
    assert_eq!((order.total, order.places, order.currency.as_str()), (1_500, 2, "CHF"));
    assert!(order.is_held());
    site.verifies().await;
}

#[tokio::test]
async fn programs_say_what_they_give_and_that_they_pay_later() {
    let site = Site::start().await;
    let later = |event: &mut Event| event.terms.pay_later = PayLater::Door;
    let event = site.event("Supper").with(later).type_donation(500, 1_250).make().await;
    let of = site.types(&event).await[0].id.to_string();
    let ada = site.program_of(&site.account("Ada").await, &[Scope::Read, Scope::Write]).await;
    let path = format!("/api/v1{}/orders", event.path());
    let body = |amount: i64| json!({"tickets": [{"type": of, "count": 2, "amount": amount}], "pay_later": true});
    ada.post(&path, body(499)).await.is(422);
    let mut unclear = body(2_000);
    unclear["pay_later"] = json!("maybe");
    assert!(ada.post(&path, unclear).await.is(422).data()["pay_later"].is_string());
    let order = ada.post(&path, body(2_000)).await.is(201);
    assert_eq!((&order.data()["total"], &order.data()["state"]), (&json!(4_000), &json!("held")));
    site.verifies().await;
}

#[tokio::test]
async fn new_events_start_with_the_currency_of_the_site() {
    let site = Site::with(&[("MARQUEE_CURRENCY", "eur")]).await;
    site.member("ada").await.visit("/events/new").await.is(200).field_is("currency", "EUR");
}
