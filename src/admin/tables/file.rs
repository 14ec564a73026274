//! A table as a file for spreadsheets: all rows that its search and filters leave, sent as they are read.
use axum::body::Body;
use axum::response::Response;
use futures_util::stream;

use super::store::{self, From, Keyed, Place};
use super::{Asked, List};
use crate::app::App;
use crate::db::Record;
use crate::error::Result;
use crate::i18n::{Locale, Say, Text};
use crate::web::csv::{Cell, Sheet};
use crate::web::download;

/// Rows that are read at a time.
const CHUNK: i64 = 1_000;

/// How a row is written.
pub type Writes<T> = fn(&mut Sheet, &T) -> anyhow::Result<()>;

struct Reading<T> {
    app: App,
    list: &'static List,
    asked: Asked,
    place: Option<Place>,
    write: Writes<T>,
    done: bool,
}

impl<T> Reading<T>
where
    Keyed<T>: Record,
{
    async fn chunk(mut self) -> anyhow::Result<Option<(Vec<u8>, Self)>> {
        if self.done {
            return Ok(None);
        }
        let from = From { place: self.place.as_ref(), back: false };
        let now = self.app.clock.now();
        let rows: Vec<Keyed<T>> = store::rows(&self.app.db, self.list, &self.asked, from, CHUNK, now).await?;
        let mut sheet = Sheet::more();
        for row in &rows {
            (self.write)(&mut sheet, &row.row)?;
        }
        self.done = i64::try_from(rows.len())? < CHUNK;
        self.place = rows.last().map(Keyed::place);
        Ok(Some((sheet.finish()?, self)))
    }
}

/// The answer: a row of heads in the reader's language, then every row. Words that stand in addresses of the table, as
/// those of states, stay as they are there.
pub fn csv<T>(
    app: App,
    list: &'static List,
    asked: Asked,
    (name, locale): (&'static str, Locale),
    heads: &[Text<'static>],
    write: Writes<T>,
) -> Result<Response>
where
    Keyed<T>: Record,
    T: Send + 'static,
{
    let mut head = Sheet::new();
    let heads: Vec<String> = heads.iter().map(|head| head.to(locale)).collect();
    head.row(&heads.iter().map(|head| Cell::Text(head)).collect::<Vec<_>>())?;
    let head = head.finish()?;
    let reading = Reading { app, list, asked, place: None, write, done: false };
    let rows = stream::try_unfold((Some(head), reading), |(head, reading)| async move {
        match head {
            Some(head) => Ok(Some((head, (None, reading)))),
            None => reading.chunk().await.map(|chunk| chunk.map(|(bytes, reading)| (bytes, (None, reading)))),
        }
    });
    download::csv(name, Body::from_stream(rows))
}
