//! Who runs an event, and who does not.
use crate::browser::Browser;
use crate::site::{PASSWORD, Site, link};

/// Asks somebody to join and lets them.
async fn joins(owner: &mut Browser, team: &str, role: &str, who: &mut Browser, email: &str) {
    owner.visit(team).await.fill("email", email).fill("role", role).press("Send the letter").await.is(200);
    who.visit(&format!("{team}/invitation")).await.press("Join the team").await.sees("You are on the team.");
}

#[tokio::test]
async fn the_owner_makes_the_team_and_roles_hold() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let mut owner = site.member("host").await;
    let mut bob = site.member("bob").await;
    let team = format!("{}/team", event.path());
    joins(&mut owner, &team, "door", &mut bob, "BOB@example.org").await;
    bob.at(&format!("{}/check-in", event.path()));
    bob.visit(&format!("{}/guests", event.path())).await.is(403);
    bob.visit(&format!("{}/edit", event.path())).await.is(403);
    owner.visit(&team).await.fill("email", "bob@example.org").fill("role", "host").press("Send the letter").await;
    owner.sees("bob has this role now.");
    bob.visit(&format!("{}/edit", event.path())).await.is(200);
    bob.visit(&format!("{}/cancellation", event.path())).await.is(403);
    bob.post(&team, &[("email", "bob@example.org"), ("role", "owner")]).await.is(403);
    owner.post(&team, &[("email", "bob@example.org"), ("role", "owner")]).await.is(422);
    owner.visit(&team).await.fill("email", "host@example.org").press("Send the letter").await.is(422);
    assert_eq!(owner.error_at("email"), "This person owns the event and stays its owner.");
    owner.visit(&team).await.press("Remove bob").await.sees("Removed from the team.");
    bob.visit(&format!("{}/edit", event.path())).await.is(404);
}

#[tokio::test]
async fn the_team_form_tells_nobody_who_has_an_account() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    site.account("known").await;
    let mut owner = site.member("host").await;
    let team = format!("{}/team", event.path());
    let ids = without_ids();
    let mut seen = Vec::new();
    for email in ["known@example.org", "nobody@example.org"] {
        owner.post(&team, &[("email", email), ("role", "host")]).await.is(303);
        let page = owner.visit(&team).await.is(200).html();
        let mail = site.mail_to(email).await;
        owner.press(&format!("Take back {email}")).await.sees("The invitation is taken back.");
        // Where its reader stops such mails is the reader's own.
        let (text, rest) = mail.text.split_once("/mails/").expect("the link that stops such mails");
        let (secret, rest) = rest.split_once('/').expect("a secret");
        assert!(secret.len() > 20);
        let text = format!("{text}/mails/{rest}").replace(email, "X");
        seen.push((ids(&page.replace(email, "X")), mail.subject.clone(), text));
    }
    assert_eq!(seen[0], seen[1]);
}

/// Puts all ids of a page aside.
fn without_ids() -> impl Fn(&str) -> String {
    |page| {
        let parts = page.split("/invitations/").enumerate();
        parts.map(|(n, part)| if n == 0 { part } else { &part[36..] }).collect::<Vec<_>>().join("/invitations/")
    }
}

#[tokio::test]
async fn somebody_without_an_account_joins_once_they_proved_the_address() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let mut owner = site.member("host").await;
    let team = format!("{}/team", event.path());
    owner.visit(&team).await.fill("email", "new@example.org").fill("role", "host").press("Send the letter").await;
    owner.sees("A letter asks new@example.org to join.").sees("Asked to join");
    let letter = link(&site.mail_to("new@example.org").await, "/team/invitation");
    let (mut new, mut eve) = (site.browser(), site.member("eve").await);
    eve.visit(&letter).await.is(404);
    eve.post(&letter, &[]).await.is(404);
    new.visit(&letter).await.at("/sign-in");
    let on = format!("/sign-up?back={}", letter.replace('/', "%2F"));
    assert!(new.html().contains(&format!("href=\"{on}\"")), "{}", new.html());
    new.visit(&on).await.fill("name", "New").fill("email", "New@example.org").fill("password", PASSWORD);
    new.press("Create account").await.is(200);
    let mails = site.mails_to("new@example.org").await;
    let verify = mails.iter().find(|mail| mail.text.contains("/verify/")).unwrap();
    new.visit(&link(verify, "/verify/")).await.press("Confirm my address").await.is(200).at(&letter);
    new.visit("/hosting").await.sees("You are asked to help with Quiz.");
    new.visit(&letter).await.press("Join the team").await.at(&format!("{}/manage", event.path()));
    new.post(&letter, &[]).await.is(303);
    new.visit("/hosting").await.sees("Quiz").misses("You are asked to help");
    owner.visit(&team).await.sees("New").misses("Asked to join");
}

#[tokio::test]
async fn an_invitation_that_was_taken_back_opens_nothing() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let (mut owner, mut bob) = (site.member("host").await, site.member("bob").await);
    let team = format!("{}/team", event.path());
    owner.visit(&team).await.fill("email", "bob@example.org").press("Send the letter").await;
    let (_, removal, _) = owner.form_with("Take back bob@example.org");
    bob.visit(&format!("{team}/invitation")).await.is(200);
    bob.post(&removal, &[]).await.is(404);
    owner.post(&removal, &[]).await.is(303);
    owner.post(&removal, &[]).await.is(303);
    bob.visit(&format!("{team}/invitation")).await.is(404);
    bob.post(&format!("{team}/invitation"), &[]).await.is(404);
    bob.visit("/hosting").await.misses("You are asked");
}

#[tokio::test]
async fn one_address_gets_three_letters_an_hour_however_many_events_name_it() {
    let site = Site::start().await;
    let mut owner = site.member("host").await;
    for n in 0..5 {
        let event = site.event(&format!("Quiz {n}")).make().await;
        owner.post(&format!("{}/team", event.path()), &[("email", "ada@example.org"), ("role", "door")]).await.is(303);
    }
    assert_eq!(site.mails_to("ada@example.org").await.len(), 3);
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
