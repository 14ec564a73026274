//! Who listens to what in this process. Each socket has a queue of its own with an end, so it keeps nobody else
//! waiting: once it is full, what comes is put there no more, and the socket is told to look for itself.
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::mpsc;

use super::Topic;
use super::seat::{Queue, Waits};
use crate::clock::Instant;
use crate::ids::Id;
use crate::members::Member;

/// Messages that wait for one socket at most.
pub(super) const QUEUE: usize = 64;

/// What is put into a socket's queue.
#[derive(Debug, Clone)]
pub(super) enum Post {
    /// Something happened.
    Push(Push),
    /// It may not be theirs to hear any more: look again.
    Check,
    /// More happened than can be told, and some of it may have ended what they may hear: look for yourself.
    Resync,
}

/// A message for all who listen to a topic, written once.
#[derive(Debug, Clone)]
pub(super) struct Push {
    pub topic: Topic,
    /// JSON.
    pub text: Arc<str>,
}

/// Why there is no seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// This process has as many sockets as it may.
    House,
    /// This network address has.
    Address,
}

#[derive(Debug, Default)]
pub(super) struct Hub {
    next: u64,
    sockets: HashMap<u64, Socket>,
    listeners: HashMap<Topic, HashSet<u64>>,
    addresses: HashMap<String, usize>,
    /// Up to where the journal was told; none while nobody listens.
    pub told: Option<i64>,
}

#[derive(Debug)]
struct Socket {
    post: mpsc::Sender<Post>,
    address: String,
    topics: Vec<Topic>,
    waits: Arc<Waits>,
    /// When it looks at its rights again, whatever happens.
    check_at: Instant,
}

/// How many sockets there may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Most {
    pub house: usize,
    pub address: usize,
}

impl Hub {
    pub fn enter(&mut self, address: &str, most: Most, check_at: Instant) -> Result<(u64, Queue), Full> {
        if self.sockets.len() >= most.house {
            return Err(Full::House);
        }
        let here = self.addresses.entry(address.to_owned()).or_default();
        if *here >= most.address {
            return Err(Full::Address);
        }
        *here += 1;
        self.next += 1;
        let (post, posts) = mpsc::channel(QUEUE);
        let waits = Arc::new(Waits::default());
        let queue = Queue { posts, waits: Arc::clone(&waits) };
        let socket = Socket { post, address: address.to_owned(), topics: Vec::new(), waits, check_at };
        self.sockets.insert(self.next, socket);
        Ok((self.next, queue))
    }

    pub fn leave(&mut self, id: u64) {
        let Some(socket) = self.sockets.remove(&id) else { return };
        for topic in &socket.topics {
            self.forget(id, *topic);
        }
        if let Some(here) = self.addresses.get_mut(&socket.address) {
            *here -= 1;
            if *here == 0 {
                self.addresses.remove(&socket.address);
            }
        }
    }

    fn forget(&mut self, id: u64, topic: Topic) {
        if let Some(ids) = self.listeners.get_mut(&topic) {
            ids.remove(&id);
            if ids.is_empty() {
                self.listeners.remove(&topic);
            }
        }
    }

    pub fn listen(&mut self, id: u64, topic: Topic) {
        let Some(socket) = self.sockets.get_mut(&id) else { return };
        if !socket.topics.contains(&topic) {
            socket.topics.push(topic);
            self.listeners.entry(topic).or_default().insert(id);
        }
    }

    pub fn unlisten(&mut self, id: u64, topic: Topic) {
        if let Some(socket) = self.sockets.get_mut(&id) {
            socket.topics.retain(|known| *known != topic);
            self.forget(id, topic);
        }
    }

    pub fn is_heard(&self, topic: Topic) -> bool {
        self.listeners.contains_key(&topic)
    }

    pub fn count(&self) -> usize {
        self.sockets.len()
    }

    pub fn sockets_of(&self, member: Id<Member>) -> usize {
        self.listeners.get(&Topic::Member(member)).map_or(0, HashSet::len)
    }

    pub fn check_at(&mut self, id: u64, at: Instant) {
        if let Some(socket) = self.sockets.get_mut(&id) {
            socket.check_at = at;
        }
    }

    /// Puts this into the queues of all who listen to a topic.
    pub fn post(&mut self, topic: Topic, post: &Post) {
        let ids: Vec<u64> = self.listeners.get(&topic).into_iter().flatten().copied().collect();
        self.post_to(&ids, post);
    }

    pub fn post_all(&mut self, post: &Post) {
        let ids: Vec<u64> = self.sockets.keys().copied().collect();
        self.post_to(&ids, post);
    }

    /// Has those look at their rights whose time has come.
    pub fn check_due(&mut self, now: Instant) {
        let due: Vec<u64> =
            self.sockets.iter().filter(|(_, socket)| socket.check_at <= now).map(|(id, _)| *id).collect();
        for id in &due {
            // Until it says when to look next.
            self.check_at(*id, Instant::from_micros(i64::MAX));
        }
        self.post_to(&due, &Post::Check);
    }

    fn post_to(&mut self, ids: &[u64], post: &Post) {
        for id in ids {
            let Some(socket) = self.sockets.get_mut(id) else { continue };
            socket.put(post);
        }
    }
}

impl Socket {
    fn put(&self, post: &Post) {
        // Who looks later than now sees what is true now: once is enough.
        let said = self.waits.resync.load(Ordering::Acquire)
            || (matches!(post, Post::Check) && self.waits.check.swap(true, Ordering::AcqRel));
        if !said && self.post.try_send(post.clone()).is_err() {
            self.waits.resync.store(true, Ordering::Release);
            // It may have read all of it meanwhile, and would wait.
            self.post.try_send(Post::Resync).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: Most = Most { house: 3, address: 2 };

    fn at(micros: i64) -> Instant {
        Instant::from_micros(micros)
    }

    #[tokio::test]
    async fn whoever_does_not_read_is_told_to_look_and_nobody_else() {
        let mut hub = Hub::default();
        let topic = Topic::Event(Id::new());
        let (slow, mut unread) = hub.enter("a", MOST, at(9)).unwrap();
        let (quick, mut read) = hub.enter("a", MOST, at(9)).unwrap();
        hub.listen(slow, topic);
        hub.listen(quick, topic);
        let push = Post::Push(Push { topic, text: Arc::from("{}") });
        for _ in 0..QUEUE + 9 {
            hub.post(topic, &push);
            assert!(matches!(read.next().await, Some(Post::Push(_))));
        }
        hub.post(topic, &Post::Check);
        for _ in 0..QUEUE {
            assert!(matches!(unread.next().await, Some(Post::Push(_))));
        }
        hub.post(topic, &push);
        assert!(matches!(unread.next().await, Some(Post::Resync)), "what comes behind a gap is one with it");
        assert!(unread.posts.try_recv().is_err());
        hub.post(topic, &push);
        assert!(matches!(unread.next().await, Some(Post::Push(_))), "from then on it hears again");
    }

    #[test]
    fn seats_are_counted_by_house_and_address_and_free_again_when_left() {
        let mut hub = Hub::default();
        let (first, _queue) = hub.enter("a", MOST, at(9)).unwrap();
        hub.enter("a", MOST, at(9)).unwrap();
        assert_eq!(hub.enter("a", MOST, at(9)).unwrap_err(), Full::Address);
        hub.enter("b", MOST, at(9)).unwrap();
        assert_eq!(hub.enter("c", MOST, at(9)).unwrap_err(), Full::House);
        hub.leave(first);
        hub.leave(first);
        assert_eq!(hub.count(), 2);
        hub.enter("a", MOST, at(9)).unwrap();
    }

    #[test]
    fn rights_are_looked_at_when_their_time_has_come_and_once() {
        let mut hub = Hub::default();
        let (_, mut queue) = hub.enter("a", MOST, at(9)).unwrap();
        hub.check_due(at(8));
        assert!(queue.posts.try_recv().is_err());
        hub.check_due(at(9));
        assert!(matches!(queue.posts.try_recv(), Ok(Post::Check)));
        hub.check_due(at(10));
        assert!(queue.posts.try_recv().is_err());
    }

    #[tokio::test]
    async fn a_look_at_rights_waits_once_and_is_asked_for_anew_once_it_began() {
        let mut hub = Hub::default();
        let topic = Topic::Event(Id::new());
        let (id, mut queue) = hub.enter("a", MOST, at(9)).unwrap();
        hub.listen(id, topic);
        for _ in 0..=QUEUE {
            hub.post(topic, &Post::Check);
        }
        assert!(matches!(queue.next().await, Some(Post::Check)));
        assert!(queue.posts.try_recv().is_err());
        hub.post(topic, &Post::Check);
        assert!(matches!(queue.next().await, Some(Post::Check)));
    }

    #[test]
    fn what_nobody_listens_to_is_forgotten() {
        let mut hub = Hub::default();
        let topic = Topic::Event(Id::new());
        let (id, _queue) = hub.enter("a", MOST, at(9)).unwrap();
        hub.listen(id, topic);
        assert!(hub.is_heard(topic));
        hub.unlisten(id, topic);
        assert!(!hub.is_heard(topic));
        hub.listen(id, topic);
        hub.leave(id);
        assert!(!hub.is_heard(topic) && hub.addresses.is_empty());
    }
}
