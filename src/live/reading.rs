//! The one reader of the journal in a process: it goes while anybody listens, and tells each fact once.
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::counts::Counts;
use super::hub::{Post, Push};
use super::tail::Tail;
use super::telling::{self, Effect};
use super::{Live, Topic};
use crate::app::App;
use crate::db::Version;
use crate::error::Result;
use crate::events::Event;
use crate::ids::Id;
use crate::journal::Entry;

/// Goes until nobody listens any more.
pub(super) async fn read(app: App, tail: Tail) {
    let mut beat = interval(app.live.pace().look);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut reader = Reader { tail, seen: None, counting: Counting::default() };
    let mut well = true;
    loop {
        beat.tick().await;
        if app.live.is_left() {
            return;
        }
        let looked = reader.look(&app).await;
        if let Err(error) = &looked
            && well
        {
            tracing::warn!(?error, "what happened cannot be told to open sockets");
        }
        well = looked.is_ok();
        app.live.hub().check_due(app.clock.now());
    }
}

impl Live {
    /// Ends the reading if nobody is there to be told.
    fn is_left(&self) -> bool {
        let mut hub = self.hub();
        if hub.count() == 0 {
            hub.told = None;
        }
        hub.told.is_none()
    }

    fn say(&self, topic: Topic, text: &str) {
        let push = Push { topic, text: Arc::from(text) };
        self.hub().post(topic, &Post::Push(push));
    }

    fn is_heard(&self, topic: Topic) -> bool {
        self.hub().is_heard(topic)
    }
}

struct Reader {
    tail: Tail,
    /// What the database held when it was last asked.
    seen: Option<Version>,
    counting: Counting,
}

impl Reader {
    async fn look(&mut self, app: &App) -> Result<()> {
        let version = app.db.version().await?;
        if self.seen.as_ref() != Some(&version) || self.tail.waits() {
            let found = self.tail.next(app).await?;
            let cursor = self.tail.cursor();
            // Before it is told: who begins to listen in between reads it in the journal, and nobody misses it.
            app.live.hub().told = Some(cursor);
            let told = self.tell(app, &found.facts, cursor).await;
            if found.skipped || told.is_err() {
                app.live.hub().post_all(&Post::Resync);
            }
            told?;
            self.seen = Some(version);
        }
        self.counting.flush(app, self.tail.cursor()).await
    }

    async fn tell(&mut self, app: &App, facts: &[Entry], cursor: i64) -> Result<()> {
        for entry in facts {
            for effect in telling::effects(app, entry).await? {
                match effect {
                    Effect::Say(topic, said) => app.live.say(topic, &at(said, entry.seq.min(cursor))),
                    Effect::Check(topic) => app.live.hub().post(topic, &Post::Check),
                    Effect::Counts(event) => self.counting.changed(event),
                }
            }
        }
        Ok(())
    }
}

/// A message with the position at which it stands.
pub(super) fn at(mut said: Value, cursor: i64) -> String {
    if let Some(fields) = said.as_object_mut() {
        fields.insert("cursor".to_owned(), cursor.into());
    }
    said.to_string()
}

/// Counts of events that change by the second are told once a second.
#[derive(Default)]
struct Counting {
    changed: HashSet<Id<Event>>,
    told: HashMap<Id<Event>, (Instant, Counts)>,
}

fn topics(event: Id<Event>) -> [Topic; 3] {
    [Topic::Event(event), Topic::Door(event), Topic::Dashboard(event)]
}

impl Counting {
    fn changed(&mut self, event: Id<Event>) {
        self.changed.insert(event);
    }

    async fn flush(&mut self, app: &App, cursor: i64) -> Result<()> {
        let heard = |event: &Id<Event>| topics(*event).into_iter().any(|topic| app.live.is_heard(topic));
        self.changed.retain(heard);
        self.told.retain(|event, _| heard(event));
        let pause = app.live.pace().counts;
        let ready = |event: &Id<Event>| self.told.get(event).is_none_or(|(at, _)| at.elapsed() >= pause);
        let ready: Vec<Id<Event>> = self.changed.iter().copied().filter(ready).collect();
        for event in ready {
            let counts = Counts::of(app, event).await?;
            self.changed.remove(&event);
            let Some(counts) = counts else { continue };
            if counts.is_for_few() {
                // Those who may know of it are others with every invitation and every place.
                topics(event).into_iter().for_each(|topic| app.live.hub().post(topic, &Post::Check));
            }
            let same = self.told.get(&event).is_some_and(|(_, told)| told.says_the_same(&counts));
            for topic in topics(event).into_iter().filter(|_| !same) {
                if let Some(said) = counts.said(topic, cursor) {
                    app.live.say(topic, &said);
                }
            }
            self.told.insert(event, (Instant::now(), counts));
        }
        Ok(())
    }
}
