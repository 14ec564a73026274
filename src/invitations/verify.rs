//! Replays what happened to invitations, and compares it with their table.
use std::collections::HashMap;

use super::{Invitation, InvitationFact, State, store};
use crate::db::Tx;
use crate::events::Event;
use crate::ids::Id;
use crate::journal::Entry;
use crate::orders::Order;

#[derive(Debug, Default)]
pub struct Replayed {
    invitations: HashMap<Id<Invitation>, Now>,
}

/// Event, state, places taken by accepting.
type Now = (Id<Event>, State, Option<Id<Order>>);

impl Replayed {
    /// Applies one fact of the stream `invitation/ID`.
    pub fn apply(&mut self, id: Id<Invitation>, entry: &Entry) -> anyhow::Result<()> {
        let fact: InvitationFact = entry.fact()?;
        if let InvitationFact::InvitationMade { event, .. } = fact {
            self.invitations.insert(id, (event, State::Waiting, None));
            return Ok(());
        }
        let now = self.invitations.get_mut(&id);
        let now = now.ok_or_else(|| anyhow::anyhow!("{} begins without invitation_made", entry.stream))?;
        now.1 = fact.state().unwrap_or(now.1);
        match fact {
            InvitationFact::InvitationAccepted { order } => now.2 = order,
            InvitationFact::InvitationDeclined => now.2 = None,
            _ => {}
        }
        Ok(())
    }

    /// Each difference as a sentence for the operator.
    pub async fn compare(&self, tx: &mut Tx) -> anyhow::Result<Vec<String>> {
        let rows = store::every(tx).await?;
        let mut differences = Vec::new();
        for (id, event, state, order) in &rows {
            let now = (*event, *state, *order);
            match self.invitations.get(id) {
                None => differences.push(format!("invitation {id}: in the table, not in the journal")),
                Some(told) if *told != now => {
                    differences.push(format!("invitation {id}: the journal says {told:?}, the table {now:?}"));
                }
                Some(_) => {}
            }
        }
        if rows.len() != self.invitations.len() {
            let told = self.invitations.len();
            differences.push(format!("the journal speaks of {told} invitations, the table has {}", rows.len()));
        }
        Ok(differences)
    }
}
