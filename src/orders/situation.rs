//! What is so when places are asked for. All of it is asked at once: whoever takes places waits for it, and whoever comes
//! after them.
use super::store::{self, Has};
use super::waiting::store::Waiters;
use super::{Order, Refusal, Wish, waiting};
use crate::clock::Instant;
use crate::db::{Questions, Tx};
use crate::events::{self, Event, TicketType};
use crate::ids::Id;

pub(super) struct Situation {
    /// Nobody else takes places there before the transaction ends.
    pub event: Event,
    pub types: Vec<TicketType>,
    waiters: Vec<Waiters>,
    /// What the same form made before, and a hash of what it said.
    pub before: Option<(Id<Order>, String)>,
    /// The order by which the buyer has places there now: see [`store::live_of`].
    pub live: Option<Id<Order>>,
    /// Whether a member who asks for themself has an order there that waits to be paid.
    pub unpaid: bool,
    /// False if a member who asks for themself has no account any more: they were looked up before all of their
    /// request had arrived.
    pub stands: bool,
}

impl Situation {
    pub async fn of(tx: &mut Tx, wish: &Wish) -> Result<Self, Refusal> {
        let (member, _, email, _) = wish.buyer.parts();
        let own = wish.is_own();
        let mut asked = events::store::locking(Questions::default(), wish.event);
        if let Some((form, _)) = &wish.form {
            asked = store::asking_form(asked, form);
        }
        asked = events::store::asking_ticket_types(asked, wish.event);
        if own {
            asked = waiting::store::asking_waiters(asked, wish.event);
        }
        let acting = member.filter(|_| own);
        asked = match acting {
            Some(member) => store::asking_member(asked, wish.event, member, &email.key),
            None => store::asking_live(asked, wish.event, member, &email.key),
        };
        let mut told = asked.of(tx).await?;
        let event = told.optional()?.ok_or(Refusal::NotOpen)?;
        let before = if wish.form.is_some() { told.optional()? } else { None };
        let types = told.all()?;
        let waiters = if own { told.all()? } else { Vec::new() };
        let (live, unpaid, stands) = if acting.is_some() {
            let has: Option<Has> = told.optional()?;
            let stands = has.is_some();
            has.map_or((None, false, stands), |has| (has.live, has.unpaid, stands))
        } else {
            (told.optional()?.map(|(id,)| id), false, true)
        };
        Ok(Self { event, types, waiters, before, live, unpaid, stands })
    }

    /// Whether the places of a wish are the queue's alone.
    pub fn is_closed(&self, wish: &Wish, now: Instant) -> bool {
        wish.is_own() && waiting::closed(&self.event, &self.types, &self.waiters, &wish.places, now)
    }
}
