//! Who is at a socket, what they missed, and what they may hear still.
use axum::extract::ws::WebSocket;
use serde_json::json;

use super::super::ends::{End, Go, code};
use super::Talk;
use crate::journal;
use crate::live::rights::{Wish, granted};
use crate::live::telling::{self, Effect};
use crate::live::{RECHECK, Topic, reading};

/// How far back a client may go on from where it was.
const RESUMED: i64 = 500;

impl Talk {
    /// Listens to what concerns the member, tells what was missed, and says so.
    pub(super) async fn welcome(&mut self, socket: &mut WebSocket) -> Go {
        if let Some(me) = self.who.me.clone() {
            {
                let mut hub = self.seat.live.hub();
                if hub.sockets_of(me.id) >= self.app.config.sockets.member {
                    return Err(End::Close(code::TOO_MANY, "too many sockets of one member"));
                }
                hub.listen(self.seat.id, Topic::Member(me.id));
                self.seat.told = hub.told.unwrap_or(self.seat.told);
            }
            // What ended before it listened was not told.
            self.check(socket).await?;
        }
        let ready = json!({ "event": "ready", "member": self.who.me.is_some(), "cursor": self.seat.told });
        self.say(ready, socket).await?;
        self.resume(socket).await
    }

    /// Tells what concerned the member since their cursor, or that it is too long ago for that.
    async fn resume(&mut self, socket: &mut WebSocket) -> Go {
        let (Some(cursor), Some(me)) = (self.cursor.take(), self.who.me.clone()) else { return Ok(()) };
        let told = self.seat.told;
        if cursor >= told {
            return Ok(());
        }
        if cursor < 0 || told - cursor > RESUMED {
            return self.resync(socket).await;
        }
        let mut tx = self.app.db.read().await?;
        let facts = journal::since(&mut tx, cursor, told - cursor).await?;
        drop(tx);
        for entry in facts.iter().filter(|entry| entry.seq <= told && telling::may_concern_members(entry)) {
            for effect in telling::effects(&self.app, entry).await? {
                if let Effect::Say(topic, said) = effect
                    && topic == Topic::Member(me.id)
                {
                    self.write(reading::at(said, entry.seq), socket).await?;
                }
            }
        }
        Ok(())
    }

    /// Looks again who is there, and what they may hear.
    pub(super) async fn check(&mut self, socket: &mut WebSocket) -> Go {
        if !self.who.still(&self.app).await? {
            return Err(End::Close(code::SIGN_IN, "the session or token has ended"));
        }
        let known: Vec<(Topic, Wish)> = self.topics.iter().map(|(topic, wish)| (*topic, wish.clone())).collect();
        for (topic, wish) in known {
            if !self.keeps(topic, &wish).await? {
                self.say(json!({ "event": "unsubscribed", "topic": wish.name }), socket).await?;
            }
        }
        let recheck = self.app.clock.now() + RECHECK;
        let at = self.who.ends_at().map_or(recheck, |end| end.min(recheck));
        self.seat.live.hub().check_at(self.seat.id, at);
        Ok(())
    }

    /// What was not told may have ended what they may hear, and have changed what they see.
    pub(super) async fn look_again(&mut self, socket: &mut WebSocket) -> Go {
        self.check(socket).await?;
        self.resync(socket).await?;
        let topics: Vec<Topic> = self.topics.keys().copied().collect();
        for topic in topics {
            self.counts(topic, socket).await?;
        }
        Ok(())
    }

    /// Whether they may still hear a topic; else they do not.
    pub(super) async fn keeps(&mut self, topic: Topic, wish: &Wish) -> Go<bool> {
        let kept = granted(&self.app, &self.who, wish).await? == Some(topic);
        if !kept {
            self.forget(topic);
        }
        Ok(kept)
    }

    pub(super) fn forget(&mut self, topic: Topic) {
        self.topics.remove(&topic);
        self.seat.live.hub().unlisten(self.seat.id, topic);
    }
}
