//! The waiting list: joining it, the order in which places are passed on, offers, and races for what is freed.
mod offered;
mod pages;

use marquee::app::App;
use marquee::clock;
use marquee::decide;
use marquee::events::{self, Event, TicketType};
use marquee::ids::Id;
use marquee::journal::Actor;
use marquee::members;
use marquee::orders::ending::{self, By};
use marquee::orders::waiting::{self, Joined, Joining, Party, PartyState};
use marquee::orders::{self, Buyer, Hold, Order, Refusal, Way};

use crate::payments::{LATE, NO_WITHDRAWAL};
use crate::races::{guest, take, taken, wish};
use crate::site::Site;

const CHF_28: i64 = 2_800;

async fn types(site: &Site, event: &Event) -> Vec<TicketType> {
    events::store::ticket_types(&site.app.db, event.id).await.unwrap()
}

/// All places of the event's first type go to guests, one each.
pub async fn fill(site: &Site, event: &Event, places: usize) -> Vec<Id<Order>> {
    let mut orders = Vec::new();
    for n in 0..places {
        orders.push(take(&site.app, &wish(&site.app, event, guest(n), 0, 1).await).await.unwrap().id());
    }
    orders
}

pub async fn joining(site: &Site, event: &Event, name: &str, of: usize, places: i64) -> Joining {
    let email = format!("{name}@example.org");
    let member = match members::store::by_email_key(&site.app.db, &email).await.unwrap() {
        Some(member) => member,
        None => site.account(name).await,
    };
    Joining {
        event: event.id,
        buyer: Buyer::member(&member),
        actor: Actor::Member(member.id),
        ticket_type: types(site, event).await[of].id,
        places,
        companions: Vec::new(),
    }
}

pub async fn join(app: &App, wish: &Joining) -> Result<Joined, Refusal> {
    let now = app.clock.now();
    decide!(app.db, tx, waiting::join(tx, wish, now).await)
}

/// A member joins for so many places of the first type.
pub async fn joins(site: &Site, event: &Event, name: &str, places: i64) -> Id<Party> {
    match join(&site.app, &joining(site, event, name, 0, places).await).await.unwrap() {
        Joined::New(id) => id,
        other => panic!("{name}: {other:?}"),
    }
}

async fn party(site: &Site, id: Id<Party>) -> Party {
    waiting::store::by_id(&site.app.db, id).await.unwrap().unwrap()
}

async fn state(site: &Site, id: Id<Party>) -> PartyState {
    party(site, id).await.state
}

pub async fn order_of(site: &Site, id: Id<Party>) -> Order {
    let order = party(site, id).await.order_id.expect("an order");
    orders::store::by_id(&site.app.db, order).await.unwrap().unwrap()
}

pub async fn give_back(app: &App, order: Id<Order>) -> Result<Order, Refusal> {
    let now = app.clock.now();
    decide!(app.db, tx, ending::cancel(tx, order, By::Host(Actor::Site), now).await)
}

async fn outsider(site: &Site, event: &Event, n: usize, places: i64) -> Result<orders::Taken, Refusal> {
    let mut wish = wish(&site.app, event, guest(n), 0, places).await;
    wish.way = Way::Own;
    take(&site.app, &wish).await
}

#[tokio::test]
async fn free_places_go_to_the_list_in_order_and_to_nobody_outside_it() {
    let site = Site::start().await;
    let event = site.event("Full house").capacity(2).make().await;
    let orders = fill(&site, &event, 2).await;
    let ada = joins(&site, &event, "ada", 1).await;
    let bob = joins(&site, &event, "bob", 1).await;
    assert!(matches!(outsider(&site, &event, 90, 1).await, Err(Refusal::Full { left: 0 })));
    give_back(&site.app, orders[0]).await.unwrap();
    // It is free, and yet nobody's but the queue's.
    assert_eq!(taken(&site, &event).await, 1);
    assert!(matches!(outsider(&site, &event, 91, 1).await, Err(Refusal::Full { left: 0 })));
    site.work().await;
    assert_eq!((state(&site, ada).await, state(&site, bob).await), (PartyState::Served, PartyState::Waiting));
    assert!(order_of(&site, ada).await.is_confirmed());
    assert_eq!(site.mail_to("ada@example.org").await.subject, "Your ticket for Full house");
    give_back(&site.app, orders[1]).await.unwrap();
    site.work().await;
    assert_eq!((state(&site, bob).await, taken(&site, &event).await), (PartyState::Served, 2));
    // With nobody on the list, who comes first takes what is given back.
    let order = order_of(&site, bob).await.id;
    give_back(&site.app, order).await.unwrap();
    outsider(&site, &event, 92, 1).await.unwrap();
    site.verifies().await;
}

#[tokio::test]
async fn a_first_party_that_needs_more_than_is_free_keeps_it_for_an_hour_then_smaller_ones_pass() {
    let site = Site::start().await;
    let event = site.event("Small hall").capacity(5).make().await;
    let orders = fill(&site, &event, 5).await;
    let pair = joins(&site, &event, "pair", 2).await;
    let single = joins(&site, &event, "single", 1).await;
    give_back(&site.app, orders[0]).await.unwrap();
    site.work().await;
    site.later(clock::minutes(59)).await;
    assert_eq!((state(&site, single).await, taken(&site, &event).await), (PartyState::Waiting, 4));
    site.later(clock::minutes(1)).await;
    assert_eq!((state(&site, pair).await, state(&site, single).await), (PartyState::Waiting, PartyState::Served));
    // What is freed next is kept for an hour again, and is enough as soon as there are two.
    let second = joins(&site, &event, "second", 1).await;
    give_back(&site.app, orders[1]).await.unwrap();
    site.work().await;
    site.later(clock::minutes(59)).await;
    assert_eq!(state(&site, second).await, PartyState::Waiting);
    give_back(&site.app, orders[2]).await.unwrap();
    site.work().await;
    assert_eq!((state(&site, pair).await, state(&site, second).await), (PartyState::Served, PartyState::Waiting));
    site.verifies().await;
}

#[tokio::test]
async fn the_hour_runs_from_when_places_became_free_and_begins_anew_when_a_host_gave_them_away() {
    let site = Site::start().await;
    let event = site.event("Small hall").capacity(5).make().await;
    let orders = fill(&site, &event, 5).await;
    joins(&site, &event, "three", 3).await;
    let single = joins(&site, &event, "single", 1).await;
    give_back(&site.app, orders[0]).await.unwrap();
    site.work().await;
    site.later(clock::minutes(50)).await;
    take(&site.app, &wish(&site.app, &event, guest(70), 0, 1).await).await.expect("a host may");
    site.later(clock::minutes(30)).await;
    give_back(&site.app, orders[1]).await.unwrap();
    site.work().await;
    assert_eq!(state(&site, single).await, PartyState::Waiting, "a new hour");
    site.later(clock::minutes(30)).await;
    give_back(&site.app, orders[2]).await.unwrap();
    site.work().await;
    assert_eq!(state(&site, single).await, PartyState::Waiting);
    site.later(clock::minutes(30)).await;
    assert_eq!(state(&site, single).await, PartyState::Served, "the second place does not prolong it");
    // One place is still free: who joins now and fits has it at once, who would like it without joining has not.
    assert!(matches!(outsider(&site, &event, 90, 1).await, Err(Refusal::Full { left: 0 })));
    let late = joins(&site, &event, "late", 1).await;
    site.work().await;
    assert_eq!((state(&site, late).await, taken(&site, &event).await), (PartyState::Served, 5));
    site.verifies().await;
}

#[tokio::test]
async fn who_leaves_or_is_removed_makes_way_and_leaving_twice_is_as_good_as_once() {
    let site = Site::start().await;
    let event = site.event("Small hall").capacity(3).make().await;
    let orders = fill(&site, &event, 3).await;
    let (pair, trio) = (joins(&site, &event, "pair", 2).await, joins(&site, &event, "trio", 3).await);
    let single = joins(&site, &event, "single", 1).await;
    give_back(&site.app, orders[0]).await.unwrap();
    site.work().await;
    let (app, now) = (&site.app, site.now());
    for _ in 0..2 {
        decide!(app.db, tx, waiting::leave(tx, pair, Actor::Guest, now).await).unwrap();
    }
    site.work().await;
    assert_eq!(state(&site, single).await, PartyState::Waiting);
    decide!(app.db, tx, waiting::remove(tx, event.id, trio, Actor::Site, now).await).unwrap();
    site.work().await;
    assert_eq!((state(&site, pair).await, state(&site, trio).await), (PartyState::Left, PartyState::Removed));
    assert_eq!(state(&site, single).await, PartyState::Served);
    let elsewhere = site.event("Elsewhere").make().await;
    let wrong = decide!(app.db, tx, waiting::remove(tx, elsewhere.id, trio, Actor::Site, now).await);
    assert!(matches!(wrong, Err(Refusal::NotWaiting)));
    site.verifies().await;
}

#[tokio::test]
async fn a_person_stands_on_a_list_once_and_only_for_what_is_full() {
    let site = Site::start().await;
    let event = site.event("Full house").capacity(2).make().await;
    let wish = joining(&site, &event, "ada", 0, 1).await;
    assert!(matches!(join(&site.app, &wish).await, Err(Refusal::NotFull)));
    fill(&site, &event, 2).await;
    let id = joins(&site, &event, "ada", 1).await;
    assert_eq!(join(&site.app, &Joining { places: 2, ..wish.clone() }).await.unwrap(), Joined::Already(id));
    let many = Joining { places: 5, ..joining(&site, &event, "bob", 0, 1).await };
    assert!(matches!(join(&site.app, &many).await, Err(Refusal::TooManyPlusOnes { most: 3 })));
    let none = Joining { places: 0, ..many };
    assert!(matches!(join(&site.app, &none).await, Err(Refusal::NoPlaces)));
    site.app.clock.advance(clock::days(8));
    let late = joining(&site, &event, "cy", 0, 1).await;
    assert!(matches!(join(&site.app, &late).await, Err(Refusal::Past)));
    site.verifies().await;
}

#[tokio::test]
async fn types_that_share_the_capacity_of_their_event_share_its_queue() {
    let site = Site::start().await;
    let builder = site.event("Shared").event_capacity(4).ticket_type("Floor", None, 10);
    let event = builder.ticket_type("Balcony", None, 10).make().await;
    let orders = fill(&site, &event, 4).await;
    let floor = joins(&site, &event, "floor", 2).await;
    let wish = joining(&site, &event, "balcony", 1, 1).await;
    let Joined::New(balcony) = join(&site.app, &wish).await.unwrap() else { panic!("not new") };
    give_back(&site.app, orders[0]).await.unwrap();
    site.work().await;
    assert_eq!(state(&site, balcony).await, PartyState::Waiting, "the first needs what is free");
    give_back(&site.app, orders[1]).await.unwrap();
    site.work().await;
    assert_eq!((state(&site, floor).await, state(&site, balcony).await), (PartyState::Served, PartyState::Waiting));
    give_back(&site.app, orders[2]).await.unwrap();
    site.work().await;
    assert_eq!(state(&site, balcony).await, PartyState::Served);
    site.verifies().await;
}

#[tokio::test]
async fn a_full_type_with_a_queue_leaves_the_others_on_sale() {
    let site = Site::start().await;
    let builder = site.event("Two types").event_capacity(10).ticket_type("Floor", Some(1), 10);
    let event = builder.ticket_type("Balcony", None, 10).make().await;
    let orders = fill(&site, &event, 1).await;
    let ada = joins(&site, &event, "ada", 1).await;
    let mut balcony = wish(&site.app, &event, guest(50), 1, 4).await;
    balcony.way = Way::Own;
    take(&site.app, &balcony).await.expect("the balcony is on sale");
    give_back(&site.app, orders[0]).await.unwrap();
    // Five are left of the event, one of them is ada's.
    balcony.buyer = guest(51);
    take(&site.app, &balcony).await.expect("four of the others");
    balcony.buyer = guest(52);
    balcony.places[0].1 = 2;
    assert!(matches!(take(&site.app, &balcony).await, Err(Refusal::Full { .. })));
    site.work().await;
    assert_eq!(state(&site, ada).await, PartyState::Served);
    site.verifies().await;
}

#[tokio::test]
async fn paid_places_are_offered_for_a_day_and_then_to_the_next() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(1).price(CHF_28).make().await;
    let orders = fill(&site, &event, 1).await;
    let ada = joins(&site, &event, "ada", 1).await;
    let bob = joins(&site, &event, "bob", 1).await;
    give_back(&site.app, orders[0]).await.unwrap();
    site.work().await;
    let offer = order_of(&site, ada).await;
    assert_eq!((state(&site, ada).await, offer.hold, offer.total), (PartyState::Offered, Some(Hold::Offer), CHF_28));
    assert_eq!(offer.held_until, Some(offer.placed_at + clock::hours(24)));
    let mail = site.mail_to("ada@example.org").await;
    assert_eq!(mail.subject, "It is your turn: Jazz");
    assert!(mail.text.contains("CHF\u{a0}28.00") && mail.text.contains(&offer.path()), "{}", mail.text);
    site.later(clock::hours(23)).await;
    assert_eq!((state(&site, ada).await, taken(&site, &event).await), (PartyState::Offered, 1));
    site.later(clock::hours(1)).await;
    assert_eq!((state(&site, ada).await, state(&site, bob).await), (PartyState::Passed, PartyState::Offered));
    assert_eq!(site.mail_to("ada@example.org").await.subject, "Your offer has ended: Jazz");
    assert_eq!(taken(&site, &event).await, 1);
    // Ada may stand at the end of the list again.
    joins(&site, &event, "ada", 1).await;
    site.verifies().await;
}

#[tokio::test]
async fn an_offer_ends_with_the_sales_if_that_is_sooner() {
    let site = Site::start().await;
    let closes = site.now() + clock::hours(5);
    let builder = site.event("Jazz").capacity(1).price(CHF_28);
    let event = builder.with(|event| event.closes_at = Some(closes)).make().await;
    let orders = fill(&site, &event, 1).await;
    let ada = joins(&site, &event, "ada", 1).await;
    let bob = joins(&site, &event, "bob", 1).await;
    give_back(&site.app, orders[0]).await.unwrap();
    site.work().await;
    assert_eq!(order_of(&site, ada).await.held_until, Some(closes));
    site.later(clock::hours(5)).await;
    assert_eq!((state(&site, ada).await, state(&site, bob).await), (PartyState::Passed, PartyState::Waiting));
    site.later(clock::days(8)).await;
    assert_eq!(state(&site, bob).await, PartyState::Closed);
    site.verifies().await;
}

#[tokio::test]
async fn an_offer_that_is_paid_is_a_place_and_one_that_is_declined_is_the_next_ones() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(1).price(CHF_28).make().await;
    let orders = fill(&site, &event, 1).await;
    let ada = joins(&site, &event, "ada", 1).await;
    let bob = joins(&site, &event, "bob", 1).await;
    give_back(&site.app, orders[0]).await.unwrap();
    site.work().await;
    let (app, now) = (&site.app, site.now());
    decide!(app.db, tx, waiting::leave(tx, ada, Actor::Guest, now).await).unwrap();
    site.work().await;
    assert_eq!((state(&site, ada).await, state(&site, bob).await), (PartyState::Left, PartyState::Offered));
    let mut browser = site.member("bob").await;
    browser.visit(&order_of(&site, bob).await.path()).await.sees("This offer stands until");
    browser.sees(LATE).sees(NO_WITHDRAWAL);
    browser.press_starting("Pay CHF").await.is(200);
    browser.press("Pay").await.is(200).sees("You’re going");
    assert_eq!(state(&site, bob).await, PartyState::Served);
    site.later(clock::hours(25)).await;
    assert_eq!((state(&site, bob).await, taken(&site, &event).await), (PartyState::Served, 1));
    site.verifies().await;
}

#[tokio::test]
async fn money_that_comes_too_late_does_not_overtake_those_who_wait() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(2).price(CHF_28).make().await;
    fill(&site, &event, 1).await;
    let mut late = site.member("late").await;
    late.visit(&event.path()).await.fill("people", "1");
    let button = if late.has_button("Get tickets") { "Get tickets" } else { "Save my place" };
    late.press(button).await;
    late.press_starting("Pay CHF").await.is(200);
    joins(&site, &event, "pair", 2).await;
    late.press("Pay when the places are gone").await;
    site.later(clock::hours(2)).await;
    // One place is free, and kept for those who wait.
    assert_eq!(taken(&site, &event).await, 1);
    assert_eq!(site.letters("refunded").await, 1);
    site.verifies().await;
}

#[tokio::test]
async fn more_capacity_is_for_those_who_wait() {
    let site = Site::start().await;
    let event = site.event("Bigger").capacity(2).make().await;
    fill(&site, &event, 2).await;
    let (ada, bob) = (joins(&site, &event, "ada", 2).await, joins(&site, &event, "bob", 1).await);
    let mut host = site.member("host").await;
    host.visit(&format!("{}/edit", event.path())).await.fill("type-0-capacity", "4").press("Save").await.is(200);
    site.work().await;
    assert_eq!((state(&site, ada).await, state(&site, bob).await), (PartyState::Served, PartyState::Waiting));
    site.verifies().await;
}

#[tokio::test]
async fn a_party_for_which_there_is_no_room_any_more_keeps_nothing_from_anybody() {
    let site = Site::start().await;
    let event = site.event("Smaller").capacity(4).make().await;
    let orders = fill(&site, &event, 4).await;
    let (trio, ada) = (joins(&site, &event, "trio", 3).await, joins(&site, &event, "ada", 1).await);
    for order in &orders[..2] {
        give_back(&site.app, *order).await.unwrap();
    }
    let mut host = site.member("host").await;
    host.visit(&format!("{}/edit", event.path())).await.fill("type-0-capacity", "2").press("Save").await.is(200);
    give_back(&site.app, orders[2]).await.unwrap();
    site.work().await;
    assert_eq!((state(&site, trio).await, state(&site, ada).await), (PartyState::Waiting, PartyState::Served));
    // Nor from those who do not wait, and no hour has begun when it fits again.
    give_back(&site.app, orders[3]).await.unwrap();
    site.work().await;
    let order = outsider(&site, &event, 90, 1).await.expect("nobody who waits can have it").id();
    give_back(&site.app, order).await.unwrap();
    site.later(clock::minutes(59)).await;
    host.visit(&format!("{}/edit", event.path())).await.fill("type-0-capacity", "3").press("Save").await.is(200);
    site.work().await;
    let bob = joins(&site, &event, "bob", 1).await;
    site.later(clock::minutes(59)).await;
    assert_eq!((state(&site, trio).await, state(&site, bob).await), (PartyState::Waiting, PartyState::Waiting));
    site.later(clock::minutes(1)).await;
    assert_eq!(state(&site, bob).await, PartyState::Served);
    site.verifies().await;
}

#[tokio::test]
async fn the_list_of_a_cancelled_event_is_closed_and_those_who_wait_are_told() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(1).price(CHF_28).make().await;
    let orders = fill(&site, &event, 1).await;
    let (ada, bob) = (joins(&site, &event, "ada", 1).await, joins(&site, &event, "bob", 1).await);
    give_back(&site.app, orders[0]).await.unwrap();
    site.work().await;
    let (app, now) = (&site.app, site.now());
    decide!(app.db, tx, events::hosting::cancel(tx, event.id, "Flood.", Actor::Site, now).await).unwrap();
    site.work().await;
    assert_eq!(state(&site, bob).await, PartyState::Closed);
    assert!(matches!(state(&site, ada).await, PartyState::Left | PartyState::Closed));
    assert!(site.mail_to("bob@example.org").await.text.contains("Flood."));
    assert_eq!(taken(&site, &event).await, 0);
    site.verifies().await;
}

/// Everybody at once, on two servers: those who have places give them back, outsiders try to take them, more join,
/// and both servers pass on.
#[tokio::test(flavor = "multi_thread")]
async fn of_forty_who_race_for_freed_places_only_the_queue_gets_any_and_nobody_too_many() {
    let site = Site::start().await;
    let apps = [site.app.clone(), site.second().await];
    let event = site.event("Race").capacity(10).make().await;
    let orders = fill(&site, &event, 10).await;
    let mut parties = Vec::new();
    for n in 0..10 {
        parties.push(joins(&site, &event, &format!("first{n}"), 1).await);
    }
    let mut more = Vec::new();
    for n in 0..10 {
        more.push(joining(&site, &event, &format!("then{n}"), 0, 1 + i64::from(n % 2)).await);
    }
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..40 {
        let (app, event) = (apps[n % 2].clone(), event.clone());
        let (order, join_wish) = (orders[n / 4], more[n / 4].clone());
        tasks.spawn(async move {
            match n % 4 {
                0 => drop(give_back(&app, order).await.expect("given back")),
                1 => {
                    let mut wish = wish(&app, &event, guest(100 + n), 0, 1).await;
                    wish.way = Way::Own;
                    let outcome = take(&app, &wish).await;
                    assert!(matches!(outcome, Err(Refusal::Full { .. })), "{outcome:?}");
                }
                2 => drop(join(&app, &join_wish).await.expect("joined")),
                _ => waiting::pass_on(&app, event.id).await.expect("passed on"),
            }
        });
    }
    tasks.join_all().await;
    site.work().await;
    // Whatever was freed when, those who stood in front have their places before those behind them.
    let mut places = 0;
    let mut gap = false;
    for id in parties {
        let served = state(&site, id).await == PartyState::Served;
        assert!(!(served && gap), "overtaken");
        gap |= !served;
        places += i64::from(served);
    }
    assert_eq!((places, taken(&site, &event).await), (10, 10));
    site.verifies().await;
}

/// Offers are taken up, declined and run out while forty outsiders try.
#[tokio::test(flavor = "multi_thread")]
async fn two_servers_offer_each_freed_place_once() {
    let site = Site::start().await;
    let apps = [site.app.clone(), site.second().await];
    let event = site.event("Offers").capacity(8).price(CHF_28).make().await;
    let orders = fill(&site, &event, 8).await;
    for n in 0..12 {
        joins(&site, &event, &format!("first{n}"), 1).await;
    }
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..40 {
        let (app, event, order) = (apps[n % 2].clone(), event.clone(), orders[n % 8]);
        tasks.spawn(async move {
            match n % 5 {
                0 => drop(give_back(&app, order).await.expect("given back")),
                1 => {
                    let mut wish = wish(&app, &event, guest(100 + n), 0, 1).await;
                    wish.way = Way::Own;
                    assert!(matches!(take(&app, &wish).await, Err(Refusal::Full { .. })));
                }
                _ => while marquee::jobs::run_next(&app).await.expect("a job") {},
            }
        });
    }
    tasks.join_all().await;
    site.work().await;
    let offers = orders::store::live_at(&site.app.db, event.id).await.unwrap();
    assert_eq!(offers.iter().filter(|order| order.is_held()).count(), 8);
    assert_eq!(taken(&site, &event).await, 8);
    site.later(clock::hours(24)).await;
    let offers = orders::store::live_at(&site.app.db, event.id).await.unwrap();
    assert_eq!((offers.len(), taken(&site, &event).await), (4, 4), "the last four have their turn");
    site.verifies().await;
}
