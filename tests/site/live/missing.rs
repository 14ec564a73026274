//! Nothing is missed: by who comes back, and by who is at another node than the one where it happened.
use std::time::Duration;

use marquee::db::Db;
use marquee::journal::{self, Actor};
use marquee::live::{PACE, Pace};
use marquee::members::MemberFact;
use serde_json::json;
use tokio::net::TcpSocket;

use super::{access, cookie, new_face, serve, until};
use crate::races::{guest, take, wish};
use crate::site::Site;

#[tokio::test]
async fn who_comes_back_hears_what_concerned_them_meanwhile_and_nothing_else() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let node = serve(site.app.clone()).await;
    let browser = site.member("ada").await;
    let (ada, bob) = (site.account_named("ada").await, site.account("bob").await);
    new_face(&site, &ada).await;
    let cursor = node.page(&browser, "/ws").await.hears("ready").await["cursor"].as_i64().unwrap();
    new_face(&site, &bob).await;
    take(&site.app, &wish(&site.app, &event, guest(1), 0, 1).await).await.unwrap();
    new_face(&site, &ada).await;
    let mut back = node.page(&browser, &format!("/ws?cursor={cursor}")).await;
    back.hears("ready").await;
    let missed = back.hears("avatar_changed").await;
    assert!(missed["cursor"].as_i64() > Some(cursor), "{missed}");
    let again = node.page(&browser, &format!("/ws?cursor={}", missed["cursor"])).await;
    let mut with_token = node.open("/ws", &[]).await.unwrap();
    with_token.says(json!({ "token": access(&site, &ada).await, "cursor": cursor })).await;
    assert_eq!(with_token.comes_to_hear("avatar_changed").await["cursor"], missed["cursor"]);
    let mut again = again;
    again.hears("ready").await;
    new_face(&site, &ada).await;
    // Perhaps something twice.
    while again.hears("avatar_changed").await["cursor"] == missed["cursor"] {}
}

#[tokio::test]
async fn a_client_that_does_not_read_is_let_go_and_keeps_nobody_else_waiting() {
    let site = Site::start().await;
    site.app.live.paced(Pace { send: Duration::from_secs(2), ..PACE });
    let node = serve(site.app.clone()).await;
    let browser = site.member("ada").await;
    let (ada, now) = (site.account_named("ada").await, site.now());
    let narrow = TcpSocket::new_v4().unwrap();
    narrow.set_recv_buffer_size(2048).unwrap();
    let narrow = narrow.connect(node.0).await.unwrap();
    let Ok(unread) = node.over(narrow, "/ws", &[cookie(&browser), node.origin()]).await else { panic!("no socket") };
    let mut read = node.page(&browser, "/ws").await;
    read.hears("ready").await;
    let mut tx = site.app.db.write().await.unwrap();
    for _ in 0..3_000 {
        journal::append(&mut tx, &ada.stream(), &MemberFact::AvatarChanged, Actor::Site, now).await.unwrap();
    }
    let last = journal::last(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    // A machine that is busy may tell who reads to look for themselves instead. It never lets them go.
    let reads = async { while read.next().await["cursor"].as_i64() <= Some(last) {} };
    let lets_go = async {
        until(|| site.app.live.count() == 1).await;
        new_face(&site, &ada).await;
    };
    tokio::join!(reads, lets_go);
    drop(unread);
}

#[tokio::test]
async fn who_was_away_too_long_is_told_to_look() {
    let site = Site::start().await;
    let node = serve(site.app.clone()).await;
    let browser = site.member("ada").await;
    let (ada, now) = (site.account_named("ada").await, site.now());
    let mut tx = site.app.db.write().await.unwrap();
    for _ in 0..501 {
        journal::append(&mut tx, &ada.stream(), &MemberFact::ProfileChanged, Actor::Site, now).await.unwrap();
    }
    let last = journal::last(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    for (cursor, event) in [((last - 501).to_string(), "resync"), ("-1".into(), "resync")] {
        let mut socket = node.page(&browser, &format!("/ws?cursor={cursor}")).await;
        socket.hears("ready").await;
        socket.hears(event).await;
    }
    for cursor in [(last - 500).to_string(), (last + 7).to_string(), "nonsense".into(), String::new()] {
        let mut socket = node.page(&browser, &format!("/ws?cursor={cursor}")).await;
        socket.hears("ready").await;
        new_face(&site, &ada).await;
        socket.comes_to_hear("avatar_changed").await;
    }
}

#[tokio::test]
async fn what_happens_at_one_node_is_heard_at_every_other() {
    let site = Site::start().await;
    let event = site.event("Quiz").capacity(9).make().await;
    let second = site.second().await;
    let (here, there) = (serve(site.app.clone()).await, serve(second.clone()).await);
    let browser = site.member("ada").await;
    let ada = site.account_named("ada").await;
    let mut window = there.page(&browser, "/ws").await;
    window.hears("ready").await;
    let ((mut one, _), (mut other, _)) = (here.visitor("event/quiz").await, there.visitor("event/quiz").await);
    take(&site.app, &wish(&site.app, &event, guest(1), 0, 1).await).await.unwrap();
    for visitor in [&mut one, &mut other] {
        assert_eq!(visitor.hears("event_counts").await["counts"]["left"], 8);
    }
    take(&second, &wish(&second, &event, guest(2), 0, 1).await).await.unwrap();
    for visitor in [&mut one, &mut other] {
        assert_eq!(visitor.hears("event_counts").await["counts"]["left"], 7);
    }
    new_face(&site, &ada).await;
    window.hears("avatar_changed").await;
    let now = site.now();
    marquee::decide!(site.app.db, tx, marquee::signin::end_other_sessions(tx, &ada, "", now).await).unwrap();
    assert_eq!(window.closes().await, 4401, "it ends at every node");
}

#[tokio::test]
async fn a_fact_that_commits_behind_later_ones_is_heard_too() {
    let site = Site::start().await;
    let Db::Postgres(..) = site.app.db else { return };
    let node = serve(site.app.clone()).await;
    let (browser, other) = (site.member("ada").await, site.member("bob").await);
    let (ada, bob) = (site.account_named("ada").await, site.account_named("bob").await);
    let (mut slow, mut quick) = (node.page(&browser, "/ws").await, node.page(&other, "/ws").await);
    slow.hears("ready").await;
    quick.hears("ready").await;
    let now = site.now();
    let mut open = site.app.db.write().await.unwrap();
    marquee::members::avatar::change(&mut open, ada.id, Some(marquee::ids::Id::new()), now).await.unwrap();
    new_face(&site, &bob).await;
    let told = quick.hears("avatar_changed").await["cursor"].as_i64().unwrap();
    let mut tx = site.app.db.read().await.unwrap();
    assert!(told < journal::last(&mut tx).await.unwrap(), "the position before it is still open");
    drop(tx);
    open.commit().await.unwrap();
    slow.hears("avatar_changed").await;
}
