//! Brings events in step with plans: how many may come is written beside each event, so that taking a place asks for
//! nothing more.
use super::store;
use crate::app::App;
use crate::events::{Event, hosting};
use crate::ids::Id;
use crate::jobs::{self, Job};
use crate::members::Member;

const BATCH: i64 = 200;

/// Of one owner, or of all: what plans are has changed. Goes on behind an event, a batch in each job.
pub async fn run(app: &App, member: Option<Id<Member>>, after: Option<Id<Event>>) -> anyhow::Result<()> {
    let now = app.clock.now();
    let events = store::to_fit(&app.db, member, after, now, BATCH).await?;
    for id in &events {
        let fitted: anyhow::Result<()> = decide!(app.db, tx, {
            hosting::fit(tx, *id, now).await?;
            Ok(())
        });
        fitted?;
    }
    if i64::try_from(events.len())? == BATCH {
        let after = events.last().copied();
        let next: anyhow::Result<()> = decide!(app.db, tx, {
            jobs::enqueue(tx, Job::FitPlans { member, after }, now).await?;
            Ok(())
        });
        next?;
    }
    Ok(())
}
