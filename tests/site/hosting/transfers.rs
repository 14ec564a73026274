//! Leaving an event to somebody else, and leaving its team.
use marquee::clock::days;
use marquee::decide;
use marquee::events::team;
use marquee::journal::Actor;

use crate::site::{PASSWORD, Site, link};

#[tokio::test]
async fn an_event_is_somebody_elses_once_they_accept_and_not_before() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let (mut owner, mut bob) = (site.member("host").await, site.member("bob").await);
    let (team, cancel) = (format!("{}/team", event.path()), format!("{}/cancellation", event.path()));
    owner.visit(&team).await.follow("Leave the event to somebody else").await.is(200);
    owner.fill("email", "BOB@example.org").press("Ask them").await.sees("Until then it is yours.");
    let letter = site.mail_to("bob@example.org").await;
    assert_eq!(letter.subject, "Will you take over Quiz?");
    let path = link(&letter, "/team/invitation");
    owner.visit(&cancel).await.is(200);
    bob.visit(&cancel).await.is(404);
    site.member("eve").await.post(&path, &[]).await.is(404);
    bob.visit(&path).await.sees("You would own the event").sees("host would run it with you.");
    bob.press("Take it over").await.sees("This event is yours now.");
    bob.visit(&cancel).await.is(200);
    owner.visit(&cancel).await.is(403);
    owner.visit(&format!("{team}/transfer")).await.is(403);
    let told = site.mail_to("host@example.org").await;
    assert!(told.subject == "Taken over: Quiz" && told.text.contains("bob"), "{told:?}");
    bob.post(&path, &[]).await.is(303);
    site.verifies().await;
}

#[tokio::test]
async fn what_was_taken_back_declined_or_is_too_old_changes_nothing() {
    let site = Site::start().await;
    let event = site.event("Quiz").starts_in(days(60)).make().await;
    let (mut owner, mut bob) = (site.member("host").await, site.member("bob").await);
    let (page, path) = (format!("{}/team/transfer", event.path()), format!("{}/team/invitation", event.path()));
    // Nobody is on the team yet: the field has its list all the same.
    assert_eq!(crate::bill::attributes(owner.visit(&page).await, "datalist", "id"), ["team"]);
    owner.fill("email", "bob@example.org").press("Ask them").await.is(200);
    owner.visit(&page).await.sees("bob@example.org is asked");
    owner.press("Take back bob@example.org").await;
    bob.post(&path, &[]).await.is(404);
    owner.visit(&page).await.fill("email", "bob@example.org").press("Ask them").await.is(200);
    bob.visit(&path).await.press("No, thank you").await.sees("Thank you for the answer.");
    assert_eq!(site.mail_to("host@example.org").await.subject, "Not taken over: Quiz");
    bob.post(&path, &[]).await.is(404);
    owner.visit(&page).await.fill("email", "bob@example.org").press("Ask them").await.is(200);
    site.later(days(31)).await;
    let mut bob = site.member("bob").await;
    bob.visit("/hosting").await.misses("You are asked");
    bob.visit(&path).await.is(404);
    bob.post(&path, &[]).await.is(404);
    site.member("host").await.visit(&format!("{}/cancellation", event.path())).await.is(200);
    site.verifies().await;
}

#[tokio::test]
async fn whoever_is_asked_next_is_asked_instead_and_nobody_asks_themselves() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let (mut owner, mut bob) = (site.member("host").await, site.member("bob").await);
    let (page, path) = (format!("{}/team/transfer", event.path()), format!("{}/team/invitation", event.path()));
    owner.visit(&page).await.fill("email", "HOST@example.org").press("Ask them").await.is(422);
    for email in ["bob@example.org", "new@example.org"] {
        owner.visit(&page).await.fill("email", email).press("Ask them").await.is(200);
    }
    bob.post(&path, &[]).await.is(404);
    let mut new = site.browser();
    new.visit("/sign-up").await.fill("name", "New").fill("email", "new@example.org").fill("password", PASSWORD);
    new.press("Create account").await;
    new.visit(&link(&site.mail_to("new@example.org").await, "/verify/")).await.press("Confirm my address").await;
    new.visit(&path).await.press("Take it over").await.sees("This event is yours now.");
    site.verifies().await;
}

#[tokio::test]
async fn it_is_asked_once_more_who_leaves_an_event_to_somebody() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let mut owner = site.member("host").await;
    site.app.clock.advance(marquee::clock::minutes(11));
    let page = format!("{}/team/transfer", event.path());
    owner.post(&page, &[("email", "bob@example.org")]).await.is(303);
    assert!(owner.headers["location"].to_str().unwrap().starts_with("/step-up"));
    assert!(site.mails_to("bob@example.org").await.is_empty());
    owner.visit(&page).await.steps_up().await.is(200).sees("Until they accept, nothing changes.");
}

#[tokio::test]
async fn whoever_helps_leaves_the_team_by_themselves_and_the_owner_does_not() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let (mut owner, mut bob) = (site.member("host").await, site.member("bob").await);
    let team = format!("{}/team", event.path());
    for role in ["host", "door"] {
        owner.visit(&team).await.fill("email", "bob@example.org").fill("role", role).press("Send the letter").await;
        bob.visit(&format!("{team}/invitation")).await.press("Join the team").await.sees("You are on the team.");
        let page = if role == "host" { "team" } else { "check-in" };
        bob.visit(&format!("{}/{page}", event.path())).await.press("Leave the team").await;
        bob.sees("You are not on the team any more.");
        bob.visit(&format!("{}/check-in", event.path())).await.is(404);
    }
    owner.post(&format!("{team}/departure"), &[]).await.is(303);
    owner.visit(&team).await.is(200).sees("You own this event: leave it to somebody else first.");
    site.verifies().await;
}

#[tokio::test]
async fn whom_the_last_owner_asked_takes_nothing_from_the_next_one() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let (mut owner, mut bob) = (site.member("host").await, site.member("bob").await);
    let path = format!("{}/team/invitation", event.path());
    owner
        .visit(&format!("{}/team/transfer", event.path()))
        .await
        .fill("email", "bob@example.org")
        .press("Ask them")
        .await;
    let (from, to, now) = (site.account_named("host").await.id, site.account("eve").await.id, site.now());
    decide!(site.app.db, tx, team::hand_on(tx, event.id, (from, to), Actor::Site, now).await).unwrap();
    bob.visit(&path).await.is(404);
    bob.post(&path, &[]).await.is(404);
    site.member("eve").await.visit(&format!("{}/cancellation", event.path())).await.is(200);
    site.verifies().await;
}
