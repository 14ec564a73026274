//! Posters that were drawn are kept in memory: drawing one costs milliseconds, showing it nothing.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

/// About 40 MB at the most: a poster takes some 10 KB as SVG and 100 KB as PNG.
const MOST: usize = 400;

#[derive(Clone, Default)]
pub struct Pictures {
    drawn: Arc<Mutex<HashMap<String, Bytes>>>,
}

impl Pictures {
    /// The picture under this key, drawn on a thread for such work if nobody asked before.
    pub async fn or_draw(
        &self,
        key: String,
        draw: impl FnOnce() -> anyhow::Result<Vec<u8>> + Send + 'static,
    ) -> anyhow::Result<Bytes> {
        if let Some(drawn) = self.drawn.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(drawn.clone());
        }
        let picture = Bytes::from(tokio::task::spawn_blocking(draw).await??);
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if drawn.len() >= MOST {
            drawn.clear();
        }
        drawn.insert(key, picture.clone());
        Ok(picture)
    }
}
