//! Receipts: numbered without gaps whoever pays at the same time, with credit notes for what goes back.
use marquee::api::Scope;
use marquee::db::sql;
use marquee::decide;
use marquee::events::{Event, TicketType};
use marquee::ids::Id;
use marquee::journal::Actor;
use marquee::orders::ending::By;
use marquee::orders::{self, Order, Refusal, Way, Wish};
use marquee::payments::desk::giving::{self, What};
use marquee::payments::receipts::{Receipt, store};
use marquee::payments::{Hand, Refund, refunds, settle};

use crate::payments::{bought, latest};
use crate::races::{guest, take, wish};
use crate::site::Site;
use crate::taxes;

async fn all(site: &Site) -> Vec<Receipt> {
    store::every(&mut site.app.db.read().await.unwrap()).await.unwrap()
}

async fn seller(site: &Site) {
    let mut admin = site.admin("Root").await;
    admin.visit("/admin/settings").await.fill("seller_name", "Rheinknie Association");
    admin.fill("seller_address", "Rheingasse 1\n4058 Basel").fill("seller_tax", "CHE-123.456.789");
    admin.fill("reason", "Receipts name us").press("Save").await.is(200).sees("Saved.");
}

#[tokio::test]
async fn a_receipt_says_who_sold_what_with_which_tax_under_which_terms() {
    let site = Site::start().await;
    seller(&site).await;
    let mut admin = site.member("Root").await;
    admin
        .visit("/admin/settings/legal/terms")
        .await
        .fill("text", "Be kind.")
        .fill("reason", "First")
        .press("Save")
        .await;
    let event = site.event("Jazz").price(1_000).make().await;
    let of = marquee::events::store::ticket_types(&site.app.db, event.id).await.unwrap()[0].id;
    taxes::rate(&site, &event, ("VAT", 8_100, true), &[of]).await;
    let (mut ada, order) = bought(&site, &event, "ada", "2").await;
    assert_eq!(order.terms.len(), 12, "{}", order.terms);
    ada.follow("Receipt").await.is(200).sees("Receipt R-000001").sees("Rheinknie Association").sees("4058 Basel");
    ada.sees("Tax number CHE-123.456.789").sees("VAT 8.1 %CHF 18.50CHF 1.50").sees(&order.terms);
    ada.follow("PDF").await.is(200);
    assert!(ada.html().starts_with("%PDF-"));
    ada.visit(&order.path()).await.follow("give it back").await.press("Give back").await.is(200);
    site.work().await;
    ada.visit("/receipts").await.sees("R-000001").sees("R-000002 Credit note").sees("−CHF 10.00");
    ada.follow("R-000002").await;
    ada.sees("Credit note R-000002").sees("VAT 8.1 % in it−CHF 0.75").sees("Paid in the endCHF 10.00");
    let program = site.program_of(&site.account_named("ada").await, &[Scope::Read]).await;
    let mine = program.get("/api/v1/me/receipts").await.is(200);
    assert_eq!(
        (&mine.data()["items"][0]["number"], &mine.data()["items"][0]["kind"]),
        (&"R-000002".into(), &"credit_note".into())
    );
    admin.visit("/admin/receipts.csv").await.is(200).sees("R-000001,receipt").sees("-10.00,-0.75,-9.25,CHF");
    for days in ["from=2026-12-31&to=2026-01-01", "to=9999-12-31"] {
        admin.visit(&format!("/admin/receipts.csv?{days}")).await.is(200).sees("R-000001,receipt");
    }
    let mut eve = site.member("eve").await;
    eve.visit("/receipts").await.is(200).misses("R-00000");
    eve.visit(&format!("{}/receipt.pdf", order.path())).await.is(404);
    eve.visit("/admin/receipts.csv").await.is(404);
    site.verifies().await;
}

#[tokio::test]
async fn those_who_run_an_event_or_the_site_have_the_receipts_of_its_orders() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(1_000).make().await;
    let others = site.event("Elsewhere").host("eve").make().await;
    let (mut ada, order) = bought(&site, &event, "ada", "2").await;
    let at = format!("{}{}", event.path(), order.path());
    let mut host = site.member("host").await;
    host.visit(&at).await.follow("Receipt R-000001").await.is(200);
    assert!(host.html().starts_with("%PDF-"));
    ada.visit(&order.path()).await.follow("give it back").await.press("Give back").await.is(200);
    site.work().await;
    host.visit(&at).await.sees("Credit note R-000002");
    let mut eve = site.member("eve").await;
    eve.visit(&format!("{at}/receipt.pdf")).await.is(404);
    eve.visit(&format!("{}{}/receipt.pdf", others.path(), order.path())).await.is(404);
    let mut admin = site.admin("Root").await;
    admin.visit(&format!("/admin{}", order.path())).await.follow("Receipt R-000001").await.is(200);
    // No money, no receipt.
    let wish = wish(&site.app, &others, guest(1), 0, 1).await;
    let id = take(&site.app, &wish).await.unwrap().id();
    let free = orders::store::by_id(&site.app.db, id).await.unwrap().unwrap();
    eve.visit(&format!("{}{}", others.path(), free.path())).await.is(200).sees("No money moved.").misses("Receipt");
    eve.visit(&format!("{}{}/receipt.pdf", others.path(), free.path())).await.is(404);
}

#[tokio::test]
async fn what_was_sold_keeps_the_seller_and_terms_of_its_day() {
    let site = Site::start().await;
    seller(&site).await;
    let event = site.event("Jazz").price(1_000).make().await;
    let (mut ada, order) = bought(&site, &event, "ada", "1").await;
    let mut admin = site.member("Root").await;
    admin.visit("/admin/settings").await.fill("seller_name", "Others").fill("reason", "Sold").press("Save").await;
    admin.visit("/admin/settings/legal/terms").await.fill("text", "New.").fill("reason", "First").press("Save").await;
    let (_, later) = bought(&site, &event, "bob", "1").await;
    ada.visit(&format!("{}/receipt", order.path())).await.sees("Rheinknie Association").misses("Terms accepted");
    assert_eq!(
        all(&site).await.iter().map(|r| r.seller_name.as_str()).collect::<Vec<_>>(),
        ["Rheinknie Association", "Others"]
    );
    assert!(order.terms.is_empty() && !later.terms.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_who_pay_at_the_same_time_get_forty_numbers_in_a_row() {
    let site = Site::start().await;
    let apps = [site.app.clone(), site.second().await];
    let (first, second) = (site.event("Jazz").price(1_000).make().await, site.event("Quiz").price(1_000).make().await);
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..40 {
        let event = if n % 2 == 0 { &first } else { &second };
        let wish = wish(&site.app, event, guest(n), 0, 1).await;
        let id = take(&site.app, &Wish { way: Way::Own, ..wish }).await.unwrap().id();
        let (app, now) = (apps[n / 2 % 2].clone(), site.now());
        tasks.spawn(async move {
            // One of five does not get through.
            let done: Result<(), Refusal> = decide!(app.db, tx, {
                let paid = settle::received_by_host(tx, id, 1_000, Actor::Operator, now).await;
                if n % 5 == 0 { paid.and(Err(Refusal::NoAnswer)) } else { paid }
            });
            done.is_ok()
        });
    }
    let paid = tasks.join_all().await.into_iter().filter(|paid| *paid).count();
    let numbers: Vec<i64> = all(&site).await.iter().map(|receipt| receipt.number).collect();
    assert_eq!((paid, numbers), (32, (1..=32).collect()));
    site.verifies().await;
}

#[tokio::test]
async fn what_is_settled_twice_has_one_receipt_and_what_bought_nothing_has_none() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(1).price(1_000).make().await;
    let mut late = crate::payments::at_the_till(&site, &event, "ada", "1").await;
    late.press("Pay when the places are gone").await;
    site.later(marquee::clock::minutes(36)).await;
    let (_, order) = bought(&site, &event, "bob", "1").await;
    site.later(marquee::clock::minutes(20)).await;
    let (_, payments, _) = latest(&site, &event).await;
    for _ in 0..2 {
        settle(&site.app, payments[0].id).await.unwrap();
    }
    let numbers: Vec<_> = all(&site).await.iter().map(|receipt| (receipt.number, receipt.order_id)).collect();
    assert_eq!(
        numbers,
        [(1, Some(order.id))],
        "money that came too late and went back has neither receipt nor credit note"
    );
    let now = site.now();
    for what in [What::Amount(300), What::Order] {
        let by = (Actor::Operator, "a test");
        let done: Result<(), Refusal> =
            decide!(site.app.db, tx, giving::give_back(tx, order.id, &what, &None, by, now).await);
        done.unwrap();
        site.work().await;
    }
    let notes: Vec<_> = all(&site).await.iter().map(|receipt| (receipt.number, receipt.amount)).collect();
    assert_eq!(notes, [(1, 1_000), (2, 300), (3, 700)]);
    site.verifies().await;
    let mut tx = site.app.db.write().await.unwrap();
    sql("UPDATE receipts SET amount = 1 WHERE number = 2").execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let told = orders::verify::run(&site.app.db).await.unwrap();
    assert!(told.iter().any(|difference| difference.contains("receipt 2")), "{told:#?}");
}

/// An event with ticket types of CHF 100, of which so much is tax (thousandths of a percent); half of it goes back by
/// the rule.
async fn taxed(site: &Site, rates: &[(&str, i64)]) -> (Event, Vec<Id<TicketType>>) {
    let event = site.event("Jazz").with(|e| e.terms.refund_percent = 50);
    let event = rates.iter().fold(event, |event, (name, _)| event.ticket_type(name, None, 10).type_price(10_000));
    let event = event.make().await;
    let types = marquee::events::store::ticket_types(&site.app.db, event.id).await.unwrap();
    let types: Vec<_> = types.into_iter().map(|of| of.id).collect();
    for ((name, thousandths), of) in rates.iter().zip(&types) {
        taxes::rate(site, &event, (*name, *thousandths, true), &[*of]).await;
    }
    (event, types)
}

/// An order of CHF 200 that its host was paid at the door.
async fn paid_at_the_door(site: &Site, event: &Event, places: Vec<(Id<TicketType>, i64)>) -> Id<Order> {
    let wish = wish(&site.app, event, guest(1), 0, 1).await;
    let id = take(&site.app, &Wish { way: Way::Own, places, ..wish }).await.unwrap().id();
    let now = site.now();
    let paid: Result<(), Refusal> =
        decide!(site.app.db, tx, settle::received_by_host(tx, id, 20_000, Actor::Operator, now).await);
    paid.unwrap();
    id
}

/// The host says of each that the money is given back by hand.
async fn by_hand(site: &Site, asked: &[Refund]) {
    let now = site.now();
    for refund in asked {
        let by = (Hand::Host, Actor::Operator);
        let done: Result<(), Refusal> = decide!(site.app.db, tx, refunds::given_by_hand(tx, refund.id, by, now).await);
        done.unwrap();
    }
}

/// (amount, tax) of each credit note, in the order of their numbers.
async fn notes(site: &Site) -> Vec<(i64, i64)> {
    all(site).await.iter().filter(|receipt| receipt.is_credit_note()).map(|note| (note.amount, note.tax)).collect()
}

#[tokio::test]
async fn what_goes_back_after_all_tickets_did_for_half_has_its_part_of_the_tax_that_is_left() {
    let site = Site::start().await;
    let (event, _) = taxed(&site, &[("VAT", 8_100)]).await;
    let (mut ada, order) = bought(&site, &event, "ada", "1").await;
    ada.visit(&format!("{}/cancellation", order.path())).await.press("Give back").await.is(200);
    site.work().await;
    assert_eq!((all(&site).await[0].tax, notes(&site).await), (749, vec![(5_000, 375)]));
    taxes::gives_back(&site, order.id, &What::Amount(2_500)).await;
    assert_eq!(notes(&site).await, [(5_000, 375), (2_500, 187)]);
    taxes::gives_back(&site, order.id, &What::Order).await;
    assert_eq!(notes(&site).await, [(5_000, 375), (2_500, 187), (2_500, 187)]);
    site.verifies().await;
}

#[tokio::test]
async fn refunds_that_wait_together_share_the_tax_whichever_is_given_back_first() {
    for (rest_first, said) in [(false, [(3_000, 225), (17_000, 1_273)]), (true, [(17_000, 1_273), (3_000, 225)])] {
        let site = Site::start().await;
        let (event, types) = taxed(&site, &[("VAT", 8_100)]).await;
        let order = paid_at_the_door(&site, &event, vec![(types[0], 2)]).await;
        taxes::gives_back(&site, order, &What::Amount(3_000)).await;
        let mut host = site.member("host").await;
        host.visit(&format!("{}/cancellation", event.path())).await.fill("reason", "The roof leaks.");
        host.press("Cancel the event").await.is(200);
        site.work().await;
        let (_, _, mut asked) = latest(&site, &event).await;
        asked.sort_by_key(|refund| refund.amount);
        if rest_first {
            asked.reverse();
        }
        assert!(notes(&site).await.is_empty(), "what a host has in hand waits for their word");
        by_hand(&site, &asked).await;
        assert_eq!((all(&site).await[0].tax, notes(&site).await), (1_498, said.to_vec()), "{rest_first}");
        site.verifies().await;
    }
}

#[tokio::test]
async fn of_several_rates_each_gives_its_part_of_what_is_left_of_it() {
    let site = Site::start().await;
    let (event, types) = taxed(&site, &[("Seat", 8_100), ("Meal", 2_600)]).await;
    let id = paid_at_the_door(&site, &event, vec![(types[0], 1), (types[1], 1)]).await;
    let now = site.now();
    let given: Result<Order, Refusal> =
        decide!(site.app.db, tx, orders::cancel(tx, id, By::Buyer(Actor::Guest), now).await);
    given.unwrap();
    by_hand(&site, &latest(&site, &event).await.2).await;
    for what in [What::Amount(2_500), What::Order] {
        taxes::gives_back(&site, id, &what).await;
        by_hand(&site, &latest(&site, &event).await.2).await;
    }
    let mut of_each = Vec::new();
    for receipt in all(&site).await {
        let taxes = store::taxes_of(&site.app.db, receipt.number).await.unwrap();
        let mut taxes: Vec<i64> = taxes.into_iter().map(|(_, tax)| tax).collect();
        taxes.sort_unstable();
        of_each.push((receipt.amount, taxes));
    }
    let said = [(20_000, [253, 749]), (10_000, [127, 375]), (2_500, [32, 94]), (7_500, [94, 280])];
    assert_eq!(of_each, said.map(|(amount, taxes)| (amount, taxes.to_vec())));
    site.verifies().await;
}
