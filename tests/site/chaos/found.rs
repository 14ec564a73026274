//! What chaos found, each alone and by its name.
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use marquee::clock::{self, minutes};
use marquee::db::sql;
use marquee::decide;
use marquee::events::Event;
use marquee::ids::Id;
use marquee::jobs::{self, Lane};
use marquee::journal::Actor;
use marquee::orders::ending::{self, By};
use marquee::orders::{self, Order, OrderState, Refusal, Way, Wish};
use marquee::payments::checkout::Back;
use marquee::payments::local::{self, Book, Deed, Fault};
use marquee::payments::{self, Gateway, Hand, Payment, PaymentState, Refund, RefundState, Why, refunds};

use crate::races::{guest, take, taken, wish};
use crate::site::Site;

async fn held(site: &Site, event: &Event, n: usize) -> Id<Order> {
    let wish = Wish { way: Way::Own, ..wish(&site.app, event, guest(n), 0, 1).await };
    take(&site.app, &wish).await.unwrap().id()
}

/// Begins to pay, and answers the provider's checkout.
async fn begun(site: &Site, order: Id<Order>) -> Book {
    let (_, url) = payments::begin(&site.app, order, &Back::default(), Actor::Guest).await.unwrap();
    let id = url.rsplit('/').next().unwrap().to_owned();
    sql("SELECT * FROM local_checkouts WHERE id = $1").bind(id).one(&site.app.db).await.unwrap()
}

async fn pay(site: &Site, book: &Book, deed: Deed) {
    assert!(local::act(&site.app, book, deed).await.unwrap());
}

/// Money that was on its way when the checkout ended.
async fn pay_late(site: &Site, book: &Book) {
    let mut tx = site.app.db.write().await.unwrap();
    sql("UPDATE local_checkouts SET state = 'paid' WHERE id = $1").bind(&book.id).execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
}

async fn settled(site: &Site, book: &Book) -> Payment {
    payments::settle(&site.app, book.payment.parse().unwrap()).await.unwrap()
}

async fn order(site: &Site, id: Id<Order>) -> Order {
    orders::store::by_id(&site.app.db, id).await.unwrap().unwrap()
}

async fn refunds_of(site: &Site, id: Id<Order>) -> Vec<Refund> {
    payments::store::refunds_of_order(&site.app.db, id).await.unwrap()
}

async fn give_back(site: &Site, id: Id<Order>) {
    let now = site.now();
    let done: Result<_, Refusal> = decide!(site.app.db, tx, ending::cancel(tx, id, By::Buyer(Actor::Guest), now).await);
    done.unwrap();
}

fn weather(site: &Site, fault: impl FnMut(&'static str) -> Fault + Send + 'static) {
    let Some(Gateway::Local(local)) = &site.app.gateway else { panic!("no local provider") };
    local.set_weather(fault);
}

#[tokio::test]
async fn money_that_went_back_outside_before_ours_was_sent_is_back() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(2).price(2_800).make().await;
    let id = held(&site, &event, 1).await;
    let book = begun(&site, id).await;
    pay(&site, &book, Deed::Pay).await;
    site.work().await;
    give_back(&site, id).await;
    pay(&site, &book, Deed::RefundOutside).await;
    site.work().await;
    let refunds = refunds_of(&site, id).await;
    assert_eq!((refunds.len(), refunds[0].state), (1, RefundState::Confirmed), "{refunds:#?}");
    assert_eq!((order(&site, id).await.state, taken(&site, &event).await), (OrderState::Cancelled, 0));
    site.verifies().await;
}

#[tokio::test]
async fn who_paid_twice_and_gives_back_gets_back_what_bought_the_places() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(2).price(2_800).make().await;
    let id = held(&site, &event, 1).await;
    let first = begun(&site, id).await;
    // The checkout is over, the hold not yet: another one begins, and then both are paid.
    site.app.clock.advance(minutes(33));
    let second = begun(&site, id).await;
    assert_ne!(first.id, second.id);
    pay_late(&site, &first).await;
    settled(&site, &first).await;
    pay(&site, &second, Deed::Pay).await;
    site.work().await;
    assert_eq!(refunds_of(&site, id).await.iter().map(|refund| refund.why).collect::<Vec<_>>(), [Why::Twice]);
    give_back(&site, id).await;
    site.work().await;
    assert_eq!(settled(&site, &first).await.refunded, 2_800);
    assert_eq!(settled(&site, &second).await.refunded, 2_800);
    assert_eq!(order(&site, id).await.state, OrderState::Cancelled);
    site.verifies().await;
}

#[tokio::test]
async fn late_money_that_went_back_before_we_heard_of_it_leaves_the_counts_right() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(2).price(2_800).make().await;
    let id = held(&site, &event, 1).await;
    let book = begun(&site, id).await;
    site.later(minutes(35)).await;
    assert_eq!(order(&site, id).await.state, OrderState::Ended);
    pay_late(&site, &book).await;
    pay(&site, &book, Deed::RefundOutside).await;
    site.work().await;
    let order = order(&site, id).await;
    assert_eq!((order.state, order.places, taken(&site, &event).await), (OrderState::Cancelled, 0, 0));
    site.verifies().await;
}

#[tokio::test]
async fn late_money_of_which_no_notice_came_is_found_a_day_later() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(2).price(2_800).make().await;
    let id = held(&site, &event, 1).await;
    let book = begun(&site, id).await;
    site.later(minutes(35)).await;
    assert_eq!(settled(&site, &book).await.state, PaymentState::Ended);
    pay_late(&site, &book).await;
    site.later(clock::hours(23)).await;
    assert_eq!(order(&site, id).await.state, OrderState::Ended);
    site.later(clock::hours(2)).await;
    assert_eq!(order(&site, id).await.state, OrderState::Confirmed);
    site.verifies().await;
}

#[tokio::test]
async fn a_refund_that_is_under_way_is_not_given_by_hand_as_well() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(2).price(2_800).make().await;
    let id = held(&site, &event, 1).await;
    pay(&site, &begun(&site, id).await, Deed::Pay).await;
    site.work().await;
    give_back(&site, id).await;
    let (refund, now) = (refunds_of(&site, id).await[0].id, site.now());
    let done: Result<(), Refusal> =
        decide!(site.app.db, tx, refunds::given_by_hand(tx, refund, (Hand::Site, Actor::Operator), now).await);
    assert!(matches!(done, Err(Refusal::RefundUnderWay)), "{done:?}");
    site.work().await;
    assert_eq!(refunds_of(&site, id).await[0].state, RefundState::Confirmed);
    site.verifies().await;
}

#[tokio::test]
async fn one_checkout_that_cannot_be_closed_keeps_no_other_places() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(2).price(2_800).make().await;
    let (silent, other) = (held(&site, &event, 1).await, held(&site, &event, 2).await);
    begun(&site, silent).await;
    site.app.clock.advance(minutes(2));
    begun(&site, other).await;
    site.app.clock.advance(minutes(36));
    // The first one to be asked about gets no answer.
    let calls = Arc::new(AtomicUsize::new(0));
    weather(&site, move |_| if calls.fetch_add(1, Ordering::Relaxed) == 0 { Fault::Before } else { Fault::None });
    orders::sweep_holds(&site.app).await.unwrap();
    while jobs::run_in(&site.app, Lane::Asking).await.unwrap() {}
    assert_eq!(taken(&site, &event).await, 1);
    assert_eq!(order(&site, other).await.state, OrderState::Ended);
    site.later(minutes(1)).await;
    assert_eq!(taken(&site, &event).await, 0);
    site.verifies().await;
}

#[tokio::test]
async fn a_silent_provider_is_asked_by_one_job_about_each_hold_however_often_they_are_swept() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(2).price(2_800).make().await;
    let (paying, unpaid) = (held(&site, &event, 1).await, held(&site, &event, 2).await);
    begun(&site, paying).await;
    let mut tx = site.app.db.write().await.unwrap();
    sql("DELETE FROM jobs").execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    site.app.clock.advance(minutes(36));
    weather(&site, |_| Fault::Before);
    for _ in 0..3 {
        orders::sweep_holds(&site.app).await.unwrap();
        assert_eq!(order(&site, unpaid).await.state, OrderState::Ended, "nobody is asked about these");
    }
    let queued: i64 = sql("SELECT COUNT(*) FROM jobs WHERE kind = 'end_hold'").scalar(&site.app.db).await.unwrap();
    assert_eq!((queued, taken(&site, &event).await), (1, 1));
    weather(&site, |_| Fault::None);
    site.work().await;
    assert_eq!((order(&site, paying).await.state, taken(&site, &event).await), (OrderState::Ended, 0));
    site.verifies().await;
}

/// As the version before wrote them: in the lane of the provider, and without a word of what is being paid.
#[tokio::test]
async fn the_ends_of_holds_that_an_earlier_version_queued_come_on_time() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(2).price(2_800).make().await;
    let (paying, _unpaid) = (held(&site, &event, 1).await, held(&site, &event, 2).await);
    begun(&site, paying).await;
    let mut tx = site.app.db.write().await.unwrap();
    let earlier =
        "UPDATE jobs SET lane = 'asking', payload = REPLACE(payload, ',\"closing\":false', '') WHERE kind = 'end_hold'";
    assert_eq!(sql(earlier).execute(&mut tx).await.unwrap(), 3);
    tx.commit().await.unwrap();
    let new = "SELECT COUNT(*) FROM jobs WHERE payload LIKE '%closing%'";
    let new: i64 = sql(new).scalar(&site.app.db).await.unwrap();
    assert_eq!(new, 0);
    site.app.clock.advance(minutes(36));
    site.work().await;
    assert_eq!(taken(&site, &event).await, 0);
    site.verifies().await;
}
