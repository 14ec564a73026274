//! What the end of an account takes along, and what it leaves to others.
use std::collections::BTreeSet;

use marquee::clock::{days, minutes};
use marquee::db::sql;
use marquee::events::cover_pages::Cover;
use marquee::events::{self, Event, Role, hosting};
use marquee::ids::Id;
use marquee::members;
use marquee::payments::notices::{self, Notice};
use marquee::payments::{self, Provider};
use marquee::plans::Tier;
use serde_json::json;

use super::{deletes, goes_to, kept};
use crate::invitations::{invites, link_of};
use crate::races::{guest, take, wish};
use crate::site::{Site, link};

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
async fn a_guest_with_their_address_whose_money_came_too_late_is_copied_and_goes_with_the_account() {
    let site = Site::start().await;
    let event = site.event("Jazz").host("bob").capacity(2).price(2_800).starts_in(days(60)).make().await;
    for (name, email) in [("Zora Late", "zora@example.org"), ("Eve Late", "eve@example.org")] {
        let mut late = site.browser();
        late.visit(&event.path()).await.fill("name", name).fill("email", email).fill("people", "1");
        crate::payments::buy(&mut late).await.is(200);
        late.press_starting("Pay CHF").await.is(200);
        late.press("Pay when the places are gone").await;
    }
    site.later(minutes(35)).await;
    take(&site.app, &wish(&site.app, &event, guest(1), 0, 2).await).await.unwrap();
    site.later(minutes(15)).await;
    let known = async || {
        let people = "SELECT name FROM order_people WHERE name LIKE '% Late' UNION ALL
                      SELECT name FROM attendees WHERE name LIKE '% Late' OR email LIKE 'zora%' ORDER BY name";
        let names: Vec<(String,)> = sql(people).all(&site.app.db).await.unwrap();
        names.into_iter().map(|(name,)| name).collect::<BTreeSet<_>>()
    };
    assert_eq!(known().await, BTreeSet::from(["Eve Late".to_owned(), "Zora Late".to_owned()]));
    let mut zora = site.member("zora").await;
    zora.visit("/settings/data/my-data.zip").await.is(200);
    let orders = super::rows(&super::unzipped(&zora.bytes), "orders.json");
    assert_eq!((orders.len(), orders[0]["name"].as_str()), (1, Some("Zora Late")));
    zora.visit("/settings/data/deletion").await.sees("Your name beside 1 order for which money was paid");
    deletes(&mut zora).await;
    zora.at("/account-deleted");
    assert_eq!(known().await, BTreeSet::from(["Eve Late".to_owned()]));
    let aside: Vec<(String,)> = sql("SELECT name FROM tax_names").all(&site.app.db).await.unwrap();
    assert_eq!(aside, [("Zora Late".to_owned(),)]);
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

/// A notice that nobody has looked at, as it names what it is about: (about, payment, reference).
async fn told(site: &Site, (about, payment, reference): (&str, &str, &str), email: &str) {
    let id = Id::<Notice>::new();
    let mut tx = site.app.db.write().await.unwrap();
    sql("INSERT INTO notices (id, provider, event, kind, about, payment, reference, payload, received_at)
         VALUES ($1, 'stripe', $1, 'charge.refunded', $2, $3, $4, $5, $6)")
    .bind(id)
    .bind(about)
    .bind(payment)
    .bind(reference)
    .bind(json!({"billing_details": {"email": email}}).to_string())
    .bind(site.now())
    .execute(&mut tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

async fn telling(site: &Site, name: &str) -> i64 {
    let text = "SELECT COUNT(*) FROM notices WHERE payload LIKE '%' || $1 || '@example.org%'";
    sql(text).bind(name).scalar(&site.app.db).await.unwrap()
}

#[tokio::test]
async fn what_a_provider_told_of_their_payments_is_gone_and_what_comes_later_is_not_kept() {
    let site = Site::start().await;
    crate::plans::set_up(&site).await;
    let event = site.event("Concert").host("bob").price(2_800).make().await;
    let (_, others) = crate::payments::bought(&site, &event, "eve", "1").await;
    let (mut zora, order) = crate::payments::bought(&site, &event, "zora", "1").await;
    crate::plans::pays(&site, "zora", Tier::Team).await;
    let plan = crate::plans::subscription(&site, &site.account_named("zora").await).await;
    let paid = payments::store::of_order(&site.app.db, order.id).await.unwrap().remove(0);
    let theirs = payments::store::of_order(&site.app.db, others.id).await.unwrap().remove(0);
    let (id, reference) = (paid.id.to_string(), paid.reference.unwrap());
    let (plan_id, plan_reference) = (plan.id.to_string(), plan.reference.unwrap());
    let (id, reference) = (id.as_str(), reference.as_str());
    let (plan_id, plan_reference) = (plan_id.as_str(), plan_reference.as_str());
    for names in [(id, "", "pi_1"), ("", id, "pi_1"), ("", "", reference)] {
        told(&site, names, "zora@example.org").await;
    }
    for names in [(plan_id, "", ""), ("", plan_id, ""), ("", "", plan_reference)] {
        told(&site, names, "zora@example.org").await;
    }
    told(&site, ("", &theirs.id.to_string(), "pi_2"), "eve@example.org").await;
    assert_eq!((telling(&site, "zora").await, telling(&site, "eve").await), (6, 1));
    deletes(&mut zora).await;
    zora.at("/account-deleted");
    assert_eq!((telling(&site, "zora").await, telling(&site, "eve").await), (0, 1));
    let object = json!({"checkout": reference, "receipt_email": "zora@example.org"});
    let body = json!({"id": "evt_late", "type": "charge.refunded", "data": {"object": object}}).to_string();
    assert!(notices::receive(&site.app, Provider::Local, body.as_bytes()).await.unwrap());
    assert_eq!(telling(&site, "zora").await, 1, "nobody has looked at it");
    site.work().await;
    assert_eq!(telling(&site, "zora").await, 0);
    let about: String = sql("SELECT about FROM notices WHERE event = 'evt_late'").scalar(&site.app.db).await.unwrap();
    assert_eq!(about, id);
    site.admin("root").await.visit("/admin/notices").await.follow("charge.refunded").await.sees("Its text is gone.");
    site.verifies().await;
}

#[tokio::test]
async fn who_leaves_an_event_to_somebody_else_goes_and_the_event_stands() {
    let site = Site::start().await;
    let event = site.event("Quiz night").host("ada").make().await;
    let (mut ada, mut bob, mut eve) = (site.member("ada").await, site.member("bob").await, site.member("eve").await);
    goes_to(&site, &mut eve, &event).await;
    ada.visit("/settings/data/deletion").await.follow("Leave “Quiz night” to somebody else").await.is(200);
    ada.fill("email", "bob@example.org").press("Ask them").await.sees("Until then it is yours.");
    ada.visit("/settings/data/deletion").await.sees("People come to events of yours.");
    assert!(!ada.has_button("Delete my account for good"));
    let path = link(&site.mail_to("bob@example.org").await, "/team/invitation");
    bob.visit(&path).await.press("Take it over").await.sees("This event is yours now.");
    deletes(&mut ada).await;
    ada.at("/account-deleted");
    site.work().await;
    let now = site.reload(&event).await;
    assert!(now.is_published() && now.taken == 1, "{now:?}");
    let hosts = events::store::hosts(&site.app.db, event.id).await.unwrap();
    let roles: Vec<_> = hosts.iter().map(|host| (host.name.as_str(), host.role)).collect();
    assert_eq!(roles, [("bob", Role::Owner)]);
    bob.visit(&format!("{}/cancellation", event.path())).await.is(200);
    eve.visit("/tickets").await.sees("Quiz night");
    site.verifies().await;
}

#[tokio::test]
async fn what_they_owned_and_is_over_is_found_by_their_name_no_more() {
    let site = Site::start().await;
    site.event("Quiz night").host("Ada Lovelace").make().await;
    site.later(days(30)).await;
    let month = site.now().in_zone(&jiff::tz::TimeZone::UTC).strftime("%Y-%m").to_string();
    let found = async |site: &Site| {
        let mut all = String::new();
        for month in ["2026-10", "2026-11", "2026-12", &month] {
            let mut visitor = site.browser();
            visitor.visit(&format!("/calendar?month={month}&q=lovelace")).await.is(200);
            all += &visitor.html();
        }
        all.contains("Quiz night")
    };
    assert!(found(&site).await);
    let mut ada = site.member("Ada Lovelace").await;
    deletes(&mut ada).await;
    ada.at("/account-deleted");
    site.work().await;
    assert!(!found(&site).await);
}
