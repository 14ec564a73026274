//! What the end of an account takes along, and what it leaves to others.
use marquee::events::cover_pages::Cover;
use marquee::events::{self, Event, Role, hosting};
use marquee::ids::Id;

use super::deletes;
use crate::site::Site;

async fn runs(site: &Site, event: &Event, name: &str, role: Role) {
    let member = site.account(name).await;
    let mut tx = site.app.db.write().await.unwrap();
    events::store::set_host(&mut tx, event.id, member.id, role, site.now()).await.unwrap();
    tx.commit().await.unwrap();
}

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
    runs(&site, &shared, "bob", Role::Host).await;
    runs(&site, &doored, "eve", Role::Door).await;
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
