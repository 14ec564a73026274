//! The mail queue: which letters there are, and their way to the reader.
//!
//! A letter is queued as its kind and ids. Its text, with any secret link, is made when it is sent, so no
//! secret rests in the database, and what it says is true at that moment.
pub mod plain;
pub mod sending;
pub mod store;

use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::clock::Instant;
use crate::db::{self, Tx};
use crate::events::reports::Report;
use crate::events::{self, team::Invitation};
use crate::forms::Email;
use crate::i18n::Locale;
use crate::ids::Id;
use crate::invitations;
use crate::jobs::{self, Job};
use crate::members::Member;
use crate::orders::reminding::Ahead;
use crate::orders::waiting::Party;
use crate::orders::{self, Order, Ticket};
use crate::payments::disputes::Dispute;
use crate::payments::{self, Payment, Refund};
use crate::plans::standing::News;
use crate::plans::{self, Bill, Subscription};
use crate::signin::new_address::EmailChange;
use crate::signin::oauth::Provider;
use crate::signin::sign_in_links::Wish;
use crate::signin::{self, SignUp};
use crate::unasked;

pub use plain::{Content, Plain};

/// Marks the ids of queued mails.
#[derive(Debug)]
pub struct Mail;

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
    fn json(self) -> db::Result<String> {
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
    fn unasked(self) -> Option<unasked::Kind> {
        match self {
            Self::Reminder { .. } => Some(unasked::Kind::Reminders),
            Self::Invitation { .. } | Self::TeamInvitation { .. } => Some(unasked::Kind::Invitations),
            _ => None,
        }
    }

    /// Whether hundreds may get the same one at once: nobody who asked for a letter waits behind them.
    fn goes_to_many(self) -> bool {
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
    fn asks_a_stranger(self) -> bool {
        matches!(
            self,
            Self::Verify { .. } | Self::EmailChange { .. } | Self::ConfirmPlaces { .. } | Self::ConfirmWaiting { .. }
        )
    }

    /// `None` when what it is about is gone: then nothing is sent.
    async fn compose(self, app: &App, to: &Reader) -> anyhow::Result<Option<Content>> {
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
            Self::AccountErased => crate::my_data::letters::erased(app, to).await,
            Self::Test => plain::test(app, to).map(Some),
        }
    }
}

/// To whom a letter goes, and in which language.
#[derive(Debug, Clone)]
pub struct Reader {
    pub member: Option<Id<Member>>,
    pub name: String,
    pub email: String,
    pub locale: Locale,
}

impl Reader {
    pub fn of(member: &Member) -> Self {
        Self {
            member: Some(member.id),
            name: member.name.clone(),
            email: member.email.clone(),
            locale: member.locale(),
        }
    }
    pub fn guest(name: &str, email: &Email, locale: Locale) -> Self {
        Self { member: None, name: name.to_owned(), email: email.address.clone(), locale }
    }
}

/// Queues a letter in the transaction that makes it necessary.
pub async fn queue(tx: &mut Tx, letter: Letter, to: &Reader, now: Instant) -> db::Result<Id<Mail>> {
    queue_among(tx, letter, to, letter.goes_to_many(), now).await
}

/// The same; one of `many` that go at once keeps nobody waiting for theirs, whatever letter it is.
pub async fn queue_among(tx: &mut Tx, letter: Letter, to: &Reader, many: bool, now: Instant) -> db::Result<Id<Mail>> {
    let id = Id::new();
    store::insert(tx, id, letter, to, now).await?;
    jobs::enqueue(tx, Job::SendMail { mail: id, many }, now).await?;
    Ok(id)
}

/// The same, unless one was queued under this key before: a job that runs twice writes once.
pub async fn queue_once(tx: &mut Tx, letter: Letter, to: &Reader, once: &str, now: Instant) -> db::Result<bool> {
    let id = Id::new();
    let new = store::insert_once(tx, id, letter, to, (once, now)).await?;
    if new {
        jobs::enqueue(tx, Job::SendMail { mail: id, many: letter.goes_to_many() }, now).await?;
    }
    Ok(new)
}
