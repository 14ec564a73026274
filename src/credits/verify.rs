//! Replays what happened to credits and compares it with the ledgers and the balances.
use std::collections::HashMap;

use super::facts::{ENDED, Written};
use super::{CreditFact, Line, store};
use crate::db::Tx;
use crate::events::Event;
use crate::ids::Id;
use crate::journal::Entry;
use crate::members::Member;

#[derive(Debug, Default)]
pub struct Replayed {
    lines: HashMap<Id<Member>, Vec<Written>>,
}

impl Replayed {
    /// Applies one fact of the stream `credits/MEMBER`.
    pub fn apply(&mut self, member: Id<Member>, entry: &Entry) -> anyhow::Result<()> {
        let fact: CreditFact = entry.fact()?;
        self.lines.entry(member).or_default().push(fact.written());
        Ok(())
    }

    /// Applies one fact of the stream `event/EVENT`: most are none of ours.
    pub fn of_event(&mut self, event: Id<Event>, entry: &Entry) {
        if entry.kind == ENDED {
            self.lines.values_mut().flatten().for_each(|line| line.end(event, entry.at));
        }
    }

    /// Each difference as a sentence for the operator.
    pub async fn compare(&self, tx: &mut Tx) -> anyhow::Result<Vec<String>> {
        let mut differences = Vec::new();
        let rows = store::every_line(tx).await?;
        let mut last: HashMap<Id<Member>, (i64, i64)> = HashMap::new();
        for row in &rows {
            let (lines, sum) = last.entry(row.member_id).or_default();
            let at = usize::try_from(*lines)?;
            (*lines, *sum) = (*lines + 1, *sum + row.credits);
            let told = self.lines.get(&row.member_id).and_then(|lines| lines.get(at));
            if told != Some(&written(row)) || (row.number, row.balance) != (*lines, *sum) {
                differences.push(format!("credits {}: the journal says {told:?}, the table {row:?}", row.member_id));
            }
        }
        let told: usize = self.lines.values().map(Vec::len).sum();
        if told != rows.len() {
            differences.push(format!("the journal speaks of {told} lines of credits, the table has {}", rows.len()));
        }
        for (member, balance, lines) in store::every_account(tx).await? {
            let (counted, sum) = last.remove(&member).unwrap_or_default();
            if (counted, sum) != (lines, balance) {
                differences
                    .push(format!("credits {member}: {sum} in {counted} lines, the balance is {balance} of {lines}"));
            }
        }
        differences.extend(last.keys().map(|member| format!("credits {member}: a ledger without a balance")));
        Ok(differences)
    }
}

fn written(row: &Line) -> Written {
    let featured = row.event_id.zip(row.from_at).zip(row.until_at);
    Written {
        kind: row.kind,
        credits: row.credits,
        payment: row.payment_id,
        featured: featured.map(|((event, from), until)| (event, from, until)),
        reason: row.reason.clone(),
    }
}
