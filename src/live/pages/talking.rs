//! What is said at one socket. One task does all of it: it reads what the client wants, writes what happens, and looks
//! again who is there whenever that may have changed.
mod standing;

use std::collections::HashMap;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Interval, MissedTickBehavior, interval_at, timeout};
use tokio_util::sync::CancellationToken;

use super::ends::{End, Go, code};
use crate::api::Scope;
use crate::api::caller;
use crate::app::App;
use crate::live::Topic;
use crate::live::counts::Counts;
use crate::live::hub::{Post, Push};
use crate::live::listener::Listener;
use crate::live::rights::{Wish, granted};
use crate::live::seat::Seat;
use crate::web::limits::Ip;

/// Topics of one socket at most.
const TOPICS: usize = 20;
/// Messages that one socket may send between two heartbeats.
const HEARD: u32 = 120;
/// Heartbeats that nobody answers before the socket is taken for dead.
const MISSED: u8 = 2;
/// How long a client may take to say goodbye, too.
const GOODBYE: Duration = Duration::from_secs(1);

/// What clients say.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Heard {
    token: String,
    cursor: Option<i64>,
    subscribe: String,
    unsubscribe: String,
    key: String,
}

/// What comes next.
enum Next {
    Stop,
    Beat,
    Post(Post),
    Said(Option<Message>),
}

pub(super) struct Talk {
    app: App,
    seat: Seat,
    who: Listener,
    ip: Ip,
    /// The last position that the client heard of before.
    cursor: Option<i64>,
    /// What it listens to, besides what concerns the member.
    topics: HashMap<Topic, Wish>,
    heard: u32,
    missed: u8,
}

impl Talk {
    pub fn new(app: App, seat: Seat, who: Listener, ip: Ip, cursor: Option<i64>) -> Self {
        Self { app, seat, who, ip, cursor, topics: HashMap::new(), heard: 0, missed: 0 }
    }

    pub async fn over(mut self, mut socket: WebSocket) {
        let ended = self.goes_on(&mut socket).await;
        // Its seat is free before it has said goodbye.
        drop(self);
        let goodbye = async {
            if let Err(End::Close(code, reason)) = ended {
                let frame = CloseFrame { code, reason: reason.into() };
                socket.send(Message::Close(Some(frame))).await.ok();
            }
            // Whoever said goodbye first is answered by reading on.
            while let Some(Ok(_)) = socket.recv().await {}
        };
        timeout(GOODBYE, goodbye).await.ok();
    }

    /// What happens now and then has memory while it happens: thousands of sockets that wait have none for it.
    async fn goes_on(&mut self, socket: &mut WebSocket) -> Go {
        let stop = self.app.live.0.stop.clone();
        if self.who.me.is_none() {
            let first = timeout(self.app.live.pace().first, self.first(socket, &stop)).await;
            let heard = first.map_err(|_| End::Close(code::LATE, "nothing was said in time"))??;
            Box::pin(self.introduced(heard, socket)).await?;
        } else {
            Box::pin(self.welcome(socket)).await?;
        }
        let pace = self.app.live.pace();
        let mut beat = interval_at(tokio::time::Instant::now() + pace.beat, pace.beat);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            match self.next(socket, &stop, &mut beat).await? {
                Next::Stop => return Err(End::Close(code::GOING, "the site stops")),
                Next::Beat => self.beat(socket).await?,
                Next::Post(post) => Box::pin(self.posted(post, socket)).await?,
                Next::Said(None) => return Err(End::Gone),
                Next::Said(Some(message)) => {
                    self.missed = 0;
                    if let Some(heard) = self.read(message)? {
                        Box::pin(self.wished(heard, socket)).await?;
                    }
                }
            }
        }
    }

    async fn next(&mut self, socket: &mut WebSocket, stop: &CancellationToken, beat: &mut Interval) -> Go<Next> {
        Ok(tokio::select! {
            () = stop.cancelled() => Next::Stop,
            Some(post) = self.seat.queue.next() => Next::Post(post),
            said = socket.recv() => Next::Said(said.transpose().map_err(|_| End::Gone)?),
            _ = beat.tick() => Next::Beat,
        })
    }

    /// The first message that says anything.
    async fn first(&mut self, socket: &mut WebSocket, stop: &CancellationToken) -> Go<Heard> {
        loop {
            let said = tokio::select! {
                () = stop.cancelled() => return Err(End::Close(code::GOING, "the site stops")),
                said = socket.recv() => said,
            };
            let Some(Ok(message)) = said else { return Err(End::Gone) };
            if let Some(heard) = self.read(message)? {
                return Ok(heard);
            }
        }
    }

    /// What a message says; none of those that only keep the socket alive.
    fn read(&mut self, message: Message) -> Go<Option<Heard>> {
        self.heard += 1;
        // What a client answers to our heartbeat it does not send of itself.
        let answer = matches!(message, Message::Pong(_));
        if self.heard > HEARD || !(answer || self.app.rates.allows(&self.app, self.ip)) {
            return Err(End::Close(code::RULES, "too many messages"));
        }
        match message {
            Message::Text(text) => match serde_json::from_str(&text) {
                Ok(heard) => Ok(Some(heard)),
                Err(_) => Err(End::Close(code::RULES, "messages are JSON objects")),
            },
            Message::Binary(_) => Err(End::Close(code::RULES, "messages are JSON objects")),
            Message::Ping(_) | Message::Pong(_) => Ok(None),
            Message::Close(_) => Err(End::Gone),
        }
    }

    /// Whoever had no session says who they are, or what they want to hear as a visitor.
    async fn introduced(&mut self, heard: Heard, socket: &mut WebSocket) -> Go {
        if heard.token.is_empty() {
            self.welcome(socket).await?;
            return self.wished(heard, socket).await;
        }
        let caller = caller::bearer(&self.app, &heard.token, self.ip).await?;
        let Some(caller) = caller.filter(|caller| caller.has(Scope::Read)) else {
            return Err(End::Close(code::SIGN_IN, "this token opens nothing here"));
        };
        self.who = Listener::calling(&self.app, &caller);
        self.cursor = heard.cursor.or(self.cursor);
        self.welcome(socket).await?;
        if heard.subscribe.is_empty() { Ok(()) } else { self.wished(heard, socket).await }
    }

    async fn posted(&mut self, post: Post, socket: &mut WebSocket) -> Go {
        match post {
            Post::Check => self.check(socket).await,
            Post::Resync => self.look_again(socket).await,
            Post::Push(Push { topic, text }) => {
                // It may have been put into the queue before the right to hear it ended.
                let own = self.who.me.as_ref().is_some_and(|me| topic == Topic::Member(me.id));
                if own || self.topics.contains_key(&topic) {
                    self.write(text.to_string(), socket).await
                } else {
                    Ok(())
                }
            }
        }
    }

    async fn wished(&mut self, heard: Heard, socket: &mut WebSocket) -> Go {
        if !heard.unsubscribe.is_empty() {
            let known = self.topics.iter().find(|(_, wish)| wish.name == heard.unsubscribe).map(|(topic, _)| *topic);
            if let Some(topic) = known {
                self.forget(topic);
            }
            return self.say(json!({ "event": "unsubscribed", "topic": heard.unsubscribe }), socket).await;
        }
        if heard.subscribe.is_empty() {
            return Err(End::Close(code::RULES, "say what to subscribe to"));
        }
        let wish = Wish::new(heard.subscribe, heard.key);
        let topic = if self.topics.len() < TOPICS { granted(&self.app, &self.who, &wish).await? } else { None };
        let Some(topic) = topic else {
            return self.say(json!({ "event": "refused", "topic": wish.name }), socket).await;
        };
        self.seat.live.hub().listen(self.seat.id, topic);
        self.topics.insert(topic, wish.clone());
        // What ended between the question and now was not told.
        if !self.keeps(topic, &wish).await? {
            return self.say(json!({ "event": "refused", "topic": wish.name }), socket).await;
        }
        self.say(json!({ "event": "subscribed", "topic": wish.name, "cursor": self.cursor_now() }), socket).await?;
        self.counts(topic, socket).await
    }

    /// How it stands, so that nothing is missed between a page and its socket.
    async fn counts(&mut self, topic: Topic, socket: &mut WebSocket) -> Go {
        let (Topic::Event(event) | Topic::Door(event) | Topic::Dashboard(event)) = topic else { return Ok(()) };
        let counts = Counts::of(&self.app, event).await?;
        match counts.and_then(|counts| counts.said(topic, self.cursor_now())) {
            Some(said) => self.write(said, socket).await,
            None => Ok(()),
        }
    }

    async fn beat(&mut self, socket: &mut WebSocket) -> Go {
        if self.missed >= MISSED {
            return Err(End::Gone);
        }
        self.missed += 1;
        self.heard = 0;
        self.send(Message::Ping(Bytes::new()), socket).await
    }

    async fn resync(&mut self, socket: &mut WebSocket) -> Go {
        self.say(json!({ "event": "resync", "cursor": self.cursor_now() }), socket).await
    }

    /// Up to where everybody was told.
    fn cursor_now(&self) -> i64 {
        self.seat.live.hub().told.unwrap_or(self.seat.told)
    }

    async fn say(&mut self, said: Value, socket: &mut WebSocket) -> Go {
        self.write(said.to_string(), socket).await
    }

    async fn write(&mut self, text: String, socket: &mut WebSocket) -> Go {
        self.send(Message::Text(text.into()), socket).await
    }

    async fn send(&mut self, message: Message, socket: &mut WebSocket) -> Go {
        match timeout(self.app.live.pace().send, socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            // It takes nothing, or is gone.
            _ => Err(End::Gone),
        }
    }
}
