//! A socket's place in this process, and what waits for it there.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc;

use super::Live;
use super::hub::Post;

/// What a socket will do anyway, and need not be put into its queue once more.
#[derive(Debug, Default)]
pub(super) struct Waits {
    /// A look at its rights waits there.
    pub check: AtomicBool,
    /// The queue was full: behind what is in it, something is missing.
    pub resync: AtomicBool,
}

/// What waits for one socket.
#[derive(Debug)]
pub(super) struct Queue {
    pub posts: mpsc::Receiver<Post>,
    pub waits: Arc<Waits>,
}

impl Queue {
    /// None once nobody can put anything there.
    pub async fn next(&mut self) -> Option<Post> {
        let post = match self.posts.try_recv() {
            Ok(post) => Some(post),
            Err(_) if self.waits.resync.swap(false, Ordering::AcqRel) => Some(Post::Resync),
            Err(_) => self.posts.recv().await,
        };
        if matches!(post, Some(Post::Check | Post::Resync)) {
            self.waits.check.store(false, Ordering::Release);
        }
        post
    }
}

/// A socket's place: it is free again when this is dropped.
pub(super) struct Seat {
    pub live: Live,
    pub id: u64,
    pub queue: Queue,
    /// Up to where the journal was told when it was taken.
    pub told: i64,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.live.hub().leave(self.id);
    }
}
