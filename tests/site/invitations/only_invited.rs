//! Events to which only those come who were asked: no list, feed, picture or answer tells anybody else of them.
use marquee::events::{Event, Visibility};
use marquee::orders::{self, Buyer, Refusal};

use super::{invites, link_of};
use crate::races;
use crate::site::Site;

async fn secret(site: &Site) -> Event {
    site.event("Hidden supper").with(|event| event.visibility = Visibility::Invited).make().await
}

#[tokio::test]
async fn nobody_else_learns_of_it_anywhere() {
    let site = Site::start().await;
    let event = secret(&site).await;
    site.event("Open supper").make().await;
    site.work().await;
    let (mut visitor, mut member) = (site.browser(), site.member("eve").await);
    for browser in [&mut visitor, &mut member] {
        for list in
            ["/", "/?q=supper", "/calendar", "/events.ics", "/events.atom", "/api/v1/events", "/api/v1/events?q=supper"]
        {
            browser.visit(list).await.is(200);
            assert!(!browser.html().to_lowercase().replace('-', " ").contains("hidden supper"), "{list}");
        }
        browser.visit("/sitemaps/1.xml").await;
        assert!(!browser.html().to_lowercase().replace('-', " ").contains("hidden supper"));
        for below in [
            "",
            "/embed",
            "/calendar.ics",
            "/poster.svg",
            "/poster.png",
            "/og.png",
            "/cover.jpg",
            "/report",
            "/orders",
            "/waiting-list",
        ] {
            browser.visit(&format!("{}{below}", event.path())).await.is(404);
        }
        browser.visit(&format!("/api/v1/events/{}", event.slug)).await.is(404);
        browser
            .post(&format!("{}/orders", event.path()), &[("people", "1"), ("name", "Eve"), ("email", "e@example.org")])
            .await
            .is(404);
        browser.post(&format!("{}/waiting-list", event.path()), &[("people", "1")]).await.is(404);
    }
}

#[tokio::test]
async fn a_page_kept_for_one_is_shown_to_nobody_else() {
    let site = Site::start().await;
    let event = secret(&site).await;
    site.account("ada").await;
    invites(&site, &event, "ada@example.org\nida@example.org").await;
    let mut ada = site.member("ada").await;
    ada.visit(&event.path()).await.is(200).sees("Hidden supper");
    ada.visit(&format!("{}/poster.svg", event.path())).await.is(200);
    assert!(ada.headers["cache-control"].to_str().unwrap().starts_with("private"));
    site.browser().visit(&event.path()).await.is(404).misses("Hidden");
    let mut ida = site.browser();
    ida.visit(&link_of(&site, "ida@example.org").await).await.fill("name", "Ida").press("I’m coming").await.is(200);
    ida.visit(&event.path()).await.is(200).sees("Hidden supper");
    site.browser().visit(&event.path()).await.is(404).misses("Hidden");
    site.member("host").await.visit(&event.path()).await.is(200);
}

#[tokio::test]
async fn only_an_address_that_was_asked_takes_places_and_not_after_it_was_taken_back() {
    let site = Site::start().await;
    let event = secret(&site).await;
    let ada = site.account("ada").await;
    let eve = site.account("eve").await;
    let mut host = invites(&site, &event, "ada@example.org").await;
    let wish = races::wish(&site.app, &event, Buyer::member(&eve), 0, 1).await;
    let wish = orders::Wish { way: orders::Way::Own, ..wish };
    assert!(matches!(races::take(&site.app, &wish).await, Err(Refusal::NotInvited)));
    let mut browser = site.member("ada").await;
    browser.visit(&event.path()).await.is(200);
    host.visit(&format!("{}/invitations", event.path())).await.press("Take back ada@example.org").await;
    browser.press("Save my place").await.is(404);
    let wish = orders::Wish { buyer: Buyer::member(&ada), ..wish };
    assert!(matches!(races::take(&site.app, &wish).await, Err(Refusal::NotInvited)));
    assert_eq!(site.reload(&event).await.taken, 0);
    site.verifies().await;
}

#[tokio::test]
async fn who_was_taken_back_gets_no_place_through_the_waiting_list() {
    let site = Site::start().await;
    let event =
        site.event("Hidden supper").capacity(1).with(|event| event.visibility = Visibility::Invited).make().await;
    let taken = site.places(&event, "Bob", 1).await;
    for name in ["ada", "eve"] {
        site.account(name).await;
    }
    let mut host = invites(&site, &event, "ada@example.org\neve@example.org").await;
    for name in ["ada", "eve"] {
        let mut browser = site.member(name).await;
        browser.visit(&event.path()).await.press("Join the waiting list").await.is(200);
    }
    host.visit(&format!("{}/invitations", event.path())).await.press("Take back ada@example.org").await;
    // As if one had slipped by: the place goes to nobody whose invitation does not stand.
    let eve = marquee::invitations::store::of_address(&site.app.db, event.id, "eve@example.org").await;
    let mut tx = site.app.db.write().await.unwrap();
    marquee::invitations::store::revoke(&mut tx, event.id, eve.unwrap().unwrap().id).await.unwrap();
    tx.commit().await.unwrap();
    host.visit(&format!("{}/guests", event.path())).await.is(200);
    host.post(&format!("{}/guests/{}/removal", event.path(), taken[0].id), &[]).await.is(303);
    site.work().await;
    assert_eq!(site.reload(&event).await.taken, 0);
}

#[tokio::test]
async fn a_guest_sees_it_by_what_stands_and_in_any_browser_that_has_the_order() {
    let site = Site::start().await;
    let event = secret(&site).await;
    let mut host = invites(&site, &event, "ida@example.org").await;
    let mut ida = site.browser();
    ida.visit(&link_of(&site, "ida@example.org").await).await.fill("name", "Ida").press("I’m coming").await.is(200);
    let order = ida.path.clone();
    // Elsewhere, by the secret address of the order alone.
    let mut telephone = site.browser();
    telephone.visit(&event.path()).await.is(404);
    telephone.visit(&order).await.is(200);
    telephone.visit(&event.path()).await.is(200).sees("Hidden supper");
    site.browser().visit(&event.path()).await.is(404).misses("Hidden");
    telephone.visit(&order).await;
    let id = order.trim_start_matches("/orders/").split('?').next().unwrap().to_owned();
    let query = order.split_once('?').unwrap().1.to_owned();
    telephone.post(&format!("/orders/{id}/cancellation?{query}"), &[]).await.is(303);
    telephone.visit(&event.path()).await.is(404);
    // The invitation still stands, until it is taken back: then its guest has no way in.
    ida.visit(&event.path()).await.is(200);
    host.visit(&format!("{}/invitations", event.path())).await.press("Take back ida@example.org").await;
    ida.visit(&event.path()).await.is(404).misses("Hidden");
    site.verifies().await;
}

#[tokio::test]
async fn neither_the_order_form_nor_the_waiting_list_tells_a_guest_who_was_asked() {
    let site = Site::start().await;
    let event = secret(&site).await;
    let full =
        site.event("Hidden dinner").capacity(1).with(|event| event.visibility = Visibility::Invited).make().await;
    site.places(&full, "Bob", 1).await;
    let list = "ida@example.org\nzoe@example.org";
    invites(&site, &event, list).await;
    invites(&site, &full, list).await;
    let mut ida = site.browser();
    for event in [&event, &full] {
        let mail = site.mails_to("ida@example.org").await;
        let letter = mail.iter().find(|mail| mail.subject.contains(&event.title)).expect("a letter");
        let path = crate::site::link(letter, "/invitations/");
        ida.visit(&path).await.is(200);
        ida.post(&path, &[("form", "x"), ("answer", "yes"), ("name", "Ida")]).await;
    }
    let mut answers = Vec::new();
    for email in ["zoe@example.org", "eve@example.org"] {
        let fields = [("people", "1"), ("name", "Somebody"), ("email", email)];
        for path in [format!("{}/orders", event.path()), format!("{}/waiting-list", full.path())] {
            ida.post(&path, &fields).await;
            answers.push((ida.status, ida.headers.get("location").cloned()));
        }
    }
    assert_eq!(answers[..2], answers[2..]);
    assert_eq!(answers[0].0, 303);
    assert!(site.mails_to("eve@example.org").await.is_empty());
    assert_eq!(site.mails_to("zoe@example.org").await.len(), 4, "two invitations, and two links to confirm");
    assert_eq!(site.reload(&event).await.taken, 2, "Ida’s place, and that which waits for Zoe’s link");
    // The limit is the same, too.
    for email in ["zoe@example.org", "eve@example.org"] {
        let mut last = 0;
        for _ in 0..4 {
            let fields = [("people", "1"), ("name", "Somebody"), ("email", email)];
            last = ida.post(&format!("{}/orders", event.path()), &fields).await.status;
        }
        assert_eq!(last, 422, "{email}");
    }
    site.verifies().await;
}

#[tokio::test]
async fn an_invited_guest_waits_for_a_place_where_all_are_taken() {
    let site = Site::start().await;
    let event =
        site.event("Hidden supper").capacity(1).with(|event| event.visibility = Visibility::Invited).make().await;
    let taken = site.places(&event, "Bob", 1).await;
    let mut host = invites(&site, &event, "ida@example.org").await;
    let mut ida = site.browser();
    ida.visit(&link_of(&site, "ida@example.org").await).await.fill("name", "Ida").press("I’m coming").await.is(422);
    ida.sees("All places are taken.");
    ida.follow("Join the waiting list").await.is(200);
    ida.fill("name", "Ida").fill("email", "ida@example.org").press("Join the waiting list").await.is(200);
    let confirm = crate::site::link(&site.mail_to("ida@example.org").await, "/waiting/");
    ida.visit(&confirm).await.press("Join the waiting list").await.is(200).sees("You are on the waiting list");
    host.post(&format!("{}/guests/{}/removal", event.path(), taken[0].id), &[]).await.is(303);
    site.work().await;
    assert_eq!(site.reload(&event).await.taken, 1);
    assert!(site.mail_to("ida@example.org").await.subject.contains("Hidden supper"));
    site.verifies().await;
}

#[tokio::test]
async fn a_guest_pays_with_the_address_that_was_asked_and_learns_nothing_of_others() {
    let site = Site::start().await;
    let event =
        site.event("Hidden supper").price(2_800).with(|event| event.visibility = Visibility::Invited).make().await;
    invites(&site, &event, "ida@example.org\nzoe@example.org").await;
    let mut ida = site.browser();
    ida.visit(&link_of(&site, "ida@example.org").await).await.press("Choose tickets").await.is(200);
    let mut answers = Vec::new();
    for email in ["zoe@example.org", "eve@example.org"] {
        let fields = [("people", "1"), ("name", "Somebody"), ("email", email)];
        ida.post(&format!("{}/orders", event.path()), &fields).await.is(422);
        answers.push(ida.error_at("email"));
    }
    assert_eq!(answers[0], "Your invitation was sent to i…@example.org. Use that address here.");
    assert_eq!(answers[0], answers[1], "asked or not");
    let fields = [("people", "1"), ("name", "Ida"), ("email", "ida@example.org")];
    ida.post(&format!("{}/orders", event.path()), &fields).await.is(303);
    assert_eq!(site.reload(&event).await.taken, 1);
    site.browser().post(&format!("{}/orders", event.path()), &fields).await.is(404);
    site.verifies().await;
}

#[tokio::test]
async fn the_link_of_who_waits_opens_in_any_browser_and_who_is_taken_back_gets_a_letter() {
    let site = Site::start().await;
    let event =
        site.event("Hidden supper").capacity(1).with(|event| event.visibility = Visibility::Invited).make().await;
    site.places(&event, "Bob", 1).await;
    let mut host = invites(&site, &event, "ida@example.org").await;
    let mut ida = site.browser();
    ida.visit(&link_of(&site, "ida@example.org").await).await;
    ida.visit(&format!("{}/waiting-list", event.path())).await.fill("name", "Ida").fill("email", "ida@example.org");
    ida.press("Join the waiting list").await.is(200);
    let confirm = crate::site::link(&site.mail_to("ida@example.org").await, "/waiting/");
    ida.visit(&confirm).await.press("Join the waiting list").await.is(200);
    let own = crate::site::link(&site.mail_to("ida@example.org").await, "/waiting-list?");
    let mut telephone = site.browser();
    telephone.visit(&own).await.is(200).sees("You are on the waiting list");
    telephone.visit(&event.path()).await.is(200);
    site.browser().visit(&own.replace("key=", "key=x")).await.is(404);
    host.visit(&format!("{}/invitations", event.path())).await.press("Take back ida@example.org").await.is(200);
    site.work().await;
    assert_eq!(site.mail_to("ida@example.org").await.subject, "You are off the waiting list: Hidden supper");
    telephone.visit(&event.path()).await.is(404);
    telephone.visit(&own).await.is(200).misses("Join the waiting list");
    site.verifies().await;
}
