//! Work that outlives a request. A job is a row written in the transaction that made it necessary,
//! claimed by a lease, run with no transaction open, and run again until it is done.
//!
//! At least once: a worker may die between doing and saying so, so bodies are idempotent.
mod lanes;
pub mod store;
pub mod working;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::clock::{self, Instant};
use crate::db::{self, Tx};
use crate::events::cover_pages::{self, Cover};
use crate::events::{Event, finding, rezoning};
use crate::ids::Id;
use crate::invitations;
use crate::letters::{self, Mail};
use crate::members::avatar::Picture;
use crate::members::{self, Member};
use crate::orders::bulk::Bulk;
use crate::orders::reminding::{self, Ahead, Reminder};
use crate::orders::{self, Order};
use crate::payments::local::Told;
use crate::payments::notices::Notice;
use crate::payments::{self, Payment, Refund};
use crate::plans::{self, Product, Subscription};
use crate::{api, signin, web};

pub use lanes::Lane;
pub use working::{run_in, run_next, schedule, work};

/// What can be done later. Holds ids only; what they stand for is read when it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    SendMail {
        mail: Id<Mail>,
        /// One of those that go to many: they wait for each other, and nobody for them.
        #[serde(default)]
        many: bool,
    },
    EndHold {
        order: Id<Order>,
        /// Somebody began to pay: what is open at the provider is closed first. See [`enqueue_closing`].
        #[serde(default)]
        closing: bool,
    },
    /// The event is cancelled: its live orders end, a batch in each transaction.
    CancelOrders {
        event: Id<Event>,
    },
    /// The event has moved: its holders are told, a batch in each job, from the order behind `after`.
    TellHolders {
        event: Id<Event>,
        after: Option<Id<Order>>,
    },
    /// The event has another deadline: what is owed there is kept until then, a batch in each job, from the order behind
    /// `after`.
    KeepOwed {
        event: Id<Event>,
        after: Option<Id<Order>>,
    },
    /// One act on many places.
    BulkAct {
        act: Id<Bulk>,
    },
    /// Places of an event are free, or it is over: whoever waits is served, or the list closed.
    PassOn {
        event: Id<Event>,
    },
    /// Asks the provider what became of a payment.
    Settle {
        payment: Id<Payment>,
    },
    /// An order was given up: nobody shall pay for it any more.
    ClosePayments {
        order: Id<Order>,
    },
    SendRefund {
        refund: Id<Refund>,
    },
    HandleNotice {
        notice: Id<Notice>,
    },
    /// The local provider tells us something.
    SendLocalNotice {
        notice: Id<Told>,
    },
    /// Asks the provider how a subscription stands.
    SettleSubscription {
        subscription: Id<Subscription>,
    },
    /// Its member is gone or kept out, or pays another one: it ends at the provider.
    EndSubscription {
        subscription: Id<Subscription>,
    },
    /// Lists a product at the provider as it is here, or takes it off sale there.
    ListProduct {
        product: Id<Product>,
    },
    /// What plans allow has changed, for one member or for all: their events behind `after` follow.
    FitPlans {
        member: Option<Id<Member>>,
        after: Option<Id<Event>>,
    },
    /// Letters to people who were asked to an event, a batch in each transaction.
    Invite {
        event: Id<Event>,
    },
    /// A reminder to holders, a batch in each job, from the order behind `after`.
    Remind {
        event: Id<Event>,
        ahead: Ahead,
        starts_at: Instant,
        after: Option<Id<Order>>,
    },
    /// Begins the reminders that are due.
    SweepReminders,
    /// Events that were there before there was an index of them, from the one behind `after`.
    FillFinding {
        after: Option<Id<Event>>,
    },
    /// A host has another name, by which the events behind `after` are found.
    HostRenamed {
        member: Id<Member>,
        after: Option<Id<Event>>,
    },
    /// A member's picture was exchanged, or an upload was begun: if nobody has it, its files go.
    ForgetPicture {
        picture: Id<Picture>,
    },
    /// The same of an event's picture.
    ForgetCover {
        cover: Id<Cover>,
    },
    /// What lies ahead follows the zone data of today, from the event behind `after`.
    SweepZones {
        after: Option<Id<Event>>,
    },
    /// Marks what is over, so that lists begin at what is not.
    SweepFinding,
    /// Asks about open payments of which nothing was heard.
    SweepPayments,
    /// Ends holds whose own job was lost.
    SweepHolds,
    /// Removes what has ended: sessions, links, limits, idempotency keys.
    Tidy,
}

impl Job {
    /// How an admin sees it.
    pub fn kind(self) -> &'static str {
        match self {
            Self::SendMail { .. } => "send_mail",
            Self::EndHold { .. } => "end_hold",
            Self::CancelOrders { .. } => "cancel_orders",
            Self::TellHolders { .. } => "tell_holders",
            Self::KeepOwed { .. } => "keep_owed",
            Self::BulkAct { .. } => "bulk_act",
            Self::PassOn { .. } => "pass_on",
            Self::Settle { .. } => "settle",
            Self::ClosePayments { .. } => "close_payments",
            Self::SendRefund { .. } => "send_refund",
            Self::HandleNotice { .. } => "handle_notice",
            Self::SendLocalNotice { .. } => "send_local_notice",
            Self::SettleSubscription { .. } => "settle_subscription",
            Self::EndSubscription { .. } => "end_subscription",
            Self::ListProduct { .. } => "list_product",
            Self::FitPlans { .. } => "fit_plans",
            Self::Invite { .. } => "invite",
            Self::Remind { .. } => "remind",
            Self::SweepReminders => "sweep_reminders",
            Self::FillFinding { .. } => "fill_finding",
            Self::HostRenamed { .. } => "host_renamed",
            Self::ForgetPicture { .. } => "forget_picture",
            Self::ForgetCover { .. } => "forget_cover",
            Self::SweepZones { .. } => "sweep_zones",
            Self::SweepFinding => "sweep_finding",
            Self::SweepPayments => "sweep_payments",
            Self::SweepHolds => "sweep_holds",
            Self::Tidy => "tidy",
        }
    }

    /// How long it is tried before it waits for an admin.
    fn horizon(self) -> SignedDuration {
        match self {
            Self::SendMail { .. } => clock::days(2),
            Self::EndHold { .. } | Self::CancelOrders { .. } | Self::PassOn { .. } => clock::days(3650),
            Self::BulkAct { .. } | Self::KeepOwed { .. } => clock::days(3650),
            // Money is never given up.
            Self::SendRefund { .. } | Self::Settle { .. } | Self::ClosePayments { .. } => clock::days(3650),
            Self::SettleSubscription { .. } | Self::EndSubscription { .. } => clock::days(3650),
            Self::FitPlans { .. } => clock::days(3650),
            Self::ListProduct { .. } => clock::days(2),
            Self::TellHolders { .. } | Self::HandleNotice { .. } => clock::days(2),
            Self::SendLocalNotice { .. } => clock::days(3),
            Self::Invite { .. } => clock::days(2),
            Self::Remind { .. } => clock::hours(12),
            Self::FillFinding { .. }
            | Self::HostRenamed { .. }
            | Self::ForgetPicture { .. }
            | Self::ForgetCover { .. } => clock::days(3650),
            Self::SweepZones { .. } => clock::hours(12),
            Self::SweepFinding | Self::SweepPayments | Self::SweepHolds | Self::SweepReminders | Self::Tidy => {
                clock::hours(1)
            }
        }
    }

    async fn run(self, app: &App) -> anyhow::Result<()> {
        match self {
            Self::SendMail { mail, .. } => letters::sending::deliver(app, mail).await,
            Self::EndHold { order, closing: false } => orders::end_hold(app, order).await,
            Self::EndHold { order, closing: true } => orders::close_hold(app, order).await,
            Self::CancelOrders { event } => orders::guests::cancel_all(app, event).await,
            Self::TellHolders { event, after } => orders::guests::tell_holders(app, event, after).await,
            Self::KeepOwed { event, after } => orders::holds::keep_owed(app, event, after).await,
            Self::BulkAct { act } => orders::bulk::run(app, act).await,
            Self::PassOn { event } => orders::waiting::pass_on(app, event).await,
            Self::Settle { payment } => payments::settle(app, payment).await.map(drop),
            Self::ClosePayments { order } => match payments::settle::close(app, order).await? {
                payments::settle::Closed::Unreachable => anyhow::bail!("the payment provider does not answer"),
                _ => Ok(()),
            },
            Self::SendRefund { refund } => payments::refunds::send(app, refund).await,
            Self::HandleNotice { notice } => payments::notices::handle(app, notice).await,
            Self::SendLocalNotice { notice } => payments::local::tell(app, notice, crate::routes::router).await,
            Self::SettleSubscription { subscription } => plans::settle(app, subscription).await.map(drop),
            Self::EndSubscription { subscription } => plans::settling::end(app, subscription).await,
            Self::ListProduct { product } => plans::products::list(app, product).await,
            Self::FitPlans { member, after } => plans::fitting::run(app, member, after).await,
            Self::Invite { event } => invitations::inviting::send(app, event).await,
            Self::Remind { event, ahead, starts_at, after } => {
                reminding::remind(app, Reminder { event, ahead, starts_at }, after).await
            }
            Self::SweepReminders => reminding::sweep(app).await,
            Self::FillFinding { after } => finding::index::fill(app, after).await,
            Self::HostRenamed { member, after } => finding::index::renamed(app, member, after).await,
            Self::ForgetPicture { picture } => members::avatar::forget(app, picture).await,
            Self::ForgetCover { cover } => cover_pages::forget_files(app, cover).await,
            Self::SweepZones { after } => rezoning::sweep(app, after).await,
            Self::SweepFinding => finding::index::sweep(app).await,
            Self::SweepPayments => {
                payments::settle::sweep(app).await?;
                plans::settling::sweep(app).await
            }
            Self::SweepHolds => orders::sweep_holds(app).await,
            Self::Tidy => {
                web::tidy(app).await?;
                api::tidy(app).await?;
                signin::tidy(app).await?;
                invitations::tidy(app).await?;
                payments::notices::tidy(app).await?;
                payments::desk::tidy(app).await?;
                crate::my_data::tidy(app).await?;
                crate::live::tickets::tidy(app).await?;
                crate::events::once::tidy(app).await?;
                crate::events::reports::tidy(app).await?;
                crate::events::views::tidy(app).await?;
                orders::tidy(app).await
            }
        }
    }

    /// Called when the horizon has passed or the error is final.
    async fn gave_up(self, tx: &mut Tx, error: &str) -> db::Result<()> {
        match self {
            Self::SendMail { mail, .. } => letters::store::gave_up(tx, mail, error).await,
            // The others tell nobody: admins see them among the failed jobs.
            _ => Ok(()),
        }
    }
}

/// Queues a job in the transaction that makes it necessary.
pub async fn enqueue(tx: &mut Tx, job: Job, run_at: Instant) -> db::Result<()> {
    store::insert(tx, job, run_at).await
}

/// Queues the end of a hold about which the provider must be asked, unless it is queued: this job has the id of its
/// order, so that a silent provider is not asked again by each look at what is overdue.
pub async fn enqueue_closing(tx: &mut Tx, order: Id<Order>, run_at: Instant) -> db::Result<()> {
    store::insert_as(tx, &order.to_string(), Job::EndHold { order, closing: true }, run_at).await
}
