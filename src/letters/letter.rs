//! Which letters there are, and what holds for each: what it is called, and how it goes.
use serde::{Deserialize, Serialize};

use crate::clock::Instant;
use crate::db;
use crate::events::reports::Report;
use crate::events::{self, team::Invitation};
use crate::ids::Id;
use crate::invitations;
use crate::members::Member;
use crate::orders::reminding::Ahead;
use crate::orders::waiting::Party;
use crate::orders::{Order, Ticket};
use crate::payments::disputes::Dispute;
use crate::payments::{Payment, Refund};
use crate::plans::standing::News;
use crate::plans::{Bill, Subscription};
use crate::signin::SignUp;
use crate::signin::new_address::EmailChange;
use crate::signin::oauth::Provider;
use crate::signin::sign_in_links::Wish;
use crate::unasked;

/// Every letter that is ever sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "letter", rename_all = "snake_case")]
pub enum Letter {
    /// Sign-up: prove the address.
    Verify {
        // Letters of before there were sign-ups name the member, whose id the sign-up then has.
        #[serde(alias = "member")]
        sign_up: Id<SignUp>,
    },
    /// Sign-up with an address that has an account: its owner is told, the page tells nobody.
    AccountExists {
        member: Id<Member>,
    },
    Reset {
        member: Id<Member>,
    },
    PasswordChanged {
        member: Id<Member>,
    },
    NewDevice {
        member: Id<Member>,
    },
    /// A link that signs in.
    SignInLink {
        member: Id<Member>,
        wish: Id<Wish>,
    },
    /// To an address that a member wants: the link makes it theirs.
    EmailChange {
        change: Id<EmailChange>,
    },
    /// To the address that a member had.
    EmailChanged {
        member: Id<Member>,
    },
    /// "Is it still you?", for those who have no password.
    StepUpCode {
        member: Id<Member>,
    },
    SecondFactorOn {
        member: Id<Member>,
    },
    SecondFactorOff {
        member: Id<Member>,
    },
    /// An admin turned it off for them.
    SecondFactorReset {
        member: Id<Member>,
    },
    /// An admin signed all their devices out.
    SessionsEnded {
        member: Id<Member>,
    },
    RecoveryCodesMade {
        member: Id<Member>,
    },
    RecoveryCodeUsed {
        member: Id<Member>,
    },
    PasskeyAdded {
        member: Id<Member>,
    },
    PasskeyRemoved {
        member: Id<Member>,
    },
    /// An account elsewhere opens theirs from now on.
    IdentityLinked {
        member: Id<Member>,
        provider: Provider,
    },
    IdentityUnlinked {
        member: Id<Member>,
        provider: Provider,
    },
    /// A guest's free places are held until the link is used.
    ConfirmPlaces {
        order: Id<Order>,
    },
    /// A guest asked for places, but has some: here they are.
    AlreadyGoing {
        order: Id<Order>,
    },
    Tickets {
        order: Id<Order>,
    },
    /// The places were given back, or taken away, or not paid in time.
    OrderCancelled {
        order: Id<Order>,
    },
    /// Places that are paid later: how, and until when.
    Owed {
        order: Id<Order>,
    },
    /// Credits were paid.
    CreditsBought {
        payment: Id<Payment>,
    },
    /// A month of a plan was paid.
    PlanPaid {
        bill: Id<Bill>,
    },
    /// What is new about a subscription.
    Plan {
        subscription: Id<Subscription>,
        news: News,
    },
    /// Money went back.
    Refunded {
        refund: Id<Refund>,
    },
    /// The bank of a buyer asks money back, or has made up its mind: to those who run the event, and to admins.
    Disputed {
        dispute: Id<Dispute>,
    },
    /// One ticket of several was given back, or one that was mailed to a companion.
    TicketBack {
        ticket: Id<Ticket>,
    },
    EventChanged {
        order: Id<Order>,
    },
    EventCancelled {
        order: Id<Order>,
    },
    /// An admin took it off the front page: to those who run it.
    FeaturingEnded {
        event: Id<events::Event>,
    },
    /// An admin cancelled it: to those who run it.
    EventCancelledByAdmin {
        event: Id<events::Event>,
    },
    /// One ticket, to a companion whose address is known.
    Ticket {
        ticket: Id<Ticket>,
    },
    /// A ticket of the order is somebody else's now: to whoever ordered.
    TicketGiven {
        ticket: Id<Ticket>,
    },
    /// The ticket that was mailed to this address lets nobody in any more.
    TicketGone {
        ticket: Id<Ticket>,
    },
    /// An address is asked to help run an event.
    TeamInvitation {
        invitation: Id<Invitation>,
    },
    /// Somebody took an event over: to whoever owned it before.
    EventHandedOn {
        event: Id<events::Event>,
    },
    /// Whoever was asked does not take the event over: to its owner.
    EventNotTaken {
        event: Id<events::Event>,
    },
    /// An address is asked to come to an event.
    Invitation {
        invitation: Id<invitations::Invitation>,
    },
    /// A guest wants to wait: the link counts them in.
    ConfirmWaiting {
        party: Id<Party>,
    },
    OnTheList {
        party: Id<Party>,
    },
    /// It is their turn, and something is to be paid.
    PlaceOffered {
        party: Id<Party>,
    },
    OfferEnded {
        party: Id<Party>,
    },
    /// A day or two hours before it begins.
    Reminder {
        order: Id<Order>,
        ahead: Ahead,
        starts_at: Instant,
    },
    /// The event for which they waited is cancelled.
    WaitingClosed {
        party: Id<Party>,
    },
    /// Somebody says that something is wrong with an event: to admins.
    Reported {
        report: Id<Report>,
    },
    /// Their account is gone: the last letter.
    AccountErased,
    /// An admin's test of the mail settings.
    Test,
}

impl Letter {
    /// As it is kept until it is sent.
    pub(super) fn json(self) -> db::Result<String> {
        serde_json::to_string(&self).map_err(|error| db::DbError::Encode(error.into()))
    }

    /// How an admin sees it.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Verify { .. } => "verify",
            Self::AccountExists { .. } => "account_exists",
            Self::Reset { .. } => "reset",
            Self::PasswordChanged { .. } => "password_changed",
            Self::NewDevice { .. } => "new_device",
            Self::SignInLink { .. } => "sign_in_link",
            Self::EmailChange { .. } => "email_change",
            Self::EmailChanged { .. } => "email_changed",
            Self::StepUpCode { .. } => "step_up_code",
            Self::SecondFactorOn { .. } => "second_factor_on",
            Self::SecondFactorOff { .. } => "second_factor_off",
            Self::SecondFactorReset { .. } => "second_factor_reset",
            Self::SessionsEnded { .. } => "sessions_ended",
            Self::RecoveryCodesMade { .. } => "recovery_codes_made",
            Self::RecoveryCodeUsed { .. } => "recovery_code_used",
            Self::PasskeyAdded { .. } => "passkey_added",
            Self::PasskeyRemoved { .. } => "passkey_removed",
            Self::IdentityLinked { .. } => "identity_linked",
            Self::IdentityUnlinked { .. } => "identity_unlinked",
            Self::ConfirmPlaces { .. } => "confirm_places",
            Self::AlreadyGoing { .. } => "already_going",
            Self::Tickets { .. } => "tickets",
            Self::OrderCancelled { .. } => "order_cancelled",
            Self::Owed { .. } => "owed",
            Self::CreditsBought { .. } => "credits_bought",
            Self::PlanPaid { .. } => "plan_paid",
            Self::Plan { news, .. } => news.word(),
            Self::Refunded { .. } => "refunded",
            Self::Disputed { .. } => "disputed",
            Self::TicketBack { .. } => "ticket_back",
            Self::EventChanged { .. } => "event_changed",
            Self::EventCancelled { .. } => "event_cancelled",
            Self::FeaturingEnded { .. } => "featuring_ended",
            Self::EventCancelledByAdmin { .. } => "event_cancelled_by_admin",
            Self::Ticket { .. } => "ticket",
            Self::TicketGiven { .. } => "ticket_given",
            Self::TicketGone { .. } => "ticket_gone",
            Self::TeamInvitation { .. } => "team_invitation",
            Self::EventHandedOn { .. } => "event_handed_on",
            Self::EventNotTaken { .. } => "event_not_taken",
            Self::Invitation { .. } => "invitation",
            Self::ConfirmWaiting { .. } => "confirm_waiting",
            Self::OnTheList { .. } => "on_the_list",
            Self::PlaceOffered { .. } => "place_offered",
            Self::OfferEnded { .. } => "offer_ended",
            Self::WaitingClosed { .. } => "waiting_closed",
            Self::Reminder { .. } => "reminder",
            Self::Reported { .. } => "reported",
            Self::AccountErased => "account_erased",
            Self::Test => "test",
        }
    }

    /// What kind of unasked mail it is, where it can be stopped: all but what concerns an account, an order or a duty.
    pub(super) fn unasked(self) -> Option<unasked::Kind> {
        match self {
            Self::Reminder { .. } => Some(unasked::Kind::Reminders),
            Self::Invitation { .. } | Self::TeamInvitation { .. } => Some(unasked::Kind::Invitations),
            _ => None,
        }
    }

    /// Whether hundreds may get the same one at once: nobody who asked for a letter waits behind them.
    pub(super) fn goes_to_many(self) -> bool {
        matches!(
            self,
            Self::EventChanged { .. }
                | Self::EventCancelled { .. }
                | Self::WaitingClosed { .. }
                | Self::Reminder { .. }
                | Self::Invitation { .. }
        )
    }

    /// Whether it asks an address that nobody has proven yet: whoever typed that may have typed anything as a name.
    pub(super) fn asks_a_stranger(self) -> bool {
        matches!(
            self,
            Self::Verify { .. } | Self::EmailChange { .. } | Self::ConfirmPlaces { .. } | Self::ConfirmWaiting { .. }
        )
    }
}
