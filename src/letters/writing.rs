//! Who writes which letter: each slice its own, and what they share is in `plain`.
use super::{Content, Letter, Reader, plain};
use crate::app::App;
use crate::{credits, events, invitations, my_data, orders, payments, plans, signin};

impl Letter {
    /// `None` when what it is about is gone: then nothing is sent.
    pub(super) async fn compose(self, app: &App, to: &Reader) -> anyhow::Result<Option<Content>> {
        match self {
            Self::Verify { sign_up } => signin::letters::verify(app, sign_up, to).await,
            Self::AccountExists { member } => signin::letters::account_exists(app, member, to).await,
            Self::Reset { member } => signin::letters::reset(app, member, to).await,
            Self::PasswordChanged { member } => signin::letters::password_changed(app, member, to).await,
            Self::NewDevice { member } => signin::letters::new_device(app, member, to).await,
            Self::SignInLink { member, wish } => signin::letters::sign_in_link(app, member, wish, to).await,
            Self::EmailChange { change } => signin::letters::email_change(app, change, to).await,
            Self::EmailChanged { member } => signin::letters::email_changed(app, member, to).await,
            Self::StepUpCode { member } => signin::second::letters::step_up_code(app, member, to).await,
            Self::SecondFactorOn { member } => signin::second::letters::on(app, member, to).await,
            Self::SecondFactorOff { member } => signin::second::letters::off(app, member, to).await,
            Self::SecondFactorReset { member } => signin::second::letters::reset(app, member, to).await,
            Self::SessionsEnded { member } => signin::letters::sessions_ended(app, member, to).await,
            Self::RecoveryCodesMade { member } => signin::second::letters::codes_made(app, member, to).await,
            Self::RecoveryCodeUsed { member } => signin::second::letters::code_used(app, member, to).await,
            Self::PasskeyAdded { member } => signin::passkeys::letters::added(app, member, to).await,
            Self::PasskeyRemoved { member } => signin::passkeys::letters::removed(app, member, to).await,
            Self::IdentityLinked { member, provider } => {
                signin::oauth::letters::linked(app, member, provider, to).await
            }
            Self::IdentityUnlinked { member, provider } => {
                signin::oauth::letters::unlinked(app, member, provider, to).await
            }
            Self::ConfirmPlaces { order } => orders::letters::confirm_places(app, order, to).await,
            Self::AlreadyGoing { order } => orders::letters::already_going(app, order, to).await,
            Self::Tickets { order } => orders::ticket_letters::tickets(app, order, to).await,
            Self::OrderCancelled { order } => orders::letters::order_cancelled(app, order, to).await,
            Self::Owed { order } => payments::letters::owed(app, order, to).await,
            Self::CreditsBought { payment } => payments::purchases::letters::bought(app, payment, to).await,
            Self::PlanPaid { bill } => plans::letters::paid(app, bill, to).await,
            Self::Plan { subscription, news } => plans::letters::news(app, subscription, news, to).await,
            Self::Refunded { refund } => payments::letters::refunded(app, refund, to).await,
            Self::Disputed { dispute } => payments::disputes::letters::disputed(app, dispute, to).await,
            Self::TicketBack { ticket } => orders::telling::ticket_back(app, ticket, to).await,
            Self::EventChanged { order } => orders::letters::event_changed(app, order, to).await,
            Self::EventCancelled { order } => orders::letters::event_cancelled(app, order, to).await,
            Self::FeaturingEnded { event } => credits::letters::off_the_front_page(app, event, to).await,
            Self::EventCancelledByAdmin { event } => events::letters::cancelled_by_admin(app, event, to).await,
            Self::Ticket { ticket } => orders::ticket_letters::ticket(app, ticket, to).await,
            Self::TicketGiven { ticket } => orders::ticket_letters::ticket_given(app, ticket, to).await,
            Self::TicketGone { ticket } => orders::ticket_letters::ticket_gone(app, ticket, to).await,
            Self::TeamInvitation { invitation } => events::letters::team_invitation(app, invitation, to).await,
            Self::EventHandedOn { event } => events::letters::handed_on(app, event, to).await,
            Self::EventNotTaken { event } => events::letters::not_taken(app, event, to).await,
            Self::Invitation { invitation } => invitations::letters::invitation(app, invitation, to).await,
            Self::ConfirmWaiting { party } => orders::waiting::letters::confirm_waiting(app, party, to).await,
            Self::OnTheList { party } => orders::waiting::letters::on_the_list(app, party, to).await,
            Self::PlaceOffered { party } => orders::waiting::letters::place_offered(app, party, to).await,
            Self::OfferEnded { party } => orders::waiting::letters::offer_ended(app, party, to).await,
            Self::WaitingClosed { party } => orders::waiting::letters::waiting_closed(app, party, to).await,
            Self::Reminder { order, ahead, starts_at } => {
                orders::reminding::letters::reminder(app, order, (ahead, starts_at), to).await
            }
            Self::Reported { report } => events::letters::reported(app, report, to).await,
            Self::AccountErased => my_data::letters::erased(app, to).await,
            Self::Test => plain::test(app, to).map(Some),
        }
    }
}
