//! What the journal promises.
use marquee::decide;
use marquee::journal::{self, Actor};
use marquee::members::{self, MemberFact};

use crate::site::Site;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn facts_of_one_stream_that_come_at_once_stand_one_behind_the_other() {
    let site = Site::start().await;
    let ada = site.account("ada").await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let app = site.app.clone();
        tasks.spawn(async move {
            let now = app.clock.now();
            decide!(
                app.db,
                tx,
                journal::append(tx, &members::stream(ada.id), &MemberFact::SignedIn, Actor::Member(ada.id), now).await
            )
        });
    }
    for outcome in tasks.join_all().await {
        outcome.unwrap();
    }
    let mut tx = site.app.db.read().await.unwrap();
    let facts = journal::before(&mut tx, i64::MAX, &members::stream(ada.id), "", 100).await.unwrap();
    let versions: Vec<i64> = facts.iter().map(|fact| fact.version).collect();
    assert_eq!(versions, (1..=40).rev().collect::<Vec<_>>());
}
