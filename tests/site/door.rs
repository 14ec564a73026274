//! The door: one ticket lets one person in once.
use marquee::db::sql;
use marquee::events::{self, Event, Role};
use marquee::orders::check_in::{self, Said};
use marquee::orders::guests::Search;
use marquee::{decide, orders};

use crate::browser::Browser;
use crate::site::Site;

impl Site {
    /// Somebody at the door, with the page open.
    pub async fn door(&self, event: &Event) -> Browser {
        self.gives_role(event, self.account("door").await.id, Role::Door).await;
        let mut door = self.member("door").await;
        door.visit(&format!("{}/check-in", event.path())).await.is(200);
        door
    }
}

#[tokio::test]
async fn the_first_scan_is_green_and_the_second_says_when_the_first_was() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let ticket = site.places(&event, "Ada", 1).await.remove(0);
    let mut door = site.door(&event).await;
    door.sees("0 of 1");
    door.fill("code", &ticket.code).press("Check in").await.sees("Ada").sees("Let them through.").sees("1 of 1");
    door.fill("code", &ticket.url(&site.app)).press("Check in").await.sees("Already in since");
    let sloppy = ticket.code.replace('-', " ").to_lowercase();
    door.fill("code", &format!("{sloppy}\n")).press("Check in").await.sees("Already in since");
    site.verifies().await;
}

#[tokio::test]
async fn what_is_no_valid_ticket_of_this_event_is_red() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let other = site.event("Other").make().await;
    let elsewhere = site.places(&other, "Bob", 1).await.remove(0);
    let given_back = site.places(&event, "Ada", 1).await.remove(0);
    let mut tx = site.app.db.write().await.unwrap();
    orders::guests::remove(&mut tx, event.id, given_back.id, marquee::journal::Actor::Site, site.now()).await.unwrap();
    tx.commit().await.unwrap();
    let mut door = site.door(&event).await;
    door.fill("code", &elsewhere.code).press("Check in").await.sees("No ticket of this event").misses("Bob");
    door.fill("code", "7Q4M-K2XD-91VN").press("Check in").await.sees("No ticket of this event");
    door.fill("code", &given_back.code).press("Check in").await.sees("this place was given back");
    for hostile in ["", "\u{0}\u{7}", "<b>x</b>", "%%", "🎉🎉", &"x".repeat(5000)] {
        door.post(&format!("{}/check-in", event.path()), &[("code", hostile)]).await.is(200).sees("Nobody is found");
    }
    door.post(&format!("{}/check-in", event.path()), &[("ticket", "no-id"), ("undo", "no-id")]).await.is(200);
    site.verifies().await;
}

#[tokio::test]
async fn people_are_found_by_name_and_let_in_by_a_button() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    site.places(&event, "Ada Lovelace", 1).await;
    site.places(&event, "Ada Byron", 1).await;
    let mut door = site.door(&event).await;
    door.fill("code", "ada").press("Check in").await.sees("2 places are found");
    door.press("Let in Ada Byron").await.sees("Ada Byron").sees("Let them through.");
    door.fill("code", "byron").press("Check in").await.sees("In, ");
    site.verifies().await;
}

#[tokio::test]
async fn the_door_says_when_more_are_found_than_it_shows() {
    let site = Site::start().await;
    let event = site.event("Quiz").capacity(100).make().await;
    for n in 1..=20 {
        site.places(&event, &format!("Ada {n}"), 1).await;
    }
    let mut door = site.door(&event).await;
    door.fill("code", "ada").press("Check in").await.sees("20 places are found");
    site.places(&event, "Ada 21", 1).await;
    door.fill("code", "ada").press("Check in").await;
    door.sees("These are the first 20. Type more of the name, or the code.").misses("places are found");
    assert_eq!(crate::bill::all(&door, ".lines li").len(), 20);
    door.fill("code", "ada 21").press("Check in").await.sees("1 place is found");
}

#[tokio::test]
async fn a_party_comes_in_with_one_more_press_as_far_as_staff_say() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let party = site.places(&event, "Ada", 4).await;
    let mut door = site.door(&event).await;
    door.fill("code", &party[0].code).press("Check in").await.sees("With them, 3 more");
    let two = [party[1].id.to_string(), party[2].id.to_string()];
    door.fill_all("ticket", &[&two[0], &two[1]])
        .press("Let those in too")
        .await
        .sees("2 more people are in")
        .sees("3 of 4");
    door.fill("code", &party[0].code).press("Check in").await.sees("Already in").sees("With them, 1 more");
    site.verifies().await;
}

#[tokio::test]
async fn a_check_in_can_be_undone() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let ticket = site.places(&event, "Ada", 1).await.remove(0);
    let mut door = site.door(&event).await;
    door.fill("code", &ticket.code)
        .press("Check in")
        .await
        .press("Undo, Ada")
        .await
        .sees("Not in any more")
        .sees("0 of 1");
    let undo = ticket.id.to_string();
    door.post(&format!("{}/check-in", event.path()), &[("undo", &undo)]).await.sees("nothing to undo");
    door.visit(&format!("{}/check-in", event.path())).await;
    door.fill("code", &ticket.code).press("Check in").await.sees("Let them through.");
    site.verifies().await;
}

#[tokio::test]
async fn a_code_typed_on_the_overview_is_checked_in_and_the_last_ones_stand_there() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let (ada, bob) = (site.places(&event, "Ada", 1).await.remove(0), site.places(&event, "Bob", 1).await.remove(0));
    let mut host = site.member("host").await;
    let manage = format!("{}/manage", event.path());
    host.visit(&manage).await.sees("Nobody is in yet.");
    host.fill("code", &ada.code).press("Check in").await.at(&format!("{}/check-in", event.path()));
    host.sees("Ada").sees("Let them through.");
    site.app.clock.advance(marquee::clock::minutes(2));
    host.visit(&manage).await.fill("code", &bob.code).press("Check in").await.sees("Let them through.");
    host.visit(&manage).await.sees("Before that: Ada").misses("Nobody is in yet.");
    assert_eq!(host.all("#check-in .notice b"), ["Bob, Place"], "the last one");
    let draft = site.event("Draft").with(|event| event.status = events::Status::Draft).make().await;
    host.visit(&format!("{}/manage", draft.path())).await.is(200);
    assert!(!host.has_button("Check in"), "nobody has a place at a draft");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_forty_doors_that_scan_one_ticket_one_is_green() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let ticket = site.places(&event, "Ada", 1).await.remove(0);
    let mut doors = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let (app, event, ticket) = (site.app.clone(), event.id, ticket.id);
        doors.spawn(async move {
            let (actor, now) = (marquee::journal::Actor::Site, app.clock.now());
            decide!(app.db, tx, check_in::check_in(tx, event, ticket, actor, now).await).expect("an answer")
        });
    }
    let said = doors.join_all().await;
    assert_eq!(said.iter().filter(|said| matches!(said, Said::In(_))).count(), 1);
    assert_eq!(
        said.iter().filter(|said| matches!(said, Said::Already(guest) if guest.checked_in_at.is_some())).count(),
        39
    );
    site.verifies().await;
}

#[tokio::test]
async fn what_a_door_counts_is_what_the_tickets_say() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let ada = site.places(&event, "Ada", 3).await;
    site.places(&event, "Bob", 2).await;
    let mut door = site.door(&event).await;
    let address = format!("{}/check-in", event.path());
    for ticket in &ada[..2] {
        door.post(&address, &[("code", ticket.code.as_str())]).await.is(200);
    }
    let mut tx = site.app.db.write().await.unwrap();
    orders::guests::remove(&mut tx, event.id, ada[2].id, marquee::journal::Actor::Site, site.now()).await.unwrap();
    // Its money is on its way back: it lets nobody in, and its place is not free yet.
    sql("UPDATE tickets SET state = 'refunding' WHERE id = $1").bind(ada[0].id).execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(orders::guests::store::figures(&site.app.db, event.id).await.unwrap(), (3, 0, 1));
    let all = Search::default();
    let counted = orders::guests::count(&site.app.db, event.id, &all).await.unwrap().0;
    assert_eq!((orders::guests::total(&site.app.db, event.id, &all).await.unwrap(), counted), (4, 4));
}
