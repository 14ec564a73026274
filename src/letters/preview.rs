//! What a letter says, made anew for admins: of letters alone by which nobody could act as their reader.
use futures_util::future::BoxFuture;

use super::store::Row;
use super::{Content, Letter};
use crate::app::App;

pub enum Preview {
    Says(Content),
    /// It holds what opens something to whoever has it. To make that anew would also end what was mailed.
    Secret,
    /// What it was about is not so any more, or its reader is gone: now it would not be sent.
    Gone,
}

/// On the heap: it holds what any letter needs to be made.
pub fn of<'a>(app: &'a App, row: &'a Row) -> BoxFuture<'a, anyhow::Result<Preview>> {
    Box::pin(async move {
        let letter: Letter = serde_json::from_str(&row.letter)?;
        if is_secret(letter) {
            return Ok(Preview::Secret);
        }
        if row.to_email.is_empty() {
            return Ok(Preview::Gone);
        }
        Ok(letter.compose(app, &row.reader()).await?.map_or(Preview::Gone, Preview::Says))
    })
}

/// Whether it holds a link or a code by which somebody comes in, answers, or has an order or a ticket.
fn is_secret(letter: Letter) -> bool {
    match letter {
        Letter::Verify { .. }
        | Letter::Reset { .. }
        | Letter::SignInLink { .. }
        | Letter::EmailChange { .. }
        | Letter::StepUpCode { .. }
        | Letter::ConfirmPlaces { .. }
        | Letter::AlreadyGoing { .. }
        | Letter::Tickets { .. }
        | Letter::Owed { .. }
        | Letter::Refunded { .. }
        | Letter::TicketBack { .. }
        | Letter::EventChanged { .. }
        | Letter::Ticket { .. }
        | Letter::TicketGiven { .. }
        | Letter::Invitation { .. }
        | Letter::ConfirmWaiting { .. }
        | Letter::OnTheList { .. }
        | Letter::PlaceOffered { .. }
        | Letter::Reminder { .. } => true,
        Letter::AccountExists { .. }
        | Letter::PasswordChanged { .. }
        | Letter::NewDevice { .. }
        | Letter::EmailChanged { .. }
        | Letter::SecondFactorOn { .. }
        | Letter::SecondFactorOff { .. }
        | Letter::SecondFactorReset { .. }
        | Letter::SessionsEnded { .. }
        | Letter::RecoveryCodesMade { .. }
        | Letter::RecoveryCodeUsed { .. }
        | Letter::PasskeyAdded { .. }
        | Letter::PasskeyRemoved { .. }
        | Letter::IdentityLinked { .. }
        | Letter::IdentityUnlinked { .. }
        | Letter::OrderCancelled { .. }
        | Letter::CreditsBought { .. }
        | Letter::PlanPaid { .. }
        | Letter::Plan { .. }
        | Letter::Disputed { .. }
        | Letter::EventCancelled { .. }
        | Letter::FeaturingEnded { .. }
        | Letter::EventCancelledByAdmin { .. }
        | Letter::TicketGone { .. }
        | Letter::TeamInvitation { .. }
        | Letter::EventHandedOn { .. }
        | Letter::EventNotTaken { .. }
        | Letter::OfferEnded { .. }
        | Letter::WaitingClosed { .. }
        | Letter::Reported { .. }
        | Letter::AccountErased
        | Letter::Test => false,
    }
}
