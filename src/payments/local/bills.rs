//! Money of a month of a plan at the stand-in: how it stands, and giving it back.
use super::plans::Bill;
use super::{Local, plans_store as store};
use crate::payments::gateway::{Returned, Standing};

impl Local {
    /// The bill of this name; none if it names something else.
    pub(super) async fn bill(&self, reference: &str) -> anyhow::Result<Option<Bill>> {
        Ok(store::bill(&self.db, reference).await?)
    }

    pub(super) async fn standing_of_bill(&self, bill: Bill) -> anyhow::Result<Standing> {
        if !bill.paid {
            return Ok(Standing::Open);
        }
        let refunded = store::refunded(&self.db, &bill.id).await?;
        Ok(Standing::Paid {
            amount: bill.amount,
            currency: bill.currency,
            refunded,
            outside: Some(0),
            disputes: Vec::new(),
        })
    }

    pub(super) async fn refund_of_bill(&self, bill: &Bill, amount: i64, key: &str) -> anyhow::Result<Returned> {
        let done: anyhow::Result<Option<String>> =
            decide!(self.db, tx, Ok(store::refund(tx, bill, key, amount).await?));
        Ok(match done? {
            Some(reference) => Returned::Done { reference },
            None => Returned::Failed { reason: "more than was paid".to_owned() },
        })
    }
}
