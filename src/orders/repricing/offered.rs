//! What somebody gives for places that the waiting list offers them at a price of their choice. They asked for them
//! when nobody knew whether there would be any, so it is chosen when the offer is accepted: until then it is what the
//! host suggests.
use super::{Due, Wanted, change};
use crate::app::App;
use crate::db::{self, Tx};
use crate::events::{self, Pricing, TicketType};
use crate::i18n::Money;
use crate::ids::Id;
use crate::journal::Actor;
use crate::money;
use crate::orders::price::given;
use crate::orders::{Order, Refusal, Ticket, waiting};

/// What can be given for one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choosable {
    pub least: Money,
    /// As it is now: at first what the host suggests.
    pub now: Money,
}

impl Choosable {
    /// As its field shows it.
    pub fn typed(self) -> String {
        money::typed(self.now.minor, self.now.currency)
    }
}

/// What can be chosen for an order with these tickets; none if it was not offered, or has a price of the host's.
pub async fn choosable(app: &App, order: &Order, tickets: &[Ticket]) -> db::Result<Option<Choosable>> {
    if !waiting::store::is_offered(&app.db, order.id).await? {
        return Ok(None);
    }
    let types = events::store::ticket_types(&app.db, order.event_id).await?;
    let ticket = tickets.first();
    Ok(ticket
        .zip(donation(&types, tickets))
        .map(|(ticket, of)| Choosable { least: of.money(of.price), now: of.money(ticket.list_price()) }))
}

/// Gives so much for each place of an offer, in minor units; the same again changes nothing. A checkout that is open
/// for another amount is ended. What costs nothing then is confirmed at once. Refused, and nothing changed, where that
/// does not come to what is due.
pub async fn give(app: &App, id: Id<Order>, amount: i64, due: Due, actor: Actor) -> Result<Order, Refusal> {
    change(app, id, Wanted::Amount(amount, due), actor).await
}

/// Refused where nothing can be chosen, and what cannot be given.
pub(super) async fn check(tx: &mut Tx, order: &Order, tickets: &[Ticket], amount: i64) -> Result<(), Refusal> {
    if !waiting::store::is_offered(&mut *tx, order.id).await? {
        return Err(Refusal::PriceFixed);
    }
    let types = events::store::ticket_types(&mut *tx, order.event_id).await?;
    given(donation(&types, tickets).ok_or(Refusal::PriceFixed)?, amount).map(drop)
}

/// The type of the tickets, if one gives for it what one likes: an offer is of one type.
fn donation<'a>(types: &'a [TicketType], tickets: &[Ticket]) -> Option<&'a TicketType> {
    let of = types.iter().find(|of| tickets.first().is_some_and(|ticket| ticket.ticket_type_id == of.id))?;
    (of.pricing == Pricing::Donation).then_some(of)
}
