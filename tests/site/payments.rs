//! The life of money with the local provider: bought, declined, late, told twice, given back.
use axum::body::Body;
use axum::http::{Request, StatusCode};
use marquee::clock::{self, Instant};
use marquee::decide;
use marquee::events::{Event, PayLater};
use marquee::ids::Id;
use marquee::jobs;
use marquee::journal::Actor;
use marquee::orders::ending::By;
use marquee::orders::{self, Order, OrderState, Refusal, TicketState, Way};
use marquee::payments::checkout::Back;
use marquee::payments::desk::giving;
use marquee::payments::local::Fault;
use marquee::payments::{
    self, Gateway, Hand, Payment, PaymentState, Refund, RefundState, Why, notices, refunds, settle, takings,
};
use tower::ServiceExt;

use crate::browser::Browser;
use crate::races::{guest, take, taken, wish};
use crate::site::{PUBLIC, Site};

const CHF_28: i64 = 2_800;

/// What everybody is told before they pay.
pub const LATE: &str =
    "Money that comes later takes the places if there is room; if not, you get all of it back by itself.";
pub const NO_WITHDRAWAL: &str = "Tickets for a date have no right of withdrawal.";

fn weather(site: &Site, fault: impl FnMut(&'static str) -> Fault + Send + 'static) {
    let Some(Gateway::Local(local)) = &site.app.gateway else { panic!("no local provider") };
    local.set_weather(fault);
}

async fn order(site: &Site, id: marquee::ids::Id<Order>) -> Order {
    orders::store::by_id(&site.app.db, id).await.unwrap().unwrap()
}

/// The latest order at an event, whatever became of it, with its payments and refunds.
pub async fn latest(site: &Site, event: &Event) -> (Order, Vec<Payment>, Vec<payments::Refund>) {
    let mut tx = site.app.db.read().await.unwrap();
    let mut all: Vec<_> = orders::store::every_order(&mut tx).await.unwrap();
    all.retain(|order| order.event_id == event.id);
    all.sort_by_key(|order| (order.placed_at, order.id));
    let order = all.pop().expect("an order");
    let payments = payments::store::of_order(&mut tx, order.id).await.unwrap();
    let refunds = payments::store::refunds_of_order(&mut tx, order.id).await.unwrap();
    (order, payments, refunds)
}

/// A member at the provider's page, with so many places in hand.
pub async fn at_the_till(site: &Site, event: &Event, name: &str, people: &str) -> Browser {
    let mut browser = site.member(name).await;
    browser.visit(&event.path()).await.fill("people", people);
    buy(&mut browser).await.is(200).sees("Kept for you until").sees(LATE).sees(NO_WITHDRAWAL);
    browser.press_starting("Pay CHF").await.is(200).sees("No money moves.");
    browser
}

/// Presses the stub's button.
pub async fn buy(browser: &mut Browser) -> &mut Browser {
    let text = if browser.has_button("Get tickets") { "Get tickets" } else { "Save my place" };
    browser.press(text).await
}

/// An order that is paid.
pub async fn bought(site: &Site, event: &Event, name: &str, people: &str) -> (Browser, Order) {
    let mut browser = at_the_till(site, event, name, people).await;
    browser.press("Pay").await.is(200).sees("You’re going");
    site.work().await;
    let (order, ..) = latest(site, event).await;
    (browser, order)
}

#[tokio::test]
async fn who_pays_has_tickets_on_the_page_and_by_mail() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(5).price(CHF_28).make().await;
    let (_, order) = bought(&site, &event, "ada", "2").await;
    assert_eq!((order.state, order.total, order.places), (OrderState::Confirmed, 2 * CHF_28, 2));
    let mail = site.mail_to("ada@example.org").await;
    assert_eq!(mail.subject, "Your 2 tickets for Jazz");
    let (_, payments, refunds) = latest(&site, &event).await;
    assert_eq!((payments.len(), payments[0].state, refunds.len()), (1, PaymentState::Paid, 0));
    site.verifies().await;
}

#[tokio::test]
async fn a_guest_pays_without_an_account_and_needs_no_other_mail() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_28).make().await;
    let mut bob = site.browser();
    bob.visit(&event.path()).await.fill("name", "Bob").fill("email", "bob@example.org");
    buy(&mut bob).await.is(200).sees("CHF 28.00");
    bob.press_starting("Pay CHF").await.press("Pay").await.is(200).sees("You’re going");
    assert_eq!(site.mail_to("bob@example.org").await.subject, "Your ticket for Jazz");
}

#[tokio::test]
async fn a_declined_card_is_tried_again_in_the_same_checkout() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_28).make().await;
    let mut ada = at_the_till(&site, &event, "ada", "1").await;
    ada.press("Decline the card").await.is(422).sees("The card was declined.");
    ada.press("Decline the card").await.is(422);
    ada.press("Pay").await.is(200).sees("You’re going");
    assert_eq!(latest(&site, &event).await.1.len(), 1);
}

#[tokio::test]
async fn who_walks_away_finds_the_order_and_pays_it_or_loses_the_places() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(1).price(CHF_28).make().await;
    let mut ada = at_the_till(&site, &event, "ada", "1").await;
    ada.press("Go back without paying").await.is(200).sees("Kept for you until");
    ada.press_starting("Pay CHF").await.is(200).sees("No money moves.");
    let (order, payments, _) = latest(&site, &event).await;
    assert_eq!(payments.len(), 1, "the same checkout");
    assert_eq!(order.held_until, Some(payments[0].expires_at + clock::minutes(2)));
    site.later(clock::minutes(33)).await;
    assert_eq!(taken(&site, &event).await, 1, "the last second's money would still find its place");
    site.later(clock::minutes(2)).await;
    let (order, payments, _) = latest(&site, &event).await;
    assert_eq!((order.state, payments[0].state), (OrderState::Ended, PaymentState::Ended));
    assert_eq!(taken(&site, &event).await, 0);
    site.verifies().await;
}

#[tokio::test]
async fn places_that_nobody_begins_to_pay_are_free_after_thirty_minutes() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(1).price(CHF_28).make().await;
    let mut ada = site.member("ada").await;
    ada.visit(&event.path()).await;
    buy(&mut ada).await.sees("Kept for you until");
    site.later(clock::minutes(29)).await;
    assert_eq!(taken(&site, &event).await, 1);
    site.later(clock::minutes(1)).await;
    assert_eq!(taken(&site, &event).await, 0);
}

#[tokio::test]
async fn a_checkout_holds_places_for_seventy_minutes_at_most() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(1).price(CHF_28).make().await;
    let mut ada = site.member("ada").await;
    ada.visit(&event.path()).await;
    buy(&mut ada).await;
    site.app.clock.advance(clock::minutes(29));
    ada.press_starting("Pay CHF").await.is(200);
    let (order, ..) = latest(&site, &event).await;
    assert!(order.held_until.unwrap() <= order.placed_at + clock::minutes(70));
    site.later(clock::minutes(34)).await;
    assert_eq!(taken(&site, &event).await, 0);
}

#[tokio::test]
async fn no_second_checkout_holds_places_longer_than_seventy_minutes() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(1).price(CHF_28).make().await;
    let wish = wish(&site.app, &event, guest(1), 0, 1).await;
    let id = take(&site.app, &orders::Wish { way: Way::Own, ..wish }).await.unwrap().id();
    let begin = async || payments::begin(&site.app, id, &Back::default(), Actor::Guest).await;
    let (first, _) = begin().await.unwrap();
    site.app.clock.advance(clock::minutes(33));
    let (second, _) = begin().await.unwrap();
    assert_ne!(first.id, second.id, "the first one takes no money any more");
    site.app.clock.advance(clock::minutes(33));
    let third = begin().await;
    assert!(matches!(third, Err(Refusal::TooLateToPay)), "{third:?}");
    let order = order(&site, id).await;
    assert_eq!((order.state, taken(&site, &event).await), (OrderState::Held, 1), "the second one's grace");
    assert!(order.held_until.unwrap() <= order.placed_at + clock::minutes(70));
    site.later(clock::minutes(2)).await;
    assert_eq!((self::order(&site, id).await.state, taken(&site, &event).await), (OrderState::Ended, 0));
    site.verifies().await;
}

#[tokio::test]
async fn who_comes_back_when_no_payment_begins_any_more_is_told_so_and_gives_the_places_up() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(1).price(CHF_28).make().await;
    let mut ada = site.member("ada").await;
    ada.visit(&event.path()).await;
    buy(&mut ada).await.is(200);
    let mut tab = ada.clone();
    site.app.clock.advance(clock::minutes(29));
    ada.press_starting("Pay CHF").await.is(200).sees("No money moves.");
    // Its payment took money until minute 61; the places are kept for two more.
    site.app.clock.advance(clock::minutes(33));
    tab.press_starting("Pay CHF").await.is(422).sees("It is too late to begin a payment for these places.");
    tab.misses("Pay CHF");
    let (order, payments, _) = latest(&site, &event).await;
    assert_eq!((order.state, payments.len()), (OrderState::Held, 1));
    tab.visit(&order.path()).await.is(200).sees("It is too late to begin a payment").misses("Pay CHF");
    tab.follow("Give up these places").await.press("Give up").await.is(200);
    assert_eq!(taken(&site, &event).await, 0);
    tab.visit(&event.path()).await;
    buy(&mut tab).await.is(200).sees("Pay CHF");
    site.verifies().await;
}

#[tokio::test]
async fn a_payment_that_nobody_told_us_of_is_found_by_the_page_and_by_the_sweep() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_28).make().await;
    let mut ada = at_the_till(&site, &event, "ada", "1").await;
    ada.press("Pay, and tell nobody").await.is(200).sees("You’re going");

    let mut bob = at_the_till(&site, &event, "bob", "1").await;
    // Bob's browser is closed before it comes back.
    weather(&site, |what| if what == "standing" { Fault::Before } else { Fault::None });
    bob.press("Pay, and tell nobody").await.is(200).sees("does not answer just now");
    weather(&site, |_| Fault::None);
    assert_eq!(latest(&site, &event).await.0.state, OrderState::Held);
    site.later(clock::minutes(7)).await;
    assert_eq!(latest(&site, &event).await.0.state, OrderState::Confirmed);
    site.verifies().await;
}

#[tokio::test]
async fn a_notice_that_comes_twice_sells_once() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_28).make().await;
    let mut ada = at_the_till(&site, &event, "ada", "1").await;
    weather(&site, |_| Fault::None);
    ada.press("Pay, and tell twice").await;
    site.work().await;
    let all = notices::newest(&site.app, 10).await.unwrap();
    assert_eq!((all.len(), all[0].handled_at.is_some()), (1, true), "{all:#?}");
    assert_eq!(site.mails_to("ada@example.org").await.len(), 1);
    site.verifies().await;
}

#[tokio::test]
async fn late_money_takes_the_places_if_there_is_room_and_else_goes_back_by_itself() {
    for room in [true, false] {
        let site = Site::start().await;
        let event = site.event("Jazz").capacity(1).price(CHF_28).make().await;
        let mut ada = at_the_till(&site, &event, "ada", "1").await;
        ada.press("Pay when the places are gone").await;
        site.later(clock::minutes(35)).await;
        let (late, ..) = latest(&site, &event).await;
        assert_eq!(late.state, OrderState::Ended);
        if !room {
            take(&site.app, &wish(&site.app, &event, guest(1), 0, 1).await).await.unwrap();
        }
        site.later(clock::minutes(15)).await;
        let refunds = payments::store::refunds_of_order(&site.app.db, late.id).await.unwrap();
        let now = order(&site, late.id).await;
        assert_eq!(now.state, if room { OrderState::Confirmed } else { OrderState::Ended });
        let back: Vec<_> = refunds.iter().map(|refund| (refund.state, refund.why, refund.amount)).collect();
        assert_eq!(back, if room { vec![] } else { vec![(RefundState::Confirmed, Why::Late, CHF_28)] });
        let subject = site.mail_to("ada@example.org").await.subject;
        assert_eq!(subject, if room { "Your ticket for Jazz" } else { "CHF\u{a0}28.00 given back: Jazz" });
        assert_eq!(taken(&site, &event).await, 1);
        ada.visit(&late.path()).await.sees(if room { "You’re going" } else { "Not paid in time" });
        if !room {
            ada.sees("CHF 28.00 was given back to you.");
        }
        site.verifies().await;
    }
}

#[tokio::test]
async fn an_order_that_ended_leads_back_to_its_event_while_that_takes_orders() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_28).make().await;
    let mut ada = at_the_till(&site, &event, "ada", "1").await;
    site.later(clock::minutes(35)).await;
    let (ended, ..) = latest(&site, &event).await;
    assert_eq!(ended.state, OrderState::Ended);
    ada.visit(&ended.path()).await.sees("Not paid in time");
    ada.follow("Take places again").await.at(&event.path());
    ada.fill("people", "1");
    ada.press("Get tickets").await.press_starting("Pay CHF").await.press("Pay").await.sees("You’re going");
    ada.misses("Take places again");
    site.work().await;
    let (paid, ..) = latest(&site, &event).await;
    ada.visit(&format!("{}/cancellation", paid.path())).await.press("Give back").await.is(200);
    ada.visit(&paid.path()).await.sees("These places were given back").sees("Take places again");
    site.later(clock::days(10)).await;
    for order in [ended, paid] {
        site.member("ada").await.visit(&order.path()).await.is(200).misses("Take places again");
    }
}

#[tokio::test]
async fn the_buyer_gives_a_ticket_back_under_the_rule_and_its_place_is_free_when_the_money_is() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(3).price(1_001).with(|e| e.terms.refund_percent = 50).make().await;
    let (mut ada, order) = bought(&site, &event, "ada", "2").await;
    weather(&site, |what| if what == "refund" { Fault::Before } else { Fault::None });
    ada.visit(&order.path()).await.follow("give it back").await.press("Give back").await.is(200);
    site.work().await;
    let tickets = orders::store::tickets(&site.app.db, order.id).await.unwrap();
    assert_eq!(tickets.iter().filter(|ticket| ticket.state == TicketState::Refunding).count(), 1);
    assert_eq!(taken(&site, &event).await, 2, "not free before the money is back");
    site.verifies().await;
    weather(&site, |_| Fault::None);
    site.later(clock::minutes(5)).await;
    assert_eq!(taken(&site, &event).await, 1);
    let (_, payments, refunds) = latest(&site, &event).await;
    assert_eq!((refunds[0].amount, payments[0].refunded), (501, 501), "half, rounded up");
    assert_eq!(site.mail_to("ada@example.org").await.subject, "CHF\u{a0}5.01 given back: Jazz");
    site.verifies().await;
}

#[tokio::test]
async fn a_cancelled_event_gives_everybody_everything_back_once() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_28).with(|e| e.terms.refund_percent = 0).make().await;
    for name in ["ada", "bob"] {
        bought(&site, &event, name, "2").await;
    }
    let mut unpaid = at_the_till(&site, &event, "cleo", "1").await;
    let mut host = site.member("host").await;
    host.visit(&format!("{}/cancellation", event.path())).await.fill("reason", "The roof leaks.");
    host.press("Cancel the event").await.is(200);
    site.work().await;
    unpaid.press("Pay").await;
    site.work().await;
    let mut tx = site.app.db.read().await.unwrap();
    for order in orders::store::every_order(&mut tx).await.unwrap() {
        assert!(!order.is_live(), "{order:?}");
        for payment in payments::store::of_order(&mut tx, order.id).await.unwrap() {
            assert_eq!(payment.refunded, if payment.is_paid() { payment.amount } else { 0 });
        }
    }
    drop(tx);
    assert_eq!(taken(&site, &event).await, 0);
    site.verifies().await;
}

#[tokio::test]
async fn who_gave_the_order_up_and_pays_in_another_tab_gets_the_money_back() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_28).make().await;
    let mut ada = at_the_till(&site, &event, "ada", "1").await;
    let mut tab = site.member("ada").await;
    let (order, ..) = latest(&site, &event).await;
    tab.visit(&format!("{}/cancellation", order.path())).await.press("Give up").await;
    ada.press("Pay").await;
    site.work().await;
    let (order, payments, refunds) = latest(&site, &event).await;
    assert_eq!(order.state, OrderState::Cancelled);
    assert_eq!(refunds.iter().map(|refund| refund.amount).sum::<i64>(), payments[0].refunded);
    assert_eq!(payments[0].refunded, if payments[0].is_paid() { CHF_28 } else { 0 });
    site.verifies().await;
}

#[tokio::test]
async fn all_the_money_given_back_at_the_provider_voids_the_order() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(2).price(CHF_28).make().await;
    let (_, order) = bought(&site, &event, "ada", "2").await;
    let (_, payments, _) = latest(&site, &event).await;
    let mut ada = site.member("ada").await;
    ada.visit(payments[0].url.as_deref().unwrap()).await.press("Give it back outside the site").await;
    site.work().await;
    let (order, payments, refunds) =
        (self::order(&site, order.id).await, latest(&site, &event).await.1, latest(&site, &event).await.2);
    assert_eq!((order.state, payments[0].refunded, refunds[0].why), (OrderState::Cancelled, 2 * CHF_28, Why::Outside));
    assert_eq!(taken(&site, &event).await, 0);
    site.verifies().await;
}

#[tokio::test]
async fn places_that_are_paid_later_are_kept_until_the_deadline() {
    let site = Site::start().await;
    let later = |e: &mut Event| (e.terms.pay_later, e.terms.pay_later_hours) = (PayLater::Transfer, 24);
    let event = site.event("Jazz").price(CHF_28).with(later).make().await;
    let own = |n| {
        let site = &site;
        let event = &event;
        async move {
            let wish = wish(&site.app, event, guest(n), 0, 1).await;
            take(&site.app, &orders::Wish { way: Way::Own, pay_later: true, ..wish }).await.unwrap().id()
        }
    };
    let (paid, forgotten) = (own(1).await, own(2).await);
    assert!(site.mail_to("guest1@example.org").await.text.contains("Transfer CHF\u{a0}28.00 until"));
    let now = site.now();
    let done: Result<(), Refusal> =
        decide!(site.app.db, tx, settle::received_by_host(tx, paid, CHF_28, Actor::Operator, now).await);
    done.unwrap();
    assert_eq!(order(&site, paid).await.state, OrderState::Confirmed);
    site.later(clock::days(6) - clock::minutes(1)).await;
    assert_eq!((order(&site, forgotten).await.state, taken(&site, &event).await), (OrderState::Held, 2));
    site.later(clock::minutes(1)).await;
    assert_eq!((order(&site, forgotten).await.state, taken(&site, &event).await), (OrderState::Ended, 1));
    site.verifies().await;
}

#[tokio::test]
async fn a_refund_that_fails_waits_for_a_person_and_can_be_tried_again_or_given_by_hand() {
    for by_hand in [false, true] {
        let site = Site::start().await;
        let event = site.event("Jazz").price(CHF_28).make().await;
        let (mut ada, order) = bought(&site, &event, "ada", "1").await;
        // Somebody gives half of it back at the provider before we hear of it, so ours is too much.
        let (_, payments, _) = latest(&site, &event).await;
        let Some(Gateway::Local(local)) = &site.app.gateway else { panic!("no local provider") };
        local.refund(payments[0].reference.as_deref().unwrap(), 1_400, "by hand").await.unwrap();
        ada.visit(&format!("{}/cancellation", order.path())).await.press("Give back").await.is(200);
        site.work().await;
        let failed = latest(&site, &event).await.2.remove(0);
        assert_eq!((failed.state, failed.error.as_deref()), (RefundState::Failed, Some("more than was paid")));
        let now = site.now();
        let done: Result<(), Refusal> = decide!(site.app.db, tx, {
            match by_hand {
                true => refunds::given_by_hand(tx, failed.id, (Hand::Site, Actor::Operator), now).await,
                false => refunds::try_again(tx, failed.id, Actor::Operator, now).await,
            }
        });
        done.unwrap();
        site.work().await;
        let (order, _, refunds) = latest(&site, &event).await;
        let state = if by_hand { OrderState::Cancelled } else { OrderState::Refunding };
        let again = if by_hand { RefundState::Confirmed } else { RefundState::Failed };
        assert_eq!((order.state, refunds[0].state), (state, again));
        site.verifies().await;
    }
}

/// An order whose refund failed, since half of its money went back at the provider before.
async fn with_a_failed_refund(site: &Site, event: &Event) -> (Order, Refund) {
    let (mut ada, order) = bought(site, event, "ada", "1").await;
    let (_, payments, _) = latest(site, event).await;
    let Some(Gateway::Local(local)) = &site.app.gateway else { panic!("no local provider") };
    local.refund(payments[0].reference.as_deref().unwrap(), 1_400, "by hand").await.unwrap();
    ada.visit(&format!("{}/cancellation", order.path())).await.press("Give back").await.is(200);
    site.work().await;
    let failed = latest(site, event).await.2.remove(0);
    assert_eq!(failed.state, RefundState::Failed);
    (order, failed)
}

async fn by_hand(site: &Site, refund: Id<Refund>, hand: Hand) {
    let now = site.now();
    let done: Result<(), Refusal> =
        decide!(site.app.db, tx, refunds::given_by_hand(tx, refund, (hand, Actor::Operator), now).await);
    done.unwrap();
}

async fn asked(site: &Site, payment: Id<Payment>) -> Payment {
    payments::settle(&site.app, payment).await.unwrap();
    payments::store::by_id(&site.app.db, payment).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_refund_that_failed_gives_no_more_than_is_left_by_then() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_28).make().await;
    let (order, failed) = with_a_failed_refund(&site, &event).await;
    let payment = asked(&site, failed.payment_id).await;
    assert_eq!(payment.refunded, 1_400, "what went back outside is known");
    by_hand(&site, failed.id, Hand::Site).await;
    let (_, payments, refunds) = latest(&site, &event).await;
    let of_this = refunds.iter().find(|refund| refund.id == failed.id).unwrap();
    assert_eq!((of_this.amount, of_this.state), (1_400, RefundState::Confirmed));
    assert_eq!((payments[0].received, payments[0].refunded), (CHF_28, CHF_28));
    assert_eq!(self::order(&site, order.id).await.state, OrderState::Cancelled, "its place is free");
    site.verifies().await;
}

#[tokio::test]
async fn what_a_provider_gives_back_beside_money_by_hand_is_seen_and_somebody_is_told() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_28).make().await;
    let (_, failed) = with_a_failed_refund(&site, &event).await;
    by_hand(&site, failed.id, Hand::Host).await;
    let payment = asked(&site, failed.payment_id).await;
    assert_eq!((payment.refunded, payment.problem.as_deref()), (CHF_28 + 1_400, Some("too_much")));
    site.member("host")
        .await
        .visit(&format!("{}/payments", event.path()))
        .await
        .sees("More has gone back than was paid");
    let owed = takings::store::owed(&site.app.db, Instant::default(), site.now() + clock::days(1)).await.unwrap();
    assert_eq!((owed[0].taken, owed[0].returned, owed[0].by_host), (CHF_28, 1_400, -CHF_28), "the host's own money");
    site.verifies().await;
}

#[tokio::test]
async fn giving_up_what_is_free_waits_for_the_money_of_the_rest() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(2).ticket_type("Seat", None, 10).type_price(CHF_28);
    let event = event.ticket_type("Floor", None, 10).type_price(0).make().await;
    let types = marquee::events::store::ticket_types(&site.app.db, event.id).await.unwrap();
    let mut ada = site.member("ada").await;
    ada.visit(&event.path()).await;
    for of in &types {
        ada.fill(&format!("places-{}", of.id), "1");
    }
    buy(&mut ada).await.press_starting("Pay CHF").await.press("Pay").await.is(200);
    let (order, ..) = latest(&site, &event).await;
    let tickets = orders::store::tickets(&site.app.db, order.id).await.unwrap();
    let paid = tickets.iter().find(|ticket| ticket.price > 0).unwrap().id;
    let now = site.now();
    let given: Result<Order, Refusal> = decide!(site.app.db, tx, {
        orders::cancel_ticket(tx, paid, By::Host(Actor::Operator), now).await?;
        orders::cancel(tx, order.id, By::Host(Actor::Operator), now).await
    });
    assert_eq!(given.unwrap().state, OrderState::Refunding);
    assert_eq!(taken(&site, &event).await, 1, "the paid place is free when its money is back");
    site.verifies().await;
    site.work().await;
    assert_eq!((taken(&site, &event).await, self::order(&site, order.id).await.state), (0, OrderState::Cancelled));
    site.verifies().await;
}

#[tokio::test]
async fn money_that_comes_when_the_event_is_over_goes_back() {
    let site = Site::start().await;
    // Three hours long.
    let event = site.event("Jazz").price(CHF_28).starts_in(clock::minutes(36) - clock::hours(3)).make().await;
    let mut ada = at_the_till(&site, &event, "ada", "1").await;
    ada.press("Pay when the places are gone").await;
    site.later(clock::minutes(35)).await;
    assert_eq!(latest(&site, &event).await.0.state, OrderState::Ended);
    site.later(clock::minutes(15)).await;
    let (order, _, refunds) = latest(&site, &event).await;
    assert_eq!(order.state, OrderState::Ended, "nobody buys their way into what is over");
    assert_eq!((refunds[0].state, refunds[0].why, refunds[0].amount), (RefundState::Confirmed, Why::Late, CHF_28));
    site.verifies().await;
}

#[tokio::test]
async fn half_of_a_dinar_goes_back_in_steps_that_can_be_paid() {
    let site = Site::start().await;
    let terms = |e: &mut Event| (e.terms.currency, e.terms.refund_percent) = ("KWD".to_owned(), 50);
    let event = site.event("Jazz").price(4_510).with(terms).make().await;
    let mut ada = site.member("ada").await;
    ada.visit(&event.path()).await.fill("people", "1");
    buy(&mut ada).await.press_starting("Pay KWD").await.press("Pay").await.is(200);
    let (order, ..) = latest(&site, &event).await;
    ada.visit(&format!("{}/cancellation", order.path())).await.sees("2.260");
    ada.press("Give back").await.is(200);
    site.work().await;
    let (_, payments, refunds) = latest(&site, &event).await;
    assert_eq!((refunds[0].amount, refunds[0].state, payments[0].refunded), (2_260, RefundState::Confirmed, 2_260));
    let now = site.now();
    let finer: Result<(), Refusal> = decide!(site.app.db, tx, {
        let by = (Actor::Operator, "a test");
        giving::give_back(tx, order.id, &giving::What::Amount(1_005), &None, by, now).await
    });
    assert!(matches!(finer, Err(Refusal::Amount(_))));
}

#[tokio::test]
async fn a_checkout_is_its_buyer_s_alone() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_28).make().await;
    at_the_till(&site, &event, "ada", "1").await;
    let (order, payments, _) = latest(&site, &event).await;
    let url = payments[0].url.clone().unwrap();
    let mut eve = site.member("eve").await;
    eve.visit(&url).await.is(404);
    eve.post(&url, &[("do", "pay")]).await.is(404);
    eve.post(&format!("{}/payment", order.path()), &[]).await.is(404);
    eve.visit(&format!("{}/payment", order.path())).await.is(404);
    assert_eq!(self::order(&site, order.id).await.state, OrderState::Held);
}

#[tokio::test]
async fn looking_at_a_page_never_pays() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_28).make().await;
    let mut ada = at_the_till(&site, &event, "ada", "1").await;
    let (order, payments, _) = latest(&site, &event).await;
    let url = payments[0].url.clone().unwrap();
    ada.visit(&format!("{url}?do=pay")).await.is(200);
    ada.visit(&format!("{}/payment", order.path())).await.is(200).sees("has no money from you yet");
    assert_eq!(self::order(&site, order.id).await.state, OrderState::Held);
}

/// A notice as its body and header stand, to one of the three addresses.
async fn post_notice(site: &Site, path: &str, body: &[u8], signature: Option<String>) -> StatusCode {
    let mut request = Request::post(path).header("content-type", "application/json");
    if let Some(signature) = signature {
        request = request.header("stripe-signature", signature);
    }
    let request = request.body(Body::from(body.to_vec())).unwrap();
    site.router.clone().oneshot(request).await.unwrap().status()
}

#[tokio::test]
async fn a_notice_is_believed_with_its_signature_only_and_moves_no_money_by_itself() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_28).make().await;
    at_the_till(&site, &event, "ada", "1").await;
    let (order, payments, _) = latest(&site, &event).await;
    let secret = site.app.gateway.as_ref().unwrap().notice_secret().unwrap().to_vec();
    let body = format!(
        r#"{{"id":"evt_1","type":"checkout.session.completed","data":{{"object":{{"id":"{}","payment_status":"paid"}}}}}}"#,
        payments[0].reference.as_deref().unwrap()
    );
    let body = body.as_bytes();
    let sign = |body: &[u8], at| Some(notices::sign(&secret, body, at));
    let now = site.now();
    for (signature, status) in [
        (None, 403),
        (Some("t=1,v1=00".to_owned()), 403),
        (Some(notices::sign(b"another", body, now)), 403),
        (sign(b"{}", now), 403),
        (sign(body, now - clock::minutes(6)), 403),
        (Some(notices::sign_at(&secret, body, i64::MIN)), 403),
        (Some(notices::sign_at(&secret, body, i64::MAX)), 403),
        (sign(body, now), 200),
        (sign(body, now), 200),
    ] {
        assert_eq!(post_notice(&site, "/webhooks/stripe", body, signature).await, status);
    }
    for path in ["/payments/webhook", "/payments/webhooks/stripe"] {
        assert_eq!(post_notice(&site, path, b"not json", sign(b"not json", now)).await, 400);
        let unknown = br#"{"id":"evt_2","type":"some.thing","data":{"object":{"id":"x"}}}"#;
        assert_eq!(post_notice(&site, path, unknown, sign(unknown, now)).await, 200);
    }
    let large = vec![b' '; 1024 * 1024];
    assert_eq!(post_notice(&site, "/webhooks/stripe", &large, sign(&large, now)).await, 413);
    site.work().await;
    // The provider, asked, knows of no money.
    assert_eq!(self::order(&site, order.id).await.state, OrderState::Held);
    assert_eq!(notices::newest(&site.app, 10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_provider_that_does_not_answer_keeps_nobody_s_places_for_ever() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(1).price(CHF_28).make().await;
    let mut ada = site.member("ada").await;
    weather(&site, |what| if what == "open" { Fault::After } else { Fault::None });
    ada.visit(&event.path()).await;
    buy(&mut ada).await.press_starting("Pay CHF").await;
    ada.is(422).sees("The payment service does not answer.");
    weather(&site, |_| Fault::Before);
    site.later(clock::minutes(35)).await;
    assert_eq!(taken(&site, &event).await, 1, "kept ten minutes longer");
    site.later(clock::minutes(11)).await;
    assert_eq!(taken(&site, &event).await, 0);
    weather(&site, |_| Fault::None);
    site.later(clock::minutes(10)).await;
    assert_eq!(latest(&site, &event).await.1[0].state, PaymentState::Ended);
    site.verifies().await;
}

#[tokio::test]
async fn on_a_production_site_the_stand_in_does_not_exist() {
    let site = Site::with(&PUBLIC).await;
    assert!(site.app.gateway.is_none());
    let mut browser = site.browser();
    browser.visit("/local/checkouts/cs_local_x").await.is(404);
    assert_eq!(post_notice(&site, "/webhooks/stripe", b"{}", None).await, 404);
}

#[tokio::test]
async fn forty_race_for_the_last_paid_places_while_holds_end() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(7).price(CHF_28).make().await;
    for n in 0..7 {
        let wish = wish(&site.app, &event, guest(n), 0, 1).await;
        take(&site.app, &orders::Wish { way: Way::Own, ..wish }).await.unwrap();
    }
    site.app.clock.advance(clock::minutes(30));
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..40 {
        let (app, event) = (site.app.clone(), event.clone());
        tasks.spawn(async move {
            if n % 4 == 0 {
                jobs::run_next(&app).await.unwrap();
            }
            let wish = wish(&app, &event, guest(100 + n), 0, 1).await;
            take(&app, &orders::Wish { way: Way::Own, ..wish }).await.is_ok()
        });
    }
    let served = tasks.join_all().await.into_iter().filter(|served| *served).count();
    assert!(taken(&site, &event).await <= 7);
    site.work().await;
    assert_eq!(taken(&site, &event).await, i64::try_from(served).unwrap());
    site.verifies().await;
}

#[tokio::test]
async fn a_donation_is_what_one_gives_from_the_least_on_and_never_less_than_a_payment_can_be() {
    let site = Site::start().await;
    let event = site.event("Jazz").donation(500).make().await;
    let types = marquee::events::store::ticket_types(&site.app.db, event.id).await.unwrap();
    let given = async |amount| {
        let wish = wish(&site.app, &event, guest(amount as usize), 0, 1).await;
        let wish = orders::Wish { way: Way::Own, amounts: vec![(types[0].id, amount)], ..wish };
        take(&site.app, &wish).await
    };
    assert!(matches!(given(499).await, Err(Refusal::AmountTooSmall { .. })));
    assert!(matches!(given(payments::MOST + 1).await, Err(Refusal::AmountTooLarge { .. })));
    assert_eq!(order(&site, given(1_234).await.unwrap().id()).await.total, 1_234);
    let small = site.event("Hum").price(20).make().await;
    let wish = wish(&site.app, &small, guest(1), 0, 1).await;
    let refused = take(&site.app, &orders::Wish { way: Way::Own, ..wish }).await;
    assert!(matches!(refused, Err(Refusal::TotalTooSmall { .. })), "{refused:?}");
}

#[tokio::test]
async fn amounts_have_the_decimals_of_their_currency() {
    for (currency, price, shown) in [("JPY", 3_000, "JPY 3,000"), ("KWD", 4_500, "KWD 4.500"), ("EUR", 950, "€9.50")]
    {
        let site = Site::start().await;
        let event = site.event("Jazz").price(price).with(|e| e.terms.currency = currency.to_owned()).make().await;
        let mut ada = site.member("ada").await;
        ada.visit(&event.path()).await;
        buy(&mut ada).await.is(200).sees(&format!("Pay {shown}"));
        ada.press_starting("Pay").await.press("Pay").await.is(200).sees("You’re going");
        let (_, payments, _) = latest(&site, &event).await;
        assert_eq!((payments[0].amount, payments[0].currency.as_str()), (price, currency));
    }
}

#[tokio::test]
async fn who_has_paid_places_takes_more_and_has_a_receipt_of_each_order() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(5).price(CHF_28).make().await;
    let (mut ada, first) = bought(&site, &event, "ada", "2").await;
    ada.follow("Receipt").await.is(200).sees("2 × ").sees("CHF 56.00").sees("ada@example.org").misses("Given back");
    ada.visit(&event.path()).await.sees("You have 2 places.").sees("Take more places");
    ada.fill("people", "1");
    buy(&mut ada).await.is(200).sees("Kept for you until");
    ada.visit(&event.path()).await.sees("Your places are kept").misses("Take more places");
    ada.follow("See your order").await.press_starting("Pay CHF 28").await.press("Pay").await.sees("You’re going");
    ada.visit(&event.path()).await.sees("You have 3 places.");
    ada.follow("See your tickets").await.at("/tickets");
    let (second, ..) = latest(&site, &event).await;
    assert_ne!(first.id, second.id);
    ada.visit(&format!("{}/cancellation", first.path())).await.sees("You get CHF 56.00 back.");
    ada.press("Give back").await.is(200).sees("CHF 56.00 is on its way back to you.");
    site.work().await;
    ada.visit(&first.path()).await.sees("CHF 56.00 was given back to you.");
    ada.follow("Receipt")
        .await
        .is(200)
        .sees("Credit note R-000003")
        .sees("−CHF 56.00")
        .sees("Paid in the end")
        .sees("CHF 0.00");
    let free = site.event("Open").capacity(2).make().await;
    ada.visit(&free.path()).await.press("Save my place").await.is(200).misses("Receipt");
    let (order, ..) = latest(&site, &free).await;
    ada.visit(&format!("{}/receipt", order.path())).await.is(404);
    let mut eve = site.member("eve").await;
    eve.visit(&format!("{}/receipt", second.path())).await.is(404);
}

#[tokio::test]
async fn an_order_that_is_paid_in_time_is_in_time_in_every_zone() {
    for zone in ["Pacific/Kiritimati", "Etc/GMT+12", "America/St_Johns"] {
        let site = Site::with(&[("MARQUEE_ZONE", zone)]).await;
        let there = |event: &mut Event| event.zone = zone.to_owned();
        let event = site.event("Jazz").price(CHF_28).with(there).make().await;
        let mut ada = at_the_till(&site, &event, "ada", "1").await;
        let (order, ..) = latest(&site, &event).await;
        assert!(order.held_until > Some(site.now() + clock::minutes(33)), "{zone}");
        site.later(clock::minutes(31)).await;
        ada.press("Pay").await.is(200).sees("You’re going");
        site.later(clock::minutes(31)).await;
        assert_eq!(latest(&site, &event).await.0.state, OrderState::Confirmed, "{zone}");
    }
}
