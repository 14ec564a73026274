//! Where a reader of the journal stands. It hands on each fact as soon as it can be seen, and knows which positions
//! before the last one are still empty: on PostgreSQL an open transaction may yet fill them.
use std::collections::BTreeMap;

use crate::app::App;
use crate::db;
use crate::journal::{self, Entry};

/// Facts that are read at a time.
const PAGE: i64 = 500;
/// How far before the last position a reader that begins looks for empty ones.
const BACK: i64 = 1_000;
/// Who is so far behind begins anew, and tells listeners to look for themselves.
const FAR: i64 = 10_000;

#[derive(Debug, Default)]
pub struct Tail {
    /// The last position that was seen.
    high: i64,
    /// Those before it that are empty, each with a number above that of whichever transaction may fill it, once known.
    holes: BTreeMap<i64, Option<i64>>,
}

/// What a reader found.
pub struct Found {
    pub facts: Vec<Entry>,
    /// Whether there was more than it read.
    pub skipped: bool,
}

impl Tail {
    /// At the end of the journal.
    pub async fn begin(app: &App) -> db::Result<Self> {
        let mut tx = app.db.read().await?;
        let last = journal::last(&mut tx).await?;
        let from = (last - BACK).max(0);
        let mut tail = Self { high: from, holes: BTreeMap::new() };
        let facts = journal::since(&mut tx, from, BACK).await?;
        tail.take(facts);
        drop(tx);
        tail.bar(journal::newest(&app.db).await?);
        Ok(tail)
    }

    /// Every fact up to here was handed on, or will never be.
    pub fn cursor(&self) -> i64 {
        self.holes.first_key_value().map_or(self.high, |(first, _)| first - 1)
    }

    /// Whether something may still come that changes nothing else.
    pub fn waits(&self) -> bool {
        !self.holes.is_empty()
    }

    /// What came since.
    pub async fn next(&mut self, app: &App) -> db::Result<Found> {
        let mut tx = app.db.read().await?;
        let oldest_open = journal::oldest_open(&mut tx).await?;
        if journal::last(&mut tx).await? - self.high > FAR {
            drop(tx);
            *self = Self::begin(app).await?;
            return Ok(Found { facts: Vec::new(), skipped: true });
        }
        // All of it is read before any is taken: what was taken and then not handed on would be lost.
        let (mut read, mut from) = (Vec::new(), self.cursor());
        loop {
            let page = journal::since(&mut tx, from, PAGE).await?;
            let Some(last) = page.last().map(|entry| entry.seq) else { break };
            from = last;
            read.extend(page);
        }
        drop(tx);
        let facts = self.take(read);
        self.retire(oldest_open);
        // Where that cannot be asked now the empty positions are kept until the next look.
        if self.holes.values().any(Option::is_none)
            && let Ok(newest) = journal::newest(&app.db).await
        {
            self.bar(newest);
        }
        Ok(Found { facts, skipped: false })
    }

    /// Of these, in order, those that were not seen before.
    fn take(&mut self, page: Vec<Entry>) -> Vec<Entry> {
        let mut new = Vec::new();
        for entry in page {
            if entry.seq > self.high {
                self.holes.extend((self.high + 1..entry.seq).map(|empty| (empty, None)));
                self.high = entry.seq;
            } else if self.holes.remove(&entry.seq).is_none() {
                continue;
            }
            new.push(entry);
        }
        new
    }

    /// Whoever may fill a hole that was just found has a smaller number than this.
    fn bar(&mut self, newest: i64) {
        for bar in self.holes.values_mut() {
            bar.get_or_insert(newest);
        }
    }

    /// All with smaller numbers had ended when it was looked: what they left empty stays so.
    fn retire(&mut self, oldest_open: i64) {
        self.holes.retain(|_, bar| bar.is_none_or(|bar| bar > oldest_open));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Instant;

    fn facts(positions: &[i64]) -> Vec<Entry> {
        let fact = |seq: &i64| Entry {
            seq: *seq,
            stream: String::new(),
            version: 1,
            kind: String::new(),
            payload: String::new(),
            actor: String::new(),
            at: Instant::default(),
        };
        positions.iter().map(fact).collect()
    }

    fn seen(new: &[Entry]) -> Vec<i64> {
        new.iter().map(|entry| entry.seq).collect()
    }

    #[test]
    fn a_position_that_is_filled_late_is_handed_on_and_never_passed_before() {
        let mut tail = Tail::default();
        assert_eq!(seen(&tail.take(facts(&[1, 2, 5]))), [1, 2, 5]);
        assert_eq!((tail.cursor(), tail.waits()), (2, true));
        tail.bar(70);
        tail.retire(69);
        assert_eq!(seen(&tail.take(facts(&[4, 5, 6]))), [4, 6], "what was seen is not handed on again");
        assert_eq!(tail.cursor(), 2, "3 may still come");
        assert_eq!(seen(&tail.take(facts(&[3, 4, 5, 6]))), [3]);
        assert_eq!((tail.cursor(), tail.waits()), (6, false));
    }

    #[test]
    fn a_position_that_nobody_can_fill_any_more_is_passed() {
        let mut tail = Tail::default();
        tail.take(facts(&[1, 3]));
        tail.retire(i64::MAX);
        assert_eq!(tail.cursor(), 1, "whoever may fill it is not known yet");
        tail.bar(70);
        tail.retire(70);
        assert_eq!((tail.cursor(), tail.waits()), (3, false));
    }
}
