//! Friends whom somebody with a place asks along: never more than the event's plus-ones, whatever races.
use marquee::api::Scope;
use marquee::decide;
use marquee::events::{Event, Visibility};
use marquee::forms::Email;
use marquee::i18n::Locale;
use marquee::invitations::{self, Refusal, friends};
use marquee::journal::Actor;
use marquee::orders::{self, Buyer, Order, Way, Wish};
use serde_json::Value;

use super::{invites, link_of};
use crate::browser::Browser;
use crate::races;
use crate::site::Site;

/// Places of a member, and the page of their friends.
pub async fn comes(site: &Site, event: &Event, name: &str, places: i64) -> (Order, String) {
    let member = site.account(name).await;
    let wish = races::wish(&site.app, event, Buyer::member(&member), 0, places).await;
    let id = races::take(&site.app, &Wish { way: Way::Own, ..wish }).await.unwrap().id();
    let order = orders::store::by_id(&site.app.db, id).await.unwrap().unwrap();
    let page = format!("{}/invitations", order.path());
    (order, page)
}

pub async fn asks(site: &Site, browser: &mut Browser, page: &str, list: &str) {
    browser.visit(page).await.fill("people", list).press("Invite").await;
    site.work().await;
}

#[tokio::test]
async fn a_friend_is_asked_in_the_name_of_who_comes_and_takes_one_place() {
    let site = Site::start().await;
    let event = site.event("Supper").make().await;
    let (order, page) = comes(&site, &event, "ada", 2).await;
    let mut ada = site.member("ada").await;
    ada.visit(&order.path()).await.sees("2 more friends can come with you");
    ada.follow("Invite friends").await.is(200);
    asks(&site, &mut ada, &page, "Ida, ida@example.org").await;
    ada.is(200).sees("1 friend is invited.").sees("You can ask 1 more friend along.");
    assert!(site.mail_to("ida@example.org").await.text.contains("ada invites you to “Supper”."));
    let mut ida = site.browser();
    ida.visit(&link_of(&site, "ida@example.org").await).await.is(200).sees("ada invites you.");
    ida.press("I’m coming").await.is(200);
    assert_eq!(site.reload(&event).await.taken, 3);
    ada.visit(&page).await.sees("Comes");
    assert!(!ada.has_button("Take back ida@example.org"));
    site.member("host").await.visit(&format!("{}/invitations", event.path())).await.sees("Friend of ada");
    site.verifies().await;
}

#[tokio::test]
async fn forty_who_ask_at_once_bring_no_more_than_the_event_allows() {
    let site = Site::start().await;
    let event = site.event("Supper").make().await;
    let (order, _) = comes(&site, &event, "ada", 1).await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..40 {
        let (app, id) = (site.app.clone(), order.id);
        tasks.spawn(async move {
            let now = app.clock.now();
            let people = [(String::new(), Email::parse(&format!("friend{n}@example.org")).unwrap())];
            decide!(app.db, tx, friends::ask(tx, id, &people, (Actor::Guest, Locale::En), now).await)
        });
    }
    let outcomes = tasks.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 3);
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(_) | Err(Refusal::TooManyFriends { .. }))));
    site.verifies().await;
}

#[tokio::test]
async fn more_than_are_left_are_refused_as_a_whole_and_one_taken_back_frees_another() {
    let site = Site::start().await;
    let event = site.event("Supper").with(|event| event.plus_ones = 1).make().await;
    let (_, page) = comes(&site, &event, "ada", 1).await;
    let mut ada = site.member("ada").await;
    asks(&site, &mut ada, &page, "ida@example.org\nbob@example.org").await;
    assert_eq!(ada.is(422).error_at("people"), "You can ask 1 more friend along.");
    assert!(site.mails_to("ida@example.org").await.is_empty(), "all or nobody");
    asks(&site, &mut ada, &page, "ida@example.org").await;
    let path = link_of(&site, "ida@example.org").await;
    ada.visit(&page).await.sees("No more friends can come along.");
    ada.press("Take back ida@example.org").await.sees("The invitation is taken back.");
    site.browser().visit(&path).await.is(404);
    asks(&site, &mut ada, &page, "bob@example.org").await;
    site.browser().visit(&link_of(&site, "bob@example.org").await).await.is(200).sees("Do you come?");
    site.verifies().await;
}

#[tokio::test]
async fn nobody_learns_by_asking_who_comes_or_was_asked_and_wrong_lines_stay() {
    let site = Site::start().await;
    // Those who cannot be asked count as if they were.
    let event = site.event("Supper").with(|event| event.plus_ones = 4).make().await;
    let (_, page) = comes(&site, &event, "ada", 1).await;
    comes(&site, &event, "bob", 1).await;
    invites(&site, &event, "zoe@example.org").await;
    let mut ada = site.member("ada").await;
    let list = "ida@example.org\nnobody\nbob@example.org\nzoe@example.org\nhost@example.org";
    asks(&site, &mut ada, &page, list).await;
    ada.is(422).sees("Invited. The letter is on its way.").sees("4 lines were passed over.");
    assert_eq!(ada.text().matches("This address cannot be invited from here.").count(), 3);
    assert!(ada.field("people").contains("nobody") && !ada.field("people").contains("ida@example.org"));
    asks(&site, &mut ada, &page, "ida@example.org").await;
    ada.is(422).sees("You asked this person before.");
    site.verifies().await;
}

#[tokio::test]
async fn a_friend_brings_nobody_and_sees_a_hidden_event_as_its_invitee() {
    let site = Site::start().await;
    let event = site.event("Hidden supper").with(|event| event.visibility = Visibility::Invited).make().await;
    site.account("ida").await;
    invites(&site, &event, "ada@example.org").await;
    let (_, page) = comes(&site, &event, "ada", 1).await;
    let mut ida = site.member("ida").await;
    ida.visit(&event.path()).await.is(404);
    asks(&site, &mut site.member("ada").await, &page, "ida@example.org").await;
    ida.visit(&event.path()).await.is(200).sees("Hidden supper");
    let wish = races::wish(&site.app, &event, Buyer::member(&site.account_named("ida").await), 0, 2).await;
    let refused = races::take(&site.app, &Wish { way: Way::Own, ..wish }).await;
    assert!(matches!(refused, Err(orders::Refusal::TooManyPlusOnes { most: 0 })));
    ida.visit(&link_of(&site, "ida@example.org").await).await.press("I’m coming").await.is(200);
    let own = format!("{}/invitations", ida.path);
    ida.visit(&own).await.is(200).sees("No more friends can come along.");
    ida.post(&own, &[("people", "bob@example.org")]).await.is(422);
    assert_eq!(site.reload(&event).await.taken, 2);
    site.verifies().await;
}

#[tokio::test]
async fn who_gives_the_place_back_takes_what_was_not_answered_along() {
    let site = Site::start().await;
    let event = site.event("Supper").make().await;
    let (order, page) = comes(&site, &event, "ada", 1).await;
    let mut ada = site.member("ada").await;
    asks(&site, &mut ada, &page, "ida@example.org\nbob@example.org").await;
    let path = link_of(&site, "bob@example.org").await;
    let mut ida = site.browser();
    ida.visit(&link_of(&site, "ida@example.org").await).await.fill("name", "Ida").press("I’m coming").await.is(200);
    ada.post(&format!("{}/cancellation", order.path()), &[]).await.is(303);
    site.browser().visit(&path).await.is(404);
    assert_eq!(site.reload(&event).await.taken, 1, "whoever said yes comes");
    ada.post(&page, &[("people", "eve@example.org")]).await.is(422);
    site.verifies().await;
}

#[tokio::test]
async fn whom_a_host_took_back_no_friend_asks_again() {
    let site = Site::start().await;
    let event = site.event("Supper").make().await;
    let (_, page) = comes(&site, &event, "ada", 1).await;
    let mut host = invites(&site, &event, "ida@example.org").await;
    let path = link_of(&site, "ida@example.org").await;
    host.visit(&format!("{}/invitations", event.path())).await.press("Take back ida@example.org").await.is(200);
    let mut ada = site.member("ada").await;
    asks(&site, &mut ada, &page, "ida@example.org").await;
    ada.is(422).sees("This address cannot be invited from here.");
    site.browser().visit(&path).await.is(404);
    invites(&site, &event, "ida@example.org").await;
    assert_eq!(site.mails_to("ida@example.org").await.len(), 2, "a host can");
    site.verifies().await;
}

#[tokio::test]
async fn programs_ask_friends_along_and_a_guest_does_by_the_key() {
    let site = Site::start().await;
    let event = site.event("Supper").make().await;
    let wish = races::wish(&site.app, &event, races::guest(1), 0, 1).await;
    let id = races::take(&site.app, &wish).await.unwrap().id();
    let path = format!("/api/v1/orders/{id}/invitations");
    let key = orders::key(&site.app, id);
    let mut guest = site.browser();
    guest.visit(&path).await.is(401);
    let body = br#"{"people":[{"email":"ida@example.org","name":"Ida"},{"email":"IDA@example.org"}]}"#.to_vec();
    guest.request("POST", &format!("{path}?key={key}"), Some("application/json"), body).await.is(201);
    assert_eq!(guest.json()["data"]["people"][1]["outcome"], "twice");
    guest.visit(&format!("{path}?key={key}")).await.is(200);
    assert_eq!(
        (guest.json()["data"]["left"].as_i64(), guest.json()["data"]["items"][0]["name"].as_str()),
        (Some(2), Some("Ida"))
    );
    let asked = invitations::store::of_address(&site.app.db, event.id, "ida@example.org").await.unwrap().unwrap();
    let one = format!("{path}/{}", asked.id);
    site.member("eve").await.request("DELETE", &one, None, Vec::new()).await.is(404);
    for _ in 0..2 {
        guest.request("DELETE", &format!("{one}?key={key}"), None, Vec::new()).await.is(200);
        assert_eq!(guest.json()["data"]["state"], "revoked");
    }
    site.verifies().await;
}

#[tokio::test]
async fn who_said_no_and_changes_their_mind_finds_the_place_given_to_another() {
    let site = Site::start().await;
    let event = site.event("Supper").with(|event| event.plus_ones = 1).make().await;
    let (_, page) = comes(&site, &event, "ada", 1).await;
    let mut ada = site.member("ada").await;
    asks(&site, &mut ada, &page, "ida@example.org").await;
    let path = link_of(&site, "ida@example.org").await;
    let mut ida = site.browser();
    ida.visit(&path).await.press("I cannot come").await.is(200);
    asks(&site, &mut ada, &page, "bob@example.org").await;
    ida.visit(&path).await.press("Answer again").await.sees("No more friends can come along.");
    let mut host = site.member("host").await;
    site.app.clock.advance(marquee::clock::minutes(2));
    host.visit(&format!("{}/invitations", event.path())).await.press("Ask again ida@example.org").await;
    host.sees("No more friends can come along.");
    ada.visit(&page).await.press("Take back bob@example.org").await.is(200);
    ida.visit(&path).await.press("Answer again").await.sees("Do you come?");
    site.verifies().await;
}

#[tokio::test]
async fn an_address_gets_three_letters_an_hour_however_many_friends_ask() {
    let site = Site::start().await;
    for n in 0..4 {
        let event = site.event(&format!("Supper {n}")).make().await;
        let name = format!("ada{n}");
        let (_, page) = comes(&site, &event, &name, 1).await;
        asks(&site, &mut site.member(&name).await, &page, "ida@example.org").await;
    }
    assert_eq!(site.mails_to("ida@example.org").await.len(), 3);
    site.verifies().await;
}

#[tokio::test]
async fn hosts_see_who_brought_whom_on_the_page_in_the_file_and_by_programs() {
    let site = Site::start().await;
    let event = site.event("Supper").make().await;
    let (_, page) = comes(&site, &event, "ada", 1).await;
    site.places(&event, "Bob", 1).await;
    let mut ada = site.member("ada").await;
    asks(&site, &mut ada, &page, "Ida, ida@example.org").await;
    let path = link_of(&site, "ida@example.org").await;
    site.browser().visit(&path).await.press("I’m coming").await.is(200);
    let mut host = site.member("host").await;
    let guests = format!("{}/guests", event.path());
    host.visit(&format!("{guests}?q=ida")).await.sees("Friend of ada");
    host.visit(&format!("{guests}?q=bob")).await.sees("Bob").misses("Friend of");
    host.visit(&format!("{guests}?q=ada")).await.sees("ada").misses("Friend of");
    host.visit(&format!("{guests}.csv")).await.is(200);
    let file = host.html();
    let brought: Vec<_> = file.lines().filter(|line| line.ends_with(",ada")).collect();
    assert!(brought.len() == 1 && brought[0].starts_with("Ida,"), "{file}");
    let program = site.program_of(&site.account_named("host").await, &[Scope::Host]).await;
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let list = program.get(&format!("/api/v1{guests}?limit=2&cursor={cursor}")).await.is(200);
        let row = |of: &Value| {
            format!("{} of {}", of["name"].as_str().unwrap(), of["friend_of"].as_str().unwrap_or("nobody"))
        };
        seen.extend(list.data()["items"].as_array().unwrap().iter().map(row));
        let Some(next) = list.data()["next_cursor"].as_str() else { break };
        next.clone_into(&mut cursor);
    }
    seen.sort();
    assert_eq!(seen, ["Bob of nobody", "Ida of ada", "ada of nobody"]);
    site.program_of(&site.account_named("ada").await, Scope::ALL).await.get(&format!("/api/v1{guests}")).await.is(404);
}

#[tokio::test]
async fn whom_a_friend_gives_the_ticket_to_is_nobodys_friend() {
    let site = Site::start().await;
    let event = site.event("Supper").make().await;
    let (_, page) = comes(&site, &event, "ada", 1).await;
    asks(&site, &mut site.member("ada").await, &page, "ida@example.org").await;
    let mut ida = site.member("ida").await;
    ida.visit(&link_of(&site, "ida@example.org").await).await.press("I’m coming").await.is(200);
    let mut host = site.member("host").await;
    let guests = format!("{}/guests", event.path());
    host.visit(&format!("{guests}?q=ida")).await.sees("Friend of ada");
    host.follow("Give the ticket of ida to somebody else").await.is(200);
    host.fill("name", "Eve").fill("email", "eve@example.org").press("Give the ticket").await.is(200);
    host.visit(&format!("{guests}?q=eve")).await.sees("Eve").misses("Friend of");
}
