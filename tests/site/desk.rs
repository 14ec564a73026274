//! The payments desk: what is stuck and mended, money given back by those who run the event, paid at the door.
use marquee::clock;
use marquee::db::sql;
use marquee::events::{Event, PayLater};
use marquee::ids::Id;
use marquee::journal::{self, Actor};
use marquee::members;
use marquee::orders::{self, Order, OrderState, TicketState, Way};
use marquee::payments::local::Fault;
use marquee::payments::{self, Payment, PaymentFact, PaymentState, Provider, Refund, RefundState, Why};

use crate::browser::Browser;
use crate::payments::{at_the_till, latest};
use crate::races::{guest, take, taken, wish};
use crate::site::Site;

const CHF_28: i64 = 2_800;

async fn bought(site: &Site, event: &Event, name: &str, people: &str) -> Order {
    let mut browser = site.member(name).await;
    browser.visit(&event.path()).await.fill("people", people);
    let button = if browser.has_button("Get tickets") { "Get tickets" } else { "Save my place" };
    browser.press(button).await.is(200);
    browser.press_starting("Pay CHF").await.is(200);
    browser.press("Pay").await.is(200).sees("You’re going");
    site.work().await;
    let email = format!("{name}@example.org");
    let member = members::store::by_email_key(&site.app.db, &email).await.unwrap().unwrap();
    let mut tx = site.app.db.read().await.unwrap();
    let all = orders::store::every_order(&mut tx).await.unwrap();
    all.into_iter().find(|order| order.event_id == event.id && order.member_id == Some(member.id)).unwrap()
}

async fn now(site: &Site, order: &Order) -> (Order, Vec<Payment>, Vec<Refund>) {
    let db = &site.app.db;
    let fresh = orders::store::by_id(db, order.id).await.unwrap().unwrap();
    let payments = payments::store::of_order(db, order.id).await.unwrap();
    (fresh, payments, payments::store::refunds_of_order(db, order.id).await.unwrap())
}

async fn host(site: &Site, event: &Event) -> (Browser, String, String) {
    (site.member("host").await, format!("{}/payments", event.path()), event.path())
}

#[tokio::test]
async fn a_host_finds_every_payment_of_the_event_and_no_other() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_28).make().await;
    let other = site.event("Elsewhere").host("eve").price(CHF_28).make().await;
    let order = bought(&site, &event, "ada", "1").await;
    bought(&site, &other, "bob", "1").await;
    let (mut host, desk, _) = host(&site, &event).await;
    host.visit(&desk).await.is(200).sees("Nothing is stuck.").sees("CHF 28.00").misses("bob");
    for (query, found) in [
        (format!("q={}", order.number()), true),
        ("q=ada%40example".to_owned(), true),
        ("q=M-00000000".to_owned(), false),
        ("state=paid".to_owned(), true),
        ("state=failed".to_owned(), false),
        ("q=%25".to_owned(), false),
    ] {
        host.visit(&format!("{desk}?{query}")).await.is(200);
        assert_eq!(host.text().contains(&order.number()), found, "{query}");
    }
    host.visit(&format!("{}/orders/{}", other.path(), order.id)).await.is(404);
    let mut admin = site.admin("root").await;
    admin.visit("/admin/payments/all").await.is(200).sees("ada").sees("bob").sees("Elsewhere");
    admin.follow(&order.number()).await.is(200).sees("ada@example.org");
}

#[tokio::test]
async fn a_host_turns_over_the_payments_of_an_event_and_back() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_28).make().await;
    let order = bought(&site, &event, "ada", "1").await;
    let mut tx = site.app.db.write().await.unwrap();
    for n in 1..=60 {
        sql("INSERT INTO payments (id, order_id, provider, state, amount, currency, opened_at, expires_at)
             VALUES ($1, $2, 'local', 'ended', $3, 'CHF', $4, $4)")
        .bind(Id::<Payment>::new())
        .bind(order.id)
        .bind(10_000 + 100 * n)
        .bind(site.now() + clock::minutes(n))
        .execute(&mut tx)
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
    let (mut host, desk, _) = host(&site, &event).await;
    host.visit(&desk).await.sees("CHF 160.00").sees("CHF 111.00").misses("CHF 110.00");
    host.follow("Next").await.sees("CHF 110.00").sees("CHF 28.00").misses("CHF 111.00");
    host.follow("Previous").await.sees("CHF 160.00").sees("CHF 111.00").misses("CHF 110.00");
    host.visit(&format!("{desk}?state=paid&q=ada&after=nonsense")).await.sees("CHF 28.00").misses("CHF 110.00");
    host.visit(&format!("{desk}.csv")).await.is(200);
    assert_eq!(host.html().lines().count(), 62, "the heads and all, however many pages these have");
}

#[tokio::test]
async fn tickets_an_amount_and_the_rest_are_given_back_once_each() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(5).price(CHF_28).make().await;
    let order = bought(&site, &event, "ada", "3").await;
    let (mut host, _, base) = host(&site, &event).await;
    let page = format!("{base}{}", order.path());
    host.visit(&page).await.is(200);
    host.fill("amount", "100").press("Refund this amount").await.is(422);
    host.sees("Only CHF 84 can still be given back.");
    host.fill("amount", "10.50").press("Refund this amount").await;
    host.is(200).sees("Give CHF 10.50 back?");
    let (_, action, fields) = host.form_with("Give back CHF 10.50");
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    host.press("Give back CHF 10.50").await.is(200).sees("is on its way back");
    host.post(&action, &fields).await.is(303);
    site.work().await;
    let (fresh, paid, refunds) = now(&site, &order).await;
    assert_eq!((fresh.places, paid[0].refunded, refunds.len()), (3, 1_050, 1), "pressing twice gives back once");

    let tickets = orders::store::tickets(&site.app.db, order.id).await.unwrap();
    host.visit(&format!("{page}/refund?ticket={}", tickets[0].id)).await.is(200).sees("Take this ticket back?");
    host.press("Give back CHF 28.00").await.is(200);
    site.work().await;
    let (fresh, paid, refunds) = now(&site, &order).await;
    assert_eq!((fresh.places, paid[0].refunded, refunds[1].why), (2, 1_050 + CHF_28, Why::Tickets));
    assert_eq!(taken(&site, &event).await, 2);

    host.visit(&page).await.press("Cancel the order").await.is(200);
    host.press("Give back CHF 45.50").await.is(200);
    site.work().await;
    let (fresh, paid, _) = now(&site, &order).await;
    assert_eq!((fresh.state, paid[0].refunded), (OrderState::Cancelled, 3 * CHF_28), "never more than was paid");
    host.visit(&page).await.is(200);
    assert!(!host.has_button("Refund this amount") && !host.has_button("Cancel the order"));
    site.verifies().await;
}

#[tokio::test]
async fn who_got_half_back_by_the_rule_gets_the_rest_from_the_host_and_nobody_gives_back_nothing() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(5).price(CHF_28).with(|e| e.terms.refund_percent = 50).make().await;
    let order = bought(&site, &event, "ada", "2").await;
    let tickets = orders::store::tickets(&site.app.db, order.id).await.unwrap();
    let path = format!("{}/tickets/{}/cancellation", order.path(), tickets[0].id);
    site.member("ada").await.visit(&path).await.press("Give back").await.is(200);
    site.work().await;
    let (mut host, _, base) = host(&site, &event).await;
    let page = format!("{base}{}", order.path());
    let void = format!("{page}/refund?ticket={}", tickets[0].id);
    host.visit(&void).await.is(422).sees("Nothing is left to give back.");
    host.visit(&format!("{void}&ticket={}", tickets[1].id)).await.is(200).sees("CHF 28.00 goes back to ada.");
    host.visit(&page).await.press("Cancel the order").await.is(200).sees("CHF 42.00 goes back to ada.");
    host.press("Give back CHF 42.00").await.is(200).sees("is on its way back");
    site.work().await;
    let (fresh, paid, _) = now(&site, &order).await;
    assert_eq!((fresh.state, paid[0].refunded), (OrderState::Cancelled, 2 * CHF_28));
    host.visit(&format!("{page}/refund?order=all")).await.is(422).sees("Nothing is left to give back.");
    host.post(&format!("{page}/refund"), &[("order", "all"), ("form", "another")]).await.is(422);
    // Who gave all back by the rule has the rest coming, too.
    let order = bought(&site, &event, "bob", "1").await;
    site.member("bob").await.visit(&format!("{}/cancellation", order.path())).await.press("Give back").await.is(200);
    site.work().await;
    host.visit(&format!("{base}{}", order.path())).await.press("Give back CHF 14.00").await.is(200);
    host.sees("Give CHF 14.00 back?").misses("lets nobody in from now on");
    host.press("Give back CHF 14.00").await.is(200);
    site.work().await;
    assert_eq!(now(&site, &order).await.1[0].refunded, CHF_28);
    site.verifies().await;
}

#[tokio::test]
async fn an_admin_says_why_and_it_stands_in_the_journal() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_28).make().await;
    let order = bought(&site, &event, "ada", "1").await;
    let mut admin = site.admin("root").await;
    admin.visit(&format!("/admin{}", order.path())).await.fill("amount", "5").press("Refund this amount").await;
    admin.press("Give back CHF 5.00").await.is(422);
    admin.fill("reason", "The bar was closed.");
    admin.press("Give back CHF 5.00").await.is(200);
    site.work().await;
    assert_eq!(now(&site, &order).await.1[0].refunded, 500);
    admin.visit("/admin/journal?kind=mended").await.sees("The bar was closed.");
    site.verifies().await;
}

#[tokio::test]
async fn a_refund_that_failed_is_tried_again_or_given_by_hand_from_the_desk() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_28).make().await;
    let order = bought(&site, &event, "ada", "1").await;
    let paid = now(&site, &order).await.1.remove(0);
    let Some(payments::Gateway::Local(local)) = &site.app.gateway else { panic!("no local provider") };
    local.refund(paid.reference.as_deref().unwrap(), 1_400, "by hand").await.unwrap();
    let (mut host, desk, base) = host(&site, &event).await;
    host.visit(&format!("{base}{}/refund?order=all", order.path())).await.press("Give back CHF 28.00").await.is(200);
    site.work().await;
    let number = order.number();
    host.visit(&desk).await.sees("could not be given back").sees("more than was paid");
    host.press(&format!("Try again, {number}")).await.is(200);
    site.work().await;
    let by_hand = format!("Given back by hand, {number}");
    host.visit(&desk).await.press(&by_hand).await.is(422).sees("Say why.");
    host.fill("reason", "In cash, at the bar.").press(&by_hand).await.is(200).sees("Nothing is stuck.");
    let (fresh, _, refunds) = now(&site, &order).await;
    assert_eq!((fresh.state, refunds[0].state), (OrderState::Cancelled, RefundState::Confirmed));
    site.verifies().await;
}

/// Writes what the provider would have to do wrong into the tables and the journal.
pub async fn another_amount(site: &Site, order: &Order) {
    let mut tx = site.app.db.write().await.unwrap();
    let paid = "UPDATE local_checkouts SET amount = 100, state = 'paid' WHERE payment = $1";
    let payment = payments::store::of_order(&mut tx, order.id).await.unwrap().remove(0);
    sql(paid).bind(payment.id).execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    payments::settle(&site.app, payment.id).await.unwrap();
}

#[tokio::test]
async fn money_that_bought_nothing_buys_the_tickets_or_goes_back_from_the_desk() {
    for button in ["Issue the tickets if there is room, else give all back", "Give all back", "It is well"] {
        let site = Site::start().await;
        let event = site.event("Jazz").capacity(1).price(CHF_28).make().await;
        let mut ada = site.member("ada").await;
        ada.visit(&event.path()).await;
        let get = if ada.has_button("Get tickets") { "Get tickets" } else { "Save my place" };
        ada.press(get).await.press_starting("Pay CHF").await.is(200);
        let mut tx = site.app.db.read().await.unwrap();
        let order = orders::store::every_order(&mut tx).await.unwrap().remove(0);
        drop(tx);
        another_amount(&site, &order).await;
        assert_eq!(now(&site, &order).await.0.state, OrderState::Held);
        let (mut host, desk, _) = host(&site, &event).await;
        let button = format!("{button}, {}", order.number());
        host.visit(&desk).await.sees("Another amount was paid");
        host.fill("reason", "Asked the buyer.").press(&button).await.is(200);
        let state = match button.as_bytes()[0] {
            b'I' if button.starts_with("Issue") => OrderState::Confirmed,
            b'G' => OrderState::Cancelled,
            _ => OrderState::Held,
        };
        site.work().await;
        let (fresh, payments, refunds) = now(&site, &order).await;
        assert_eq!((fresh.state, &payments[0].problem), (state, &None), "{button}");
        // CHF 1 came, so CHF 1 goes back, whatever was asked.
        let back: Vec<_> = refunds.iter().map(|refund| (refund.amount, refund.state)).collect();
        let all = if state == OrderState::Cancelled { vec![(100, RefundState::Confirmed)] } else { Vec::new() };
        assert_eq!(back, all, "{button}");
        site.verifies().await;
    }
}

/// The money of an order is there and nobody did anything with it: into the provider's books, ours and the journal.
async fn came_for_nothing(site: &Site, order: &Order) {
    let now = site.now();
    let mut tx = site.app.db.write().await.unwrap();
    let payment = payments::store::of_order(&mut tx, order.id).await.unwrap().remove(0);
    let paid = "UPDATE local_checkouts SET state = 'paid' WHERE payment = $1";
    sql(paid).bind(payment.id).execute(&mut tx).await.unwrap();
    payments::store::set_paid(&mut tx, payment.id, CHF_28, "CHF", now).await.unwrap();
    let fact = PaymentFact::PaymentPaid { amount: CHF_28, currency: "CHF".to_owned() };
    journal::append(&mut tx, &payment.stream(), &fact, Actor::Site, now).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn money_for_which_nothing_was_issued_buys_the_tickets_or_goes_back_from_the_desk() {
    const ISSUE: &str = "Issue the tickets if there is room, else give all back";
    const GIVE: &str = "Give all back";
    for (ended, button, state, why) in [
        (true, ISSUE, OrderState::Confirmed, None),
        (false, ISSUE, OrderState::Confirmed, None),
        (true, GIVE, OrderState::Ended, Some(Why::Late)),
        (false, GIVE, OrderState::Cancelled, Some(Why::Cancelled)),
    ] {
        let site = Site::start().await;
        let event = site.event("Jazz").capacity(1).price(CHF_28).make().await;
        at_the_till(&site, &event, "ada", "1").await;
        if ended {
            site.later(clock::minutes(35)).await;
        }
        let (order, ..) = latest(&site, &event).await;
        came_for_nothing(&site, &order).await;
        let (mut host, desk, _) = host(&site, &event).await;
        let words = if ended { "the places were no longer kept" } else { "Paid, but the tickets are not issued." };
        host.visit(&desk).await.sees(words);
        host.press(&format!("{button}, {}", order.number())).await.is(200).sees("Nothing is stuck.");
        site.work().await;
        let (fresh, _, refunds) = now(&site, &order).await;
        assert_eq!((fresh.state, taken(&site, &event).await), (state, i64::from(why.is_none())), "{ended}, {button}");
        let back: Vec<_> = refunds.iter().map(|of| (of.why, of.amount, of.state)).collect();
        let all: Vec<_> = why.map(|why| (why, CHF_28, RefundState::Confirmed)).into_iter().collect();
        assert_eq!(back, all, "{ended}, {button}");
        site.verifies().await;
    }
}

#[tokio::test]
async fn a_payment_of_which_nothing_is_heard_is_asked_about_from_the_desk() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_28).make().await;
    at_the_till(&site, &event, "ada", "1").await;
    let (order, ..) = latest(&site, &event).await;
    let Some(payments::Gateway::Local(local)) = &site.app.gateway else { panic!("no local provider") };
    local.set_weather(|_| Fault::Before);
    site.later(clock::minutes(70)).await;
    let (mut host, desk, _) = host(&site, &event).await;
    let ask = format!("Ask the payment service, {}", order.number());
    host.visit(&desk).await.sees("has not said how this payment ended");
    host.press(&ask).await.is(200).sees("The payment service does not answer. Nothing changed");
    host.sees("has not said how this payment ended");
    local.set_weather(|_| Fault::None);
    host.press(&ask).await.is(200).sees("Done.").sees("Nothing is stuck.");
    assert_eq!(now(&site, &order).await.1[0].state, PaymentState::Ended);
    site.verifies().await;
}

async fn owed(site: &Site, n: usize, places: i64) -> (Event, Order) {
    let later = |e: &mut Event| (e.terms.pay_later, e.terms.pay_later_hours) = (PayLater::Door, 1);
    let event = site.event("Jazz").price(CHF_28).with(later).make().await;
    let wish = wish(&site.app, &event, guest(n), 0, places).await;
    let id = take(&site.app, &orders::Wish { way: Way::Own, pay_later: true, ..wish }).await.unwrap().id();
    let order = orders::store::by_id(&site.app.db, id).await.unwrap().unwrap();
    (event, order)
}

#[tokio::test]
async fn who_pays_at_the_door_is_let_in_and_the_host_gives_that_money_back_by_hand() {
    let site = Site::start().await;
    let (event, order) = owed(&site, 1, 2).await;
    let tickets = orders::store::tickets(&site.app.db, order.id).await.unwrap();
    let (mut host, desk, base) = host(&site, &event).await;
    host.visit(&format!("{base}/check-in")).await.fill("code", &tickets[0].code).press("Check in").await;
    host.sees("Not paid: CHF 56").sees("for 2 places");
    host.press_starting("Paid, let in").await.is(200).sees("Let them through");
    let (fresh, payments, _) = now(&site, &order).await;
    assert_eq!((fresh.state, payments[0].provider), (OrderState::Confirmed, Provider::Host));
    host.visit(&format!("{base}{}/refund?ticket={}", order.path(), tickets[1].id)).await.sees("give it back in cash");
    host.press("Give back CHF 28.00").await.is(200);
    site.work().await;
    assert_eq!(now(&site, &order).await.2[0].state, RefundState::Asked);
    host.visit(&desk).await.sees("You have this money");
    host.fill("reason", "In cash.");
    host.press(&format!("Given back by hand, {}", order.number())).await.is(200).sees("Nothing is stuck.");
    let tickets = orders::store::tickets(&site.app.db, order.id).await.unwrap();
    assert_eq!((tickets[1].state, taken(&site, &event).await), (TicketState::Cancelled, 1));
    site.verifies().await;
}

#[tokio::test]
async fn the_guests_say_who_paid_who_came_for_nothing_and_who_asked_for_money_back() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(9).price(CHF_28).make().await;
    let order = bought(&site, &event, "ada", "2").await;
    site.places(&event, "Bob", 1).await;
    let (mut host, _, base) = host(&site, &event).await;
    let tags = |host: &Browser| host.all("tbody .tag");
    host.visit(&format!("{base}/guests")).await.misses("Confirmed");
    assert_eq!(tags(&host), ["Paid", "Paid", "Free"]);
    let ticket = orders::store::tickets(&site.app.db, order.id).await.unwrap().remove(0);
    host.visit(&format!("{base}{}/refund?ticket={}", order.path(), ticket.id)).await.is(200);
    host.press("Give back CHF 28.00").await.is(200);
    // Until the provider has given it back.
    host.visit(&format!("{base}/guests?state=refunding")).await.sees("1 of 1");
    assert_eq!(tags(&host), ["Refund asked"]);
    assert!(!host.text().contains("Check in,"), "whose money is asked back is not let in");
    host.visit(&format!("{base}/guests")).await.sees("1–3 of 3");
    assert_eq!(tags(&host), ["Refund asked", "Paid", "Free"]);
    site.work().await;
    host.visit(&format!("{base}/guests?state=refunding")).await.sees("Nobody is found");
    host.visit(&format!("{base}/guests?state=cancelled")).await.sees("1 of 1");
    assert_eq!(tags(&host), ["Given back"]);
}

#[tokio::test]
async fn a_transfer_is_marked_as_paid_from_the_guests_and_from_the_order() {
    let site = Site::start().await;
    let (event, order) = owed(&site, 1, 1).await;
    let (mut host, _, base) = host(&site, &event).await;
    host.visit(&format!("{base}{}", order.path())).await.sees("Not paid: CHF 28");
    host.visit(&format!("{base}/guests")).await.sees("Not paid: CHF 28");
    host.press_starting("Mark as paid").await;
    host.is(200).sees("Paid. The tickets are on their way by mail.");
    host.post(&format!("{base}{}/payment", order.path()), &[]).await.is(303);
    let (fresh, payments, _) = now(&site, &order).await;
    assert_eq!((fresh.state, payments.len()), (OrderState::Confirmed, 1));
    site.later(clock::days(1)).await;
    site.verifies().await;
}

#[tokio::test]
async fn the_overview_shows_what_was_taken_by_type_and_over_time() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(10).price(CHF_28).make().await;
    let (mut host, _, base) = host(&site, &event).await;
    host.visit(&format!("{base}/manage")).await.is(200).misses("Takings").misses("As a table");
    bought(&site, &event, "ada", "2").await;
    site.app.clock.advance(clock::days(2));
    let order = bought(&site, &event, "bob", "1").await;
    host.visit(&format!("{base}{}/refund?amount=8", order.path())).await.steps_up().await;
    host.press("Give back CHF 8.00").await.is(200);
    host.visit(&format!("{base}/manage")).await.sees("Refunds asked1");
    site.work().await;
    host.visit(&format!("{base}/manage")).await.sees("TakingsCHF 76").sees("CHF 84 paid, CHF 8 given back");
    host.misses("Refunds asked").sees("3 tickets sold so far").sees("CHF 84.00").sees("CHF 56.00");
    assert_eq!(crate::bill::all(&host, ".chart-box tbody tr").len(), 3, "a day without sales stands between");
}

#[tokio::test]
async fn while_a_refund_waits_every_figure_of_the_overview_counts_its_place_as_sold() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(20).price(CHF_28).make().await;
    let order = bought(&site, &event, "ada", "3").await;
    let ticket = orders::store::tickets(&site.app.db, order.id).await.unwrap()[0].id;
    let (mut host, _, base) = host(&site, &event).await;
    host.visit(&format!("{base}{}/refund?ticket={ticket}", order.path())).await;
    host.press("Give back CHF 28.00").await.is(200);
    for (sold, refunding) in [(3, 1), (2, 0)] {
        host.visit(&format!("{base}/manage")).await.sees(&format!("Sold{sold}Held0"));
        host.sees(&format!("{sold} tickets sold so far")).sees(&format!("{sold} of 20"));
        let told = crate::bill::attributes(&host, ".figures", "data-counts");
        assert_eq!(told, [format!("0,0,{refunding},{sold},0")], "what the socket says too");
        host.visit(&format!("{base}/check-in")).await.sees("0 of 2");
        site.work().await;
    }
}

#[tokio::test]
async fn money_as_files_runs_no_formula_and_says_what_is_owed() {
    let site = Site::start().await;
    let event = site.event("=SUM(A1)").price(CHF_28).make().await;
    let order = bought(&site, &event, "ada", "1").await;
    let (mut host, _, base) = host(&site, &event).await;
    host.visit(&format!("{base}{}/refund?amount=8", order.path())).await.press("Give back CHF 8.00").await.is(200);
    site.work().await;
    host.visit(&format!("{base}/payments.csv")).await.is(200);
    let (paid, back) =
        (format!("{},payment,paid,28.00,CHF", order.number()), format!("{},refund,confirmed,-8.00", order.number()));
    assert!(host.html().contains(&paid) && host.html().contains(&back), "{}", host.html());
    let mut admin = site.admin("root").await;
    admin.visit("/admin/payouts.csv").await.is(200);
    let text = admin.html();
    assert!(text.contains("'=SUM(A1)") && text.contains("host@example.org,,,CHF,28.00,8.00,0.00,20.00,0.00"), "{text}");
    admin.visit("/admin/payouts.csv?from=2001-01-01&to=2001-12-31").await.is(200);
    assert!(!admin.html().contains("28.00"), "{}", admin.html());
    for wrong in ["from=garbage", "to=2026-13-45", "to=99999-13-45"] {
        admin.visit(&format!("/admin/payouts.csv?{wrong}")).await.is(400);
    }
    admin.visit("/admin/notices").await.is(200).sees("checkout.session.completed").sees("Handled");
}

#[tokio::test]
async fn days_of_a_report_may_come_in_either_order_and_be_as_far_as_one_can_type() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_28).make().await;
    bought(&site, &event, "ada", "1").await;
    let mut admin = site.admin("root").await;
    for (query, found) in [
        ("from=2026-12-31&to=2026-01-01", true),
        ("from=2026-01-01&to=9999-12-31", true),
        ("to=275760-12-31", true),
        ("from=9999-12-31", false),
        ("from=9999-12-31&to=9999-12-31", false),
        ("to=0001-01-01", false),
    ] {
        admin.visit(&format!("/admin/payouts.csv?{query}")).await.is(200);
        assert_eq!(admin.html().contains("28.00"), found, "{query}: {}", admin.html());
    }
    admin.visit("/admin/payouts.csv?from=2026-12-31&to=2026-01-01").await;
    assert!(admin.html().contains(",2026-01-01,2026-12-31,CHF,"), "{}", admin.html());
}

/// How the engine looks for what is stuck.
async fn plan(site: &Site) -> String {
    let rows: Vec<String> = match &site.app.db {
        marquee::db::Db::Sqlite { readers, .. } => {
            let text = "EXPLAIN QUERY PLAN SELECT id FROM payments WHERE state = 'paid' AND at_rest = FALSE";
            let rows: Vec<(i64, i64, i64, String)> = sqlx::query_as(text).fetch_all(readers).await.unwrap();
            rows.into_iter().map(|(.., detail)| detail).collect()
        }
        marquee::db::Db::Postgres(pool, _) => {
            let mut conn = pool.acquire().await.unwrap();
            // A small table is always read whole: whether it can go along the index is what is asked.
            sqlx::query("SET enable_seqscan = off").execute(&mut *conn).await.unwrap();
            let text = "EXPLAIN SELECT id FROM payments WHERE state = 'paid' AND at_rest = FALSE";
            let rows: Vec<(String,)> = sqlx::query_as(text).fetch_all(&mut *conn).await.unwrap();
            rows.into_iter().map(|(line,)| line).collect()
        }
    };
    rows.join("\n")
}

#[tokio::test]
async fn the_desk_looks_at_what_may_be_stuck_and_not_at_all_that_was_ever_paid() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_28).make().await;
    bought(&site, &event, "ada", "1").await;
    let lost = bought(&site, &event, "bob", "1").await;
    let mut tx = site.app.db.write().await.unwrap();
    sql("UPDATE orders SET state = 'ended' WHERE id = $1").bind(lost.id).execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let stuck = async || payments::desk::stuck(&site.app, None).await.unwrap().len();
    assert_eq!((stuck().await, payments::desk::waiting(&site.app).await.unwrap()), (1, 1));
    let elsewhere = site.event("Elsewhere").make().await;
    for (of, count) in [(event.id, 1), (elsewhere.id, 0)] {
        assert_eq!(payments::desk::stuck(&site.app, Some(of)).await.unwrap().len(), count, "of its own event");
    }
    payments::desk::tidy(&site.app).await.unwrap();
    let left: i64 = sql("SELECT COUNT(*) FROM payments WHERE NOT at_rest").scalar(&site.app.db).await.unwrap();
    assert_eq!(left, 1, "only what may be stuck is looked at again");
    assert_eq!((stuck().await, payments::desk::waiting(&site.app).await.unwrap()), (1, 1));
    site.app.clock.advance(clock::days(60));
    assert_eq!(payments::desk::waiting(&site.app).await.unwrap(), 1, "also after a month");
    assert!(plan(&site).await.contains("payments_not_at_rest"), "{}", plan(&site).await);
}
