//! One code for a whole party: it opens, and lets in, the tickets of an order that were not given away.
use super::{Order, Ticket, codes_store, party_url};
use crate::app::App;

/// A party's code as it is shown and printed.
pub struct PartyCard {
    pub code: String,
    pub url: String,
    /// The path of the QR code's dark squares, and how many squares its side has.
    pub qr: String,
    pub size: usize,
    pub people: i64,
}

/// The tickets that a party's code stands for.
pub fn tickets(tickets: &[Ticket]) -> impl Iterator<Item = &Ticket> {
    tickets.iter().filter(|ticket| ticket.is_valid() && !ticket.is_given())
}

/// None for one person, who has a ticket.
pub async fn card(app: &App, order: &Order, all: &[Ticket]) -> anyhow::Result<Option<PartyCard>> {
    let people = i64::try_from(tickets(all).count())?;
    if people < 2 || !order.is_confirmed() {
        return Ok(None);
    }
    let Some(code) = codes_store::party_code(&app.db, order.id).await? else { return Ok(None) };
    let url = party_url(app, &code);
    let (qr, size) = crate::web::qr::svg(&url)?;
    Ok(Some(PartyCard { code, url, qr, size, people }))
}
