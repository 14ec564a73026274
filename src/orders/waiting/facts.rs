//! What happens to a party that waits. Old facts are read for ever: variants and fields are only ever added.
use serde::{Deserialize, Serialize};

use super::PartyState;
use crate::clock::Instant;
use crate::events::{Event, TicketType};
use crate::ids::Id;
use crate::journal::Fact;
use crate::members::Member;
use crate::orders::Order;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum WaitingFact {
    WaitingJoined {
        event: Id<Event>,
        member: Option<Id<Member>>,
        #[serde(rename = "type")]
        ticket_type: Id<TicketType>,
        places: i64,
        /// A guest counts only once the mailed link is used.
        confirmed: bool,
    },
    WaitingConfirmed,
    /// A guest's party became a member's, who proved the address.
    WaitingClaimed {
        member: Id<Member>,
    },
    /// Its turn: places are held by this order.
    PlaceOffered {
        order: Id<Order>,
        until: Instant,
    },
    /// It has its places.
    PlaceGiven {
        order: Id<Order>,
    },
    /// The offer was not used in time.
    OfferEnded,
    /// By themselves, also by declining an offer.
    WaitingLeft,
    /// By a host.
    WaitingRemoved,
    /// There is nothing to wait for any more.
    WaitingClosed,
    /// The mailed link was not used.
    WaitingLapsed,
}
impl Fact for WaitingFact {}

impl WaitingFact {
    /// What a party is after it; `None` when that stays as it was.
    pub fn state(&self) -> Option<PartyState> {
        Some(match self {
            Self::WaitingJoined { confirmed: false, .. } => PartyState::Asked,
            Self::WaitingJoined { .. } | Self::WaitingConfirmed => PartyState::Waiting,
            Self::WaitingClaimed { .. } => return None,
            Self::PlaceOffered { .. } => PartyState::Offered,
            Self::PlaceGiven { .. } => PartyState::Served,
            Self::OfferEnded => PartyState::Passed,
            Self::WaitingLeft => PartyState::Left,
            Self::WaitingRemoved => PartyState::Removed,
            Self::WaitingClosed => PartyState::Closed,
            Self::WaitingLapsed => PartyState::Lapsed,
        })
    }
}
