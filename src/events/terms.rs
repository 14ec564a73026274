//! What an event says about money.
use crate::i18n::Currency;

words! {
    /// Whether one may pay later, and how.
    pub enum PayLater { No = "no", Door = "door", Transfer = "transfer" }
}

/// What an event says about money.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Terms {
    /// An ISO 4217 code: of all its ticket types.
    pub currency: String,
    /// How much of a price comes back to who gives a place back in time, in percent.
    pub refund_percent: i64,
    pub pay_later: PayLater,
    /// Hours before the start until which it must be paid.
    pub pay_later_hours: i64,
    /// Where the money goes, in the host's words.
    pub pay_later_note: String,
}

impl Terms {
    /// That of its prices.
    pub fn money(&self) -> Currency {
        Currency::new(&self.currency).unwrap_or(Currency::NONE)
    }
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            currency: "CHF".to_owned(),
            refund_percent: 100,
            pay_later: PayLater::No,
            pay_later_hours: 0,
            pay_later_note: String::new(),
        }
    }
}
