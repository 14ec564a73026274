//! Posters that were drawn are kept in memory: drawing one costs milliseconds, as pixels many, showing it nothing.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::Semaphore;

/// About 40 MB at the most: a poster takes some 10 KB as SVG and 100 KB as PNG.
const MOST: usize = 400;

#[derive(Clone, Default)]
pub struct Pictures {
    drawn: Arc<Mutex<HashMap<String, Bytes>>>,
}

/// Painted at a time: whoever asks for many waits, and everything else goes on beside them.
static PAINTING: Semaphore = Semaphore::const_new(1);

impl Pictures {
    /// The drawing under this key, made on a thread for such work if nobody asked before.
    pub async fn or_draw(
        &self,
        key: String,
        draw: impl FnOnce() -> anyhow::Result<Vec<u8>> + Send + 'static,
    ) -> anyhow::Result<Bytes> {
        if let Some(drawn) = self.kept(&key) {
            return Ok(drawn);
        }
        let picture = Bytes::from(tokio::task::spawn_blocking(draw).await??);
        self.keep(key, picture.clone());
        Ok(picture)
    }
    /// The same for what takes long: in turn, so that one is painted once for all who ask for it meanwhile.
    pub async fn or_paint(
        &self,
        key: String,
        paint: impl FnOnce() -> anyhow::Result<Vec<u8>> + Send + 'static,
    ) -> anyhow::Result<Bytes> {
        if let Some(painted) = self.kept(&key) {
            return Ok(painted);
        }
        let turn = PAINTING.acquire().await?;
        let paint = move || {
            // Kept to the end of the work, also when nobody waits for it any more.
            let _turn = turn;
            paint()
        };
        self.or_draw(key, paint).await
    }
    fn kept(&self, key: &str) -> Option<Bytes> {
        self.drawn.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }
    fn keep(&self, key: String, picture: Bytes) {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        // Any one makes room: who draws many at will does not make all others be drawn again.
        let goes = (drawn.len() >= MOST).then(|| drawn.keys().next().cloned()).flatten();
        goes.map(|key| drawn.remove(&key));
        drawn.insert(key, picture);
    }
}
