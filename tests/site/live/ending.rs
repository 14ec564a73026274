//! What ends a socket, or what it hears, while it is open.
use std::time::Duration;

use marquee::api::Scope;
use marquee::clock;
use marquee::db::sql;
use marquee::events::{Role, Visibility, team};
use marquee::ids::Id;
use marquee::invitations::Invitation;
use marquee::journal::{self, Actor};
use marquee::live::{PACE, Pace};
use marquee::members::MemberFact;
use marquee::{decide, signin};
use serde_json::json;

use super::{access, new_face, serve, token, until};
use crate::races::{guest, take, wish};
use crate::site::{PASSWORD, Site};

#[tokio::test]
async fn a_role_that_is_taken_away_is_heard_at_once_and_nothing_after_it() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    site.gives_role(&event, site.account("bob").await.id, Role::Host).await;
    let mut bob = serve(site.app.clone()).await.page(&site.member("bob").await, "/ws").await;
    bob.subscribes("dashboard/quiz").await;
    let (host, now) = (site.account_named("bob").await, site.now());
    decide!(site.app.db, tx, team::remove(tx, event.id, host.id, Actor::Site, now).await).unwrap();
    assert_eq!(bob.comes_to_hear("unsubscribed").await["topic"], "dashboard/quiz");
    site.places(&event, "Eve", 2).await;
    new_face(&site, &host).await;
    bob.hears("avatar_changed").await;
    bob.is_refused("dashboard/quiz").await;
}

#[tokio::test]
async fn an_event_that_is_for_the_invited_now_is_not_heard_by_visitors_any_more() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let (mut visitor, _) = serve(site.app.clone()).await.visitor("event/quiz").await;
    let mut changed = site.reload(&event).await;
    changed.visibility = Visibility::Invited;
    let mut tx = site.app.db.write().await.unwrap();
    marquee::events::store::update(&mut tx, &changed).await.unwrap();
    tx.commit().await.unwrap();
    // By whatever happens there next.
    take(&site.app, &wish(&site.app, &event, guest(1), 0, 1).await).await.unwrap();
    assert_eq!(visitor.next().await, json!({ "event": "unsubscribed", "topic": "event/quiz" }));
}

#[tokio::test]
async fn a_new_password_closes_the_sockets_of_other_sessions() {
    let site = Site::start().await;
    let (mut here, there) = (site.member("ada").await, site.member("ada").await);
    let ada = site.account_named("ada").await;
    let node = serve(site.app.clone()).await;
    let (mut own, mut other) = (node.page(&here, "/ws").await, node.page(&there, "/ws").await);
    own.hears("ready").await;
    other.hears("ready").await;
    here.visit("/settings/password").await.fill("current", PASSWORD).fill("password", "Another horse 8 battery");
    here.press("Change password").await.is(200);
    assert_eq!(other.closes().await, 4401);
    new_face(&site, &ada).await;
    own.hears("avatar_changed").await;
}

#[tokio::test]
async fn signing_out_suspension_and_deletion_close_sockets() {
    let site = Site::start().await;
    let node = serve(site.app.clone()).await;
    let mut ada = site.member("ada").await;
    let mut socket = node.page(&ada, "/ws").await;
    socket.hears("ready").await;
    ada.visit("/").await.press("Sign out").await;
    assert_eq!(socket.closes().await, 4401);
    let (mut admin, bob) = (site.admin("root").await, site.member("bob").await);
    let mut socket = node.page(&bob, "/ws").await;
    socket.hears("ready").await;
    let page = format!("/admin/members/{}", site.account_named("bob").await.id);
    admin.visit(&page).await.fill("reason", "A stolen phone").press("End all sessions").await.is(200);
    assert_eq!(socket.closes().await, 4401);
    let bob = site.member("bob").await;
    let mut socket = node.page(&bob, "/ws").await;
    socket.hears("ready").await;
    admin.visit(&page).await.fill("reason", "Spam").press("Suspend").await.is(200);
    assert_eq!(socket.closes().await, 4401);
    let mut eve = site.member("eve").await;
    let mut socket = node.page(&eve, "/ws").await;
    socket.hears("ready").await;
    eve.post("/settings/data/deletion", &[]).await.is(303);
    assert_eq!(socket.closes().await, 4401);
}

#[tokio::test]
async fn the_end_of_a_token_closes_what_came_in_by_it() {
    let site = Site::start().await;
    let node = serve(site.app.clone()).await;
    let ada = site.account("ada").await;
    let mut signed_in = node.open("/ws", &[]).await.unwrap();
    signed_in.says(json!({ "token": access(&site, &ada).await })).await.hears("ready").await;
    let mut personal = node.open("/ws", &[]).await.unwrap();
    personal.says(json!({ "token": token(&site, &ada, &[Scope::Read]).await })).await.hears("ready").await;
    site.app.clock.advance(clock::minutes(29));
    new_face(&site, &ada).await;
    signed_in.hears("avatar_changed").await;
    site.app.clock.advance(clock::minutes(2));
    assert_eq!(signed_in.closes().await, 4401);
    personal.hears("avatar_changed").await;
    let id: String = sql("SELECT id FROM api_tokens").scalar(&site.app.db).await.unwrap();
    let now = site.now();
    decide!(site.app.db, tx, marquee::api::tokens::revoke(tx, &ada, id.parse().unwrap(), now).await).unwrap();
    assert_eq!(personal.closes().await, 4401);
}

#[tokio::test]
async fn a_session_that_ends_between_the_question_and_the_answer_is_not_let_in() {
    let site = Site::start().await;
    let node = serve(site.app.clone()).await;
    let browser = site.member("ada").await;
    let ada = site.account_named("ada").await;
    let mut sockets = Vec::new();
    for _ in 0..10 {
        sockets.push(node.page(&browser, "/ws").await);
    }
    let now = site.now();
    decide!(site.app.db, tx, signin::end_other_sessions(tx, &ada, "", now).await).unwrap();
    for mut socket in sockets {
        assert_eq!(socket.closes().await, 4401, "each, however far it had come");
    }
}

#[tokio::test]
async fn whoever_answers_no_heartbeat_is_taken_for_dead() {
    let site = Site::start().await;
    site.app.live.paced(Pace { beat: Duration::from_millis(200), ..PACE });
    let node = serve(site.app.clone()).await;
    let (first, second) = (site.member("ada").await, site.member("bob").await);
    let bob = site.account_named("bob").await;
    let (visitor, mut alive) = (node.page(&first, "/ws").await, node.page(&second, "/ws").await);
    // It answers as long as it is read, and only the one is.
    let reads = tokio::spawn(async move {
        alive.comes_to_hear("avatar_changed").await;
        alive
    });
    until(|| site.app.live.count() == 1).await;
    new_face(&site, &bob).await;
    reads.await.unwrap();
    drop(visitor);
}

#[tokio::test]
async fn a_site_that_stops_says_so() {
    let site = Site::start().await;
    let node = serve(site.app.clone()).await;
    let browser = site.member("ada").await;
    let mut member = node.page(&browser, "/ws").await;
    member.hears("ready").await;
    let mut silent = node.open("/ws", &[]).await.unwrap();
    let app = site.app.clone();
    let stopped = tokio::spawn(async move { app.live.close().await });
    assert_eq!((member.closes().await, silent.closes().await), (1001, 1001));
    stopped.await.unwrap();
    assert_eq!((site.app.live.count(), node.open("/ws", &[]).await.err()), (0, Some(503)));
}

#[tokio::test]
async fn a_session_that_ends_behind_what_cannot_be_looked_up_hears_nothing_more() {
    let site = Site::start().await;
    let node = serve(site.app.clone()).await;
    let browser = site.member("ada").await;
    let (ada, now) = (site.account_named("ada").await, site.now());
    let mut window = node.page(&browser, "/ws").await;
    window.hears("ready").await;
    let mut tx = site.app.db.write().await.unwrap();
    let stream = format!("invitation/{}", Id::<Invitation>::new());
    journal::append(&mut tx, &stream, &MemberFact::ProfileChanged, Actor::Site, now).await.unwrap();
    sql("ALTER TABLE invitations RENAME TO invitations_elsewhere").execute(&mut tx).await.unwrap();
    signin::end_other_sessions(&mut tx, &ada, "", now).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(window.closes().await, 4401);
}
