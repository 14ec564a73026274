//! Openings of an event's page are counted without cookies, and not by a write each.
use marquee::clock;
use marquee::events::views;

use crate::site::Site;

impl Site {
    async fn views_written(&self) {
        views::flush(&self.app).await.expect("the views");
    }
}

#[tokio::test]
async fn what_people_open_is_counted_and_what_programs_and_hosts_open_is_not() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let mut visitor = site.browser();
    visitor.visit(&event.path()).await.is(200);
    visitor.visit(&event.path()).await.is(200);
    assert!(visitor.cookie("marquee").is_none(), "no cookie");
    site.browser().agent("Mozilla/5.0 (compatible; bingbot/2.0)").visit(&event.path()).await.is(200);
    let mut member = site.member("ada").await;
    member.visit(&event.path()).await.is(200);
    let mut host = site.member("host").await;
    host.visit(&event.path()).await.is(200);
    for path in ["/events/none", &format!("{}/calendar.ics", event.path()), &format!("{}/embed", event.path())] {
        visitor.visit(path).await;
    }
    visitor.request("HEAD", &event.path(), None, Vec::new()).await.is(200);
    site.views_written().await;
    assert_eq!(views::store::of_event(&site.app.db, event.id).await.unwrap(), 3);
}

#[tokio::test]
async fn nodes_and_days_add_up_and_nothing_is_written_twice() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let second = site.second().await;
    let mut other = crate::browser::Browser::new(marquee::routes::router(second.clone()));
    site.browser().visit(&event.path()).await.is(200);
    other.visit(&event.path()).await.is(200);
    site.views_written().await;
    site.views_written().await;
    views::flush(&second).await.unwrap();
    site.later(clock::days(1)).await;
    site.browser().visit(&event.path()).await.is(200);
    site.views_written().await;
    assert_eq!(views::store::of_event(&site.app.db, event.id).await.unwrap(), 3);
}

#[tokio::test]
async fn the_overview_leads_from_looking_to_being_there_and_counts_by_type() {
    let site = Site::start().await;
    let event = site.event("Quiz").ticket_type("Seat", None, 10).ticket_type("Table", Some(5), 10).make().await;
    for _ in 0..10 {
        site.browser().visit(&event.path()).await.is(200);
    }
    site.views_written().await;
    let tickets = site.places(&event, "Ada", 2).await;
    let mut door = site.member("host").await;
    let check_in = format!("{}/check-in", event.path());
    door.visit(&check_in).await.fill("code", &tickets[0].code).press("Check in").await.is(200);
    door.visit(&format!("{}/manage", event.path())).await.is(200);
    door.sees("From looking to being there");
    let steps = crate::bill::all(&door, ".funnel td.n");
    assert_eq!(steps, ["10", "–", "1", "10 in 100", "1", "100 in 100", "1", "100 in 100"]);
    let heads = crate::bill::all(&door, ".chart-box th[scope=col]");
    assert_eq!(heads[..5], ["Day", "Seat", "Table", "Sold", "In all"]);
    let cells = crate::bill::all(&door, ".chart-box tbody tr:first-child td");
    assert_eq!(cells[..4], ["2", "0", "2", "2"]);
    let guests = format!("{}/guests", event.path());
    door.visit(&guests).await.fill("people", "Bob, bob@example.org").press("Add people").await.is(200);
    door.visit(&format!("{}/manage", event.path())).await.sees("1 more order was made by hosts for others");
    assert_eq!(crate::bill::all(&door, ".funnel td.n"), steps, "what hosts add is counted apart");
}
