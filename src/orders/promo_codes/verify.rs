//! Replays what happened to promo codes, compares it with their table, and counts how often each is used.
use std::collections::HashMap;

use super::{PromoCode, PromoFact, store};
use crate::db::Tx;
use crate::ids::Id;
use crate::journal::Entry;

#[derive(Debug, Default)]
pub struct Replayed {
    /// Each as it was made, and whether it was ended.
    codes: HashMap<Id<PromoCode>, (PromoFact, bool)>,
}

impl Replayed {
    /// Applies one fact of the stream `promo/ID`.
    pub fn apply(&mut self, id: Id<PromoCode>, entry: &Entry) -> anyhow::Result<()> {
        match entry.fact()? {
            made @ PromoFact::PromoCodeMade { .. } => {
                self.codes.insert(id, (made, false));
            }
            PromoFact::PromoCodeEnded => {
                let code = self.codes.get_mut(&id);
                code.ok_or_else(|| anyhow::anyhow!("{} begins without promo_code_made", entry.stream))?.1 = true;
            }
        }
        Ok(())
    }

    /// Each difference as a sentence for the operator. `uses` counts the orders that have a code, by the journal.
    pub async fn compare(&self, tx: &mut Tx, uses: &HashMap<Id<PromoCode>, i64>) -> anyhow::Result<Vec<String>> {
        let rows = store::every(tx).await?;
        let mut differences = Vec::new();
        for row in &rows {
            let now = (PromoFact::made(row), row.ended_at.is_some());
            let told = self.codes.get(&row.id);
            if told != Some(&now) {
                differences.push(format!("promo code {}: the journal says {told:?}, the table {now:?}", row.id));
            }
            let used = uses.get(&row.id).copied().unwrap_or_default();
            if row.most_uses.is_some_and(|most| used > most) {
                differences.push(format!("promo code {}: used {used} times of {:?}", row.id, row.most_uses));
            }
        }
        if rows.len() != self.codes.len() {
            let told = self.codes.len();
            differences.push(format!("the journal speaks of {told} promo codes, the table has {}", rows.len()));
        }
        Ok(differences)
    }
}
