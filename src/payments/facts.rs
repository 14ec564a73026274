//! What happens to money. Old facts are read for ever: variants and fields are only ever added.
use serde::{Deserialize, Serialize};

use super::desk::Mend;
use super::disputes::Dispute;
use super::purchases::Bought;
use super::{Hand, Provider, Refund, Why};
use crate::clock::Instant;
use crate::ids::Id;
use crate::journal::Fact;
use crate::orders::{Order, Ticket};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PaymentFact {
    PaymentOpened {
        /// None for credits.
        #[serde(default)]
        order: Option<Id<Order>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        purchase: Option<Bought>,
        provider: Provider,
        /// In minor units of `currency`.
        amount: i64,
        currency: String,
        expires_at: Instant,
    },
    /// The provider has the money. `amount` is what it says; another than was asked is a problem.
    PaymentPaid {
        amount: i64,
        currency: String,
    },
    /// A delayed way of paying was used: the provider knows in some days whether the money comes.
    PaymentOnItsWay,
    /// The provider takes no money for it any more, and has none.
    PaymentEnded,
    RefundAsked {
        refund: Id<Refund>,
        amount: i64,
        why: Why,
        /// Those that let nobody in from now on.
        tickets: Vec<Id<Ticket>>,
    },
    /// The provider has it and does not know yet how it ends.
    RefundSent {
        refund: Id<Refund>,
    },
    RefundConfirmed {
        refund: Id<Refund>,
        // Older facts said it of no refund, by hand or not.
        #[serde(default)]
        hand: Hand,
    },
    /// It failed, and less is left of its payment by now.
    RefundCut {
        refund: Id<Refund>,
        amount: i64,
    },
    RefundFailed {
        refund: Id<Refund>,
    },
    /// The buyer's bank takes the money back, or asks to.
    DisputeOpened {
        // Older facts say no more than that there was one.
        #[serde(default)]
        dispute: Option<Id<Dispute>>,
        #[serde(default)]
        amount: i64,
        #[serde(default)]
        currency: String,
    },
    DisputeClosed {
        #[serde(default)]
        dispute: Option<Id<Dispute>>,
        /// Whether the money stays.
        #[serde(default)]
        won: bool,
    },
    /// It has a number: of what it bought, or of what went back.
    ReceiptIssued {
        number: i64,
        refund: Option<Id<Refund>>,
        amount: i64,
        tax: i64,
    },
    /// A person looked at what was wrong.
    ProblemClosed,
    /// Somebody did something about it at the desk; what moved follows in facts of its own.
    Mended {
        act: Mend,
        refund: Option<Id<Refund>>,
        /// Why, in their words.
        reason: String,
    },
}
impl Fact for PaymentFact {}
