//! The wall beside the forms: what is on next.
use crate::app::App;
use crate::error::Result;
use crate::events::{self, Event};

pub struct Wall {
    pub next: Option<Event>,
}

impl Wall {
    pub async fn of(app: &App) -> Result<Self> {
        Ok(Self { next: events::finding::next(app).await? })
    }
    /// As `data-palette` wants it.
    pub fn palette(&self) -> String {
        self.next.as_ref().map_or_else(|| "02".to_owned(), Event::palette_class)
    }
}
