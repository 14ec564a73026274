//! What happens to a promo code. The code itself stands in its table: people write names into codes. Old facts are
//! read for ever: variants and fields are only ever added.
use serde::{Deserialize, Serialize};

use super::PromoCode;
use crate::clock::Instant;
use crate::events::{Event, TicketType};
use crate::ids::Id;
use crate::journal::Fact;
use crate::orders::price::Off;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PromoFact {
    PromoCodeMade {
        event: Id<Event>,
        off: Off,
        currency: String,
        /// `None` is any number.
        uses: Option<i64>,
        from: Option<Instant>,
        until: Option<Instant>,
        /// Empty is all.
        types: Vec<Id<TicketType>>,
    },
    PromoCodeEnded,
}
impl Fact for PromoFact {}

impl PromoFact {
    pub(super) fn made(code: &PromoCode) -> Self {
        Self::PromoCodeMade {
            event: code.event_id,
            off: code.off(),
            currency: code.currency.clone(),
            uses: code.most_uses,
            from: code.starts_at,
            until: code.ends_at,
            types: code.types(),
        }
    }
}
