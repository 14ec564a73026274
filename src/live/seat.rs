//! A socket's place in this process, and what waits for it there.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc;

use super::Live;
use super::hub::Post;

/// What waits for one socket.
#[derive(Debug)]
pub(super) struct Queue {
    pub posts: mpsc::Receiver<Post>,
    /// Whether a look at its rights waits there.
    pub checks: Arc<AtomicBool>,
}

impl Queue {
    /// None once the socket was let go and has read the rest.
    pub async fn next(&mut self) -> Option<Post> {
        let post = self.posts.recv().await;
        if matches!(post, Some(Post::Check)) {
            self.checks.store(false, Ordering::Release);
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
