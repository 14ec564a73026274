//! What the end of an account takes along, and what it leaves to others.
use marquee::events::cover_pages::Cover;
use marquee::events::{self, Event, Role, hosting};
use marquee::ids::Id;
use marquee::members;

use super::{deletes, goes_to, kept};
use crate::invitations::{invites, link_of};
use crate::site::Site;

/// Gives an event a picture; answers under which key.
async fn covered(site: &Site, event: &Event) -> String {
    let cover: Id<Cover> = Id::new();
    let key = format!("covers/{cover}");
    for size in [800, 1_200] {
        site.app.files.put(&format!("{key}-{size}.jpg"), vec![1, 2, 3]).await.unwrap();
    }
    let mut tx = site.app.db.write().await.unwrap();
    hosting::store::set_cover(&mut tx, event.id, Some(key.clone()), 1, site.now()).await.unwrap();
    tx.commit().await.unwrap();
    key
}

#[tokio::test]
async fn a_draft_that_somebody_else_runs_too_becomes_theirs_and_others_lose_their_picture_as_well() {
    let site = Site::start().await;
    let shared = site.event("Our festival").host("ada").draft().make().await;
    let own = site.event("My secret").host("ada").draft().make().await;
    let doored = site.event("With a door").host("ada").draft().make().await;
    site.gives_role(&shared, site.account("bob").await.id, Role::Host).await;
    site.gives_role(&doored, site.account("eve").await.id, Role::Door).await;
    let (kept, lost) = (covered(&site, &shared).await, covered(&site, &own).await);
    let mut ada = site.member("ada").await;
    ada.visit("/settings/data/deletion").await.sees("Your draft “Our festival” goes to bob");
    deletes(&mut ada).await;
    ada.at("/account-deleted");
    site.work().await;
    for (event, title) in [(&shared, "Our festival"), (&own, "–"), (&doored, "–")] {
        assert_eq!(site.reload(event).await.title, title);
    }
    let hosts = events::store::hosts(&site.app.db, shared.id).await.unwrap();
    let roles: Vec<_> = hosts.iter().map(|host| (host.name.as_str(), host.role)).collect();
    assert_eq!(roles, [("bob", Role::Owner)]);
    site.member("bob").await.visit(&format!("{}/edit", shared.path())).await.is(200);
    assert_eq!(site.reload(&own).await.cover_key, None);
    for (key, there) in [(&kept, true), (&lost, false)] {
        for size in [800, 1_200] {
            let file = site.app.files.get(&format!("{key}-{size}.jpg")).await.unwrap();
            assert_eq!(file.is_some(), there, "{key}-{size}");
        }
    }
    site.verifies().await;
}

#[tokio::test]
async fn where_their_money_went_is_said_nowhere_any_more() {
    let site = Site::start().await;
    let note = |event: &mut Event| event.terms.pay_later_note = "IBAN CH93 0076".to_owned();
    let past = site.event("Last year").host("ada").with(note).make().await;
    let cancelled = site.event("Called off").host("ada").with(note).make().await;
    let others = site.event("Of others").host("bob").with(note).make().await;
    let mut ada = site.member("ada").await;
    ada.visit(&format!("{}/cancellation", cancelled.path())).await.press("Cancel the event").await.is(200);
    site.later(marquee::clock::days(30)).await;
    let mut ada = site.member("ada").await;
    deletes(&mut ada).await;
    ada.at("/account-deleted");
    for (event, left) in [(&past, ""), (&cancelled, ""), (&others, "IBAN CH93 0076")] {
        assert_eq!(site.reload(event).await.terms.pay_later_note, left, "{}", event.title);
    }
    site.verifies().await;
}

/// Their address is another one from now on, and proven.
async fn moves(site: &Site, name: &str, email: &str) {
    let (id, now) = (site.account_named(name).await.id, site.now());
    let mut tx = site.app.db.write().await.unwrap();
    assert!(members::store::set_email(&mut tx, id, email, &email.to_lowercase(), now).await.unwrap());
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn what_carries_an_earlier_address_is_erased_too_and_not_what_is_somebody_else_s_by_now() {
    let site = Site::start().await;
    let quiz = site.event("Quiz night").host("bob").make().await;
    let mut zora = site.member("zora").await;
    goes_to(&site, &mut zora, &quiz).await;
    let report = [("ground", "wrong"), ("text", "It begins at eight."), ("email", "zora@example.org")];
    site.browser().post(&format!("{}/report", quiz.path()), &report).await;
    invites(&site, &site.event("Supper").make().await, "Zora, zora@example.org").await;
    site.work().await;
    moves(&site, "zora", "new@example.org").await;
    assert!(kept(&site).await.contains("zora@example.org"));
    deletes(&mut zora).await;
    zora.at("/account-deleted");
    site.later(marquee::clock::days(3)).await;
    let all = kept(&site).await;
    for trace in ["zora@example.org", "new@example.org"] {
        let at = all.find(trace).map(|at| all[at.saturating_sub(200)..].chars().take(400).collect::<String>());
        assert_eq!(at, None, "{trace}");
    }
    // The address of a second one was theirs before, and is another member's now.
    let mut eve = site.member("eve").await;
    goes_to(&site, &mut eve, &site.event("Dinner").host("bob").make().await).await;
    moves(&site, "eve", "eve.two@example.org").await;
    let mut other = site.member("eve").await;
    goes_to(&site, &mut other, &quiz).await;
    deletes(&mut eve).await;
    eve.at("/account-deleted");
    other.visit("/tickets").await.sees("Quiz night");
    site.member("bob").await.visit(&format!("{}/guests", quiz.path())).await.sees("eve@example.org");
    site.verifies().await;
}

#[tokio::test]
async fn an_address_is_erased_however_its_letters_are_written() {
    let site = Site::start().await;
    let quiz = site.event("Quiz night").host("bob").make().await;
    let mut eva = site.member("Éva").await;
    moves(&site, "éva", "ÉVA@example.org").await;
    goes_to(&site, &mut eva, &quiz).await;
    assert!(kept(&site).await.contains("ÉVA@example.org"));
    eva.visit("/settings/data/my-data.zip").await.is(200);
    let letters = super::rows(&super::unzipped(&eva.bytes), "letters.json");
    assert!(letters.iter().any(|letter| letter["to_email"] == "ÉVA@example.org"));
    deletes(&mut eva).await;
    eva.at("/account-deleted");
    site.later(marquee::clock::days(3)).await;
    let all = kept(&site).await;
    assert!(!all.contains("ÉVA@example.org") && !all.contains("éva@example.org"));
}

#[tokio::test]
async fn who_is_gone_is_not_expected() {
    let site = Site::start().await;
    let event = site.event("Supper").make().await;
    let waits = site.event("Dinner").make().await;
    site.account("ada").await;
    invites(&site, &event, "ada@example.org").await;
    let path = link_of(&site, "ada@example.org").await;
    invites(&site, &waits, "ada@example.org").await;
    let mut ada = site.member("ada").await;
    ada.visit(&path).await.press("I’m coming").await.is(200);
    deletes(&mut ada).await;
    ada.at("/account-deleted");
    site.work().await;
    assert_eq!(site.reload(&event).await.taken, 0);
    let mut host = site.member("host").await;
    for event in [&event, &waits] {
        host.visit(&format!("{}/invitations", event.path())).await.sees("1 invited: 0 come, 1 cannot, 0 have not");
    }
    site.verifies().await;
}
