//! Who runs an event, and who does not.
use crate::site::Site;

#[tokio::test]
async fn the_owner_makes_the_team_and_roles_hold() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let mut owner = site.member("host").await;
    let mut bob = site.member("bob").await;
    let team = format!("{}/team", event.path());
    owner.visit(&team).await.fill("email", "nobody@example.org").press("Add to the team").await.is(422);
    assert!(owner.error_at("email").starts_with("Nobody has an account with this address yet."));
    owner
        .fill("email", "BOB@example.org")
        .fill("role", "door")
        .press("Add to the team")
        .await
        .sees("bob is on the team.");
    bob.visit(&format!("{}/check-in", event.path())).await.is(200);
    bob.visit(&format!("{}/guests", event.path())).await.is(403);
    bob.visit(&format!("{}/edit", event.path())).await.is(403);
    owner.visit(&team).await.fill("email", "bob@example.org").fill("role", "host").press("Add to the team").await;
    bob.visit(&format!("{}/edit", event.path())).await.is(200);
    bob.visit(&format!("{}/cancellation", event.path())).await.is(403);
    bob.post(&team, &[("email", "bob@example.org"), ("role", "owner")]).await.is(403);
    owner.post(&team, &[("email", "bob@example.org"), ("role", "owner")]).await.is(422);
    owner.visit(&team).await.fill("email", "host@example.org").press("Add to the team").await.is(422);
    owner.visit(&team).await.press("Remove bob").await.sees("Removed from the team.");
    bob.visit(&format!("{}/edit", event.path())).await.is(404);
}

#[tokio::test]
async fn to_those_without_a_role_an_event_has_no_pages_of_hosts() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    site.event("Mine").host("stranger").make().await;
    let ticket = site.places(&event, "Ada", 1).await.remove(0);
    let mut stranger = site.member("stranger").await;
    for page in ["edit", "manage", "guests", "guests.csv", "check-in", "team", "cancellation", "cover"] {
        stranger.visit(&format!("{}/{page}", event.path())).await.is(404);
    }
    for page in ["edit", "guests", "check-in", "team", "cancellation", "copy", "publication", "cover", "cover/removal"]
    {
        stranger.post(&format!("{}/{page}", event.path()), &[]).await.is(404);
    }
    let other = format!("/events/mine/guests/{}", ticket.id);
    stranger.visit(&format!("{other}/removal")).await.is(404);
    stranger.post(&format!("{other}/removal"), &[]).await.is(404);
    stranger.post("/events/mine/check-in", &[("ticket", &ticket.id.to_string())]).await.sees("No ticket of this event");
    stranger.visit("/events/no-such-event/manage").await.is(404);
}
