//! What a replay came to, held against the tables: each difference as a sentence.
use std::collections::HashMap;

use super::{DisputeNow, ReceiptNow, RefundNow, Replayed};
use crate::db::Tx;
use crate::ids::Id;
use crate::payments::{Hand, Payment, Refund, disputes, purchases, receipts, store};

impl Replayed {
    /// Each difference as a sentence for the operator.
    pub async fn compare(&self, tx: &mut Tx) -> anyhow::Result<Vec<String>> {
        let payments = store::every_payment(tx).await?;
        let refunds = store::every_refund(tx).await?;
        let mut differences = self.compare_payments(&payments);
        differences.extend(self.compare_refunds(&refunds));
        differences.extend(self.compare_disputes(tx).await?);
        if (payments.len(), refunds.len()) != (self.payments.len(), self.refunds.len()) {
            let told = (self.payments.len(), self.refunds.len());
            let rows = (payments.len(), refunds.len());
            differences.push(format!("the journal speaks of (payments, refunds) {told:?}, the tables of {rows:?}"));
        }
        differences.extend(self.compare_moves(tx).await?);
        differences.extend(self.compare_purchases(tx).await?);
        differences.extend(self.compare_receipts(tx).await?);
        Ok(differences)
    }

    fn compare_payments(&self, rows: &[Payment]) -> Vec<String> {
        let mut differences = Vec::new();
        for row in rows {
            let told = self.payments.get(&row.id);
            let on_its_way = self.on_its_way.contains(&row.id) == row.on_its_way_at.is_some();
            if !on_its_way || told.is_none_or(|told| !told.is(row)) {
                differences.push(format!("payment {}: the journal says {told:?}, the table {row:?}", row.id));
            }
        }
        differences
    }

    fn compare_refunds(&self, rows: &[Refund]) -> Vec<String> {
        let mut differences = Vec::new();
        for row in rows {
            let now = RefundNow { payment: row.payment_id, state: row.state, why: row.why, amount: row.amount };
            let told = self.refunds.get(&row.id);
            if told != Some(&now) {
                differences.push(format!("refund {}: the journal says {told:?}, the table {now:?}", row.id));
            }
        }
        differences
    }

    async fn compare_disputes(&self, tx: &mut Tx) -> anyhow::Result<Vec<String>> {
        let mut differences = Vec::new();
        let rows = disputes::store::every(tx).await?;
        for row in &rows {
            let (payment, state, amount, currency) = (row.payment_id, row.state, row.amount, row.currency.clone());
            let now = DisputeNow { payment, state, amount, currency };
            let told = self.disputes.get(&row.id);
            if told != Some(&now) {
                differences.push(format!("dispute {}: the journal says {told:?}, the table {now:?}", row.id));
            }
        }
        if rows.len() != self.disputes.len() {
            let (told, rows) = (self.disputes.len(), rows.len());
            differences.push(format!("the journal speaks of {told} disputes, the table of {rows}"));
        }
        Ok(differences)
    }

    /// What went back at the provider is no more than came, and of each refund what the journal says.
    async fn compare_moves(&self, tx: &mut Tx) -> anyhow::Result<Vec<String>> {
        let mut differences = Vec::new();
        let mut moves: HashMap<Id<Refund>, Vec<(i64, Hand)>> = HashMap::new();
        for (refund, amount, hand) in store::every_move(tx).await? {
            moves.entry(refund).or_default().push((amount, hand));
        }
        for (payment, back, received) in store::overdrawn(tx).await? {
            differences.push(format!("payment {payment}: {back} given back at the provider of {received}"));
        }
        for refund in self.refunds.keys().filter(|refund| moves.get(refund) != self.moves.get(refund)) {
            let (told, rows) = (self.moves.get(refund), moves.get(refund));
            differences.push(format!("refund {refund}: the journal moves {told:?}, the table {rows:?}"));
        }
        Ok(differences)
    }

    async fn compare_purchases(&self, tx: &mut Tx) -> anyhow::Result<Vec<String>> {
        let mut differences = Vec::new();
        let rows = purchases::store::every(tx).await?;
        for row in &rows {
            let told = self.purchases.get(&row.payment_id);
            if told != Some(&row.bought()) {
                differences.push(format!("purchase {}: the journal says {told:?}, the table {row:?}", row.payment_id));
            }
        }
        if rows.len() != self.purchases.len() {
            let told = self.purchases.len();
            differences.push(format!("the journal speaks of {told} purchases, the table has {}", rows.len()));
        }
        Ok(differences)
    }

    /// Each as it was issued, and no number left out.
    async fn compare_receipts(&self, tx: &mut Tx) -> anyhow::Result<Vec<String>> {
        let mut differences = Vec::new();
        let rows = receipts::store::every(tx).await?;
        for (row, number) in rows.iter().zip(1..) {
            let (payment, refund, amount, tax) = (row.payment_id, row.refund_id, row.amount, row.tax);
            let now = ReceiptNow { payment, refund, amount, tax };
            let told = self.receipts.get(&row.number);
            if told != Some(&now) {
                differences.push(format!("receipt {}: the journal says {told:?}, the table {now:?}", row.number));
            }
            if row.number != number {
                differences.push(format!("receipt {}: the number {number} was never given", row.number));
            }
        }
        for (number,) in receipts::store::unlike_their_taxes(tx).await? {
            differences.push(format!("receipt {number}: its taxes are not what it says"));
        }
        let last = usize::try_from(receipts::store::last(tx).await?)?;
        if [self.receipts.len(), last] != [rows.len(); 2] {
            let told = self.receipts.len();
            differences.push(format!(
                "the journal speaks of {told} receipts, the series of {last}, the table has {}",
                rows.len()
            ));
        }
        Ok(differences)
    }
}
