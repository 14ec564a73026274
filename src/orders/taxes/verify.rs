//! Replays what of each order is tax, and compares it with the copies that orders keep.
use std::collections::HashMap;

use super::store;
use crate::db::Tx;
use crate::events::taxes::TaxRate;
use crate::ids::Id;
use crate::orders::Order;
use crate::orders::facts::{PlacedTax, PlacedTicket};

#[derive(Debug, Default)]
pub struct Replayed {
    taxes: HashMap<(Id<Order>, Id<TaxRate>), TaxNow>,
}

#[derive(Debug, PartialEq, Eq)]
struct TaxNow {
    thousandths: i64,
    inclusive: bool,
    net: i64,
    tax: i64,
}

impl Replayed {
    /// An order was placed with these, or has them from now on.
    pub fn placed(&mut self, order: Id<Order>, taxes: &[PlacedTax], tickets: &[PlacedTicket]) {
        for PlacedTax { rate, thousandths, inclusive } in taxes {
            let with = || tickets.iter().filter(|ticket| ticket.rate == Some(*rate));
            let net = with().map(|ticket| ticket.price - ticket.tax).sum();
            let tax = with().map(|ticket| ticket.tax).sum();
            let now = TaxNow { thousandths: *thousandths, inclusive: *inclusive, net, tax };
            self.taxes.insert((order, *rate), now);
        }
    }

    /// An order has another price: what it had of this rate is stated anew.
    pub fn forget(&mut self, order: Id<Order>, rate: Id<TaxRate>) {
        self.taxes.remove(&(order, rate));
    }

    /// Each difference as a sentence for the operator.
    pub async fn compare(&self, tx: &mut Tx) -> anyhow::Result<Vec<String>> {
        let rows = store::every(tx).await?;
        let mut differences = Vec::new();
        for row in &rows {
            let (thousandths, inclusive, net, tax) = (row.thousandths, row.inclusive, row.net, row.tax);
            let now = TaxNow { thousandths, inclusive, net, tax };
            let told = self.taxes.get(&(row.order_id, row.tax_rate_id));
            if told != Some(&now) {
                differences
                    .push(format!("taxes of order {}: the journal says {told:?}, the table {now:?}", row.order_id));
            }
        }
        if rows.len() != self.taxes.len() {
            let told = self.taxes.len();
            differences.push(format!("the journal speaks of {told} taxes of orders, the table has {}", rows.len()));
        }
        Ok(differences)
    }
}
