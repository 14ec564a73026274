//! Replays what happened to parties that wait, and compares it with their table.
use std::collections::HashMap;

use super::{Party, PartyState, WaitingFact, store};
use crate::clock::Instant;
use crate::db::Tx;
use crate::events::{Event, TicketType};
use crate::ids::Id;
use crate::journal::Entry;
use crate::members::Member;
use crate::orders::Order;

#[derive(Debug, Default)]
pub struct Replayed {
    parties: HashMap<Id<Party>, PartyNow>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct PartyNow {
    event: Id<Event>,
    member: Option<Id<Member>>,
    ticket_type: Id<TicketType>,
    places: i64,
    state: PartyState,
    joined_at: Instant,
    order: Option<Id<Order>>,
}

impl Replayed {
    /// Applies one fact of the stream `waiting/ID`.
    pub fn apply(&mut self, id: Id<Party>, entry: &Entry) -> anyhow::Result<()> {
        let fact: WaitingFact = entry.fact()?;
        let state = fact.state();
        if let WaitingFact::WaitingJoined { event, member, ticket_type, places, .. } = fact {
            let state = state.unwrap_or_default();
            let party = PartyNow { event, member, ticket_type, places, state, joined_at: entry.at, order: None };
            self.parties.insert(id, party);
            return Ok(());
        }
        let party = self.parties.get_mut(&id);
        let party = party.ok_or_else(|| anyhow::anyhow!("{} begins without waiting_joined", entry.stream))?;
        party.state = state.unwrap_or(party.state);
        match fact {
            WaitingFact::WaitingConfirmed => party.joined_at = entry.at,
            WaitingFact::WaitingClaimed { member } => party.member = Some(member),
            WaitingFact::PlaceOffered { order, .. } | WaitingFact::PlaceGiven { order } => party.order = Some(order),
            _ => {}
        }
        Ok(())
    }

    /// Each difference as a sentence for the operator.
    pub async fn compare(&self, tx: &mut Tx) -> anyhow::Result<Vec<String>> {
        let rows = store::every(tx).await?;
        let mut differences = Vec::new();
        for row in &rows {
            let now = PartyNow {
                event: row.event_id,
                member: row.member_id,
                ticket_type: row.ticket_type_id,
                places: row.places,
                state: row.state,
                joined_at: row.joined_at,
                order: row.order_id,
            };
            match self.parties.get(&row.id) {
                None => differences.push(format!("party {}: in the table, not in the journal", row.id)),
                Some(told) if *told != now => {
                    differences.push(format!("party {}: the journal says {told:?}, the table {now:?}", row.id));
                }
                Some(_) => {}
            }
        }
        if rows.len() != self.parties.len() {
            let told = self.parties.len();
            differences.push(format!("the journal speaks of {told} parties that wait, the table has {}", rows.len()));
        }
        Ok(differences)
    }
}
