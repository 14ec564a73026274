//! No way round the number of friends whom an order may bring, and nothing to be learned by trying.
use marquee::decide;
use marquee::events::{Event, Visibility};
use marquee::forms::Email;
use marquee::i18n::Locale;
use marquee::ids::Id;
use marquee::invitations::friends::{self, Outcome};
use marquee::invitations::{self, Invitation, Refusal, State};
use marquee::journal::Actor;
use marquee::orders::ending::{self, By};
use marquee::orders::waiting::{self, PartyState};
use marquee::orders::{self, Buyer, Order, Way, Wish};

use super::friends::{asks, comes};
use super::link_of;
use crate::site::Site;
use crate::{payments, races};

/// A place of a member who is known already.
async fn place(site: &Site, event: &Event, name: &str, way: Way) -> Order {
    let wish = races::wish(&site.app, event, Buyer::member(&site.account_named(name).await), 0, 1).await;
    let id = races::take(&site.app, &Wish { way, ..wish }).await.unwrap().id();
    orders::store::by_id(&site.app.db, id).await.unwrap().unwrap()
}

async fn tries(site: &Site, order: Id<Order>, emails: &[String]) -> Result<Vec<Outcome>, Refusal> {
    let people: Vec<(String, Email)> =
        emails.iter().map(|email| (String::new(), Email::parse(email).unwrap())).collect();
    friends::try_to_ask(&site.app, order, &people, (Actor::Guest, Locale::En), site.now()).await
}

async fn asked(site: &Site, event: &Event, email: &str) -> Invitation {
    invitations::store::of_address(&site.app.db, event.id, email).await.unwrap().unwrap()
}

#[tokio::test]
async fn who_gives_the_place_back_and_comes_again_brings_no_more_than_before() {
    let site = Site::start().await;
    let event = site.event("Supper").with(|event| event.plus_ones = 1).make().await;
    let (order, page) = comes(&site, &event, "ada", 1).await;
    let mut ada = site.member("ada").await;
    asks(&site, &mut ada, &page, "ida@example.org").await;
    let mut ida = site.browser();
    ida.visit(&link_of(&site, "ida@example.org").await).await.fill("name", "Ida").press("I’m coming").await.is(200);
    ada.post(&format!("{}/cancellation", order.path()), &[]).await.is(303);
    let again = place(&site, &event, "ada", Way::Own).await;
    assert_eq!(friends::left(&site.app.db, &site.reload(&event).await, &again).await.unwrap(), 0);
    ada.post(&format!("{}/invitations", again.path()), &[("people", "bob@example.org")]).await.is(422);
    assert!(site.mails_to("bob@example.org").await.is_empty());
    site.verifies().await;
}

#[tokio::test]
async fn a_friend_with_a_place_neither_declines_nor_is_taken_back() {
    let site = Site::start().await;
    let hidden = |event: &mut Event| (event.visibility, event.plus_ones) = (Visibility::Invited, 1);
    let event = site.event("Hidden supper").with(hidden).make().await;
    for name in ["ada", "ida"] {
        site.account(name).await;
    }
    let order = place(&site, &event, "ada", Way::Host).await;
    let (mut ada, page) = (site.member("ada").await, format!("{}/invitations", order.path()));
    asks(&site, &mut ada, &page, "ida@example.org").await;
    let path = link_of(&site, "ida@example.org").await;
    // Not by the link, so that nothing is answered.
    place(&site, &event, "ida", Way::Own).await;
    site.member("ida").await.post(&path, &[("form", "x"), ("answer", "no")]).await.is(422);
    let id = asked(&site, &event, "ida@example.org").await.id;
    ada.visit(&page).await.is(200);
    assert!(!ada.has_button("Take back ida@example.org"));
    ada.post(&format!("{page}/{id}/removal"), &[]).await.is(303);
    assert_eq!(asked(&site, &event, "ida@example.org").await.state, State::Waiting);
    ada.post(&page, &[("people", "bob@example.org")]).await.is(422);
    site.verifies().await;
}

#[tokio::test]
async fn without_a_friend_to_spare_all_are_refused_alike_and_each_try_counts() {
    let site = Site::start().await;
    let event = site.event("Supper").with(|event| event.plus_ones = 0).make().await;
    let (order, _) = comes(&site, &event, "ada", 1).await;
    comes(&site, &event, "bob", 1).await;
    for email in ["bob@example.org", "host@example.org", "nobody@example.org"] {
        let refused = tries(&site, order.id, &[email.to_owned()]).await;
        assert!(matches!(refused, Err(Refusal::TooManyFriends { left: 0 })), "{email}: {refused:?}");
    }
    let many: Vec<String> = (0..58).map(|n| format!("friend{n}@example.org")).collect();
    let refused = tries(&site, order.id, &many).await;
    assert!(matches!(refused, Err(Refusal::AskedTooOften)), "{refused:?}");
    site.verifies().await;
}

#[tokio::test]
async fn a_friend_gets_no_second_place_through_the_waiting_list() {
    let site = Site::start().await;
    let hidden = |event: &mut Event| event.visibility = Visibility::Invited;
    let event = site.event("Hidden jazz").capacity(3).price(2_800).with(hidden).make().await;
    for name in ["ada", "ida"] {
        site.account(name).await;
    }
    let order = place(&site, &event, "ada", Way::Host).await;
    asks(&site, &mut site.member("ada").await, &format!("{}/invitations", order.path()), "ida@example.org").await;
    place(&site, &event, "ida", Way::Host).await;
    let others = crate::waiting::fill(&site, &event, 1).await;
    let party = crate::waiting::joins(&site, &event, "ida", 1).await;
    let now = site.now();
    decide!(site.app.db, tx, ending::cancel(tx, others[0], By::Host(Actor::Site), now).await).unwrap();
    site.work().await;
    assert_eq!(site.reload(&event).await.taken, 2);
    let party = waiting::store::by_id(&site.app.db, party).await.unwrap().unwrap();
    assert_eq!(party.state, PartyState::Closed);
    site.verifies().await;
}

#[tokio::test]
async fn whose_money_goes_back_outside_the_site_takes_what_was_not_answered_along() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).make().await;
    let (mut ada, order) = payments::bought(&site, &event, "ada", "1").await;
    asks(&site, &mut ada, &format!("{}/invitations", order.path()), "ida@example.org").await;
    let path = link_of(&site, "ida@example.org").await;
    site.browser().visit(&path).await.is(200);
    let (_, paid, _) = payments::latest(&site, &event).await;
    ada.visit(paid[0].url.as_deref().unwrap()).await.press("Give it back outside the site").await;
    site.work().await;
    site.browser().visit(&path).await.is(404);
    assert_eq!(asked(&site, &event, "ida@example.org").await.state, State::Revoked);
    site.verifies().await;
}
