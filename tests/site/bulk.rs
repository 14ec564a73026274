//! One act on many places: ticked or all that the table shows, done once, and taken up again where it stood.
use marquee::clock;
use marquee::db::sql;
use marquee::ids::Id;
use marquee::jobs;
use marquee::members::Member;
use marquee::orders::bulk::{self, Act, Outcome, Which, Wish};
use marquee::orders::guests::{Search, Shown};
use marquee::{decide, events};

use crate::site::Site;

async fn host_of(site: &Site) -> Id<Member> {
    marquee::members::store::by_email_key(&site.app.db, "host@example.org").await.unwrap().unwrap().id
}

async fn outcomes(site: &Site, act: Id<bulk::Bulk>) -> Vec<(Outcome, i64)> {
    bulk::store::outcomes(&site.app.db, act).await.unwrap()
}

#[tokio::test]
async fn the_table_is_filtered_and_sorted_and_goes_on_where_a_page_ended() {
    let site = Site::start().await;
    let event = site.event("Quiz").ticket_type("Seat", None, 10).ticket_type("Table", None, 10).make().await;
    for n in 0..60 {
        site.places(&event, &format!("Guest {n:02}"), 1).await;
    }
    let mut host = site.member("host").await;
    let guests = format!("{}/guests", event.path());
    host.visit(&guests).await.sees("1–50 of 60").sees("Guest 00").misses("Guest 50");
    host.follow("Next").await.sees("51–60 of 60").sees("Guest 50").sees("Guest 59").misses("Guest 49");
    host.visit(&format!("{guests}?sort=-name")).await.sees("Guest 59").misses("Guest 09");
    host.follow("Next").await.sees("Guest 09").sees("Guest 00").misses("Guest 10");
    host.visit(&format!("{guests}?sort=newest")).await.sees("Guest 59").misses("Guest 09");
    host.visit(&format!("{guests}?sort=in&after=nonsense&type=nonsense")).await.sees("1–50 of 60");
    let types = events::store::ticket_types(&site.app.db, event.id).await.unwrap();
    host.visit(&format!("{guests}?type={}", types[1].id)).await.sees("Nobody is found");
    host.visit(&format!("{guests}?type={}", types[0].id)).await.sees("1–50 of 60");
    host.visit(&format!("{guests}?state=unpaid")).await.sees("Nobody is found");
    assert_eq!(crate::bill::attributes(host.visit(&guests).await, "th[aria-sort]", "aria-sort"), ["ascending"]);
}

#[tokio::test]
async fn ticked_places_are_checked_in_once_and_each_has_its_outcome() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let ada = site.places(&event, "Ada", 2).await;
    let bob = site.places(&event, "Bob", 1).await;
    let mut host = site.member("host").await;
    let check_in = format!("{}/check-in", event.path());
    host.visit(&check_in).await.fill("code", &bob[0].code).press("Check in").await;
    let ids = [ada[0].id.to_string(), bob[0].id.to_string()];
    host.visit(&format!("{}/guests", event.path())).await.fill_all("ticket", &[&ids[0], &ids[1]]);
    host.press("Check in…").await.is(200).sees("Check in 2 places").sees("Ada").sees("Bob");
    let (_, action, fields) = host.form_with("Check them in");
    host.press("Check them in").await.is(200).sees("0 of 2 are done");
    assert!(host.html().contains("/static/again"), "the page asks again by itself");
    let act = host.path.clone();
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    host.post(&action, &fields).await.is(303);
    assert_eq!(host.headers["location"].to_str().unwrap(), act, "pressed twice it is one act");
    site.work().await;
    host.visit(&act).await.sees("Finished: 2 places.").sees("Nothing to do").sees("Done");
    assert!(!host.html().contains("/static/again"), "and no longer when it is done");
    host.visit(&format!("{}/guests?state=in", event.path())).await.sees("2 of 2").sees("Checking in");
    site.verifies().await;
}

#[tokio::test]
async fn a_restart_in_the_middle_goes_on_and_mails_each_order_once() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    for name in ["Ada", "Bob", "Cy"] {
        site.places(&event, name, 2).await;
    }
    let before = site.letters("tickets").await;
    let host = host_of(&site).await;
    let now = site.now();
    let which = Which::Found(Search::default());
    let seen = bulk::seen(&site.app, event.id, &which).await.unwrap();
    let wish = Wish { event: event.id, act: Act::Mail, which: &which, seen: &seen, form: "a-form", by: host };
    let act = decide!(site.app.db, tx, bulk::begin(tx, &wish, now).await).unwrap();
    // A worker that died behind the third place: what it did stands, and nothing else.
    for position in 1..=3 {
        decide!(site.app.db, tx, bulk::store::settle(tx, act, position, Outcome::Done).await).unwrap();
    }
    assert!(jobs::run_next(&site.app).await.unwrap());
    site.work().await;
    assert_eq!(outcomes(&site, act).await, [(Outcome::Already, 2), (Outcome::Done, 4)]);
    // The second order's first place was said to be done before, so only the third order is written to.
    assert_eq!(site.letters("tickets").await, before + 1);
    bulk::run(&site.app, act).await.unwrap();
    assert_eq!(site.letters("tickets").await, before + 1, "run again it does nothing");
}

#[tokio::test]
async fn a_ticket_that_was_given_away_is_mailed_to_who_has_it_now() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let ada = site.places(&event, "Ada", 2).await;
    let mut host = site.member("host").await;
    host.visit(&format!("{}/guests/{}/gift", event.path(), ada[0].id)).await;
    host.fill("name", "Zoe").fill("email", "zoe@example.org").press("Give the ticket").await.is(200);
    site.work().await;
    let before = site.mails_to("zoe@example.org").await.len();
    let guests = format!("{}/guests", event.path());
    host.visit(&format!("{guests}?q=zoe")).await.press_starting("Mail again").await.is(200);
    site.work().await;
    assert_eq!(site.mails_to("zoe@example.org").await.len(), before + 1);
    let buyers = site.letters("tickets").await;
    host.visit(&guests).await.fill("which", "all").press("Mail tickets…").await.press("Mail the tickets").await;
    site.work().await;
    assert_eq!(site.mails_to("zoe@example.org").await.len(), before + 2);
    assert_eq!(site.letters("tickets").await, buyers + 1, "and the other one to who ordered");
}

#[tokio::test]
async fn tickets_that_are_mailed_to_many_keep_nobody_waiting_for_theirs() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    for n in 0..3 {
        site.places(&event, &format!("Guest {n}"), 1).await;
    }
    site.work().await;
    let (host, now) = (host_of(&site).await, site.now());
    let which = Which::Found(Search::default());
    let seen = bulk::seen(&site.app, event.id, &which).await.unwrap();
    let wish = Wish { event: event.id, act: Act::Mail, which: &which, seen: &seen, form: "a-form", by: host };
    let act = decide!(site.app.db, tx, bulk::begin(tx, &wish, now).await).unwrap();
    bulk::run(&site.app, act).await.unwrap();
    let lanes = "SELECT lane, COUNT(*) FROM jobs WHERE kind = 'send_mail' GROUP BY lane";
    let lanes: Vec<(String, i64)> = sql(lanes).all(&site.app.db).await.unwrap();
    assert_eq!(lanes, [("many".to_owned(), 3)], "behind letters that somebody asked for");
}

#[tokio::test]
async fn two_workers_on_one_act_do_each_place_once() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    for n in 0..12 {
        site.places(&event, &format!("Guest {n}"), 1).await;
    }
    let (host, now) = (host_of(&site).await, site.now());
    let before = site.letters("tickets").await;
    let which = Which::Found(Search { shown: Shown::Out, ..Search::default() });
    let seen = bulk::seen(&site.app, event.id, &which).await.unwrap();
    let wish = Wish { event: event.id, act: Act::Mail, which: &which, seen: &seen, form: "a-form", by: host };
    let act = decide!(site.app.db, tx, bulk::begin(tx, &wish, now).await).unwrap();
    let second = site.second().await;
    let (one, other) = tokio::join!(bulk::run(&site.app, act), bulk::run(&second, act));
    one.unwrap();
    other.unwrap();
    assert_eq!(outcomes(&site, act).await, [(Outcome::Done, 12)]);
    assert_eq!(site.letters("tickets").await, before + 12);
}

#[tokio::test]
async fn removing_all_that_is_found_frees_the_places_and_gives_the_money_back() {
    let site = Site::start().await;
    let event = site.event("Gala").price(2_800).make().await;
    crate::payments::bought(&site, &event, "ada", "2").await;
    let mut host = site.member("host").await;
    host.visit(&format!("{}/guests", event.path())).await.fill("which", "all").press("Remove…").await;
    host.sees("Remove 2 places").sees("CHF 56.00 goes back to those who paid.");
    host.press("Remove them").await.is(200);
    let act = host.path.clone();
    site.work().await;
    host.visit(&act).await.sees("Finished: 2 places.");
    assert_eq!(site.reload(&event).await.taken, 0);
    let mails = site.mails_to("ada@example.org").await;
    assert!(
        mails.iter().any(|mail| mail.text.contains("CHF\u{a0}28.00") || mail.text.contains("CHF 28")),
        "{mails:#?}"
    );
    site.verifies().await;
}

#[tokio::test]
async fn unpaid_places_are_removed_with_all_of_their_order_or_stay() {
    let site = Site::start().await;
    let event = site.event("Gala").price(2_800).make().await;
    crate::payments::at_the_till(&site, &event, "ada", "3").await;
    let guests = marquee::orders::guests::list(&site.app.db, event.id, &Search::default(), None, 10).await.unwrap();
    let ids: Vec<String> = guests.iter().map(|row| row.guest.ticket_id.to_string()).collect();
    let mut host = site.member("host").await;
    host.visit(&format!("{}/guests", event.path())).await.fill_all("ticket", &[&ids[0]]).press("Remove…").await;
    host.sees("Remove 1 place").sees("with all places of their order");
    host.press("Remove them").await.is(200);
    let act = host.path.clone();
    site.work().await;
    host.visit(&act).await.sees("Finished: 1 place.").sees("Not paid");
    assert_eq!(site.reload(&event).await.taken, 3, "nobody chose the other two");
    let all: Vec<&str> = ids.iter().map(String::as_str).collect();
    host.visit(&format!("{}/guests", event.path())).await.fill_all("ticket", &all).press("Remove…").await;
    host.press("Remove them").await;
    let act = host.path.clone();
    site.work().await;
    host.visit(&act).await.sees("Finished: 3 places.").misses("Not paid");
    assert_eq!(site.reload(&event).await.taken, 0);
    site.verifies().await;
}

#[tokio::test]
async fn a_list_that_changed_since_is_shown_again_and_nobody_is_no_list() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    site.places(&event, "Ada", 1).await;
    let mut host = site.member("host").await;
    let guests = format!("{}/guests", event.path());
    host.visit(&guests).await.press("Remove…").await.is(422).sees("Tick at least one place");
    host.visit(&guests).await.fill("which", "all").press("Remove…").await.sees("Remove 1 place");
    site.places(&event, "Bob", 1).await;
    host.press("Remove them").await.is(422).sees("they are 2 places now");
    assert_eq!(site.reload(&event).await.taken, 2);
    host.visit(&guests).await.fill("which", "all").press("Remove…").await.sees("Remove 2 places");
    let held = marquee::orders::guests::list(&site.app.db, event.id, &Search::default(), None, 10).await.unwrap();
    site.places(&event, "Cy", 1).await;
    let (ada, now) = (held[0].guest.ticket_id, site.now());
    let gone = marquee::orders::guests::remove;
    decide!(site.app.db, tx, gone(tx, event.id, ada, marquee::journal::Actor::Operator, now).await).unwrap();
    host.press("Remove them").await.is(422).sees("they are 2 places now");
    assert_eq!(site.reload(&event).await.taken, 2, "as many as before, and others");
    let other = site.event("Another").host("eve").make().await;
    let theirs = site.places(&other, "Zoe", 1).await;
    let path = format!("{}/guests/acts?act=check_in&which=these&ticket={}", event.path(), theirs[0].id);
    host.visit(&path).await.is(422);
    site.later(clock::hours(1)).await;
    host.visit(&format!("{guests}.csv?which=these&ticket={}", theirs[0].id)).await.misses("Zoe");
}
